//! The built-in plugin `soap`: JSON clients in front of SOAP and XML services, and the reverse, with real peers at both
//! ends: a server of spyne, a client of zeep.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use wasmgate_tests::{
    Answer, Directory, Gateway, Peer, Setup, Upstream, client::with_body, examples, peer, run,
};

/// A file of `tests/cases/soap`.
fn case(name: &str) -> String {
    std::fs::read_to_string(cases().join(name)).unwrap()
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/soap")
}

/// A gateway with the plugin and the files of the cases beside its configuration. All share what was compiled, so that
/// one compiles it.
fn setup(yaml: &str) -> Setup {
    let setup = Gateway::setup(&with_plugins(yaml)).plugin("soap");
    let files = ["shop.wsdl", "ledger.wsdl", "ledger.xsd", "stock.wsdl"];
    files
        .iter()
        .fold(setup, |setup, name| setup.file(name, case(name)))
}

fn with_plugins(yaml: &str) -> String {
    let cache = concat!(env!("CARGO_TARGET_TMPDIR"), "/soap-cache");
    format!("plugins: {{ directory: ./plugins, cache: '{cache}' }}\n{yaml}")
}

/// Starts one after the other: the first compiles for all.
async fn start(setup: Setup) -> Gateway {
    static STARTS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = STARTS.lock().await;
    setup.start().await
}

/// A gateway of one route with the plugin on it.
async fn gateway(route: &str, with: &Value, upstream: &str) -> Gateway {
    start(setup(&apis(route, with, upstream))).await
}

fn apis(route: &str, with: &Value, upstream: &str) -> String {
    let transform = json!([{ "use": "soap", "with": with }]);
    let routes = json!({ route: { "transform": transform, "to": upstream } });
    format!("apis: {}\n", json!({ "shop": { "routes": routes } }))
}

async fn post(gateway: &Gateway, path: &str, body: &Value) -> (u16, Value) {
    let headers = [("content-type", "application/json")];
    let reply = gateway
        .send(with_body("POST", path, &headers, body.to_string()))
        .await;
    (reply.status.as_u16(), reply.json())
}

/// The server of spyne.
struct Spyne {
    url: String,
    _peer: Peer,
}

impl Spyne {
    fn start() -> Spyne {
        let peer = Peer::service();
        let url = format!("http://127.0.0.1:{}", peer.said);
        Spyne { url, _peer: peer }
    }

    /// Its WSDL, as it writes it.
    async fn wsdl(&self, path: &str) -> String {
        let address = self.url.trim_start_matches("http://").parse().unwrap();
        let mut connection = wasmgate_tests::Connection::http1(address).await;
        let request = wasmgate_tests::client::request("GET", &format!("{path}?wsdl"), &[]);
        connection.send(request).await.text().to_owned()
    }
}

fn python(script: &str, arguments: &[&str]) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/soap");
    let mut command = Command::new(peer("soap").join("bin/python"));
    command.arg(folder.join(script)).args(arguments);
    command
}

