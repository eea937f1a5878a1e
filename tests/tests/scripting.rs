//! Scripting languages: their examples, SDKs and new projects pass their own tests, and four hooks of one plugin are called
//! through the gateway, in Go too. `languages.rs` calls their authorizers.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use wasmgate_tests::{Answer, Connection, Gateway, Upstream, binary, client, peer, project};

/// A language: its folder in `examples/authorizers`, where its tools are, what its tests are run by.
struct Language {
    name: &'static str,
    /// Where the tools stand in a project, what they are below `target/peers`, and the SDK.
    tools: (&'static str, &'static str),
    sdk: Option<&'static str>,
    tests: &'static [&'static str],
    /// The same of a project that `plugin new` made.
    new_tests: &'static [&'static str],
}

const JAVASCRIPT: Language = Language {
    name: "javascript",
    tools: ("node_modules", "javascript/node_modules"),
    sdk: None,
    tests: &["node", "--test"],
    new_tests: &["node", "--test"],
};

const TYPESCRIPT: Language = Language {
    name: "typescript",
    tests: &["npm", "test", "--offline"],
    new_tests: &["npm", "test", "--offline"],
    ..JAVASCRIPT
};

const PYTHON: Language = Language {
    name: "python",
    tools: (".venv", "python"),
    sdk: Some("sdk/python"),
    tests: &[".venv/bin/python", "-m", "unittest"],
    new_tests: &[".venv/bin/python", "-m", "unittest"],
};

#[tokio::test]
async fn javascript_filters_validates_maps_and_answers() {
    serves_orders(built(&JAVASCRIPT, "hooks")).await;
}

#[tokio::test]
async fn python_filters_validates_maps_and_answers() {
    serves_orders(built(&PYTHON, "hooks")).await;
}

#[tokio::test]
async fn go_filters_validates_maps_and_answers() {
    serves_orders(built_in_go()).await;
}

/// A collector that frees nothing, or the gateway's memory that it does not know of, would end this early.
#[tokio::test]
async fn go_serves_100_000_calls_in_the_same_memory() {
    let calls = [0; 10].map(|_| "orders").join(", ");
    let yaml = format!(
        "
plugins:
  directory: ./plugins
  settings: {{ orders: {{ isolation: {{ reuse: {{ calls: 1000000 }} }}, limits: {{ memory: 16MiB }} }} }}
apis:
  shop:
    routes:
      POST /orders: {{ early: [{calls}], to: {{ respond: {{ status: 204 }} }} }}
"
    );
    let gateway = Gateway::setup(&yaml)
        .set("CACHE_DIRECTORY", cache().to_string_lossy())
        .file("plugins/orders.wasm", built_in_go())
        .patient()
        .start()
        .await;
    let peak = "wasmgate_plugin_memory_peak_bytes";
    let mut connection = Connection::http1(gateway.address()).await;
    let mut early = None;
    for request in 0..10_000 {
        if request == 2_000 {
            early = gateway.metric(peak).await;
        }
        let order = client::request("POST", "/orders?utm_source=x", &[]);
        let reply = connection.send(order.map(|_| ORDER.into())).await;
        assert_eq!(reply.status, 204, "{}", gateway.log.text());
    }
    let calls = gateway.metric("wasmgate_plugin_calls_total").await;
    assert_eq!(calls, Some(100_000.0));
    // An object of the smallest size that each call would leave behind took more.
    let grown = gateway.metric(peak).await.unwrap() - early.unwrap();
    assert!(grown < 1_048_576.0, "{grown} bytes more");
}

const ORDER: &str = r#"{"quantity":1}"#;

/// The example in Go, whose own tests pass.
fn built_in_go() -> Vec<u8> {
    let example = root().join("examples/hooks/go");
    project::succeeds(&["go", "test", "."], &example);
    fs::read(project::build(&example)).unwrap()
}

#[test]
fn authorizers_pass_their_own_tests() {
    for language in [&JAVASCRIPT, &TYPESCRIPT, &PYTHON] {
        succeeds(language.tests, &project(language, "authorizers"));
    }
}

#[test]
fn sdks_pass_their_own_tests() {
    succeeds(&["node", "--test", "tests"], &root().join("sdk/js"));
    let python = peer("python/bin/python");
    let unittest = ["-B", "-m", "unittest", "discover", "-s", "tests", "-t", "."];
    let line = [&[python.to_str().unwrap()], unittest.as_slice()].concat();
    succeeds(&line, &root().join("sdk/python"));
}

#[test]
fn new_project_in_javascript_passes_its_own_tests() {
    for hook in HOOKS {
        new_project_passes("js", hook, &JAVASCRIPT);
    }
    let project = target().join("scripting/new-js-function");
    let built = "build/new-js-function.wasm";
    succeeds(&["wasmgate", "plugin", "build", "--to", built], &project);
    succeeds(
        &["wasmgate", "plugin", "test", built, "cases.yaml"],
        &project,
    );
}

