//! One attachment in the real engine, with every limit, to be called over and over: what benchmarks measure.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::{net::Ipv4Addr, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wasmgate::{
    config,
    context::Context,
    plugin::{Attachment, Hook, Plugins, RequestView},
};
use wasmgate_tests::{Directory, Signer, guest};

/// An attachment and the request that it is called with.
pub struct Calls {
    runtime: Runtime,
    attachment: Attachment,
    headers: HeaderMap,
    context: Arc<Context>,
    // Kept as long as they are used.
    _plugins: Arc<Plugins>,
    _directory: Directory,
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

impl Calls {
    /// Starts an engine with room for `pool` instances, and an authorizer.
    pub fn start(subject: Subject, isolation: &str, pool: usize) -> Calls {
        let directory = Directory::new();
        let mut headers = headers();
        let attached = attach(subject, &directory, &mut headers);
        let file = directory.write(
            "wasmgate.yaml",
            format!(
                "listen: 127.0.0.1:0
plugins:
  directory: .
  cache: off
  pool: {pool}
  default: {{ isolation: {isolation} }}
apis:
  calls:
    routes:
      $default:
        authorize: [{attached}]
        to: {{ respond: {{ status: 204 }} }}
"
            ),
        );
        let config = config::load(&file, &|_| None).unwrap_or_else(|problems| panic!("{problems}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let plugins = Plugins::start(config.plugins).unwrap();
        let chain = &config.apis[0].routes[0].chain;
        let hooks: &[Hook] = &[Hook::Authorizer];
        let wanted = chain.authorize.iter().map(|one| (one.clone(), hooks));
        let prepared = runtime.block_on(plugins.prepare("calls", wanted.collect()));
        assert!(prepared.unusable.is_empty(), "{:?}", prepared.unusable);
        Calls {
            runtime,
            attachment: prepared.attachments[0].clone(),
            headers,
            context: Arc::new(Context::begin(
                &http::Request::new(()),
                Ipv4Addr::LOCALHOST.into(),
            )),
            _plugins: plugins,
            _directory: directory,
        }
    }

    /// Calls so many times. Never inlined: callgrind counts from here.
    #[inline(never)]
    pub fn run(&self, count: u64) {
        self.runtime.block_on(async {
            for _ in 0..count {
                let request = RequestView {
                    method: "GET",
                    path: "/orders/7",
                    query: None,
                    headers: &self.headers,
                    parameters: &[],
                    context: &self.context,
                    body: None,
                };
                let pinned = self.attachment.pin().unwrap();
                pinned.authorize(request).await.unwrap();
            }
        });
    }
}

/// The attachment of an authorizer, with what it needs written to the directory and the request's fields.
fn attach(subject: Subject, directory: &Directory, headers: &mut HeaderMap) -> String {
    match subject {
        Subject::Fields(count) => {
            directory.write("reads-headers.wasm", guest("reads_headers"));
            let names: Vec<_> = (0..count).map(field).collect();
            format!("{{ use: reads-headers, with: {{ headers: {names:?} }} }}")
        }
        Subject::Keys(count) => {
            let lines = (0..count).map(|number| format!("{},caller\n", key(number)));
            directory.write("keys.csv", lines.collect::<String>());
            headers.insert("x-api-key", key(count / 2).parse().unwrap());
            "{ use: api-key, with: { keys: { file: keys.csv } } }".to_owned()
        }
        Subject::Claims(count) => {
            let signer = Signer::rs256("2026");
            let bearer = format!("Bearer {}", signer.sign(&claims(count)));
            headers.insert("authorization", bearer.parse().unwrap());
            let jwks = json!({ "keys": [signer.jwk()] });
            let issuer =
                json!({ "issuer": "https://idp.example.com", "audience": "api", "jwks": jwks });
            json!({ "use": "jwt", "with": { "issuers": [issuer] } }).to_string()
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
