//! When values are equal: to Velocity's `==`, and to Java's `equals`.

use super::{Number, NumberError, TooDeep, Value, text};

const DEPTH: usize = 128;

/// How many values are compared. A list that holds another twice, which holds another twice, has many soon.
const COUNT: usize = 1_000_000;

/// Why two values cannot be compared.
pub(crate) enum Incomparable {
    Number(NumberError),
    TooDeep,
}

impl From<TooDeep> for Incomparable {
    fn from(_: TooDeep) -> Self {
        Incomparable::TooDeep
    }
}

/// `left == right`: numbers by value, things of a kind by `equals`, all else by what it looks like.
pub(crate) fn equal(left: &Value, right: &Value) -> Result<bool, Incomparable> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left
            .compare(right)
            .map(std::cmp::Ordering::is_eq)
            .map_err(Incomparable::Number),
        (Value::Null, _) | (_, Value::Null) => Ok(left.is_null() && right.is_null()),
        (Value::Text(left), Value::Text(right)) => Ok(left == right),
        (Value::Boolean(left), Value::Boolean(right)) => Ok(left == right),
        (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) => Ok(same(left, right)?),
        _ => Ok(text(left)? == text(right)?),
    }
}

/// Java's `equals`: numbers of different kinds never are.
pub(crate) fn same(left: &Value, right: &Value) -> Result<bool, TooDeep> {
    nested(left, right, 0, &mut 0)
}

fn nested(left: &Value, right: &Value, depth: usize, count: &mut usize) -> Result<bool, TooDeep> {
    *count += 1;
    if depth > DEPTH || *count > COUNT {
        return Err(TooDeep);
    }
    Ok(match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Boolean(left), Value::Boolean(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => numbers(left, right),
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::List(left), Value::List(right)) => {
            let (left, right) = (left.items(), right.items());
            left.len() == right.len() && all(left.iter().zip(&right), depth, count)?
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len() && {
                let pairs = left
                    .entries()
                    .into_iter()
                    .map(|(key, value)| (value, right.get(&key)));
                let pairs: Option<Vec<_>> =
                    pairs.map(|(value, other)| Some((value, other?))).collect();
                match pairs {
                    Some(pairs) => all(
                        pairs.iter().map(|(left, right)| (left, right)),
                        depth,
                        count,
                    )?,
                    None => false,
                }
            }
        }
        (Value::Entry(left), Value::Entry(right)) => {
            nested(&left.0, &right.0, depth + 1, count)?
                && nested(&left.1, &right.1, depth + 1, count)?
        }
        (Value::Object(left), Value::Object(right)) => left == right,
        _ => false,
    })
}

fn all<'v>(
    pairs: impl Iterator<Item = (&'v Value, &'v Value)>,
    depth: usize,
    count: &mut usize,
) -> Result<bool, TooDeep> {
    for (left, right) in pairs {
        if !nested(left, right, depth + 1, count)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn numbers(left: &Number, right: &Number) -> bool {
    match (left, right) {
        (Number::Integer(left), Number::Integer(right)) => left == right,
        (Number::Long(left), Number::Long(right)) => left == right,
        (Number::Double(left), Number::Double(right)) => left.to_bits() == right.to_bits(),
        (Number::Big(left), Number::Big(right))
        | (Number::Decimal(left), Number::Decimal(right)) => left == right,
        _ => false,
    }
}
