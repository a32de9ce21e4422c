//! What the token machine did, in words for people.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use evertoken::{Error, Event, event::Reason};

/// Lines with their times since the beginning; a clone adds to the same story.
#[derive(Clone, Debug)]
pub struct Story {
    began: Instant,
    lines: Arc<Mutex<Vec<(Duration, String)>>>,
}

impl Story {
    /// Begins a story now.
    #[must_use]
    pub fn new() -> Self {
        Self { began: Instant::now(), lines: Arc::default() }
    }

    /// Adds a line.
    pub fn tell(&self, line: String) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push((self.began.elapsed(), line));
    }
}

impl Default for Story {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, line) in self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            writeln!(f, "  {:>6} ms  {line}", at.as_millis())?;
        }
        Ok(())
    }
}

/// Tells an event as a person would.
#[must_use]
pub fn in_words(event: &Event) -> String {
    match event {
        Event::Started { attempt, reason } => format!("token request {attempt} is sent: {}", why(*reason)),
        Event::Granted { generation, lifetime_ms, .. } => format!("token {generation} came; it lives {}", span(*lifetime_ms)),
        Event::Failed { attempt, error, served: true } => {
            format!("token request {attempt} failed, the held token serves: {}", brief(error))
        }
        Event::Failed { attempt, error, served: false } => format!("token request {attempt} failed: {}", brief(error)),
        Event::Rejected { generation } => format!("the API rejected token {generation}"),
        Event::SameToken { generation } => format!("the server gave token {generation} again"),
        Event::Expired { generation } => format!("token {generation} is over"),
        Event::Paused { .. } => "no token request for a while".to_owned(),
        other => other.name().replace('_', " "),
    }
}

/// Tells what failed, without its fix.
#[must_use]
pub fn brief(error: &Error) -> String {
    let mut said = error.code.to_string();
    if let Some(status) = error.status() {
        said.push_str(&format!(" (HTTP {status})"));
    }
    let texts: Vec<_> = [error.provider_code(), error.description()].into_iter().flatten().collect();
    if !texts.is_empty() {
        said.push_str(&format!(": {}", texts.join(": ")));
    }
    said
}

fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::Absent => "no token is held",
        Reason::CredentialsChanged => "there are new credentials",
        Reason::MinValid => "the held token does not live long enough",
        Reason::Rejected => "the API rejected the token",
        Reason::Retry => "the user asked",
        Reason::WallStep => "the clock was set",
        Reason::Window => "the held token is near its end",
    }
}

/// A time as a person reads it.
fn span(ms: u64) -> String {
    match ms / 1000 {
        0 => format!("{ms} ms"),
        s @ 1..=119 => format!("{s} s"),
        s @ 120..=7199 => format!("{} min", s / 60),
        s => format!("{} h", s / 3600),
    }
}
