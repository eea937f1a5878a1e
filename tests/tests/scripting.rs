//! The same authorizer in each scripting language: tested by the language's own runner, built by `wasmgate plugin build`,
//! and called through the gateway in both isolations.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use wasmgate_tests::{Answer, Gateway, Upstream, binary, peer};

/// A language: its folder in `examples/authorizers`, where its tools are, what its tests are run by.
struct Language {
    name: &'static str,
    /// Where the tools stand in a project, what they are below `target/peers`, and the SDK.
    tools: (&'static str, &'static str),
    sdk: Option<&'static str>,
    tests: &'static [&'static str],
}

const JAVASCRIPT: Language = Language {
    name: "javascript",
    tools: ("node_modules", "javascript/node_modules"),
    sdk: None,
    tests: &["node", "--test"],
};

const TYPESCRIPT: Language = Language {
    name: "typescript",
    tests: &["node_modules/.bin/tsc"],
    ..JAVASCRIPT
};

const PYTHON: Language = Language {
    name: "python",
    tools: (".venv", "python"),
    sdk: Some("sdk/python"),
    tests: &[".venv/bin/python", "-m", "unittest"],
};

#[tokio::test]
async fn javascript_decides_in_both_isolations() {
    decides(JAVASCRIPT).await;
}

#[tokio::test]
async fn typescript_decides_in_both_isolations() {
    decides(TYPESCRIPT).await;
}

#[tokio::test]
async fn python_decides_in_both_isolations() {
    decides(PYTHON).await;
}

async fn decides(language: Language) {
    let plugin = built(&language);
    for isolation in ["request", "reuse"] {
        let (directory, upstream) = (Upstream::start().await, Upstream::start().await);
        let gateway = gateway(&plugin, isolation, (&directory, &upstream)).await;
        assert_answers(&gateway, &directory, &upstream).await;
    }
}

async fn gateway(
    plugin: &[u8],
    isolation: &str,
    (directory, upstream): (&Upstream, &Upstream),
) -> Gateway {
    let yaml = YAML.replace("ISOLATION", isolation);
    let yaml = yaml.replace("DIRECTORY", &directory.url());
    let yaml = yaml.replace("UPSTREAM", &upstream.url());
    Gateway::setup(&yaml)
        .set("CACHE_DIRECTORY", cache().to_string_lossy())
        .file("plugins/door.wasm", plugin)
        .file("keys.csv", "a-key,ann\nb-key,bob\n")
        .patient()
        .start()
        .await
}

const YAML: &str = "
plugins:
  directory: ./plugins
  settings:
    door:
      isolation: ISOLATION
      grant: { kv: true, secrets: [directory], http: ['DIRECTORY'] }
secrets: { directory: open-sesame }
apis:
  shop:
    routes:
      GET /{proxy+}:
        authorize:
          - use: door
            with: { keys: { file: keys.csv }, directory: 'DIRECTORY' }
        transform:
          - use: transform
            with: { request: { headers: { set: { x-caller: '${context.authorizer.principalId} ${context.authorizer.calls}' } } } }
        to: 'UPSTREAM'
";

/// Each import of the contract has a part in one of these answers.
async fn assert_answers(gateway: &Gateway, directory: &Upstream, upstream: &Upstream) {
    for (number, caller) in ["ann 1", "ann 2"].into_iter().enumerate() {
        let reply = gateway.get_with("/orders", &[("x-api-key", "a-key")]);
        assert_eq!(reply.await.status, 200, "{}", gateway.log.text());
        assert_eq!(upstream.request(number).await.header("x-caller"), caller);
    }
    let asked = directory.request(0).await;
    assert_eq!(asked.line(), "GET /ann HTTP/1.1");
    assert_eq!(asked.header("authorization"), "Bearer open-sesame");

    directory.answer(Answer::status(404));
    for (key, status, message) in [
        (Some("b-key"), 403, "bob has left"),
        (Some("guess"), 403, "no such API key"),
        (None, 401, "an API key is needed"),
    ] {
        let fields: Vec<_> = key.iter().map(|key| ("x-api-key", *key)).collect();
        let reply = gateway.get_with("/orders", &fields).await;
        assert_eq!(reply.status.as_u16(), status);
        assert_eq!(reply.json()["message"], message);
    }
    gateway.log.line("unknown key in request ").await;
    let granted = gateway.metric(r#"wasmgate_plugin_granted_total{plugin="door"}"#);
    assert_eq!(granted.await, Some(2.0));
}

/// Copies the project of a language out of the tree, runs its tests, and builds it.
fn built(language: &Language) -> Vec<u8> {
    let project = project(language);
    let (program, arguments) = language.tests.split_first().unwrap();
    succeeds(Command::new(program).args(arguments), &project);
    succeeds(Command::new(binary()).args(["plugin", "build"]), &project);
    fs::read(project.join(format!("build/{}.wasm", language.name))).unwrap()
}

fn project(language: &Language) -> PathBuf {
    let project = target().join("authorizers").join(language.name);
    _ = fs::remove_dir_all(&project);
    fs::create_dir_all(&project).unwrap();
    let example = root().join("examples/authorizers").join(language.name);
    for file in fs::read_dir(example).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), project.join(file.file_name())).unwrap();
        }
    }
    let (stands, tools) = language.tools;
    symlink(peer(tools), project.join(stands)).unwrap();
    if let Some(sdk) = language.sdk {
        symlink(root().join(sdk), project.join("wasmgate-sdk")).unwrap();
    }
    project
}

fn succeeds(command: &mut Command, folder: &Path) {
    let command = command
        .current_dir(folder)
        .env("PYTHONPATH", "wasmgate-sdk");
    let done = command.output().unwrap();
    assert!(
        done.status.success(),
        "{command:?}:\n{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .canonicalize()
        .unwrap()
        .parent()
        .unwrap()
        .to_owned()
}

fn target() -> PathBuf {
    binary().ancestors().nth(2).unwrap().to_owned()
}

/// Code that is compiled for one isolation, the other takes over.
fn cache() -> PathBuf {
    target().join("test-cache")
}
