//! Cuts a template into tokens.
//!
//! Velocity's lexer has a dozen states and a stack of them, and its parser looks ahead by one to three tokens. What a
//! template means depends on when which token was read, so both are kept as they are: the parser asks for tokens one by
//! one, at the same moments.

mod matching;

use crate::{
    error::{Places, SyntaxError},
    token::{Kind, Token},
};

/// Where in the grammar the lexer is; a state has its own tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Default,
    Reference,
    ReferenceModifier,
    Arguments,
    Index,
    PreDirective,
    Directive,
    LineComment,
    Comment,
    FormalComment,
    Verbatim,
}

pub(crate) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    state: State,
    stack: Vec<Saved>,
    parens: Parens,
    in_comment: bool,
    /// Within `#set(…)`.
    pub(crate) in_set: bool,
    backslashes: matching::Run,
}

#[derive(Clone, Copy, Default)]
struct Parens {
    open: u32,
    closed: u32,
}

struct Saved {
    state: State,
    parens: Parens,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Lexer {
            text,
            at: 0,
            state: State::Default,
            stack: Vec::new(),
            parens: Parens::default(),
            in_comment: false,
            in_set: false,
            backslashes: matching::Run::default(),
        }
    }

    /// The next token; `Kind::End` at the end, again and again.
    pub(crate) fn next(&mut self) -> Result<Token, SyntaxError> {
        let mut special = Vec::new();
        loop {
            let start = self.at;
            if start == self.text.len() {
                return Ok(self.token(Kind::End, start, &special));
            }
            let kind = self.matched()?;
            match kind {
                Kind::Skipped => {}
                Kind::ReferenceTerminator | Kind::DirectiveTerminator => {
                    special.push(&self.text[start..self.at]);
                    self.back(1);
                    self.pop();
                }
                _ => {
                    let token = self.token(kind, start, &special);
                    return Ok(self.act(token));
                }
            }
        }
    }

    /// What comes after the name of a directive: does a parenthesis open its arguments?
    pub(crate) fn opens_parenthesis(&self) -> bool {
        self.text[self.at..]
            .trim_start_matches([' ', '\n', '\r', '\t'])
            .starts_with('(')
    }

    pub(crate) fn switch(&mut self, state: State) {
        self.state = state;
    }

    /// Back to the state before; false where there is none.
    pub(crate) fn pop(&mut self) -> bool {
        match self.stack.pop() {
            Some(Saved { state, parens }) => {
                self.parens = parens;
                self.state = state;
                true
            }
            None => {
                self.parens.open = 0;
                self.state = State::Default;
                false
            }
        }
    }

    /// Reads up to the end of a token, together with what only begins one.
    fn matched(&mut self) -> Result<Kind, SyntaxError> {
        loop {
            let rest = &self.text[self.at..];
            let found = matching::longest(self.state, self.text, self.at, &mut self.backslashes);
            let Some((kind, length)) = found.filter(|_| !rest.is_empty()) else {
                return Err(self.error());
            };
            self.at += length;
            if !self.begin(kind) {
                return Ok(kind);
            }
        }
    }

    /// What a token's beginning does; false where it is a token already.
    fn begin(&mut self, kind: Kind) -> bool {
        match kind {
            Kind::Gathered => {}
            Kind::Dollar | Kind::DollarBang => self.enter(State::Reference),
            Kind::VerbatimOpen => self.comment(State::Verbatim),
            Kind::CommentOpen => self.comment(State::Comment),
            Kind::FormalCommentOpen => {
                if !self.in_comment {
                    self.back(1);
                }
                self.comment(State::FormalComment);
            }
            Kind::Hash => self.enter(State::PreDirective),
            _ => return false,
        }
        true
    }

    fn enter(&mut self, state: State) {
        if self.in_comment {
            return;
        }
        let ends = match state {
            State::Reference => self.state == State::Reference,
            _ => matches!(self.state, State::Reference | State::ReferenceModifier),
        };
        if ends {
            self.pop();
        }
        self.push(state);
    }

    fn comment(&mut self, state: State) {
        if !self.in_comment {
            self.in_comment = true;
            self.push(state);
        }
    }

    fn push(&mut self, state: State) {
        self.stack.push(Saved {
            state: self.state,
            parens: self.parens,
        });
        self.parens.open = 0;
        self.state = state;
    }

    fn token(&self, kind: Kind, start: usize, special: &[&str]) -> Token {
        Token {
            kind,
            image: self.text[start..self.at].to_owned(),
            special: signs(special),
            start,
        }
    }

    /// What a token does to the state.
    fn act(&mut self, mut token: Token) -> Token {
        match token.kind {
            Kind::IndexOpen => self.push(State::Index),
            Kind::IndexClose | Kind::EndDirective | Kind::Else | Kind::ReferenceClose => {
                self.pop();
            }
            Kind::ParenOpen => self.open(),
            Kind::ParenClose => self.close(),
            Kind::CallClose => self.state = State::Reference,
            Kind::Set => self.set(),
            Kind::LineComment => self.line_comment(),
            Kind::LineCommentEnd | Kind::FormalCommentEnd | Kind::CommentEnd | Kind::Verbatim => {
                self.in_comment = false;
                self.pop();
            }
            Kind::StringLiteral if self.state == State::Directive => self.literal_ends(),
            Kind::If | Kind::ElseIf => self.state = State::Directive,
            Kind::Integer => self.integer(&mut token),
            Kind::Float if self.state != State::Arguments => self.literal_ends(),
            Kind::Dot => {
                self.back(1);
                token.image.truncate(0);
                token.image.push('.');
                self.state = State::ReferenceModifier;
            }
            _ => {}
        }
        token
    }

    fn open(&mut self) {
        if !self.in_comment {
            self.parens.open += 1;
        }
        if self.state == State::ReferenceModifier {
            self.state = State::Arguments;
        }
    }

    /// Drops down to the state that has an open parenthesis, and out of it where this one is its last.
    fn close(&mut self) {
        while !self.in_comment {
            if self.parens.open > 0 {
                if self.parens.open == self.parens.closed + 1 {
                    self.pop();
                } else {
                    self.parens.closed += 1;
                }
                return;
            }
            if !self.pop() {
                return;
            }
        }
    }

    fn set(&mut self) {
        if !self.in_comment {
            self.push(State::Directive);
            self.in_set = true;
            self.parens.open += 1;
        }
    }

    fn line_comment(&mut self) {
        if !self.in_comment {
            if self.state == State::Reference {
                self.pop();
            }
            self.in_comment = true;
            self.push(State::LineComment);
        }
    }

    /// `1..` is an integer and the dots of a range.
    fn integer(&mut self, token: &mut Token) {
        if token.image.ends_with("..") {
            token.image.truncate(token.image.len() - 2);
            self.back(2);
        }
        if !matches!(self.state, State::Arguments | State::Index) {
            self.literal_ends();
        }
    }

    fn literal_ends(&mut self) {
        if self.parens.open == 0 && !self.in_set {
            self.pop();
        }
    }

    fn back(&mut self, characters: usize) {
        for _ in 0..characters {
            let last = self.text[..self.at].chars().next_back();
            self.at -= last.map_or(0, char::len_utf8);
        }
    }

    fn error(&self) -> SyntaxError {
        let message = match self.text[self.at..].chars().next() {
            Some(found) => format!("unexpected {found:?}"),
            None => "the template ends in the middle of a directive or reference".to_owned(),
        };
        SyntaxError {
            place: Places::new(self.text).of(self.at),
            message,
        }
    }
}

/// The `$` and `#`, with the backslashes before a `$`, of what began neither reference nor directive.
fn signs(special: &[&str]) -> String {
    if special.last().is_none_or(|last| last.starts_with("##")) {
        return String::new();
    }
    let mut signs = String::new();
    for image in special {
        let mut rest = *image;
        while let Some(found) = rest.find(['#', '$', '\\']) {
            rest = &rest[found..];
            let slashes = rest.len() - rest.trim_start_matches('\\').len();
            if slashes == 0 {
                signs.push_str(&rest[..1]);
                rest = &rest[1..];
            } else if rest[slashes..].starts_with('$') {
                signs.push_str(&rest[..=slashes]);
                // The character behind is lost, as it is in Velocity.
                let skipped = rest[slashes + 1..].chars().next().map_or(0, char::len_utf8);
                rest = &rest[slashes + 1 + skipped..];
            } else {
                rest = &rest[1..];
            }
        }
    }
    signs
}
