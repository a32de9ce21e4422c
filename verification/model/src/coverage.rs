//! What a search has met: situations, changes of state, pairs of state and input, rows of the machine's table.

use evertoken::{Input, Output, Step, trace::Alias};
use evertoken_oracle::{Cause, EndpointState, Observed, Place, Seen};

use crate::label::{Label, STATES, index};

const INPUTS: usize = Label::ALL.len();

/// A row of the machine's table of transitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is held, what the flight does, what comes in.
    pub name: &'static str,
    /// Why it cannot be fired, which the search asserts by never firing it.
    pub unreachable: Option<&'static str>,
}

/// The rows in their order.
pub const ROWS: [Row; 23] = [
    row("token, idle, want: a refresh is due"),
    row("token, idle, want: none is due"),
    row("token, in flight, want"),
    row("token, paused, want"),
    row("no token, idle, want"),
    row("no token, in flight, want"),
    row("no token, paused, want: waits"),
    row("no token, paused, want: fails"),
    row("any, any, rejected"),
    row("any, any, finished"),
    row("any, any, abandoned"),
    row("any, any, adopt"),
    row("any, any, invalidate"),
    row("any, any, credentials changed"),
    row("any, paused, retry"),
    row("no token, idle, retry"),
    row("token, idle, retry: a refresh is due"),
    row("token, idle, retry: none is due"),
    row("any, in flight, retry"),
    row("any, idle, tick: keeps fresh, and a refresh is due"),
    row("any, idle, tick: nothing to do"),
    row("any, in flight or paused, tick"),
    row("any, any, reset"),
];

const fn row(name: &'static str) -> Row {
    Row { name, unreachable: None }
}

/// Everything that was met.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Situations of the oracle.
    pub seen: Seen,
    edges: [[u32; 6]; 6],
    pairs: [u32; 6],
    rows: u32,
}

impl Coverage {
    /// Takes one call into account.
    pub fn note(&mut self, label: Label, input: &Input<Alias>, step: &Step<Alias>, observed: &Observed) {
        for (from, to, cause) in observed.trail.changes() {
            let label = if cause == Cause::Time { Label::Time } else { label };
            self.edges[index(from)][index(to)] |= 1 << label as u32;
        }
        let place = observed.trail.taken_at();
        self.pairs[index(place)] |= 1 << label as u32;
        if let Some(row) = row_of(place, input, step) {
            self.rows |= 1 << row;
        }
    }

    /// Adds what another has met.
    pub fn merge(&mut self, other: &Self) {
        self.seen.merge(other.seen);
        for (from, of_from) in self.edges.iter_mut().enumerate() {
            for (to, labels) in of_from.iter_mut().enumerate() {
                *labels |= other.edges[from][to];
            }
        }
        self.pairs.iter_mut().zip(other.pairs).for_each(|(pair, other)| *pair |= other);
        self.rows |= other.rows;
    }

    /// Returns the changes of state: from, to, and the inputs that lead there.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize, Vec<Label>)> + '_ {
        let all = (0..6).flat_map(|from| (0..6).map(move |to| (from, to)));
        all.map(|(from, to)| (from, to, labels(self.edges[from][to]))).filter(|(_, _, labels)| !labels.is_empty())
    }

    /// Says whether a row of the table was fired.
    #[must_use]
    pub const fn fired(&self, row: usize) -> bool {
        self.rows & 1 << row != 0
    }

    /// Says whether an input was taken in a state.
    #[must_use]
    pub const fn met(&self, state: usize, label: Label) -> bool {
        self.pairs[state] & 1 << label as u32 != 0
    }
}

fn labels(bits: u32) -> Vec<Label> {
    Label::ALL.iter().copied().filter(|label| bits & 1 << *label as u32 != 0).collect()
}

/// Says why an input cannot be taken in a state, if it cannot.
#[must_use]
pub fn impossible(state: usize, label: Label) -> Option<&'static str> {
    let held = state >= 3;
    let in_flight = state % 3 == 1;
    match label {
        Label::Granted | Label::GrantedRejected | Label::GrantedWithoutLife | Label::Failed | Label::Abandoned if !in_flight => {
            Some("no attempt runs, so none can end; ends of earlier ones are late or misuse")
        }
        Label::GrantedAgain if !in_flight => Some("no attempt runs, so none can end"),
        Label::GrantedAgain if !held => Some("no token is held that could come again"),
        Label::Time => Some("time is no input"),
        _ => None,
    }
}

fn row_of(place: Place, input: &Input<Alias>, step: &Step<Alias>) -> Option<usize> {
    use EndpointState::{Idle, InFlight, Paused};
    let started = step.outputs.iter().any(|output| matches!(output, Output::Start { .. }));
    let waits = matches!(step.verdict, evertoken::Verdict::Wait { .. });
    Some(match (place.held, place.endpoint, input) {
        (true, Idle, Input::Want { .. }) => usize::from(!started),
        (true, InFlight, Input::Want { .. }) => 2,
        (true, Paused, Input::Want { .. }) => 3,
        (false, Idle, Input::Want { .. }) => 4,
        (false, InFlight, Input::Want { .. }) => 5,
        (false, Paused, Input::Want { .. }) => 7 - usize::from(waits),
        (_, _, Input::Rejected { .. }) => 8,
        (_, _, Input::Finished { .. }) => 9,
        (_, _, Input::Abandoned { .. }) => 10,
        (_, _, Input::Adopt { .. }) => 11,
        (_, _, Input::Invalidate { .. }) => 12,
        (_, _, Input::CredentialsChanged { .. }) => 13,
        (_, Paused, Input::Retry) => 14,
        (false, Idle, Input::Retry) => 15,
        (true, Idle, Input::Retry) => 17 - usize::from(started),
        (_, InFlight, Input::Retry) => 18,
        (_, Idle, Input::Tick { .. }) => 20 - usize::from(started),
        (_, InFlight | Paused, Input::Tick { .. }) => 21,
        (_, _, Input::Reset(_)) => 22,
    })
}

const _: () = assert!(INPUTS <= 32 && STATES.len() == 6);
