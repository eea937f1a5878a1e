//! Envoy: its own JWT filter, its Lua, and its V8 for WebAssembly.

use std::{net::SocketAddr, path::PathBuf, process::Command};

use serde_json::{Value, json};
use wasmgate_tests::Directory;

use super::contender::{Door, FIELDS, Setup, Work, installed};

/// A filter for Envoy that sets `x-b` to what `x-a` holds.
fn copies() -> Vec<u8> {
    filter(
        r#"(import "env" "proxy_replace_header_map_value" (func $set (param i32 i32 i32 i32 i32) (result i32)))"#,
        "x-a",
        r#"(data (i32.const 48) "x-b")"#,
        "(if (i32.eqz (local.get $missing)) (then (drop (call $set (i32.const 0) (i32.const 48) (i32.const 3)
             (i32.load (i32.const 0)) (i32.load (i32.const 4))))))
         (i32.const 0)",
    )
}

/// One that lets requests pass that have a field, as the guest `reads_headers` does.
fn reads(field: &str) -> Vec<u8> {
    filter(
        r#"(import "env" "proxy_send_local_response" (func $answer (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))"#,
        field,
        "",
        "(if (local.get $missing) (then
             (drop (call $answer (i32.const 401) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                 (i32.const 0) (i32.const -1)))
             (return (i32.const 1))))
         (i32.const 0)",
    )
}

/// A filter for Envoy that asks for a field, and does something where that is `$missing` or else stands at the address
/// in 0 with the length in 4; as small as one can be. Envoy gives it fields by allocating in its memory; all that is
/// allocated is forgotten at the next request.
fn filter(import: &str, field: &str, data: &str, then: &str) -> Vec<u8> {
    let length = field.len();
    let text = format!(
        r#"(module
    (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
    {import}
    (memory (export "memory") 2)
    (global $free (mut i32) (i32.const 4096))
    (data (i32.const 16) "{field}")
    {data}
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
        (global.get $free)
        (global.set $free (i32.add (global.get $free) (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8)))))
    (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
    (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
    (func (export "proxy_on_context_create") (param i32 i32))
    (func (export "proxy_on_done") (param i32) (result i32) (i32.const 1))
    (func (export "proxy_on_delete") (param i32))
    (func (export "proxy_on_log") (param i32))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local $missing i32)
        (global.set $free (i32.const 4096))
        (local.set $missing (call $get (i32.const 0) (i32.const 16) (i32.const {length}) (i32.const 0) (i32.const 4)))
        {then}))"#
    );
    wat::parse_str(text).unwrap()
}

/// What copies, in Lua.
const COPIES_BY_LUA: &str = r#"function envoy_on_request(handle)
    local headers = handle:headers()
    local value = headers:get("x-a")
    if value then headers:replace("x-b", value) end
end"#;

const EXTENSIONS: &str = "type.googleapis.com/envoy.extensions";

pub(super) fn gateway(setup: &Setup<'_>, directory: &Directory, address: SocketAddr) -> Command {
    directory.write("copies.wasm", copies());
    for field in FIELDS {
        directory.write(&format!("{field}.wasm"), reads(field));
    }
    directory.write("envoy.json", configuration(setup, address).to_string());
    let mut command = Command::new(program());
    command.args([
        "-c",
        "envoy.json",
        "--concurrency",
        "1",
        "--disable-hot-restart",
        "--log-level",
        "error",
    ]);
    command
}

/// The program itself, which the package's script would start.
pub(super) fn program() -> PathBuf {
    let packages = installed("python/lib");
    let versions = std::fs::read_dir(packages).unwrap().flatten();
    let programs = versions.map(|version| version.path().join("site-packages/envoy/_bin/envoy"));
    programs
        .into_iter()
        .find(|program| program.exists())
        .unwrap()
}

