//! The rows: who against whom, under which load, and what is allowed.

use super::{
    contender::{Contender, Door, Isolation, Product, Work},
    load::{Load, Shape},
};

/// Two gateways that do the same.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub ours: Contender,
    pub theirs: Contender,
    pub load: Load,
    /// What the ratio may be at most, where the project has promised something.
    pub at_most: Option<f64>,
    /// Whether latencies at a fixed rate are taken too.
    pub latency: bool,
}

/// Keys that `api-key` and Lua know.
const KEY: Work = Work::Key(1_000);

const OURS: Contender = Contender::new(Product::Wasmgate);
const NGINX: Contender = Contender::new(Product::Nginx);
const HAPROXY: Contender = Contender::new(Product::Haproxy);
const CADDY: Contender = Contender::new(Product::Caddy);
const ENVOY: Contender = Contender::new(Product::Envoy);

impl Row {
    pub(super) fn new(name: &str, ours: Contender, theirs: Contender) -> Row {
        Row {
            name: name.to_owned(),
            ours,
            theirs,
            load: Load::of(32),
            at_most: None,
            latency: false,
        }
    }

    /// How many plugins we have, where we are compared with ourselves without any.
    pub(super) fn chain(&self) -> Option<(usize, Isolation)> {
        match (self.ours.work, self.theirs.product) {
            (Work::Chain(length), Product::Wasmgate) => Some((length, self.ours.isolation)),
            _ => None,
        }
    }

    fn at_most(self, ratio: f64) -> Row {
        Row {
            at_most: Some(ratio),
            ..self
        }
    }

    fn with_latency(self) -> Row {
        Row {
            latency: true,
            ..self
        }
    }

    fn shape(self, shape: Shape) -> Row {
        let load = Load { shape, ..self.load };
        Row { load, ..self }
    }

    pub(super) fn at_once(self, at_once: usize) -> Row {
        let load = Load {
            at_once,
            ..self.load
        };
        Row { load, ..self }
    }

    pub(super) fn connections(self, connections: usize) -> Row {
        let load = Load {
            connections,
            ..self.load
        };
        Row { load, ..self }
    }
}

/// All rows, in the order of the table.
pub fn rows() -> Vec<Row> {
    let key = OURS.doing(KEY);
    let copy = OURS.doing(Work::Copy);
    let five = OURS.doing(Work::Chain(5));
    let mut rows = vec![
        Row::new("proxy, nginx", OURS, NGINX)
            .at_most(1.1)
            .with_latency(),
        Row::new("proxy, haproxy", OURS, HAPROXY).with_latency(),
        Row::new("proxy, caddy", OURS, CADDY).with_latency(),
        Row::new("proxy, envoy", OURS, ENVOY).with_latency(),
        Row::new(
            "proxy without log, nginx",
            OURS.without_log(),
            NGINX.without_log(),
        ),
        Row::new(
            "proxy without log, haproxy",
            OURS.without_log(),
            HAPROXY.without_log(),
        ),
        Row::new(
            "proxy without log, caddy",
            OURS.without_log(),
            CADDY.without_log(),
        ),
        Row::new(
            "proxy without log, envoy",
            OURS.without_log(),
            ENVOY.without_log(),
        ),
        Row::new("1 connection, nginx", OURS, NGINX).connections(1),
        Row::new("1,000 connections, nginx", OURS, NGINX).connections(1_000),
        Row::new("1,000 connections, haproxy", OURS, HAPROXY).connections(1_000),
        Row::new("1,000 connections, envoy", OURS, ENVOY).connections(1_000),
        Row::new("10 KB down, nginx", OURS, NGINX).shape(Shape::Down(10 << 10)),
        Row::new("1 MB down, nginx", OURS, NGINX).shape(Shape::Down(1 << 20)),
        Row::new("10 KB up, nginx", OURS, NGINX).shape(Shape::Up(10 << 10)),
        Row::new("1 MB up, nginx", OURS, NGINX).shape(Shape::Up(1 << 20)),
        Row::new("1 MB down, envoy", OURS, ENVOY).shape(Shape::Down(1 << 20)),
        Row::new("1 MB up, envoy", OURS, ENVOY).shape(Shape::Up(1 << 20)),
        Row::new("HTTP/2, nginx", OURS.by(Door::Http2), NGINX.by(Door::Http2)),
        Row::new("HTTP/2, envoy", OURS.by(Door::Http2), ENVOY.by(Door::Http2)),
        Row::new(
            "TLS handshakes, nginx",
            OURS.by(Door::Tls),
            NGINX.by(Door::Tls),
        )
        .shape(Shape::Handshake),
        Row::new(
            "1 MB down by TLS, nginx",
            OURS.by(Door::Tls),
            NGINX.by(Door::Tls),
        )
        .shape(Shape::Down(1 << 20)),
        Row::new("10,000 routes, 10", OURS.routes(10_000), OURS.routes(10)).at_most(1.2),
        Row::new(
            "10,000 routes, nginx",
            OURS.routes(10_000),
            NGINX.routes(10_000),
        ),
        Row::new(
            "10,000 routes, envoy",
            OURS.routes(10_000),
            ENVOY.routes(10_000),
        ),
        Row::new("API key reused, nginx and Lua", key, NGINX.doing(KEY))
            .at_most(0.9)
            .with_latency(),
        Row::new(
            "API key pristine, nginx and Lua",
            key.pristine(),
            NGINX.doing(KEY),
        )
        .at_most(1.1)
        .with_latency(),
        Row::new(
            "JWT reused, envoy",
            OURS.doing(Work::Jwt),
            ENVOY.doing(Work::Jwt),
        )
        .at_most(0.5)
        .with_latency(),
        Row::new(
            "JWT pristine, envoy",
            OURS.doing(Work::Jwt).pristine(),
            ENVOY.doing(Work::Jwt),
        ),
        Row::new("WASM filter reused, envoy", copy, ENVOY.doing(Work::Copy))
            .at_most(0.4)
            .with_latency(),
        Row::new(
            "WASM filter pristine, envoy",
            copy.pristine(),
            ENVOY.doing(Work::Copy),
        ),
        Row::new(
            "WASM filter reused, envoy and Lua",
            copy,
            ENVOY.doing(Work::CopyByLua),
        ),
        Row::new("chain of 5 reused, none", five, OURS).at_most(1.25),
        Row::new("chain of 5 pristine, envoy without", five.pristine(), ENVOY).at_most(0.6),
    ];
    for length in [1, 5, 8] {
        let (ours, theirs) = (
            OURS.doing(Work::Chain(length)),
            ENVOY.doing(Work::Chain(length)),
        );
        let reused = format!("chain of {length} reused, envoy");
        rows.push(Row::new(&reused, ours, theirs));
        let pristine = format!("chain of {length} pristine, envoy");
        rows.push(Row::new(&pristine, ours.pristine(), theirs));
    }
    for length in (1..=8).filter(|length| *length != 5) {
        let chain = OURS.doing(Work::Chain(length));
        rows.push(Row::new(
            &format!("chain of {length} reused, none"),
            chain,
            OURS,
        ));
    }
    for length in 1..=8 {
        let chain = OURS.doing(Work::Chain(length)).pristine();
        rows.push(Row::new(
            &format!("chain of {length} pristine, none"),
            chain,
            OURS,
        ));
    }
    rows
}
