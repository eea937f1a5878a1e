//! Mistakes that plugins find in their configurations.
#![expect(clippy::unwrap_used, reason = "tests")]

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

#[tokio::test]
async fn every_mistake_is_told_with_its_place() {
    let setup = Gateway::setup(WRONG).guest("refuses_configuration");
    let (status, log) = setup.try_start().await.unwrap_err();
    assert_eq!(status.code(), Some(3), "{log}");
    for told in [
        "unknown word `frobnicate` (line 2, column 5 of it)",
        "a name must not be empty",
        "wasmgate.yaml:",
    ] {
        assert!(log.contains(told), "{told}: {log}");
    }
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
