//! Compiled code on disk: a second start compiles nothing, and no file is trusted that the gateway did not write.

use std::path::{Path, PathBuf};

use wasmgate_tests::{Gateway, Setup, guest};

const YAML: &str = "apis: { main: { routes: { GET /: { to: { function: keeps_state } } } } }";

async fn first() -> Gateway {
    serving(Gateway::setup(YAML).guest("keeps_state")).await
}

/// Starts it and sees it serve.
async fn serving(setup: Setup) -> Gateway {
    let gateway = setup.start().await;
    assert_eq!(gateway.get("/").await.text(), "0");
    gateway
}

/// How often code was compiled.
async fn compiles(gateway: &Gateway) -> f64 {
    let sample = r#"wasmgate_plugin_compiles_total{plugin="keeps_state"}"#;
    gateway.metric(sample).await.unwrap()
}

/// The files of code below a gateway's home.
fn files(gateway: &Gateway) -> Vec<PathBuf> {
    let folder = code(gateway.directory.path());
    let entries = std::fs::read_dir(&folder).unwrap();
    let files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty(), "nothing in {}", folder.display());
    files
}

fn code(home: &Path) -> PathBuf {
    home.join(".cache/wasmgate/code")
}

#[tokio::test]
async fn second_start_compiles_nothing() {
    let gateway = first().await;
    assert!(compiles(&gateway).await > 0.0);
    let gateway = serving(gateway.stop()).await;
    assert_eq!(compiles(&gateway).await, 0.0);
    let status = gateway.ask("/plugins").await.json();
    assert_eq!(status[0]["compiles"], 0);
}

#[tokio::test]
async fn other_bytes_are_compiled() {
    let gateway = first().await;
    let mut other = guest("keeps_state");
    other.extend_from_slice(b"\0\x06\x05later");
    let gateway = serving(gateway.stop().file("plugins/keeps_state.wasm", other)).await;
    assert!(compiles(&gateway).await > 0.0);
}

#[tokio::test]
async fn damaged_code_is_compiled_again() {
    let gateway = first().await;
    for file in files(&gateway) {
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&file, bytes).unwrap();
    }
    let gateway = serving(gateway.stop()).await;
    assert!(compiles(&gateway).await > 0.0);
    gateway
        .log
        .line("damaged, or not written by this gateway")
        .await;

    let gateway = serving(gateway.stop()).await;
    assert_eq!(compiles(&gateway).await, 0.0);
}

#[tokio::test]
async fn cut_off_code_is_compiled_again() {
    let gateway = first().await;
    for (number, file) in files(&gateway).iter().enumerate() {
        let bytes = std::fs::read(file).unwrap();
        let end = if number == 0 { 0 } else { bytes.len() / 2 };
        std::fs::write(file, &bytes[..end]).unwrap();
    }
    let gateway = serving(gateway.stop()).await;
    assert!(compiles(&gateway).await > 0.0);
}

#[tokio::test]
async fn code_of_another_gateway_is_not_trusted() {
    let (ours, theirs) = (first().await, first().await);
    let own: Vec<_> = files(&ours);
    for file in files(&theirs) {
        let name = file.file_name().unwrap();
        let place = code(ours.directory.path()).join(name);
        assert!(own.contains(&place), "the same code has the same name");
        std::fs::copy(&file, place).unwrap();
    }
    let gateway = serving(ours.stop()).await;
    assert!(compiles(&gateway).await > 0.0);
    gateway
        .log
        .line("damaged, or not written by this gateway")
        .await;
}

#[tokio::test]
async fn without_a_cache_every_start_compiles() {
    let yaml = format!("plugins: {{ directory: ./plugins, cache: off }}\n{YAML}");
    let gateway = serving(Gateway::setup(&yaml).guest("keeps_state")).await;
    assert!(!code(gateway.directory.path()).exists());
    let gateway = serving(gateway.stop()).await;
    assert!(compiles(&gateway).await > 0.0);
}

/// Whether any file below a gateway's home cache holds these bytes.
fn kept(gateway: &Gateway, bytes: &str) -> bool {
    let holds = |file: &PathBuf| {
        let content = std::fs::read(file).unwrap();
        content
            .windows(bytes.len())
            .any(|part| part == bytes.as_bytes())
    };
    files(gateway).iter().any(holds)
}

/// A gateway with a plugin that keeps what it is configured with.
fn configured(url: &str) -> Setup {
    let yaml = format!(
        "apis: {{ main: {{ routes: {{ GET /: {{ to: {{ function: fetches, with: {{ url: '{url}' }} }} }} }} }} }}"
    );
    Gateway::setup(&yaml).guest("fetches")
}

#[tokio::test]
async fn secrets_of_a_configuration_never_lie_on_disk() {
    let setup = configured("http://${WORD}.invalid").set("WORD", "open-sesame");
    let secret = setup.start().await;
    assert!(kept(&secret, "What to fetch"), "the plugin itself is kept");
    assert!(!kept(&secret, "open-sesame"));
}
