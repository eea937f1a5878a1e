//! `#if`, `#set`, `#foreach` and their like; what is no directive stays as it was written.

use std::sync::Arc;

use super::{Parsed, Parser, text};
use crate::{
    error::Place,
    lexer::State,
    token::{Kind, Token},
    tree::{Block, Branch, Define, Expression, Foreach, Node, Root, Set, Target},
};

/// Directives that stand apart from the grammar. Those with a block end with `#end`.
const PLUGGABLE: &[(&str, bool)] = &[
    ("foreach", true),
    ("macro", true),
    ("literal", true),
    ("define", true),
    ("break", false),
    ("stop", false),
];

/// A directive's head: its name, its arguments, and where it begins.
struct Head {
    name: String,
    /// None where there are no parentheses at all.
    arguments: Option<Vec<Argument>>,
    first: usize,
    place: Place,
}

/// An argument of a directive.
pub(super) struct Argument {
    pub(super) value: Expression,
    /// The first token of it.
    pub(super) image: String,
}

impl Parser<'_, '_> {
    pub(super) fn condition(&mut self) -> Parsed<Node> {
        let mut branches = vec![self.branch(Kind::If)?];
        while self.peek()? == Kind::ElseIf {
            branches.push(self.branch(Kind::ElseIf)?);
        }
        if self.skip(Kind::Else)? {
            let block = self.block()?;
            branches.push(Branch {
                condition: None,
                block,
            });
        }
        self.take(Kind::EndDirective)?;
        Ok(Node::If(branches))
    }

    fn branch(&mut self, kind: Kind) -> Parsed<Branch> {
        self.take(kind)?;
        self.skip(Kind::Whitespace)?;
        self.take(Kind::ParenOpen)?;
        let condition = Some(self.expression()?);
        self.take(Kind::ParenClose)?;
        let block = self.block()?;
        Ok(Branch { condition, block })
    }

    pub(super) fn set(&mut self) -> Parsed<Node> {
        self.peek()?;
        let place = self.place();
        self.take(Kind::Set)?;
        self.skip(Kind::Whitespace)?;
        self.peek()?;
        let first = self.at;
        let reference = self.reference()?;
        self.skip(Kind::Whitespace)?;
        self.take(Kind::Assign)?;
        let value = self.expression()?;
        self.take(Kind::ParenClose)?;
        self.lexer.in_set = false;
        // Velocity takes the name from the first token: `${name}` and `$!name` set something that nothing prints.
        let image = self.tokens[first].image.clone();
        let target = match reference.root {
            _ if reference.steps.is_empty() => {
                Target::Variable(self.names.slot(after_sign(&image)))
            }
            Root::Variable(_) => Target::Path(reference),
            Root::Text(_) | Root::Nothing => Target::Variable(self.names.slot("")),
        };
        Ok(Node::Set(Box::new(Set {
            target,
            value,
            place,
        })))
    }

    pub(super) fn directive(&mut self) -> Parsed<Option<Node>> {
        self.peek()?;
        let (first, place) = (self.at, self.place());
        let token = self.next()?;
        let name = name(&token).to_owned();
        self.lexer.switch(State::Directive);
        let arguments = match self.lexer.opens_parenthesis() {
            true => Some(self.directive_arguments(&name)?),
            false if name == "macro" => {
                return Err(self.wrong(place, "`#macro` needs a name: `#macro(name)`"));
            }
            false => {
                self.lexer.pop();
                None
            }
        };
        let head = Head {
            name,
            arguments,
            first,
            place,
        };
        let pluggable = PLUGGABLE.iter().find(|(name, _)| *name == head.name);
        match pluggable {
            Some((_, true)) if head.arguments.is_some() => self.with_block(head),
            Some((name, true)) => Err(self.wrong(
                head.place,
                format!("`#{name}` needs its arguments in parentheses"),
            )),
            Some((_, false)) => self.leave(head),
            None => self.unknown(&head),
        }
    }

    /// `#@name(…)…#end` and whatever else has no meaning: printed as it was written.
    fn unknown(&mut self, head: &Head) -> Parsed<Option<Node>> {
        if head.name.starts_with('@') && head.arguments.is_some() {
            self.block()?;
            self.take(Kind::EndDirective)?;
        } else if head.name.starts_with('@') {
            return Ok(text(format!("#{}", head.name)));
        }
        Ok(text(self.written(head.first, |token| token.image.clone())))
    }

    fn leave(&mut self, head: Head) -> Parsed<Option<Node>> {
        let mut arguments = head.arguments.unwrap_or_default();
        if arguments.len() > 1 {
            return Err(self.wrong(
                head.place,
                format!("`#{}` takes one argument at most", head.name),
            ));
        }
        let argument = arguments.pop().map(|argument| Box::new(argument.value));
        Ok(Some(match head.name.as_str() {
            "stop" => Node::Stop,
            _ => Node::Break(argument, head.place),
        }))
    }

