//! What one client address may have of the gateway.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wasmgate_tests::{Connection, Gateway, client, client::request, limit, until};

async fn gateway(per_address: &str, more: &str) -> Gateway {
    Gateway::start(&format!(
        "{more}\nlimits: {{ per_address: {{ {per_address} }} }}\n\
         apis: {{ main: {{ routes: {{ $default: {{ to: {{ respond: {{ body: ok }} }} }} }} }} }}\n"
    ))
    .await
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// A rate that does not come back while a test runs: one a second, after three.
const THREE: &str = "requests: { per_second: 1, burst: 3 }";

#[tokio::test]
async fn requests_over_the_rate_are_429_whatever_connection_they_come_on() {
    let gateway = gateway("requests: { per_second: 1, burst: 30 }", "").await;
    let mut refused = 0;
    for number in 0..60 {
        let mut connection = match number % 2 {
            0 => Connection::http1(gateway.address()).await,
            _ => Connection::http2(gateway.address()).await,
        };
        let reply = connection.send(request("GET", "/", &[])).await;
        if reply.status == 429 {
            refused += 1;
            assert_eq!(reply.text(), r#"{"message":"Too Many Requests"}"#);
            assert_eq!(reply.header("retry-after"), "1");
            assert_eq!(reply.header("apigw-requestid").len(), 16);
        }
    }
    assert!((20..=30).contains(&refused), "{refused} of 60");
    let line = gateway.log.line(r#""status":429"#).await;
    assert!(line.contains(r#""blame":"client""#), "{line}");
    assert!(line.contains("limits.per_address.requests"), "{line}");
    let counted = gateway
        .metric("wasmgate_address_requests_refused_total ")
        .await;
    assert_eq!(counted, Some(f64::from(refused)));
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_are_counted_apart() {
    let gateway = gateway(THREE, "trusted_proxies: [127.0.0.1]").await;
    for (client, most) in [
        ("192.0.2.1", 4),
        ("192.0.2.2", 4),
        ("2001:db8::1", 4),
        ("2001:db8::2", 1),
    ] {
        let mut admitted = 0;
        for _ in 0..10 {
            let named = [("x-forwarded-for", client)];
            admitted += i32::from(gateway.get_with("/", &named).await.status == 200);
        }
        // A second may pass meanwhile. The last one is of the network of the one before.
        assert!(
            admitted <= most && (admitted >= 3 || most < 3),
            "{client}: {admitted}"
        );
    }
}

#[tokio::test]
async fn rate_is_kept_through_reloads() {
    let gateway = gateway(THREE, "").await;
    for _ in 0..10 {
        gateway.get("/").await;
    }
    gateway.signal("HUP");
    let reloaded = r#"wasmgate_reloads_total{result="success"} 1"#;
    gateway
        .until("/metrics", |page| page.text().contains(reloaded))
        .await;
    let mut admitted = 0;
    for _ in 0..10 {
        admitted += i32::from(gateway.get("/").await.status == 200);
    }
    assert!(admitted < 3, "{admitted}");
}

#[tokio::test]
async fn connections_over_the_limit_are_closed() {
    let gateway = gateway("connections: 2", "").await;
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut connection = Connection::http1(gateway.address()).await;
        assert_eq!(connection.send(request("GET", "/", &[])).await.status, 200);
        kept.push(connection);
    }
    assert_eq!(gateway.raw(GET).await, "");
    let refused = "wasmgate_address_connections_refused_total ";
    assert_eq!(gateway.metric(refused).await, Some(1.0));
    gateway.log.line("its address has enough connections").await;
    kept.pop();
    until("a free place", async || {
        gateway.raw(GET).await.ends_with("ok")
    })
    .await;
}

#[tokio::test]
async fn trusted_proxies_may_have_more_connections_but_not_those_whom_they_name() {
    let listener = "trusted_proxies: [127.0.0.1]\nlisteners:\n  - { address: '127.0.0.1:0' }\n  \
                    - { address: '127.0.0.1:0', proxy_protocol: true }";
    let gateway = gateway("connections: 1", listener).await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut connection = Connection::http1(gateway.address()).await;
        assert_eq!(connection.send(request("GET", "/", &[])).await.status, 200);
        kept.push(connection);
    }
    let named = |client: &str| format!("PROXY TCP4 {client} 192.0.2.9 1000 80\r\n");
    let mut first = client::tcp(gateway.addresses[1]).await;
    let open = format!("{}GET / HTTP/1.1\r\nHost: a\r\n\r\n", named("192.0.2.1"));
    first.write_all(open.as_bytes()).await.expect("room");
    let read = limit("an answer", first.read_u8()).await;
    read.expect("an answer");
    for (client, answered) in [("192.0.2.1", false), ("192.0.2.2", true)] {
        let answer = client::raw(gateway.addresses[1], named(client) + GET).await;
        assert_eq!(
            answer.starts_with("HTTP/1.1 200 "),
            answered,
            "{client}: {answer}"
        );
    }
}

#[tokio::test]
async fn unlimited_where_nothing_is_said() {
    let gateway = gateway("", "").await;
    let mut kept = Vec::new();
    for _ in 0..100 {
        let mut connection = Connection::http1(gateway.address()).await;
        assert_eq!(connection.send(request("GET", "/", &[])).await.status, 200);
        kept.push(connection);
    }
}
