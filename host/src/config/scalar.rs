//! What a plain scalar means: the core schema of YAML 1.2, in which `yes`, `no`, `on` and `off` are texts.

use serde_json::{Number, Value};

/// The value of an unquoted scalar.
pub(super) fn typed(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(Number::from);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().map(Number::from);
    }
    let unsigned = text.trim_start_matches(['+', '-']);
    let digits = |first: char| first.is_ascii_digit() || first == '.';
    // Rust would read `inf` and `nan` as numbers.
    if text.len() - unsigned.len() > 1 || !unsigned.starts_with(digits) {
        return None;
    }
    let whole = text.parse::<u64>().ok().map(Number::from);
    let whole = whole.or_else(|| text.parse::<i64>().ok().map(Number::from));
    whole.or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_told_from_texts() {
        let cases = [
            ("12", json!(12)),
            ("-12", json!(-12)),
            ("+1", json!(1)),
            ("18446744073709551615", json!(u64::MAX)),
            (".5", json!(0.5)),
            ("1e3", json!(1000.0)),
            ("0o17", json!(15)),
            ("inf", json!("inf")),
            ("+-1", json!("+-1")),
            ("1.2.3", json!("1.2.3")),
            ("10s", json!("10s")),
            (".", json!(".")),
            ("-", json!("-")),
            ("off", json!("off")),
        ];
        for (text, expected) in cases {
            assert_eq!(typed(text), expected, "{text}");
        }
    }
}
