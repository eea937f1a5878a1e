//! One attachment in the real engine, with every limit, to be called over and over: what benchmarks measure.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

/// The built-in plugins as routes have them.
pub mod builtin;

/// Beside other gateways.
pub mod compare;

/// What a plugin costs, as a row of a table.
mod costs;

/// The same authorizer in each language.
pub mod languages;

/// Where results are written, and what is said of where they come from.
pub mod results;

use std::{net::Ipv4Addr, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wasmgate::{
    config,
    context::Context,
    plugin::{Attachment, Denial, Hook, PluginStatus, Plugins, RequestView},
};
use wasmgate_tests::{Directory, Signer, guest};

pub use self::costs::{Costs, HEAD};

/// What is called, and the request that it is called with.
pub struct Call {
    hook: Hook,
    /// The attachment, and the settings of plugins, as JSON.
    attached: Value,
    settings: Value,
    secrets: Value,
    /// Whether the plugin refuses the request.
    refused: bool,
    method: &'static str,
    path: &'static str,
    headers: HeaderMap,
    body: Option<Bytes>,
}

/// An attachment that is ready to be called.
pub struct Calls {
    runtime: Runtime,
    attachment: Attachment,
    call: Call,
    context: Arc<Context>,
    plugins: Arc<Plugins>,
    // Kept as long as it is watched, where nobody else keeps it.
    _directory: Option<Directory>,
}

/// How many fields the request has, whatever the plugin asks for.
const FIELDS: usize = 12;

/// Which authorizer is called.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// One that asks for so many header fields and looks at each.
    Fields(usize),
    /// The built-in `api-key`, with so many keys in a file.
    Keys(usize),
    /// The built-in `jwt`, with a token of so many claims, signed as RS256.
    Claims(usize),
}

impl std::str::FromStr for Subject {
    type Err = anyhow::Error;

    /// Reads `fields=12`, `keys=10` or `claims=10`.
    fn from_str(text: &str) -> anyhow::Result<Subject> {
        match text.split_once('=') {
            Some(("fields", count)) => Ok(Subject::Fields(count.parse()?)),
            Some(("keys", count)) => Ok(Subject::Keys(count.parse()?)),
            Some(("claims", count)) => Ok(Subject::Claims(count.parse()?)),
            _ => anyhow::bail!("`{text}` is none of `fields=N`, `keys=N` and `claims=N`"),
        }
    }
}

impl Call {
    /// An authorizer on a request with fields as browsers send them.
    fn authorize(attached: Value) -> Call {
        Call {
            hook: Hook::Authorizer,
            attached,
            settings: json!({}),
            secrets: json!({}),
            refused: false,
            method: "GET",
            path: "/orders/7",
            headers: headers(),
            body: None,
        }
    }
}

impl Calls {
    /// Starts an engine with room for `pool` instances, and an authorizer.
    pub fn start(subject: Subject, isolation: &str, pool: usize) -> Calls {
        let directory = Directory::new();
        let call = attach(subject, &directory);
        let calls = Calls::of(call, &directory, isolation, pool, "off");
        Calls {
            _directory: Some(directory),
            ..calls
        }
    }

