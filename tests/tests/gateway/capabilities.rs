//! What plugins may do besides computing: granted by the operator, or not there.

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc};

use serde_json::json;
use tokio::task::JoinSet;
use wasmgate_tests::{Connection, Gateway, Upstream, client::request};

/// A gateway with one function, its settings as written.
async fn function(guest: &str, with: serde_json::Value, settings: &str, more: &str) -> Gateway {
    let apis = json!({ "shop": { "routes": { "ANY /{proxy+}": { "to": { "function": guest, "with": with } } } } });
    let yaml = format!(
        "{more}plugins: {{ directory: ./plugins, settings: {{ {guest}: {settings} }} }}\napis: {apis}\n"
    );
    Gateway::setup(&yaml).guest(guest).start().await
}

async fn values() -> Gateway {
    function("keeps_values", json!({}), "{ grant: { kv: true } }", "").await
}

async fn asked(gateway: &Gateway, what: &str) -> String {
    gateway.get(&format!("/a?{what}")).await.text().to_owned()
}

#[tokio::test]
async fn values_outlive_their_requests() {
    let gateway = values().await;
    for (what, answer) in [
        ("op=get", "none"),
        ("op=set&value=1", "set"),
        ("op=get", "1"),
        ("op=get&key=other", "none"),
        ("op=delete", "deleted"),
        ("op=get", "none"),
    ] {
        assert_eq!(asked(&gateway, what).await, answer, "{what}");
    }
}

#[tokio::test]
async fn value_is_swapped_only_for_the_one_that_was_expected() {
    let gateway = values().await;
    for (what, answer) in [
        ("op=swap&value=a&expected=x", "false"),
        ("op=swap&value=a", "true"),
        ("op=swap&value=b", "false"),
        ("op=swap&value=b&expected=a", "true"),
        ("op=get", "b"),
    ] {
        assert_eq!(asked(&gateway, what).await, answer, "{what}");
    }
}

#[tokio::test]
async fn increments_of_many_requests_are_all_counted() {
    let gateway = values().await;
    let mut clients = JoinSet::new();
    for _ in 0..16 {
        clients.spawn(add(gateway.address(), 25));
    }
    let sums = clients.join_all().await;
    let sums: BTreeSet<u64> = sums.into_iter().flatten().collect();
    assert_eq!(sums, (1..=400).collect(), "each sum is given once");
}

/// Adds one so many times; gives the sums.
async fn add(address: SocketAddr, times: usize) -> Vec<u64> {
    let mut connection = Connection::http1(address).await;
    let mut sums = Vec::new();
    for _ in 0..times {
        let reply = connection
            .send(request("GET", "/a?op=add&value=1", &[]))
            .await;
        sums.push(reply.text().parse().unwrap());
    }
    sums
}

#[tokio::test]
async fn one_of_many_swaps_wins() {
    let gateway = values().await;
    let gateway = Arc::new(gateway);
    let mut clients = JoinSet::new();
    for n in 0..16 {
        let gateway = Arc::clone(&gateway);
        clients.spawn(async move { asked(&gateway, &format!("op=swap&value={n}")).await });
    }
    let answers = clients.join_all().await;
    let won = answers.iter().filter(|answer| *answer == "true").count();
    assert_eq!(won, 1);
}

#[tokio::test]
async fn value_is_gone_when_its_time_is_over() {
    let gateway = values().await;
    asked(&gateway, "op=set&value=1&ttl=100").await;
    asked(&gateway, "op=set&key=stays&value=1").await;
    let gone = async { while asked(&gateway, "op=get").await != "none" {} };
    wasmgate_tests::limit("the end of a value", gone).await;
    assert_eq!(asked(&gateway, "op=get&key=stays").await, "1");
}

#[tokio::test]
async fn what_is_no_number_is_not_added_to() {
    let gateway = values().await;
    asked(&gateway, "op=set&value=many").await;
    assert_eq!(asked(&gateway, "op=add&value=1").await, "conflict");
    assert_eq!(asked(&gateway, "op=add&key=n&value=-3").await, "-3");
}

