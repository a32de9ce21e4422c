//! How long a server asks to be left alone: `Retry-After` (RFC 9110 section 10.2.3) and its many relatives.

use serde::Serialize;

use crate::{
    date,
    document::{deserialize_as_document, read_name},
    http::Response,
    quantity,
};

/// How a header says when to come back.
///
/// The same header name is relative at one provider and absolute at another, so the descriptor states the kind. A number whose
/// magnitude contradicts it is read by its magnitude: no pause lasts 30 years, and no clock stands before 2001.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryKind {
    /// Seconds, or an HTTP date: the standard `Retry-After`.
    #[default]
    RetryAfter,
    /// Seconds from now.
    Seconds,
    /// Milliseconds from now.
    Millis,
    /// Unix time in seconds.
    EpochSeconds,
    /// Unix time in milliseconds.
    EpochMillis,
    /// An HTTP date in any of its three forms.
    HttpDate,
    /// The IETF draft's `RateLimit` field: `reset=7` of version 07, `t=7` of later ones, in seconds from now.
    RateLimit,
}

read_name!(RetryKind {
    "retry_after" RetryAfter,
    "seconds" Seconds,
    "millis" Millis,
    "epoch_seconds" EpochSeconds,
    "epoch_millis" EpochMillis,
    "http_date" HttpDate,
    "rate_limit" RateLimit,
});

deserialize_as_document!(RetryKind);

/// Numbers of seconds from here on are Unix times: 2001-01-01, and 31 years as a delay.
const FIRST_EPOCH_SECOND: f64 = 978_307_200.0;
/// .. and from here on they count milliseconds.
const FIRST_EPOCH_MILLI: f64 = 100_000_000_000.0;

/// Reads a header's text in milliseconds from now; nonsense and the past ask for nothing.
///
/// An absolute time is compared with the server's own `Date` where it is shown: then a wrong clock here does no harm.
pub(crate) fn read(kind: RetryKind, text: &str, response: &Response, now_wall_ms: u64) -> Option<u64> {
    let server_now = || {
        let date = response.header("date").and_then(|date| date::http_date(date, now_wall_ms));
        date.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(now_wall_ms)
    };
    let until = |wall_ms: u64| wall_ms.checked_sub(server_now()).filter(|ms| *ms > 0);
    let dated = || date::http_date(text, now_wall_ms).and_then(|ms| u64::try_from(ms).ok()).and_then(until);
    let number = || quantity::of_text(text).filter(|number| *number > 0.0);
    let by_magnitude = |number: f64, relative_unit: f64| {
        if number >= FIRST_EPOCH_MILLI {
            until(quantity::to_ms(number))
        } else if number >= FIRST_EPOCH_SECOND {
            until(quantity::to_ms(number * 1_000.0))
        } else {
            Some(quantity::to_ms(number * relative_unit))
        }
    };
    match kind {
        RetryKind::RetryAfter => number().map_or_else(dated, |number| by_magnitude(number, 1_000.0)),
        RetryKind::Seconds | RetryKind::EpochSeconds | RetryKind::EpochMillis => by_magnitude(number()?, 1_000.0),
        RetryKind::Millis => Some(quantity::to_ms(number()?)),
        RetryKind::HttpDate => dated(),
        RetryKind::RateLimit => rate_limit_reset(text),
    }
    .filter(|ms| *ms > 0)
}

/// Reads the reset of a `RateLimit` field; the longest of several policies.
fn rate_limit_reset(text: &str) -> Option<u64> {
    text.split([',', ';'])
        .filter_map(|member| member.split_once('='))
        .filter(|(name, _)| matches!(name.trim(), "reset" | "t"))
        .filter_map(|(_, value)| quantity::of_text(value))
        .map(|seconds| quantity::to_ms(seconds * 1_000.0))
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_763_712_000_000; // 2025-11-21T08:00:00Z

    fn ms(kind: RetryKind, text: &str) -> Option<u64> {
        read(kind, text, &Response::new(429, []), NOW)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_in_any_form() {
        assert_eq!(ms(RetryKind::RetryAfter, "120"), Some(120_000));
        assert_eq!(ms(RetryKind::RetryAfter, " 1 "), Some(1_000));
        assert_eq!(ms(RetryKind::RetryAfter, "Fri, 21 Nov 2025 08:01:00 GMT"), Some(60_000));
        assert_eq!(ms(RetryKind::RetryAfter, "Friday, 21-Nov-25 08:01:00 GMT"), Some(60_000));
        assert_eq!(ms(RetryKind::HttpDate, "Fri Nov 21 08:01:00 2025"), Some(60_000));
    }

    #[test]
    fn a_date_counts_from_the_servers_own_clock_where_it_is_shown() {
        let late = Response::new(503, []).with_header("Date", "Fri, 21 Nov 2025 09:00:00 GMT");
        assert_eq!(read(RetryKind::RetryAfter, "Fri, 21 Nov 2025 09:00:30 GMT", &late, NOW), Some(30_000));
    }

    #[test]
    fn nonsense_and_the_past_ask_for_nothing() {
        for text in
            ["", "soon", "-1", "0", "NaN", "1e400", "1,5", "Fri, 21 Nov 2025 07:00:00 GMT", "Fri, 99 Nov 2025 08:01:00 GMT", "\u{1}"]
        {
            assert_eq!(ms(RetryKind::RetryAfter, text), None, "{text:?}");
        }
    }

    #[test]
    fn a_number_of_an_impossible_magnitude_is_read_by_its_magnitude() {
        assert_eq!(ms(RetryKind::Seconds, "1763712060"), Some(60_000));
        assert_eq!(ms(RetryKind::RetryAfter, "1763712060000"), Some(60_000));
        assert_eq!(ms(RetryKind::EpochSeconds, "1763712060"), Some(60_000));
        assert_eq!(ms(RetryKind::EpochSeconds, "60"), Some(60_000));
        assert_eq!(ms(RetryKind::EpochMillis, "1763712060000"), Some(60_000));
        assert_eq!(ms(RetryKind::EpochMillis, "1763712060"), Some(60_000));
    }

    #[test]
    fn the_rate_limit_field_is_read_in_both_its_drafts() {
        assert_eq!(ms(RetryKind::RateLimit, "limit=100, remaining=0, reset=7"), Some(7_000));
        assert_eq!(ms(RetryKind::RateLimit, "\"default\";r=0;t=30"), Some(30_000));
        for nothing in ["limit=100", "limit=100, remaining=0, reset=0", "\"default\";r=0;t=-1", "reset=0.0001"] {
            assert_eq!(ms(RetryKind::RateLimit, nothing), None, "{nothing}");
        }
    }
}
