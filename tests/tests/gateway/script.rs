//! A `.js` file in the plugin directory is a plugin like any other.

use std::fs;

use wasmgate_tests::{Directory, Gateway, Upstream, guest, run};

const DOORMAN: &str = r#"import { Denied, plugin } from "wasmgate";

export default plugin({
  configuration: { type: "object", required: ["word"], properties: { word: { type: "string" } } },
  authorizer: {
    interest: { headers: ["x-word"] },
    authorize(request, { word }) {
      if (request.header("x-word") !== word) throw new Denied(403, "another word");
      console.log("came in");
      return { principal: "friend" };
    },
  },
});
"#;

#[test]
fn engine_was_made_of_its_sources() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../host/script");
    let mut check = std::process::Command::new("sha256sum");
    let checked = check.args(["--check", "engine.sums"]).current_dir(folder);
    let checked = checked.output().unwrap();
    let told = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "run `make engine`: {told}");
}

/// A function whose body is one line, the third of its file.
fn function(body: &str) -> String {
    format!(
        "import * as wasmgate from \"wasmgate\";\nlet calls = 0;\n\
         export default wasmgate.plugin({{ function: {{ interest: {{ query: [\"*\"] }}, handle(request) {{ {body} }} }} }});\n"
    )
}

const ROUTE: &str = "apis: { main: { routes: { GET /: { to: { function: guest } } } } }";

async fn start(body: &str) -> Gateway {
    let setup = Gateway::setup(ROUTE).file("plugins/guest.js", function(body));
    setup.sharing().start().await
}

fn write(gateway: &Gateway, script: &str) {
    gateway.directory.write("plugins/guest.js", script);
}

async fn until_swapped(gateway: &Gateway) {
    let sample = "wasmgate_plugin_swaps_total{plugin=\"guest\"} 1\n";
    let swapped = |page: &wasmgate_tests::Reply| page.text().contains(sample);
    gateway.until("/metrics", swapped).await;
}

#[tokio::test]
async fn script_authorizes_without_any_build() {
    let yaml = "apis: { main: { routes: { GET /: { authorize: [{ use: doorman, with: { word: sesame } }], \
                to: { respond: { status: 204 } } } } } }";
    let setup = Gateway::setup(yaml).file("plugins/doorman.js", DOORMAN);
    let gateway = setup.sharing().start().await;
    assert_eq!(gateway.get("/").await.status, 403);
    let let_in = gateway.get_with("/", &[("x-word", "sesame")]).await;
    assert_eq!(let_in.status, 204);
    gateway.log.line("came in").await;
    let status = gateway.ask("/plugins").await.json();
    assert_eq!(status[0]["images"][0]["snapshot"], true, "{status}");
    assert_eq!(status[0]["hooks"], serde_json::json!(["authorizer"]));
}

/// Adds its mark to what those before it left, on the way there and back.
const MARKS: &str = r#"import { Patch, plugin } from "wasmgate";

const marked = (before, mark) => new Patch().setHeader("x-marks", before === undefined ? mark : `${before}, ${mark}`);

export default plugin({
  configuration: { type: "object", required: ["mark"], properties: { mark: { type: "string" } } },
  requestFilter: {
    interest: { headers: ["x-marks"] },
    filter: (request, { mark }) => marked(request.header("x-marks"), mark),
  },
  responseFilter: {
    interest: { replyHeaders: ["x-marks"] },
    filter: (request, reply, { mark }) => marked(reply.header("x-marks"), mark),
  },
});
"#;

/// Scripts before, between and after plugins in WebAssembly, in both isolations.
#[tokio::test]
async fn scripts_take_their_turn_in_a_chain() {
    let upstream = Upstream::start().await;
    for isolation in ["request", "reuse"] {
        let yaml = format!(
            "plugins: {{ directory: ./plugins, default: {{ isolation: {isolation} }} }}
apis:
  main:
    routes:
      GET /:
        to: '{url}'
        authorize:
          - {{ use: api-key, with: {{ keys: [{{ key: let-me-in, principal: ann }}] }} }}
          - {{ use: doorman, with: {{ word: sesame }} }}
        transform:
          - {{ use: patches, with: {{ changes: [[set-header, x-marks, wasm]] }} }}
          - {{ use: marks, with: {{ mark: one }} }}
          - {{ use: marks, with: {{ mark: two }} }}
          - {{ use: patches, with: {{ changes: [[append-header, x-after, wasm]] }} }}
        respond:
          - {{ use: marks, with: {{ mark: last }} }}
          - {{ use: patches, with: {{ changes: [[set-header, x-marks, wasm]] }} }}
",
            url = upstream.url()
        );
        let setup = Gateway::setup(&yaml).guest("patches").sharing();
        let setup = setup.file("plugins/doorman.js", DOORMAN);
        let gateway = setup.file("plugins/marks.js", MARKS).start().await;
        let key = ("x-api-key", "let-me-in");
        for (headers, refused_by_script) in [(&[][..], false), (&[key], true)] {
            let reply = gateway.get_with("/", headers).await;
            assert_eq!(reply.status, 403, "{isolation}");
            assert_eq!(reply.text().contains("another word"), refused_by_script);
        }
        assert!(upstream.take().is_empty());

        let reply = gateway.get_with("/", &[key, ("x-word", "sesame")]).await;
        assert_eq!(reply.status, 200, "{}", gateway.log.text());
        assert_eq!(reply.header("x-marks"), "wasm, last");
        let seen = upstream.take().remove(0);
        assert_eq!(seen.values("x-marks"), ["wasm, one, two"]);
        assert_eq!(seen.values("x-after"), ["wasm"]);
    }
}

