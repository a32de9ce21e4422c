//! Dates in servers' answers: the three forms of an HTTP date (RFC 9110 section 5.6.7) and ISO 8601.
//!
//! Read here: the `time` crate reads them too, with ten times the code, which browsers would download.

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MS_PER_SECOND: i64 = 1_000;
const MS_PER_DAY: i64 = 86_400 * MS_PER_SECOND;

/// Reads an HTTP date in Unix milliseconds; the day of the week is not held against the date.
///
/// `now_ms` settles the century of a two-digit year: a date that seems more than 50 years ahead lies in the past.
pub(crate) fn http_date(text: &str, now_ms: u64) -> Option<i64> {
    let text = text.trim();
    imf(text).or_else(|| asctime(text)).or_else(|| rfc_850(text, now_ms))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn imf(text: &str) -> Option<i64> {
    let mut reader = Reader(text);
    reader.weekday(3)?;
    reader.literal(", ")?;
    let day = reader.number(2)?;
    reader.literal(" ")?;
    let month = reader.month()?;
    reader.literal(" ")?;
    let year = reader.number(4)?;
    reader.literal(" ")?;
    let ms = date(year, month, day)? + reader.time_of_day()?;
    reader.literal(" GMT")?;
    reader.end(ms)
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
fn rfc_850(text: &str, now_ms: u64) -> Option<i64> {
    let mut reader = Reader(text);
    reader.weekday(usize::MAX)?;
    reader.literal(", ")?;
    let day = reader.number(2)?;
    reader.literal("-")?;
    let month = reader.month()?;
    reader.literal("-")?;
    let this_year = year_of(i64::try_from(now_ms).ok()?);
    let mut year = this_year - this_year.rem_euclid(100) + reader.number(2)?;
    if year > this_year + 50 {
        year -= 100;
    }
    reader.literal(" ")?;
    let ms = date(year, month, day)? + reader.time_of_day()?;
    reader.literal(" GMT")?;
    reader.end(ms)
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime(text: &str) -> Option<i64> {
    let mut reader = Reader(text);
    reader.weekday(3)?;
    reader.literal(" ")?;
    let month = reader.month()?;
    reader.literal(" ")?;
    let day = if reader.literal(" ").is_some() { reader.number(1)? } else { reader.number(2)? };
    reader.literal(" ")?;
    let time = reader.time_of_day()?;
    reader.literal(" ")?;
    let ms = date(reader.number(4)?, month, day)? + time;
    reader.end(ms)
}

/// Reads an ISO 8601 date and time in Unix milliseconds; without an offset it is UTC, and a space may stand for the `T`.
pub(crate) fn iso_8601(text: &str) -> Option<i64> {
    let mut reader = Reader(text.trim());
    let year = reader.number(4)?;
    let dashed = reader.literal("-").is_some();
    let month = reader.number(2)?;
    if dashed {
        reader.literal("-")?;
    }
    let day = reader.number(2)?;
    let mut ms = date(year, month, day)?;
    reader.literal("T").or_else(|| reader.literal(" "))?;
    let hour = reader.number(2)?;
    let coloned = reader.literal(":").is_some();
    let minute = reader.number(2)?;
    if hour > 23 || minute > 59 {
        return None;
    }
    ms += (hour * 60 + minute) * 60 * MS_PER_SECOND;
    if !coloned || reader.literal(":").is_some() {
        // 60 is a leap second (RFC 3339 section 5.6).
        let second = reader.number(2).filter(|second| *second <= 60)?;
        ms += second.min(59) * MS_PER_SECOND;
        if reader.literal(".").or_else(|| reader.literal(",")).is_some() {
            ms += reader.fraction_ms()?;
        }
    }
    ms -= reader.offset_ms()?;
    reader.end(ms)
}

/// What is left of a text.
struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn literal(&mut self, wanted: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(wanted)?;
        Some(())
    }

    /// Reads a number of so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.bytes().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
    }

    /// Reads a name of a day, of which so many letters are written.
    fn weekday(&mut self, letters: usize) -> Option<()> {
        WEEKDAYS.iter().find_map(|name| self.literal(name.get(..letters).unwrap_or(name)))
    }

    /// Reads a month from 1.
    fn month(&mut self) -> Option<i64> {
        (1..).zip(MONTHS).find_map(|(month, name)| self.literal(name).map(|()| month))
    }

    /// Reads `08:49:37` in milliseconds.
    fn time_of_day(&mut self) -> Option<i64> {
        let hour = self.number(2)?;
        self.literal(":")?;
        let minute = self.number(2)?;
        self.literal(":")?;
        let second = self.number(2)?;
        // A leap second is as good as the one before it.
        (hour < 24 && minute < 60 && second <= 60).then(|| ((hour * 60 + minute) * 60 + second.min(59)) * MS_PER_SECOND)
    }

    /// Reads what follows the point of a second.
    fn fraction_ms(&mut self) -> Option<i64> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (fraction, rest) = self.0.split_at_checked(digits).filter(|_| digits > 0)?;
        self.0 = rest;
        let tenths = fraction.bytes().chain(*b"000").take(3);
        Some(tenths.fold(0, |ms, byte| ms * 10 + i64::from(byte - b'0')))
    }

    /// Reads `Z`, `+01:00`, `+0100`, `+01` or nothing.
    fn offset_ms(&mut self) -> Option<i64> {
        if self.0.is_empty() || self.literal("Z").is_some() {
            return Some(0);
        }
        let sign = if self.literal("+").is_some() { 1 } else { self.literal("-").map(|()| -1)? };
        let hour = self.number(2)?;
        let minute = if self.literal(":").is_some() || !self.0.is_empty() { self.number(2)? } else { 0 };
        (hour < 24 && minute < 60).then_some(sign * (hour * 60 + minute) * 60 * MS_PER_SECOND)
    }

    fn end(&self, ms: i64) -> Option<i64> {
        self.0.is_empty().then_some(ms)
    }
}

