//! How long a server asks to be left alone: a line with the header's name, one with its value, maybe one with a `Date`.

use evertoken::{Outcome, Response};

use crate::{
    message::line,
    properties,
    subject::{ARRIVED, Subject},
};

/// The rate headers of the custom descriptor, one of each kind; the kinds that tell seconds come first.
const NAMES: [&str; 7] = ["Retry-After", "X-Seconds", "RateLimit", "X-Millis", "X-Epoch-Seconds", "X-Epoch-Millis", "X-Date"];

pub fn run(data: &[u8]) {
    let (name, rest) = line(data);
    let (value, date) = line(rest);
    let (name, value, date) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value), String::from_utf8_lossy(date));
    let Some(name) = NAMES.iter().find(|known| **known == name) else { return };
    let subject = Subject::named("custom");
    let mut response = Response::new(429, "").with_header(*name, &*value);
    if !date.is_empty() {
        response = response.with_header("Date", &*date);
    }
    let Outcome::Failed { error, retry_after_ms } = properties::answered(subject, &response) else { panic!("a 429 grants nothing") };
    properties::pauses_no_longer(&error, retry_after_ms);

    if let Some(expected) = by_hand(name, &value, &date) {
        assert_eq!(retry_after_ms, expected, "{name}: {value:?}, Date: {date:?}");
    }
}

/// Reads what has one meaning only; `None` for what is left to the library.
fn by_hand(name: &str, value: &str, date: &str) -> Option<Option<u64>> {
    let digits = !value.is_empty() && value.len() <= 8 && value.bytes().all(|byte| byte.is_ascii_digit());
    let some = |ms: u64| Some((ms > 0).then_some(ms));
    match name {
        "Retry-After" | "X-Seconds" if digits => some(value.parse::<u64>().ok()? * 1_000),
        "X-Millis" if digits => some(value.parse().ok()?),
        "RateLimit" => {
            let seconds = value.strip_prefix("\"default\";r=0;t=").or_else(|| value.strip_prefix("limit=1, remaining=0, reset="))?;
            let plain = !seconds.is_empty() && seconds.len() <= 8 && seconds.bytes().all(|byte| byte.is_ascii_digit());
            if plain { some(seconds.parse::<u64>().ok()? * 1_000) } else { None }
        }
        "Retry-After" | "X-Date" if value.ends_with(" GMT") => {
            // Only the fixed form: the others leave room for opinions about the century.
            let until = unix_ms(value).filter(|_| is_fixed_form(value))?;
            let from = if date.is_empty() { Some(ARRIVED.wall) } else { unix_ms(date).filter(|_| is_fixed_form(date)) }?;
            some(until.saturating_sub(from))
        }
        _ => None,
    }
}

fn is_fixed_form(text: &str) -> bool {
    text.len() == 29 && httpdate::parse_http_date(text).is_ok_and(|time| httpdate::fmt_http_date(time) == text)
}

fn unix_ms(text: &str) -> Option<u64> {
    let time = httpdate::parse_http_date(text).ok()?;
    u64::try_from(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis()).ok()
}