    fn with_block(&mut self, head: Head) -> Parsed<Option<Node>> {
        self.peek()?;
        let first = self.at;
        let block = self.block()?;
        let written = self.written(first, Token::literal);
        self.take(Kind::EndDirective)?;
        let arguments = head.arguments.unwrap_or_default();
        match head.name.as_str() {
            "foreach" => self.foreach(arguments, block, head.place),
            "define" => self.define(&arguments, block, head.place),
            "literal" if !arguments.is_empty() => {
                Err(self.wrong(head.place, "`#literal` takes no arguments"))
            }
            "literal" if first >= self.at - 1 => {
                Err(self.wrong(head.place, "`#literal` without a text"))
            }
            "literal" => Ok(text(written)),
            _ => self.swallowed_macro(&arguments, head.place),
        }
    }

    fn foreach(
        &mut self,
        arguments: Vec<Argument>,
        block: Block,
        place: Place,
    ) -> Parsed<Option<Node>> {
        if arguments.len() > 3 {
            return Err(self.wrong(place, "`#foreach` is written `#foreach($element in $list)`"));
        }
        let mut arguments = arguments.into_iter();
        let Some(element) = arguments.next() else {
            return Err(self.wrong(
                place,
                "`#foreach` needs an element: `#foreach($element in $list)`",
            ));
        };
        let element = match &element.value {
            Expression::Reference(reference) => match reference.root {
                Root::Variable(slot) => slot,
                Root::Text(_) | Root::Nothing => self.names.slot(""),
            },
            _ => self.names.slot(after_sign(&element.image)),
        };
        // Without `in`, the list is the block itself, which has no value.
        let list = arguments.nth(1).map_or(Expression::Word, |list| list.value);
        Ok(Some(Node::Foreach(Box::new(Foreach {
            element,
            list,
            block,
            place,
        }))))
    }

    fn define(
        &mut self,
        arguments: &[Argument],
        block: Block,
        place: Place,
    ) -> Parsed<Option<Node>> {
        let [argument] = arguments else {
            return Err(self.wrong(place, "`#define` takes one name: `#define($name)`"));
        };
        let slot = self.names.slot(after_sign(&argument.image));
        Ok(Some(Node::Define(slot, Arc::new(Define { block }))))
    }

    /// Macros do nothing in API Gateway; what stands in them must be well formed all the same.
    fn swallowed_macro(&mut self, arguments: &[Argument], place: Place) -> Parsed<Option<Node>> {
        let Some(name) = arguments.first() else {
            return Err(self.wrong(place, "`#macro` needs a name: `#macro(name)`"));
        };
        self.macros.insert(name.image.clone());
        Ok(None)
    }

    /// Half of the backslashes before what is a directive, all before what is none.
    pub(super) fn escaped_directive(&mut self) -> Parsed<Option<Node>> {
        let mut token = self.next()?;
        let slashes = token.image.rfind('\\').unwrap_or(0);
        let directive = token.image[slashes + 1..].to_owned();
        if self.known(bare(&directive[1..])) {
            token.image = [&token.image[..slashes / 2], &directive].concat();
            self.tokens[self.at - 1].image.clone_from(&token.image);
        }
        Ok(text(token.image))
    }

    fn known(&self, name: &str) -> bool {
        let built_in = ["if", "end", "set", "else", "elseif"].contains(&name);
        built_in || self.is_pluggable(name)
    }

    fn is_pluggable(&self, name: &str) -> bool {
        PLUGGABLE.iter().any(|(known, _)| *known == name) || self.macros.contains(name)
    }

    /// Pairs of backslashes: one each before a directive, both before anything else.
    pub(super) fn escape(&mut self) -> Parsed<Option<Node>> {
        let mut pairs = 0;
        while self.peek()? == Kind::DoubleEscape {
            self.next()?;
            pairs += 1;
        }
        let next = &self.tokens[self.at];
        let name = after_sign(&next.image);
        let control = matches!(
            next.kind,
            Kind::If | Kind::Else | Kind::ElseIf | Kind::EndDirective
        );
        let each = if control || self.is_pluggable(name) {
            "\\"
        } else {
            "\\\\"
        };
        Ok(text(each.repeat(pairs)))
    }

    fn wrong(&self, place: Place, message: impl Into<String>) -> crate::SyntaxError {
        crate::SyntaxError {
            place,
            message: message.into(),
        }
    }
}

/// The name of a directive: `#name` or `#{name}`.
fn name(token: &Token) -> &str {
    match token.kind {
        Kind::BracketedWord => token.image.get(2..token.image.len() - 1),
        _ => token.image.get(1..),
    }
    .unwrap_or_default()
}

fn bare(name: &str) -> &str {
    name.strip_prefix('{')
        .map_or(name, |name| name.strip_suffix('}').unwrap_or(name))
}

/// All but the first character, which is a `$` in the usual case.
fn after_sign(image: &str) -> &str {
    let mut characters = image.chars();
    characters.next();
    characters.as_str()
}
