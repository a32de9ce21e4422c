//! A trace written down as a scenario, so that what a search found can be read, kept and run again.

use evertoken::{
    io,
    trace::{Alias, Entry, Trace},
};
use serde_json::{Map, Value, json};

use super::{
    format::{Abandoned, Adopt, Around, CredentialsChanged, Finished, Input, Invalidate, Nothing, Rejected, Tick, Verdict, Want},
    start::{mono_ms, offset_of, wall_ms},
    told::{Told, from_start},
};

/// Writes a trace as a machine scenario whose expectations are what the trace told.
///
/// Its clocks should begin at [`START`](super::START), its entropies come from [`entropy_for`](super::entropy_for) a small number.
#[must_use]
pub fn scenario_of(name: &str, why: &str, shows: &[&str], trace: &Trace) -> Value {
    let mut fields = Map::new();
    fields.insert("$schema".to_owned(), json!("../machine.schema.json"));
    fields.insert("name".to_owned(), json!(name));
    fields.insert("level".to_owned(), json!("machine"));
    fields.insert("shows".to_owned(), json!(shows));
    fields.insert("why".to_owned(), json!(why));
    let (policy, usual) = (from_start(&trace.policy), from_start(&evertoken::Policy::default()));
    let changed: Map<_, _> = policy
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| usual.get(name.as_str()) != Some(value))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !changed.is_empty() {
        fields.insert("policy".to_owned(), Value::Object(changed));
    }
    fields.insert("steps".to_owned(), trace.entries.iter().map(step_of).collect());
    Value::Object(fields)
}

fn step_of(entry: &Entry) -> Value {
    let (mono_ms, wall_ms) = (mono_ms(entry.now.mono), wall_ms(entry.now.wall));
    let told = Told::from(&entry.step.outputs[..]);
    let around = Around {
        at_ms: (mono_ms == wall_ms).then_some(mono_ms),
        mono_ms: (mono_ms != wall_ms).then_some(mono_ms),
        wall_ms: (mono_ms != wall_ms).then_some(wall_ms),
        draw_ms: offset_of(entry.now.entropy),
        verdict: Some(Verdict::from(&entry.step.verdict)),
        outputs: Some(told.outputs),
        events: Some(told.events),
        ..Around::default()
    };
    let mut fields = Map::new();
    for part in [serde_json::to_value(around), serde_json::to_value(input_of(&entry.input))] {
        fields.extend(part.ok().and_then(|part| part.as_object().cloned()).unwrap_or_default());
    }
    Value::Object(fields)
}

fn input_of(input: &io::Input<Alias>) -> Input {
    match input {
        io::Input::Want { min_valid_ms, patience_ms, waited } => {
            Input::Want(Want { min_valid_ms: *min_valid_ms, patience_ms: *patience_ms, waited: *waited })
        }
        io::Input::Rejected { generation, replayable, retried, patience_ms } => {
            Input::Rejected(Rejected { generation: *generation, replayable: *replayable, retried: *retried, patience_ms: *patience_ms })
        }
        io::Input::Finished { attempt, outcome } => {
            let (token, lifetime_ms, fails, retry_after_ms) = match outcome {
                io::Outcome::Granted { token, lifetime_ms } => (Some(token.0), Some(*lifetime_ms), None, None),
                io::Outcome::Failed { error, retry_after_ms } => (None, None, Some(error.code), *retry_after_ms),
            };
            Input::Finished(Finished { attempt: *attempt, token, lifetime_ms, fails, retry_after_ms })
        }
        io::Input::Abandoned { attempt } => Input::Abandoned(Abandoned { attempt: *attempt }),
        io::Input::Invalidate { generation } => Input::Invalidate(Invalidate { generation: *generation }),
        io::Input::Adopt { token } => Input::Adopt(Adopt {
            token: token.token.0,
            issued_at_ms: wall_ms(token.issued_at_wall),
            lifetime_ms: token.lifetime_ms,
            remaining_ms: token.remaining_ms,
        }),
        io::Input::CredentialsChanged { drop_token } => Input::CredentialsChanged(CredentialsChanged { drop_token: *drop_token }),
        io::Input::Retry => Input::Retry(Nothing {}),
        io::Input::Reset(reset) => Input::Reset(*reset),
        io::Input::Tick { keep_fresh } => Input::Tick(Tick { keep_fresh: *keep_fresh }),
    }
}
