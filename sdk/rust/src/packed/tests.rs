use super::{Grant as GrantRecord, Patch as PatchRecord, *};
use crate::{Grant, Patch, Response};

/// Values as the contract has them, written by hand: numbers as numbers, texts as texts.
macro_rules! values {
    ($($value:expr),* $(,)?) => {{
        let mut bytes = Vec::new();
        $(Value::from($value).write(&mut bytes);)*
        bytes
    }};
}

enum Value {
    Number(u32),
    Text(&'static str),
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Number(number)
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Value::Text(text)
    }
}

impl Value {
    fn write(self, bytes: &mut Vec<u8>) {
        match self {
            Value::Number(number) => bytes.extend(number.to_le_bytes()),
            Value::Text(text) => {
                bytes.extend(u32::try_from(text.len()).unwrap_or_default().to_le_bytes());
                bytes.extend(text.bytes());
            }
        }
    }
}

#[test]
fn a_request_and_the_reply_behind_it_are_read() {
    let call = Call {
        entry: 0,
        values: values![
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
            1u32,
            "sourceIp",
            "::1",
            0u32,
            200u32,
            1u32,
            "age",
            "5",
            1u32,
            "latency-us",
            "9",
        ],
        request_body: None,
        reply_body: Some(b"ok".to_vec()),
    };
    let (request, reply) = call.exchange();
    assert_eq!((request.method(), request.path()), ("GET", "/a"));
    assert_eq!(request.headers().collect::<Vec<_>>(), [("x-a", "1")]);
    assert_eq!(request.query_parameters().count(), 0);
    assert_eq!(request.path_parameter("id"), Some("7"));
    assert_eq!(request.context("sourceIp"), Some("::1"));
    assert_eq!((reply.status(), reply.header("age")), (200, Some("5")));
    assert_eq!(reply.extra("latency-us"), Some("9"));
    assert_eq!((request.body(), reply.body()), (None, Some(&b"ok"[..])));
}

#[test]
fn values_that_end_too_early_or_count_too_much_read_as_empty() {
    let whole = values!["GET", "/a", "", u32::MAX, "x-a", "1"];
    for end in 0..whole.len() {
        let (request, _) = Request::read(whole[..end].to_vec(), None);
        assert!(
            request
                .headers()
                .take(3)
                .all(|(name, _)| name.is_empty() || name == "x-a")
        );
        assert_eq!(request.path_parameter("id"), None);
    }
}

#[test]
fn results_are_written_in_the_order_of_their_records() {
    let grant = Grant::to("bob").context("a", "b").usage_key("k");
    assert_eq!(
        outcome::<_, GrantRecord>(Ok(grant)),
        (
            values![0u32, "bob", 1u32, "a", "b", "k", "", 0u32, 0u32],
            None
        )
    );
    let refusal = Refusal::invalid("no").header("h", "v").details(&[7]);
    assert_eq!(
        outcome::<(), ()>(Err(refusal)),
        (
            values![
                1u32, "invalid", "no", 1u32, "h", "v", 0u32, 1u32, "details", "[7]"
            ],
            None
        )
    );
    let patch = Patch::new().set_header("h", "v").body("new");
    assert_eq!(
        outcome::<_, PatchRecord>(Ok(patch)),
        (
            values![0u32, 1u32, "set-header", "h", "v", 0u32, 0u32],
            Some(b"new".to_vec())
        )
    );
    let respond = Patch::respond(Response::new(404).body("gone"));
    assert_eq!(
        outcome::<_, PatchRecord>(Ok(respond)),
        (
            values![0u32, 0u32, 1u32, 404u32, 0u32, 0u32, 0u32],
            Some(b"gone".to_vec())
        )
    );
}
