//! `examples/authorizers`: the same plugin in every language does the same, in both isolations.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use wasmgate_tests::{Answer, Directory, Gateway, Upstream, project};

/// One test for each folder of `examples/authorizers`.
macro_rules! languages {
    ($($language:ident)*) => {
        const LANGUAGES: &[&str] = &[$(stringify!($language)),*];

        $(#[tokio::test]
        async fn $language() {
            does_the_same(stringify!($language)).await;
        })*
    };
}

languages! { c go javascript python rust typescript wat zig }

#[test]
fn every_example_is_tested() {
    let mut folders: Vec<_> = fs::read_dir(examples())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir() && entry.file_name() != "plugins")
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(folders, LANGUAGES);
}

/// What is not the example's own is what every project begins with.
#[test]
fn examples_are_set_up_as_new_projects_are() {
    for language in LANGUAGES {
        let folder = Directory::new();
        let name = match *language {
            "javascript" => "js",
            "typescript" => "ts",
            name => name,
        };
        let new = ["plugin", "new", "authorizer", "--lang", name];
        let made = project::wasmgate(folder.path(), &new);
        assert!(made.status.success(), "{made:?}");
        for file in SETUP {
            let (new, example) = (folder.path().join("authorizer"), examples().join(language));
            assert_eq!(
                setup(&new.join(file)),
                setup(&example.join(file)),
                "{language}: {file}"
            );
        }
    }
}

/// Files that tools read. C's `compile_flags.txt` is for editors, and stands in new projects only.
const SETUP: [&str; 7] = [
    "Cargo.toml",
    ".cargo/config.toml",
    "go.mod",
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "tsconfig.json",
];

/// A file's lines, without what a project says of itself and where its SDK stands; `None` where there is no file.
fn setup(file: &Path) -> Option<Vec<String>> {
    let own = ["description", "wasmgate-sdk", "../sdk/"];
    let text = fs::read_to_string(file).ok()?;
    let lines = text.lines();
    let lines = lines.filter(|line| own.iter().all(|own| !line.contains(own)));
    Some(lines.map(str::to_owned).collect())
}

#[test]
fn go_passes_its_own_tests() {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk/go");
    for verb in ["vet", "test"] {
        project::succeeds(&["go", verb, "./..."], &sdk);
    }
}

/// All hooks in C, some in what compiles more slowly; `scripting.rs` and `plugin_new.rs` have the other languages.
#[test]
fn new_projects_pass_their_cases() {
    let folder = Directory::new();
    for (language, hooks) in [
        ("wat", &HOOKS[..1]),
        ("c", HOOKS),
        ("zig", &HOOKS[..2]),
        ("go", &HOOKS[1..2]),
    ] {
        for hook in hooks {
            let name = format!("{language}-{hook}");
            let new = ["wasmgate", "plugin", "new", &name, "--lang", language];
            project::succeeds(&[&new[..], &["--hook", hook]].concat(), folder.path());
            let project = folder.path().join(&name);
            project::succeeds(&["wasmgate", "plugin", "build"], &project);
            let built = format!("build/{name}.wasm");
            let test = ["wasmgate", "plugin", "test", &built, "cases.yaml"];
            project::succeeds(&test, &project);
        }
    }
}

const HOOKS: &[&str] = &[
    "authorizer",
    "mapper",
    "request-filter",
    "response-filter",
    "validator",
    "function",
    "observer",
];

async fn does_the_same(language: &str) {
    let plugin = fs::read(project::build(&examples().join(language))).unwrap();
    for isolation in ["request", "reuse"] {
        authorizes(&plugin, isolation).await;
    }
}

async fn authorizes(plugin: &[u8], isolation: &str) {
    let upstream = Upstream::start().await;
    let gateway = start(plugin, isolation, &upstream).await;

    let nobody = gateway.get("/a").await;
    assert_eq!(nobody.status, 401);
    assert_eq!(nobody.json()["message"], "show your key as X-Api-Key");
    let stranger = gateway.get_with("/a", &[("x-api-key", "guess")]).await;
    assert_eq!(stranger.status, 403);
    assert_eq!(stranger.json()["message"], "unknown key");
    assert_eq!(upstream.requests().len(), 0);

    upstream.answer_next(Answer::status(404));
    let unwanted = gateway.get_with("/a", &[("x-api-key", "blue-key")]).await;
    assert_eq!(unwanted.status, 403);
    assert_eq!(unwanted.json()["message"], "mallory is not wanted");
    let asked = upstream.take();
    assert_eq!(asked[0].line(), "GET /allowed/mallory HTTP/1.1");

    for calls in ["1", "2"] {
        let reply = gateway.get_with("/a", &[("x-api-key", "red-key")]).await;
        assert_eq!(reply.status, 200, "{}", gateway.log.text());
        let got = &upstream.take()[1];
        assert_eq!(got.header("x-caller"), "alice");
        assert_eq!(got.header("x-tenant"), "acme");
        assert_eq!(got.header("x-calls"), calls);
        assert_eq!(got.header("x-proof"), PROOF);
    }
    let operator = gateway.get_with("/a", &[("x-api-key", "let me in")]).await;
    assert_eq!(operator.status, 200);
    assert_eq!(upstream.take()[1].header("x-caller"), "operator");

    gateway.log.line("alice calls in request ").await;
    let granted = gateway.metric("wasmgate_plugin_granted").await;
    assert_eq!(granted, Some(3.0));
}

async fn start(plugin: &[u8], isolation: &str, upstream: &Upstream) -> Gateway {
    let yaml = fs::read_to_string(examples().join("wasmgate.yaml")).unwrap();
    let yaml = yaml
        .replace("127.0.0.1:8080", "127.0.0.1:0")
        .replace("127.0.0.1:9000", &upstream.address().to_string())
        .replace(
            "    authorizer:\n      grant:",
            &format!("    authorizer:\n      isolation: {isolation}\n      grant:"),
        );
    assert!(yaml.contains(isolation));
    let keys = fs::read(examples().join("keys.csv")).unwrap();
    Gateway::setup(&yaml)
        .file("keys.csv", keys)
        .file("plugins/authorizer.wasm", plugin)
        .sharing()
        .patient()
        .start()
        .await
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/authorizers")
}

/// SHA-256 of `red-key`.
const PROOF: &str = "af6bbab6e4aed4aacdfac7ff89ced445c2613aa1454bdc670a49b2fad78bc0b3";
