//! The longest token at a place; of several as long, the one that the grammar declares first.

use super::State;
use crate::token::Kind;

/// Where the last run of backslashes ends, so that a long one is walked once.
#[derive(Default)]
pub(crate) struct Run {
    start: usize,
    end: usize,
}

impl Run {
    fn length(&mut self, bytes: &[u8], at: usize) -> usize {
        if !(self.start..self.end).contains(&at) {
            self.start = at;
            self.end = at + span(&bytes[at..], |byte| byte == b'\\');
        }
        self.end - at
    }
}

/// The best match so far.
struct Best(Option<(Kind, usize)>);

impl Best {
    fn offer(&mut self, kind: Kind, length: usize) {
        let better = self
            .0
            .is_none_or(|(best, longest)| length > longest || (length == longest && kind < best));
        if better && length > 0 {
            self.0 = Some((kind, length));
        }
    }

    fn word(&mut self, kind: Kind, rest: &[u8], word: &str) {
        if rest.starts_with(word.as_bytes()) {
            self.offer(kind, word.len());
        }
    }
}

/// The kind and length of the token at a place of the text.
pub(crate) fn longest(state: State, text: &str, at: usize, run: &mut Run) -> Option<(Kind, usize)> {
    let rest = &text.as_bytes()[at..];
    let first = text[at..].chars().next()?;
    let mut best = Best(None);
    signs(&mut best, text.as_bytes(), at, run);
    match state {
        State::Default => default(&mut best, text.as_bytes(), at, run),
        State::Reference => {
            reference(&mut best, rest);
            set(&mut best, rest);
            line_comment(&mut best, rest);
            empty_index(&mut best, rest);
        }
        State::ReferenceModifier => {
            reference(&mut best, rest);
            set(&mut best, rest);
            best.word(Kind::ParenOpen, rest, "(");
        }
        State::Arguments => {
            values(&mut best, rest);
            collections(&mut best, rest);
            set(&mut best, rest);
            identifier(&mut best, rest);
            booleans(&mut best, rest);
            best.word(Kind::CallClose, rest, ")");
        }
        State::Index => {
            values(&mut best, rest);
            booleans(&mut best, rest);
            best.word(Kind::IndexClose, rest, "]");
        }
        State::PreDirective => pre_directive(&mut best, rest),
        State::Directive => directive(&mut best, rest),
        State::LineComment => best.offer(Kind::LineCommentEnd, newline(rest)),
        State::Comment => best.word(Kind::CommentEnd, rest, "*#"),
        State::FormalComment => best.word(Kind::FormalCommentEnd, rest, "*#"),
        State::Verbatim => best.word(Kind::Verbatim, rest, "]]#"),
    }
    any(&mut best, state, first.len_utf8());
    best.0
}

/// What a single character is where it is nothing else.
fn any(best: &mut Best, state: State, length: usize) {
    let kind = match state {
        State::Reference | State::ReferenceModifier => Kind::ReferenceTerminator,
        State::PreDirective => Kind::DirectiveTerminator,
        State::LineComment | State::Comment | State::FormalComment => Kind::Skipped,
        State::Verbatim => Kind::Gathered,
        _ => return,
    };
    if best.0.is_none() {
        best.offer(kind, length);
    }
}

/// What may begin anywhere.
fn signs(best: &mut Best, bytes: &[u8], at: usize, run: &mut Run) {
    let rest = &bytes[at..];
    match rest[0] {
        b'$' => dollar(best, bytes, at, 0, run),
        b'\\' => {
            let slashes = run.length(bytes, at);
            if rest.get(slashes) == Some(&b'$') {
                dollar(best, bytes, at, slashes, run);
            }
        }
        b'#' => {
            best.word(Kind::VerbatimOpen, rest, "#[[");
            best.word(Kind::CommentOpen, rest, "#*");
            best.offer(Kind::Hash, 1);
            if rest.starts_with(b"#**") && rest.get(3).is_some_and(|byte| *byte != b'#') {
                best.offer(Kind::FormalCommentOpen, 3 + character(&rest[3..]));
            }
        }
        _ => {}
    }
}

fn dollar(best: &mut Best, bytes: &[u8], at: usize, slashes: usize, run: &mut Run) {
    best.offer(Kind::Dollar, slashes + 1);
    let after = at + slashes + 1;
    let more = match bytes.get(after) {
        Some(b'\\') => run.length(bytes, after),
        _ => 0,
    };
    if bytes.get(after + more) == Some(&b'!') {
        best.offer(Kind::DollarBang, slashes + 1 + more + 1);
    }
}

