//! Tiny guests for tests, written by hand, and an engine to run them in.

use std::{
    net::Ipv4Addr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use wasmtime::{
    Config, Engine,
    component::{Component, Linker},
};
use wit_component::{ComponentEncoder, StringEncoding};

use super::{
    Hook, Interest,
    call::Account,
    exports::Exports,
    image::{self, Image, Interests},
    imports::Services,
    pool::Pool,
    state::Scope,
    ticker,
};
use crate::{
    config::{Grants, Isolation, PluginLimits, PluginPolicy},
    context::Context,
    stage::RouteNames,
};

/// What every guest has: memory, an allocator that never frees, and a setup that accepts everything. Results are zeros
/// at 1024, which every result reads as an empty success.
const COMMON: &str = r#"
    (memory (export "memory") 2)
    (global $heap (mut i32) (i32.const 65536))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
        (global.set $heap (i32.add (local.get $at) (local.get 3)))
        (local.get $at))
    (func (export "wasmgate:plugin/setup@0.1.0#describe") (result i32) (i32.const 1024))
    (func (export "wasmgate:plugin/setup@0.1.0#configure") (param i32 i32) (result i32)
        (i32.const 1024))
"#;

/// A component of the world `authorizer-plugin`, from the body of `authorize`.
pub(crate) fn authorizer(body: &str) -> Vec<u8> {
    let hook = "wasmgate:plugin/authorizer@0.1.0#authorize";
    component(
        "authorizer-plugin",
        &format!(r#"(func (export "{hook}") (param $args i32) (result i32) {body})"#),
    )
}

/// A component of a world, from the text of what its core module has besides the common part.
pub(crate) fn component(world: &str, rest: &str) -> Vec<u8> {
    let mut module = wat::parse_str(format!("(module {COMMON} {rest})")).expect("valid text");
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve
        .push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit"))
        .expect("the contract");
    let world = resolve
        .select_world(&[package], Some(world))
        .expect("a world");
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("metadata");
    let encoder = ComponentEncoder::default().module(&module);
    encoder
        .and_then(|mut encoder| encoder.encode())
        .expect("a component")
}

/// What a test's plugin may do: little, so that limits are met soon.
pub(crate) fn policy() -> PluginPolicy {
    PluginPolicy {
        isolation: Isolation::Request,
        grants: Grants::default(),
        limits: PluginLimits {
            memory: 1 << 20,
            cpu: Duration::from_millis(20),
            wall: Duration::from_secs(5),
            configure: Duration::from_secs(1),
            concurrent: 4,
            returned: 256 << 10,
            log_lines: 4,
            log_bytes: 256,
            fetches: 1,
            fetch_bytes: 1 << 10,
        },
    }
}

/// An engine whose epoch advances for as long as it is used.
pub(crate) fn engine() -> Engine {
    let mut config = Config::new();
    config.epoch_interruption(true);
    let engine = Engine::new(&config).expect("an engine");
    ticker::tend([engine.weak()]).expect("a thread");
    engine
}

/// An image of a component with one entry that asks for nothing.
pub(crate) fn image(component: &[u8], policy: PluginPolicy) -> Arc<Image> {
    image_with(component, policy, Interest::default(), None)
}

/// An image whose one entry has this interest for every hook.
pub(crate) fn image_with(
    component: &[u8],
    policy: PluginPolicy,
    interest: Interest,
    configure: Option<Vec<String>>,
) -> Arc<Image> {
    let engine = engine();
    let component = Component::new(&engine, component).expect("compiles");
    let linker = Linker::new(&engine);
    let pre = linker.instantiate_pre(&component).expect("links");
    let mut interests = Interests::default();
    for hook in Hook::ALL {
        interests.set(hook, interest.clone());
    }
    Arc::new(Image {
        number: image::number(1),
        exports: Exports::probe(&pre).expect("exports"),
        pre,
        account: Account::new("guest".into(), policy.limits.concurrent),
        pool: Pool::new(8),
        isolation: policy.isolation,
        interests: vec![interests],
        configure,
        waits: false,
        scope: Arc::new(Scope {
            plugin: "guest".into(),
            policy,
            services: Services::new(crate::config::Secrets::default()),
            script: None,
            kv: OnceLock::new(),
            vault: None,
        }),
    })
}

/// What is known of a test's request.
pub(crate) fn context() -> Context {
    Context {
        request_id: "r".into(),
        source_ip: Ipv4Addr::LOCALHOST.into(),
        trusted_proxy: true,
        domain: "example.com".into(),
        protocol: "HTTP/1.1",
        user_agent: None,
        time: std::time::SystemTime::UNIX_EPOCH,
        route: Arc::new(RouteNames {
            api: "a".into(),
            stage: "$default".into(),
            route_key: "$default".into(),
        }),
        usage_key: Some("k".into()),
        authorizer: vec![("tenant".into(), "t".into())],
    }
}
