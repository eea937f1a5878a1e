//! What a guest does to itself ends its own call: the client is answered at once, others never notice, and log and
//! metrics say what it was.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use wasmgate_tests::{Gateway, Reply};

/// A gateway with one route that a guest guards, one that it answers, and one that has nothing to do with it.
async fn gateway(guest: &str, place: &str, settings: &str) -> Gateway {
    let yaml = format!(
        "plugins: {{ directory: ./plugins, settings: {{ {guest}: {settings} }} }}\n\
         apis:\n  main:\n    routes:\n      GET /guest: {place}\n      \
         GET /well: {{ to: {{ respond: {{ body: well }} }} }}\n"
    );
    Gateway::setup(&yaml).guest(guest).start().await
}

async fn authorizer(guest: &str, settings: &str) -> Gateway {
    let place = format!("{{ authorize: [{guest}], to: {{ respond: {{}} }} }}");
    gateway(guest, &place, settings).await
}

async fn function(guest: &str, settings: &str) -> Gateway {
    function_with(guest, "{}", settings).await
}

async fn function_with(guest: &str, with: &str, settings: &str) -> Gateway {
    let place = format!("{{ to: {{ function: {guest}, with: {with} }} }}");
    gateway(guest, &place, settings).await
}

/// One call fails: everything that holds for every failure.
async fn fails(gateway: &Gateway, guest: &str, hook: &str, outcome: &str, fault: &str) {
    let reply = gateway.get("/guest").await;
    told_nothing(&reply, 500, "Internal Server Error");

    let line = gateway.log.access("/guest").await;
    assert_eq!(line["request_id"], reply.header("apigw-requestid"));
    assert_eq!(line["plugin"], guest);
    assert_eq!(line["route"], "GET /guest");
    let failure = line["failure"].as_str().unwrap();
    assert!(failure.contains(fault), "{failure}");

    let sample = format!(
        r#"wasmgate_plugin_calls_total{{plugin="{guest}",hook="{hook}",outcome="{outcome}"}}"#
    );
    assert_eq!(gateway.metric(&sample).await, Some(1.0), "{sample}");
    assert_eq!(gateway.get("/well").await.text(), "well");
}

/// The client learns the status, the request's number, and nothing else.
fn told_nothing(reply: &Reply, status: u16, message: &str) {
    assert_eq!(reply.status, status);
    assert_eq!(reply.json(), serde_json::json!({ "message": message }));
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("apigw-requestid").len(), 16);
}

#[tokio::test]
async fn panic_is_told_with_its_words() {
    let gateway = authorizer("traps", "{}").await;
    let words = "no way out of /guest";
    fails(&gateway, "traps", "authorizer", "trapped", words).await;
}

#[tokio::test]
async fn endless_loop_ends_at_its_processor_time() {
    let gateway = authorizer("loops_forever", "{ limits: { cpu: 20ms } }").await;
    let begun = Instant::now();
    let fault = "used more than 20ms of processor time";
    fails(
        &gateway,
        "loops_forever",
        "authorizer",
        "cpu_exceeded",
        fault,
    )
    .await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn greed_for_memory_ends_at_the_limit() {
    let gateway = authorizer("eats_memory", "{ limits: { memory: 8MiB } }").await;
    let fault = "asked for more than 8388608 bytes of memory";
    fails(
        &gateway,
        "eats_memory",
        "authorizer",
        "memory_exceeded",
        fault,
    )
    .await;
}

#[tokio::test]
async fn endless_recursion_is_a_trap() {
    let gateway = authorizer("recurses", "{}").await;
    fails(&gateway, "recurses", "authorizer", "trapped", "trapped").await;
}

#[tokio::test]
async fn answer_of_100_mb_is_not_taken() {
    let gateway = function("returns_100_mb", "{ limits: { memory: 256MiB, cpu: 5s } }").await;
    let fault = "returned more than 11534336 bytes";
    fails(
        &gateway,
        "returns_100_mb",
        "function",
        "returned_too_much",
        fault,
    )
    .await;
}

#[tokio::test]
async fn what_a_call_returns_has_a_limit_of_the_operators() {
    let settings = "{ limits: { memory: 256MiB, cpu: 5s, returned: 120MiB } }";
    let gateway = function("returns_100_mb", settings).await;
    let reply = gateway.get("/guest").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body.len(), 100 << 20);
}

#[tokio::test]
async fn sleep_ends_at_the_wall_time() {
    let with = "{ milliseconds: 60000 }";
    let gateway = function_with("sleeps", with, "{ limits: { wall: 200ms } }").await;
    let begun = Instant::now();
    fails(
        &gateway,
        "sleeps",
        "function",
        "timed_out",
        "took longer than 200ms",
    )
    .await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn sleep_within_the_wall_time_is_fine() {
    let gateway = function_with("sleeps", "{ milliseconds: 5 }", "{}").await;
    assert_eq!(gateway.get("/guest").await.text(), "awake");
}

#[tokio::test]
async fn calls_beyond_the_concurrent_ones_wait_their_turn() {
    let settings = "{ limits: { concurrent: 1 } }";
    let gateway = function_with("sleeps", "{ milliseconds: 50 }", settings).await;
    let begun = Instant::now();
    let get = || gateway.get("/guest");
    let replies = tokio::join!(get(), get(), get());
    for reply in [replies.0, replies.1, replies.2] {
        assert_eq!(reply.text(), "awake");
    }
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(150), "{took:?}");
}