fn default(best: &mut Best, bytes: &[u8], at: usize, run: &mut Run) {
    let rest = &bytes[at..];
    best.offer(
        Kind::Text,
        span(rest, |byte| !matches!(byte, b'$' | b'#' | b'\\')),
    );
    set(best, rest);
    line_comment(best, rest);
    empty_index(best, rest);
    if rest[0] == b'\\' {
        best.word(Kind::DoubleEscape, rest, "\\\\");
        best.offer(Kind::Escape, 1);
        let slashes = run.length(bytes, at);
        if slashes % 2 == 1 && rest.get(slashes) == Some(&b'#') {
            let name = word(&rest[slashes + 1..]).max(bracketed(&rest[slashes + 1..]));
            best.offer(
                Kind::EscapedDirective,
                if name > 0 { slashes + 1 + name } else { 0 },
            );
        }
    }
}

fn reference(best: &mut Best, rest: &[u8]) {
    best.word(Kind::IndexOpen, rest, "[");
    best.word(Kind::ReferenceOpen, rest, "{");
    best.word(Kind::ReferenceClose, rest, "}");
    booleans(best, rest);
    identifier(best, rest);
}

fn identifier(best: &mut Best, rest: &[u8]) {
    if rest[0].is_ascii_alphabetic() || rest[0] == b'_' {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        best.offer(Kind::Identifier, span(rest, inner));
    }
    if rest[0] == b'.' && rest.get(1).is_some_and(u8::is_ascii_alphabetic) {
        best.offer(Kind::Dot, 2);
    }
}

/// Velocity's `#set` takes the white space before it.
fn set(best: &mut Best, rest: &[u8]) {
    let blank = span(rest, |byte| matches!(byte, b' ' | b'\t'));
    for name in ["#set", "#{set}"] {
        if rest[blank..].starts_with(name.as_bytes()) {
            let after = blank + name.len();
            let end = after + span(&rest[after..], |byte| byte == b' ');
            if rest.get(end) == Some(&b'(') {
                best.offer(Kind::Set, end + 1);
            }
        }
    }
}

fn line_comment(best: &mut Best, rest: &[u8]) {
    best.word(Kind::LineComment, rest, "##");
}

fn empty_index(best: &mut Best, rest: &[u8]) {
    for image in ["$[", "$![", "$\\![", "$."] {
        best.word(Kind::EmptyIndex, rest, image);
    }
}

fn pre_directive(best: &mut Best, rest: &[u8]) {
    line_comment(best, rest);
    numbers(best, rest);
    words(best, rest);
    for (kind, name) in [(Kind::If, "if"), (Kind::ElseIf, "elseif")] {
        best.word(kind, rest, name);
        best.word(kind, rest, &format!("{{{name}}}"));
    }
    for (kind, name) in [(Kind::EndDirective, "end"), (Kind::Else, "else")] {
        for name in [name.to_owned(), format!("{{{name}}}")] {
            if rest.starts_with(name.as_bytes()) {
                best.offer(kind, name.len() + line_end(&rest[name.len()..]));
            }
        }
    }
}

fn directive(best: &mut Best, rest: &[u8]) {
    line_comment(best, rest);
    values(best, rest);
    collections(best, rest);
    words(best, rest);
    booleans(best, rest);
    best.word(Kind::ParenOpen, rest, "(");
    if rest[0] == b')' {
        best.offer(Kind::ParenClose, 1 + line_end(&rest[1..]));
    }
    for (kind, image) in OPERATORS {
        best.word(*kind, rest, image);
    }
}

const OPERATORS: &[(Kind, &str)] = &[
    (Kind::Minus, "-"),
    (Kind::Plus, "+"),
    (Kind::Multiply, "*"),
    (Kind::Divide, "/"),
    (Kind::Modulus, "%"),
    (Kind::And, "&&"),
    (Kind::And, "and"),
    (Kind::Or, "||"),
    (Kind::Or, "or"),
    (Kind::Less, "<"),
    (Kind::Less, "lt"),
    (Kind::LessOrEqual, "<="),
    (Kind::LessOrEqual, "le"),
    (Kind::Greater, ">"),
    (Kind::Greater, "gt"),
    (Kind::GreaterOrEqual, ">="),
    (Kind::GreaterOrEqual, "ge"),
    (Kind::Equal, "=="),
    (Kind::Equal, "eq"),
    (Kind::NotEqual, "!="),
    (Kind::NotEqual, "ne"),
    (Kind::Not, "!"),
    (Kind::Not, "not"),
    (Kind::Assign, "="),
];

