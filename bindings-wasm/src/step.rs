//! What comes of one input, and what the machine says of itself, as plain objects.

use evertoken::{
    Event, Reset, Snapshot,
    desk::{Errands, Ruling},
    io::Adopted,
    machine::{Explanation, FlightView},
};
use wasm_bindgen::JsValue;

use crate::{failure, json::Json};

/// Writes what came of an input, with the snapshot that stands after it.
pub(crate) fn step(ruling: &Ruling, errands: &Errands<u64>, published: Option<&Snapshot>) -> JsValue {
    let step = Json::object(|json| {
        json.member("verdict", |json| verdict(json, ruling));
        match published {
            Some(published) => json.member("published", |json| snapshot(json, published)),
            None => json.null("published"),
        }
        json.numbers("givenUp", &errands.given_up);
        json.members("starts", &errands.starts, |json, start| {
            json.number("attempt", start.attempt);
            json.instant("sentAt", start.sent_at);
            json.number("abortAfterMs", start.abort_at.left_ms(start.sent_at));
        });
        json.members("settled", &errands.settled, |json, (ticket, answer)| {
            json.number("ticket", *ticket);
            match answer {
                Ok(answer) => json.member("snapshot", |json| snapshot(json, answer)),
                Err(error) => json.member("failure", |json| failure::write(json, error)),
            }
        });
        json.flag("alarmIsEarlier", errands.alarm_is_earlier);
        json.members("events", &errands.events, event);
    });
    step.value()
}

/// Writes a token on its way to other tabs.
pub(crate) fn shared(adopted: &Adopted) -> JsValue {
    let shared = Json::object(|json| {
        json.text("headerName", adopted.token.header_name());
        json.text("headerValue", adopted.token.header_value());
        json.text("token", adopted.token.token());
        json.number("issuedAtWall", adopted.issued_at_wall);
        json.number("lifetimeMs", adopted.lifetime_ms);
        json.number("remainingMs", adopted.remaining_ms);
    });
    shared.value()
}

/// Writes what the machine does and will do next.
pub(crate) fn explanation(explanation: &Explanation) -> JsValue {
    let explained = Json::object(|json| {
        json.instant("now", explanation.now);
        match &explanation.token {
            None => json.null("token"),
            Some(token) => json.member("token", |json| {
                json.number("generation", token.generation);
                json.text("zone", token.zone);
                json.number("lifetime_ms", token.lifetime_ms);
                json.instant("refresh_at", token.refresh_at);
                json.instant("hard_at", token.hard_at);
                json.instant("expires_at", token.expires_at);
            }),
        }
        json.member("flight", |json| match &explanation.flight {
            FlightView::InFlight { reason: why, until, .. } => {
                json.text("state", "in_flight");
                json.text("reason", why.as_str());
                json.instant("until", *until);
            }
            FlightView::Paused { until, why, error } => {
                json.text("state", "paused");
                json.text("why", why);
                json.instant("until", *until);
                if let Some(error) = error {
                    json.member("error", |json| json.text("code", error.code.as_str()));
                }
            }
            _ => json.text("state", "idle"),
        });
        json.number("waiting", u64::try_from(explanation.waiting).unwrap_or(u64::MAX));
        json.number("attempts", explanation.attempts);
        json.number("generations", explanation.generations);
    });
    explained.value()
}

fn verdict(json: &mut Json, ruling: &Ruling) {
    match ruling {
        Ruling::Use(used) => {
            json.text("type", "use");
            json.member("snapshot", |json| snapshot(json, used));
        }
        Ruling::RetryWith(used) => {
            json.text("type", "retry_with");
            json.member("snapshot", |json| snapshot(json, used));
        }
        Ruling::Wait { ticket, until_mono } => {
            json.text("type", "wait");
            json.number("ticket", *ticket);
            json.number("untilMono", *until_mono);
        }
        Ruling::RetryAfter { ms } => {
            json.text("type", "retry_after");
            json.number("ms", *ms);
        }
        Ruling::Surface(_) => json.text("type", "surface"),
        Ruling::Fail(error) => {
            json.text("type", "fail");
            json.member("failure", |json| failure::write(json, error));
        }
        Ruling::Done => json.text("type", "done"),
    }
}

fn snapshot(json: &mut Json, snapshot: &Snapshot) {
    json.number("generation", snapshot.generation);
    json.number("revision", snapshot.revision);
    json.text("headerName", snapshot.token.header_name());
    json.text("headerValue", snapshot.token.header_value());
    json.text("token", snapshot.token.token());
    json.instant("askAt", snapshot.ask_at);
    json.instant("useUntil", snapshot.use_until);
    json.instant("issuedAt", snapshot.issued_at);
    json.number("lifetimeMs", snapshot.lifetime_ms);
}

/// Writes an event; its failure in the form in which errors are made of it.
fn event(json: &mut Json, event: &Event) {
    json.text("type", event.name());
    match event {
        Event::Adopted { generation }
        | Event::Expired { generation }
        | Event::Invalidated { generation }
        | Event::Rejected { generation }
        | Event::SameToken { generation } => json.number("generation", *generation),
        Event::Abandoned { attempt } => json.number("attempt", *attempt),
        Event::ClockStepped { wall_ms, mono_back_ms } => {
            json.signed("wall_ms", *wall_ms);
            json.number("mono_back_ms", *mono_back_ms);
        }
        Event::Granted { generation, lifetime_ms, late } => {
            json.number("generation", *generation);
            json.number("lifetime_ms", *lifetime_ms);
            json.flag("late", *late);
        }
        Event::Failed { attempt, error, served } => {
            json.number("attempt", *attempt);
            json.flag("served", *served);
            json.member("failure", |json| failure::write(json, error));
        }
        Event::Paused { until } => json.instant("until", *until),
        Event::Reset { reset } => json.text(
            "reset",
            match reset {
                Reset::Close => "close",
                Reset::Fork => "fork",
                Reset::Logout => "logout",
            },
        ),
        Event::Started { attempt, reason: why } => {
            json.number("attempt", *attempt);
            json.text("reason", why.as_str());
        }
        _ => {}
    }
}
