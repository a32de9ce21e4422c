//! Answers of accepted statuses: a token and a lifetime, or a typed failure.

use evertoken::{Outcome, Policy, Response};
use serde_json::Value;

use crate::{message::Message, properties, subject::Subject};

/// Those whose lifetime is `expires_in` in seconds, whatever else an answer says.
const PLAIN: [&str; 5] = ["piwik_pro", "oro_back_office", "oro_platform", "oauth2", "broker"];

pub fn run(data: &[u8]) {
    let mut message = Message::read(data);
    if !(200..300).contains(&message.status) {
        message.status = 200;
    }
    let subject = Subject::named(message.subject);
    let outcome = properties::answered(subject, &message.response());
    if let (true, Some(expected)) = (PLAIN.contains(&subject.name.as_str()), plainly(&message.response())) {
        let Outcome::Granted { token, lifetime_ms } = outcome else { panic!("{}: a plain answer is refused: {outcome:?}", subject.name) };
        assert_eq!((token.token(), lifetime_ms), (expected.0.as_str(), expected.1), "{}", subject.name);
    }
}

/// Reads an answer as RFC 6749 section 5.1 has it, and nothing else.
fn plainly(response: &Response) -> Option<(String, u64)> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    let token = body.get("access_token")?.as_str()?;
    let seconds = body.get("expires_in")?.as_u64()?;
    let sensible = (1..=Policy::default().lifetime_max_ms / 1_000).contains(&seconds) && !token.is_empty();
    let plain = !response.truncated && body.get("error").is_none() && token.bytes().all(|byte| byte.is_ascii_graphic());
    (sensible && plain).then(|| (token.to_owned(), seconds * 1_000))
}
