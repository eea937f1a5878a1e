//! Reads a template: tokens in, tree out.
//!
//! The grammar is Velocity's, and so is the number of tokens that each rule looks ahead, since reading a token may
//! change what the next one is.

mod arguments;
mod directive;
mod expression;
mod literal;
mod reference;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use crate::{
    error::{Place, Places, SyntaxError},
    lexer::Lexer,
    token::{Kind, Token},
    tree::{Block, Node, Slot},
};

/// How deep blocks, expressions and texts may stand in each other.
const DEPTH: usize = 64;

/// The variables of a template, by name.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<String, Slot>);

impl Names {
    pub(crate) fn slot(&mut self, name: &str) -> Slot {
        let next = self.0.len();
        *self.0.entry(name.to_owned()).or_insert(next)
    }

    pub(crate) fn find(&self, name: &str) -> Option<Slot> {
        self.0.get(name).copied()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}

/// Reads a whole template.
pub(crate) fn parse(text: &str, names: &mut Names) -> Result<Block, SyntaxError> {
    Parser::new(text, names, 0).template()
}

struct Parser<'t, 'n> {
    lexer: Lexer<'t>,
    places: Places<'t>,
    /// All tokens so far; some of them ahead of where the parser is.
    tokens: Vec<Token>,
    at: usize,
    /// The tokens of the value or expression that was read last, as Velocity counts them: those of an operator begin
    /// behind it.
    last: Range<usize>,
    names: &'n mut Names,
    /// The names of macros so far: they do nothing, but can be escaped.
    macros: BTreeSet<String>,
    depth: usize,
}

type Parsed<T> = Result<T, SyntaxError>;

impl<'t, 'n> Parser<'t, 'n> {
    fn new(text: &'t str, names: &'n mut Names, depth: usize) -> Self {
        Parser {
            lexer: Lexer::new(text),
            places: Places::new(text),
            tokens: Vec::new(),
            at: 0,
            last: 0..0,
            names,
            macros: BTreeSet::new(),
            depth,
        }
    }

    fn template(mut self) -> Parsed<Block> {
        let block = self.block()?;
        match self.peek()? {
            Kind::End => Ok(block),
            _ => Err(self.unexpected()),
        }
    }

    /// Statements, up to what ends a block.
    fn block(&mut self) -> Parsed<Block> {
        let mut block = Block::new();
        while begins_statement(self.peek()?) {
            if let Some(node) = self.deeper(Self::statement)? {
                push(&mut block, node);
            }
        }
        Ok(block)
    }

    fn statement(&mut self) -> Parsed<Option<Node>> {
        match self.peek()? {
            Kind::If => self.condition().map(Some),
            Kind::Identifier | Kind::ReferenceOpen if self.begins_reference()? => {
                self.print().map(Some)
            }
            Kind::LineComment | Kind::FormalCommentEnd | Kind::CommentEnd => self.comment(),
            Kind::Verbatim => self.verbatim(),
            Kind::Set => self.set().map(Some),
            Kind::EscapedDirective => self.escaped_directive(),
            Kind::DoubleEscape => self.escape(),
            Kind::Word | Kind::BracketedWord => self.directive(),
            Kind::Identifier => Err(self.unexpected()),
            _ => {
                let token = self.next()?;
                Ok(text(token.literal()))
            }
        }
    }

    /// What stood before the comment in its token is printed.
    fn comment(&mut self) -> Parsed<Option<Node>> {
        let token = self.next()?;
        let image = &token.image;
        let begin = image.find("##").or_else(|| image.find("#*"));
        let before = image[..begin.unwrap_or(0)].to_owned();
        if token.kind == Kind::LineComment && self.peek()? == Kind::LineCommentEnd {
            self.next()?;
        }
        Ok(text(before))
    }

    fn verbatim(&mut self) -> Parsed<Option<Node>> {
        let token = self.next()?;
        let inner = token.image.get(3..token.image.len().saturating_sub(3));
        inner
            .map(|inner| text(inner.to_owned()))
            .ok_or_else(|| self.mistake("`]]#` without its `#[[`"))
    }

    // Tokens.

    /// The kind of the next token.
    fn peek(&mut self) -> Parsed<Kind> {
        self.peek_at(0)
    }

    fn peek_at(&mut self, ahead: usize) -> Parsed<Kind> {
        while self.tokens.len() <= self.at + ahead {
            let token = self.lexer.next()?;
            self.tokens.push(token);
        }
        Ok(self.tokens[self.at + ahead].kind)
    }

    fn next(&mut self) -> Parsed<Token> {
        self.peek()?;
        self.at += 1;
        Ok(self.tokens[self.at - 1].clone())
    }

    fn take(&mut self, kind: Kind) -> Parsed<()> {
        match self.peek()? == kind {
            true => {
                self.at += 1;
                Ok(())
            }
            false => Err(self.unexpected()),
        }
    }

    fn skip(&mut self, kind: Kind) -> Parsed<bool> {
        let found = self.peek()? == kind;
        self.at += usize::from(found);
        Ok(found)
    }

    /// What was written from a token up to the last one that was read, as far as tokens tell.
    fn written(&self, first: usize, image: impl Fn(&Token) -> String) -> String {
        self.tokens
            .get(first..self.at)
            .unwrap_or_default()
            .iter()
            .map(image)
            .collect()
    }

    /// What was written as the value or expression that was read last.
    fn last_written(&self) -> Box<str> {
        let tokens = self.tokens.get(self.last.clone()).unwrap_or_default();
        tokens.iter().map(Token::literal).collect::<String>().into()
    }

    // Places and mistakes.

    fn place(&self) -> Place {
        let start = self.tokens.get(self.at).map_or(0, |token| token.start);
        self.places.of(start)
    }

    fn mistake(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError {
            place: self.place(),
            message: message.into(),
        }
    }

    fn unexpected(&self) -> SyntaxError {
        match self.tokens.get(self.at) {
            Some(token) if token.kind != Kind::End => {
                self.mistake(format!("unexpected `{}`", token.image))
            }
            _ => self.mistake("the template ends too early: is an `#end` missing?"),
        }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEPTH {
            return Err(self.mistake(format!("nested more than {DEPTH} deep")));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }
}

/// Texts that stand side by side become one.
fn push(block: &mut Block, node: Node) {
    if let (Some(Node::Text(before)), Node::Text(text)) = (block.last_mut(), &node) {
        *before = [&**before, &**text].concat().into();
    } else {
        block.push(node);
    }
}

fn text(text: String) -> Option<Node> {
    (!text.is_empty()).then(|| Node::Text(text.into()))
}

fn begins_statement(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ParenOpen
            | Kind::ParenClose
            | Kind::EscapedDirective
            | Kind::Set
            | Kind::LineComment
            | Kind::DoubleEscape
            | Kind::Escape
            | Kind::Text
            | Kind::FormalCommentEnd
            | Kind::CommentEnd
            | Kind::Verbatim
            | Kind::StringLiteral
            | Kind::If
            | Kind::Integer
            | Kind::Float
            | Kind::Word
            | Kind::BracketedWord
            | Kind::Identifier
            | Kind::Dot
            | Kind::ReferenceOpen
            | Kind::ReferenceClose
            | Kind::EmptyIndex
    )
}
