//! Numbers, and how Velocity calculates with Java's kinds of them.

use std::{cmp::Ordering, sync::Arc};

use crate::tree::Operator;

/// A number of one of Java's kinds.
#[derive(Clone, Debug)]
pub enum Number {
    /// `Integer`
    Integer(i32),
    /// `Long`
    Long(i64),
    /// `Double`
    Double(f64),
    /// `BigInteger`, by its digits.
    Big(Arc<str>),
    /// `BigDecimal`, as it was written.
    Decimal(Arc<str>),
}

/// Why a calculation has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// More than 128 bits.
    TooLarge,
    /// Java does not know the remainder of a `BigDecimal`.
    NoModulus,
}

impl Number {
    /// A number as JSON writes it, of the kind that Java's JSON reader gives it.
    pub(crate) fn read(digits: &str) -> Option<Number> {
        if let Some(number) = small(digits) {
            return Some(Number::Integer(number));
        }
        let is_whole = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        if digits.bytes().all(is_whole) {
            return Some(match digits.parse::<i64>() {
                Ok(long) => i32::try_from(long).map_or(Number::Long(long), Number::Integer),
                Err(_) => Number::Big(digits.into()),
            });
        }
        match digits.len() > 18 {
            true => Some(Number::Decimal(digits.into())),
            false => digits.parse().ok().map(Number::Double),
        }
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Number::Integer(number) => integer(i64::from(*number), out),
            Number::Long(number) => integer(*number, out),
            Number::Double(number) => out.push_str(&double(*number)),
            Number::Big(digits) | Number::Decimal(digits) => out.push_str(digits),
        }
    }

    pub(crate) fn double(&self) -> f64 {
        match self {
            Number::Integer(number) => f64::from(*number),
            Number::Long(number) => *number as f64,
            Number::Double(number) => *number,
            Number::Big(digits) | Number::Decimal(digits) => digits.parse().unwrap_or(f64::NAN),
        }
    }

    /// Java's `longValue`.
    pub(crate) fn long(&self) -> i64 {
        match self {
            Number::Integer(number) => i64::from(*number),
            Number::Long(number) => *number,
            Number::Double(number) => *number as i64,
            Number::Big(digits) => digits.parse::<i128>().map_or(0, |big| big as i64),
            Number::Decimal(_) => self.double() as i64,
        }
    }

    /// Java's `intValue`.
    pub(crate) fn int(&self) -> i32 {
        match self {
            Number::Double(number) => *number as i32,
            _ => self.long() as i32,
        }
    }

    fn is_integer(&self) -> bool {
        matches!(self, Number::Integer(_) | Number::Long(_) | Number::Big(_))
    }

    fn is_zero(&self) -> bool {
        self.double() == 0.0
    }

    fn big(&self) -> Result<i128, NumberError> {
        match self {
            Number::Big(digits) => digits.parse().map_err(|_| NumberError::TooLarge),
            _ => Ok(i128::from(self.long())),
        }
    }

    /// Which of two numbers is more, whatever their kinds.
    pub(crate) fn compare(&self, other: &Number) -> Result<Ordering, NumberError> {
        if let (Number::Integer(left), Number::Integer(right)) = (self, other) {
            return Ok(left.cmp(right));
        }
        if self.is_integer() && other.is_integer() {
            return Ok(self.big()?.cmp(&other.big()?));
        }
        // What is no number is neither more nor less than anything, which Java's comparison takes for equal.
        Ok(self
            .double()
            .partial_cmp(&other.double())
            .unwrap_or(Ordering::Equal))
    }

    /// The result; none where something is divided by zero.
    pub(crate) fn calculate(
        &self,
        operator: Operator,
        other: &Number,
    ) -> Result<Option<Number>, NumberError> {
        if matches!(operator, Operator::Divide | Operator::Modulus) && other.is_zero() {
            return Ok(None);
        }
        let decimal = |number: &Number| matches!(number, Number::Decimal(_));
        if operator == Operator::Modulus && (decimal(self) || decimal(other)) {
            return Err(NumberError::NoModulus);
        }
        if !self.is_integer() || !other.is_integer() {
            let result = doubles(self.double(), operator, other.double());
            return Ok(Some(Number::Double(result)));
        }
        let (left, right) = (self.big()?, other.big()?);
        let result = integers(left, operator, right).ok_or(NumberError::TooLarge)?;
        let big = matches!(self, Number::Big(_)) || matches!(other, Number::Big(_));
        let long = matches!(self, Number::Long(_)) || matches!(other, Number::Long(_));
        Ok(Some(match operator {
            // Java's `mod` of big integers is never negative, and refuses what is not positive.
            Operator::Modulus if big && right < 0 => return Err(NumberError::NoModulus),
            Operator::Modulus if big => Number::Big(left.rem_euclid(right).to_string().into()),
            _ if big => Number::Big(result.to_string().into()),
            _ => wrapped(result, long),
        }))
    }
}

/// The kind of the larger operand, or the next one that the result fits.
fn wrapped(result: i128, long: bool) -> Number {
    match (i32::try_from(result), i64::try_from(result)) {
        (Ok(integer), _) if !long => Number::Integer(integer),
        (_, Ok(long)) => Number::Long(long),
        // The one quotient that does not fit: Java's overflows.
        _ => Number::Big(result.to_string().into()),
    }
}

fn integers(left: i128, operator: Operator, right: i128) -> Option<i128> {
    match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Modulus => left.checked_rem(right),
    }
}

fn doubles(left: f64, operator: Operator, right: f64) -> f64 {
    match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::Modulus => left % right,
    }
}

/// A number of so few digits that it fits. Most are.
fn small(digits: &str) -> Option<i32> {
    if digits.len() > 9 {
        return None;
    }
    digits.bytes().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i32::from(digit - b'0'))
    })
}

fn integer(number: i64, out: &mut String) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut left = number.unsigned_abs();
    while at == digits.len() || left > 0 {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    if number < 0 {
        out.push('-');
    }
    out.push_str(str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// Java's `Double.toString`: plain between a thousandth and ten millions, else with an exponent.
fn double(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        let plain = number.to_string();
        return if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        };
    }
    let scientific = format!("{number:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => format!("{digits}E{exponent}"),
        Some((digits, exponent)) => format!("{digits}.0E{exponent}"),
        None => scientific,
    }
}
