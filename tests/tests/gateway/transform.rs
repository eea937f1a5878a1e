//! What should the other side see? Filters and mappers change requests and replies, all at once or not at all.

use http::Request;
use http_body::Frame;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use wasmgate_tests::{
    Answer, Connection, Gateway, Upstream, client,
    client::{request, with_body},
    limit,
};

fn patches(with: Value) -> Value {
    json!({ "use": "patches", "with": with })
}

fn changes(changes: Value) -> Value {
    patches(json!({ "changes": changes }))
}

/// A gateway with one route to an upstream, of which the test names the chains.
async fn gateway(upstream: &Upstream, mut route: Value) -> Gateway {
    let members = route.as_object_mut().unwrap();
    members.entry("to").or_insert(json!(upstream.url()));
    let apis = json!({ "shop": { "routes": { "ANY /{proxy+}": route } } });
    let upstreams = json!({ "other": { "targets": [upstream.url()] } });
    let setup = Gateway::setup(&format!("apis: {apis}\nupstreams: {upstreams}\n"));
    let guests = ["patches", "probe", "maps", "decides", "bad_patch"];
    let setup = guests.into_iter().fold(setup, wasmgate_tests::Setup::guest);
    setup.start().await
}

#[tokio::test]
async fn changes_reach_the_upstream_in_order() {
    let upstream = Upstream::start().await;
    let changes = changes(json!([
        ["set-header", "x-a", "1"],
        ["append-header", "x-a", "2"],
        ["remove-header", "x-b", ""],
        ["set-query", "q", "a b&c"],
        ["append-query", "q", "ü"],
        ["remove-query", "old", ""],
        ["set-path", "", "/v2/a%2Fb"],
        ["set-method", "", "PUT"],
    ]));
    let gateway = gateway(&upstream, json!({ "transform": [changes] })).await;
    gateway
        .get_with("/a?old=1&keep=2&q=0&old=3", &[("x-a", "0"), ("x-b", "0")])
        .await;
    let got = upstream.request(0).await;
    assert_eq!(
        got.line(),
        "PUT /v2/a%2Fb?keep=2&q=a+b%26c&q=%C3%BC HTTP/1.1"
    );
    assert_eq!(got.values("x-a"), ["1", "2"]);
    assert!(got.values("x-b").is_empty());
}

#[tokio::test]
async fn one_invalid_change_undoes_all() {
    for invalid in [
        ["set-header", "x-b", "a\r\nx-c: 1"],
        ["set-header", "x b", "1"],
        ["set-header", "x-b", "\0"],
        ["append-header", "transfer-encoding", "chunked"],
        ["set-header", "content-length", "1"],
        ["set-header", "host", "evil"],
        ["set-header", "connection", "x-a"],
        ["set-path", "", "/a/../b"],
        ["set-path", "", "/%2e%2e/b"],
        ["set-path", "", "b"],
        ["set-path", "", "/a?b"],
        ["set-path", "", "/a b"],
        ["set-method", "", "G T"],
        ["set-method", "", "CONNECT"],
        ["set-status", "", "200"],
        ["upstream", "", "unknown"],
        ["grow", "x", "1"],
    ] {
        let upstream = Upstream::start().await;
        let changes = changes(json!([["set-header", "x-a", "1"], invalid]));
        let gateway = gateway(&upstream, json!({ "transform": [changes] })).await;
        let reply = gateway.get("/a").await;
        assert_eq!(reply.status, 500, "{invalid:?}");
        assert_eq!(reply.text(), r#"{"message":"Internal Server Error"}"#);
        assert!(upstream.requests().is_empty(), "{invalid:?}");
        let line = gateway.log.access("/a").await;
        assert_eq!(line["plugin"], "patches", "{invalid:?}");
    }
}

#[tokio::test]
async fn invalid_change_of_a_reply_leaves_none_of_it() {
    for invalid in [
        ["set-path", "", "/a"],
        ["set-status", "", "101"],
        ["set-header", "x", "\n"],
    ] {
        let upstream = Upstream::start().await;
        let changes = changes(json!([["set-header", "x-a", "1"], invalid]));
        let gateway = gateway(&upstream, json!({ "respond": [changes] })).await;
        let reply = gateway.get("/a").await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("x-a")),
            (500, ""),
            "{invalid:?}"
        );
    }
}

