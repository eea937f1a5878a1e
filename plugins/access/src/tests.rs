#![expect(clippy::unwrap_used, reason = "tests")]

use wasmgate_sdk::{Patch, Problem, Refusal, Reply, Request, Response, test};

use super::Access;

fn plugin(config: &str) -> Access {
    test::configure(config).unwrap()
}

/// Places and messages of what is wrong.
fn problems(config: &str) -> Vec<(String, String)> {
    let problem: Problem = test::configure::<Access>(config).unwrap_err();
    let mistakes = problem.mistakes().iter();
    mistakes
        .map(|mistake| (mistake.pointer.clone(), mistake.message.clone()))
        .collect()
}

fn lets_in(plugin: &Access, address: &str) -> bool {
    let request = Request::test("GET", "/").context("sourceIp", address);
    match test::filter_request(plugin, &request) {
        Ok(patch) => patch == Patch::new(),
        Err(refusal) => {
            assert_eq!(refusal, Refusal::forbidden());
            false
        }
    }
}

#[test]
fn addresses_are_in_networks_or_not() {
    let plugin = plugin(
        r#"{"allow": [{"address": ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "10.1.0.0/16", "::ffff:198.51.100.0/120"]}]}"#,
    );
    for inside in [
        "10.0.0.0",
        "10.1.2.3",
        "10.200.0.1",
        "10.255.255.255",
        "192.0.2.7",
        "2001:db8:ffff::1",
        "198.51.100.9",
    ] {
        assert!(lets_in(&plugin, inside), "{inside}");
    }
    for outside in [
        "9.255.255.255",
        "11.0.0.0",
        "192.0.2.8",
        "2001:db9::",
        "::1",
        "198.51.101.0",
    ] {
        assert!(!lets_in(&plugin, outside), "{outside}");
    }
}