/// White space, strings and numbers.
fn values(best: &mut Best, rest: &[u8]) {
    best.offer(
        Kind::Whitespace,
        span(rest, |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')),
    );
    if let quote @ (b'"' | b'\'') = rest[0] {
        best.offer(Kind::StringLiteral, quoted(rest, quote));
    }
    numbers(best, rest);
}

fn collections(best: &mut Best, rest: &[u8]) {
    for (kind, image) in [
        (Kind::BracketOpen, "["),
        (Kind::BracketClose, "]"),
        (Kind::Comma, ","),
        (Kind::DoubleDot, ".."),
        (Kind::Colon, ":"),
        (Kind::CurlyOpen, "{"),
        (Kind::CurlyClose, "}"),
    ] {
        best.word(kind, rest, image);
    }
}

fn booleans(best: &mut Best, rest: &[u8]) {
    best.word(Kind::True, rest, "true");
    best.word(Kind::False, rest, "false");
}

fn words(best: &mut Best, rest: &[u8]) {
    best.offer(Kind::Word, word(rest));
    best.offer(Kind::BracketedWord, bracketed(rest));
}

fn word(rest: &[u8]) -> usize {
    match rest.first() {
        Some(first) if first.is_ascii_alphabetic() || matches!(first, b'_' | b'@') => {
            span(rest, word_byte)
        }
        _ => 0,
    }
}

fn bracketed(rest: &[u8]) -> usize {
    let named = rest.first() == Some(&b'{')
        && rest
            .get(1)
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    if !named {
        return 0;
    }
    let end = 1 + span(&rest[1..], word_byte);
    if rest.get(end) == Some(&b'}') {
        end + 1
    } else {
        0
    }
}

fn word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@')
}

fn numbers(best: &mut Best, rest: &[u8]) {
    let sign = usize::from(rest[0] == b'-');
    let whole = span(&rest[sign..], |byte| byte.is_ascii_digit());
    let after = sign + whole;
    if whole > 0 {
        best.offer(Kind::Integer, after);
        if rest[after..].starts_with(b"..") {
            best.offer(Kind::Integer, after + 2);
        }
        let exponent = exponent(&rest[after..]);
        best.offer(Kind::Float, if exponent > 0 { after + exponent } else { 0 });
    }
    if rest.get(after) == Some(&b'.') {
        let digits = span(&rest[after + 1..], |byte| byte.is_ascii_digit());
        if whole + digits > 0 {
            let end = after + 1 + digits;
            best.offer(Kind::Float, end + exponent(&rest[end..]));
        }
    }
}

fn exponent(rest: &[u8]) -> usize {
    if !matches!(rest.first(), Some(b'e' | b'E')) {
        return 0;
    }
    let sign = usize::from(matches!(rest.get(1), Some(b'+' | b'-')));
    match span(&rest[1 + sign..], |byte| byte.is_ascii_digit()) {
        0 => 0,
        digits => 1 + sign + digits,
    }
}

/// A quote, anything, a quote; two of them within stand for one.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut closed = 0;
    let mut at = 1;
    while let Some(found) = rest[at..].iter().position(|byte| *byte == quote) {
        closed = at + found + 1;
        if rest.get(closed) != Some(&quote) {
            break;
        }
        at = closed + 1;
    }
    closed
}

/// White space up to a line's end, and that; nothing where something else comes first.
fn line_end(rest: &[u8]) -> usize {
    let blank = span(rest, |byte| matches!(byte, b' ' | b'\t'));
    match newline(&rest[blank..]) {
        0 => 0,
        end => blank + end,
    }
}

fn newline(rest: &[u8]) -> usize {
    match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// The length of the character that begins here.
fn character(rest: &[u8]) -> usize {
    1 + span(&rest[1..], |byte| byte & 0xC0 == 0x80)
}

fn span(rest: &[u8], is: impl Fn(u8) -> bool) -> usize {
    rest.iter()
        .position(|byte| !is(*byte))
        .unwrap_or(rest.len())
}
