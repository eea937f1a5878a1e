//! Which files become plugins, and what becomes of those that do not.
#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::json;
use wasmgate_tests::{Gateway, Setup, guest};

/// A configuration whose route `/guest` is answered by the plugin `guest`, and `/well` by nobody in particular.
fn yaml(settings: &str) -> String {
    format!(
        "plugins: {{ directory: ./plugins, settings: {{ guest: {settings} }} }}\n\
         apis:\n  main:\n    routes:\n      GET /guest: {{ to: {{ function: guest }} }}\n      \
         GET /well: {{ to: {{ respond: {{ body: well }} }} }}\n"
    )
}

fn setup(settings: &str) -> Setup {
    Gateway::setup(&yaml(settings))
}

/// Starts with a file that is no plugin: its routes answer 503, `/readyz` says why, everything else runs.
async fn broken(file: impl AsRef<[u8]>, reason: &str) -> Gateway {
    let gateway = setup("{}").file("plugins/guest.wasm", file).start().await;
    let reply = gateway.get("/guest").await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.json(), json!({ "message": "Service Unavailable" }));
    assert_eq!(reply.header("apigw-requestid").len(), 16);
    assert_eq!(gateway.get("/well").await.text(), "well");

    let line = gateway.log.access("/guest").await;
    assert_eq!(line["plugin"], "guest");
    let ready = gateway.ask("/readyz").await;
    assert_eq!(ready.status, 503);
    let state = ready.json();
    assert_eq!(state["broken"][0]["plugin"], "guest");
    for told in [&state["broken"][0]["reason"], &line["failure"]] {
        assert!(told.as_str().unwrap().contains(reason), "{told}");
    }
    assert_eq!(gateway.ask("/healthz").await.status, 200);
    gateway
}

#[tokio::test]
async fn empty_file_is_named() {
    broken("", "the file is empty").await;
}

#[tokio::test]
async fn bad_bytes_are_named() {
    broken(
        [0x7f, b'E', b'L', b'F', 0, 1, 2, 3],
        "not a WebAssembly file",
    )
    .await;
}

#[tokio::test]
async fn text_is_told_from_binary() {
    broken("(module)", "WebAssembly as text").await;
}

#[tokio::test]
async fn bytes_that_only_begin_well_are_named() {
    broken(b"\0asm\x01\0\0\0\xff\xff\xff\xff", "not valid WebAssembly").await;
}

#[tokio::test]
async fn truncated_files_are_named_wherever_they_end() {
    let whole = guest("keeps_state");
    for part in [1, 2, 3] {
        let end = whole.len() * part / 4;
        broken(&whole[..end], "not valid WebAssembly").await;
    }
}

#[tokio::test]
async fn module_without_the_contract_is_no_plugin() {
    broken(b"\0asm\x01\0\0\0", "does not say which contract it speaks").await;
}

#[tokio::test]
async fn component_without_the_contract_is_no_plugin() {
    broken(
        b"\0asm\x0d\0\x01\0",
        "does not export `wasmgate:plugin/setup`",
    )
    .await;
}

#[tokio::test]
async fn wrong_version_of_the_contract_is_named() {
    broken(
        guest("wrong_version"),
        "plugin speaks wasmgate:plugin@0.2.0, this gateway 0.1",
    )
    .await;
}

#[tokio::test]
async fn bad_description_is_named() {
    let reason = "what `describe` returns is not as the contract says";
    broken(guest("bad_describe"), reason).await;
}

#[tokio::test]
async fn import_that_nobody_offers_is_named() {
    let component = r#"(component
        (import "acme:disk/files@1.0.0" (instance (export "wipe" (func))))
        (instance $empty)
        (export "wasmgate:plugin/setup@0.1.0" (instance $empty))
        (export "wasmgate:plugin/function@0.1.0" (instance $empty)))"#;
    broken(wat::parse_str(component).unwrap(), "acme:disk/files@1.0.0").await;
}