#[test]
fn new_project_in_typescript_passes_its_own_tests() {
    for hook in HOOKS {
        new_project_passes("ts", hook, &TYPESCRIPT);
    }
}

#[test]
fn new_project_in_python_passes_its_own_tests() {
    for hook in HOOKS {
        new_project_passes("python", hook, &PYTHON);
    }
}

#[test]
fn missing_tool_is_named_with_the_way_to_get_it() {
    for (lang, language, tool) in [
        ("js", &JAVASCRIPT, "npm install"),
        ("python", &PYTHON, "pip install componentize-py"),
    ] {
        let project = new_project(lang, "observer", "without", language);
        fs::remove_file(project.join(language.tools.0)).unwrap();
        let built = Command::new(binary())
            .args(["plugin", "build"])
            .current_dir(&project)
            .env("PATH", "")
            .output();
        let said = String::from_utf8(built.unwrap().stderr).unwrap();
        assert!(
            said.contains("is missing: ") && said.contains(tool),
            "{said}"
        );
    }
}

const HOOKS: [&str; 7] = [
    "authorizer",
    "request-filter",
    "response-filter",
    "validator",
    "mapper",
    "function",
    "observer",
];

fn new_project_passes(lang: &str, hook: &str, language: &Language) {
    let project = new_project(lang, hook, "new", language);
    succeeds(language.new_tests, &project);
}

/// What `plugin new` makes, with the tools in their place.
fn new_project(lang: &str, hook: &str, prefix: &str, language: &Language) -> PathBuf {
    let name = format!("{prefix}-{lang}-{hook}");
    let project = target().join("scripting").join(&name);
    _ = fs::remove_dir_all(&project);
    fs::create_dir_all(&project).unwrap();
    succeeds(
        &[
            "wasmgate", "plugin", "new", &name, "--lang", lang, "--hook", hook, "--to", ".",
        ],
        &project,
    );
    let (stands, tools) = language.tools;
    symlink(peer(tools), project.join(stands)).unwrap();
    project
}

async fn serves_orders(plugin: Vec<u8>) {
    let upstream = Upstream::start().await;
    let gateway = Gateway::setup(&ORDERS.replace("UPSTREAM", &upstream.url()))
        .set("CACHE_DIRECTORY", cache().to_string_lossy())
        .file("plugins/orders.wasm", plugin)
        .patient()
        .start()
        .await;
    let price = gateway.get("/price?quantity=3").await;
    assert_eq!(price.json()["total"].as_f64(), Some(7.5));

    upstream.answer(Answer::ok(r#"{"result":[7]}"#));
    let order = |body: &'static str| {
        client::request("POST", "/orders?utm_source=x&page=2", &[]).map(|_| body.into())
    };
    let taken = gateway.send(order(r#"{"quantity":1}"#)).await;
    assert_eq!(taken.text(), "[7]", "{}", gateway.log.text());
    let asked = upstream.request(0).await;
    assert_eq!(asked.line(), "POST /orders?page=2 HTTP/1.1");
    assert_eq!(asked.body, br#"{"order":{"quantity":1}}"#);

    let refused = gateway.send(order(r#"{"quantity":0}"#)).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["details"]["quantity"], "more than 0");
    assert_eq!(gateway.send(order("[")).await.status, 400);
    assert_eq!(upstream.requests().len(), 1);
}

const ORDERS: &str = "
plugins: { directory: ./plugins }
apis:
  shop:
    routes:
      GET /price: { to: { function: orders, with: { price: 2.5 } } }
      POST /orders:
        early: [orders]
        validate: [orders]
        transform: [orders]
        to: UPSTREAM
";

/// Runs the tests of a language's example, and builds it.
fn built(language: &Language, example: &str) -> Vec<u8> {
    let project = project(language, example);
    succeeds(language.tests, &project);
    succeeds(&["wasmgate", "plugin", "build"], &project);
    fs::read(project.join(format!("build/{}.wasm", language.name))).unwrap()
}

/// A copy of a language's example, with the tools in their place.
fn project(language: &Language, example: &str) -> PathBuf {
    let project = target().join("scripting").join(example).join(language.name);
    _ = fs::remove_dir_all(&project);
    fs::create_dir_all(&project).unwrap();
    let example = root().join("examples").join(example).join(language.name);
    for file in fs::read_dir(example).unwrap() {
        let file = file.unwrap();
        if file.path().is_file() {
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

/// Runs a command line in a folder, where the SDK for Python stands beside the project.
fn succeeds(line: &[&str], folder: &Path) {
    project::succeeds_with(line, folder, [("PYTHONPATH", "wasmgate-sdk".into())]);
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