/// Returns the Unix milliseconds of a day's beginning, if there is such a day; Howard Hinnant's `days_from_civil`.
fn date(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year;
    Some((days - 719_468) * MS_PER_DAY)
}

/// Returns the year of a moment after 1970.
fn year_of(ms: i64) -> i64 {
    let days = ms.div_euclid(MS_PER_DAY);
    let guess = 1970 + days / 366;
    (guess..).take_while(|year| date(*year, 1, 1).is_some_and(|begins| begins <= ms)).last().unwrap_or(guess)
}
#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by a panic")]
    use super::*;
    use alloc::{format, string::ToString as _};

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

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

        /// The `time` crate reads more of ISO 8601 (weeks, days of the year, parts of minutes); what both read is the same.
        #[test]
        fn dates_are_those_of_the_time_crate(seconds in -2_000_000_000_i64..10_000_000_000, ms in 0_i64..1_000, offset in -23_i64..24) {
            let date = time::OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let (short_month, short_day) = (&date.month().to_string()[..3], &date.weekday().to_string()[..3]);
            let (year, day, (hour, minute, second)) = (date.year(), date.day(), date.to_hms());
            let imf = format!("{short_day}, {day:02} {short_month} {year} {hour:02}:{minute:02}:{second:02} GMT");
            let asctime = format!("{short_day} {short_month} {day:2} {hour:02}:{minute:02}:{second:02} {year}");
            let rfc_850 = format!("{}, {day:02}-{short_month}-{:02} {hour:02}:{minute:02}:{second:02} GMT", date.weekday(), year.rem_euclid(100));
            proptest::prop_assert_eq!(http_date(&imf, NOW), Some(seconds * 1_000));
            proptest::prop_assert_eq!(http_date(&asctime, NOW), Some(seconds * 1_000));
            let now = u64::try_from(seconds.max(0)).unwrap() * 1_000;
            if seconds >= 0 {
                proptest::prop_assert_eq!(http_date(&rfc_850, now), Some(seconds * 1_000));
            }
            let month = u8::from(date.month());
            let local = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}{}{:02}:00", if offset < 0 { '-' } else { '+' }, offset.abs());
            proptest::prop_assert_eq!(iso_8601(&local), Some(seconds * 1_000 + ms - offset * 3_600_000));
        }

        #[test]
        fn no_text_is_too_odd(text in "[0-9A-Za-z :,.+\\-]{0,30}|.{0,30}") {
            let _ = (http_date(&text, u64::MAX), http_date(&text, NOW), iso_8601(&text));
        }
    }

    #[test]
    fn nonsense_is_no_iso_8601_date() {
        for text in ["", "tomorrow", "2026-02-30T12:00:00Z", "2026-02-03", "12:00", "+999999-01-01T00:00:00Z"] {
            assert_eq!(iso_8601(text), None, "{text:?}");
        }
    }
}
