//! wasmgate.

use std::{net::SocketAddr, process::Command};

use serde_json::{Value, json};
use wasmgate_tests::{Directory, binary, guest};

use super::contender::{Contender, Door, FIELDS, Isolation, Setup, Work, cache, key};

pub(super) fn gateway(setup: &Setup<'_>, directory: &Directory, address: SocketAddr) -> Command {
    let written = configuration(setup, address);
    directory.write("wasmgate.yaml", written.to_string());
    directory.write("plugins/reads-headers.wasm", guest("reads_headers"));
    directory.write("keys.csv", keys(setup.contender.work));
    let mut command = Command::new(binary());
    command.arg("serve").env("CACHE_DIRECTORY", cache());
    command
}

fn configuration(setup: &Setup<'_>, address: SocketAddr) -> Value {
    let contender = setup.contender;
    let mut listener = json!({ "address": address });
    if contender.door == Door::Tls {
        listener["tls"] = json!([{ "certificate": "certificate.pem", "key": "key.pem" }]);
    }
    let isolation = match contender.isolation {
        Isolation::Request => json!("request"),
        Isolation::Reuse => json!({ "reuse": { "calls": 1_000_000 } }),
    };
    json!({
        "listeners": [listener],
        "admin": "127.0.0.1:0",
        "workers": 1,
        "log": { "access": contender.log, "format": "json" },
        "limits": { "connections": 100_000, "requests_per_connection": 1_000_000_000 },
        "plugins": {
            "directory": "plugins",
            // Time on a busy machine is none of the guest's.
            "default": { "isolation": isolation, "limits": { "cpu": "10s" }, "grant": { "kv": true } },
        },
        "apis": { "bench": api(setup) },
    })
}

/// The callers whom `api-key` knows.
fn keys(work: Work) -> String {
    let count = if let Work::Key(count) = work {
        count
    } else {
        1_000
    };
    let lines = (0..count).map(|number| format!("{},caller\n", key(number)));
    lines.collect()
}

/// One API, whose last route takes what the others do not.
fn api(setup: &Setup<'_>) -> Value {
    let to = format!("http://{}", setup.upstream);
    let mut routes = serde_json::Map::new();
    for number in 1..setup.contender.routes {
        let mut route = json!({ "to": to });
        if setup.contender.work == Work::Each {
            route["authorize"] = json!([reads(&format!("x-field-{number}"))]);
        }
        routes.insert(format!("GET /r{number}"), route);
    }
    routes.insert("$default".to_owned(), json!({ "to": to }));
    let mut api = chain(setup.contender, setup.jwks);
    api["routes"] = Value::Object(routes);
    api
}

fn chain(contender: &Contender, jwks: &Value) -> Value {
    match contender.work {
        Work::Proxy | Work::Each => json!({}),
        Work::Key(_) => json!({ "authorize": [by_key()] }),
        Work::Jwt => json!({ "authorize": [jwt(jwks)] }),
        Work::Copy => json!({ "transform": [copy()] }),
        Work::Builtin => json!({
            "early": [
                { "use": "access", "with": { "deny": [{ "address": ["192.0.2.0/24"] }] } },
                { "use": "rate-limit", "with": { "limit": 1_000_000, "per": "1s" } },
            ],
            "authorize": [by_key(), jwt(jwks)],
            "transform": [copy()],
        }),
        Work::Chain(length) => {
            let plugins: Vec<_> = FIELDS
                .iter()
                .take(length)
                .map(|field| reads(field))
                .collect();
            json!({ "authorize": plugins })
        }
        Work::CopyByLua => panic!("wasmgate has no Lua"),
    }
}

fn reads(field: &str) -> Value {
    json!({ "use": "reads-headers", "with": { "headers": [field] } })
}

fn by_key() -> Value {
    json!({ "use": "api-key", "with": { "keys": { "file": "keys.csv" } } })
}

fn jwt(jwks: &Value) -> Value {
    let issuer = json!({ "issuer": "https://idp.example.com", "audience": "api", "jwks": jwks });
    json!({ "use": "jwt", "with": { "issuers": [issuer] } })
}

fn copy() -> Value {
    json!({ "use": "transform", "with": { "request": { "headers": { "copy": { "x-a": "x-b" } } } } })
}
