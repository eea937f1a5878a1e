//! `examples/orders` as it stands: all built-in plugins on one route, between a client, an OpenID provider and a SOAP service.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Mutex,
};

use serde_json::{Value, json};
use wasmgate_tests::{
    Gateway, Peer, Reply, Setup, binary,
    client::{Connection, request, with_body},
    token, until,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/orders")
}

/// One after the other: the first compiles for all.
static STARTS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn lines(process: &mut Child) -> Lines<BufReader<ChildStdout>> {
    BufReader::new(process.stdout.take().unwrap()).lines()
}

/// The example, with the peers that its `run` starts.
struct Orders {
    gateway: Gateway,
    issuer: String,
    service: String,
    _peers: [Peer; 2],
}

impl Orders {
    async fn start(yaml: &str) -> Orders {
        let _turn = STARTS.lock().await;
        let (provider, service) = (Peer::provider(), Peer::service());
        let setup = files(yaml).set("ISSUER", &provider.said);
        let setup = setup.set("SHOP", format!("http://127.0.0.1:{}", service.said));
        Orders {
            gateway: setup.patient().start().await,
            issuer: provider.said.clone(),
            service: service.said.clone(),
            _peers: [provider, service],
        }
    }

    async fn token(&self, scope: &str) -> String {
        token(&self.issuer, AUDIENCE, scope).await
    }

    async fn get(&self, path: &str, token: &str) -> Reply {
        let bearer = format!("Bearer {token}");
        let fields = [("x-api-key", "partner-key"), ("authorization", &bearer)];
        self.gateway.get_with(path, &fields).await
    }

    async fn post(&self, key: &str, token: &str, order: &Value) -> Reply {
        let bearer = format!("Bearer {token}");
        let fields = [
            ("x-api-key", key),
            ("authorization", &bearer),
            ("content-type", "application/json"),
        ];
        let request = with_body("POST", "/orders", &fields, order.to_string());
        self.gateway.send(request).await
    }
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// A configuration and all files of the folder, on ports of the test's own.
fn files(yaml: &str) -> Setup {
    let names = [
        "order.schema.json",
        "order.vtl",
        "place-order.vtl",
        "shop.wsdl",
    ];
    let setup = Gateway::setup(yaml)
        .set("LISTEN", "127.0.0.1:0")
        .set("ADMIN", "127.0.0.1:0")
        .set("CACHE_DIRECTORY", cache());
    names
        .iter()
        .fold(setup, |setup, name| setup.file(name, read(name)))
}

fn cache() -> &'static str {
    concat!(env!("CARGO_TARGET_TMPDIR"), "/orders-cache")
}

/// What a client of the provider gets for itself.
const AUDIENCE: &str = "https://orders.example.com";
const BOTH: &str = "orders:read+orders:write";

fn order(id: u32) -> Value {
    let item = |sku: &str, quantity: u32, price: f64| json!({ "sku": sku, "quantity": quantity, "price": price });
    json!({ "id": id, "items": [item("tea", 2, 1.5), item("cup", 1, 0.25)] })
}

fn seen(reply: &Reply) -> (u16, &str) {
    (reply.status.as_u16(), reply.text())
}

/// One gateway for all that is claimed, since each compiles or loads eight plugins.
#[tokio::test]
async fn plugins_work_together_in_pristine_instances() {
    holds(&read("wasmgate.yaml")).await;
}

#[tokio::test]
async fn plugins_work_together_in_reused_instances() {
    let policy = "plugins:\n  default: { isolation: { reuse: { calls: 1000 } } }\n";
    holds(&read("wasmgate.yaml").replacen("plugins:\n", policy, 1)).await;
}

async fn holds(yaml: &str) {
    let orders = Orders::start(yaml).await;
    order_goes_through_soap_and_back(&orders).await;
    who_may_not_order_is_refused(&orders).await;
    order_of_another_form_is_refused(&orders).await;
    pages_of_the_shop_may_order(&orders).await;
    each_partner_has_a_limit(&orders).await;
    wsdl_is_that_of_the_service(&orders).await;
    no_memory_has_grown(&orders).await;
}

