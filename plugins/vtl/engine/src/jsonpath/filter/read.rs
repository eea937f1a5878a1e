//! Reads filters.

use super::{Filter, Literal, Operand, Operator};
use crate::{
    jsonpath::parse::{DEPTH, Reader},
    methods::Fault,
    value::Number,
};

/// Longer ones first.
const OPERATORS: &[(&str, Operator)] = &[
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=~", Operator::Matches),
    ("in ", Operator::In),
    ("nin ", Operator::NotIn),
    ("contains ", Operator::Contains),
    ("size ", Operator::Size),
    ("empty ", Operator::Empty),
];

/// Reads a condition up to the parenthesis that ends it.
pub(in crate::jsonpath) fn read(reader: &mut Reader<'_>) -> Result<Filter, Fault> {
    if reader.depth == DEPTH {
        return Err(reader.error("is nested too deep"));
    }
    reader.depth += 1;
    let filter = either(reader);
    reader.depth -= 1;
    filter
}

fn either(reader: &mut Reader<'_>) -> Result<Filter, Fault> {
    let mut left = both(reader)?;
    while reader.rest().starts_with("||") {
        reader.at += 2;
        left = Filter::Or(Box::new((left, both(reader)?)));
    }
    Ok(left)
}

fn both(reader: &mut Reader<'_>) -> Result<Filter, Fault> {
    let mut left = single(reader)?;
    while reader.rest().starts_with("&&") {
        reader.at += 2;
        left = Filter::And(Box::new((left, single(reader)?)));
    }
    Ok(left)
}

fn single(reader: &mut Reader<'_>) -> Result<Filter, Fault> {
    reader.space();
    let mut negations = 0;
    while reader.peek() == Some(b'!') {
        reader.at += 1;
        reader.space();
        negations += 1;
    }
    let filter = match reader.peek() {
        Some(b'(') => {
            reader.at += 1;
            let inner = read(reader)?;
            reader.expect(")")?;
            inner
        }
        _ => comparison(reader)?,
    };
    reader.space();
    Ok(if negations % 2 == 1 {
        Filter::Not(Box::new(filter))
    } else {
        filter
    })
}

fn comparison(reader: &mut Reader<'_>) -> Result<Filter, Fault> {
    let left = operand(reader)?;
    reader.space();
    let found = OPERATORS
        .iter()
        .find(|(sign, _)| reader.rest().starts_with(sign));
    let Some((sign, operator)) = found else {
        return Ok(Filter::Exists(left));
    };
    reader.at += sign.len();
    reader.space();
    Ok(Filter::Compare(left, *operator, operand(reader)?))
}

fn operand(reader: &mut Reader<'_>) -> Result<Operand, Fault> {
    match reader.peek() {
        Some(sign @ (b'@' | b'$')) => {
            reader.at += 1;
            let mut tokens = Vec::new();
            reader.tokens(&mut tokens)?;
            Ok(Operand::Path {
                from_root: sign == b'$',
                tokens,
            })
        }
        _ => literal(reader).map(Operand::Literal),
    }
}

fn literal(reader: &mut Reader<'_>) -> Result<Literal, Fault> {
    match reader.peek() {
        Some(b'\'' | b'"') => reader.quoted().map(Literal::Text),
        Some(b'/') => pattern(reader),
        Some(b'[') => list(reader),
        _ => word(reader),
    }
}

fn pattern(reader: &mut Reader<'_>) -> Result<Literal, Fault> {
    reader.at += 1;
    let end = reader
        .rest()
        .find('/')
        .ok_or_else(|| reader.error("has a pattern without its end"))?;
    let pattern = reader.rest()[..end].to_owned();
    reader.at += end + 1;
    let any_case = reader.peek() == Some(b'i');
    reader.at += usize::from(any_case);
    Ok(Literal::Pattern(if any_case {
        format!("(?i){pattern}")
    } else {
        pattern
    }))
}

fn list(reader: &mut Reader<'_>) -> Result<Literal, Fault> {
    reader.expect("[")?;
    let mut items = Vec::new();
    loop {
        reader.space();
        match reader.peek() {
            Some(b']') => {
                reader.at += 1;
                return Ok(Literal::List(items));
            }
            Some(b',') => reader.at += 1,
            Some(b'[') => return Err(reader.error("has a list in a list")),
            _ => items.push(literal(reader)?),
        }
    }
}

fn word(reader: &mut Reader<'_>) -> Result<Literal, Fault> {
    let ends = |character: char| {
        !(character.is_ascii_alphanumeric() || matches!(character, '-' | '+' | '.'))
    };
    let length = reader.rest().find(ends).unwrap_or(reader.rest().len());
    let word = &reader.rest()[..length];
    let literal = match word {
        "true" => Literal::Boolean(true),
        "false" => Literal::Boolean(false),
        "null" => Literal::Null,
        _ if word.bytes().any(|byte| byte.is_ascii_digit()) => Literal::Number(
            Number::read(word).ok_or_else(|| reader.error("has a value that cannot be read"))?,
        ),
        _ => return Err(reader.error("has a value that cannot be read")),
    };
    reader.at += length;
    Ok(literal)
}
