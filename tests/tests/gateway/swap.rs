//! Plugins that change while they serve.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

use tokio::sync::Notify;
use wasmgate_tests::{Answer, Connection, Gateway, Upstream, client::request, guest, until};

const YAML: &str = "
limits: { requests_per_connection: 1000000 }
apis: { main: { routes: { GET /: { to: { function: guest } } } } }
";

async fn start(wasm: &str) -> Gateway {
    let setup = Gateway::setup(YAML).file("plugins/guest.wasm", guest(wasm));
    setup.start().await
}

async fn swapped(gateway: &Gateway, times: u32) {
    let sample = format!("wasmgate_plugin_swaps_total{{plugin=\"guest\"}} {times}\n");
    gateway
        .until("/metrics", |page| page.text().contains(&sample))
        .await;
}

#[tokio::test]
async fn new_file_takes_effect() {
    let gateway = start("keeps_state").await;
    assert_eq!(gateway.get("/").await.text(), "0");
    gateway.install("guest", guest("tries_kv"));
    swapped(&gateway, 1).await;
    assert_eq!(gateway.get("/").await.text(), "denied");
}

#[tokio::test]
async fn file_that_is_written_in_place_takes_effect_when_it_is_whole() {
    let gateway = start("keeps_state").await;
    let file = gateway.directory.path().join("plugins/guest.wasm");
    let whole = guest("tries_kv");
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    gateway.log.line("not swapped").await;
    assert_eq!(gateway.get("/").await.text(), "0");
    std::fs::write(&file, whole).unwrap();
    swapped(&gateway, 1).await;
    assert_eq!(gateway.get("/").await.text(), "denied");
}

#[tokio::test]
async fn swaps_under_load_fail_no_request() {
    let gateway = start("keeps_state").await;
    let done = Arc::new(AtomicBool::new(false));
    let served = Arc::new(AtomicUsize::new(0));
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (done, served) = (done.clone(), served.clone());
        let mut connection = Connection::http1(gateway.address()).await;
        clients.spawn(async move {
            while !done.load(Relaxed) {
                let reply = connection.send(request("GET", "/", &[])).await;
                assert_eq!(reply.status, 200, "{reply:?}");
                assert!(["0", "denied"].contains(&reply.text()), "{reply:?}");
                served.fetch_add(1, Relaxed);
            }
        });
    }
    for swap in 1..=6 {
        let before = served.load(Relaxed);
        let (wasm, says) = match swap % 2 {
            0 => ("keeps_state", "0"),
            _ => ("tries_kv", "denied"),
        };
        gateway.install("guest", guest(wasm));
        swapped(&gateway, swap).await;
        assert_eq!(gateway.get("/").await.text(), says);
        until("more requests", async || {
            served.load(Relaxed) > before + 100
        })
        .await;
    }
    done.store(true, Relaxed);
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    println!("{} requests through 6 swaps", served.load(Relaxed));
}

#[tokio::test]
async fn request_in_flight_ends_on_what_it_began_with() {
    let upstream = Upstream::start().await;
    let gate = Arc::new(Notify::new());
    upstream.answer(Answer::ok("old").gate(&gate));
    let yaml = format!(
        "plugins: {{ directory: ./plugins, default: {{ grant: {{ http: ['{0}'] }}, limits: {{ wall: 1m }} }} }}\n\
         apis: {{ main: {{ routes: {{ GET /: {{ to: {{ function: guest, with: {{ url: '{0}/' }} }} }} }} }} }}",
        upstream.url()
    );
    let setup = Gateway::setup(&yaml).file("plugins/guest.wasm", guest("fetches"));
    let gateway = Arc::new(setup.start().await);
    let asking = gateway.clone();
    let in_flight = tokio::spawn(async move { asking.get("/").await });
    upstream.request(0).await;

    gateway.install("guest", changed(guest("fetches")));
    swapped(&gateway, 1).await;
    assert!(!in_flight.is_finished());
    gate.notify_one();
    assert_eq!(in_flight.await.unwrap().text(), "200 old");
}

#[tokio::test]
async fn bad_file_changes_nothing_but_the_status() {
    let gateway = start("keeps_state").await;
    for (failed, file) in [(1, b"bad".to_vec()), (2, guest("wrong_version"))] {
        gateway.install("guest", file);
        let sample = format!("wasmgate_plugin_failed_swaps_total{{plugin=\"guest\"}} {failed}\n");
        gateway
            .until("/metrics", |page| page.text().contains(&sample))
            .await;
        assert_eq!(gateway.get("/").await.text(), "0");
    }
    let status = gateway.ask("/plugins").await.json();
    assert_eq!(status[0]["state"], "swap-failed");
    assert!(
        status[0]["reason"].as_str().unwrap().contains("0.2.0"),
        "{status}"
    );
    assert_eq!(gateway.ask("/readyz").await.status, 200);
    gateway.log.line("not swapped: what was there stays").await;

    gateway.install("guest", changed(guest("keeps_state")));
    swapped(&gateway, 1).await;
    assert_eq!(gateway.ask("/plugins").await.json()[0]["state"], "ready");
}

#[tokio::test]
async fn new_file_that_needs_more_than_is_granted_changes_nothing() {
    let gateway = start("keeps_state").await;
    gateway.install("guest", guest("needs_kv"));
    gateway.log.line("plugins.settings.guest.grant.kv").await;
    assert_eq!(gateway.get("/").await.text(), "0");
}

#[tokio::test]
async fn deleted_file_runs_on_with_a_warning() {
    let gateway = start("keeps_state").await;
    let file = gateway.directory.path().join("plugins/guest.wasm");
    std::fs::remove_file(file).unwrap();
    let line = gateway.log.line("its file has gone").await;
    assert!(line.contains("WARN") || line.contains("warn"), "{line}");
    assert_eq!(gateway.get("/").await.text(), "0");
    assert_eq!(gateway.ask("/plugins").await.json()[0]["state"], "deleted");

    gateway.install("guest", guest("tries_kv"));
    swapped(&gateway, 1).await;
    assert_eq!(gateway.get("/").await.text(), "denied");
    assert_eq!(gateway.ask("/plugins").await.json()[0]["state"], "ready");
}

#[tokio::test]
async fn file_takes_the_place_of_a_built_in_plugin_that_runs() {
    let yaml = "apis: { main: { routes: { GET /: { authorize: [{ use: api-key, with: { keys: [k] } }], \
                to: { respond: {} } } } } }";
    let gateway = Gateway::setup(yaml).guest("traps").start().await;
    assert_eq!(gateway.get("/").await.status, 403);
    // Its configuration does not suit the new plugin: the built-in one stays.
    gateway.install("api-key", guest("traps"));
    gateway.log.line("not swapped").await;
    let granted = gateway.get_with("/", &[("x-api-key", "k")]).await;
    assert_eq!(granted.status, 200);
}

/// The same plugin in other bytes: a custom section says nothing to anybody.
fn changed(mut wasm: Vec<u8>) -> Vec<u8> {
    wasm.extend_from_slice(b"\0\x06\x05later");
    wasm
}
