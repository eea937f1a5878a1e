use super::*;

fn changed(code: &str, name: &str, value: &str, side: Side) -> Checked<Change> {
    let raw = types::Change {
        code: code.into(),
        name: name.into(),
        value: value.into(),
    };
    change(raw, side)
}

fn on_request(code: &str, name: &str, value: &str) -> Checked<Change> {
    changed(code, name, value, Side::Request)
}

fn refused(code: &str, name: &str, value: &str) -> String {
    match on_request(code, name, value) {
        Err(Fault::Contract(message)) => message,
        other => panic!("{code} {name} {value:?} gave {other:?}"),
    }
}

fn empty_patch() -> types::Patch {
    types::Patch {
        changes: vec![],
        body: None,
        respond: None,
        extra: vec![],
    }
}

fn response(status: u16, headers: &[(&str, &str)]) -> types::Response {
    let own = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
    types::Response {
        status,
        headers: headers.iter().map(own).collect(),
        body: vec![],
        extra: vec![],
    }
}

fn refusal_of(code: &str) -> End {
    refusal(types::Refusal {
        code: code.into(),
        message: "why".into(),
        headers: vec![],
        context: vec![],
        extra: vec![],
    })
}

#[test]
fn header_values_cannot_split_a_message() {
    for value in ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "a\x7fb", "\u{1}"] {
        refused("set-header", "x-name", value);
        refused("append-header", "x-name", value);
    }
}

#[test]
fn header_names_are_tokens() {
    for name in ["", "a b", "a:b", "a\r\nb", "a\0", "é", "(a)", " a", "a "] {
        refused("set-header", name, "v");
        refused("remove-header", name, "");
    }
}

#[test]
fn fields_of_framing_and_routing_are_refused() {
    let fields = [
        "Connection",
        "keep-alive",
        "Proxy-Connection",
        "proxy-authenticate",
        "proxy-authorization",
        "TE",
        "Trailer",
        "transfer-encoding",
        "Upgrade",
        "content-length",
        "HOST",
    ];
    for name in fields {
        let said = refused("set-header", name, "1");
        assert!(said.contains(&name.to_lowercase()), "{said}");
        refused("append-header", name, "1");
        refused("remove-header", name, "");
        assert!(answer(response(200, &[(name, "1")])).is_err());
    }
}

#[test]
fn good_changes_pass_as_they_are() {
    let value = HeaderValue::from_static("a b");
    let name = HeaderName::from_static("x-name");
    assert_eq!(
        on_request("set-header", "X-Name", "a b").ok(),
        Some(Change::SetHeader(name, value))
    );
    assert_eq!(
        on_request("set-query", "a b", "c&d\r\n").ok(),
        Some(Change::SetQuery("a b".into(), "c&d\r\n".into()))
    );
    assert_eq!(
        on_request("set-path", "", "/a%20b/c;d=e").ok(),
        Some(Change::SetPath("/a%20b/c;d=e".into()))
    );
    assert_eq!(
        changed("set-status", "", "404", Side::Reply).ok(),
        Some(Change::SetStatus(StatusCode::NOT_FOUND))
    );
}

#[test]
fn paths_that_readers_take_differently_are_refused() {
    let paths = [
        "",
        "a",
        "a/b",
        "/a?b",
        "/a#b",
        "/a b",
        "/a\r\nb",
        "/\0",
        "/%00",
        "/a/../b",
        "/..",
        "/a/.",
        "/%2e%2E/b",
        "/.%2e",
        "/é",
        "/a\\b",
    ];
    for path in paths {
        refused("set-path", "", path);
    }
}

#[test]
fn statuses_are_three_digits_from_200() {
    for value in [
        "", "99", "100", "199", "600", "999", "+20", "0200", "2e2", " 200", "65736",
    ] {
        assert!(
            changed("set-status", "", value, Side::Reply).is_err(),
            "{value}"
        );
    }
    assert!(answer(response(101, &[])).is_err());
    assert!(answer(response(200, &[])).is_ok());
}

#[test]
fn methods_are_tokens_and_never_connect() {
    for value in ["", "GET /", "G\r\n", "CONNECT"] {
        refused("set-method", "", value);
    }
    assert!(on_request("set-method", "", "PURGE").is_ok());
}

#[test]
fn unknown_codes_are_named() {
    assert_eq!(refused("set-colour", "", ""), "unknown change `set-colour`");
}

#[test]
fn changes_of_the_other_side_are_refused() {
    refused("set-status", "", "200");
    for code in [
        "set-query",
        "append-query",
        "remove-query",
        "set-path",
        "set-method",
        "upstream",
    ] {
        let change = changed(code, "a", "/a", Side::Reply);
        assert!(matches!(change, Err(Fault::Contract(said)) if said.contains("requests only")));
    }
}

