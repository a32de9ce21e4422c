//! Paths compared by whole segments, also as a lenient server would read them.

use alloc::{format, string::String, vec::Vec};

use crate::{
    error::{Code, Error},
    url::{ParseUrl, UrlParts},
};

/// Says whether a path is a prefix or lies below it, as it is written and as a server would read it that decodes before it routes.
///
/// Both must hold: `/api/..%2fadmin` begins with `/api`, and yet some servers answer it with `/admin`.
pub(super) fn is_below(path: &str, prefix: &str) -> bool {
    let written = path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    written && canonical(path).starts_with(&canonical(prefix))
}

/// Says whether a lenient server could take two paths for the same.
pub(super) fn is_same(path: &str, other: &str) -> bool {
    let (path, other) = (canonical(path), canonical(other));
    path.len() == other.len() && path.iter().zip(&other).all(|(segment, other)| segment.eq_ignore_ascii_case(other))
}

/// Reads a path as the most lenient server would: decoded until nothing is left to decode, `\` as `/`, empty and dot segments resolved.
fn canonical(path: &str) -> Vec<Vec<u8>> {
    let decoded = decoded(path);
    let mut segments: Vec<Vec<u8>> = Vec::new();
    for segment in decoded.split(|byte| matches!(byte, b'/' | b'\\')) {
        match segment {
            b"" | b"." => {}
            b".." => {
                segments.pop();
            }
            _ => segments.push(segment.to_vec()),
        }
    }
    segments
}

/// Decodes percent-encoding, and what that uncovers, in one pass.
fn decoded(path: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    for byte in path.bytes() {
        decoded.push(byte);
        while let Some((byte, before)) = encoded_tail(&decoded) {
            decoded.truncate(before);
            decoded.push(byte);
        }
    }
    decoded
}

fn encoded_tail(bytes: &[u8]) -> Option<(u8, usize)> {
    let [before @ .., b'%', high, low] = bytes else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(*high)? << 4 | digit(*low)?, before.len()))
}

/// Says whether a prefix is fit to be compared: empty, or whole segments without anything that a parser changes.
pub(super) fn is_plain(path: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\');
    path.is_empty() || path.starts_with('/') && !path.ends_with('/') && !path.contains(odd) && !is_odd(path)
}

/// Says whether a path has a segment that parsers and servers may read in two ways.
pub(crate) fn is_odd(path: &str) -> bool {
    let bytes = decoded(path);
    let hidden = bytes.iter().filter(|byte| matches!(byte, b'/' | b'\\')).count() != path.bytes().filter(|byte| *byte == b'/').count();
    hidden || bytes.split(|byte| *byte == b'/').skip(1).any(|segment| matches!(segment, b"" | b"." | b".."))
}

/// Appends a prefix to the base and returns the whole path as the parser writes it.
pub(super) fn below(base: &UrlParts, prefix: &str, option: &str, parse: ParseUrl) -> Result<String, Error> {
    let refuse = || Error::new(Code::InvalidOption).with_description(format!("{option}: {prefix:?} is no prefix of paths"));
    if !is_plain(prefix) {
        return Err(refuse());
    }
    let url = parse(&format!("{}{}{prefix}", base.origin(), base.path)).ok_or_else(refuse)?;
    let mut path = url.path;
    path.truncate(path.trim_end_matches('/').len());
    Ok(path)
}
