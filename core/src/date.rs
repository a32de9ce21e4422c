//! Dates in servers' answers: the three forms of an HTTP date (RFC 9110 section 5.6.7) and ISO 8601.

use time::{
    OffsetDateTime, PrimitiveDateTime,
    format_description::{BorrowedFormatItem, well_known::Iso8601},
    macros::format_description,
    parsing::Parsed,
};

const IMF: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
const RFC_850: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday], [day]-[month repr:short]-[year repr:last_two] [hour]:[minute]:[second] GMT");
const ASCTIME: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short] [month repr:short] [day padding:space] [hour]:[minute]:[second] [year]");

/// Reads an HTTP date in Unix milliseconds.
///
/// `now_ms` settles the century of a two-digit year: a date that seems more than 50 years ahead lies in the past.
pub(crate) fn http_date(text: &str, now_ms: u64) -> Option<i64> {
    let text = text.trim();
    let date =
        PrimitiveDateTime::parse(text, IMF).or_else(|_| PrimitiveDateTime::parse(text, ASCTIME)).ok().or_else(|| rfc_850(text, now_ms))?;
    unix_ms(date.assume_utc())
}

fn rfc_850(text: &str, now_ms: u64) -> Option<PrimitiveDateTime> {
    let mut parsed = Parsed::new();
    if !parsed.parse_items(text.as_bytes(), RFC_850).ok()?.is_empty() {
        return None;
    }
    let this_year = OffsetDateTime::from_unix_timestamp(i64::try_from(now_ms / 1_000).ok()?).ok()?.year();
    let mut year = this_year - this_year.rem_euclid(100) + i32::from(parsed.year_last_two()?);
    if year > this_year + 50 {
        year -= 100;
    }
    parsed.set_year(year)?;
    parsed.try_into().ok()
}

/// Reads an ISO 8601 date and time in Unix milliseconds; without an offset it is UTC, and a space may stand for the `T`.
pub(crate) fn iso_8601(text: &str) -> Option<i64> {
    let text = text.trim();
    let spaced;
    let text = match text.split_once(' ') {
        Some((date, time)) => {
            spaced = alloc::format!("{date}T{time}");
            spaced.as_str()
        }
        None => text,
    };
    let date = OffsetDateTime::parse(text, &Iso8601::PARSING)
        .or_else(|_| PrimitiveDateTime::parse(text, &Iso8601::PARSING).map(PrimitiveDateTime::assume_utc))
        .ok()?;
    unix_ms(date)
}

fn unix_ms(date: OffsetDateTime) -> Option<i64> {
    i64::try_from(date.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_763_712_000_000; // 2025-11-21T08:00:00Z
    const EXAMPLE: Option<i64> = Some(784_111_777_000); // RFC 9110's own example, in all its forms

    #[test]
    fn the_three_forms_of_an_http_date_mean_the_same() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT", NOW), EXAMPLE);
        assert_eq!(http_date("Sunday, 06-Nov-94 08:49:37 GMT", NOW), EXAMPLE);
        assert_eq!(http_date("Sun Nov  6 08:49:37 1994", NOW), EXAMPLE);
    }

    #[test]
    fn a_two_digit_year_lies_at_most_50_years_ahead() {
        assert_eq!(http_date("Thursday, 21-Nov-75 08:00:00 GMT", NOW), Some(3_341_548_800_000));
        assert_eq!(http_date("Sunday, 21-Nov-76 08:00:00 GMT", NOW), Some(217_411_200_000));
    }

    #[test]
    fn nonsense_is_no_http_date() {
        for text in
            ["", "soon", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 GMT trailing", "Sun, 32 Nov 1994 08:49:37 GMT", "0", "\u{0}"]
        {
            assert_eq!(http_date(text, NOW), None, "{text:?}");
        }
    }

    #[test]
    fn iso_8601_is_read_with_and_without_fraction_and_offset() {
        for text in [
            "2026-02-03T12:00:00Z",
            "2026-02-03T12:00:00.000000Z",
            "2026-02-03T12:00:00",
            "2026-02-03 12:00:00",
            "2026-02-03T13:00:00+01:00",
            "2026-02-03T13:00:00+0100",
            "20260203T120000Z",
        ] {
            assert_eq!(iso_8601(text), Some(1_770_120_000_000), "{text}");
        }
        assert_eq!(iso_8601("2026-02-03T12:00:00.123456Z"), Some(1_770_120_000_123));
    }

    #[test]
    fn nonsense_is_no_iso_8601_date() {
        for text in ["", "tomorrow", "2026-02-30T12:00:00Z", "2026-02-03", "12:00", "+999999-01-01T00:00:00Z"] {
            assert_eq!(iso_8601(text), None, "{text:?}");
        }
    }
}
