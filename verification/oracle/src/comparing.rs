//! What came out against what should have: the first difference, by the name of the rule that it breaks.

use evertoken::{Code, Event, Output, Step, Verdict};

use crate::{
    Violation,
    rules::Rule,
    turn::{Answer, Ruling, Turn},
};

/// Kinds of outputs, those first whose absence or excess says most.
const KINDS: usize = 8;

fn kind<T>(output: &Output<T>) -> usize {
    match output {
        Output::Start { .. } => 0,
        Output::Event(Event::Paused { .. }) => 1,
        Output::Fail { .. } => 2,
        Output::Hand { .. } => 3,
        Output::Retract { .. } => 4,
        Output::Publish { .. } => 5,
        Output::Event(_) => 6,
        Output::WakeAt { .. } => 7,
    }
}

/// Compares the outputs.
pub(crate) fn outputs<T: Eq + std::fmt::Debug>(turn: &Turn<'_, T>) -> Result<(), Violation> {
    let (seen, expected) = (&turn.step.outputs, &turn.expected);
    if seen.len() == expected.len() && seen.iter().zip(expected).all(|(seen, (expected, _))| seen == expected) {
        return Ok(());
    }
    for of_kind in 0..KINDS {
        let mut asked = expected.iter().filter(|(output, _)| kind(output) == of_kind);
        let mut came = seen.iter().filter(|output| kind(output) == of_kind);
        loop {
            match (asked.next(), came.next()) {
                (None, None) => break,
                (Some((asked, _)), Some(came)) if asked == came => {}
                (Some((asked, rule)), Some(came)) => return Err(differs(asked, came, *rule)),
                (Some((asked, rule)), None) => return broken(missing(asked, *rule), || format!("{asked:?} did not come")),
                (None, Some(came)) => return broken(excess(came, turn.no_start), || format!("{came:?} came for no reason")),
            }
        }
    }
    broken(Rule::Events, || format!("another order: {seen:?}"))
}

fn broken(rule: Rule, detail: impl FnOnce() -> String) -> Result<(), Violation> {
    Err(Violation { invariant: rule.name(), detail: detail() })
}

fn missing<T>(output: &Output<T>, rule: Rule) -> Rule {
    match output {
        Output::Publish { settles: 0, .. } if rule == Rule::Times => Rule::Truth,
        Output::Event(event) if rule == Rule::Events => of_event(event),
        _ => rule,
    }
}

/// The rule against which something came that nothing asks for.
fn excess<T>(output: &Output<T>, no_start: Rule) -> Rule {
    match output {
        Output::Start { .. } => no_start,
        Output::Event(Event::Paused { .. }) => Rule::RefreshPause,
        Output::Fail { .. } => Rule::FlightError,
        Output::Hand { .. } => Rule::SingleUse,
        Output::Retract { .. } => Rule::Retracted,
        Output::Publish { .. } => Rule::Truth,
        Output::Event(event) => of_event(event),
        Output::WakeAt { .. } => Rule::Wake,
    }
}

const fn of_event(event: &Event) -> Rule {
    match event {
        Event::Adopted { .. } => Rule::Adopt,
        Event::Granted { late: true, .. } => Rule::Late,
        Event::Granted { .. } => Rule::Granted,
        Event::SameToken { .. } => Rule::SameToken,
        Event::ClockStepped { .. } => Rule::Clocks,
        _ => Rule::Events,
    }
}

fn differs<T: Eq + std::fmt::Debug>(asked: &Output<T>, came: &Output<T>, rule: Rule) -> Violation {
    let rule = match (asked, came) {
        (Output::Start { .. }, Output::Start { .. }) => Rule::AttemptTimes,
        (Output::Publish { snapshot: asked, settles }, Output::Publish { snapshot: came, settles: others }) => {
            if settles != others {
                Rule::Answered
            } else if (asked.ask_at, asked.use_until) != (came.ask_at, came.use_until) {
                if rule == Rule::Answered { Rule::Times } else { rule }
            } else {
                Rule::Truth
            }
        }
        (Output::Event(asked), Output::Event(came)) if asked.name() != came.name() && rule == Rule::Events => {
            if of_event(asked) == Rule::Events { of_event(came) } else { of_event(asked) }
        }
        _ => rule,
    };
    Violation { invariant: rule.name(), detail: format!("{came:?}, not {asked:?}") }
}

/// Compares the verdict.
pub(crate) fn verdict<T: Eq + std::fmt::Debug>(
    standing: Option<evertoken::Snapshot<T>>,
    (answer, rule): Ruling,
    step: &Step<T>,
) -> Result<(), Violation> {
    let expected = match answer {
        Answer::Misuse => {
            let told = matches!(&step.verdict, Verdict::Fail(error) if error.code == Code::Misuse);
            return if told { Ok(()) } else { broken(rule, || format!("{:?}, not misuse", step.verdict)) };
        }
        Answer::Use => standing.map_or_else(|| Verdict::Fail(Code::Deadline.into()), Verdict::Use),
        Answer::RetryWith => standing.map_or_else(|| Verdict::Fail(Code::Deadline.into()), Verdict::RetryWith),
        Answer::Wait { ticket, until } => Verdict::Wait { ticket, until_mono: until },
        Answer::RetryAfter { ms } => Verdict::RetryAfter { ms },
        Answer::Surface(reason) => Verdict::Surface(reason),
        Answer::Fail(error) => Verdict::Fail(error),
        Answer::Done => Verdict::Done,
    };
    if expected == step.verdict {
        return Ok(());
    }
    let rule = match (&expected, &step.verdict) {
        (Verdict::Use(a) | Verdict::RetryWith(a), Verdict::Use(b) | Verdict::RetryWith(b)) if a != b => Rule::Times,
        _ => rule,
    };
    broken(rule, || format!("{:?}, not {expected:?}", step.verdict))
}
