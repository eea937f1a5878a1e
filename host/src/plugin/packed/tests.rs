use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::*;
use crate::plugin::{Interest, Names, ReplyView, RequestView, guests};

/// Values by hand: numbers as numbers, texts as texts.
macro_rules! values {
    ($($value:expr),* $(,)?) => {{
        let mut values = Writer::default();
        $($value.write(&mut values);)*
        values.done()
    }};
}

trait Value {
    fn write(&self, to: &mut Writer);
}

impl Value for u32 {
    fn write(&self, to: &mut Writer) {
        to.number(*self);
    }
}

impl Value for &str {
    fn write(&self, to: &mut Writer) {
        to.text(self);
    }
}

fn read<T: Unpack>(
    values: Vec<u8>,
    body: Option<&str>,
) -> Result<Result<T, types::Refusal>, Ended> {
    let body = body.map(|body| body.as_bytes().to_vec());
    unpack(Outcome { values, body })
}

#[test]
fn a_request_is_written_member_by_member() {
    let mut headers = HeaderMap::new();
    headers.insert("x-a", HeaderValue::from_static("1"));
    let mut reply_headers = HeaderMap::new();
    reply_headers.insert("age", HeaderValue::from_static("5"));
    let context = Arc::new(guests::context());
    let body = Bytes::from_static(b"beside");
    let request = RequestView {
        method: "GET",
        path: "/a",
        query: Some("not=asked"),
        headers: &headers,
        parameters: &[("id".into(), "7".to_owned())],
        context: &context,
        body: Some(&body),
    };
    let reply = ReplyView {
        status: StatusCode::OK,
        headers: &reply_headers,
        body: None,
        extra: &[("latency-us", "9".to_owned())],
    };
    let all = || Names::from(vec!["*".to_owned()]);
    let interest = Interest {
        headers: all(),
        path: all(),
        reply_headers: all(),
        body: true,
        ..Interest::default()
    };
    let request = ShownRequest {
        view: request,
        interest: &interest,
    };
    let reply = ShownReply {
        view: reply,
        interest: &interest,
    };
    let packed = pack(request, Some(reply)).expect("all of it is UTF-8");
    assert_eq!(packed.request_body, Some(&b"beside"[..]));
    let expected = values![
        "GET",
        "/a",
        "",
        1u32,
        "x-a",
        "1",
        0u32,
        1u32,
        "id",
        "7",
        0u32,
        0u32,
        200u32,
        1u32,
        "age",
        "5",
        1u32,
        "latency-us",
        "9",
    ];
    assert_eq!(packed.values, expected);
}

#[test]
fn results_are_read_with_the_body_that_stands_beside_them() {
    let values = values![0u32, "bob", 1u32, "a", "b", "k", "", 9u32, 0u32];
    let grant: authorizer::Grant = read(values, None)
        .expect("values of a result")
        .expect("granted");
    assert_eq!(
        (&*grant.principal, &*grant.usage_key, grant.ttl),
        ("bob", "k", 9)
    );
    assert_eq!(grant.context, [("a".to_owned(), "b".to_owned())]);

    let values = values![0u32, 1u32, "set-header", "h", "v", 0u32, 0u32];
    let patch: types::Patch = read(values, Some("new"))
        .expect("values of a result")
        .expect("granted");
    assert_eq!(
        (patch.changes.len(), patch.body.as_deref()),
        (1, Some(&b"new"[..]))
    );

    let values = values![0u32, 0u32, 1u32, 404u32, 0u32, 0u32, 0u32];
    let patch: types::Patch = read(values, Some("gone"))
        .expect("values of a result")
        .expect("granted");
    let answer = patch.respond.expect("an answer");
    assert_eq!(
        (answer.status, &*answer.body, patch.body),
        (404, &b"gone"[..], None)
    );

    let values = values![1u32, "invalid", "no", 0u32, 0u32, 0u32];
    let refusal = read::<()>(values, None)
        .expect("values of a result")
        .expect_err("refused");
    assert_eq!((&*refusal.code, &*refusal.message), ("invalid", "no"));
}

#[test]
fn what_is_no_result_is_a_fault_and_costs_no_memory() {
    let whole = values![0u32, "bob", 1u32, "a", "b", "k", "", 9u32, 0u32];
    for end in 0..whole.len() {
        assert_eq!(
            read::<authorizer::Grant>(whole[..end].to_vec(), None).err(),
            Some(Ended)
        );
    }
    let longer = [&whole[..], &[0]].concat();
    let not_utf8 = [&0u32.to_le_bytes()[..], &1u32.to_le_bytes(), &[0xff]].concat();
    let endless = values![0u32, "bob", u32::MAX];
    for values in [longer, not_utf8, endless, values![2u32], vec![]] {
        assert_eq!(read::<authorizer::Grant>(values, None).err(), Some(Ended));
    }
}