    /// Starts an engine with what the call needs from the directory, compiled or out of the cache.
    pub fn of(
        call: Call,
        directory: &Directory,
        isolation: &str,
        pool: usize,
        cache: &str,
    ) -> Calls {
        let phase = match call.hook {
            Hook::Authorizer => "authorize",
            Hook::Validator => "validate",
            _ => "transform",
        };
        let route = json!({ phase: [call.attached], "to": { "respond": { "status": 204 } } });
        let written = json!({
            "listen": "127.0.0.1:0",
            "plugins": {
                "directory": ".", "cache": cache, "pool": pool, "settings": call.settings,
                // Time on a busy machine is none of the guest's: what is measured must not be stopped.
                "default": { "isolation": isolation_of(isolation), "limits": { "cpu": "10s" } },
            },
            "secrets": call.secrets,
            "apis": { "calls": { "routes": { "$default": route } } },
        });
        let file = directory.write("wasmgate.yaml", written.to_string());
        let config = config::load(&file, &|_| None).unwrap_or_else(|problems| panic!("{problems}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let plugins = Plugins::start(config.plugins).unwrap();
        let chain = &config.apis[0].routes[0].chain;
        let attached = [&chain.authorize, &chain.validate, &chain.transform];
        let any: &[Hook] = &[];
        let wanted = attached.into_iter().flatten().map(|one| (one.clone(), any));
        let prepared = runtime.block_on(plugins.prepare("calls", wanted.collect()));
        assert!(prepared.unusable.is_empty(), "{:?}", prepared.unusable);
        Calls {
            runtime,
            attachment: prepared.attachments[0].clone(),
            call,
            context: Arc::new(Context::begin(
                &http::Request::new(()),
                Ipv4Addr::LOCALHOST.into(),
            )),
            plugins,
            _directory: None,
        }
    }

    /// Calls so many times. Never inlined: callgrind counts from here.
    #[inline(never)]
    pub fn run(&self, count: u64) {
        self.runtime.block_on(async {
            for _ in 0..count {
                match self.once().await {
                    Err(Denial::Refused(_)) if self.call.refused => (),
                    ended => assert!(ended.is_ok() && !self.call.refused, "{ended:?}"),
                }
            }
        });
    }

    async fn once(&self) -> Result<(), Denial> {
        let Call {
            hook,
            method,
            path,
            headers,
            body,
            ..
        } = &self.call;
        let request = RequestView {
            method,
            path,
            query: None,
            headers,
            parameters: &[],
            context: &self.context,
            body: body.as_ref(),
        };
        let pinned = self.attachment.pin().unwrap();
        match hook {
            Hook::Authorizer => pinned.authorize(request).await.map(drop),
            Hook::Validator => pinned.validate(request).await,
            Hook::Mapper => pinned.map_request(request).await.map(drop),
            _ => pinned.filter_request(request).await.map(drop),
        }
    }

    /// What operators see of the plugin.
    pub fn status(&self) -> PluginStatus {
        self.plugins.status().remove(0)
    }
}

/// Processor time of this thread. Unlike the time on the wall it does not count who else runs on the machine.
pub fn processor() -> Duration {
    spent("/proc/thread-self/schedstat")
}

/// The first word of a `schedstat`, nanoseconds on a processor; nothing where the thread has ended.
fn spent(schedstat: impl AsRef<Path>) -> Duration {
    let text = std::fs::read_to_string(schedstat).unwrap_or_default();
    let first = text.split_whitespace().next();
    let nanos = first.map_or(0, |word| word.parse().unwrap());
    Duration::from_nanos(nanos)
}

/// An instance that is reused serves longer than any measurement.
fn isolation_of(name: &str) -> Value {
    match name {
        "reuse" => json!({ "reuse": { "calls": 1_000_000_000 } }),
        _ => json!(name),
    }
}

/// The call of an authorizer, with what it needs written to the directory.
fn attach(subject: Subject, directory: &Directory) -> Call {
    match subject {
        Subject::Fields(count) => {
            directory.write("reads-headers.wasm", guest("reads_headers"));
            let names: Vec<_> = (0..count).map(field).collect();
            Call::authorize(json!({ "use": "reads-headers", "with": { "headers": names } }))
        }
        Subject::Keys(count) => {
            let lines = (0..count).map(|number| format!("{},caller\n", key(number)));
            directory.write("keys.csv", lines.collect::<String>());
            let keys = json!({ "keys": { "file": "keys.csv" } });
            let mut call = Call::authorize(json!({ "use": "api-key", "with": keys }));
            let shown = key(count / 2).parse().unwrap();
            call.headers.insert("x-api-key", shown);
            call
        }
        Subject::Claims(count) => {
            let signer = Signer::rs256("2026");
            let jwks = json!({ "keys": [signer.jwk()] });
            let issuer =
                json!({ "issuer": "https://idp.example.com", "audience": "api", "jwks": jwks });
            let with = json!({ "issuers": [issuer] });
            let mut call = Call::authorize(json!({ "use": "jwt", "with": with }));
            let bearer = format!("Bearer {}", signer.sign(&claims(count)));
            call.headers
                .insert("authorization", bearer.parse().unwrap());
            call
        }
    }
}

/// As many fields as a browser sends, whatever the plugin asks for.
fn headers() -> HeaderMap {
    (0..FIELDS)
        .map(|number| {
            let name = HeaderName::from_bytes(field(number).as_bytes()).unwrap();
            (name, HeaderValue::from_static("a value of usual length"))
        })
        .collect()
}

/// So many claims, of which four are looked at.
fn claims(count: usize) -> Value {
    let more = (4..count).map(|number| (field(number), json!("a claim of usual length")));
    let mut claims: serde_json::Map<String, Value> = more.collect();
    claims.insert("iss".to_owned(), json!("https://idp.example.com"));
    claims.insert("aud".to_owned(), json!("api"));
    claims.insert("sub".to_owned(), json!("alice"));
    claims.insert("exp".to_owned(), json!(4_000_000_000_u64));
    Value::Object(claims)
}

fn field(number: usize) -> String {
    format!("x-field-{number}")
}

fn key(number: usize) -> String {
    format!("key-{number:028}")
}