#[tokio::test]
async fn plugins_do_not_see_each_others_values() {
    let route = |guest: &str| json!({ "to": { "function": guest } });
    let apis =
        json!({ "shop": { "routes": { "GET /one": route("one"), "GET /two": route("two") } } });
    let yaml = format!(
        "plugins: {{ directory: ./plugins, default: {{ grant: {{ kv: true }} }} }}\napis: {apis}\n"
    );
    let guest = wasmgate_tests::guest("keeps_values");
    let setup = Gateway::setup(&yaml).file("plugins/one.wasm", &guest);
    let gateway = setup.file("plugins/two.wasm", &guest).start().await;
    assert_eq!(gateway.get("/one?op=set&value=1").await.text(), "set");
    assert_eq!(gateway.get("/two?op=get").await.text(), "none");
    assert_eq!(gateway.get("/one?op=get").await.text(), "1");
}

#[tokio::test]
async fn power_that_was_not_granted_is_denied() {
    let gateway = function("tries_kv", json!({}), "{}", "").await;
    assert_eq!(gateway.get("/a").await.text(), "denied");
}

#[tokio::test]
async fn granted_secret_is_read_and_others_are_not() {
    let secrets = "secrets: { own: hunter2-correct-horse, other: battery-staple }\n";
    let settings = "{ grant: { secrets: [own] } }";
    let gateway = function("reads_secret", json!({}), settings, secrets).await;
    for (name, answer) in [("own", "21"), ("other", "denied"), ("missing", "denied")] {
        assert_eq!(asked(&gateway, &format!("name={name}")).await, answer);
    }
    for page in ["/plugins", "/routes", "/metrics", "/readyz"] {
        assert!(
            !gateway.ask(page).await.text().contains("hunter2"),
            "{page}"
        );
    }
    assert!(!gateway.log.text().contains("hunter2"));
}

