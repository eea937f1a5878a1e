//! The longest token at a place; of several as long, the one that the grammar declares first.

mod measure;
mod parts;

use self::measure::{bracketed, character, span, word};
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
        state => within(&mut best, state, rest),
    }
    any(&mut best, state, first.len_utf8());
    best.0
}

/// What there is in a state other than the first.
fn within(best: &mut Best, state: State, rest: &[u8]) {
    match state {
        State::Default => {}
        State::Reference => parts::reference(best, rest),
        State::ReferenceModifier => parts::modifier(best, rest),
        State::Arguments => parts::arguments(best, rest),
        State::Index => parts::index(best, rest),
        State::PreDirective => parts::pre_directive(best, rest),
        State::Directive => parts::directive(best, rest),
        State::LineComment => best.offer(Kind::LineCommentEnd, measure::newline(rest)),
        State::Comment => best.word(Kind::CommentEnd, rest, "*#"),
        State::FormalComment => best.word(Kind::FormalCommentEnd, rest, "*#"),
        State::Verbatim => best.word(Kind::Verbatim, rest, "]]#"),
    }
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
    parts::set(best, rest);
    parts::line_comment(best, rest);
    parts::empty_index(best, rest);
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
