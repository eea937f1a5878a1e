//! `$name`, `${name}`, `$!name`, and the steps from there.

use super::{Parsed, Parser};
use crate::{
    token::{Kind, Token},
    tree::{Call, Node, Reference, Root, Step},
};

/// What stands before a reference's name in its first token.
struct Beginning {
    /// Printed before the value.
    prefix: String,
    escaped: bool,
    root: Root,
}

impl Parser<'_, '_> {
    /// Two tokens ahead: a name and whatever follows, or a brace and a name.
    pub(super) fn begins_reference(&mut self) -> Parsed<bool> {
        let second = self.peek_at(1)?;
        Ok(self.peek()? == Kind::Identifier || second == Kind::Identifier)
    }

    pub(super) fn print(&mut self) -> Parsed<Node> {
        let reference = self.reference()?;
        Ok(match reference.root {
            Root::Text(text) => Node::Text(text),
            _ => Node::Print(reference),
        })
    }

    pub(super) fn reference(&mut self) -> Parsed<Reference> {
        self.peek()?;
        let (first, place) = (self.at, self.place());
        let braced = self.skip(Kind::ReferenceOpen)?;
        self.take(Kind::Identifier)?;
        let mut steps = Vec::new();
        self.indexes(&mut steps)?;
        while self.peek()? == Kind::Dot && self.peek_at(1)? == Kind::Identifier {
            self.take(Kind::Dot)?;
            steps.push(self.member()?);
            self.indexes(&mut steps)?;
        }
        if braced {
            self.take(Kind::ReferenceClose)?;
        }
        let Beginning {
            prefix,
            escaped,
            root,
        } = self.beginning(first);
        let literal = self.written(first, Token::literal);
        Ok(Reference {
            root,
            steps,
            escaped: escaped.then(|| literal.as_str().into()),
            literal: [&prefix, &prefix, &literal]
                .map(String::as_str)
                .concat()
                .into(),
            prefix: prefix.into(),
            place,
        })
    }

    fn indexes(&mut self, steps: &mut Vec<Step>) -> Parsed<()> {
        while self.peek()? == Kind::IndexOpen {
            let place = self.place();
            self.next()?;
            self.skip(Kind::Whitespace)?;
            let index = match self.peek()? {
                Kind::StringLiteral | Kind::Integer | Kind::True | Kind::False => self.value()?,
                Kind::Identifier | Kind::ReferenceOpen => self.value()?,
                _ => return Err(self.unexpected()),
            };
            self.skip(Kind::Whitespace)?;
            self.take(Kind::IndexClose)?;
            steps.push(Step::Index(Box::new(index), place));
        }
        Ok(())
    }

    /// A method where a parenthesis and the beginning of an argument follow the name, else a property.
    fn member(&mut self) -> Parsed<Step> {
        let place = self.place();
        let call = self.peek_at(1)? == Kind::ParenOpen && begins_arguments(self.peek_at(2)?);
        let name = self.next()?.image.into();
        if !call {
            return Ok(Step::Property(name));
        }
        self.take(Kind::ParenOpen)?;
        let arguments = self.parameters()?;
        self.take(Kind::CallClose)?;
        Ok(Step::Call(Box::new(Call {
            name,
            arguments,
            place,
        })))
    }

    /// Takes apart what stands before the name: backslashes, more signs, `$`, `!`, `{`. What is left in the token is
    /// what the reference looks like where it is printed literally.
    fn beginning(&mut self, first: usize) -> Beginning {
        let image = self.tokens[first].image.clone();
        if image.contains("\\!") {
            return Beginning {
                prefix: String::new(),
                escaped: false,
                root: Root::Nothing,
            };
        }
        let slashes = image.len() - image.trim_start_matches('\\').len();
        let rest = &image[slashes..];
        let sign = rest.rfind('$').unwrap_or(0);
        let prefix = [&image[..slashes / 2], &rest[..sign]].concat();
        let reference = &rest[sign..];
        self.tokens[first].image = reference.to_owned();
        let name = match reference {
            "${" | "$!{" => self.tokens[first + 1].image.clone(),
            _ => reference
                .trim_start_matches('$')
                .trim_start_matches('!')
                .to_owned(),
        };
        let root = match reference.starts_with('$') {
            true => Root::Variable(self.names.slot(&name)),
            false => Root::Text(reference.into()),
        };
        Beginning {
            prefix,
            escaped: slashes % 2 == 1,
            root,
        }
    }
}

fn begins_arguments(kind: Kind) -> bool {
    matches!(kind, Kind::Whitespace | Kind::CallClose) || super::arguments::begins_value(kind)
}
