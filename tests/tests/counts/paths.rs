//! The paths that are counted, and a client that takes them.

use serde_json::{Value, json};
use wasmgate_tests::{
    Connection, Gateway, Setup, Signer, Upstream, client::request, guest, plugin,
};

/// One row.
pub(crate) struct Path {
    pub(crate) name: &'static str,
    over: Over,
    route: Value,
    /// The configuration's path, of the same length for all.
    at: String,
    headers: Vec<(String, String)>,
}

impl Path {
    /// Its name as a file has it.
    pub(crate) fn file(&self) -> String {
        self.name.replace([' ', ',', ':', '/'], "-")
    }
}

/// How a request comes.
#[derive(Clone, Copy, PartialEq)]
enum Over {
    Http1,
    Http2,
    /// HTTP/1.1, on a connection of its own.
    Fresh,
}

/// How many paths are counted whole. Of those that follow, what `BARE` takes is taken off: they are calls.
pub(crate) const REQUESTS: usize = 9;
pub(crate) const BARE: usize = 0;

/// What a client sends: as many fields as a browser.
const FIELDS: usize = 12;

pub(crate) fn all(upstream: &Upstream) -> Vec<Path> {
    let signer = Signer::rs256("2026");
    let answer = json!({ "respond": { "status": 200, "body": "ok" } });
    let guarded = |guard: Value| json!({ "authorize": [guard], "to": answer });
    let sets =
        |name| json!({ "use": "patches", "with": { "changes": [["set-header", name, "1"]] } });
    let proxied = json!({ "to": upstream.url() });
    let one = json!({ "to": upstream.url(), "authorize": [reads("pristine", 1)] });
    let five = json!({
        "to": upstream.url(),
        "authorize": [reads("pristine", 1)],
        "transform": [sets("x-first"), sets("x-second")],
        "respond": [sets("x-third"), sets("x-fourth")],
    });
    let rows = [
        (
            "answer of the gateway",
            Over::Http1,
            json!({ "to": answer }),
        ),
        (
            "answer of the gateway, HTTP/2",
            Over::Http2,
            json!({ "to": answer }),
        ),
        (
            "answer of the gateway, a connection each",
            Over::Fresh,
            json!({ "to": answer }),
        ),
        ("proxy", Over::Http1, proxied.clone()),
        ("proxy, HTTP/2", Over::Http2, proxied),
        (
            "function",
            Over::Http1,
            json!({ "to": { "function": "keeps_state" } }),
        ),
        ("authorizer, proxy", Over::Http1, one.clone()),
        ("authorizer, proxy, HTTP/2", Over::Http2, one),
        ("five plugins, proxy", Over::Http1, five),
        (
            "call: 1 field, reused",
            Over::Http1,
            guarded(reads("reused", 1)),
        ),
        (
            "call: 1 field, pristine",
            Over::Http1,
            guarded(reads("pristine", 1)),
        ),
        (
            "call: 12 fields, reused",
            Over::Http1,
            guarded(reads("reused", FIELDS)),
        ),
        (
            "call: 12 fields, pristine",
            Over::Http1,
            guarded(reads("pristine", FIELDS)),
        ),
        (
            "call: api-key, reused",
            Over::Http1,
            guarded(api_key("reused")),
        ),
        (
            "call: api-key, pristine",
            Over::Http1,
            guarded(api_key("pristine")),
        ),
        (
            "call: jwt, reused",
            Over::Http1,
            guarded(jwt("reused", &signer)),
        ),
        (
            "call: jwt, pristine",
            Over::Http1,
            guarded(jwt("pristine", &signer)),
        ),
    ];
    let headers = headers(&signer);
    let rows = rows.into_iter().enumerate();
    rows.map(|(number, (name, over, route))| Path {
        name,
        over,
        route,
        at: format!("/path-{number:02}"),
        headers: headers.clone(),
    })
    .collect()
}

