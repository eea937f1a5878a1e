//! What stands in the parentheses of a directive or of a method call.

use super::{Parsed, Parser, directive::Argument};
use crate::{error::Place, token::Kind, tree::Expression};

impl Parser<'_, '_> {
    /// `(…)` after a directive's name. Commas are optional.
    pub(super) fn directive_arguments(&mut self, name: &str) -> Parsed<Vec<Argument>> {
        self.skip(Kind::Whitespace)?;
        self.take(Kind::ParenOpen)?;
        let mut arguments = Vec::new();
        while self.more_arguments()? {
            self.skip(Kind::Whitespace)?;
            if self.skip(Kind::Comma)? {
                self.skip(Kind::Whitespace)?;
            }
            let argument = self.directive_argument()?;
            self.check_word(name, arguments.len(), &argument)?;
            arguments.push(argument);
        }
        self.skip(Kind::Whitespace)?;
        self.take(Kind::ParenClose)?;
        Ok(arguments)
    }

    /// Two tokens ahead: a white space, a comma, the beginning of an argument.
    fn more_arguments(&mut self) -> Parsed<bool> {
        let mut ahead = 0;
        if self.peek()? == Kind::Whitespace {
            ahead += 1;
        }
        if self.peek_at(ahead)? == Kind::Comma {
            ahead += 1;
            if ahead == 2 {
                return Ok(true);
            }
            if self.peek_at(ahead)? == Kind::Whitespace {
                return Ok(true);
            }
        }
        let begin = self.peek_at(ahead)?;
        if ahead == 0
            && matches!(
                begin,
                Kind::Identifier | Kind::ReferenceOpen | Kind::BracketOpen | Kind::CurlyOpen
            )
        {
            self.peek_at(1)?;
        }
        Ok(begin == Kind::Word || begins_value(begin))
    }

    fn directive_argument(&mut self) -> Parsed<Argument> {
        self.peek()?;
        let first = self.at;
        let value = match self.peek()? {
            Kind::Word => {
                self.next()?;
                Expression::Word
            }
            _ => self.value()?,
        };
        let image = self.tokens[first].image.clone();
        Ok(Argument { value, image })
    }

    /// Words are for the names of macros, and for the `in` of a loop.
    fn check_word(&self, name: &str, position: usize, argument: &Argument) -> Parsed<()> {
        let word = matches!(argument.value, Expression::Word);
        let fits = match name {
            "macro" if position == 0 => word,
            "foreach" => !word || position == 1,
            "macro" | "literal" | "define" | "break" | "stop" => !word,
            _ => true,
        };
        match fits {
            true => Ok(()),
            false => Err(self.mistake(format!("`{}` is no argument of `#{name}`", argument.image))),
        }
    }

    /// Values between commas, up to what closes them.
    pub(super) fn parameters(&mut self) -> Parsed<Vec<Expression>> {
        let mut parameters = Vec::new();
        let begin = self.peek()?;
        if begin == Kind::Whitespace || begins_value(begin) {
            parameters.push(self.parameter()?);
            while self.skip(Kind::Comma)? {
                parameters.push(self.parameter()?);
            }
        }
        Ok(parameters)
    }

    pub(super) fn parameter(&mut self) -> Parsed<Expression> {
        self.skip(Kind::Whitespace)?;
        let value = self.value()?;
        self.skip(Kind::Whitespace)?;
        Ok(value)
    }

    /// A literal, a reference, a list, a map or a range.
    pub(super) fn value(&mut self) -> Parsed<Expression> {
        let first = self.at;
        let value = self.deeper(Self::single)?;
        self.last = first..self.at;
        Ok(value)
    }

    fn single(&mut self) -> Parsed<Expression> {
        match self.peek()? {
            Kind::StringLiteral => self.string(),
            Kind::Integer => self.integer(),
            Kind::Float => self.float(),
            Kind::CurlyOpen => self.map(),
            Kind::BracketOpen => self.list(),
            Kind::True => self.next().map(|_| Expression::True),
            Kind::False => self.next().map(|_| Expression::False),
            Kind::Identifier | Kind::ReferenceOpen => {
                Ok(Expression::Reference(Box::new(self.reference()?)))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn map(&mut self) -> Parsed<Expression> {
        self.take(Kind::CurlyOpen)?;
        let mut pairs = Vec::new();
        self.skip(Kind::Whitespace)?;
        if begins_value(self.peek()?) {
            pairs.push(self.pair()?);
            while self.skip(Kind::Comma)? {
                pairs.push(self.pair()?);
            }
        }
        match self.peek()? {
            Kind::CurlyClose | Kind::ReferenceClose => self.next().map(|_| Expression::Map(pairs)),
            _ => Err(self.unexpected()),
        }
    }

    fn pair(&mut self) -> Parsed<(Expression, Expression)> {
        let key = self.parameter()?;
        self.take(Kind::Colon)?;
        Ok((key, self.parameter()?))
    }

    /// `[a, b]`, or `[1..5]`: which of them shows behind the first value.
    fn list(&mut self) -> Parsed<Expression> {
        self.peek()?;
        let place = self.place();
        self.take(Kind::BracketOpen)?;
        self.skip(Kind::Whitespace)?;
        if !begins_value(self.peek()?) {
            self.take(Kind::BracketClose)?;
            return Ok(Expression::List(Vec::new()));
        }
        let first = self.parameter()?;
        if self.skip(Kind::DoubleDot)? {
            return self.range(first, place);
        }
        let mut list = vec![first];
        while self.skip(Kind::Comma)? {
            list.push(self.parameter()?);
        }
        self.take(Kind::BracketClose)?;
        Ok(Expression::List(list))
    }

    fn range(&mut self, first: Expression, place: Place) -> Parsed<Expression> {
        let last = self.parameter()?;
        let bound = |value: &Expression| {
            matches!(
                value,
                Expression::Reference(_)
                    | Expression::Integer(_)
                    | Expression::Long(_)
                    | Expression::Big(_)
            )
        };
        if !bound(&first) || !bound(&last) {
            return Err(self.mistake("a range goes from an integer to an integer"));
        }
        self.take(Kind::BracketClose)?;
        Ok(Expression::Range(Box::new((first, last)), place))
    }
}

pub(super) fn begins_value(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::BracketOpen
            | Kind::CurlyOpen
            | Kind::StringLiteral
            | Kind::True
            | Kind::False
            | Kind::Integer
            | Kind::Float
            | Kind::Identifier
            | Kind::ReferenceOpen
    )
}