#[tokio::test]
async fn flood_of_log_lines_is_dammed_and_counted() {
    let gateway = function("floods_log", "{ limits: { log_lines: 10, cpu: 5s } }").await;
    assert_eq!(gateway.get("/guest").await.status, 204);
    gateway.log.access("/guest").await;
    gateway.log.line("flood 9").await;
    let log = gateway.log.text();
    let lines = log.lines().filter(|line| line.contains("flood "));
    assert_eq!(lines.count(), 10);
    let dropped = r#"wasmgate_plugin_log_lines_dropped_total{plugin="floods_log"}"#;
    assert_eq!(gateway.metric(dropped).await, Some(9_990.0));
}

#[tokio::test]
async fn lines_of_guests_name_their_source_and_cannot_be_forged() {
    let gateway = function("floods_log", "{ limits: { log_lines: 1, cpu: 5s } }").await;
    let reply = gateway.get("/guest").await;
    let line: serde_json::Value = serde_json::from_str(&gateway.log.line("flood 0").await).unwrap();
    assert_eq!(line["plugin"], "floods_log");
    assert_eq!(line["route"], "GET /guest");
    assert_eq!(line["request_id"], reply.header("apigw-requestid"));
    assert_eq!(line["message"], r"flood 0\r\nforged line");
}

#[tokio::test]
async fn state_is_never_seen_by_another_request() {
    let gateway = function("keeps_state", "{}").await;
    for _ in 0..20 {
        assert_eq!(gateway.get("/guest").await.text(), "0");
    }
}

#[tokio::test]
async fn state_stays_where_the_operator_has_instances_reused() {
    let gateway = function("keeps_state", "{ isolation: reuse }").await;
    let mut connection = wasmgate_tests::Connection::http1(gateway.address()).await;
    for count in 0..20 {
        let request = wasmgate_tests::client::request("GET", "/guest", &[]);
        assert_eq!(connection.send(request).await.text(), count.to_string());
    }
}

#[tokio::test]
async fn trap_throws_a_reused_instance_away() {
    let settings = "{ isolation: reuse }";
    let gateway = function("traps_on_demand", settings).await;
    let mut connection = wasmgate_tests::Connection::http1(gateway.address()).await;
    let mut counts = Vec::new();
    for trap in [false, false, true, false] {
        let headers: &[_] = if trap { &[("x-trap", "now")] } else { &[] };
        let request = wasmgate_tests::client::request("GET", "/guest", headers);
        let reply = connection.send(request).await;
        counts.push(reply.text().to_owned());
    }
    assert_eq!(
        counts,
        ["0", "1", r#"{"message":"Internal Server Error"}"#, "0"]
    );
}

#[tokio::test]
async fn guest_that_keeps_failing_is_switched_off_and_on_again_by_itself() {
    let gateway = function("traps_on_demand", "{}").await;
    for _ in 0..10 {
        let reply = gateway.get_with("/guest", &[("x-trap", "now")]).await;
        told_nothing(&reply, 500, "Internal Server Error");
    }
    let reply = gateway.get("/guest").await;
    told_nothing(&reply, 503, "Service Unavailable");
    let open = r#"wasmgate_plugin_breaker_open{plugin="traps_on_demand"}"#;
    assert_eq!(gateway.metric(open).await, Some(1.0));
    assert_eq!(gateway.get("/well").await.text(), "well");

    wasmgate_tests::until("the breaker closes", async || {
        gateway.get("/guest").await.status == 200
    })
    .await;
    assert_eq!(gateway.metric(open).await, Some(0.0));
    gateway.log.line("works again").await;
}

#[tokio::test]
async fn failures_that_one_client_causes_switch_nothing_off_for_others() {
    let gateway = function("traps_on_demand", "{}").await;
    for _ in 0..5 {
        assert_eq!(gateway.get("/guest").await.status, 200);
    }
    for _ in 0..5 {
        for _ in 0..9 {
            let reply = gateway.get_with("/guest", &[("x-trap", "now")]).await;
            assert_eq!(reply.status, 500);
        }
        assert_eq!(gateway.get("/guest").await.status, 200);
    }
}

#[tokio::test]
async fn bad_request_before_each_good_one_does_not_keep_a_guest_switched_off() {
    let gateway = function("traps_on_demand", "{}").await;
    for _ in 0..10 {
        gateway.get_with("/guest", &[("x-trap", "now")]).await;
    }
    assert_eq!(gateway.get("/guest").await.status, 503);
    wasmgate_tests::until("the breaker closes", async || {
        gateway.get_with("/guest", &[("x-trap", "now")]).await;
        gateway.get("/guest").await.status == 200
    })
    .await;
}