#[test]
fn one_bad_change_discards_the_patch() {
    let change = |name: &str| types::Change {
        code: "set-header".into(),
        name: name.into(),
        value: "v".into(),
    };
    let raw = types::Patch {
        changes: vec![change("a"), change("b c")],
        ..empty_patch()
    };
    assert!(patch(raw, Side::Request).is_err());
}

#[test]
fn counts_and_bytes_are_bounded() {
    let raw = |count: usize, size: usize| types::Patch {
        changes: vec![
            types::Change {
                code: "append-header".into(),
                name: "a".into(),
                value: "v".repeat(size),
            };
            count
        ],
        ..empty_patch()
    };
    assert!(patch(raw(128, 10), Side::Reply).is_ok());
    assert!(patch(raw(129, 10), Side::Reply).is_err());
    assert!(patch(raw(2, 40 << 10), Side::Reply).is_err());
}

#[test]
fn an_answer_makes_the_rest_void() {
    let raw = types::Patch {
        changes: vec![types::Change {
            code: "nonsense".into(),
            name: String::new(),
            value: String::new(),
        }],
        respond: Some(response(418, &[("x-a", "1"), ("x-a", "2")])),
        ..empty_patch()
    };
    let read = patch(raw, Side::Request).expect("a patch");
    assert!(read.changes.is_empty());
    let answer = read.respond.expect("an answer");
    assert_eq!(answer.status, StatusCode::IM_A_TEAPOT);
    assert_eq!(answer.headers.get_all("x-a").iter().count(), 2);
}

#[test]
fn what_this_version_does_not_know_is_not_passed_over() {
    let raw = types::Patch {
        extra: vec![("remove-body".into(), String::new())],
        ..empty_patch()
    };
    assert!(patch(raw, Side::Request).is_err());
}

#[test]
fn refusals_have_the_status_of_their_code() {
    let statuses = [
        ("unauthorized", 401),
        ("forbidden", 403),
        ("invalid", 400),
        ("too-large", 413),
        ("too-many", 429),
    ];
    for (code, status) in statuses {
        assert!(matches!(refusal_of(code), End::Refused(refusal) if refusal.status == status));
    }
    assert!(matches!(refusal_of("stale"), End::Stale(refusal) if refusal.status == 401));
}

#[test]
fn details_of_a_refusal_are_json() {
    let with = |name: &str, value: &str| {
        refusal(types::Refusal {
            code: "invalid".into(),
            message: String::new(),
            headers: vec![],
            context: vec![],
            extra: vec![(name.into(), value.into())],
        })
    };
    let told = |end: End| matches!(end, End::Refused(refusal) if refusal.details == Some(serde_json::json!([1])));
    assert!(told(with("details", "[1]")));
    let long = format!("\"{}\"", "a".repeat(64 << 10));
    for (name, value) in [
        ("details", "[1"),
        ("details", long.as_str()),
        ("more", "[1]"),
    ] {
        let end = with(name, value);
        assert!(
            matches!(end, End::Failed(Fault::Contract(_))),
            "{name}: {end:?}"
        );
    }
}

#[test]
fn failures_and_unknown_codes_are_reported() {
    let reported = |code| match refusal_of(code) {
        End::Failed(Fault::Reported(message)) => message,
        other => panic!("{code} gave {other:?}"),
    };
    assert_eq!(reported("failure"), "why");
    assert_eq!(reported("maybe"), "code `maybe`: why");
}

#[test]
fn grants_are_cached_for_an_hour_at_most() {
    let raw = authorizer::Grant {
        principal: "p".into(),
        context: vec![],
        usage_key: String::new(),
        policy: String::new(),
        ttl: u32::MAX,
        extra: vec![],
    };
    let read = grant(raw).expect("a grant");
    assert_eq!(read.ttl.as_secs(), 3_600);
    assert_eq!(read.usage_key, None);
}

#[test]
fn long_texts_of_a_grant_are_refused() {
    let granted = |principal: usize, usage_key: usize, policy: usize| {
        grant(authorizer::Grant {
            principal: "p".repeat(principal),
            context: vec![],
            usage_key: "u".repeat(usage_key),
            policy: "{".repeat(policy),
            ttl: 0,
            extra: vec![],
        })
    };
    assert!(granted(MOST_TEXT, MOST_TEXT, MOST_TEXT).is_ok());
    for (principal, usage_key, policy) in [(1, 0, 0), (0, 1, 0), (0, 0, 1)] {
        let more = |by: usize| MOST_TEXT * by + by;
        assert!(granted(more(principal), more(usage_key), more(policy)).is_err());
    }
}