#[tokio::test]
async fn filter_answers_in_place_of_all_that_follows() {
    let upstream = Upstream::start().await;
    let answers = json!({ "use": "bad_patch", "with": {
        "changes": [], "respond": 202, "headers": [["x-by", "filter"]],
    } });
    let refuses = json!({ "use": "decides", "with": { "refuse": "forbidden" } });
    let chains = json!({ "early": [answers], "authorize": [refuses], "respond": [changes(json!([["set-header", "x-last", "1"]]))] });
    let gateway = gateway(&upstream, chains).await;
    let reply = gateway.get("/a").await;
    assert_eq!(
        (reply.status.as_u16(), reply.text()),
        (202, "answered by a filter")
    );
    assert_eq!(
        (reply.header("x-by"), reply.header("x-last")),
        ("filter", "1")
    );
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn filter_chooses_among_the_upstreams_of_the_route() {
    let (own, other) = (Upstream::start().await, Upstream::start().await);
    let chains = json!({
        "transform": [changes(json!([["upstream", "", "other"]]))],
        "upstreams": ["other"],
        "to": own.url(),
    });
    let gateway = gateway(&other, chains).await;
    assert_eq!(gateway.get("/a").await.status, 200);
    assert_eq!(other.request(0).await.line(), "GET /a HTTP/1.1");
    assert!(own.requests().is_empty());
}

#[tokio::test]
async fn upstream_that_the_route_does_not_name_is_out_of_reach() {
    let upstream = Upstream::start().await;
    let chains = json!({ "transform": [changes(json!([["upstream", "", "other"]]))] });
    let gateway = gateway(&upstream, chains).await;
    assert_eq!(gateway.get("/a").await.status, 500);
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn client_cannot_forge_what_a_plugin_sets() {
    let upstream = Upstream::start().await;
    let sets = patches(json!({ "sets": ["X-User"] }));
    let gateway = gateway(&upstream, json!({ "transform": [sets] })).await;
    let forged = [("x-user", "admin"), ("X-User", "root"), ("x-other", "1")];
    gateway.get_with("/a", &forged).await;
    let got = upstream.request(0).await;
    assert!(got.values("x-user").is_empty());
    assert_eq!(got.values("x-other"), ["1"]);
}

#[tokio::test]
async fn forged_field_is_gone_before_any_plugin_looks() {
    let sets = patches(json!({ "sets": ["x-user"] }));
    let looks = json!({ "use": "probe", "with": { "headers": ["x-user"] } });
    let upstream = Upstream::start().await;
    let gateway = gateway(&upstream, json!({ "early": [looks], "transform": [sets] })).await;
    gateway.get_with("/a", &[("x-user", "admin")]).await;
    let got = upstream.request(0).await;
    let seen: Value = serde_json::from_str(got.header("x-seen-request-filter")).unwrap();
    assert_eq!(seen["headers"], json!([]));
}

#[tokio::test]
async fn underscores_forge_no_field() {
    let upstream = Upstream::start().await;
    let sets = json!({ "sets": ["x-user"], "changes": [["set-header", "x-user", "ann"]] });
    let gateway = gateway(&upstream, json!({ "transform": [patches(sets)] })).await;
    let forged = [
        ("X_User", "admin"),
        ("X_Forwarded_For", "6.6.6.6"),
        ("x-other", "1"),
    ];
    gateway.get_with("/a", &forged).await;
    let mut http2 = Connection::http2(gateway.address()).await;
    http2.send(request("GET", "/a", &forged)).await;
    for number in [0, 1] {
        let got = upstream.request(number).await;
        assert!(!got.head.contains('_'), "{}", got.head);
        assert_eq!(got.header("x-user"), "ann");
        assert_eq!(got.header("x-forwarded-for"), "127.0.0.1");
        assert_eq!(got.header("x-other"), "1");
    }
}

#[tokio::test]
async fn underscores_pass_where_they_are_wanted() {
    let upstream = Upstream::start().await;
    let url = upstream.url();
    let gateway = Gateway::start(&format!(
        "limits: {{ header_underscores: true }}\napis: {{ a: {{ routes: {{ $default: {{ to: '{url}' }} }} }} }}\n"
    ))
    .await;
    gateway.get_with("/a", &[("x_a", "1")]).await;
    assert_eq!(upstream.request(0).await.header("x_a"), "1");
}

#[tokio::test]
async fn trailers_forge_no_field() {
    let upstream = Upstream::start().await;
    let changes = json!([
        ["set-header", "x-mail", "a"],
        ["remove-header", "x-role", ""]
    ]);
    let sets = patches(json!({ "sets": ["x-user"], "changes": changes }));
    let gateway = gateway(&upstream, json!({ "transform": [sets] })).await;
    let forged = [
        "x-user",
        "x-mail",
        "x-role",
        "x_user",
        "x-forwarded-host",
        "x-real-ip",
        "via",
        "apigw-requestid",
        "http2-settings",
    ];
    let announced = format!("{}, x-sum", forged.join(", "));
    let lines: String = forged.map(|name| format!("{name}: forged\r\n")).concat();
    let head =
        format!("POST /a HTTP/1.1\r\nHost: a\r\nTrailer: {announced}\r\nConnection: close\r\n");
    let body = format!("Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n{lines}x-sum: 1\r\n\r\n");
    let answer = gateway.raw(head + &body).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");

    let stream = TokioIo::new(client::tcp(gateway.address()).await);
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream)
        .await
        .unwrap();
    tokio::spawn(connection);
    let (frames, body) = client::pieces();
    let call = Request::post("http://a/a").header("trailer", announced);
    let call = sender.send_request(call.body(body).unwrap());
    frames.send(Frame::data("x".into())).await.unwrap();
    // What HTTP/1 refuses among trailers is dropped here.
    let names = forged.into_iter().chain(["authorization", "x-sum"]);
    let fields = names.map(|name| (name.parse().unwrap(), "1".parse().unwrap()));
    let trailers = Frame::trailers(fields.collect());
    frames.send(trailers).await.unwrap();
    drop(frames);
    assert_eq!(limit("an answer", call).await.unwrap().status(), 200);
    for number in [0, 1] {
        let got = upstream.request(number).await;
        assert_eq!(got.trailers, "x-sum: 1\r\n");
        assert_eq!(got.body, b"x");
    }
}

#[tokio::test]
async fn two_plugins_may_set_the_same_field() {
    let sets = json!({ "sets": ["x-user"], "changes": [["set-header", "x-user", "ann"]] });
    let also = json!({ "sets": ["x-user"] });
    let chains = json!({ "early": [patches(sets)], "transform": [patches(also)] });
    let upstream = Upstream::start().await;
    let gateway = gateway(&upstream, chains).await;
    gateway.get_with("/a", &[("x-user", "admin")]).await;
    assert_eq!(upstream.request(0).await.values("x-user"), ["ann"]);
}

#[tokio::test]
async fn forged_field_does_not_pass_a_filter_that_fails_open() {
    let upstream = Upstream::start().await;
    let mut panics = patches(json!({ "sets": ["x-user"], "panics_at": "x-a" }));
    panics["fail_open"] = json!(true);
    let gateway = gateway(&upstream, json!({ "transform": [panics] })).await;
    let reply = gateway
        .get_with("/a", &[("x-user", "admin"), ("x-a", "1")])
        .await;
    assert_eq!(reply.status, 200);
    assert!(upstream.request(0).await.values("x-user").is_empty());
    let line = gateway.log.line("passed over").await;
    for part in [
        "patches",
        "ANY /{proxy+}",
        reply.header("apigw-requestid"),
        "asked to panic",
    ] {
        assert!(line.contains(part), "`{part}` is not in {line}");
    }
}

#[tokio::test]
async fn filters_fail_closed_unless_told_otherwise() {
    for chain in ["early", "transform", "respond"] {
        let upstream = Upstream::start().await;
        let mut panics = patches(json!({ "panics_at": "x-a" }));
        let closed = gateway(&upstream, json!({ chain: [panics] })).await;
        assert_eq!(
            closed.get_with("/a", &[("x-a", "1")]).await.status,
            500,
            "{chain}"
        );
        panics["fail_open"] = json!(true);
        let open = gateway(&upstream, json!({ chain: [panics] })).await;
        assert_eq!(
            open.get_with("/a", &[("x-a", "1")]).await.status,
            200,
            "{chain}"
        );
    }
}

#[tokio::test]
async fn set_context_is_seen_by_later_hooks_and_the_log() {
    let upstream = Upstream::start().await;
    let sets = changes(json!([["set-context", "tenant", "acme"]]));
    let looks = json!({ "use": "probe", "with": { "context": ["authorizer.tenant"] } });
    let chains = json!({ "early": [sets], "transform": [looks], "respond": [looks] });
    let gateway = gateway(&upstream, chains).await;
    let reply = gateway.get("/a").await;
    let wanted = json!([["authorizer.tenant", "acme"]]);
    let seen: Value =
        serde_json::from_str(upstream.request(0).await.header("x-seen-map-request")).unwrap();
    assert_eq!(seen["context"], wanted);
    let seen: Value = serde_json::from_str(reply.header("x-seen-response-filter")).unwrap();
    assert_eq!(seen["context"], wanted);
    let line = gateway.log.access("/a").await;
    assert_eq!(line["authorizer"], json!({ "tenant": "acme" }));
}

#[tokio::test]
async fn response_filters_run_from_the_last_to_the_first() {
    let upstream = Upstream::start().await;
    let append = |value: &str| changes(json!([["append-header", "x-order", value]]));
    let chains = json!({ "respond": [append("first"), append("second"), append("third")] });
    let gateway = gateway(&upstream, chains).await;
    let reply = gateway.get("/a").await;
    let order: Vec<_> = reply.headers.get_all("x-order").iter().collect();
    assert_eq!(order, ["third", "second", "first"]);
}

#[tokio::test]
async fn response_filters_see_the_gateways_own_errors() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::raw("garbage"));
    let respond = changes(json!([
        ["set-header", "x-seen", "1"],
        ["set-status", "", "418"]
    ]));
    let refuses = json!({ "use": "decides", "with": { "refuse": "unauthorized" } });
    for chains in [
        json!({ "respond": [respond], "authorize": [refuses] }),
        json!({ "respond": [respond] }),
    ] {
        let gateway = gateway(&upstream, chains).await;
        let reply = gateway.get("/a").await;
        assert_eq!((reply.status.as_u16(), reply.header("x-seen")), (418, "1"));
        let line = gateway.log.access("/a").await;
        assert!(line["failure"].is_string(), "{line}");
    }
}

