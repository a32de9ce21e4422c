//! Numbers as servers write them: integers, floats, and either as a string.

use crate::document::Document;

/// Reads a finite number from a JSON number or a numeric string.
pub(crate) fn of_json(value: &Document) -> Option<f64> {
    match value {
        Document::Number(number) => number.as_f64().filter(|number| number.is_finite()),
        Document::Text(text) => of_text(text),
        _ => None,
    }
}

/// Reads a finite decimal number: an optional minus, digits, an optional fraction; no exponent, no `inf`.
///
/// Exact up to 15 digits, which is all that a time has; the parser of `core` is exact beyond, with tables of 10 KB.
pub(crate) fn of_text(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if fraction.contains('.') {
        return None;
    }
    let value = |digits: &str| digits.bytes().fold(0.0, |value, byte| value * 10.0 + f64::from(byte - b'0'));
    // What is beyond the 15th digit of a second is nothing.
    let fraction = fraction.get(..15).unwrap_or(fraction);
    let number = value(whole) + value(fraction) / fraction.bytes().fold(1.0, |power, _| power * 10.0);
    Some(if digits.len() < text.len() { -number } else { number }).filter(|number| number.is_finite())
}

/// Rounds down to whole milliseconds; negative is 0, absurdly large is the largest.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates at both ends, which is what is meant")]
pub(crate) const fn to_ms(ms: f64) -> u64 {
    ms as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn of_value(value: &Value) -> Option<f64> {
        of_json(&value.into())
    }

    #[test]
    fn integers_floats_and_numeric_strings_are_numbers() {
        for value in [json!(3600), json!(3600.0), json!("3600"), json!(" 3600.0 ")] {
            assert_eq!(of_value(&value), Some(3600.0), "{value}");
        }
        assert_eq!(of_value(&json!("-1")), Some(-1.0));
    }

    #[test]
    fn everything_else_is_none() {
        for value in [
            json!(null),
            json!(true),
            json!([]),
            json!({}),
            json!(""),
            json!("NaN"),
            json!("inf"),
            json!("1e3"),
            json!("0x10"),
            json!("1.2.3"),
            json!("."),
            json!("--1"),
        ] {
            assert_eq!(of_value(&value), None, "{value}");
        }
    }

    #[test]
    fn milliseconds_saturate_at_both_ends() {
        assert_eq!(to_ms(-5.0), 0);
        assert_eq!(to_ms(1e300), u64::MAX);
        assert_eq!(to_ms(1_500.9), 1_500);
    }
}
