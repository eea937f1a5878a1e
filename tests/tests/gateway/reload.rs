//! A configuration changes while requests run.

use std::sync::Arc;

use tokio::sync::Notify;
use wasmgate_tests::{Answer, Connection, Gateway, Upstream, client::request};

fn answering(body: &str) -> String {
    format!("apis:\n  a:\n    routes:\n      GET /: {{ to: {{ respond: {{ body: {body} }} }} }}\n")
}

async fn reloads(gateway: &Gateway, result: &str, count: f64) {
    let sample = format!("wasmgate_reloads_total{{result=\"{result}\"}} {count}");
    gateway
        .until("/metrics", |page| page.text().contains(&sample))
        .await;
}

#[tokio::test]
async fn changed_file_takes_effect() {
    let gateway = Gateway::start(&answering("old")).await;
    assert_eq!(gateway.get("/").await.text(), "old");
    gateway.reconfigure(&answering("new"));
    reloads(&gateway, "success", 1.0).await;
    assert_eq!(gateway.get("/").await.text(), "new");
}

#[tokio::test]
async fn hangup_reloads() {
    let gateway = Gateway::start(&answering("old")).await;
    gateway.signal("HUP");
    reloads(&gateway, "success", 1.0).await;
}

#[tokio::test]
async fn mistake_leaves_the_old_one_running() {
    let gateway = Gateway::start(&answering("old")).await;
    gateway.reconfigure("apis: { a: { routs: {} } }\n");
    reloads(&gateway, "failure", 1.0).await;
    assert_eq!(gateway.get("/").await.text(), "old");
    gateway.log.line("did you mean").await;
}

/// A configuration whose route `/` a plugin may refuse, and whose route `/b` answers with its second word.
fn half(guest: &str, body: &str) -> String {
    format!(
        "apis:\n  a:\n    routes:\n      GET /: {{ authorize: [{{ use: {guest} }}], to: {{ respond: {{ body: {body} }} }} }}\n      \
         GET /b: {{ to: {{ respond: {{ body: {body} }} }} }}\n"
    )
}

#[tokio::test]
async fn refused_reload_is_shown_until_one_goes_through() {
    let gateway = Gateway::setup(&half("decides", "old"))
        .guest("decides")
        .start()
        .await;
    assert!(gateway.ask("/readyz").await.json()["refused_reload"].is_null());
    gateway.reconfigure(&half("nobody", "new"));
    reloads(&gateway, "failure", 1.0).await;
    let ready = gateway.ask("/readyz").await;
    assert_eq!(ready.status, 200, "what runs is ready: {ready:?}");
    let refused = ready.json()["refused_reload"].clone();
    let told = refused["problems"][0].as_str().expect("a text");
    assert!(told.contains("there is no plugin `nobody`"), "{told}");
    assert!(told.starts_with("wasmgate.yaml:"), "{told}");
    let since = refused["since"].as_f64();
    assert_eq!(gateway.metric("wasmgate_config_current ").await, Some(0.0));
    assert_eq!(
        gateway
            .metric("wasmgate_config_refused_since_seconds ")
            .await,
        since
    );
    assert_eq!(gateway.get("/b").await.text(), "old");

    gateway.reconfigure("apis: 1\n");
    reloads(&gateway, "failure", 2.0).await;
    let again = gateway.ask("/readyz").await.json()["refused_reload"].clone();
    assert_eq!(again["since"].as_f64(), since);
    assert_ne!(again["problems"], refused["problems"]);

    gateway.reconfigure(&half("decides", "new"));
    reloads(&gateway, "success", 1.0).await;
    assert!(gateway.ask("/readyz").await.json()["refused_reload"].is_null());
    assert_eq!(gateway.metric("wasmgate_config_current ").await, Some(1.0));
    assert_eq!(gateway.get("/b").await.text(), "new");
}

#[tokio::test]
async fn reload_may_leave_broken_what_is_broken_already() {
    let gateway = Gateway::start(&half("nobody", "old")).await;
    assert_eq!(gateway.get("/").await.status, 503);
    gateway.reconfigure(&half("nobody", "new"));
    reloads(&gateway, "success", 1.0).await;
    assert_eq!(gateway.get("/").await.status, 503);
    assert_eq!(gateway.get("/b").await.text(), "new");
}

