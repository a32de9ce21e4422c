//! Mutations by seed: a poor man's libFuzzer, so that the ordinary tests look a little around the corpus.

use fastrand::Rng;

/// Texts on which parsers stumble, and the canaries of [`crate::subject`].
const WORDS: [&str; 44] = [
    "null",
    "true",
    "0",
    "-1",
    "1",
    "3600",
    "3600.0",
    "1e400",
    "NaN",
    "18446744073709551615",
    "9007199254740993",
    "\"\"",
    "[]",
    "{}",
    "\"access_token\":",
    "\"expires_in\":",
    "\"error\":",
    "\"error_description\":",
    "\"hint\":",
    "\"exp\":",
    "\"iat\":",
    "\"errors\":[{\"code\":",
    "not_authenticated",
    "invalid_client",
    "Retry-After: ",
    "Location: https://u:p@h.example/a?b#c",
    "Date: Fri, 21 Nov 2025 08:00:00 GMT",
    "Fri, 21 Nov 2025 08:02:00 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "2025-11-21T09:00:00Z",
    "+999999-01-01T00:00:00Z",
    "\\u0000",
    "\\ud800",
    "\u{200b}",
    "\u{202e}",
    "\u{feff}",
    "\r\n",
    "\t",
    "..",
    "%2F",
    "{client_id}",
    "canary/client_secret+1 9~",
    "canary/secret+1 9~",
    "\"*\"",
];

/// Makes another input of one, or of two.
pub fn mutated(rng: &mut Rng, data: &[u8], other: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    for _ in 0..rng.usize(1..=4) {
        let at = rng.usize(..=data.len());
        let end = (at + rng.usize(..=16)).min(data.len());
        match rng.u8(..8) {
            0 if at < data.len() => data[at] ^= 1 << rng.u8(..8),
            1 if at < data.len() => data[at] = rng.u8(..),
            2 => drop(data.drain(at..end)),
            3 => {
                let copy = data[at..end].to_vec();
                drop(data.splice(at..at, copy));
            }
            4 => drop(data.splice(at..end, rng.choice(WORDS).unwrap_or_default().bytes())),
            5 => drop(data.splice(at..at, rng.choice(WORDS).unwrap_or_default().bytes())),
            6 if !other.is_empty() => {
                let from = rng.usize(..other.len());
                let to = (from + rng.usize(..=64)).min(other.len());
                drop(data.splice(at..end, other[from..to].iter().copied()));
            }
            _ => {
                // A digit becomes another one: numbers are what parsers compute with.
                let digits: Vec<usize> = (0..data.len()).filter(|at| data[*at].is_ascii_digit()).collect();
                if let Some(at) = rng.choice(digits) {
                    data[at] = b'0' + rng.u8(..10);
                }
            }
        }
    }
    data
}
