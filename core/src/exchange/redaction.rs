//! Servers echo what they were sent; what they say is kept only without it.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

use crate::{error::visible, provider::Credentials, secret::Secret};

/// Texts shorter than this are no secrets; taking them out would only mutilate what a server says.
const SHORTEST: usize = 3;

/// Takes every secret out of a text, also in the encodings in which it may have been sent; what is left is what people see of it.
pub(super) fn redacted(text: &str, credentials: &Credentials) -> String {
    // Once more as it will be shown: an invisible character, or another white space, may hide a secret until then.
    without_secrets(&visible(&without_secrets(text, credentials)), credentials)
}

fn without_secrets(text: &str, credentials: &Credentials) -> String {
    let values: Vec<&Secret> = credentials.iter().map(|(_, value)| value).filter(|value| value.expose().len() >= SHORTEST).collect();
    let mut clean = text.to_string();
    let mut remove = |secret: &str| {
        if clean.contains(secret) {
            clean = clean.replace(secret, "(redacted)");
        }
    };
    for first in &values {
        for second in &values {
            remove(&Zeroizing::new(BASE64_STANDARD.encode(Zeroizing::new(format!("{}:{}", first.expose(), second.expose())).as_bytes())));
        }
    }
    // Longer ones first: a secret may be part of another one.
    let mut values = values;
    while let Some(longest) = (0..values.len()).max_by_key(|index| values.get(*index).map(|value| value.expose().len())) {
        let value = values.swap_remove(longest);
        remove(value.expose());
        remove(&Zeroizing::new(form_urlencoded::byte_serialize(value.expose().as_bytes()).collect::<String>()));
        remove(&Zeroizing::new(BASE64_STANDARD.encode(value.expose())));
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_in_every_encoding() {
        let credentials = Credentials::client("my client", "s/cret+1");
        for echo in ["s/cret+1", "s%2Fcret%2B1", "bXkgY2xpZW50OnMvY3JldCsx", "cy9jcmV0KzE=", "my+client", "my client"] {
            let said = redacted(&format!("bad <{echo}>!"), &credentials);
            assert_eq!(said, "bad <(redacted)>!", "{echo}");
        }
    }

    #[test]
    fn a_secret_is_taken_out_though_it_is_written_with_what_nobody_sees() {
        let credentials = Credentials::client("my client", "s/cret+1");
        for echo in ["s/cr\u{200b}et+1", "\u{feff}s/cret+\u{2060}1", "my\nclient", "my \t client", "m\u{202e}y client"] {
            let said = redacted(&format!("bad <{echo}>!"), &credentials);
            assert_eq!(said, "bad <(redacted)>!", "{echo:?}");
        }
    }

    #[test]
    fn a_text_without_secrets_is_kept() {
        assert_eq!(redacted("The client is unknown", &Credentials::client("id", "secret!")), "The client is unknown");
    }
}
