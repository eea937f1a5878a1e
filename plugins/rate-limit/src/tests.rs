#![expect(clippy::unwrap_used, reason = "tests")]

use wasmgate_sdk::{Patch, Refusal, Reply, Request, test, test::TestRequest};

use super::RateLimit;

/// 2026-11-21T12:00:00Z.
const NOON: u64 = 1_795_262_400_000;

fn plugin(config: &str) -> RateLimit {
    test::time(NOON);
    test::configure(config).unwrap()
}

fn from(address: &str) -> TestRequest {
    let request = Request::test("GET", "/").context("apiId", "shop");
    request.context("sourceIp", address)
}

/// How many requests of many get through at once.
fn get_through(plugin: &RateLimit, request: &TestRequest) -> usize {
    let answers = (0..30).map(|_| test::filter_request(plugin, request));
    answers.filter(Result::is_ok).count()
}

fn allowed(state: &str) -> Result<Patch, Refusal> {
    Ok(Patch::new().set_context("rateLimit.default", state))
}

fn refused(retry: &str, policy: &str, state: &str) -> Result<Patch, Refusal> {
    Err(Refusal::too_many()
        .header("retry-after", retry)
        .header("ratelimit-policy", policy)
        .header("ratelimit", state))
}

#[test]
fn bucket_gives_what_it_holds_and_fills_evenly() {
    let plugin = plugin(r#"{"limit": 6, "per": "1m", "burst": 3}"#);
    let call = || test::filter_request(&plugin, &from("192.0.2.1"));
    assert_eq!(call(), allowed(";r=2;t=10"));
    assert_eq!(call(), allowed(";r=1;t=20"));
    assert_eq!(call(), allowed(";r=0;t=30"));
    let policy = r#""default";q=6;w=60"#;
    assert_eq!(call(), refused("10", policy, r#""default";r=0;t=10"#));
    test::time(NOON + 9_999);
    assert_eq!(call(), refused("1", policy, r#""default";r=0;t=1"#));
    test::time(NOON + 10_000);
    assert_eq!(call(), allowed(";r=0;t=30"));
    test::time(NOON + 29_999);
    assert_eq!(call(), allowed(";r=0;t=21"));
    test::time(NOON + 3_600_000);
    assert_eq!(get_through(&plugin, &from("192.0.2.1")), 3);
}

#[test]
fn refused_requests_cost_nothing() {
    let plugin = plugin(r#"{"limit": 1, "per": "10s"}"#);
    assert_eq!(get_through(&plugin, &from("192.0.2.1")), 1);
    test::time(NOON + 10_000);
    assert_eq!(get_through(&plugin, &from("192.0.2.1")), 1);
}

#[test]
fn clock_that_goes_back_locks_nobody_out_for_good() {
    let plugin = plugin(r#"{"limit": 2, "per": "1s"}"#);
    get_through(&plugin, &from("192.0.2.1"));
    test::time(NOON - 1000);
    let answer = test::filter_request(&plugin, &from("192.0.2.1"));
    // The store forgets the counter after the second that the bucket takes to fill.
    assert_eq!(
        answer,
        refused("2", r#""default";q=2;w=1"#, r#""default";r=0;t=2"#)
    );
}

#[test]
fn window_ends_for_all_at_once() {
    let plugin = plugin(r#"{"limit": 2, "per": "1h", "algorithm": "fixed-window"}"#);
    test::time(NOON + 3_599_000);
    let call = || test::filter_request(&plugin, &from("192.0.2.1"));
    assert_eq!(call(), allowed(";r=1;t=1"));
    assert_eq!(call(), allowed(";r=0;t=1"));
    assert_eq!(
        call(),
        refused("1", r#""default";q=2;w=3600"#, r#""default";r=0;t=1"#)
    );
    test::time(NOON + 3_600_000);
    assert_eq!(call(), allowed(";r=1;t=3600"));
}

#[test]
fn callers_are_counted_apart() {
    for (by, header, context) in [
        ("address", "x", "sourceIp"),
        ("key", "x", "identity.apiKey"),
        ("principal", "x", "authorizer.principalId"),
        ("route", "x", "routeKey"),
        ("claim.sub", "x", "authorizer.claims.sub"),
        ("context.authorizer.tenant", "x", "authorizer.tenant"),
        ("header.X-Tenant", "x-tenant", "x"),
    ] {
        let plugin = plugin(&format!(r#"{{"limit": 2, "per": "1h", "by": ["{by}"]}}"#));
        let request = |value: &str| {
            let request = Request::test("GET", "/").context("apiId", by);
            request.header(header, value).context(context, value)
        };
        assert_eq!(get_through(&plugin, &request("a")), 2, "{by}");
        assert_eq!(get_through(&plugin, &request("b")), 2, "{by}");
        assert_eq!(get_through(&plugin, &request("a")), 0, "{by}");
        assert_eq!(
            get_through(&plugin, &request(&"long".repeat(100))),
            2,
            "{by}"
        );
        assert_eq!(
            get_through(&plugin, &request(&"long".repeat(100))),
            0,
            "{by}"
        );
        let nobody = Request::test("GET", "/").context("apiId", by);
        assert_eq!(
            get_through(&plugin, &nobody),
            2,
            "who has none counts with all who have none"
        );
    }
}

#[test]
fn nobody_shares_a_counter_by_what_is_sent() {
    let plugin = plugin(r#"{"limit": 1, "per": "1h", "by": ["header.a", "header.b"]}"#);
    let request = |fields: &[(&str, &str)]| {
        let request = Request::test("GET", "/");
        fields.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        })
    };
    for fields in [
        &[("a", "x"), ("b", "y")][..],
        &[("a", "x/1:y")],
        &[("a", "x;/1:y")],
        &[("a", "x"), ("a", "y")],
        &[("b", "x"), ("b", "y")],
        &[("a", "xy")],
    ] {
        assert_eq!(get_through(&plugin, &request(fields)), 1, "{fields:?}");
    }
}

#[test]
fn whoever_has_one_ipv6_address_has_its_subnet() {
    let plugin = plugin(r#"{"limit": 2, "per": "1h"}"#);
    assert_eq!(get_through(&plugin, &from("2001:db8:0:1::1")), 2);
    assert_eq!(get_through(&plugin, &from("2001:db8:0:1:ffff::2")), 0);
    assert_eq!(get_through(&plugin, &from("2001:db8:0:2::1")), 2);
    let exact = self::plugin(r#"{"limit": 2, "per": "1h", "ipv6_prefix": 128}"#);
    assert_eq!(get_through(&exact, &from("2001:db8:0:1::1")), 2);
    assert_eq!(get_through(&exact, &from("2001:db8:0:1::2")), 2);
}

#[test]
fn other_settings_and_other_apis_count_apart() {
    let first = plugin(r#"{"limit": 2, "per": "1h"}"#);
    assert_eq!(get_through(&first, &from("192.0.2.1")), 2);
    let same = plugin(r#"{"limit": 2, "per": "60m"}"#);
    assert_eq!(get_through(&same, &from("192.0.2.1")), 0);
    for other in [
        r#"{"limit": 2, "per": "1h", "name": "other"}"#,
        r#"{"limit": 2, "per": "2h"}"#,
        r#"{"limit": 2, "per": "1h", "algorithm": "fixed-window"}"#,
        r#"{"limit": 2, "per": "1h", "by": ["address", "route"]}"#,
    ] {
        assert_eq!(
            get_through(&plugin(other), &from("192.0.2.1")),
            2,
            "{other}"
        );
    }
    let elsewhere = Request::test("GET", "/").context("apiId", "other");
    assert_eq!(
        get_through(&first, &elsewhere.context("sourceIp", "192.0.2.1")),
        2
    );
}

#[test]
fn clients_are_told_what_is_left() {
    let plugin = plugin(r#"{"limit": 5, "per": "1m", "name": "per-minute"}"#);
    let request = from("192.0.2.1").context("authorizer.rateLimit.per-minute", ";r=4;t=12");
    let told = Patch::new()
        .append_header("ratelimit-policy", r#""per-minute";q=5;w=60"#)
        .append_header("ratelimit", r#""per-minute";r=4;t=12"#);
    assert_eq!(
        test::filter_response(&plugin, &request, &Reply::test(200)),
        Ok(told)
    );
    let refused = test::filter_response(&plugin, &from("192.0.2.1"), &Reply::test(429));
    assert_eq!(refused, Ok(Patch::new()), "its refusal has them already");
}

#[test]
fn what_happens_without_counters_is_a_setting() {
    for algorithm in ["token-bucket", "fixed-window"] {
        let config = |on_failure: &str| {
            format!(
                r#"{{"limit": 1, "per": "1s", "algorithm": "{algorithm}", "on_failure": "{on_failure}"}}"#
            )
        };
        let (refuses, allows) = (plugin(&config("refuse")), plugin(&config("allow")));
        test::fail_kv();
        let refusal = test::filter_request(&refuses, &from("192.0.2.1")).unwrap_err();
        assert_eq!(refusal.code(), "failure");
        assert_eq!(
            test::filter_request(&allows, &from("192.0.2.1")),
            Ok(Patch::new())
        );
        assert!(test::logged()[0].1.contains("not counted"));
    }
}

#[test]
fn wrong_configurations_are_refused_at_their_place() {
    for (config, pointer, part) in [
        ("{}", "", "missing field `limit`"),
        (r#"{"limit": 0, "per": "1s"}"#, "/limit", "1 to 1000000"),
        (
            r#"{"limit": 1000001, "per": "1s"}"#,
            "/limit",
            "1 to 1000000",
        ),
        (r#"{"limit": 1, "per": "1"}"#, "/per", "`1s` to `31d`"),
        (r#"{"limit": 1, "per": "500ms"}"#, "/per", "`1s` to `31d`"),
        (r#"{"limit": 1, "per": "32d"}"#, "/per", "`1s` to `31d`"),
        (r#"{"limit": 1, "per": "+1s"}"#, "/per", "`1s` to `31d`"),
        (
            r#"{"limit": 1, "per": "1s", "burst": 0}"#,
            "/burst",
            "1 to 1000000",
        ),
        (
            r#"{"limit": 1, "per": "1s", "burst": 2, "algorithm": "fixed-window"}"#,
            "/burst",
            "no burst",
        ),
        (
            r#"{"limit": 1, "per": "1s", "algorithm": "leaky"}"#,
            "/algorithm",
            "unknown variant",
        ),
        (
            r#"{"limit": 1, "per": "1s", "by": ["address", "user"]}"#,
            "/by/1",
            "tells no callers apart",
        ),
        (
            r#"{"limit": 1, "per": "1s", "by": ["header."]}"#,
            "/by/0",
            "no name after the dot",
        ),
        (
            r#"{"limit": 1, "per": "1s", "name": "a b"}"#,
            "/name",
            "letters, digits",
        ),
        (
            r#"{"limit": 1, "per": "1s", "ipv6_prefix": 129}"#,
            "/ipv6_prefix",
            "128 bits",
        ),
        (
            r#"{"limit": 1, "per": "1s", "on_failure": "ignore"}"#,
            "/on_failure",
            "unknown variant",
        ),
    ] {
        let problem = test::configure::<RateLimit>(config).unwrap_err();
        let first = &problem.mistakes()[0];
        assert_eq!(first.pointer, pointer, "{config}: {problem}");
        assert!(first.message.contains(part), "{config}: {problem}");
    }
    let all = test::configure::<RateLimit>(r#"{"limit": 0, "per": "x", "burst": 0, "name": ""}"#);
    assert_eq!(all.unwrap_err().mistakes().len(), 4);
}
