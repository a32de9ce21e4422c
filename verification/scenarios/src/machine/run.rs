//! Runs a machine scenario: a new machine, its inputs at their times, and a comparison after each.

use evertoken::{Adopted, Code, Machine, Outcome, Policy, io, trace::Alias};
use serde_json::{Map, Value};

use crate::envelope::{Failure, Head, Kind};

use super::{
    check::Check,
    format::{Adopt, Around, Fields, Finished, Input, Output, Rejected, Step, Verdict, Want},
    start::{Clocks, START},
    told::{Told, from_start},
};

/// Runs the fields of a file; `assertions` counts the comparisons up to its end or its first failure.
pub(super) fn run(_: &Head, fields: Map<String, Value>, assertions: &mut usize) -> Result<(), Failure> {
    let fields: Fields = serde_json::from_value(Value::Object(fields)).map_err(|error| Failure::of_json(None, &error))?;
    let steps: Vec<_> = fields.steps.into_iter().enumerate().map(|(index, step)| Step::parse(index, step)).collect::<Result<_, _>>()?;
    if !steps.iter().any(|step| step.around.expects()) {
        return Err(Failure::of_file(Kind::NoExpectation, "no step expects anything"));
    }
    let mut host = Host::new(fields.policy)?;
    for (step, wanted) in steps.into_iter().enumerate() {
        let mut check = Check { step, assertions };
        host.step(&mut check, wanted)?;
    }
    if let Some(expected) = fields.token_requests {
        *assertions += 1;
        if expected != host.requests {
            return Err(Failure::of_file(Kind::WrongCount, format!("expected {expected} token requests, got {}", host.requests)));
        }
    }
    Ok(())
}

struct Host {
    machine: Machine<Alias>,
    clocks: Clocks,
    requests: usize,
    attempts: u64,
}

impl Host {
    fn new(policy: Map<String, Value>) -> Result<Self, Failure> {
        let policy: Policy = serde_json::from_value(Value::Object(policy)).map_err(|error| Failure::of_json(None, &error))?;
        let machine = Machine::new(policy).map_err(|error| Failure::of_file(Kind::Malformed, error.to_string()))?;
        Ok(Self { machine, clocks: Clocks { mono_ms: 0, wall_ms: 0 }, requests: 0, attempts: 0 })
    }

    fn step(&mut self, check: &mut Check<'_>, step: Step) -> Result<(), Failure> {
        let Step { around, input } = step;
        self.clocks.mono_ms = around.mono_ms.or(around.at_ms).unwrap_or(self.clocks.mono_ms);
        self.clocks.wall_ms = around.wall_ms.or(around.at_ms).unwrap_or(self.clocks.wall_ms);
        let named = if let Input::Finished(Finished { attempt, .. }) = &input { Some(*attempt) } else { None };
        let input = match input {
            Input::Explain(_) => return self.explain(check, &around),
            Input::Validate(policy) => return Self::validate(check, &around, policy),
            input => of_format(check.step, input)?,
        };
        let told = self.machine.handle(self.clocks.now(around.draw_ms), input);
        let (verdict, told) = (Verdict::from(&told.verdict), Told::from(&told.outputs[..]));
        if matches!(&verdict, Verdict::Fail(error) if error.code == Code::Misuse)
            && !matches!(&around.verdict, Some(Verdict::Fail(_)))
            && let Some(attempt) = named.filter(|attempt| *attempt > self.attempts)
        {
            return Err(Failure::at(check.step, Kind::MissingStep, format!("no step before has started attempt {attempt}")));
        }
        for output in &told.outputs {
            if let Output::Start(start) = output {
                (self.requests, self.attempts) = (self.requests + 1, start.attempt);
            }
        }
        check.told(&around, &verdict, &told)
    }

    fn explain(&self, check: &mut Check<'_>, around: &Around) -> Result<(), Failure> {
        let Some(expected) = around.sees.clone() else {
            return Err(Failure::at(check.step, Kind::NoExpectation, "explain without sees"));
        };
        let view = self.machine.explain(self.clocks.now(0));
        let text = view.to_string();
        let snapshot = self.machine.snapshot().as_ref().map(super::format::Snapshot::from);
        let mut view = from_start(&view);
        if let Some(fields) = view.as_object_mut() {
            fields.insert("policy".to_owned(), serde_json::to_value(self.machine.policy()).unwrap_or_default());
            fields.insert("snapshot".to_owned(), serde_json::to_value(snapshot).unwrap_or_default());
            fields.insert("text".to_owned(), text.lines().map(ToOwned::to_owned).map(Value::String).collect());
        }
        check.sees("sees", &Value::Object(expected), &view)
    }

    fn validate(check: &mut Check<'_>, around: &Around, policy: Map<String, Value>) -> Result<(), Failure> {
        let policy: Policy = serde_json::from_value(Value::Object(policy)).map_err(|error| Failure::of_json(Some(check.step), &error))?;
        let verdict = policy.validate().as_ref().map_or_else(|error| Verdict::Fail(error.into()), |()| Verdict::Done);
        check.told(around, &verdict, &Told::default())
    }
}

/// The machine's input for a step's.
fn of_format(step: usize, input: Input) -> Result<io::Input<Alias>, Failure> {
    Ok(match input {
        Input::Want(Want { min_valid_ms, patience_ms, waited }) => io::Input::Want { min_valid_ms, patience_ms, waited },
        Input::Rejected(Rejected { generation, replayable, retried, patience_ms }) => {
            io::Input::Rejected { generation, replayable, retried, patience_ms }
        }
        Input::Finished(Finished { attempt, token: Some(token), lifetime_ms: Some(lifetime_ms), fails: None, retry_after_ms: None }) => {
            io::Input::Finished { attempt, outcome: Outcome::Granted { token: Alias(token), lifetime_ms } }
        }
        Input::Finished(Finished { attempt, token: None, lifetime_ms: None, fails: Some(code), retry_after_ms }) => {
            io::Input::Finished { attempt, outcome: Outcome::Failed { error: code.into(), retry_after_ms } }
        }
        Input::Finished(_) => {
            return Err(Failure::at(step, Kind::Malformed, "finished: token and lifetime_ms, or fails and perhaps retry_after_ms"));
        }
        Input::Abandoned(abandoned) => io::Input::Abandoned { attempt: abandoned.attempt },
        Input::Invalidate(invalidate) => io::Input::Invalidate { generation: invalidate.generation },
        Input::Adopt(Adopt { token, issued_at_ms, lifetime_ms, remaining_ms }) => {
            let issued_at_wall = START.wall.saturating_add_signed(issued_at_ms);
            io::Input::Adopt { token: Adopted { token: Alias(token), issued_at_wall, lifetime_ms, remaining_ms } }
        }
        Input::CredentialsChanged(changed) => io::Input::CredentialsChanged { drop_token: changed.drop_token },
        Input::Retry(_) => io::Input::Retry,
        Input::Reset(reset) => io::Input::Reset(reset),
        Input::Tick(tick) => io::Input::Tick { keep_fresh: tick.keep_fresh },
        Input::Explain(_) | Input::Validate(_) => {
            return Err(Failure::at(step, Kind::Malformed, "not an input of the machine"));
        }
    })
}
