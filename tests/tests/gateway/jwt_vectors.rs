//! The plugin `jwt` against public vectors: the JOSE cookbook and Wycheproof. What is valid is accepted, what is not is
//! refused, and what we do not do is listed with the reason.

use std::{fs, path::Path};

use serde_json::{Value, json};
use wasmgate_tests::{Gateway, Setup};

/// One token, the plugin's settings with the keys that it is held against, and whether they accept it.
#[derive(Debug)]
struct Vector {
    name: String,
    token: String,
    with: Value,
    valid: bool,
}

/// Valid in their specification and refused here, with the reason.
const REFUSED: [(&str, &str); 4] = [
    (
        "4_5.signature_with_detached_content",
        "the payload is not in the token",
    ),
    (
        "hmac-sha2_b64_false",
        "`b64` is an extension (RFC 7797), and none is supported",
    ),
    (
        "crypto 50",
        "encrypted: claims are read from signed tokens only",
    ),
    (
        "crypto 67",
        "encrypted: claims are read from signed tokens only",
    ),
];

/// Without a compact serialization, which is the only one that fits into a header field.
const JSON_ONLY: [&str; 4] = [
    "4_6.protecting_specific_header_fields",
    "4_7.protecting_content_only",
    "4_8.multiple_signatures",
    "4.2.hmac-sha2_b64_false",
];

/// What the plugin says of a token whose signature is good, and whose payload is not claims: all these are texts.
const ACCEPTED: &str = "the token's claims are no JSON object";

#[tokio::test]
async fn cookbook_is_accepted() {
    let vectors = cookbook();
    assert_eq!(vectors.len(), 7);
    check(&vectors).await;
}

#[tokio::test]
async fn wycheproof_is_told_apart() {
    let keys = wycheproof("key");
    let crypto = wycheproof("crypto");
    assert_eq!((keys.len(), crypto.len()), (26, 83));
    check(&keys).await;
    check(&crypto).await;
}

/// Sends every token to the route that knows the keys that belong to it. Each set of keys has one.
async fn check(vectors: &[Vector]) {
    let mut all: Vec<&Value> = Vec::new();
    for vector in vectors {
        if !all.contains(&&vector.with) {
            all.push(&vector.with);
        }
    }
    let refused = refused(&all);
    let usable = all.iter().enumerate().filter(|(n, _)| !refused.contains(n));
    let usable: Vec<&Value> = usable.map(|(_, with)| *with).collect();
    let gateway = setup(&usable).start().await;
    for vector in vectors {
        let accepted = match usable.iter().position(|with| **with == vector.with) {
            Some(n) => accepts(&gateway, n, &vector.token).await,
            None => false,
        };
        assert_eq!(accepted, vector.valid, "{}: {vector:?}", vector.name);
    }
}

async fn accepts(gateway: &Gateway, n: usize, token: &str) -> bool {
    let authorization = format!("Bearer {token}");
    let fields = [("authorization", authorization.as_str())];
    let reply = gateway.get_with(&format!("/{n}"), &fields).await;
    assert_eq!(reply.status, 401, "none of these is a token with claims");
    reply.header("www-authenticate").contains(ACCEPTED)
}

/// The settings that are refused when the configuration is read.
fn refused(all: &[&Value]) -> Vec<usize> {
    let ended = setup(all).command(&["check"]);
    let places = ended
        .err
        .lines()
        .filter_map(|line| line.strip_prefix("wasmgate.yaml:"));
    let lines = places.filter_map(|place| place.split(':').next()?.parse::<usize>().ok());
    lines.map(|line| line - HEAD.lines().count() - 1).collect()
}

/// What stands above the routes, of which each has a line.
const HEAD: &str = "listen: 127.0.0.1:0
admin: 127.0.0.1:0
workers: 1
log: { level: debug }
plugins: ./plugins
apis:
  vectors:
    routes:
";

fn setup(all: &[&Value]) -> Setup {
    let routes = all.iter().enumerate().map(|(n, with)| {
        let authorize = json!([{ "use": "jwt", "with": with }]);
        let route = json!({ "authorize": authorize, "to": "http://127.0.0.1:9" });
        format!("      GET /{n}: {route}\n")
    });
    Gateway::setup(&(HEAD.to_owned() + &routes.collect::<String>())).plugin("jwt")
}

/// Settings that take tokens signed with these keys, whatever they say.
fn with(keys: &Value, algorithm: Option<&Value>) -> Value {
    let mut issuer = json!({ "audience": "*", "jwks": { "keys": keys } });
    if let Some(algorithm) = algorithm {
        issuer["algorithms"] = json!([algorithm]);
    }
    json!({ "issuers": [issuer] })
}

fn cookbook() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for folder in ["jws", "curve25519", "rfc7797"] {
        let path = root().join("cookbook").join(folder);
        for file in fs::read_dir(path).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            let vector = read(&path);
            let Some(token) = vector["output"]["compact"].as_str() else {
                assert!(JSON_ONLY.contains(&name.as_str()), "{name}");
                continue;
            };
            vectors.push(Vector {
                valid: !is_refused(&name),
                token: token.to_owned(),
                with: with(
                    &json!([public(&vector["input"]["key"])]),
                    vector["input"].get("alg"),
                ),
                name,
            });
        }
    }
    vectors
}

fn wycheproof(kind: &str) -> Vec<Vector> {
    let file = read(&root().join(format!("wycheproof/json_web_{kind}_test.json")));
    let mut vectors = Vec::new();
    for group in file["testGroups"].as_array().unwrap() {
        let key = group.get("public").unwrap_or(&group["private"]);
        let keys = key
            .get("keys")
            .cloned()
            .unwrap_or_else(|| json!([public(key)]));
        for test in group["tests"].as_array().unwrap() {
            let name = format!("{kind} {}", test["tcId"]);
            let token = test.get("jws").unwrap_or(&test["jwe"]);
            vectors.push(Vector {
                valid: test["result"] == "valid" && !is_refused(&name),
                token: token
                    .as_str()
                    .map_or_else(|| token.to_string(), str::to_owned),
                with: with(&keys, None),
                name,
            });
        }
    }
    vectors
}

fn is_refused(name: &str) -> bool {
    REFUSED.iter().any(|(refused, _)| *refused == name)
}

/// A key without its private part: the plugin wants none of those.
fn public(key: &Value) -> Value {
    let mut key = key.clone();
    let members = key.as_object_mut().unwrap();
    for private in ["d", "p", "q", "dp", "dq", "qi"] {
        members.remove(private);
    }
    key
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/jose"))
}
