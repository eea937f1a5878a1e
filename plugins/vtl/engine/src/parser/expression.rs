//! Operators, from those that bind least to those that bind most.

use super::{Parsed, Parser};
use crate::{
    token::Kind,
    tree::{Comparison, Expression, Math, Operator},
};

/// The next level of the grammar.
type Level<'t, 'n> = fn(&mut Parser<'t, 'n>) -> Parsed<Expression>;

impl<'t, 'n> Parser<'t, 'n> {
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.deeper(Self::disjunction)
    }

    fn disjunction(&mut self) -> Parsed<Expression> {
        let mut left = self.conjunction()?;
        while self.skip(Kind::Or)? {
            let first = self.at;
            left = Expression::Or(Box::new((left, self.conjunction()?)));
            self.last = first..self.at;
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Parsed<Expression> {
        let mut left = self.equality()?;
        while self.skip(Kind::And)? {
            let first = self.at;
            left = Expression::And(Box::new((left, self.equality()?)));
            self.last = first..self.at;
        }
        Ok(left)
    }

    fn equality(&mut self) -> Parsed<Expression> {
        let comparison = |kind| match kind {
            Kind::Equal => Some(Comparison::Equal),
            Kind::NotEqual => Some(Comparison::NotEqual),
            _ => None,
        };
        self.comparisons(Self::relation, comparison)
    }

    fn relation(&mut self) -> Parsed<Expression> {
        let comparison = |kind| match kind {
            Kind::Less => Some(Comparison::Less),
            Kind::LessOrEqual => Some(Comparison::LessOrEqual),
            Kind::Greater => Some(Comparison::Greater),
            Kind::GreaterOrEqual => Some(Comparison::GreaterOrEqual),
            _ => None,
        };
        self.comparisons(Self::sum, comparison)
    }

    fn comparisons(
        &mut self,
        next: Level<'t, 'n>,
        comparison: impl Fn(Kind) -> Option<Comparison>,
    ) -> Parsed<Expression> {
        let mut left = next(self)?;
        while let Some(comparison) = comparison(self.peek()?) {
            self.next()?;
            let first = self.at;
            left = Expression::Compare(comparison, Box::new((left, next(self)?)));
            self.last = first..self.at;
        }
        Ok(left)
    }

    fn sum(&mut self) -> Parsed<Expression> {
        let operator = |kind| match kind {
            Kind::Plus => Some(Operator::Add),
            Kind::Minus => Some(Operator::Subtract),
            _ => None,
        };
        self.calculations(Self::product, operator)
    }

    fn product(&mut self) -> Parsed<Expression> {
        let operator = |kind| match kind {
            Kind::Multiply => Some(Operator::Multiply),
            Kind::Divide => Some(Operator::Divide),
            Kind::Modulus => Some(Operator::Modulus),
            _ => None,
        };
        self.calculations(Self::unary, operator)
    }

    fn calculations(
        &mut self,
        next: Level<'t, 'n>,
        operator: impl Fn(Kind) -> Option<Operator>,
    ) -> Parsed<Expression> {
        self.peek()?;
        let place = self.place();
        let mut left = next(self)?;
        while let Some(operator) = operator(self.peek()?) {
            let before = self.last_written();
            self.next()?;
            let first = self.at;
            let right = next(self)?;
            let after = self.last_written();
            self.last = first..self.at;
            left = Expression::Math(Box::new(Math {
                operator,
                sides: (left, right),
                literals: (before, after),
                place,
            }));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expression> {
        let ahead = usize::from(self.peek()? == Kind::Whitespace);
        if self.peek_at(ahead)? != Kind::Not {
            return self.primary();
        }
        self.skip(Kind::Whitespace)?;
        self.take(Kind::Not)?;
        let first = self.at;
        let negated = self.deeper(Self::unary)?;
        self.last = first..self.at;
        Ok(Expression::Not(Box::new(negated)))
    }

    fn primary(&mut self) -> Parsed<Expression> {
        self.skip(Kind::Whitespace)?;
        let value = match self.peek()? {
            Kind::ParenOpen => {
                self.next()?;
                let first = self.at;
                let inner = self.expression()?;
                self.last = first..self.at;
                self.take(Kind::ParenClose)?;
                inner
            }
            _ => self.value()?,
        };
        self.skip(Kind::Whitespace)?;
        Ok(value)
    }
}
