//! The lifetime that a token states: bytes with two dots are a token, any other are its claims.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use evertoken::{Outcome, Policy, Response};
use serde_json::{Value, json};

use crate::{
    properties,
    subject::{SENT, Subject},
};

pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let is_token = text.matches('.').count() == 2 && !text.starts_with('{');
    let token = if is_token { text.into_owned() } else { format!("eyJhbGciOiJub25lIn0.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(data)) };
    let response = Response::new(200, json!({ "access_token": token }).to_string());
    for (name, unknown_ms, cap_ms) in [
        ("didomi", 3_600_000, 3_600_000),
        ("piwik_pro", 1_800_000, Policy::default().lifetime_max_ms),
        ("oauth2", 300_000, Policy::default().lifetime_max_ms),
    ] {
        match properties::answered(Subject::named(name), &response) {
            Outcome::Granted { lifetime_ms, .. } => {
                if let Some(stated) = (!is_token).then(|| by_hand(data)).flatten() {
                    assert_eq!(lifetime_ms, stated.unwrap_or(unknown_ms).min(cap_ms), "{name}: {}", String::from_utf8_lossy(data));
                }
            }
            Outcome::Failed { error, .. } => assert!(is_token, "{name}: a JWT can stand in a header: {error}"),
        }
    }
}

/// Reads claims whose times are whole seconds; `None` for what is left to the library.
fn by_hand(claims: &[u8]) -> Option<Option<u64>> {
    let claims: Value = serde_json::from_slice(claims).ok()?;
    let expiry = match claims.get("exp") {
        None => return Some(None),
        Some(expiry) => expiry.as_u64()?,
    };
    let whole = |seconds: u64| seconds < 1 << 40;
    match claims.get("iat") {
        None if whole(expiry) => Some(Some((expiry * 1_000).saturating_sub(SENT.wall))),
        Some(issued) if whole(expiry) && whole(issued.as_u64()?) => {
            let issued = issued.as_u64()?;
            Some((expiry >= issued).then(|| (expiry - issued) * 1_000))
        }
        _ => None,
    }
}
