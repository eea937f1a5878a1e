//! Values of expressions, and whether they hold.

use std::cmp::Ordering;

use super::{Rendered, Renderer, failed, too_deep};
use crate::{
    error::Place,
    tree::{Comparison, Expression, Math, Operator},
    value::{Incomparable, Key, Map, Number, NumberError, Origin, Value, equal},
};

impl Renderer<'_> {
    pub(super) fn value(&mut self, expression: &Expression) -> Rendered<Value> {
        self.out.charge(1, Place::default())?;
        Ok(match expression {
            Expression::Word => Value::Null,
            Expression::True => Value::Boolean(true),
            Expression::False => Value::Boolean(false),
            Expression::Integer(number) => Value::integer(*number),
            Expression::Long(number) => Value::Number(Number::Long(*number)),
            Expression::Big(digits) => Value::Number(Number::Big(digits.clone())),
            Expression::Double(number) => Value::Number(Number::Double(*number)),
            Expression::Text(text) => Value::Text(text.clone()),
            Expression::Interpolated(block, cut) => {
                let mut text = self.deeper(Place::default(), |renderer| renderer.aside(block))?;
                if *cut {
                    text.pop();
                }
                Value::text(text)
            }
            Expression::Reference(reference) => self.reference(reference)?,
            Expression::List(items) => Value::list(Origin::Template, self.values(items)?),
            Expression::Map(pairs) => self.map(pairs)?,
            Expression::Range(bounds, place) => self.range(bounds, *place)?,
            Expression::Math(math) => self.math(math)?,
            Expression::Not(_)
            | Expression::And(_)
            | Expression::Or(_)
            | Expression::Compare(..) => Value::Boolean(self.holds(expression)?),
        })
    }

    pub(super) fn values(&mut self, expressions: &[Expression]) -> Rendered<Vec<Value>> {
        expressions
            .iter()
            .map(|expression| self.value(expression))
            .collect()
    }

    /// Whether a condition is met. Literals other than `true` never are.
    pub(super) fn holds(&mut self, expression: &Expression) -> Rendered<bool> {
        self.out.charge(1, Place::default())?;
        match expression {
            Expression::True => Ok(true),
            Expression::Reference(reference) => self.is_true(reference),
            Expression::Not(negated) => Ok(!self.holds(negated)?),
            Expression::And(sides) => Ok(self.holds(&sides.0)? && self.holds(&sides.1)?),
            Expression::Or(sides) => Ok(self.holds(&sides.0)? || self.holds(&sides.1)?),
            Expression::Compare(comparison, sides) => self.compare(*comparison, sides),
            _ => Ok(false),
        }
    }

    fn map(&mut self, pairs: &[(Expression, Expression)]) -> Rendered<Value> {
        let mut map = Map::default();
        for (key, value) in pairs {
            let key = Key::of(&self.value(key)?);
            let value = self.value(value)?;
            map.put(key, value);
        }
        Ok(Value::map(map))
    }

    fn range(&mut self, bounds: &(Expression, Expression), place: Place) -> Rendered<Value> {
        let (Value::Number(first), Value::Number(last)) =
            (self.value(&bounds.0)?, self.value(&bounds.1)?)
        else {
            return Ok(Value::Null);
        };
        let (first, last) = (first.int(), last.int());
        self.out.charge(first.abs_diff(last) as usize, place)?;
        let items: Vec<_> = match first < last {
            true => (first..=last).map(Value::integer).collect(),
            false => (last..=first).rev().map(Value::integer).collect(),
        };
        Ok(Value::list(Origin::Template, items))
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        sides: &(Expression, Expression),
    ) -> Rendered<bool> {
        if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            let equal = self.are_equal(&sides.0, &sides.1)?;
            return Ok(equal == (comparison == Comparison::Equal));
        }
        let (left, right) = (self.value(&sides.0)?, self.value(&sides.1)?);
        let (Value::Number(left), Value::Number(right)) = (left, right) else {
            return Ok(false);
        };
        let order = left
            .compare(&right)
            .map_err(|error| uncountable(error, Place::default()))?;
        Ok(match comparison {
            Comparison::Less => order == Ordering::Less,
            Comparison::LessOrEqual => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        })
    }

    fn are_equal(&mut self, left: &Expression, right: &Expression) -> Rendered<bool> {
        if let (Some(Value::Text(left)), Expression::Text(right)) = (self.variable(left), right) {
            return Ok(left == right);
        }
        let (left, right) = (self.value(left)?, self.value(right)?);
        self.equal(&left, &right)
    }

    /// The value of what is no more than a variable.
    fn variable(&self, expression: &Expression) -> Option<&Value> {
        match expression {
            Expression::Reference(reference) if reference.steps.is_empty() => self.root(reference),
            _ => None,
        }
    }

    fn equal(&mut self, left: &Value, right: &Value) -> Rendered<bool> {
        let place = Place::default();
        if matches!((left, right), (Value::Block(..), _) | (_, Value::Block(..))) {
            if left.is_null() || right.is_null() {
                return Ok(false);
            }
            return Ok(self.text(left, place)? == self.text(right, place)?);
        }
        equal(left, right).map_err(|error| match error {
            Incomparable::TooDeep => too_deep(place),
            Incomparable::Number(error) => uncountable(error, place),
        })
    }

    fn math(&mut self, math: &Math) -> Rendered<Value> {
        let (left, right) = (self.value(&math.sides.0)?, self.value(&math.sides.1)?);
        let texts = matches!((&left, &right), (Value::Text(_), _) | (_, Value::Text(_)));
        if math.operator == Operator::Add && texts {
            return self.concatenated(math, &left, &right);
        }
        let (Value::Number(left), Value::Number(right)) = (left, right) else {
            return Ok(Value::Null);
        };
        let result = left.calculate(math.operator, &right);
        let result = result.map_err(|error| uncountable(error, math.place))?;
        Ok(result.map_or(Value::Null, Value::Number))
    }

    fn concatenated(&mut self, math: &Math, left: &Value, right: &Value) -> Rendered<Value> {
        let mut text = match left {
            Value::Null => math.literals.0.to_string(),
            _ => self.text(left, math.place)?.into_owned(),
        };
        match right {
            Value::Null => text.push_str(&math.literals.1),
            _ => text.push_str(&self.text(right, math.place)?),
        }
        self.out.sized(text.len(), math.place)?;
        Ok(Value::text(text))
    }
}

fn uncountable(error: NumberError, place: Place) -> crate::render::Halt {
    let message = match error {
        NumberError::TooLarge => "a number of more than 128 bits",
        NumberError::NoModulus => "`%` of numbers for which Java has none",
    };
    failed(place, message)
}
