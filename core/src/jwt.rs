//! The times in a JWT (RFC 7519 section 4.1): a lifetime, never a proof. No signature is checked and no claim is kept.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::{document::Document, quantity};

/// Returns the lifetime in milliseconds that a token states, if it is a JWT that does: `exp - iat`.
///
/// Fractions are allowed (some servers write microseconds). An `exp` without `iat` counts from the wall clock at the moment of sending.
pub(crate) fn lifetime_ms(token: &str, sent_wall_ms: u64) -> Option<u64> {
    let mut parts = token.split('.');
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
    // Some issuers pad, against RFC 7515 section 2.
    let claims = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?);
    let claims: Document = serde_json::from_str(core::str::from_utf8(&claims).ok()?).ok()?;
    let expiry = claims.inside("exp").and_then(quantity::of_json)?;
    match claims.inside("iat").and_then(quantity::of_json) {
        Some(issued) if expiry >= issued => Some(quantity::to_ms((expiry - issued) * 1_000.0)),
        Some(_) => None,
        None => Some(quantity::to_ms(expiry * 1_000.0).saturating_sub(sent_wall_ms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn token(claims: &str) -> alloc::string::String {
        format!("eyJhbGciOiJSUzI1NiJ9.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn the_lifetime_is_exp_minus_iat() {
        assert_eq!(lifetime_ms(&token(r#"{"iat":1680260742,"exp":1680262542}"#), 0), Some(1_800_000));
    }

    #[test]
    fn fractional_times_are_read() {
        assert_eq!(lifetime_ms(&token(r#"{"iat":1712345678.25,"nbf":1712345678.25,"exp":1712349278.25}"#), 0), Some(3_600_000));
    }

    #[test]
    fn an_exp_alone_counts_from_the_wall_clock_at_sending() {
        assert_eq!(lifetime_ms(&token(r#"{"exp":1700000060}"#), 1_700_000_000_000), Some(60_000));
        assert_eq!(lifetime_ms(&token(r#"{"exp":1700000060}"#), 1_700_000_100_000), Some(0));
    }

    #[test]
    fn what_states_no_times_has_no_lifetime() {
        let documented = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWV9.TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ";
        let nonsense =
            [token("{"), token("[]"), token(r#"{"exp":"soon"}"#), token(r#"{"iat":10,"exp":5}"#), token(r#"{"exp":-1,"iat":-2e999}"#)];
        for text in ["", "opaque", "a.b", "a.b.c", "a.b.c.d", "..", documented].into_iter().chain(nonsense.iter().map(|text| text.as_str()))
        {
            assert_eq!(lifetime_ms(text, 0), None, "{text}");
        }
    }
}
