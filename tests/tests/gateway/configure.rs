//! Mistakes that plugins find in their configurations.

use wasmgate_tests::Gateway;

const WRONG: &str = r#"
apis:
  shop:
    routes:
      $default:
        to:
          function: refuses_configuration
          with: { program: "run", names: [a, ""] }
"#;

const MISTAKES: [(&str, &str, &str); 2] = [
    (
        "wasmgate.yaml:13:28",
        "/apis/shop/routes/$default/to/with/program",
        "unknown word `frobnicate` (line 2, column 5 of it)",
    ),
    (
        "wasmgate.yaml:13:46",
        "/apis/shop/routes/$default/to/with/names/1",
        "a name must not be empty",
    ),
];

#[tokio::test]
async fn every_mistake_is_told_with_its_place_and_the_rest_runs() {
    let yaml = format!("{WRONG}      GET /well: {{ to: {{ respond: {{ body: well }} }} }}\n");
    let setup = Gateway::setup(&yaml).guest("refuses_configuration");
    let gateway = setup.start().await;
    assert_eq!(gateway.get("/").await.status, 503);
    assert_eq!(gateway.get("/well").await.text(), "well");
    let ready = gateway.ask("/readyz").await;
    assert_eq!(ready.status, 503);
    let broken = ready.json()["broken"][0].clone();
    assert_eq!(broken["plugin"], "refuses_configuration");
    assert_eq!(
        broken["source"]["file"],
        "./plugins/refuses_configuration.wasm"
    );
    for (place, (at, entry, problem)) in MISTAKES.into_iter().enumerate() {
        let told = &broken["problems"][place];
        assert_eq!(
            (told["at"].as_str(), told["entry"].as_str()),
            (Some(at), Some(entry))
        );
        assert!(
            told["problem"].as_str().unwrap().contains(problem),
            "{told}"
        );
        let line = gateway.log.line(problem).await;
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&line["at"], &line["entry"]), (&told["at"], &told["entry"]));
        assert_eq!(line["plugin"], "refuses_configuration");
    }
}

#[tokio::test]
async fn missing_plugin_takes_its_own_routes_down_until_it_comes() {
    let yaml = "apis:\n  shop:\n    routes:\n      $default: { to: { function: keeps_state } }\n";
    let yaml = format!("{yaml}      GET /well: {{ to: {{ respond: {{ body: well }} }} }}\n");
    let gateway = Gateway::start(&yaml).await;
    assert_eq!(gateway.get("/").await.status, 503);
    assert_eq!(gateway.get("/well").await.text(), "well");
    let ready = gateway.ask("/readyz").await;
    assert_eq!(ready.status, 503);
    let broken = &ready.json()["broken"][0];
    assert_eq!(broken["source"], "missing", "{broken}");
    assert_eq!(
        broken["problems"][0]["entry"],
        "/apis/shop/routes/$default/to/with"
    );
    assert!(
        ready.text().contains("there is no plugin `keeps_state`"),
        "{broken}"
    );

    gateway.install("keeps_state", wasmgate_tests::guest("keeps_state"));
    gateway.until("/readyz", |ready| ready.status == 200).await;
    assert_eq!(gateway.get("/").await.text(), "0");
}

#[tokio::test]
async fn mistake_of_the_gateways_own_file_refuses_the_start() {
    let setup = Gateway::setup("apis: { shop: { routes: { $default: { to: nowhere } } } }\n");
    let (status, log) = setup.try_start().await.unwrap_err();
    assert_eq!(status.code(), Some(3), "{log}");
}

#[test]
fn check_tells_them_too_and_starts_nothing() {
    let setup = Gateway::setup(WRONG).guest("refuses_configuration");
    let checked = setup.command(&["check"]);
    assert_eq!(checked.code, 3, "{}", checked.err);
    assert!(checked.err.contains("unknown word `frobnicate` (line 2"));
    let read = setup.command(&["check", "--no-plugins"]);
    assert_eq!((read.code, read.err.as_str()), (0, ""));
    assert!(read.out.ends_with("1 API, 1 route, no mistakes\n"));
}

#[test]
fn check_names_a_plugin_that_is_broken() {
    let yaml = WRONG.replace("refuses_configuration", "broken");
    let setup = Gateway::setup(&yaml).file("plugins/broken.wasm", "\0asm, but no more");
    let checked = setup.command(&["check"]);
    assert_eq!(checked.code, 4, "{}", checked.err);
    assert!(checked.err.contains("plugin `broken` is not usable: "));
}

#[test]
fn check_tells_of_broken_plugins_beside_mistakes() {
    let yaml = format!("{WRONG}        authorize: [{{ use: broken }}]\n");
    let setup = Gateway::setup(&yaml)
        .guest("refuses_configuration")
        .file("plugins/broken.wasm", "no plugin");
    let checked = setup.command(&["check"]);
    assert_eq!(checked.code, 3, "{}", checked.err);
    assert!(checked.err.contains("unknown word `frobnicate`"));
    assert!(checked.err.contains("plugin `broken` is not usable: "));
}