fn configuration(setup: &Setup<'_>, address: SocketAddr) -> Value {
    let router = json!({
        "name": "envoy.filters.http.router",
        "typed_config": { "@type": format!("{EXTENSIONS}.filters.http.router.v3.Router") },
    });
    let mut filters = filters(setup);
    filters.push(router);
    let mut manager = json!({
        "@type": format!("{EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "door",
        "codec_type": if setup.contender.door == Door::Http2 { "HTTP2" } else { "HTTP1" },
        "use_remote_address": true,
        "stream_idle_timeout": "60s",
        "request_headers_timeout": "10s",
        "route_config": { "virtual_hosts": [{
            "name": "all", "domains": ["*"],
            "routes": routes(setup.contender.routes),
        }] },
        "http_filters": filters,
    });
    if setup.contender.log {
        manager["access_log"] = json!([{
            "name": "envoy.access_loggers.file",
            "typed_config": {
                "@type": format!("{EXTENSIONS}.access_loggers.file.v3.FileAccessLog"),
                "path": "access.log",
            },
        }]);
    }
    let filter =
        json!({ "name": "envoy.filters.network.http_connection_manager", "typed_config": manager });
    let cluster = json!({
        "name": "origin",
        "type": "STATIC",
        "connect_timeout": "3s",
        "circuit_breakers": { "thresholds": [{ "max_connections": 9000, "max_pending_requests": 9000, "max_requests": 9000 }] },
        "load_assignment": { "cluster_name": "origin", "endpoints": [{ "lb_endpoints": [endpoint(setup.upstream)] }] },
    });
    json!({ "static_resources": {
        "listeners": [{ "name": "door", "address": socket(address), "filter_chains": [{ "filters": [filter] }] }],
        "clusters": [cluster],
    } })
}

/// So many, the last for all that the others do not take.
fn routes(count: usize) -> Vec<Value> {
    let to = json!({ "cluster": "origin", "timeout": "29s" });
    let numbered =
        (1..count).map(|number| json!({ "match": { "path": format!("/r{number}") }, "route": to }));
    let last = json!({ "match": { "prefix": "/" }, "route": to });
    numbered.chain([last]).collect()
}

/// What decides or changes, before the router.
fn filters(setup: &Setup<'_>) -> Vec<Value> {
    let filter = match setup.contender.work {
        Work::Proxy => return Vec::new(),
        Work::Chain(length) => {
            return FIELDS
                .iter()
                .take(length)
                .map(|field| wasm(field))
                .collect();
        }
        Work::Copy => wasm("copies"),
        Work::Jwt => json!({
            "name": "envoy.filters.http.jwt_authn",
            "typed_config": {
                "@type": format!("{EXTENSIONS}.filters.http.jwt_authn.v3.JwtAuthentication"),
                "providers": { "idp": {
                    "issuer": "https://idp.example.com",
                    "audiences": ["api"],
                    "local_jwks": { "inline_string": setup.jwks.to_string() },
                } },
                "rules": [{ "match": { "prefix": "/" }, "requires": { "provider_name": "idp" } }],
            },
        }),
        Work::CopyByLua => json!({
            "name": "envoy.filters.http.lua",
            "typed_config": {
                "@type": format!("{EXTENSIONS}.filters.http.lua.v3.Lua"),
                "default_source_code": { "inline_string": COPIES_BY_LUA },
            },
        }),
        other => panic!("Envoy does not do {other:?}"),
    };
    vec![filter]
}

/// One in WebAssembly, from the file of its name.
fn wasm(name: &str) -> Value {
    json!({
        "name": "envoy.filters.http.wasm",
        "typed_config": {
            "@type": format!("{EXTENSIONS}.filters.http.wasm.v3.Wasm"),
            "config": { "name": name, "vm_config": {
                "runtime": "envoy.wasm.runtime.v8",
                "code": { "local": { "filename": format!("{name}.wasm") } },
            } },
        },
    })
}

fn endpoint(address: SocketAddr) -> Value {
    json!({ "endpoint": { "address": socket(address) } })
}

fn socket(address: SocketAddr) -> Value {
    json!({ "socket_address": { "address": address.ip(), "port_value": address.port() } })
}
