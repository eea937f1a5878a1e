//! `java.lang.Integer` and its like, `java.lang.Boolean`, and `String.format`.

use super::{Fault, Outcome, utf16};
use crate::value::{Number, Value, text};

pub(super) fn call(number: &Number, name: &str, arguments: &[Value]) -> Outcome {
    let value = match (name, arguments) {
        ("intValue", []) => Value::integer(number.int()),
        ("longValue", []) => Value::Number(Number::Long(number.long())),
        ("doubleValue", []) => Value::Number(Number::Double(number.double())),
        ("isNaN", []) if is_double(number) => Value::Boolean(number.double().is_nan()),
        ("isInfinite", []) if is_double(number) => Value::Boolean(number.double().is_infinite()),
        ("compareTo" | "compare", [Value::Number(other)]) if same_kind(number, other) => {
            let order = number
                .compare(other)
                .map_err(|_| Fault("a number of more than 128 bits".to_owned()))?;
            Value::integer(order as i32)
        }
        ("toString", [Value::Number(other)]) => Value::text(other.text()),
        ("valueOf", [Value::Number(other)]) => Value::Number(other.clone()),
        ("parseInt" | "parseLong" | "parseDouble" | "valueOf", [Value::Text(digits)]) => {
            return parsed(number, name, digits);
        }
        ("abs", []) => return Ok(None),
        ("max" | "min" | "sum", [Value::Number(left), Value::Number(right)]) => {
            return Ok(pair(name, left, right));
        }
        ("toHexString", [Value::Number(other)]) => Value::text(format!("{:x}", other.int())),
        _ => return Ok(None),
    };
    Ok(Some(value))
}

pub(super) fn boolean(yes: bool, name: &str, arguments: &[Value]) -> Outcome {
    Ok(match (name, arguments) {
        ("booleanValue", []) => Some(Value::Boolean(yes)),
        ("compareTo", [Value::Boolean(other)]) => {
            Some(Value::integer(i32::from(yes) - i32::from(*other)))
        }
        ("parseBoolean" | "valueOf", [Value::Text(text)]) => {
            Some(Value::Boolean(text.eq_ignore_ascii_case("true")))
        }
        _ => None,
    })
}

pub(super) fn hash(number: &Number) -> i32 {
    let folded = |bits: u64| (bits ^ (bits >> 32)) as i32;
    match number {
        Number::Integer(number) => *number,
        Number::Long(number) => folded(number.cast_unsigned()),
        Number::Double(number) => folded(number.to_bits()),
        Number::Big(digits) | Number::Decimal(digits) => utf16::hash(digits),
    }
}

/// The static methods that read a number, by way of one: `$integer.parseInt("5")`.
fn parsed(number: &Number, name: &str, digits: &str) -> Outcome {
    let wrong = || Fault(format!("`{digits}` is no number"));
    let plain = digits
        .strip_prefix('+')
        .filter(|rest| !rest.starts_with(['+', '-']))
        .unwrap_or(digits);
    Ok(Some(Value::Number(match (number, name) {
        (Number::Integer(_), "parseInt" | "valueOf") => {
            Number::Integer(plain.parse().map_err(|_| wrong())?)
        }
        (Number::Long(_), "parseLong" | "valueOf") => {
            Number::Long(plain.parse().map_err(|_| wrong())?)
        }
        (Number::Double(_), "parseDouble" | "valueOf") => {
            Number::Double(plain.trim().parse().map_err(|_| wrong())?)
        }
        _ => return Ok(None),
    })))
}

fn pair(name: &str, left: &Number, right: &Number) -> Option<Value> {
    let (Number::Integer(left), Number::Integer(right)) = (left, right) else {
        return None;
    };
    Some(Value::integer(match name {
        "max" => *left.max(right),
        "min" => *left.min(right),
        _ => left.wrapping_add(*right),
    }))
}

fn is_double(number: &Number) -> bool {
    matches!(number, Number::Double(_))
}

fn same_kind(left: &Number, right: &Number) -> bool {
    std::mem::discriminant(left) == std::mem::discriminant(right)
}

/// A `%…` of a format: what stands between the sign and the letter.
#[derive(Default)]
struct Field {
    left: bool,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
}

/// `String.format` with `%s`, `%d`, `%x`, `%f`, `%n` and `%%`.
pub(super) fn format(format: &str, values: &[Value]) -> Result<Value, Fault> {
    let mut out = String::new();
    let mut values = values.iter();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let (field, letter, tail) = field(after)?;
        rest = tail;
        match letter {
            '%' => out.push('%'),
            'n' => out.push('\n'),
            _ => {
                let value = values
                    .next()
                    .ok_or_else(|| Fault(format!("`%{letter}` without a value")))?;
                out.push_str(&field.padded(field.show(letter, value)?));
            }
        }
    }
    out.push_str(rest);
    Ok(Value::text(out))
}

fn field(text: &str) -> Result<(Field, char, &str), Fault> {
    let mut field = Field::default();
    let flags = text.len() - text.trim_start_matches(['-', '0']).len();
    field.left = text[..flags].contains('-');
    field.zeros = text[..flags].contains('0');
    let (width, text) = digits(&text[flags..]);
    field.width = width.unwrap_or(0);
    let text = match text.strip_prefix('.') {
        Some(text) => {
            let (precision, text) = digits(text);
            field.precision = precision;
            text
        }
        None => text,
    };
    let letter = text
        .chars()
        .next()
        .filter(|letter| "sdxfn%".contains(*letter));
    let letter = letter
        .ok_or_else(|| Fault("a format with `%` that is none of %s %d %x %f %n %%".to_owned()))?;
    match field.width > 1000 || field.precision.is_some_and(|precision| precision > 1000) {
        true => Err(Fault("a format with a width of more than 1000".to_owned())),
        false => Ok((field, letter, &text[1..])),
    }
}

fn digits(text: &str) -> (Option<usize>, &str) {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    (text[..end].parse().ok(), &text[end..])
}

impl Field {
    fn show(&self, letter: char, value: &Value) -> Result<String, Fault> {
        let wrong = || {
            Fault(format!(
                "a format with `%{letter}` for what is no such number"
            ))
        };
        Ok(match (letter, value) {
            ('s', value) => {
                let shown = text(value)?;
                shown
                    .chars()
                    .take(self.precision.unwrap_or(usize::MAX))
                    .collect()
            }
            (
                'd',
                Value::Number(number @ (Number::Integer(_) | Number::Long(_) | Number::Big(_))),
            ) => number.text(),
            ('x', Value::Number(number @ (Number::Integer(_) | Number::Long(_)))) => {
                format!("{:x}", number.long())
            }
            ('f', Value::Number(number @ (Number::Double(_) | Number::Decimal(_)))) => {
                format!("{:.*}", self.precision.unwrap_or(6), number.double())
            }
            _ => return Err(wrong()),
        })
    }

    fn padded(&self, shown: String) -> String {
        let missing = self.width.saturating_sub(utf16::length(&shown));
        if self.left {
            return shown + &" ".repeat(missing);
        }
        match (self.zeros, shown.strip_prefix('-')) {
            (true, Some(digits)) => ["-", &"0".repeat(missing), digits].concat(),
            (true, None) => "0".repeat(missing) + &shown,
            (false, _) => " ".repeat(missing) + &shown,
        }
    }
}