/// A gateway with all paths, and room for so many calls at once. Its limits are wide, since valgrind is slow.
pub(crate) fn setup(paths: &[Path], pool: usize) -> Setup {
    let routes = paths
        .iter()
        .map(|path| (format!("GET {}", path.at), path.route.clone()));
    let routes: serde_json::Map<String, Value> = routes.collect();
    let reuse = json!({ "isolation": { "reuse": { "calls": 1_000_000_000 } } });
    let limits = json!({ "cpu": "10m", "wall": "10m", "configure": "10m" });
    let plugins = json!({
        "directory": "./plugins", "pool": pool, "default": { "limits": limits },
        "settings": { "reads-reused": reuse, "api-key-reused": reuse, "jwt-reused": reuse },
    });
    let yaml = format!(
        "workers: 1\nlog: {{ level: info }}\nplugins: {plugins}\napis: {}\n",
        json!({ "main": { "routes": routes } })
    );
    ["reused", "pristine"]
        .into_iter()
        .fold(Gateway::setup(&yaml), |setup, isolation| {
            setup
                .file(&file("reads", isolation), guest("reads_headers"))
                .file(&file("api-key", isolation), plugin("api-key"))
                .file(&file("jwt", isolation), plugin("jwt"))
        })
        .guest("patches")
        .guest("keeps_state")
        .sharing()
        .patient()
}

fn file(name: &str, isolation: &str) -> String {
    format!("plugins/{name}-{isolation}.wasm")
}

/// An authorizer that asks for so many fields and looks at each.
fn reads(isolation: &str, count: usize) -> Value {
    let names: Vec<_> = (0..count).map(field).collect();
    json!({ "use": format!("reads-{isolation}"), "with": { "headers": names } })
}

fn api_key(isolation: &str) -> Value {
    let keys: Vec<_> = (0..10)
        .map(|number| json!({ "key": key(number), "principal": "ann" }))
        .collect();
    json!({ "use": format!("api-key-{isolation}"), "with": { "keys": keys } })
}

fn jwt(isolation: &str, signer: &Signer) -> Value {
    let jwks = json!({ "keys": [signer.jwk()] });
    let issuer = json!({ "issuer": "https://idp.example.com", "audience": "api", "jwks": jwks });
    json!({ "use": format!("jwt-{isolation}"), "with": { "issuers": [issuer] } })
}

/// The same fields whoever is asked, so that a call is what differs.
fn headers(signer: &Signer) -> Vec<(String, String)> {
    let claims = json!({
        "iss": "https://idp.example.com", "aud": "api", "sub": "alice", "exp": 4_000_000_000_u64,
        "name": "Alice", "email": "alice@example.com", "role": "reader", "tenant": "shop",
        "locale": "en", "zoneinfo": "Europe/Berlin",
    });
    let fields = (0..FIELDS).map(|number| (field(number), "a value of usual length".to_owned()));
    let bearer = format!("Bearer {}", signer.sign(&claims));
    let own = [
        ("authorization".to_owned(), bearer),
        ("x-api-key".to_owned(), key(5)),
    ];
    fields.chain(own).collect()
}

fn field(number: usize) -> String {
    format!("x-field-{number:02}")
}

fn key(number: usize) -> String {
    format!("key-{number:028}")
}

/// A connection of each kind, kept.
pub(crate) struct Client<'g> {
    gateway: &'g Gateway,
    http1: Connection,
    http2: Connection,
}

impl Client<'_> {
    pub(crate) async fn of(gateway: &Gateway) -> Client<'_> {
        Client {
            gateway,
            http1: Connection::http1(gateway.address()).await,
            http2: Connection::http2(gateway.address()).await,
        }
    }

    /// Takes a path so many times, one request after the other.
    pub(crate) async fn ask(&mut self, path: &Path, count: usize) {
        let fields = path.headers.iter();
        let fields: Vec<_> = fields.map(|(name, value)| (&**name, &**value)).collect();
        for _ in 0..count {
            let request = request("GET", &path.at, &fields);
            let reply = match path.over {
                Over::Http1 => self.http1.send(request).await,
                Over::Http2 => self.http2.send(request).await,
                Over::Fresh => self.gateway.send(request).await,
            };
            assert_eq!(
                reply.status,
                200,
                "{}: {}",
                path.name,
                self.gateway.log.text()
            );
        }
    }
}