#[tokio::test]
async fn missing_capability_is_named_with_its_setting() {
    let reason = "needs the capability `kv`, which it was not granted: see `plugins.settings.guest.grant.kv`";
    broken(guest("needs_kv"), reason).await;
}

#[tokio::test]
async fn granted_capability_is_there() {
    let setup = setup("{ grant: { kv: true } }").file("plugins/guest.wasm", guest("needs_kv"));
    let gateway = setup.start().await;
    assert_eq!(gateway.get("/guest").await.text(), "1");
    assert_eq!(gateway.get("/guest").await.text(), "2");
}

#[tokio::test]
async fn capability_that_a_reload_grants_mends_the_plugin() {
    let gateway = broken(guest("needs_kv"), "needs the capability `kv`").await;
    gateway.reconfigure(&yaml("{ grant: { kv: true } }"));
    gateway.until("/readyz", |ready| ready.status == 200).await;
    assert_eq!(gateway.get("/guest").await.text(), "1");
}

#[tokio::test]
async fn resource_kept_in_configure_refuses_the_plugin() {
    broken(
        guest("keeps_resource"),
        "leaves a resource of the host open",
    )
    .await;
}

#[tokio::test]
async fn more_memory_than_granted_refuses_the_plugin() {
    let setup =
        setup("{ limits: { memory: 64KiB } }").file("plugins/guest.wasm", guest("keeps_state"));
    let gateway = setup.start().await;
    assert_eq!(gateway.get("/guest").await.status, 503);
    let ready = gateway.ask("/readyz").await;
    let setting = "plugins.settings.guest.limits.memory";
    assert!(ready.text().contains(setting), "{ready:?}");
}

#[tokio::test]
async fn endless_configure_refuses_the_plugin() {
    let yaml = "
plugins: { directory: ./plugins, default: { limits: { configure: 50ms } } }
apis: { main: { routes: { GET /: { to: { function: slow_configure, with: { milliseconds: 60000 } } } } } }
";
    let gateway = Gateway::setup(yaml).guest("slow_configure").start().await;
    assert_eq!(gateway.get("/").await.status, 503);
    let ready = gateway.ask("/readyz").await;
    let reason = "`configure` failed: used more than 50ms of processor time";
    assert!(ready.text().contains(reason), "{ready:?}");
}

#[tokio::test]
async fn broken_plugin_is_mended_by_a_good_file() {
    let gateway = broken("bad", "not a WebAssembly file").await;
    gateway.install("guest", guest("keeps_state"));
    gateway.until("/readyz", |ready| ready.status == 200).await;
    assert_eq!(gateway.get("/guest").await.text(), "0");
}

#[tokio::test]
async fn core_module_runs() {
    let wasm = guest("keeps_state");
    assert_eq!(wasm[4..8], [1, 0, 0, 0], "a core module");
    let gateway = setup("{}").file("plugins/guest.wasm", wasm).start().await;
    assert_eq!(gateway.get("/guest").await.text(), "0");
}

#[tokio::test]
async fn component_for_wasip2_runs() {
    let wasm = guest("keeps_state.wasip2");
    assert_eq!(wasm[4..8], [0x0d, 0, 1, 0], "a component");
    let gateway = setup("{}").file("plugins/guest.wasm", wasm).start().await;
    for _ in 0..3 {
        assert_eq!(gateway.get("/guest").await.text(), "0");
    }
}

#[tokio::test]
async fn file_goes_before_the_built_in_plugin_of_its_name() {
    let yaml = "apis: { main: { routes: { GET /: { to: { function: api-key } } } } }";
    let setup = Gateway::setup(yaml).file("plugins/api-key.wasm", guest("keeps_state"));
    let gateway = setup.start().await;
    assert_eq!(gateway.get("/").await.text(), "0");
    gateway
        .log
        .line("the file takes the place of the built-in plugin")
        .await;
}
