//! Once the servers work, a new call is served before long.

use evertoken::{
    Input, Output, Verdict,
    trace::{Alias, Entry},
};
use evertoken_oracle::Violation;

use crate::world::{Moment, PATIENCE, granted, want};

/// The most calls of the machine until a new caller has its token.
pub const STEPS: usize = 10;

/// The name of what is broken if it is not.
pub const INVARIANT: &str = "new_calls_are_served";

/// Lets the servers work and the clock move from a moment on: a new caller must get a token within [`STEPS`] calls.
///
/// # Errors
/// The calls, if it does not.
pub fn served(moment: &Moment) -> Result<usize, (Violation, Vec<Entry>)> {
    let mut moment = moment.clone();
    let mut entries = Vec::new();
    let mut token = 10_000;
    let failed = |invariant, detail: String, entries| Err((Violation { invariant, detail }, entries));
    let mut next = want(0, PATIENCE, false);
    while entries.len() < STEPS {
        let now = Moment::reading(moment.now, 0);
        let step = moment.machine.handle(now, next.clone());
        let seen = moment.oracle.observe(now, &next, &step);
        let wants = matches!(next, Input::Want { .. });
        entries.push(Entry { now, input: next, step: step.clone() });
        if let Err(violation) = seen {
            return Err((violation, entries));
        }
        let given = step
            .outputs
            .iter()
            .any(|output| matches!(output, Output::Publish { settles, .. } | Output::Hand { settles, .. } if *settles > 0));
        if given || matches!(step.verdict, Verdict::Use(_)) && wants {
            return Ok(entries.len());
        }
        let view = moment.oracle.view();
        if let Some(attempt) = view.running {
            token += 1;
            moment.now = moment.now.plus(100);
            next = Input::Finished { attempt, outcome: granted(Alias(token), 3_600_000) };
            continue;
        }
        let Some(until) = moment.oracle.next_at() else {
            return failed(INVARIANT, "a call is not served and nothing is done about it".into(), entries);
        };
        moment.now = moment.now.plus(until.left_ms(moment.now));
        next = if view.waiting.iter().any(|(_, until)| *until > moment.now.mono) {
            Input::Tick { keep_fresh: false }
        } else {
            want(0, PATIENCE, false)
        };
    }
    failed(INVARIANT, format!("not within {STEPS} calls though the servers work"), entries)
}
