//! Filters: `?(@.price < 10 && @.kind == 'book')`.

mod read;

use std::cmp::Ordering;

pub(super) use self::read::read;
use super::{Search, Token};
use crate::{
    methods::Fault,
    pattern::Whole,
    value::{Number, Value, same},
};

/// A condition that an item meets or not.
#[derive(Debug)]
pub(super) enum Filter {
    And(Box<(Filter, Filter)>),
    Or(Box<(Filter, Filter)>),
    Not(Box<Filter>),
    Exists(Operand),
    Compare(Operand, Operator, Operand),
}

/// What is compared.
#[derive(Debug)]
pub(super) enum Operand {
    /// A path from the item, or from the document.
    Path {
        from_root: bool,
        tokens: Vec<Token>,
    },
    Literal(Literal),
}

/// A value that is written in the filter. Those of lists are kept as they are, since a path may be read once and used often.
#[derive(Clone, Debug)]
pub(super) enum Literal {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    Pattern(String),
    List(Vec<Literal>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    Contains,
    Size,
    Empty,
}

impl Filter {
    pub(super) fn holds(&self, item: &Value, search: &mut Search<'_>) -> Result<bool, Fault> {
        Ok(match self {
            Filter::And(sides) => sides.0.holds(item, search)? && sides.1.holds(item, search)?,
            Filter::Or(sides) => sides.0.holds(item, search)? || sides.1.holds(item, search)?,
            Filter::Not(negated) => !negated.holds(item, search)?,
            Filter::Exists(operand) => operand.exists(item, search)?,
            Filter::Compare(left, operator, right) => {
                let (left, right) = (left.value(item, search)?, right.value(item, search)?);
                compare(left.as_ref(), *operator, right.as_ref(), self)?
            }
        })
    }

    fn pattern(&self) -> Option<&str> {
        match self {
            Filter::Compare(_, _, Operand::Literal(Literal::Pattern(pattern))) => Some(pattern),
            _ => None,
        }
    }
}

impl Operand {
    fn value(&self, item: &Value, search: &mut Search<'_>) -> Result<Option<Value>, Fault> {
        match self {
            Operand::Literal(literal) => Ok(Some(literal.value())),
            Operand::Path { from_root, tokens } => {
                let from = if *from_root { search.root } else { item };
                search.find(tokens, from)
            }
        }
    }

    fn exists(&self, item: &Value, search: &mut Search<'_>) -> Result<bool, Fault> {
        let indefinite =
            matches!(self, Operand::Path { tokens, .. } if !tokens.iter().all(Token::is_definite));
        Ok(match self.value(item, search)? {
            Some(Value::List(list)) if indefinite => list.len() > 0,
            Some(_) => true,
            None => false,
        })
    }
}

impl Literal {
    fn value(&self) -> Value {
        match self {
            Literal::Null => Value::Null,
            Literal::Boolean(yes) => Value::Boolean(*yes),
            Literal::Number(number) => Value::Number(number.clone()),
            Literal::Text(text) | Literal::Pattern(text) => Value::from(text.as_str()),
            Literal::List(items) => Value::list(
                crate::value::Origin::Json,
                items.iter().map(Literal::value).collect(),
            ),
        }
    }
}

fn compare(
    left: Option<&Value>,
    operator: Operator,
    right: Option<&Value>,
    filter: &Filter,
) -> Result<bool, Fault> {
    let (Some(left), Some(right)) = (left, right) else {
        // What is missing equals nothing but what is missing too.
        let both = left.is_none() && right.is_none();
        return Ok(match operator {
            Operator::Equal => both,
            Operator::NotEqual => !both,
            Operator::NotIn => true,
            _ => false,
        });
    };
    Ok(match operator {
        Operator::Equal => alike(left, right)?,
        Operator::NotEqual => !alike(left, right)?,
        Operator::Less => order(left, right) == Some(Ordering::Less),
        Operator::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
        Operator::Greater => order(left, right) == Some(Ordering::Greater),
        Operator::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
        Operator::Matches => match (left, filter.pattern()) {
            (Value::Text(text), Some(pattern)) => Whole::compile(pattern)?.matches(text),
            _ => false,
        },
        Operator::In => within(left, right)?,
        Operator::NotIn => !within(left, right)?,
        Operator::Contains => match left {
            Value::Text(text) => matches!(right, Value::Text(part) if text.contains(&**part)),
            _ => within(right, left)?,
        },
        Operator::Size => size(left)
            .is_some_and(|size| matches!(right, Value::Number(number) if number.long() == size)),
        Operator::Empty => matches!(right, Value::Boolean(yes) if size(left) == Some(0) && *yes
            || size(left).is_some_and(|size| size > 0) && !*yes),
    })
}

fn alike(left: &Value, right: &Value) -> Result<bool, Fault> {
    Ok(match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left.compare(right).is_ok_and(Ordering::is_eq)
        }
        (Value::Number(number), Value::Text(text)) | (Value::Text(text), Value::Number(number)) => {
            Number::read(text)
                .is_some_and(|other| number.compare(&other).is_ok_and(Ordering::is_eq))
        }
        _ => same(left, right)?,
    })
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.compare(right).ok(),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

fn within(item: &Value, list: &Value) -> Result<bool, Fault> {
    let Value::List(list) = list else {
        return Ok(false);
    };
    for other in list.items() {
        if alike(item, &other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn size(value: &Value) -> Option<i64> {
    let size = match value {
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Text(text) => text.chars().count(),
        _ => return None,
    };
    i64::try_from(size).ok()
}
