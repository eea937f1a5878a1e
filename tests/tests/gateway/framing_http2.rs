//! Requests over HTTP/2 that would be something else once they are written as HTTP/1.1.

use wasmgate_tests::{
    Gateway, Upstream,
    frames::{self, Frames, frame},
    framing, reading,
};

/// One line of the file.
struct Case {
    reads: bool,
    name: &'static str,
    /// In their order, the pseudo fields too.
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
}

fn cases() -> impl Iterator<Item = Case> {
    let lines = include_str!("../../cases/framing_http2.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| case(line).unwrap_or_else(|| panic!("not a case: {line}")))
}

fn case(line: &'static str) -> Option<Case> {
    let (outcome, rest) = line.split_once(" | ")?;
    let (name, rest) = rest.split_once(" | ")?;
    let (head, body) = rest.split_once(" | ")?;
    let mut words = head.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    let mut fields = vec![field(":method", method)?, field(":scheme", "http")?];
    let words = words.collect::<Vec<_>>();
    if !words.iter().any(|word| word.starts_with(":authority")) {
        fields.push(field(":authority", "a")?);
    }
    fields.push(field(":path", path)?);
    for word in words {
        let (name, value) = word.split_once('=')?;
        fields.push(field(name, value)?);
    }
    Some(Case {
        reads: outcome == "reads",
        name,
        fields,
        body: framing::unescape(body)?,
    })
}

fn field(name: &str, value: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    Some((framing::unescape(name)?, framing::unescape(value)?))
}

/// HPACK: every field as a literal that nobody remembers.
fn packed(fields: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut packed = Vec::new();
    for (name, value) in fields {
        packed.push(0);
        for text in [name, value] {
            packed.push(u8::try_from(text.len()).expect("a short text"));
            packed.extend_from_slice(text);
        }
    }
    packed
}

#[derive(Debug, PartialEq)]
enum Outcome {
    /// The first byte of the answer's head, which is its status where that is a common one.
    Answered(u8),
    Reset,
}

/// `:status: 200` and `:status: 400`.
const OK: Outcome = Outcome::Answered(0x88);
const BAD_REQUEST: Outcome = Outcome::Answered(0x8c);

async fn send(gateway: &Gateway, case: &Case) -> Outcome {
    let mut client = Frames::connect(gateway.address(), &[]).await;
    let flags = match case.body.is_empty() {
        true => frames::END_HEADERS | frames::END_STREAM,
        false => frames::END_HEADERS,
    };
    let mut request = frame(frames::HEADERS, flags, 1, &packed(&case.fields));
    if !case.body.is_empty() {
        request.extend(frame(frames::DATA, frames::END_STREAM, 1, &case.body));
    }
    client.write(&request).await;
    while let Some(frame) = client.next().await {
        match frame.kind {
            frames::HEADERS => return Outcome::Answered(frame.payload[0]),
            frames::RESET | frames::FAREWELL => return Outcome::Reset,
            _ => {}
        }
    }
    Outcome::Reset
}

#[tokio::test]
async fn every_case_of_http2_has_one_reading() {
    let upstream = Upstream::start().await;
    let gateway = Gateway::start(&format!(
        "apis: {{ main: {{ routes: {{ $default: {{ to: '{}' }} }} }} }}\n",
        upstream.url()
    ))
    .await;
    for case in cases() {
        let before = upstream.requests().len();
        let outcome = send(&gateway, &case).await;
        let seen = upstream.requests().split_off(before);
        let name = case.name;
        match (case.reads, &*seen) {
            (true, [request]) => {
                assert_eq!(outcome, OK, "{name}");
                assert!(reading::is_plain(&request.head), "{name}: {}", request.head);
                assert_eq!(request.body, case.body, "{name}: {}", request.head);
            }
            (false, []) => {
                assert!(
                    [BAD_REQUEST, Outcome::Reset].contains(&outcome),
                    "{name}: {outcome:?}"
                );
            }
            _ => panic!("{name}: {outcome:?}, the upstream saw {seen:?}"),
        }
    }
}
