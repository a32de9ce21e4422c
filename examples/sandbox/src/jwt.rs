//! Signed JSON Web Tokens: RS256 with the sandbox's public test key, HS256 with a constant.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::{hmac, rsa, signature};

use crate::sandbox::StartError;

/// A 2048 bit key that is published with the sources and protects nothing.
const SIGNING_KEY: &[u8] = include_bytes!("signing-key.der");

pub(crate) struct Signer {
    rsa: rsa::KeyPair,
    hmac: hmac::Key,
    random: SystemRandom,
}

impl Signer {
    pub(crate) fn new() -> Result<Self, StartError> {
        let rsa = rsa::KeyPair::from_pkcs8(SIGNING_KEY).map_err(|e| StartError::Crypto(e.to_string()))?;
        let hmac = hmac::Key::new(hmac::HMAC_SHA256, b"sandbox-hmac-key");
        Ok(Self { rsa, hmac, random: SystemRandom::new() })
    }

    /// Signs a claims object, given as JSON text, with RS256.
    pub(crate) fn rs256(&self, claims: &str) -> String {
        let input = signing_input(r#"{"typ":"JWT","alg":"RS256"}"#, claims);
        let mut mac = vec![0; self.rsa.public().modulus_len()];
        // Signing fails only without randomness; the token then has a signature of zeros, which no client checks.
        let _ = self.rsa.sign(&signature::RSA_PKCS1_SHA256, &self.random, input.as_bytes(), &mut mac);
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac))
    }

    /// Signs a claims object, given as JSON text, with HS256.
    pub(crate) fn hs256(&self, claims: &str) -> String {
        let input = signing_input(r#"{"alg":"HS256","typ":"JWT"}"#, claims);
        let mac = hmac::sign(&self.hmac, input.as_bytes());
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac.as_ref()))
    }
}

fn signing_input(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

/// Writes a time as PHP's `lcobucci/jwt` does: a number with microseconds. It always has a fraction here.
pub(crate) fn fractional_seconds(us: u64) -> String {
    let text = format!("{}.{:06}", us / 1_000_000, (us % 1_000_000).max(1));
    text.trim_end_matches('0').to_owned()
}

/// Quotes a text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
