//! What hosts are shown: snapshots, and when to call again.

use evertoken::{Instant, Output, Snapshot, Verdict};

use crate::{
    Oracle, Shown, clock,
    numbers::WAKE_MS,
    rules::{Rule, When},
    state::{Endpoint, Flight, Stage, Token},
    turn::Turn,
};

impl<T: Clone + Eq + std::fmt::Debug> Oracle<T> {
    /// Publishes what hosts do not know yet, and answers those who are answered.
    pub(crate) fn show(&mut self, turn: &mut Turn<'_, T>) {
        self.learn_spread(turn);
        let Some(token) = &mut self.token else { return };
        if token.withheld_until.is_some() {
            return;
        }
        let (ask_at, use_until) = times(token, &self.endpoint);
        let shown = Shown { generation: token.generation, ask_at, use_until };
        let known = self.shown.as_ref() == Some(&shown);
        if known && turn.settles == 0 {
            return;
        }
        if known {
            turn.saw(When::SameSnapshot);
        } else {
            token.revision += 1;
            turn.saw(if token.revision == 1 { When::Published } else { When::NewRevision });
            turn.saw(match &self.endpoint {
                Endpoint::Paused(_) => When::TimesPaused,
                Endpoint::Flying(Flight { stage: Stage::Running { .. }, .. }) => When::TimesFlying,
                _ => When::TimesIdle,
            });
            turn.saw(if ask_at == use_until { When::AskIsUseUntil } else { When::AskIsEarlier });
        }
        self.shown = Some(shown);
        let snapshot = snapshot(token, ask_at, use_until);
        let rule = if turn.settles > 0 { Rule::Answered } else { turn.times };
        turn.expect(Output::Publish { snapshot, settles: turn.settles }, rule);
    }

    /// Reads the drawn beginning of the refresh from the first snapshot that shows it.
    fn learn_spread(&mut self, turn: &mut Turn<'_, T>) {
        let Some(token) = self.token.as_mut().filter(|token| token.spread.0 != token.spread.1) else { return };
        let shows = match &self.endpoint {
            Endpoint::Idle => true,
            Endpoint::Flying(flight) => matches!(flight.stage, Stage::Between { .. }),
            Endpoint::Paused(_) => false,
        };
        if !shows || token.withheld_until.is_some() {
            return;
        }
        let of_token = |snapshot: &Snapshot<T>| (snapshot.generation == token.generation).then_some(snapshot.ask_at);
        let published = turn.step.outputs.iter().rev().find_map(|output| match output {
            Output::Publish { snapshot, .. } => of_token(snapshot),
            _ => None,
        });
        let told = published.or_else(|| match &turn.step.verdict {
            Verdict::Use(snapshot) | Verdict::RetryWith(snapshot) => of_token(snapshot),
            _ => None,
        });
        // By chance the snapshot that stands may already say what this one would.
        let standing = self.shown.as_ref().filter(|shown| shown.generation == token.generation).map(|shown| shown.ask_at);
        let told = told.or(standing);
        // What is due already hides the drawn beginning where that is later.
        if token.due.is_some() && (told.is_none() || told == token.due) {
            return;
        }
        let Some(ask_at) = told else {
            turn.blame(Rule::Truth, || "a new token without a snapshot".into());
            return;
        };
        let drawn = ask_at.mono.saturating_sub(token.refresh(0).mono);
        let wall_drawn = ask_at.wall.saturating_sub(token.refresh(0).wall);
        let (low, high) = token.spread;
        let drawn = drawn.max(wall_drawn);
        if drawn < low || drawn > high || token.due_from(drawn) != ask_at {
            turn.blame(Rule::Window, || {
                format!("a refresh at {ask_at:?}, not between {:?} and {:?}", token.refresh(low), token.refresh(high))
            });
            return;
        }
        token.spread = (drawn, drawn);
    }

    /// The snapshot that stands, for a verdict.
    pub(crate) fn standing(&self) -> Option<Snapshot<T>> {
        let token = self.token.as_ref()?;
        let (ask_at, use_until) = times(token, &self.endpoint);
        Some(snapshot(token, ask_at, use_until))
    }

    /// Takes the token's snapshot back from hosts; who was answered in this call gets it first.
    pub(crate) fn retract(&mut self, turn: &mut Turn<'_, T>, rule: Rule) {
        if turn.settles > 0 {
            self.show(turn);
            turn.settles = 0;
        }
        if let Some(shown) = self.shown.take() {
            turn.saw(When::Retracted);
            turn.expect(Output::Retract { generation: shown.generation }, rule);
        }
    }

    /// Asks to be called where something is due though no caller may come.
    pub(crate) fn arm(&mut self, turn: &mut Turn<'_, T>) {
        let anybody = !self.waiting.is_empty() || self.owed.is_some() || turn.keep_fresh;
        let (by_endpoint, when) = match (&self.endpoint, &self.token) {
            (Endpoint::Flying(Flight { stage: Stage::Running { fence, .. }, .. }), _) => (Some(*fence), When::WakeAttempt),
            (Endpoint::Flying(Flight { stage: Stage::Between { next, .. }, .. }), _) => (Some(*next), When::WakeAttempt),
            (Endpoint::Paused(pause), _) if anybody => (Some(pause.until), When::WakePause),
            (Endpoint::Idle, Some(token)) if turn.keep_fresh => (Some(times(token, &self.endpoint).0), When::WakeFresh),
            _ => (None, When::WakeFresh),
        };
        let withheld = self.token.as_ref().and_then(|token| token.withheld_until);
        let next = match (by_endpoint, withheld) {
            (Some(a), Some(b)) => clock::first(a, b),
            (Some(next), None) | (None, Some(next)) => next,
            (None, None) => {
                self.wake = None;
                return;
            }
        };
        let latest = clock::after(turn.now, WAKE_MS);
        let until = clock::first(next, latest);
        if !turn.keep_fresh && self.wake == Some(until) {
            return;
        }
        turn.saw(if withheld.is_some() { When::WakeWithheld } else { when });
        if until == latest && next != latest {
            turn.saw(When::WakeCapped);
        }
        self.wake = Some(until);
        turn.expect(Output::WakeAt { until }, Rule::Wake);
    }
}

/// Until when a host uses the token without a call, and until when at all.
fn times<T>(token: &Token<T>, endpoint: &Endpoint) -> (Instant, Instant) {
    let hard = token.hard();
    match endpoint {
        Endpoint::Paused(pause) => (clock::first(pause.until, token.end), token.end),
        Endpoint::Flying(Flight { stage: Stage::Running { fence, .. }, .. }) => (clock::first(*fence, hard), hard),
        Endpoint::Idle | Endpoint::Flying(_) => (clock::first(token.due_from(token.spread.1), hard), hard),
    }
}

fn snapshot<T: Clone>(token: &Token<T>, ask_at: Instant, use_until: Instant) -> Snapshot<T> {
    Snapshot {
        generation: token.generation,
        revision: token.revision,
        token: token.token.clone(),
        ask_at,
        use_until,
        issued_at: token.issued,
        lifetime_ms: token.life,
    }
}
