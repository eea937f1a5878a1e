use std::{net::Ipv4Addr, sync::Arc};

use http::HeaderValue;

use super::*;
use crate::{context::Context, stage::RouteNames};

fn names(list: &[&str]) -> Names {
    Names::from(list.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
        headers.append(*name, value);
    }
    headers
}

#[test]
fn only_fields_of_the_interest_are_shown() {
    let headers = headers(&[("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")]);
    let arena = Bump::new();
    let shown = |list: &[&str]| request_headers(&headers, &names(list), &arena);
    assert_eq!(shown(&["a"]), Ok(&[("a", "1"), ("a", "3")][..]));
    assert_eq!(shown(&["c", "b"]), Ok(&[("b", "2"), ("c", "4")][..]));
    assert_eq!(shown(&[]), Ok(&[][..]));
    assert_eq!(shown(&["*"]).map(<[_]>::len), Ok(4));
}

#[test]
fn a_field_that_is_not_utf8_refuses_only_who_asked_for_it() {
    let mut headers = headers(&[("a", "1")]);
    headers.insert("b", HeaderValue::from_bytes(b"\xff").expect("obs-text"));
    let arena = Bump::new();
    assert!(request_headers(&headers, &names(&["a"]), &arena).is_ok());
    let refusal = request_headers(&headers, &names(&["b"]), &arena).expect_err("refused");
    assert_eq!(refusal.status, StatusCode::BAD_REQUEST);
    assert_eq!(refusal.message.as_deref(), Some("header `b` is not UTF-8"));
}

#[test]
fn parameters_are_decoded_once() {
    let arena = Bump::new();
    let shown = |query| parameters(query, &names(&["a", "b c"]), &arena);
    assert_eq!(shown("a=%2541&x=1"), Ok(&[("a", "%41")][..]));
    assert_eq!(shown("b+c=1+2&a"), Ok(&[("b c", "1 2"), ("a", "")][..]));
    assert_eq!(shown("%61=%3D&a=b=c"), Ok(&[("a", "="), ("a", "b=c")][..]));
    assert_eq!(
        shown("a=100%&a=%zz&a=%4"),
        Ok(&[("a", "100%"), ("a", "%zz"), ("a", "%4")][..])
    );
}

#[test]
fn a_parameter_that_is_not_utf8_is_refused() {
    let arena = Bump::new();
    assert!(parameters("a=%ff", &names(&["a"]), &arena).is_err());
    assert!(parameters("b=%ff", &names(&["a"]), &arena).is_ok());
    assert!(parameters("%ff=1", &names(&["*"]), &arena).is_err());
}

#[test]
fn a_record_holds_what_was_asked_for_and_nothing_else() {
    let headers = headers(&[("x-api-key", "secret"), ("cookie", "c")]);
    let context = Arc::new(context_of_a_request());
    let body = Bytes::from_static(b"body");
    let parameters = [
        ("id".into(), "7".to_owned()),
        ("other".into(), "8".to_owned()),
    ];
    let view = RequestView {
        method: "GET",
        path: "/orders/7",
        query: Some("page=2&key=k"),
        headers: &headers,
        parameters: &parameters,
        context: &context,
        body: Some(&body),
    };
    let interest = Interest {
        headers: names(&["x-api-key"]),
        query: names(&["key"]),
        path: names(&["id"]),
        context: names(&["sourceIp", "authorizer.tenant", "authorizer.none"]),
        ..Interest::default()
    };
    let arena = Bump::new();
    let record = request(view, &interest, &arena).expect("a record");
    assert_eq!(record.headers, [("x-api-key", "secret")]);
    assert_eq!(record.query, "");
    assert_eq!(record.query_parameters, [("key", "k")]);
    assert_eq!(record.path_parameters, [("id", "7")]);
    assert_eq!(
        record.context,
        [("sourceIp", "127.0.0.1"), ("authorizer.tenant", "t")]
    );
    assert_eq!(record.body, None);
}

#[test]
fn everything_of_the_context_can_be_asked_for() {
    let context = context_of_a_request();
    let all: Vec<_> = context.all().collect();
    assert!(all.contains(&("requestId".into(), "r".into())));
    assert!(all.contains(&("authorizer.tenant".into(), "t".into())));
    assert!(all.contains(&("identity.apiKey".into(), "k".into())));
}

#[test]
fn bytes_of_a_reply_that_are_not_utf8_are_replaced() {
    let mut headers = HeaderMap::new();
    headers.insert(
        "x-name",
        HeaderValue::from_bytes(b"a\xffb").expect("obs-text"),
    );
    let view = ReplyView {
        status: StatusCode::OK,
        headers: &headers,
        body: None,
        extra: &[],
    };
    let interest = Interest {
        reply_headers: names(&["x-name"]),
        ..Interest::default()
    };
    let arena = Bump::new();
    assert_eq!(
        reply(view, &interest, &arena).headers,
        [("x-name", "a\u{fffd}b")]
    );
}

fn context_of_a_request() -> Context {
    Context {
        request_id: "r".into(),
        source_ip: Ipv4Addr::LOCALHOST.into(),
        domain: "example.com".into(),
        protocol: "HTTP/1.1",
        user_agent: None,
        time: std::time::SystemTime::UNIX_EPOCH,
        route: Arc::new(RouteNames {
            api: "a".into(),
            stage: "$default".into(),
            route_key: "$default".into(),
        }),
        usage_key: Some("k".into()),
        authorizer: vec![("tenant".into(), "t".into())],
    }
}