#[tokio::test]
async fn reload_with_a_broken_file_keeps_what_runs() {
    let gateway = Gateway::start(&answering("old")).await;
    gateway.install("bad", "no plugin");
    gateway.reconfigure(&half("bad", "new"));
    reloads(&gateway, "failure", 1.0).await;
    assert_eq!(gateway.get("/").await.text(), "old");
    assert_eq!(gateway.ask("/readyz").await.status, 200);
}

#[tokio::test]
async fn request_in_flight_ends_before_the_process_does() {
    let upstream = Upstream::start().await;
    let gate = Arc::new(Notify::new());
    upstream.answer(Answer::ok("late").gate(&gate));
    let yaml = "apis:\n  a:\n    routes:\n      $default: { to: \"${UPSTREAM}\" }\n";
    let mut gateway = Gateway::setup(yaml)
        .set("UPSTREAM", upstream.url())
        .start()
        .await;
    let address = gateway.address();
    let waiting = tokio::spawn(async move {
        let mut connection = Connection::http1(address).await;
        connection.send(request("GET", "/", &[])).await
    });
    upstream.request(0).await;
    gateway.signal("TERM");
    gateway.log.line("draining").await;
    gate.notify_one();
    let reply = waiting.await.expect("an answer");
    assert_eq!((reply.status.as_u16(), reply.text()), (200, "late"));
    assert!(gateway.ended().await.success());
}

#[tokio::test]
async fn reload_that_waits_for_a_plugin_goes_on_when_it_comes() {
    let gateway = Gateway::start(&answering("old")).await;
    gateway.reconfigure("apis: { a: { routes: { GET /: { authorize: [{ use: decides }], to: { respond: { body: new } } } } } }\n");
    reloads(&gateway, "failure", 1.0).await;
    gateway.install("decides", wasmgate_tests::guest("decides"));
    reloads(&gateway, "success", 1.0).await;
    assert_eq!(gateway.get("/").await.text(), "new");
}

#[tokio::test]
async fn change_that_needs_a_restart_is_told() {
    let gateway = Gateway::start(&answering("old")).await;
    gateway.reconfigure(&format!("workers: 3\n{}", answering("new")));
    reloads(&gateway, "success", 1.0).await;
    let line = gateway
        .log
        .line("takes effect with the next start only")
        .await;
    assert!(line.contains("\"setting\":\"workers\""), "{line}");
}

#[tokio::test]
async fn failures_are_told_without_an_access_log() {
    let yaml = format!("log: {{ access: false }}\n{}", answering("x"));
    let yaml = yaml.replace("GET /: {", "GET /: { authorize: [{ use: traps }],");
    let gateway = Gateway::setup(&yaml).guest("traps").start().await;
    assert_eq!(gateway.get("/").await.status, 500);
    let line = gateway.log.line("\"blame\":\"plugin\"").await;
    assert!(line.contains("\"plugin\":\"traps\""), "{line}");
}

#[tokio::test]
async fn reloads_under_load_fail_no_request() {
    let upstream = Upstream::start().await;
    let yaml = |number: u32| {
        let url = upstream.url();
        // Nobody's connection ends for another reason.
        let limits = "limits: { requests_per_connection: 1000000000 }";
        format!("{limits}\napis:\n  a{number}:\n    routes:\n      $default: {{ to: \"{url}\" }}\n")
    };
    let gateway = Gateway::start(&yaml(0)).await;
    let (done, running) = tokio::sync::watch::channel(true);
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..4 {
        let (address, running) = (gateway.address(), running.clone());
        clients.spawn(async move {
            let mut connection = match number % 2 {
                0 => Connection::http1(address).await,
                _ => Connection::http2(address).await,
            };
            let mut served = 0;
            while *running.borrow() {
                let reply = connection.send(request("GET", "/", &[])).await;
                assert_eq!((reply.status.as_u16(), reply.text()), (200, "ok"));
                served += 1;
            }
            served
        });
    }
    for number in 1..10 {
        gateway.reconfigure(&yaml(number));
        let sample = format!("wasmgate_reloads_total{{result=\"success\"}} {number}");
        gateway
            .until("/metrics", |page| page.text().contains(&sample))
            .await;
    }
    done.send_replace(false);
    let served: Vec<u32> = clients.join_all().await;
    assert!(served.iter().all(|served| *served > 9), "{served:?}");
}
