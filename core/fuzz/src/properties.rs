//! What holds of every answer, whoever gives it.

use evertoken::{
    AccessToken, Class, Code, Error, Input, Machine, Now, Outcome, Output, Policy, Response, error::MAX_SERVER_TEXT, machine::FlightView,
};
use serde_json::Value;

use crate::subject::{ARRIVED, SENT, Subject};

/// Brings a subject an answer and checks all that must hold of it; returns what it means.
pub fn answered(subject: &Subject, response: &Response) -> Outcome {
    let policy = Policy::default();
    let (outcome, metadata) = subject.exchange(response, &policy);
    assert_eq!(subject.exchange(response, &policy), (outcome.clone(), metadata.clone()), "the same answer means the same");
    for value in metadata.values() {
        is_one_bounded_line(value);
    }
    let debug = format!("{response:?} {outcome:?}");
    match &outcome {
        Outcome::Granted { token, lifetime_ms } => {
            is_a_header(subject, token);
            assert!(!debug.contains(token.token()) || token.token().len() < 12, "Debug tells the token: {debug}");
            lifetime_is_bounded(subject, response, *lifetime_ms);
            lasts_no_longer(token, *lifetime_ms);
        }
        Outcome::Failed { error, retry_after_ms } => {
            is_harmless(error, &subject.secrets);
            hides_the_token(error, &response.body);
            assert_eq!(error.status(), Some(response.status));
            pauses_no_longer(error, *retry_after_ms);
        }
    }
    the_limit_holds(subject, response);
    outcome
}

/// An error tells no secret, is one line and of bounded length, and survives being written down.
pub fn is_harmless(error: &Error, secrets: &[String]) {
    let (shown, debug) = (error.to_string(), format!("{error:?}"));
    for secret in secrets {
        assert!(!shown.contains(secret), "an error tells {secret:?}: {shown}");
        assert!(!debug.contains(secret), "Debug tells {secret:?}: {debug}");
    }
    is_one_line(&shown);
    assert!(shown.chars().count() <= 1_500, "an error of {} characters: {shown}", shown.chars().count());
    for text in error.provider_code().into_iter().chain(error.description()) {
        is_one_bounded_line(text);
    }
    let json = serde_json::to_string(error).unwrap();
    assert_eq!(serde_json::from_str::<Error>(&json).unwrap(), *error, "{json}");
}

fn is_one_bounded_line(text: &str) {
    is_one_line(text);
    assert!(text.chars().count() <= MAX_SERVER_TEXT, "{} characters: {text}", text.chars().count());
}

fn is_one_line(text: &str) {
    let odd =
        |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    assert!(!text.contains(odd), "not one line of shown characters: {text:?}");
}

/// A token in an answer that is refused for another reason is not told either.
fn hides_the_token(error: &Error, body: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return };
    let Some(token) = body.get("access_token").and_then(Value::as_str) else { return };
    let is_one = token.len() >= 12 && token.bytes().all(|byte| byte.is_ascii_graphic()) && token.bytes().any(|byte| byte.is_ascii_digit());
    // Cut to the bound, so that a token that is told in part is one that is told.
    if is_one && token.len() < 100 {
        assert!(!error.to_string().contains(token), "an error tells the token {token:?}: {error}");
    }
}

fn is_a_header(subject: &Subject, token: &AccessToken) {
    let header = subject.grant.api().header();
    assert_eq!(token.header_name(), header.name);
    assert!(!token.token().is_empty() && token.token().bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{:?}", token.token());
    assert_eq!(token.header_value(), format!("{}{}", header.prefix, token.token()));
}

/// A lifetime is never beyond the longest that is believed, and a lower limit is obeyed.
fn lifetime_is_bounded(subject: &Subject, response: &Response, lifetime_ms: u64) {
    let policy = Policy::default();
    let longest = if subject.name == "didomi" { 3_600_000 } else { policy.lifetime_max_ms };
    assert!(lifetime_ms <= longest, "{lifetime_ms} ms");
    let half = (lifetime_ms / 2).max(1);
    let lower = Policy { lifetime_max_ms: half, default_lifetime_ms: half, ..policy };
    match subject.exchange(response, &lower).0 {
        Outcome::Granted { lifetime_ms: lowered, .. } => assert!(lowered <= half, "{lowered} ms against {half}"),
        Outcome::Failed { error, .. } => panic!("a limit of the lifetime refuses the answer: {error}"),
    }
}

/// A machine serves the token no longer than its lifetime from the moment of sending.
fn lasts_no_longer(token: &AccessToken, lifetime_ms: u64) {
    let (mut machine, attempt) = asked();
    let outcome = Outcome::Granted { token: token.clone(), lifetime_ms };
    let step = machine.handle(arrived(), Input::Finished { attempt, outcome });
    for output in step.outputs {
        if let Output::Publish { snapshot, .. } = output {
            let end = SENT.plus(lifetime_ms);
            assert!(snapshot.ask_at.mono <= snapshot.use_until.mono && snapshot.use_until.mono <= end.mono, "{snapshot:?}");
            assert!(snapshot.ask_at.wall <= snapshot.use_until.wall && snapshot.use_until.wall <= end.wall, "{snapshot:?}");
        }
    }
}

/// Whatever a server asks for, the pause is no longer than the policy's cap.
pub fn pauses_no_longer(error: &Error, retry_after_ms: Option<u64>) {
    assert_ne!(retry_after_ms, Some(0), "a wait of nothing is none");
    let (mut machine, attempt) = asked();
    let cap = machine.policy().retry_after_cap_ms.max(machine.policy().terminal_pause_cap_ms);
    let _ = machine.handle(arrived(), Input::Finished { attempt, outcome: Outcome::Failed { error: error.clone(), retry_after_ms } });
    match machine.explain(arrived()).flight {
        FlightView::Paused { until, .. } => assert!(until.left_ms(ARRIVED) <= cap, "{} ms of pause", until.left_ms(ARRIVED)),
        FlightView::InFlight { .. } => assert!(!error.class().is_terminal() && retry_after_ms.is_none(), "asked again at once: {error}"),
        other => panic!("nothing is done after a failure: {other:?}"),
    }
    if error.class() == Class::Protocol {
        assert!(error.code != Code::Misuse);
    }
}

/// A body over the limit grants nothing.
fn the_limit_holds(subject: &Subject, response: &Response) {
    let limit = response.body.len() as u64;
    if limit < 2 {
        return;
    }
    let policy = Policy { body_limit_bytes: limit - 1, ..Policy::default() };
    match subject.exchange(response, &policy).0 {
        Outcome::Granted { .. } => panic!("a body over the limit was read"),
        Outcome::Failed { error, .. } => {
            if (200..300).contains(&response.status) && error.code != Code::AnswerTooLarge {
                // Accepted statuses are the descriptor's: a 2xx may be none of them.
                assert!(error.provider_code().is_none(), "a body over the limit was read: {error}");
            }
        }
    }
}

/// A machine that has sent its first request.
fn asked() -> (Machine, u64) {
    let mut machine = Machine::new(Policy::default()).unwrap();
    let now = Now { mono: SENT.mono, wall: SENT.wall, entropy: 7 };
    let step = machine.handle(now, Input::Want { min_valid_ms: 0, patience_ms: 15_000, waited: false });
    let start = step.outputs.iter().find_map(|output| if let Output::Start { attempt, .. } = output { Some(*attempt) } else { None });
    (machine, start.unwrap())
}

fn arrived() -> Now {
    Now { mono: ARRIVED.mono, wall: ARRIVED.wall, entropy: 9 }
}
