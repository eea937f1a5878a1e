//! `wasmgate plugin inspect`, `test` and `bench` on built plugins.
#![expect(clippy::unwrap_used, reason = "tests")]

use wasmgate_tests::{Directory, Ended, guest, run};

/// A folder with these guests, and files besides.
fn folder(guests: &[&str], files: &[(&str, &str)]) -> Directory {
    let directory = Directory::new();
    for name in guests {
        directory.write(&format!("{name}.wasm"), guest(name));
    }
    for (name, text) in files {
        directory.write(name, text);
    }
    directory
}

fn inspect(name: &str) -> Ended {
    let directory = folder(&[name], &[]);
    let file = format!("{name}.wasm");
    run(&["plugin", "inspect", &file, "--json"], directory.path())
}

fn test(name: &str, cases: &str) -> Ended {
    let directory = folder(&[name], &[("cases.yaml", cases)]);
    let file = format!("{name}.wasm");
    run(&["plugin", "test", &file, "cases.yaml"], directory.path())
}

#[test]
fn inspect_shows_what_a_plugin_is_and_needs() {
    let ended = inspect("needs_kv");
    assert_eq!(ended.code, 0, "{ended:?}");
    let shown: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(shown["name"], "needs_kv");
    assert_eq!(shown["hooks"], serde_json::json!(["function"]));
    assert_eq!(shown["capabilities"], serde_json::json!(["kv"]));
    assert_eq!(shown["module"], true);
}

#[test]
fn inspect_says_why_a_file_is_no_plugin() {
    let ended = inspect("wrong_version");
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.err.contains("wasmgate:plugin@0.2.0"), "{ended:?}");
}

#[test]
fn cases_that_hold_pass() {
    let cases = "
settings: { limits: { cpu: 20ms } }
cases:
  - name: a panic is a failure
    request: { path: /a }
    expect: { failure: no way out of /a }
";
    let ended = test("traps", cases);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.out, "ok   a panic is a failure\n1 cases, 0 failed\n");
}

#[test]
fn case_that_does_not_hold_fails_with_the_difference() {
    let cases = "
cases:
  - name: a state is kept
    expect: { answer: { status: 200, body: '1' } }
";
    let ended = test("keeps_state", cases);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.out.contains("FAIL a state is kept"), "{ended:?}");
    assert!(
        ended.out.contains('0') && ended.out.contains("1 failed"),
        "{ended:?}"
    );
}

#[test]
fn limits_of_cases_are_the_engines() {
    let cases = "
settings: { limits: { cpu: 5ms, memory: 8MiB } }
cases:
  - name: a loop ends
    expect: { failure: used more than 5ms }
";
    let ended = test("loops_forever", cases);
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn bench_shows_what_each_way_costs() {
    let directory = folder(&["keeps_state"], &[]);
    let ended = run(&["plugin", "bench", "keeps_state.wasm"], directory.path());
    assert_eq!(ended.code, 0, "{ended:?}");
    for line in [
        "load",
        "configure, snapshot",
        "pristine call",
        "reused call",
    ] {
        assert!(ended.out.contains(line), "no `{line}`: {ended:?}");
    }
    println!("{}", ended.out);
}
