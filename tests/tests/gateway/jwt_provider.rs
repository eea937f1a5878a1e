//! The plugin `jwt` with the tokens of a real OpenID provider, whose keys change while requests run.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use serde_json::{Value, json};
use wasmgate_tests::{Connection, Gateway, client, limit, peer};

/// npm's `oidc-provider`, as `tests/peers/oidc` starts it.
struct Provider {
    issuer: String,
    commands: ChildStdin,
    said: Said,
    process: Child,
}

type Said = Arc<Mutex<Lines<BufReader<ChildStdout>>>>;

impl Drop for Provider {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

impl Provider {
    async fn start() -> Provider {
        let mut process = Command::new("node")
            .arg(peer("oidc").join("server.js"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node.js is needed, version 20.19 or later");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let said = Arc::new(Mutex::new(lines));
        Provider {
            issuer: line(&said).await,
            commands: process.stdin.take().unwrap(),
            said,
            process,
        }
    }

    /// Signs with new keys from now on; those from before stay published.
    async fn rotate(&mut self) {
        self.commands.write_all(b"rotate\n").unwrap();
        assert_eq!(line(&self.said).await, "rotated");
    }

    /// A token for this audience, as a client gets it for itself.
    async fn token(&self, audience: &str) -> String {
        let address = self.issuer.strip_prefix("http://").unwrap();
        let mut connection = Connection::http1(address.parse().unwrap()).await;
        let fields = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("authorization", "Basic c2hvcDpzZWNyZXQ="),
        ];
        let form = format!("grant_type=client_credentials&scope=orders:read&resource={audience}");
        let reply = connection
            .send(client::with_body("POST", "/token", &fields, form))
            .await;
        let token = &reply.json()["access_token"];
        token
            .as_str()
            .unwrap_or_else(|| panic!("{}", reply.text()))
            .to_owned()
    }
}

/// The next line that the provider says.
async fn line(said: &Said) -> String {
    let said = Arc::clone(said);
    let line = tokio::task::spawn_blocking(move || said.lock().unwrap().next());
    let line = limit("the provider's word", line).await.unwrap();
    line.expect("the provider has ended").unwrap()
}

const ALGORITHMS: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];

async fn gateway(provider: &Provider) -> Gateway {
    let audiences = ALGORITHMS.map(|algorithm| format!("urn:{algorithm}"));
    let route = |scopes: Value| {
        let issuer =
            json!({ "issuer": provider.issuer, "audience": audiences, "algorithms": ALGORITHMS });
        json!({
            "authorize": [{ "use": "jwt", "with": { "issuers": [issuer], "scopes": scopes } }],
            "to": { "function": "probe" },
        })
    };
    let routes = json!({ "GET /read": route(json!(["orders:read"])), "GET /write": route(json!(["orders:write"])) });
    let settings = json!({ "jwt": { "grant": { "http": [provider.issuer] } } });
    Gateway::setup(&format!(
        "plugins: {{ directory: ./plugins, settings: {settings} }}\napis: {{ shop: {{ routes: {routes} }} }}\n"
    ))
    .plugin("jwt")
    .guest("probe")
    .start()
    .await
}

async fn status(gateway: &Gateway, path: &str, token: &str) -> u16 {
    let authorization = format!("Bearer {token}");
    let fields = [("authorization", authorization.as_str())];
    gateway.get_with(path, &fields).await.status.as_u16()
}

#[tokio::test]
async fn every_algorithm_of_a_provider_is_taken() {
    let provider = Provider::start().await;
    let gateway = gateway(&provider).await;
    for algorithm in ALGORITHMS {
        let token = provider.token(&format!("urn:{algorithm}")).await;
        assert_eq!(status(&gateway, "/read", &token).await, 200, "{algorithm}");
        assert_eq!(status(&gateway, "/write", &token).await, 403, "{algorithm}");
        assert_eq!(
            status(&gateway, "/read", &forged(&token)).await,
            401,
            "{algorithm}"
        );
    }
}

/// The token with another character within its signature.
fn forged(token: &str) -> String {
    let (head, tail) = token.split_at(token.len() - 20);
    let other = if tail.starts_with('A') { 'B' } else { 'A' };
    format!("{head}{other}{}", &tail[1..])
}

#[tokio::test]
async fn keys_change_while_requests_run() {
    let mut provider = Provider::start().await;
    let gateway = Arc::new(gateway(&provider).await);
    let old = provider.token("urn:ES256").await;
    let (running, sent) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (gateway, old) = (Arc::clone(&gateway), old.clone());
            let (running, sent) = (Arc::clone(&running), Arc::clone(&sent));
            tokio::spawn(async move {
                while running.load(Ordering::Relaxed) {
                    assert_eq!(status(&gateway, "/read", &old).await, 200);
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    provider.rotate().await;
    let new = provider.token("urn:ES256").await;
    assert_ne!(header(&old)["kid"], header(&new)["kid"]);
    let before = sent.load(Ordering::Relaxed);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (gateway, new) = (Arc::clone(&gateway), new.clone());
        calls.spawn(async move { status(&gateway, "/read", &new).await });
    }
    assert_eq!(calls.join_all().await, [200; 8]);
    let after = || async { sent.load(Ordering::Relaxed) > before + 20 };
    wasmgate_tests::until("more requests", after).await;
    running.store(false, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    let refreshes = &gateway.ask("/plugins").await.json();
    let plugins = refreshes.as_array().unwrap().iter();
    let jwt = plugins
        .clone()
        .find(|plugin| plugin["name"] == "jwt")
        .unwrap();
    assert_eq!(jwt["images"][0]["refreshes"], 1, "once for all");
}

fn header(token: &str) -> Value {
    let part = token.split('.').next().unwrap();
    serde_json::from_slice(&wasmgate_tests::from_base64url(part)).unwrap()
}