#[test]
fn all_of_ipv6_is_not_ipv4() {
    let plugin = plugin(r#"{"allow": [{"address": ["::/0"]}]}"#);
    assert!(lets_in(&plugin, "2001:db8::1"));
    assert!(!lets_in(&plugin, "192.0.2.1"));
}

#[test]
fn deny_goes_before_allow() {
    let plugin =
        plugin(r#"{"deny": [{"address": ["10.0.0.5"]}], "allow": [{"address": ["10.0.0.0/24"]}]}"#);
    assert!(lets_in(&plugin, "10.0.0.4"));
    assert!(!lets_in(&plugin, "10.0.0.5"));
    assert!(!lets_in(&plugin, "10.0.1.4"));
}

#[test]
fn networks_come_from_a_file() {
    let file = test::asset("bad.txt", "# bots\n192.0.2.0/24\r\n\n 2001:db8::/32");
    let plugin = plugin(&format!(r#"{{"deny": [{{"address": {file}}}]}}"#));
    assert!(!lets_in(&plugin, "192.0.2.9"));
    assert!(!lets_in(&plugin, "2001:db8::1"));
    assert!(lets_in(&plugin, "192.0.3.9"));
}

#[test]
fn all_conditions_of_a_rule_must_hold() {
    let plugin = plugin(
        r#"{"allow": [{"method": ["GET", "HEAD"], "host": ["*.Example.com", "shop.test"]}]}"#,
    );
    for (method, host, expected) in [
        ("GET", "a.example.com", true),
        ("HEAD", "shop.test", true),
        ("POST", "shop.test", false),
        ("GET", "example.com", false),
        ("GET", "a.b.example.com", false),
        ("GET", ".example.com", false),
        ("GET", "", false),
    ] {
        let request = Request::test(method, "/")
            .context("sourceIp", "192.0.2.1")
            .context("domainName", host);
        let answer = test::filter_request(&plugin, &request);
        assert_eq!(answer.is_ok(), expected, "{method} {host}");
    }
}

#[test]
fn unknown_country_stays_outside() {
    let deny = plugin(r#"{"country_header": "CF-IPCountry", "deny": [{"country": ["KP"]}]}"#);
    let allow = plugin(r#"{"country_header": "CF-IPCountry", "allow": [{"country": ["DE"]}]}"#);
    let both =
        plugin(r#"{"country_header": "CF-IPCountry", "allow": [{"country": ["DE", "unknown"]}]}"#);
    for (fields, expected) in [
        (&["DE"][..], [true, true, true]),
        (&["KP"], [false, false, false]),
        (&["FR"], [true, false, false]),
        (&[], [false, false, true]),
        (&["XX"], [false, false, true]),
        (&["de"], [false, false, true]),
        (&["DE, KP"], [false, false, true]),
        (&["DE", "KP"], [false, false, true]),
    ] {
        let request = Request::test("GET", "/")
            .context("sourceIp", "192.0.2.1")
            .context("trustedProxy", "true");
        let request = fields.iter().fold(request, |request, country| {
            request.header("cf-ipcountry", country)
        });
        let seen =
            [&deny, &allow, &both].map(|plugin| test::filter_request(plugin, &request).is_ok());
        assert_eq!(seen, expected, "{fields:?}");
    }
}

#[test]
fn country_counts_from_trusted_proxies_only() {
    let plugin = plugin(r#"{"country_header": "CF-IPCountry", "allow": [{"country": ["DE"]}]}"#);
    for (trusted, expected) in [(Some("true"), true), (Some("false"), false), (None, false)] {
        let request = Request::test("GET", "/")
            .context("sourceIp", "192.0.2.1")
            .header("cf-ipcountry", "DE");
        let request = trusted.into_iter().fold(request, |request, trusted| {
            request.context("trustedProxy", trusted)
        });
        let seen = test::filter_request(&plugin, &request).is_ok();
        assert_eq!(seen, expected, "{trusted:?}");
    }
}

/// Saturday, 2026-11-21, at a time in UTC.
fn at(hours: u64, minutes: u64) {
    let midnight = 1_795_219_200;
    test::time((midnight + hours * 3600 + minutes * 60) * 1000);
}

#[test]
fn time_of_day_counts_in_its_zone() {
    let plugin =
        plugin(r#"{"allow": [{"time": {"from": "08:00", "to": "18:00", "zone": "+01:00"}}]}"#);
    for (hours, minutes, expected) in [
        (6, 59, false),
        (7, 0, true),
        (16, 59, true),
        (17, 0, false),
        (23, 30, false),
    ] {
        at(hours, minutes);
        assert_eq!(lets_in(&plugin, "::1"), expected, "{hours}:{minutes:02}");
    }
}

#[test]
fn hours_past_midnight_belong_to_the_day_they_begin_on() {
    let plugin = plugin(
        r#"{"deny": [{"time": {"from": "22:00", "to": "06:00", "days": ["fri"], "zone": "-00:30"}}]}"#,
    );
    for (hours, minutes, expected) in [
        // Saturday, 05:59 and 06:00 there.
        (6, 29, false),
        (6, 30, true),
        // Saturday evening is not Friday's.
        (23, 0, true),
    ] {
        at(hours, minutes);
        assert_eq!(lets_in(&plugin, "::1"), expected, "{hours}:{minutes:02}");
    }
    let day =
        self::plugin(r#"{"allow": [{"time": {"from": "00:00", "to": "24:00", "days": ["sat"]}}]}"#);
    for (hours, minutes) in [(0, 0), (12, 0), (23, 59)] {
        at(hours, minutes);
        assert!(lets_in(&day, "::1"), "{hours}");
    }
    at(24, 0);
    assert!(!lets_in(&day, "::1"));
}

const CORS: &str = r#"{"cors": {
    "allow_origins": ["https://shop.example.com", "http://*"], "allow_methods": ["GET", "PUT"],
    "allow_headers": ["Content-Type", "x-id"], "expose_headers": ["x-total"], "max_age": 600, "allow_credentials": true}}"#;

fn preflight(config: &str, origin: &str, method: &str, headers: &str) -> Response {
    let request = Request::test("OPTIONS", "/orders")
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", headers);
    let patch = test::filter_request(&plugin(config), &request).unwrap();
    patch.response().unwrap().clone()
}

#[test]
fn preflight_is_answered_with_what_is_allowed() {
    let expected = Response::new(204)
        .header("vary", "Origin")
        .header("access-control-allow-origin", "https://shop.example.com")
        .header("access-control-allow-methods", "GET,PUT")
        .header("access-control-allow-headers", "Content-Type,x-id")
        .header("access-control-max-age", "600")
        .header("access-control-expose-headers", "x-total")
        .header("access-control-allow-credentials", "true");
    let answer = preflight(
        CORS,
        "https://shop.example.com",
        "PUT",
        "X-ID, content-type",
    );
    assert_eq!(answer, expected);
}

#[test]
fn preflight_that_is_not_allowed_gets_no_permission() {
    let nothing = Response::new(204).header("vary", "Origin");
    for (origin, method, headers) in [
        ("https://evil.example.com", "GET", ""),
        ("https://shop.example.com:8443", "GET", ""),
        ("https://SHOP.example.com", "GET", ""),
        ("https://shop.example.com.evil.com", "GET", ""),
        ("http://", "GET", ""),
        ("null", "GET", ""),
        ("https://shop.example.com", "DELETE", ""),
        ("https://shop.example.com", "put", ""),
        ("https://shop.example.com", "PUT", "x-id, authorization"),
    ] {
        let answer = preflight(CORS, origin, method, headers);
        assert_eq!(answer, nothing, "{origin} {method} {headers}");
    }
    let answer = preflight(CORS, "http://any.test", "GET", "");
    assert_eq!(answer.headers[1].1, "http://any.test");
}

#[test]
fn star_allows_everyone_and_depends_on_nobody() {
    let config =
        r#"{"cors": {"allow_origins": ["*"], "allow_methods": ["*"], "allow_headers": ["*"]}}"#;
    let expected = Response::new(204)
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-methods", "*")
        .header("access-control-allow-headers", "*");
    assert_eq!(
        preflight(config, "https://a.test", "PATCH", "x-a"),
        expected
    );
    let request = Request::test("GET", "/").header("origin", "https://a.test");
    let patch = test::filter_response(&plugin(config), &request, &Reply::test(200)).unwrap();
    assert_eq!(
        patch,
        Patch::new().set_header("access-control-allow-origin", "*")
    );
}

#[test]
fn star_is_no_name_where_cookies_are_sent() {
    let config = r#"{"cors": {"allow_origins": ["https://*"], "allow_methods": ["*"], "allow_headers": ["*"], "allow_credentials": true}}"#;
    let answer = preflight(config, "https://a.test", "PATCH", "x-a, x-b");
    let value = |name: &str| {
        let mut fields = answer.headers.iter();
        fields.find(|(field, _)| field == name).unwrap().1.clone()
    };
    assert_eq!(value("access-control-allow-methods"), "PATCH");
    assert_eq!(value("access-control-allow-headers"), "x-a, x-b");
}

#[test]
fn options_without_cors_goes_on() {
    let plugin = plugin(CORS);
    for request in [
        Request::test("OPTIONS", "/"),
        Request::test("OPTIONS", "/").header("origin", "http://a.test"),
        Request::test("GET", "/")
            .header("origin", "http://a.test")
            .header("access-control-request-method", "GET"),
    ] {
        assert_eq!(test::filter_request(&plugin, &request), Ok(Patch::new()));
    }
}

#[test]
fn reply_says_what_the_gateway_allows_and_nothing_else() {
    let plugin = plugin(CORS);
    let theirs = Reply::test(200)
        .header("access-control-allow-origin", "*")
        .header("access-control-max-age", "1")
        .header("vary", "accept-encoding");
    let removed = Patch::new()
        .remove_header("access-control-allow-origin")
        .remove_header("access-control-max-age")
        .append_header("vary", "Origin");
    for request in [
        Request::test("GET", "/"),
        Request::test("GET", "/").header("origin", "https://evil.test"),
    ] {
        let patch = test::filter_response(&plugin, &request, &theirs);
        assert_eq!(patch, Ok(removed.clone()));
    }
    let request = Request::test("GET", "/").header("origin", "http://a.test");
    let expected = removed
        .set_header("access-control-allow-origin", "http://a.test")
        .set_header("access-control-expose-headers", "x-total")
        .set_header("access-control-allow-credentials", "true");
    assert_eq!(
        test::filter_response(&plugin, &request, &theirs),
        Ok(expected)
    );
    let varies = Reply::test(200).header("vary", "accept, origin");
    let request = Request::test("GET", "/");
    assert_eq!(
        test::filter_response(&plugin, &request, &varies),
        Ok(Patch::new())
    );
}

#[test]
fn rules_judge_a_preflight_as_what_it_asks_for() {
    let plugin = plugin(
        r#"{"allow": [{"method": ["GET"]}], "cors": {"allow_origins": ["*"], "allow_methods": ["*"]}}"#,
    );
    let asks = |method| {
        let request = Request::test("OPTIONS", "/")
            .context("sourceIp", "192.0.2.1")
            .header("origin", "http://a.test")
            .header("access-control-request-method", method);
        test::filter_request(&plugin, &request)
    };
    assert_eq!(asks("GET").unwrap().response().unwrap().status, 204);
    assert_eq!(asks("PUT"), Err(Refusal::forbidden()));
}

#[test]
fn wrong_configurations_are_refused_at_their_place() {
    let file = test::asset("bad.txt", "10.0.0.0/8\nnonsense");
    let in_file = format!(r#"{{"deny": [{{"address": {file}}}]}}"#);
    for (config, pointer, part) in [
        ("{}", "", "nothing to do"),
        (r#"{"allow": []}"#, "/allow", "nobody could get in"),
        (r#"{"deny": [{}]}"#, "/deny/0", "without a condition"),
        (
            r#"{"deny": [{"adress": []}]}"#,
            "/deny/0/adress",
            "unknown field",
        ),
        (
            r#"{"deny": [{"address": 5}]}"#,
            "/deny/0",
            "a list of networks",
        ),
        (r#"{"deny": [{"address": []}]}"#, "/deny/0/address", "empty"),
        (
            r#"{"deny": [{"address": ["10.0.0.0/33"]}]}"#,
            "/deny/0/address/0",
            "no network",
        ),
        (
            r#"{"deny": [{"address": ["10.0.0.1/8"]}]}"#,
            "/deny/0/address/0",
            "write `10.0.0.0/8`",
        ),
        (
            r#"{"deny": [{"address": ["2001:db8::1/32"]}]}"#,
            "/deny/0/address/0",
            "write `2001:db8::/32`",
        ),
        (
            r#"{"deny": [{"address": ["::1", "localhost"]}]}"#,
            "/deny/0/address/1",
            "no network",
        ),
        (&in_file, "/deny/0/address", "`nonsense` is no network"),
        (
            r#"{"allow": [{"method": ["get"]}]}"#,
            "/allow/0/method/0",
            "capital letters",
        ),
        (
            r#"{"allow": [{"host": ["a.test:80"]}]}"#,
            "/allow/0/host/0",
            "without a port",
        ),
        (
            r#"{"allow": [{"country": ["DE"]}]}"#,
            "/country_header",
            "name the field",
        ),
        (
            r#"{"country_header": "c", "allow": [{"country": ["de"]}]}"#,
            "/allow/0/country/0",
            "ISO 3166",
        ),
        (
            r#"{"allow": [{"time": {"from": "8:00", "to": "18:00"}}]}"#,
            "/allow/0/time/from",
            "write `08:00`",
        ),
        (
            r#"{"allow": [{"time": {"from": "08:00", "to": "24:01"}}]}"#,
            "/allow/0/time/to",
            "no time of day",
        ),
        (
            r#"{"allow": [{"time": {"from": "08:00", "to": "08:00"}}]}"#,
            "/allow/0/time/to",
            "no time passes",
        ),
        (
            r#"{"allow": [{"time": {"from": "08:00", "to": "09:00", "days": ["mo"]}}]}"#,
            "/allow/0/time/days/0",
            "no day",
        ),
        (
            r#"{"allow": [{"time": {"from": "08:00", "to": "09:00", "zone": "CET"}}]}"#,
            "/allow/0/time/zone",
            "write `+01:00`",
        ),
        (
            r#"{"cors": {"allow_origins": []}}"#,
            "/cors/allow_origins",
            "empty",
        ),
        (
            r#"{"cors": {"allow_origins": ["https://a.test/"]}}"#,
            "/cors/allow_origins/0",
            "without a path",
        ),
        (
            r#"{"cors": {"allow_origins": ["https://*.a.test"]}}"#,
            "/cors/allow_origins/0",
            "no origin",
        ),
        (
            r#"{"cors": {"allow_origins": ["*"], "allow_credentials": true}}"#,
            "/cors/allow_credentials",
            "not supported",
        ),
        (
            r#"{"cors": {"allow_origins": ["*"], "allow_methods": ["GET, PUT"]}}"#,
            "/cors/allow_methods/0",
            "no name",
        ),
        (
            r#"{"cors": {"allow_origins": ["*"], "max_age": 86401}}"#,
            "/cors/max_age",
            "-1 to 86400",
        ),
    ] {
        let found = problems(config);
        assert_eq!(found[0].0, pointer, "{config}: {found:?}");
        assert!(found[0].1.contains(part), "{config}: {found:?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let found = problems(
        r#"{"deny": [{"method": ["get"], "address": ["x"]}, {}], "cors": {"allow_origins": ["x"], "max_age": -2}}"#,
    );
    let places: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    let expected = [
        "/deny/0/address/0",
        "/deny/0/method/0",
        "/deny/1",
        "/cors/allow_origins/0",
        "/cors/max_age",
    ];
    assert_eq!(places, expected);
}
