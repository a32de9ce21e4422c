//! Another origin: shows in the log what followed a redirect, and plays any server with chosen answers.

use super::{Call, grant};
use crate::answer::{Answer, JSON};
use crate::keys::Identity;

pub(super) const TOKEN_PATH: &str = "/token";

/// Grants a token to whoever asks.
pub(super) fn token(call: &mut Call<'_>) -> Answer {
    let identity = Identity { id: "anybody".to_owned(), name: String::new(), surface: None };
    let token = format!("elsewhere-token-{}", call.site.tokens.next_serial());
    let fields = [
        ("access_token", grant::TOKEN.to_owned()),
        ("token_type", r#""Bearer""#.to_owned()),
        ("expires_in", grant::lifetime_s(call).to_string()),
    ];
    let body = grant::body(call, &identity, token, &fields);
    Answer::new(200, JSON, body).header("cache-control", "no-store")
}

pub(super) fn api() -> Answer {
    Answer::new(200, JSON, r#"{"elsewhere":true}"#)
}
