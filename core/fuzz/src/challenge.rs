//! API answers as the built-in providers' APIs give them: which reject the token, whatever stands in their headers and bodies.

use evertoken::{
    Judgement, judge,
    judge::{MAX_BODY_BYTES, reads_body},
};
use serde_json::Value;

use crate::{message::Message, subject::Subject};

const BUILT_IN: [&str; 5] = ["piwik_pro", "didomi", "oro_back_office", "oro_storefront", "oro_platform"];

pub fn run(data: &[u8]) {
    let message = Message::read(data);
    let index = BUILT_IN.iter().position(|name| *name == message.subject).unwrap_or(usize::from(message.status) % BUILT_IN.len());
    let name = BUILT_IN[index];
    let api = Subject::named(name).grant.api();
    let (status, headers) = (message.status, &message.headers[..]);
    let rejected = |body: Option<&[u8]>| judge(api, status, headers, body) == Judgement::TokenRejected;
    let judged = rejected(Some(message.body));

    assert_eq!(rejected(Some(message.body)), judged, "the same answer is judged the same");
    let upper: Vec<_> = headers.iter().map(|(name, value)| (name.to_ascii_uppercase(), value)).collect();
    assert_eq!(judge(api, status, &upper, Some(message.body)) == Judgement::TokenRejected, judged, "names of headers have no case");
    match status {
        401 => assert!(judged, "{name}: a 401 is about the token, whatever it says"),
        403 if name == "piwik_pro" => assert!(!judged || says_not_authenticated(message.body), "a 403 without a word of the token"),
        _ => assert!(!judged, "{name}: {status} is no rejection"),
    }
    if !api.inspects(status) || !reads_body(api, status, headers) {
        assert_eq!(rejected(None), judged, "a body was looked at that nobody reads");
    }
    let mut padded = message.body.to_vec();
    padded.resize(MAX_BODY_BYTES + 1, b' ');
    assert_eq!(rejected(Some(&padded)), rejected(None), "a body that is too long meets no predicate");
    if let Ok(value) = serde_json::from_slice::<Value>(message.body) {
        let pretty = serde_json::to_vec_pretty(&value).unwrap();
        if pretty.len() <= MAX_BODY_BYTES && message.body.len() <= MAX_BODY_BYTES {
            assert_eq!(rejected(Some(&pretty)), judged, "white space in JSON means nothing");
        }
    }
}

/// Looks for the member as its documentation shows it, without the library's paths.
fn says_not_authenticated(body: &[u8]) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return false };
    let errors: Vec<&Value> = match &body["errors"] {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    };
    errors.iter().any(|error| error["code"] == "not_authenticated")
}
