//! How long a token lives, by the first of the descriptor's sources that knows.

use alloc::{format, string::String};

use crate::{
    date,
    document::Document,
    error::{Code, Error},
    http::Response,
    jwt,
    policy::Policy,
    provider::descriptor::{AnswerFormat, LifetimeSource, Odd, Unit, Zero},
    quantity,
};

/// What a granted answer shows of a lifetime.
#[derive(Clone, Copy)]
pub(crate) struct Answer<'a> {
    pub(crate) body: Option<&'a Document>,
    pub(crate) response: &'a Response,
    pub(crate) token: &'a str,
    /// Absolute times are compared with the wall clock at the moment of sending, from which a lifetime counts.
    pub(crate) sent_wall_ms: u64,
}

/// Returns the token's lifetime in milliseconds, counted from the moment of sending; 0 is for a single use.
///
/// # Errors
/// [`Code::InvalidLifetime`] with the name of the field, for a value that is none.
pub(crate) fn of_answer(format: &AnswerFormat, answer: Answer<'_>, policy: &Policy) -> Result<u64, Error> {
    let mut found = None;
    for source in &format.lifetime {
        found = of_source(source, answer)?;
        if found.is_some() {
            break;
        }
    }
    let cap = format.lifetime_cap_ms.unwrap_or(u64::MAX).min(policy.lifetime_max_ms);
    Ok(found.unwrap_or(policy.default_lifetime_ms).min(cap))
}

fn of_source(source: &LifetimeSource, answer: Answer<'_>) -> Result<Option<u64>, Error> {
    match source {
        LifetimeSource::Field { pointer, unit, zero, negative, null } => {
            let Some(value) = answer.body.and_then(|body| pointer.find(body)) else { return Ok(None) };
            let reading = if value.is_null() { Reading::Null } else { read_json(value, *unit, answer.sent_wall_ms) };
            let invalid = |reason| Err(invalid(&pointer.path(), reason));
            match (reading, zero, negative, null) {
                (Reading::Life(0), Zero::Invalid, ..) => invalid("0"),
                (Reading::Negative, _, Odd::Invalid, _) => invalid("negative"),
                (Reading::Null, .., Odd::Invalid) => invalid("null"),
                (Reading::NotANumber, ..) => invalid("not a number"),
                (Reading::NotADate, ..) => invalid("not an ISO 8601 date"),
                (Reading::Life(0), Zero::Unknown, ..) | (Reading::Negative | Reading::Null, ..) => Ok(None),
                (Reading::Life(ms), ..) => Ok(Some(ms)),
            }
        }
        LifetimeSource::Header { name, unit } => match answer.response.header(name).map(|text| read_text(text, *unit, answer.sent_wall_ms))
        {
            None | Some(Reading::Null) => Ok(None),
            Some(Reading::Life(ms)) => Ok(Some(ms)),
            Some(Reading::Negative) => Err(invalid(name, "negative")),
            Some(Reading::NotANumber) => Err(invalid(name, "not a number")),
            Some(Reading::NotADate) => Err(invalid(name, "not an ISO 8601 date")),
        },
        LifetimeSource::Jwt => Ok(jwt::lifetime_ms(answer.token, answer.sent_wall_ms)),
        LifetimeSource::FixedMs(ms) => Ok(Some(*ms)),
        LifetimeSource::Longest => Ok(Some(u64::MAX)),
    }
}

pub(crate) fn invalid(field: &str, reason: &str) -> Error {
    Error::new(Code::InvalidLifetime).with_description(format!("{field}: {reason}")).with_fix(format!(
        "Report it to the provider: `{field}` is not a lifetime; or read another field in the descriptor's response.lifetime."
    ))
}

enum Reading {
    Life(u64),
    Negative,
    Null,
    NotANumber,
    NotADate,
}

fn read_json(value: &Document, unit: Unit, sent_wall_ms: u64) -> Reading {
    match value {
        Document::Text(text) => read_text(text, unit, sent_wall_ms),
        _ if unit == Unit::Iso8601 => Reading::NotADate,
        _ => quantity::of_json(value).map_or(Reading::NotANumber, |number| read_number(number, unit, sent_wall_ms)),
    }
}

fn read_text(text: &str, unit: Unit, sent_wall_ms: u64) -> Reading {
    if text.trim().is_empty() {
        return Reading::Null;
    }
    let dated = || date::iso_8601(text).map(|ms| Reading::Life(left(u64::try_from(ms).unwrap_or(0), sent_wall_ms)));
    let number = || quantity::of_text(text).map(|number| read_number(number, unit, sent_wall_ms));
    match unit {
        Unit::Iso8601 => dated().unwrap_or(Reading::NotADate),
        Unit::Auto => number().or_else(dated).unwrap_or(Reading::NotANumber),
        _ => number().unwrap_or(Reading::NotANumber),
    }
}

/// Numbers of seconds from here on are Unix times (2001-01-01); MSAL tells them apart in the same way.
const FIRST_EPOCH_SECOND: f64 = 978_307_200.0;
/// .. and from here on they count milliseconds.
const FIRST_EPOCH_MILLI: f64 = 100_000_000_000.0;

fn read_number(number: f64, unit: Unit, sent_wall_ms: u64) -> Reading {
    if number < 0.0 {
        return Reading::Negative;
    }
    let until = |wall: f64| left(quantity::to_ms(wall), sent_wall_ms);
    Reading::Life(match unit {
        Unit::Millis => quantity::to_ms(number),
        Unit::EpochSeconds => until(number * 1_000.0),
        Unit::EpochMillis => until(number),
        Unit::Auto if number >= FIRST_EPOCH_MILLI => until(number),
        Unit::Auto if number >= FIRST_EPOCH_SECOND => until(number * 1_000.0),
        Unit::Seconds | Unit::Auto => quantity::to_ms(number * 1_000.0),
        Unit::Iso8601 => return Reading::NotADate,
    })
}

const fn left(until_wall_ms: u64, sent_wall_ms: u64) -> u64 {
    until_wall_ms.saturating_sub(sent_wall_ms)
}

/// Finds the lifetime field at which a JSON parser stopped, for numbers that JSON or a 64-bit float cannot hold (`NaN`, `1e400`).
///
/// Only the descriptor's own names are ever returned: what else stands in the answer is not repeated.
pub(crate) fn field_before(format: &AnswerFormat, text: &str, line: usize, column: usize) -> Option<String> {
    let line_start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut end = line_start.saturating_add(column).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    // The value at fault begins after the last colon before the error; its name is the string before that colon.
    let (before, _) = text.get(..end)?.rsplit_once(':')?;
    let name = before.trim_end().strip_suffix('"')?.rsplit('"').next()?;
    format.lifetime.iter().find_map(|source| match source {
        LifetimeSource::Field { pointer, .. } if pointer.last().as_deref() == Some(name) => Some(pointer.path()),
        _ => None,
    })
}
