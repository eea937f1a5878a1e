use std::sync::Arc;

use http::HeaderValue;

use super::*;
use crate::plugin::guests::context;

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

type Pairs = Vec<(String, String)>;

/// What is shown, where it is not refused.
fn gather<E>(
    show: impl FnOnce(&mut dyn FnMut(Cow<'_, str>, Cow<'_, str>)) -> Result<(), E>,
) -> Result<Pairs, E> {
    let mut pairs = Vec::new();
    show(&mut |name, value| pairs.push((name.into_owned(), value.into_owned())))?;
    Ok(pairs)
}

fn pairs(list: &[(&str, &str)]) -> Pairs {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    list.iter().map(owned).collect()
}

/// A request with nothing but these, shown to one who asks for some headers and some query parameters.
fn shown<T>(
    headers: &HeaderMap,
    query: &str,
    wanted: &[&str],
    look: impl FnOnce(ShownRequest<'_>) -> T,
) -> T {
    let context = Arc::new(context());
    let view = RequestView {
        method: "GET",
        path: "/",
        query: Some(query),
        headers,
        parameters: &[],
        context: &context,
        body: None,
    };
    let interest = Interest {
        headers: names(wanted),
        query: names(wanted),
        ..Interest::default()
    };
    look(ShownRequest {
        view,
        interest: &interest,
    })
}

fn shown_headers(headers: &HeaderMap, wanted: &[&str]) -> Result<Pairs, Box<Refusal>> {
    shown(headers, "", wanted, |request| {
        gather(|show| request.headers(show))
    })
}

fn shown_parameters(query: &str, wanted: &[&str]) -> Result<Pairs, Box<Refusal>> {
    shown(&HeaderMap::new(), query, wanted, |request| {
        gather(|show| request.query_parameters(show))
    })
}

#[test]
fn only_fields_of_the_interest_are_shown() {
    let headers = headers(&[("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")]);
    let shown = |wanted: &[&str]| shown_headers(&headers, wanted);
    assert_eq!(shown(&["a"]), Ok(pairs(&[("a", "1"), ("a", "3")])));
    assert_eq!(shown(&["c", "b"]), Ok(pairs(&[("b", "2"), ("c", "4")])));
    assert_eq!(shown(&[]), Ok(vec![]));
    assert_eq!(shown(&["*"]).map(|all| all.len()), Ok(4));
}

#[test]
fn a_field_that_is_not_utf8_refuses_only_who_asked_for_it() {
    let mut headers = headers(&[("a", "1")]);
    headers.insert("b", HeaderValue::from_bytes(b"\xff").expect("obs-text"));
    assert!(shown_headers(&headers, &["a"]).is_ok());
    let refusal = shown_headers(&headers, &["b"]).expect_err("refused");
    assert_eq!(refusal.status, StatusCode::BAD_REQUEST);
    assert_eq!(refusal.message.as_deref(), Some("header `b` is not UTF-8"));
}

#[test]
fn parameters_are_decoded_once() {
    let shown = |query| shown_parameters(query, &["a", "b c"]);
    assert_eq!(shown("a=%2541&x=1"), Ok(pairs(&[("a", "%41")])));
    assert_eq!(shown("b+c=1+2&a"), Ok(pairs(&[("b c", "1 2"), ("a", "")])));
    assert_eq!(
        shown("%61=%3D&a=b=c"),
        Ok(pairs(&[("a", "="), ("a", "b=c")]))
    );
    assert_eq!(
        shown("a=100%&a=%zz&a=%4"),
        Ok(pairs(&[("a", "100%"), ("a", "%zz"), ("a", "%4")]))
    );
}

#[test]
fn a_parameter_that_is_not_utf8_is_refused() {
    assert!(shown_parameters("a=%ff", &["a"]).is_err());
    assert!(shown_parameters("b=%ff", &["a"]).is_ok());
    assert!(shown_parameters("%ff=1", &["*"]).is_err());
}

#[test]
fn what_was_asked_for_is_shown_and_nothing_else() {
    let headers = headers(&[("x-api-key", "secret"), ("cookie", "c")]);
    let context = Arc::new(context());
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
    let request = ShownRequest {
        view,
        interest: &interest,
    };
    let infallible = |show: &mut dyn FnMut(Cow<'_, str>, Cow<'_, str>)| {
        request.path_parameters(&mut *show);
        request.context(show);
        Ok::<(), Box<Refusal>>(())
    };
    let headers = gather(|show| request.headers(show));
    assert_eq!(headers, Ok(pairs(&[("x-api-key", "secret")])));
    let parameters = gather(|show| request.query_parameters(show));
    assert_eq!(parameters, Ok(pairs(&[("key", "k")])));
    assert_eq!(
        gather(infallible),
        Ok(pairs(&[
            ("id", "7"),
            ("sourceIp", "127.0.0.1"),
            ("authorizer.tenant", "t"),
        ]))
    );
    assert_eq!((request.query(), request.body()), ("", None));
}

#[test]
fn everything_of_the_context_can_be_asked_for() {
    let context = context();
    let all: Vec<_> = context.all().collect();
    assert!(all.contains(&("requestId".into(), "r".into())));
    assert!(all.contains(&("trustedProxy".into(), "true".into())));
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
    let reply = ShownReply {
        view,
        interest: &interest,
    };
    let headers = gather(|show| {
        reply.headers(show);
        Ok::<(), Box<Refusal>>(())
    });
    assert_eq!(headers, Ok(pairs(&[("x-name", "a\u{fffd}b")])));
}
