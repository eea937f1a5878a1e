//! What the README shows and `examples/` hold is what runs.

use std::{fs, path::PathBuf};

use wasmgate_tests::{Gateway, Upstream, run};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    let path = root().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The gateway of an example, on a port of its own, with the plugins that `make examples` built.
async fn example(name: &str, upstream: Option<&Upstream>) -> Gateway {
    let mut yaml = read(&format!("examples/{name}/wasmgate.yaml"));
    yaml = yaml.replace("127.0.0.1:8080", "127.0.0.1:0");
    if let Some(upstream) = upstream {
        yaml = yaml.replace("127.0.0.1:9000", &upstream.address().to_string());
    }
    let mut setup = Gateway::setup(&yaml);
    let plugins = root().join(format!("examples/{name}/plugins"));
    for plugin in fs::read_dir(&plugins).expect("run `make examples`") {
        let path = plugin.expect("an entry").path();
        let file = path.file_name().expect("a name").to_string_lossy();
        setup = setup.file(
            &format!("plugins/{file}"),
            fs::read(&path).expect("a plugin"),
        );
    }
    setup.sharing().start().await
}

#[test]
fn readme_shows_the_files() {
    let readme = read("README.md");
    for file in [
        "examples/authorizer/wasmgate.yaml",
        "examples/authorizer/src/lib.rs",
        "examples/script/plugins/doorman.js",
    ] {
        let shown = format!("\n{}```", read(file));
        assert!(
            readme.contains(&shown),
            "README.md does not show {file} as it is"
        );
    }
    let lines = read("examples/authorizer/wasmgate.yaml").lines().count();
    assert!(lines <= 10, "the ten-line configuration has {lines} lines");
}

#[tokio::test]
async fn authorizer_lets_friends_in() {
    let upstream = Upstream::start().await;
    let gateway = example("authorizer", Some(&upstream)).await;
    assert_eq!(gateway.get("/orders").await.status, 401);
    let stranger = gateway.get_with("/orders", &[("authorization", "please")]);
    assert_eq!(stranger.await.status, 403);
    let friend = gateway.get_with("/orders", &[("authorization", "open sesame")]);
    assert_eq!(friend.await.status, 200);
    assert_eq!(upstream.requests().len(), 1);
}

#[tokio::test]
async fn script_lets_in_who_knows_the_word() {
    let gateway = example("script", None).await;
    assert_eq!(gateway.get("/").await.status, 401);
    let let_in = gateway.get_with("/", &[("x-word", "sesame")]).await;
    assert_eq!(let_in.text(), "come in\n");

    let folder = root().join("examples/script");
    let cases = ["plugin", "test", "plugins/doorman.js", "cases.yaml"];
    assert_eq!(
        run(&cases, &folder).out.lines().last(),
        Some("3 cases, 0 failed")
    );
}

#[tokio::test]
async fn quickstart_allows_denies_and_transforms() {
    let gateway = example("quickstart", None).await;

    let allowed = gateway
        .get_with("/hello", &[("x-api-key", "let-me-in")])
        .await;
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.json()["message"], "hello, alice!");
    assert_eq!(allowed.json()["headers"]["x-caller"], "alice");

    let denied = gateway.get_with("/hello", &[("x-api-key", "wrong")]).await;
    assert_eq!(denied.status, 403);
    assert_eq!(denied.text(), r#"{"message":"Forbidden"}"#);

    let transformed = gateway.get_with("/open", &[("x-caller", "mallory")]).await;
    assert_eq!(transformed.json()["headers"]["x-caller"], "nobody");
    assert_eq!(transformed.json()["headers"]["x-path"], "route GET /open");
}