#[tokio::test]
async fn paths_are_shown_as_they_are_written() {
    let upstream = Upstream::start().await;
    let yaml = "apis:\n  a:\n    routes:\n\
                \x20     GET /1: { to: { upstream: '${UPSTREAM}', path: &path '/v1?key=${KEY}' } }\n\
                \x20     GET /2: { to: '${UPSTREAM}/v2?key=${KEY}' }\n\
                \x20     GET /3: { to: '${WHOLE}' }\n\
                \x20     GET /4: { to: { upstream: '${UPSTREAM}', path: *path } }\n\
                \x20     GET /5: { to: '${UPSTREAM}' }\n";
    let setup = Gateway::setup(yaml).set("UPSTREAM", upstream.url());
    let setup = setup.set("KEY", "hunter2");
    let whole = format!("{}/v3?key=hunter2", upstream.url());
    let gateway = setup.set("WHOLE", whole).start().await;
    gateway.get("/1").await;
    assert_eq!(
        upstream.request(0).await.line(),
        "GET /v1?key=hunter2 HTTP/1.1"
    );
    let routes = gateway.ask("/routes").await.json();
    let shown = |place: usize| {
        let integration = routes[place]["integration"].as_str();
        let path = integration.and_then(|text| text.split_once(", path "));
        path.map(|(_, path)| path.to_owned())
    };
    let shown = [0, 1, 2, 3, 4].map(|place| shown(place).unwrap_or_default());
    let expected = [
        "/v1?key=${KEY}",
        "/v2?key=${KEY}",
        "${WHOLE}",
        "/v1?key=${KEY}",
        "as asked for",
    ];
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn fetch_reaches_what_was_granted_and_nothing_else() {
    let (granted, other) = (Upstream::start().await, Upstream::start().await);
    let settings = format!("{{ grant: {{ http: ['{}'] }} }}", granted.url());
    let url = |upstream: &Upstream| json!({ "url": upstream.url() });
    let gateway = function("fetches", url(&granted), &settings, "").await;
    assert_eq!(gateway.get("/a").await.text(), "200 ok");
    let gateway = function("fetches", url(&other), &settings, "").await;
    let answer = gateway.get("/a").await;
    assert!(answer.text().starts_with("denied: "), "{}", answer.text());
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn wasi_http_goes_by_the_same_grants() {
    let (granted, other) = (Upstream::start().await, Upstream::start().await);
    let settings = format!("{{ grant: {{ http: ['{}'] }} }}", granted.url());
    let to = |upstream: &Upstream| json!({ "authority": upstream.address().to_string() });
    let gateway = function("wasi_fetches", to(&granted), &settings, "").await;
    assert_eq!(gateway.get("/a").await.text(), "200 ok");
    let gateway = function("wasi_fetches", to(&other), &settings, "").await;
    let answer = gateway.get("/a").await;
    assert!(
        answer.text().contains("HttpRequestDenied"),
        "{}",
        answer.text()
    );
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn context_that_no_interest_names_is_there_for_the_asking() {
    let gateway = function("asks_context", json!({}), "{}", "").await;
    assert_eq!(asked(&gateway, "name=routeKey").await, "ANY /{proxy+}");
    assert_eq!(asked(&gateway, "name=identity.sourceIp").await, "127.0.0.1");
    assert_eq!(asked(&gateway, "name=nothing").await, "none");
    let reply = gateway.get("/a?name=requestId").await;
    assert_eq!(reply.text(), reply.header("apigw-requestid"));
}

#[tokio::test]
async fn metrics_of_plugins_are_on_the_page() {
    let respond = json!([{ "use": "measures", "with": { "counter": "seen_total" } }]);
    let apis = json!({ "shop": { "routes": { "ANY /{proxy+}": { "respond": respond, "to": { "respond": { "status": 202 } } } } } });
    let setup = Gateway::setup(&format!("apis: {apis}\n")).guest("measures");
    let gateway = setup.start().await;
    for path in ["/a", "/longer", "/very-much-longer"] {
        gateway.get(path).await;
    }
    let page = gateway.ask("/metrics").await;
    for line in [
        "# TYPE wasmgate_plugin_seen_total counter",
        "# HELP wasmgate_plugin_seen_total Exchanges that were seen.",
        "wasmgate_plugin_seen_total{plugin=\"measures\"} 3",
        "# TYPE wasmgate_plugin_last_status gauge",
        "wasmgate_plugin_last_status{plugin=\"measures\"} 202",
        "wasmgate_plugin_path_length_bucket{plugin=\"measures\",le=\"4\"} 1",
        "wasmgate_plugin_path_length_bucket{plugin=\"measures\",le=\"8\"} 2",
        "wasmgate_plugin_path_length_bucket{plugin=\"measures\",le=\"+Inf\"} 3",
        "wasmgate_plugin_path_length_sum{plugin=\"measures\"} 26",
        "wasmgate_plugin_path_length_count{plugin=\"measures\"} 3",
    ] {
        assert!(
            page.text().lines().any(|found| found == line),
            "no `{line}` in\n{}",
            page.text()
        );
    }
}

#[tokio::test]
async fn plugin_cannot_take_a_metric_of_the_gateways() {
    let respond = json!([{ "use": "measures", "with": { "counter": "calls_total" } }]);
    let apis = json!({ "shop": { "routes": { "ANY /{proxy+}": { "respond": respond, "to": { "respond": {} } } } } });
    let setup = Gateway::setup(&format!("apis: {apis}\n")).guest("measures");
    let gateway = setup.start().await;
    assert_eq!(gateway.get("/a").await.status, 503);
    let ready = gateway.ask("/readyz").await;
    assert!(ready.text().contains("metric `calls_total`"), "{ready:?}");
}

#[tokio::test]
async fn line_of_a_plugin_names_plugin_route_and_request() {
    let apis = json!({ "shop": { "routes": { "GET /a": { "validate": ["probe"], "to": { "respond": {} } } } } });
    let setup = Gateway::setup(&format!("apis: {apis}\n")).guest("probe");
    let gateway = setup.start().await;
    let reply = gateway.get("/a").await;
    let line = gateway.log.line(r#"\"hook\":\"validator\""#).await;
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["plugin"], "probe");
    assert_eq!(line["route"], "GET /a");
    assert_eq!(line["request_id"], reply.header("apigw-requestid"));
}
