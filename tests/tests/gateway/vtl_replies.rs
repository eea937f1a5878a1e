//! The built-in plugin `vtl`: replies by their status, and bodies that are bytes.

use serde_json::{Value, json};
use wasmgate_tests::{Answer, Gateway, Upstream, client::with_body, examples};

/// Bytes that are no text, and as base64.
const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0xff];
const BASE64: &str = "iVBOR/8=";

/// The second example of the README.
async fn pictures(upstream: &Upstream) -> Gateway {
    let yaml = examples("vtl")[1].replace("http://127.0.0.1:9000", &upstream.url());
    let setup = Gateway::setup(&yaml.replace("127.0.0.1:8080", "127.0.0.1:0"));
    setup.plugin("vtl").start().await
}

#[tokio::test]
async fn pictures_and_statuses_are_mapped_as_in_the_readme() {
    let upstream = Upstream::start().await;
    let gateway = pictures(&upstream).await;
    bytes_reach_a_template_as_base64(&gateway, &upstream).await;
    response_is_chosen_by_status(&gateway, &upstream).await;
    clients_get_bytes_if_they_accept_them(&gateway, &upstream).await;
}

async fn bytes_reach_a_template_as_base64(gateway: &Gateway, upstream: &Upstream) {
    let png = [("content-type", "image/png")];
    gateway
        .send(with_body("PUT", "/pictures/7", &png, PNG))
        .await;
    let sent: Value = serde_json::from_slice(&upstream.request(0).await.body).unwrap();
    assert_eq!(sent, json!({ "id": "7", "png": BASE64 }));
}

async fn response_is_chosen_by_status(gateway: &Gateway, upstream: &Upstream) {
    for (status, expected, text) in [
        (404, 200, r#"{"found": false}"#),
        (503, 502, r#"{"message": "try again later"}"#),
        (400, 400, "as it was"),
    ] {
        upstream.answer(Answer::status(status).body("as it was"));
        let reply = gateway.get("/pictures/7").await;
        assert_eq!((reply.status.as_u16(), reply.text()), (expected, text));
    }
}

async fn clients_get_bytes_if_they_accept_them(gateway: &Gateway, upstream: &Upstream) {
    for (accept, expected) in [("image/png", PNG), ("application/json", BASE64.as_bytes())] {
        upstream.answer(Answer::ok(PNG).header("content-type", "image/png"));
        let reply = gateway.get_with("/pictures/7", &[("accept", accept)]).await;
        assert_eq!(reply.body, expected, "{accept}");
        assert_eq!(reply.header("content-type"), "image/png");
    }
}
