//! Names of upstream servers: looked up again while requests run, never by a request.

use std::net::SocketAddr;

use wasmgate_tests::{Answer, Connection, Echo, Gateway, Names, Upstream, client::request, until};

/// A gateway before `http://server.test`, whose requests all go over one connection of one worker.
async fn before(names: &Names, port: u16, settings: &str) -> (Gateway, Connection) {
    let yaml = format!(
        "workers: 1\nupstreams:\n  main: {{ targets: ['http://server.test:{port}'], {settings} }}\n\
         apis: {{ main: {{ routes: {{ $default: {{ to: main }} }} }} }}\n"
    );
    let gateway = names.before(Gateway::setup(&yaml)).start().await;
    let client = Connection::http1(gateway.address()).await;
    (gateway, client)
}

/// Two servers on the same port of two addresses, each of which says which one it is.
async fn servers() -> (Upstream, Upstream, u16) {
    let old = Upstream::start().await;
    old.answer(Answer::ok("old"));
    let port = old.address().port();
    let new = Upstream::at(SocketAddr::from(([127, 0, 0, 2], port))).await;
    new.answer(Answer::ok("new"));
    (old, new, port)
}

async fn says(client: &mut Connection) -> String {
    let reply = client.send(request("GET", "/", &[])).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.text().to_owned()
}

#[tokio::test]
async fn name_that_moves_takes_its_requests_along() {
    let (_old, _new, port) = servers().await;
    let names = Names::new();
    names.set("server.test", "127.0.0.1");
    let (gateway, mut client) = before(&names, port, "resolve: 50ms").await;
    assert_eq!(says(&mut client).await, "old");
    names.set("server.test", "127.0.0.2");
    // Open connections included: the old server is well, and kept alive by every request.
    wasmgate_tests::limit("the new server", async {
        while says(&mut client).await != "new" {}
    })
    .await;
    let line = gateway.log.access("/").await;
    assert_eq!(line["upstream"], "main");
    assert_eq!(line["upstream_address"], format!("127.0.0.1:{port}"));
}

#[tokio::test]
async fn shared_connections_move_too() {
    let old = Echo::start().await;
    let port = old.address().port();
    let new = Echo::at(SocketAddr::from(([127, 0, 0, 2], port))).await;
    let names = Names::new();
    names.set("server.test", "127.0.0.1");
    let (_gateway, mut client) = before(&names, port, "resolve: 50ms, http2: true").await;
    says(&mut client).await;
    assert_eq!((old.requests(), new.requests()), (1, 0));
    names.set("server.test", "127.0.0.2");
    wasmgate_tests::limit("the new server", async {
        while new.requests() == 0 {
            says(&mut client).await;
        }
    })
    .await;
}

#[tokio::test]
async fn failed_connection_has_the_name_looked_up_sooner() {
    let (old, _new, port) = servers().await;
    let names = Names::new();
    names.set("server.test", "127.0.0.1");
    let (gateway, mut client) = before(&names, port, "resolve: 1h").await;
    assert_eq!(says(&mut client).await, "old");
    drop(old);
    names.set("server.test", "127.0.0.2");
    until("the new server", async || {
        gateway.get("/").await.text() == "new"
    })
    .await;
}

#[tokio::test]
async fn name_that_is_lost_keeps_its_address() {
    let (_old, _new, port) = servers().await;
    let names = Names::new();
    names.set("server.test", "127.0.0.1");
    let (gateway, mut client) = before(&names, port, "resolve: 50ms").await;
    assert_eq!(says(&mut client).await, "old");
    names.remove("server.test");
    gateway
        .log
        .line("the addresses that are known are kept")
        .await;
    assert_eq!(says(&mut client).await, "old");
}

#[tokio::test]
async fn name_without_address_is_503_until_it_has_one() {
    let (_old, _new, port) = servers().await;
    let names = Names::new();
    let (gateway, mut client) = before(&names, port, "resolve: 50ms").await;
    let reply = client.send(request("GET", "/", &[])).await;
    assert_eq!(reply.status, 503, "{reply:?}");
    let line = gateway.log.access("/").await;
    assert!(
        line["failure"]
            .to_string()
            .contains("its name has no address"),
        "{line}"
    );
    assert_eq!(line["upstream_address"], serde_json::Value::Null);
    names.set("server.test", "127.0.0.2");
    until("an address", async || gateway.get("/").await.status == 200).await;
}