#[tokio::test]
async fn response_filter_sees_the_request_as_it_was_sent() {
    let upstream = Upstream::start().await;
    let change =
        json!({ "changes": [["set-path", "", "/b"], ["set-header", "x-a", "2"]], "body": "other" });
    let looks = json!({ "use": "probe", "with": { "headers": ["x-a"], "body": true } });
    let chains = json!({ "transform": [patches(change)], "respond": [looks] });
    let gateway = gateway(&upstream, chains).await;
    let reply = gateway
        .send(with_body("POST", "/a", &[("x-a", "1")], "sent"))
        .await;
    assert_eq!(upstream.request(0).await.body, b"other");
    let seen: Value = serde_json::from_str(reply.header("x-seen-response-filter")).unwrap();
    assert_eq!(seen["path"], "/a");
    assert_eq!(seen["headers"], json!([["x-a", "1"]]));
    assert_eq!(seen["body"], "sent");
}

#[tokio::test]
async fn mapper_maps_both_ways() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok("REPLY"));
    let gateway = gateway(&upstream, json!({ "transform": ["maps"] })).await;
    let reply = gateway.send(with_body("POST", "/a", &[], "request")).await;
    assert_eq!(upstream.request(0).await.body, b"REQUEST");
    assert_eq!(reply.text(), "reply");
}

#[tokio::test]
async fn mapper_is_not_asked_to_map_the_gateways_own_errors() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::raw("garbage"));
    let gateway = gateway(&upstream, json!({ "transform": ["maps"] })).await;
    let reply = gateway.get("/a").await;
    assert_eq!(reply.status, 502);
    assert_eq!(reply.json(), json!({ "message": "Bad Gateway" }));
}

#[tokio::test]
async fn mappers_of_replies_run_from_the_last_to_the_first() {
    let upstream = Upstream::start().await;
    let shows = |name: &str| json!({ "use": "probe", "with": { "reply_headers": [name] } });
    let chains = json!({ "transform": [shows("x-a"), shows("x-b")] });
    upstream.answer(Answer::ok("ok").header("x-a", "1").header("x-b", "2"));
    let gateway = gateway(&upstream, chains).await;
    let reply = gateway.get("/a").await;
    let seen: Value = serde_json::from_str(reply.header("x-seen-map-response")).unwrap();
    assert_eq!(
        seen["reply"]["headers"],
        json!([["x-a", "1"]]),
        "the first is the last to map"
    );
}
