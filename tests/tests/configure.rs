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
