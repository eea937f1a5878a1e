//! `wasmgate plugin inspect`, `test` and `bench` on built plugins.

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
    assert_eq!(ended.out, "ok   a panic is a failure\n1 case, 0 failed\n");
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
fn case_shows_the_outcome_that_came() {
    let cases = "
cases:
  - name: right token is granted
    with: { fields: [] }
    expect: { grant: { principal: caller } }
  - name: a field is missing
    with: { headers: [x-a] }
    expect: { grant: {} }
";
    let ended = test("reads_headers", cases);
    assert_eq!(ended.code, 4, "{ended:?}");
    let problem = "got {\"problems\":[\"`headers` is missing;";
    assert!(ended.out.contains(problem), "{ended:?}");
    assert!(ended.out.contains("got {\"refusal\":{"), "{ended:?}");
}

#[test]
fn plugin_without_settings_says_so() {
    let cases = "
cases:
  - name: there is nothing to set
    with: { greeting: hi }
    expect: { problems: [the plugin takes no settings] }
";
    let ended = test("traps", cases);
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn cases_that_try_nothing_are_mistakes() {
    let ended = test("traps", "cases: []");
    assert_eq!(ended.code, 3, "{ended:?}");
    let mistake = "cases.yaml:1:8: too few items; at least 1";
    assert!(ended.err.contains(mistake), "{ended:?}");

    let ended = test(
        "traps",
        "cases:\n- { name: a, expect: {} }\n- { name: b, expect: { garnt: {} }, requets: {} }",
    );
    assert_eq!(ended.code, 3, "{ended:?}");
    for mistake in [
        "cases.yaml:2:22: too few members; at least 1",
        "unknown member `garnt`",
        "did you mean `grant`?",
        "did you mean `request`?",
    ] {
        assert!(ended.err.contains(mistake), "no `{mistake}`: {ended:?}");
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let directory = folder(&["traps"], &[("noise.so", "noise")]);
    let ended = run(&["plugin", "inspect", "noise.so"], directory.path());
    assert_eq!(ended.code, 4, "{ended:?}");
    let reason = "`noise.so`: not a WebAssembly file";
    assert!(ended.err.contains(reason), "{ended:?}");

    let ended = run(
        &["plugin", "test", "traps.wasm", "nope.yaml"],
        directory.path(),
    );
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.err.contains("`nope.yaml`"), "{ended:?}");
    assert!(!ended.err.contains("`-c`"), "{ended:?}");
}

#[test]
fn bench_refuses_calls_that_fail() {
    let directory = folder(&["traps"], &[]);
    let ended = run(&["plugin", "bench", "traps.wasm"], directory.path());
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.err.contains("not measured"), "{ended:?}");
    assert!(!ended.out.contains("median"), "{ended:?}");
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
