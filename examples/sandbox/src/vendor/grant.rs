//! A granted token on its way into an answer.

use super::Call;
use crate::fault::Fault;
use crate::jwt::quoted;
use crate::keys::Identity;

/// Remembers a token as issued, lets the faults have their way with it, and writes the answer's JSON.
///
/// `fields` are names and JSON texts, in order. `TOKEN` stands for the token.
pub(super) fn body(call: &mut Call<'_>, identity: &Identity, token: String, fields: &[(&str, String)]) -> String {
    let token = hand_out(call, identity, token);
    written(call, &token, fields)
}

/// Writes the answer's JSON for a token that exists already, faults included.
pub(super) fn written(call: &mut Call<'_>, token: &str, fields: &[(&str, String)]) -> String {
    call.granted = true;
    let raw_of = |raw: &String| if raw == TOKEN { quoted(token) } else { raw.clone() };
    let mut written: Vec<(String, String)> = fields.iter().map(|(name, raw)| ((*name).to_owned(), raw_of(raw))).collect();
    for fault in call.shape {
        match fault {
            Fault::ExpiresIn { raw } => set(&mut written, "expires_in", raw.as_deref()),
            Fault::Field { name, raw } => set(&mut written, name, raw.as_deref()),
            _ => {}
        }
    }
    let fields: Vec<String> = written.iter().map(|(name, raw)| format!("{}:{raw}", quoted(name))).collect();
    format!("{{{}}}", fields.join(","))
}

/// Where the token goes in the fields of `body`.
pub(super) const TOKEN: &str = "<token>";

fn hand_out(call: &mut Call<'_>, identity: &Identity, token: String) -> String {
    let mut token = token;
    for fault in call.shape {
        match fault {
            Fault::Token { value } => token.clone_from(value),
            Fault::SameToken => {
                if let Some(last) = call.site.tokens.last_of(&identity.id) {
                    return last.to_owned();
                }
            }
            _ => {}
        }
    }
    let expires_us = call.now_us.saturating_add(call.site.settings.lifetime_ms.saturating_mul(1000));
    call.site.tokens.record(&token, &identity.id, identity.surface, call.now_us, expires_us);
    token
}

fn set(fields: &mut Vec<(String, String)>, name: &str, raw: Option<&str>) {
    let at = fields.iter().position(|(have, _)| have == name);
    match (at, raw) {
        (Some(at), Some(raw)) => fields[at].1 = raw.to_owned(),
        (Some(at), None) => drop(fields.remove(at)),
        (None, Some(raw)) => fields.push((name.to_owned(), raw.to_owned())),
        (None, None) => {}
    }
}

/// The lifetime of new tokens in whole seconds.
pub(super) fn lifetime_s(call: &Call<'_>) -> u64 {
    call.site.settings.lifetime_ms / 1000
}
