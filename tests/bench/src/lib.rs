//! One attachment in the real engine, with every limit, to be called over and over: what benchmarks measure.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::{net::Ipv4Addr, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::runtime::Runtime;
use wasmgate::{
    config,
    context::Context,
    plugin::{Attachment, Plugins, RequestView},
};
use wasmgate_tests::{Directory, guest};

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

impl Calls {
    /// Starts an engine with room for `pool` instances, and an authorizer that asks for so many header fields.
    pub fn start(isolation: &str, fields: usize, pool: usize) -> Calls {
        let names: Vec<_> = (0..FIELDS)
            .map(|number| format!("x-field-{number}"))
            .collect();
        let directory = Directory::new();
        directory.write("reads-headers.wasm", guest("reads_headers"));
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
        authorize: [{{ use: reads-headers, with: {{ headers: {:?} }} }}]
        to: {{ respond: {{ status: 204 }} }}
",
                &names[..fields]
            ),
        );
        let config = config::load(&file, &|_| None).unwrap_or_else(|problems| panic!("{problems}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let plugins = Plugins::start(config.plugins).unwrap();
        let wanted = config.apis[0].routes[0].chain.authorize.clone();
        let prepared = runtime.block_on(plugins.prepare("calls", wanted));
        assert!(prepared.problems.is_empty(), "{:?}", prepared.problems);
        let fields = names.iter().map(|name| {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            (name, HeaderValue::from_static("a value of usual length"))
        });
        Calls {
            runtime,
            attachment: prepared.attachments[0].clone(),
            headers: fields.collect(),
            context: Arc::new(Context::begin(
                &http::Request::new(()),
                Ipv4Addr::LOCALHOST.into(),
            )),
            _plugins: plugins,
            _directory: directory,
        }
    }

    /// Calls so many times.
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
