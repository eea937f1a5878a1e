//! What lines look like, and what cannot get into them.

use std::sync::Arc;

use super::*;
use crate::observe::series::Registry;

#[test]
fn json_line_has_every_field() {
    let line = json(&exchange());
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        value,
        serde_json::json!({
            "time": "2026-11-21T09:30:00.123Z", "target": "access", "request_id": "JKJaXmPLvHcESHA=",
            "client": "192.0.2.1", "method": "GET", "path": "/orders/1", "status": 200, "bytes_in": 0,
            "bytes_out": 190, "latency_us": 1250, "upstream_latency_us": 900, "api": "shop", "stage": "$default",
            "route": "GET /orders/{id}", "upstream": "orders", "upstream_address": "10.0.0.1:9000",
            "user_agent": "curl/8.5",
        })
    );
    assert!(line.ends_with("}\n"));
}

#[test]
fn human_line_reads() {
    let mut line = Vec::new();
    let failure = "plugin `jwt`: trapped";
    let exchange = Exchange {
        failure: Some(&failure),
        blame: Some("plugin"),
        plugin: Some("jwt"),
        ..exchange()
    };
    let series = series();
    let access = AccessLine {
        exchange: &exchange,
        series: &series,
    };
    access.human(false, &mut Clock::default(), &mut line);
    assert_eq!(
        String::from_utf8(line).unwrap(),
        "09:30:00.123 GET /orders/1 200 1.2ms 192.0.2.1 shop \"GET /orders/{id}\" upstream=orders at=10.0.0.1:9000 \
         blame=plugin plugin=jwt id=JKJaXmPLvHcESHA= failure=\"plugin `jwt`: trapped\"\n"
    );
}

#[test]
fn caller_is_shown_as_authorizers_know_it() {
    let known = [("principalId", "ann"), ("a\"b", "c\nd")];
    let known = known.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let line = json(&Exchange {
        authorizer: &known,
        ..exchange()
    });
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    let expected = serde_json::json!({ "principalId": "ann", "a\"b": "c\nd" });
    assert_eq!(value["authorizer"], expected);
}

#[test]
fn forged_lines_are_impossible() {
    for hostile in [
        "a\nb",
        "a\r\nb",
        "\u{1b}[2J",
        "\u{9b}31m",
        "\u{202e}gpj",
        "q\"q\\q",
        "\0\u{7f}",
        "é\u{2028}",
    ] {
        let line = json(&Exchange {
            path: hostile,
            user_agent: Some(hostile),
            ..exchange()
        });
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["path"], hostile);
        assert_eq!(value["user_agent"], hostile);
        assert_eq!(line.lines().count(), 1);
        assert!(
            !line.trim_end().chars().any(char::is_control),
            "{line:?} controls a terminal"
        );
    }
}

#[test]
fn unmatched_request_has_no_route() {
    let mut line = Vec::new();
    let series = Registry::new(1).series("", "", "");
    let exchange = exchange();
    AccessLine {
        exchange: &exchange,
        series: &series,
    }
    .json(&mut Clock::default(), &mut line);
    let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(value.get("route"), None);
    assert_eq!(value.get("api"), None);
}

#[test]
fn dates_are_right() {
    for (seconds, expected) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_399, "2000-02-28T23:59:59.000Z"),
        (951_782_400, "2000-02-29T00:00:00.000Z"),
        (1_709_164_800, "2024-02-29T00:00:00.000Z"),
        (1_798_761_599, "2026-12-31T23:59:59.000Z"),
        (4_107_542_400, "2100-03-01T00:00:00.000Z"),
    ] {
        let mut line = Vec::new();
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        Clock::default().date_time(time, &mut line);
        assert_eq!(String::from_utf8(line).unwrap(), expected);
    }
}

#[test]
fn clock_follows_the_second() {
    let mut clock = Clock::default();
    let mut line = Vec::new();
    for millis in [0, 999, 1_000, 999] {
        clock.time(UNIX_EPOCH + Duration::from_millis(millis), &mut line);
        line.push(b' ');
    }
    assert_eq!(
        String::from_utf8(line).unwrap(),
        "00:00:00.000 00:00:00.999 00:00:01.000 00:00:00.999 "
    );
}

fn json(exchange: &Exchange<'_>) -> String {
    let mut line = Vec::new();
    let series = series();
    AccessLine {
        exchange,
        series: &series,
    }
    .json(&mut Clock::default(), &mut line);
    String::from_utf8(line).unwrap()
}

fn series() -> Arc<Series> {
    Registry::new(1).series("shop", "$default", "GET /orders/{id}")
}

fn exchange() -> Exchange<'static> {
    Exchange {
        series: None,
        request_id: "JKJaXmPLvHcESHA=",
        time: UNIX_EPOCH + Duration::from_millis(1_795_253_400_123),
        client: [192, 0, 2, 1].into(),
        method: "GET",
        path: "/orders/1",
        status: http::StatusCode::OK,
        bytes_in: 0,
        bytes_out: 190,
        latency: Duration::from_micros(1_250),
        upstream_latency: Some(Duration::from_micros(900)),
        upstream: Some("orders"),
        upstream_address: Some(([10, 0, 0, 1], 9000).into()),
        failure: None,
        blame: None,
        plugin: None,
        user_agent: Some("curl/8.5"),
        authorizer: &[],
    }
}