#[tokio::test]
async fn wrong_configuration_is_told_at_its_place() {
    let yaml = "apis: { main: { routes: { GET /: { authorize: [{ use: doorman, with: { word: 7 } }], \
                to: { respond: { status: 204 } } } } } }";
    let directory = Directory::new();
    directory.write("plugins/doorman.js", DOORMAN);
    directory.write(
        "wasmgate.yaml",
        format!("listen: 127.0.0.1:0\nplugins: ./plugins\n{yaml}"),
    );
    let ended = run(&["check"], directory.path());
    assert!(ended.err.contains("wasmgate.yaml:3:"), "{ended:?}");
    assert!(ended.err.contains("word"), "{ended:?}");
}

#[tokio::test]
async fn edited_script_takes_effect() {
    let gateway = start("return { body: 'old' };").await;
    assert_eq!(gateway.get("/").await.text(), "old");
    write(&gateway, &function("return { body: 'new' };"));
    until_swapped(&gateway).await;
    assert_eq!(gateway.get("/").await.text(), "new");
}

#[tokio::test]
async fn broken_script_changes_nothing_and_names_its_place() {
    let gateway = start("return { body: 'old' };").await;
    for (script, place) in [
        (function("return { body;"), "guest.js:3:105: SyntaxError"),
        (
            "\n\n  missing();".to_owned(),
            "guest.js:3:3): ReferenceError: missing",
        ),
        (
            "import x from './x.js';".to_owned(),
            "there is no module `./x.js`",
        ),
        ("let a;".to_owned(), "the script exports no plugin"),
        (String::new(), "the file is empty"),
    ] {
        write(&gateway, &script);
        gateway.log.line(place).await;
        assert_eq!(gateway.get("/").await.text(), "old");
    }
    let status = gateway.ask("/plugins").await.json();
    assert_eq!(status[0]["state"], "swap-failed", "{status}");
}

#[tokio::test]
async fn script_that_is_broken_from_the_start_takes_down_its_routes_alone() {
    let yaml = "apis: { main: { routes: { GET /: { to: { function: guest } }, GET /b: { to: { respond: {} } } } } }";
    let setup = Gateway::setup(yaml).file("plugins/guest.js", "export default {");
    let gateway = setup.sharing().start().await;
    gateway.log.line("guest.js:1:").await;
    let reply = gateway.get("/").await;
    assert_eq!(reply.status, 503);
    assert!(!reply.text().contains("Syntax"), "{reply:?}");
    assert_eq!(gateway.get("/b").await.status, 200);
    write(&gateway, &function("return { body: 'mended' };"));
    until_swapped(&gateway).await;
    assert_eq!(gateway.get("/").await.text(), "mended");
}

#[tokio::test]
async fn two_files_of_one_name_are_refused_until_one_has_gone() {
    let gateway = start("return { body: 'script' };").await;
    gateway.install("guest", guest("keeps_state"));
    gateway
        .log
        .line("`guest.wasm` and `guest.js` are both there")
        .await;
    assert_eq!(gateway.get("/").await.text(), "script");
    fs::remove_file(gateway.directory.path().join("plugins/guest.js")).unwrap();
    until_swapped(&gateway).await;
    assert_eq!(gateway.get("/").await.text(), "0");
}

#[tokio::test]
async fn exception_names_its_line_in_the_log_and_to_no_client() {
    let gateway = start("return request.nothing.there;").await;
    let reply = gateway.get("/").await;
    assert_eq!(reply.status, 500);
    assert!(!reply.text().contains("guest"), "{reply:?}");
    let line = gateway.log.line("TypeError").await;
    assert!(line.contains("guest.js:3:"), "{line}");
}

#[tokio::test]
async fn exception_within_the_sdk_names_the_scripts_line() {
    let gateway = start("return wasmgate.utf8.decode(new Uint8Array([255]));").await;
    assert_eq!(gateway.get("/").await.status, 500);
    let line = gateway.log.line("these bytes are not UTF-8").await;
    assert!(line.contains("guest.js:3:"), "{line}");
}

#[tokio::test]
async fn endless_scripts_end_and_leave_others_alone() {
    let gateway = start(
        "if (request.query === 'spin') for (;;); \
         if (request.query === 'eat') for (const eaten = []; ;) eaten.push(new Uint8Array(1 << 20)); \
         if (request.query === 'deep') { const deep = () => deep() + 1; deep(); } \
         return { body: 'fine' };",
    )
    .await;
    for query in ["spin", "eat", "deep"] {
        assert_eq!(gateway.get(&format!("/?{query}")).await.status, 500);
        assert_eq!(gateway.get("/").await.text(), "fine", "after {query}");
    }
    gateway.log.line("Maximum call stack size exceeded").await;
}

#[tokio::test]
async fn isolation_decides_what_a_script_keeps() {
    let body = "return { body: String(++calls) };";
    let gateway = start(body).await;
    assert_eq!(gateway.get("/").await.text(), "1");
    assert_eq!(gateway.get("/").await.text(), "1");
    let reuse = format!(
        "workers: 1\nplugins: {{ directory: ./plugins, default: {{ isolation: reuse }} }}\n{ROUTE}"
    );
    let setup = Gateway::setup(&reuse).file("plugins/guest.js", function(body));
    let gateway = setup.sharing().start().await;
    assert_eq!(gateway.get("/").await.text(), "1");
    assert_eq!(gateway.get("/").await.text(), "2");
}
