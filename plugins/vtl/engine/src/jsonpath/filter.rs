//! Filters: `?(@.price < 10 && @.kind == 'book')`.

use std::cmp::Ordering;

use super::{
    Search, Token,
    parse::{DEPTH, Reader},
};
use crate::{
    methods::Fault,
    pattern::Pattern,
    value::{List, Number, Value, same},
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
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Filter, Fault> {
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
            (Value::Text(text), Some(pattern)) => Pattern::read(pattern)?.matches(text),
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
    for other in items(list) {
        if alike(item, &other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn items(list: &List) -> Vec<Value> {
    list.items()
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