async fn order_goes_through_soap_and_back(orders: &Orders) {
    let token = orders.token(BOTH).await;

    let placed = orders.post("partner-key", &token, &order(7)).await;
    let shown = "{\n  \"id\": 7,\n  \"customer\": \"shop\",\n  \"state\": \"open\",\n  \"lines\": 2,\n  \"total\": 3.25\n}\n";
    assert_eq!(seen(&placed), (201, shown));
    assert_eq!(placed.header("location"), "/orders/7");
    assert_eq!(placed.header("content-type"), "application/json");
    assert_eq!(placed.header("server"), "", "the service's own is removed");
    assert_eq!(
        placed.header("strict-transport-security"),
        "max-age=31536000"
    );
    let policies: Vec<_> = placed.headers.get_all("ratelimit-policy").iter().collect();
    assert_eq!(
        policies,
        [r#""hourly";q=10;w=3600"#, r#""flood";q=100;w=1"#]
    );

    assert_eq!(seen(&orders.get("/orders/7", &token).await), (200, shown));
    let missing = orders.get("/orders/8", &token).await;
    let fault = "{\"message\":\"no order 8\",\"code\":\"Client.NotFound\"}\n";
    assert_eq!(seen(&missing), (404, fault));
}

async fn who_may_not_order_is_refused(orders: &Orders) {
    let token = orders.token(BOTH).await;
    let reader = orders.token("orders:read").await;

    let unknown = orders.post("no-key", &token, &order(7)).await;
    assert_eq!(seen(&unknown), (403, r#"{"message":"Forbidden"}"#));
    assert_eq!(unknown.header("www-authenticate"), "");

    let forged = orders.post("partner-key", &forged(&token), &order(7)).await;
    assert_eq!(seen(&forged), (401, r#"{"message":"Unauthorized"}"#));
    assert!(forged.header("www-authenticate").contains("invalid_token"));

    let denied = orders.post("partner-key", &reader, &order(7)).await;
    assert_eq!(seen(&denied), (403, r#"{"message":"Forbidden"}"#));
    assert!(
        denied
            .header("www-authenticate")
            .contains("insufficient_scope")
    );

    let shown = orders.get("/orders/7", &reader).await;
    assert_eq!(shown.status, 200, "to read is allowed");
}

/// The token with another character within its signature.
fn forged(token: &str) -> String {
    let (head, tail) = token.split_at(token.len() - 20);
    let other = if tail.starts_with('A') { 'B' } else { 'A' };
    format!("{head}{other}{}", &tail[1..])
}

async fn order_of_another_form_is_refused(orders: &Orders) {
    let token = orders.token(BOTH).await;
    let mut wrong = order(7);
    wrong["items"][1]["quantity"] = json!(0);
    let refused = orders.post("partner-key", &token, &wrong).await;
    let details = json!([{
        "in": "body", "pointer": "/items/1/quantity", "keyword": "minimum", "message": "0 is less than the minimum of 1",
    }]);
    let expected = json!({ "message": "Invalid request body", "details": details });
    assert_eq!((refused.status.as_u16(), refused.json()), (400, expected));

    let forged = json!({ "id": 7, "items": order(7)["items"], "customer": "mallory" });
    let refused = orders.post("partner-key", &token, &forged).await;
    assert_eq!(
        refused.json()["details"][0]["keyword"],
        "additionalProperties"
    );

    let refused = orders.get("/orders/x", &token).await;
    let message = r#"{"message":"Invalid request parameters: [id]"}"#;
    assert_eq!(seen(&refused), (400, message));
}

async fn pages_of_the_shop_may_order(orders: &Orders) {
    let ask = async |origin: &str| {
        let fields = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,x-api-key"),
        ];
        let request = request("OPTIONS", "/orders", &fields);
        orders.gateway.send(request).await
    };
    let page = "https://shop.example.com";
    let allowed = ask(page).await;
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), page);
    assert_eq!(allowed.header("access-control-allow-methods"), "GET,POST");
    let other = ask("https://evil.example.com").await;
    assert_eq!(other.header("access-control-allow-origin"), "");

    let refused = orders
        .gateway
        .get_with("/orders/7", &[("origin", page)])
        .await;
    assert_eq!(refused.status, 403);
    let readable = refused.header("access-control-allow-origin");
    assert_eq!(readable, page, "the page may read why");
}

async fn each_partner_has_a_limit(orders: &Orders) {
    let token = orders.token(BOTH).await;
    for id in 101..=110 {
        let placed = orders.post("other-key", &token, &order(id)).await;
        assert_eq!(placed.status, 201, "{}", placed.text());
    }
    let over = orders.post("other-key", &token, &order(111)).await;
    assert_eq!(seen(&over), (429, r#"{"message":"Too Many Requests"}"#));
    let seconds: u32 = over.header("retry-after").parse().unwrap();
    assert!((1..=360).contains(&seconds), "{seconds}");
    let other = orders.post("partner-key", &token, &order(111)).await;
    assert_eq!(other.status, 201, "another partner's limit is its own");
    assert_eq!(
        orders.get("/orders/110", &token).await.status,
        200,
        "another route's too"
    );
}

/// The WSDL is the service's own, but for the address.
async fn wsdl_is_that_of_the_service(orders: &Orders) {
    let address = format!("127.0.0.1:{}", orders.service);
    let mut connection = Connection::http1(address.parse().unwrap()).await;
    let fields = [("host", address.as_str())];
    let told = connection
        .send(request("GET", "/soap11?wsdl", &fields))
        .await;
    let kept = read("shop.wsdl");
    assert_eq!(service_of(told.text()), service_of(&kept));
}

/// A WSDL without its first line, the white space between elements, and the address.
fn service_of(wsdl: &str) -> String {
    let lines = wsdl.lines().skip(1).map(str::trim);
    let joined: String = lines.collect();
    let (before, after) = joined.split_once("location=\"").unwrap();
    let (_, after) = after.split_once('"').unwrap();
    format!("{before}{after}")
}

/// An instance that grows pays for it in each request. What `configure` left has room for what requests take.
async fn no_memory_has_grown(orders: &Orders) {
    let plugins = orders.gateway.ask("/plugins").await.json();
    let plugins = plugins.as_array().unwrap();
    assert_eq!(plugins.len(), 8);
    let grown: Vec<_> = plugins.iter().filter(|one| grew(one)).collect();
    assert!(grown.is_empty(), "{grown:#?}");
}

/// Whether a call had more memory than its instance began with.
fn grew(plugin: &Value) -> bool {
    let begin = plugin["images"][0]["memory"].as_u64().unwrap();
    let calls = plugin["calls"].as_array().unwrap();
    assert!(!calls.is_empty() && begin > 0, "{plugin}");
    calls
        .iter()
        .any(|calls| calls["memory_peak"].as_u64().unwrap() > begin)
}

/// The example as its one command starts it.
struct Running {
    process: Child,
    /// Addresses.
    issuer: String,
    gateway: String,
}

impl Running {
    fn start() -> Running {
        let target = binary().parent().unwrap().parent().unwrap().to_owned();
        let mut process = Command::new(folder().join("run"))
            .arg(&target)
            .env("LISTEN", "127.0.0.1:0")
            .env("ADMIN", "127.0.0.1:0")
            .env("CACHE_DIRECTORY", cache())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = lines(&mut process).map(Result::unwrap);
        let mut after = |what: &str| {
            let found = said.find_map(|line| line.strip_prefix(what).map(str::to_owned));
            found.unwrap_or_else(|| panic!("it never said `{what}`"))
        };
        let (issuer, gateway) = (after("ISSUER=http://"), after("listening http://"));
        after("admin http://");
        Running {
            process,
            issuer,
            gateway,
        }
    }

    /// The statuses of the answers to what the README says to try.
    fn tried(&self) -> Vec<String> {
        let readme = read("README.md").replace("127.0.0.1:8080", &self.gateway);
        let blocks = readme.split("```sh\n").skip(1);
        let commands: String = blocks
            .map(|block| block.split("```").next().unwrap())
            .collect();
        let tried = Command::new("sh")
            .args(["-euc", &commands])
            .env("ISSUER", format!("http://{}", self.issuer))
            .output()
            .unwrap();
        assert!(tried.status.success(), "{tried:?}");
        let shown = String::from_utf8(tried.stdout).unwrap();
        // Not every body ends with its line.
        let statuses = shown.split("HTTP/1.1 ").skip(1);
        statuses.map(|status| status[..3].to_owned()).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

#[tokio::test]
async fn one_command_starts_all_and_one_signal_ends_all() {
    let _turn = STARTS.lock().await;
    let running = tokio::task::spawn_blocking(Running::start);
    let mut running = running.await.unwrap();
    assert_eq!(
        running.tried(),
        ["201", "200", "404", "400", "403", "401", "204"]
    );

    let id = running.process.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.unwrap().success());
    let process = Mutex::new(&mut running.process);
    let ended = || async { process.lock().unwrap().try_wait().unwrap().is_some() };
    until("the gateway's end", ended).await;
    let provider: SocketAddr = running.issuer.parse().unwrap();
    let gone = || async { TcpStream::connect(provider).is_err() };
    until("the provider's end", gone).await;
}
