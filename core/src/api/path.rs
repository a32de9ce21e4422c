//! Paths compared by whole segments, and what a lenient server could read into them.

use alloc::{format, string::String, vec::Vec};

use crate::{
    error::{Code, Error},
    url::{ParseUrl, UrlParts},
};

/// Says whether a path is a prefix or lies below it, as it is written.
pub(super) fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Says whether a server could find a `..` segment in a path in which the parser left none.
///
/// Some decode before they route, once or more often, take `\` for `/`, or cut parameters off (`..;x`); which segment the `..` then takes away depends
/// on how much they decoded, so that no such path can be said to stay below a prefix.
pub(super) fn hides_dots(path: &str) -> bool {
    let is_plain = !path.contains(['%', '\\']) && !path.contains("/..");
    !is_plain && segments(&decoded(path)).any(|segment| segment.split(|byte| *byte == b';').next() == Some(b".."))
}

/// Says whether a lenient server could take two paths for the same.
pub(super) fn is_same(path: &str, other: &str) -> bool {
    let (path, other) = (decoded(path), decoded(other));
    let named = |segment: &&[u8]| !matches!(*segment, b"" | b".");
    let lower = |segment: &[u8]| segment.to_ascii_lowercase();
    segments(&path).filter(named).map(lower).eq(segments(&other).filter(named).map(lower))
}

fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| matches!(byte, b'/' | b'\\'))
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
