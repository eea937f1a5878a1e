//! The authorizer of `examples/authorizers` in each language, and how long it takes a newcomer to get one.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::json;
use wasmgate_tests::{Directory, Gateway, project};

use crate::{Call, results::repository};

/// A language, as `plugin new --lang` and the folders of `examples/authorizers` call it.
#[derive(Clone, Copy, Debug)]
pub struct Language {
    pub name: &'static str,
    example: &'static str,
    /// The folder of `tests/peers` that installs its tools, where it is none of the machine's own.
    tools: Option<&'static str>,
}

impl Language {
    const fn new(
        name: &'static str,
        example: &'static str,
        tools: Option<&'static str>,
    ) -> Language {
        Language {
            name,
            example,
            tools,
        }
    }
}

pub const LANGUAGES: [Language; 8] = [
    Language::new("rust", "rust", None),
    Language::new("c", "c", Some("languages")),
    Language::new("zig", "zig", Some("languages")),
    Language::new("wat", "wat", None),
    Language::new("go", "go", None),
    Language::new("js", "javascript", Some("javascript")),
    Language::new("ts", "typescript", Some("javascript")),
    Language::new("python", "python", Some("python")),
];

/// Seconds on the way from an empty folder to an answered request.
#[derive(Debug)]
pub struct Way {
    /// Installing its tools out of the registry; none where the machine has them.
    pub tools: Option<Duration>,
    /// `plugin new`, `plugin build` with nothing kept from before, and a gateway's start up to its answer.
    pub cold: Duration,
    /// The same once more, with what compilers keep.
    pub warm: Duration,
}

/// The example in a language, built once: not every compiler makes the same of it twice, and then code that is kept would be
/// another plugin's.
pub fn plugin(language: Language) -> Vec<u8> {
    std::fs::read(project::build(&examples().join(language.example))).unwrap()
}

/// The example called with a key that nobody has: it reads a secret, compares it, looks the key up, and refuses. What it
/// does for a caller whom it knows waits for another server.
pub fn call(plugin: &[u8], directory: &Directory) -> Call {
    directory.write("authorizer.wasm", plugin);
    let keys = std::fs::read(examples().join("keys.csv")).unwrap();
    directory.write("keys.csv", keys);
    let with = json!({ "keys": { "file": "keys.csv" }, "ask": "http://127.0.0.1:9/" });
    let mut call = Call::authorize(json!({ "use": "authorizer", "with": with }));
    call.headers
        .insert("x-api-key", http::HeaderValue::from_static("guess"));
    let grant = json!({ "kv": true, "secrets": ["master"], "http": ["127.0.0.1"] });
    Call {
        settings: json!({ "authorizer": { "grant": grant } }),
        secrets: json!({ "master": "let me in" }),
        refused: true,
        ..call
    }
}

/// Goes the way twice.
pub fn way(language: Language) -> Way {
    let caches = Directory::new();
    let tools = language.tools.map(install);
    let go = || {
        let folder = Directory::new();
        let begun = Instant::now();
        answer(language, folder.path(), caches.path());
        begun.elapsed()
    };
    Way {
        tools,
        cold: go(),
        warm: go(),
    }
}

/// Runs the script that `make peers` runs, into a folder of its own.
fn install(tools: &str) -> Duration {
    let folder = Directory::new();
    let script = repository().join("tests/peers").join(tools).join("install");
    let begun = Instant::now();
    let mut command = std::process::Command::new(script);
    let done = command.arg(folder.path()).stdout(Stdio::null()).status();
    assert!(done.unwrap().success(), "{tools} cannot be installed");
    begun.elapsed()
}

/// A new project, built, and asked once through a gateway of its own.
fn answer(language: Language, folder: &Path, caches: &Path) {
    let run = |line: &[&str], folder: &Path| {
        project::succeeds_with(line, folder, environment(caches));
    };
    let new = [
        "wasmgate",
        "plugin",
        "new",
        "guard",
        "--lang",
        language.name,
    ];
    run(&new, folder);
    let project = folder.join("guard");
    run(&["wasmgate", "plugin", "build"], &project);
    let built = std::fs::read(project.join("build/guard.wasm")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let status = runtime.block_on(async {
        let gateway = Gateway::setup(GATEWAY).file("plugins/guard.wasm", built);
        let gateway = gateway.patient().start().await;
        let token = [("authorization", "secret")];
        gateway.get_with("/", &token).await.status
    });
    assert_eq!(status, 204);
}

/// The tools that are installed, with caches in a folder of their own.
fn environment(caches: &Path) -> Vec<(&'static str, OsString)> {
    let mut all = project::tools();
    for (name, value) in &mut all {
        if KEPT.contains(name) {
            *value = caches.join(*name).into_os_string();
        }
    }
    all
}

/// What says where compilers keep what they make.
const KEPT: [&str; 4] = [
    "CARGO_TARGET_DIR",
    "GOCACHE",
    "ZIG_GLOBAL_CACHE_DIR",
    "ZIG_LOCAL_CACHE_DIR",
];

const GATEWAY: &str = "
apis:
  shop:
    routes:
      $default:
        authorize: [{ use: guard, with: { token: secret } }]
        to: { respond: { status: 204 } }
";

fn examples() -> PathBuf {
    repository().join("examples/authorizers")
}