/// What a client of zeep gets for its calls.
fn zeep(wsdl: impl AsRef<str>, address: &str, calls: &Value) -> Value {
    let mut process = python("client.py", &[wsdl.as_ref(), address])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process
        .stdin
        .take()
        .unwrap()
        .write_all(calls.to_string().as_bytes())
        .unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn order() -> Value {
    json!({
        "id": 7, "customer": "Ämi & <Söhne>", "paid": false, "state": "open", "placed": "2024-02-29T12:00:00Z",
        "item": [{ "@currency": "EUR", "sku": "a", "quantity": 2, "price": 1.50 }],
    })
}

#[tokio::test]
async fn json_clients_use_a_spyne_service() {
    let spyne = Spyne::start();
    for path in ["/soap11", "/soap12"] {
        let wsdl = spyne.wsdl(path).await;
        let yaml = format!(
            "apis: {{ shop: {{ routes: {{ 'POST /shop/{{operation}}': {{ transform: [{{ use: soap, with: {{ wsdl: {{ file: own.wsdl }} }} }}], to: '{}' }} }} }} }}\n",
            spyne.url
        );
        let gateway = start(setup(&yaml).file("own.wsdl", wsdl)).await;

        let placed = post(&gateway, "/shop/PlaceOrder", &json!({ "order": order() })).await;
        let mut expected = order();
        expected["placed"] = json!("2024-02-29T12:00:00+00:00");
        assert_eq!(
            placed,
            (200, json!({ "PlaceOrderResult": expected })),
            "{path}"
        );
        let found = post(&gateway, "/shop/GetOrder?id=7", &json!({})).await;
        assert_eq!(found, (200, json!({ "GetOrderResult": expected })));
        // Bare, and a scalar for a reply.
        assert_eq!(
            post(&gateway, "/shop/Total", &order()).await,
            (200, json!(3.0))
        );

        let (status, missing) = post(&gateway, "/shop/GetOrder", &json!({ "id": 8 })).await;
        assert_eq!((status, &missing["message"]), (400, &json!("no order 8")));
        assert!(
            missing["code"].as_str().unwrap().ends_with(".NotFound"),
            "{missing}"
        );
        let (status, _) = post(&gateway, "/shop/Divide", &json!({ "a": 1, "b": 0 })).await;
        assert_eq!(status, 500);
        assert_eq!(post(&gateway, "/shop/Nothing", &json!({})).await.0, 404);
        let header = json!({ "#header": { "Credentials": { "user": "ann" } } });
        let who = post(&gateway, "/shop/WhoAmI", &header).await;
        assert_eq!(who, (200, json!({ "WhoAmIResult": "ann" })));
    }
}

#[tokio::test]
async fn request_that_does_not_fit_never_reaches_the_service() {
    let upstream = Upstream::start().await;
    let with = json!({ "wsdl": { "file": "shop.wsdl" } });
    let gateway = gateway("POST /shop/{operation}", &with, &upstream.url()).await;
    for (operation, body, message) in [
        ("GetOrder", json!({}), "`/id`: is required"),
        ("GetOrder", json!({ "id": null }), "`/id`: is required"),
        (
            "GetOrder",
            json!({ "id": "7" }),
            "`/id`: must be a whole number, not a text",
        ),
        (
            "GetOrder",
            json!({ "id": 1.5 }),
            "`/id`: must be a whole number",
        ),
        (
            "GetOrder",
            json!({ "id": 2_147_483_648_u32 }),
            "`/id`: must be at most 2147483647",
        ),
        (
            "GetOrder",
            json!({ "id": [7] }),
            "`/id`: must be a whole number, not an array",
        ),
        (
            "GetOrder",
            json!({ "id": 7, "x": 1 }),
            "`/x`: is not known: the type has no such member",
        ),
        ("GetOrder", json!([]), "must be an object, not an array"),
        (
            "PlaceOrder",
            json!({ "order": { "id": 1, "customer": null, "item": [{ "sku": "a", "quantity": 0 }] } }),
            "`/order/item/0/quantity`: must be at least 1",
        ),
        (
            "PlaceOrder",
            json!({ "order": { "id": 1, "customer": null, "item": { "sku": "a" } } }),
            "`/order/item`: must be an array, not an object",
        ),
        (
            "PlaceOrder",
            json!({ "order": { "id": 1, "customer": null, "state": "lost" } }),
            "`/order/state`: must be one of `open`, `sent`",
        ),
        (
            "PlaceOrder",
            json!({ "order": { "id": 1, "customer": null, "placed": "2023-02-29T00:00:00" } }),
            "`/order/placed`: must be a date and time such as `2024-02-29T12:00:00Z`",
        ),
        (
            "PlaceOrder",
            json!({ "order": { "id": 1, "customer": "\u{0}" } }),
            "`/order/customer`: holds a control character, which XML cannot",
        ),
    ] {
        let refused = post(&gateway, &format!("/shop/{operation}"), &body).await;
        assert_eq!(refused, (400, json!({ "message": message })), "{body}");
    }
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn zeep_clients_use_a_json_service() {
    let upstream = Upstream::start().await;
    let with = json!({
        "wsdl": { "file": "shop.wsdl" }, "clients": "xml",
        "operations": { "GetOrder": "GET /orders/{id}", "PlaceOrder": "PUT /orders" },
    });
    let gateway = gateway("POST /soap", &with, &upstream.url()).await;
    let reply = json!({ "PlaceOrderResult": order() }).to_string();
    upstream.answer_next(Answer::ok(reply));
    upstream.answer_next(Answer::ok(json!({ "GetOrderResult": order() }).to_string()));
    upstream.answer_next(Answer::ok("3.00"));
    upstream.answer_next(Answer::status(404).body(r#"{"message":"no order 8"}"#));
    upstream.answer_next(Answer::status(500).body("oh"));
    upstream.answer_next(Answer::ok("no json"));
    let plain = json!({
        "id": 7, "customer": "Ämi & <Söhne>", "paid": false, "state": "open", "placed": "2024-02-29T12:00:00+00:00",
        "item": [{ "currency": "EUR", "sku": "a", "quantity": 2, "price": "1.50" }],
    });
    let calls = json!([
        ["PlaceOrder", { "order": plain }], ["GetOrder", { "id": 7 }],
        ["Total", { "id": 7, "customer": "c", "item": [{ "sku": "a", "quantity": 2, "price": "1.5" }] }],
        ["GetOrder", { "id": 8 }], ["GetOrder", { "id": 9 }], ["GetOrder", { "id": 10 }],
    ]);
    let address = format!("http://{}/soap", gateway.address());
    let results = tokio::task::spawn_blocking(move || {
        zeep(
            cases().join("shop.wsdl").to_str().unwrap(),
            &address,
            &calls,
        )
    })
    .await
    .unwrap();

    assert_eq!(
        results[0]["item"][0],
        json!({ "sku": "a", "quantity": 2, "price": "1.5", "currency": "EUR" })
    );
    assert_eq!(results[1]["customer"], "Ämi & <Söhne>");
    assert_eq!(results[2], "3.00");
    assert_eq!(
        results[3],
        json!({ "fault": "no order 8", "code": "soap:Client", "detail": null })
    );
    assert_eq!(
        results[4],
        json!({ "fault": "the service failed", "code": "soap:Server", "detail": null })
    );
    assert_eq!(
        results[5],
        json!({ "fault": "Internal Server Error", "code": "soap:Server", "detail": null })
    );

    let requests = upstream.requests();
    let lines: Vec<_> = requests.iter().map(|request| request.line()).collect();
    assert_eq!(
        lines[..4],
        [
            "PUT /orders HTTP/1.1",
            "GET /orders/7 HTTP/1.1",
            "POST /Total HTTP/1.1",
            "GET /orders/8 HTTP/1.1",
        ]
    );
    let sent: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(
        sent["order"]["item"],
        json!([{ "@currency": "EUR", "sku": "a", "quantity": 2, "price": 1.50 }])
    );
    assert_eq!(sent["order"]["paid"], json!(false));
    assert!(requests[1].body.is_empty());
    assert_eq!(requests[0].header("content-type"), "application/json");
    let log = gateway.log.access("/soap").await;
    assert_eq!(log["authorizer"]["soapOperation"], "PlaceOrder");
}

#[tokio::test]
async fn zeep_clients_use_rpc_literal() {
    let upstream = Upstream::start().await;
    let with = json!({
        "wsdl": { "file": "ledger.wsdl" }, "schemas": [{ "file": "ledger.xsd" }], "clients": "xml",
    });
    let gateway = gateway("POST /ledger", &with, &upstream.url()).await;
    let entry = json!({ "@kind": "debit", "text": "tea", "amount": { "@currency": "EUR", "#text": 2.50 }, "tag": ["a"] });
    upstream.answer_next(Answer::ok(
        json!({ "balance": -2.5, "entries": { "entry": [entry] } }).to_string(),
    ));
    let closed = json!({ "message": "closed", "detail": { "Closed": { "since": "2024-01-01" } } });
    upstream.answer_next(Answer::status(409).body(closed.to_string()));
    let argument = json!({ "kind": "debit", "text": "tea", "amount": { "currency": "EUR", "_value_1": "2.50" }, "tag": ["a"] });
    let calls = json!([["Book", { "account": 1, "entry": argument }], ["Book", { "account": 2, "entry": argument }]]);
    let folder = wasmgate_tests::Directory::new();
    folder.write("types/ledger.xsd", case("ledger.xsd"));
    let wsdl = folder.write("ledger.wsdl", case("ledger.wsdl"));
    let address = format!("http://{}/ledger", gateway.address());
    let results =
        tokio::task::spawn_blocking(move || zeep(wsdl.to_str().unwrap(), &address, &calls))
            .await
            .unwrap();

    assert_eq!(results[0]["balance"], "-2.5");
    assert_eq!(
        results[0]["entries"]["entry"][0]["amount"],
        json!({ "_value_1": "2.5", "currency": "EUR" })
    );
    assert_eq!(
        results[1],
        json!({ "fault": "closed", "code": "soap:Client", "detail": ["{urn:ledger:types}Closed"] })
    );
    let sent: Value = serde_json::from_slice(&upstream.request(0).await.body).unwrap();
    assert_eq!(sent, json!({ "account": 1, "entry": entry }));
    assert_eq!(upstream.request(0).await.line(), "POST /Book HTTP/1.1");
}

/// The WSDL and the schema that it imports; without an address of its own, the client calls the one in it.
#[tokio::test]
async fn zeep_clients_read_the_wsdl_of_the_gateway() {
    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok(
        r#"{"balance":-2.5,"entries":{"entry":[]}}"#.to_owned(),
    ));
    let with = |publish: Option<&str>| {
        let schemas = [json!({ "file": "ledger.xsd" })];
        json!({ "wsdl": { "file": "ledger.wsdl" }, "schemas": schemas, "clients": "xml", "publish": publish })
    };
    let secret = gateway("ANY /ledger", &with(None), &upstream.url()).await;
    let answer = secret.get("/ledger?wsdl").await;
    assert!(!answer.text().contains("definitions"), "{}", answer.text());

    let url = format!("http://{}/ledger", secret.address());
    let published = apis("ANY /ledger", &with(Some(&url)), &upstream.url());
    secret.reconfigure(&with_plugins(&published));
    let sample = "wasmgate_reloads_total{result=\"success\"} 1";
    secret
        .until("/metrics", |page| page.text().contains(sample))
        .await;
    let gateway = secret;
    let wsdl = gateway.get("/ledger?WSDL").await;
    assert_eq!(wsdl.header("content-type"), "text/xml; charset=utf-8");
    assert!(!wsdl.text().contains("127.0.0.1:9000"), "{}", wsdl.text());
    assert_eq!(gateway.get("/ledger?xsd=2").await.status, 404);

    let argument = json!({ "kind": "debit", "text": "tea", "amount": { "currency": "EUR", "_value_1": "2.50" }, "tag": ["a"] });
    let calls = json!([["Book", { "account": 1, "entry": argument }]]);
    let results = tokio::task::spawn_blocking(move || zeep(format!("{url}?wsdl"), "", &calls))
        .await
        .unwrap();
    assert_eq!(results[0]["balance"], "-2.5");
    assert_eq!(upstream.request(0).await.line(), "POST /Book HTTP/1.1");
}

/// JSON to rpc/literal, to a gateway that speaks JSON behind it: what one writes, the other reads strictly.
#[tokio::test]
async fn json_clients_use_rpc_literal() {
    let upstream = Upstream::start().await;
    let entry = json!({ "@kind": "credit", "text": "tea", "amount": { "#text": 2.50 } });
    upstream.answer(Answer::ok(
        json!({ "balance": 2.5, "entries": { "entry": [entry] } }).to_string(),
    ));
    let mut with =
        json!({ "wsdl": { "file": "ledger.wsdl" }, "schemas": [{ "file": "ledger.xsd" }] });
    let front_with = with.clone();
    with["clients"] = json!("xml");
    let back = gateway("POST /ledger", &with, &upstream.url()).await;
    let front = gateway(
        "POST /{operation}",
        &front_with,
        &format!("http://{}", back.address()),
    )
    .await;
    let (status, reply) = post(&front, "/Book", &json!({ "account": 1, "entry": entry })).await;
    assert_eq!((status, &reply["balance"]), (200, &json!(2.5)), "{reply}");
    assert_eq!(
        reply["entries"]["entry"][0]["amount"],
        json!({ "#text": 2.50 })
    );
}

/// The same of rpc/encoded.
#[tokio::test]
async fn json_clients_use_rpc_encoded() {
    let upstream = Upstream::start().await;
    let item = json!({ "sku": "x", "count": 1 });
    let stored = json!({ "return": [item, null, { "@xsi:type": "Weighed", "sku": "y", "count": 2, "grams": 0.50 }] });
    upstream.answer(Answer::ok(stored.to_string()));
    let mut with = json!({ "wsdl": { "file": "stock.wsdl" } });
    let front_with = with.clone();
    with["clients"] = json!("xml");
    let back = gateway("POST /stock", &with, &upstream.url()).await;
    let behind = format!("http://{}", back.address());
    let front = gateway("POST /{operation}", &front_with, &behind).await;
    let request = json!({ "shelf": "a", "items": [item], "table": [[1, 2], []] });
    assert_eq!(
        post(&front, "/store", &request).await,
        (200, stored.clone())
    );
    let sent: Value = serde_json::from_slice(&upstream.request(0).await.body).unwrap();
    assert_eq!(sent, request);

    let circle = r##"<t:store xmlns:t="urn:stock"><shelf>a</shelf><items><i href="#a"/></items></t:store>
        <m id="a"><sku>x</sku><count>1</count><part href="#a"/></m>"##;
    let circle = format!(
        r#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{circle}</e:Body></e:Envelope>"#
    );
    let headers = [("content-type", "text/xml")];
    let refused = back
        .send(with_body("POST", "/stock", &headers, circle))
        .await;
    assert!(
        refused.text().contains("refers to what it stands in"),
        "{}",
        refused.text()
    );
}

#[tokio::test]
async fn attacks_by_xml_end_at_once() {
    let upstream = Upstream::start().await;
    let with = json!({ "wsdl": { "file": "shop.wsdl" }, "clients": "xml" });
    let gateway = gateway("POST /soap", &with, &upstream.url()).await;
    let laughs: String = (1..20)
        .map(|n| format!("<!ENTITY l{n} '&l{m};&l{m};'>", m = n - 1))
        .collect();
    for (body, reason) in [
        (
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>".to_owned(),
            "a DTD, which is not allowed",
        ),
        (
            format!("<!DOCTYPE a [<!ENTITY l0 'x'>{laughs}]><a>&l19;</a>"),
            "a DTD, which is not allowed",
        ),
        (
            "<!DOCTYPE a SYSTEM 'http://127.0.0.1/x.dtd'><a/>".to_owned(),
            "a DTD, which is not allowed",
        ),
        ("<a>".repeat(50_000), "nested too deeply"),
        (
            format!(
                "<a {}/>",
                (0..100_000)
                    .map(|n| format!("a{n}='' "))
                    .collect::<String>()
            ),
            "too many attributes",
        ),
        (
            format!("<a>{}</a>", "<b/>".repeat(40_000)),
            "too many elements and attributes",
        ),
        (
            format!("<a>{}</a>", "&amp;".repeat(20_000)),
            "is no envelope",
        ),
        ("<a>&x;</a>".to_owned(), "the entity `x` is not known"),
        ("\u{0}".to_owned(), "a character that XML does not allow"),
    ] {
        let reply = gateway
            .send(with_body(
                "POST",
                "/soap",
                &[("content-type", "text/xml")],
                body,
            ))
            .await;
        assert_eq!(reply.status, 500);
        assert!(
            reply.text().contains("<faultcode>soap:") && reply.text().contains(reason),
            "{}",
            reply.text()
        );
    }
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn replies_are_bounded_too_and_tell_nothing() {
    let upstream = Upstream::start().await;
    let with = json!({ "wsdl": { "file": "shop.wsdl" } });
    let gateway = gateway("POST /{operation}", &with, &upstream.url()).await;
    for answer in [
        Answer::ok("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>")
            .header("content-type", "text/xml"),
        Answer::ok("<a>".repeat(50_000)).header("content-type", "text/xml"),
        Answer::ok("<html>").header("content-type", "text/html"),
        Answer::status(503).body("secret internals"),
        Answer::status(500).header("content-type", "text/xml"),
    ] {
        upstream.answer(answer);
        let reply = post(&gateway, "/GetOrder", &json!({ "id": 7 })).await;
        assert_eq!(reply, (502, json!({ "message": "Bad Gateway" })));
    }
    upstream.answer(Answer::status(202));
    let reply = gateway
        .send(with_body("POST", "/GetOrder", &[], r#"{"id":7}"#))
        .await;
    assert_eq!((reply.status.as_u16(), reply.text()), (202, ""));
}

#[tokio::test]
async fn examples_of_the_readme_work() {
    let [whole, routes, reverse, xml] = &examples("soap")[..] else {
        panic!("the README has other examples");
    };
    let run = async |yaml: &str, to: &str| {
        let yaml = yaml.replace("http://127.0.0.1:9000", "${UPSTREAM}");
        start(setup(&yaml).set("UPSTREAM", to)).await
    };
    let spyne = Spyne::start();
    let gateway = run(whole, &spyne.url).await;
    let placed = post(&gateway, "/shop/PlaceOrder", &json!({ "order": order() })).await;
    assert_eq!(placed.0, 200, "{}", placed.1);
    let wrong =
        json!({ "order": { "id": 1, "customer": "", "item": [{ "sku": "", "quantity": 0 }] } });
    let refused = post(&gateway, "/shop/PlaceOrder", &wrong).await;
    assert_eq!(
        refused,
        (
            400,
            json!({ "message": "`/order/item/0/quantity`: must be at least 1" })
        )
    );

    let gateway = run(routes, &spyne.url).await;
    assert_eq!(
        gateway.get("/orders/7").await.json()["GetOrderResult"]["id"],
        7
    );
    assert_eq!(gateway.get("/orders/8").await.status, 404);
    assert_eq!(
        gateway.get("/orders/x").await.json(),
        json!({ "message": "`/id`: must be a whole number" })
    );

    let upstream = Upstream::start().await;
    upstream.answer(Answer::ok(r#"{"GetOrderResult":{"id":7,"customer":null}}"#));
    let gateway = run(reverse, &upstream.url()).await;
    let envelope = "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><GetOrder xmlns='urn:shop'><id>7</id></GetOrder></e:Body></e:Envelope>";
    let reply = gateway
        .send(with_body(
            "POST",
            "/soap",
            &[("content-type", "text/xml")],
            envelope,
        ))
        .await;
    assert!(
        reply
            .text()
            .contains("<ns0:id>7</ns0:id><ns0:customer xsi:nil=\"true\"/>"),
        "{}",
        reply.text()
    );
    assert_eq!(upstream.request(0).await.line(), "GET /orders/7 HTTP/1.1");

    upstream.take();
    upstream.answer(
        Answer::ok("<stock><item><n>007</n><left>3</left></item></stock>")
            .header("content-type", "text/xml"),
    );
    let gateway = run(xml, &upstream.url()).await;
    let reply = post(&gateway, "/stock", &json!({ "sku": ["a", "b"] })).await;
    assert_eq!(reply, (200, json!({ "item": [{ "n": "007", "left": 3 }] })));
    let sent = String::from_utf8(upstream.request(0).await.body).unwrap();
    assert!(
        sent.ends_with("<query><sku>a</sku><sku>b</sku></query>"),
        "{sent}"
    );
}

#[tokio::test]
async fn soap_without_a_wsdl_goes_by_rules() {
    let upstream = Upstream::start().await;
    let soap = json!({ "namespace": "urn:x", "action": "urn:x#${operation}", "version": "1.2" });
    let blocks = json!([
        "<a:Key xmlns:a='urn:a' note='\"'>${header.x-key}</a:Key>",
        "<b>${header.x-none}</b>"
    ]);
    let with =
        json!({ "soap": soap, "path": "/service", "blocks": blocks, "rules": { "scalars": true } });
    let gateway = gateway("GET /{operation}/{id}", &with, &upstream.url()).await;
    let envelope = |body: &str| {
        let body = format!(
            "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body>{body}</e:Body></e:Envelope>"
        );
        Answer::ok(body).header("content-type", "application/soap+xml; charset=utf-8")
    };
    upstream.answer_next(envelope(
        "<r:FindResponse xmlns:r='urn:x'><r:n>1.50</r:n><r:n>2</r:n></r:FindResponse>",
    ));
    let reply = gateway
        .get_with("/Find/7%26?q=a", &[("x-key", "k<&'")])
        .await;
    assert_eq!(reply.text(), r#"{"n":[1.50,2]}"#);
    let sent = upstream.request(0).await;
    assert_eq!(sent.line(), "POST /service HTTP/1.1");
    assert_eq!(
        sent.header("content-type"),
        "application/soap+xml; charset=utf-8; action=\"urn:x#Find\""
    );
    let body = String::from_utf8(sent.body).unwrap();
    let expected = "<soap:Header><a:Key xmlns:a='urn:a' note='\"'>k&lt;&amp;&apos;</a:Key></soap:Header>\
                    <soap:Body><Find xmlns=\"urn:x\"><id>7&amp;</id><q>a</q></Find></soap:Body></soap:Envelope>";
    assert!(body.ends_with(expected), "{body}");

    let fault = "<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>x:Gone</e:Value></e:Subcode></e:Code>\
                 <e:Reason><e:Text xml:lang='de'>weg</e:Text><e:Text xml:lang='en'>gone</e:Text></e:Reason>\
                 <e:Detail><since xmlns='urn:x'>2024</since></e:Detail></e:Fault>";
    upstream.answer_next(envelope(fault));
    let reply = gateway.get("/Find/7").await;
    let expected = json!({ "message": "gone", "code": "Sender.Gone", "detail": { "since": 2024 } });
    assert_eq!((reply.status.as_u16(), reply.json()), (400, expected));
}

#[tokio::test]
async fn header_block_that_must_be_understood_is_refused() {
    let upstream = Upstream::start().await;
    let with = json!({ "wsdl": { "file": "shop.wsdl" }, "clients": "xml" });
    let gateway = gateway("POST /soap", &with, &upstream.url()).await;
    let envelope = |header: &str| {
        let space = "http://schemas.xmlsoap.org/soap/envelope/";
        format!(
            "<e:Envelope xmlns:e='{space}'><e:Header>{header}</e:Header><e:Body><WhoAmI xmlns='urn:shop'/></e:Body></e:Envelope>"
        )
    };
    let send = async |header: &str| {
        let request = with_body(
            "POST",
            "/soap",
            &[("content-type", "text/xml")],
            envelope(header),
        );
        gateway.send(request).await.text().to_owned()
    };
    let refused = send("<x:Sign xmlns:x='urn:x' e:mustUnderstand='1'/>").await;
    assert!(
        refused.contains("soap:MustUnderstand") && refused.contains("`Sign`"),
        "{refused}"
    );
    upstream.answer(Answer::ok("{}"));
    for header in [
        "<Credentials xmlns='urn:shop' e:mustUnderstand='1'><user>a</user></Credentials>",
        "<x xmlns='urn:x'/>",
    ] {
        let reply = send(header).await;
        assert!(
            reply.contains("<ns0:WhoAmIResponse></ns0:WhoAmIResponse>"),
            "{reply}"
        );
    }
}

#[test]
fn wrong_configurations_are_refused_with_their_place() {
    let wsdl = case("shop.wsdl");
    let broken = wsdl.replacen(
        "type=\"tns:Order\" minOccurs=\"0\"",
        "type=\"tns:Odrer\" minOccurs=\"0\"",
        1,
    );
    let line = 1 + broken
        .lines()
        .position(|line| line.contains("tns:Odrer"))
        .unwrap();
    let encoded = wsdl.replace("use=\"literal\"", "use=\"encoded\"");
    let at_line = format!("line {line}, column");
    let by_schema = vec![
        (
            json!({ "xml": {}, "limits": { "depth": 1000 } }),
            vec!["`1000` is too large; the most is 100"],
        ),
        (
            json!({ "xml": {}, "rule": {} }),
            vec!["unknown member `rule`"],
        ),
    ];
    let by_plugin = vec![
        (json!({}), vec!["one of `wsdl`, `soap` and `xml`"]),
        (
            json!({ "wsdl": { "file": "shop.wsdl" }, "xml": {} }),
            vec!["one of `wsdl`, `soap` and `xml`"],
        ),
        (
            json!({ "wsdl": { "file": "broken.wsdl" } }),
            vec!["the type `Odrer` of `urn:shop` is not defined", &at_line],
        ),
        (
            json!({ "wsdl": { "file": "encoded.wsdl" } }),
            vec!["document style cannot be encoded"],
        ),
        (
            json!({ "wsdl": { "file": "ledger.xsd" } }),
            vec!["no WSDL 1.1 of a SOAP service"],
        ),
        (
            json!({ "wsdl": { "file": "ledger.wsdl" } }),
            vec!["it is in `types/ledger.xsd`, which is imported: add that file to the schemas"],
        ),
        (
            json!({ "wsdl": { "file": "shop.wsdl" }, "port": "None" }),
            vec!["no port with a binding for SOAP of port `None`"],
        ),
        (
            json!({ "wsdl": { "file": "shop.wsdl" }, "operation": "Get" }),
            vec!["the WSDL has no operation `Get`: it has `Divide`, `GetOrder`"],
        ),
        (
            json!({ "xml": { "request": "a b" } }),
            vec!["must be the name of an element"],
        ),
        (
            json!({ "xml": {}, "blocks": ["<a>${what}</a>"] }),
            vec!["unknown variable `${what}`"],
        ),
        (
            json!({ "xml": {}, "blocks": ["<a>"] }),
            vec!["one element of XML"],
        ),
        (
            json!({ "xml": {}, "faults": { "a": 200 } }),
            vec!["a status from 400 to 599"],
        ),
        (
            json!({ "xml": {}, "operations": { "a": "/b" } }),
            vec!["such as `GET /orders/{id}`"],
        ),
        (
            json!({ "xml": {}, "rules": { "text": "text" } }),
            vec!["begin it with"],
        ),
        (
            json!({ "xml": {}, "rules": { "prefixes": { "xml": "u" } } }),
            vec!["`soap` are taken"],
        ),
        (
            json!({ "xml": {}, "path": "a" }),
            vec!["must begin with `/`"],
        ),
        (
            json!({ "xml": {}, "publish": "http://127.0.0.1/a" }),
            vec!["is for SOAP clients of a WSDL"],
        ),
        (
            json!({ "wsdl": { "file": "shop.wsdl" }, "clients": "xml", "publish": "/a" }),
            vec!["must be the URL of this route"],
        ),
    ];
    for table in [by_schema, by_plugin] {
        let routes = table.iter().enumerate().map(|(n, (with, _))| {
            let transform = json!([{ "use": "soap", "with": with }]);
            (
                format!("POST /{n}"),
                json!({ "transform": transform, "to": { "respond": {} } }),
            )
        });
        let routes: serde_json::Map<_, _> = routes.collect();
        let setup = setup(&format!(
            "apis: {}\n",
            json!({ "shop": { "routes": routes } })
        ));
        let setup = setup
            .file("broken.wsdl", &broken)
            .file("encoded.wsdl", &encoded);
        let log = setup.command(&["check"]).err;
        for (with, parts) in table {
            let told = log
                .lines()
                .any(|line| parts.iter().all(|part| line.contains(part)));
            assert!(told, "{with}: no line has {parts:?} in\n{log}");
        }
    }
}

#[test]
fn the_openapi_document_of_a_service_is_written() {
    let arguments = ["soap", "openapi", "shop.wsdl", "--prefix", "/shop"];
    let ended = run(&arguments, &cases());
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(ended.code, 0);
    let operation = &document["paths"]["/shop/PlaceOrder"]["post"];
    assert_eq!(operation["operationId"], "PlaceOrder");
    let order = &document["components"]["schemas"]["Order"];
    assert_eq!(order["required"], json!(["id", "customer"]));
    assert_eq!(order["properties"]["item"]["type"], "array");
}

#[test]
fn a_wsdl_that_cannot_be_read_is_named_with_the_place() {
    let folder = Directory::new();
    folder.write("bad.wsdl", "<definitions>\n<types");
    let ended = run(&["soap", "openapi", "bad.wsdl"], folder.path());
    assert_eq!((ended.code, &*ended.out), (1, ""));
    assert!(ended.err.contains("bad.wsdl:2:"), "{}", ended.err);
}
