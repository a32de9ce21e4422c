//! What the token machine promises, written a second time: named invariants over its inputs and outputs.
//!
//! The oracle sees what a host sees, the inputs, verdicts and outputs of one machine with the default policy, and keeps
//! the truth from that alone: which tokens were granted and when they end, which attempts run and which were given up,
//! who waits and until when, what was rejected, and how long the endpoint is left alone. Its numbers are its own
//! (`numbers.rs`). Two kinds of checks use it. *Promises* (`promises.rs`) need no policy: no token past its life, no two
//! attempts that may count, no good token lost. *Rules* say for every call exactly what must come out, no request sooner
//! and none later, each expectation under the name of the invariant that asks for it; only where the machine draws by
//! chance is its own word taken, within the bounds that the policy sets.
//!
//! An oracle is `Clone + Eq + Hash` and its memory is bounded, so it can be part of a searched state.

mod adopting;
mod clock;
mod commanding;
mod comparing;
mod ending;
mod numbers;
mod passing;
mod promises;
mod rejecting;
mod rules;
mod showing;
mod state;
mod trail;
mod turn;
mod view;
mod wanting;

use std::fmt;

use evertoken::{Code, Event, Input, Instant, Now, Output, Step, event::Reason};

use numbers::STEP_MS;
use promises::Ledger;
use rejecting::Refused;
pub use rules::{Invariant, Seen, Situation};
use rules::{Rule, When};
use state::{Endpoint, Failures, Fenced, Rejections, Token, Waiter};
pub use trail::{Cause, Place, Trail};
use turn::{Answer, Ruling, Turn};
pub use view::{EndpointState, View};

/// A promise that a call has broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The name of the invariant.
    pub invariant: &'static str,
    /// What came, and what should have.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.detail)
    }
}

impl std::error::Error for Violation {}

/// What was learned of a call that breaks no promise.
#[derive(Clone, Copy, Debug)]
pub struct Observed {
    /// The machine drew a number, so that another entropy may lead elsewhere.
    pub drew: bool,
    /// The states that it went through.
    pub trail: Trail,
}

/// An onlooker of one machine from its first call on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Oracle<T> {
    read: Option<Instant>,
    /// Time as the machine must take it: mono never runs back.
    mono: u64,
    closed: bool,
    token: Option<Token<T>>,
    endpoint: Endpoint,
    fenced: Vec<Fenced>,
    forgotten: u64,
    waiting: Vec<Waiter>,
    last_ticket: u64,
    attempts: u64,
    generations: u64,
    rejections: Rejections<T>,
    failures: Failures,
    owed: Option<Reason>,
    credentials_at: Option<Instant>,
    invalidated_at: Option<Instant>,
    shown: Option<Shown>,
    wake: Option<Instant>,
    ledger: Ledger<T>,
}

/// The snapshot that hosts were shown last.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Shown {
    generation: u64,
    ask_at: Instant,
    use_until: Instant,
}

impl<T: Clone + Eq + fmt::Debug> Default for Oracle<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Clone + Eq + fmt::Debug> Oracle<T> {
    /// Every invariant, by name.
    pub const INVARIANTS: &'static [Invariant] = rules::INVARIANTS;

    /// Every situation that bears witness for an invariant, in the order of [`Seen`].
    pub const SITUATIONS: &'static [Situation] = rules::SITUATIONS;

    /// Begins to watch a machine that has just been made, with the default policy.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            read: None,
            mono: 0,
            closed: false,
            token: None,
            endpoint: Endpoint::Idle,
            fenced: Vec::new(),
            forgotten: 0,
            waiting: Vec::new(),
            last_ticket: 0,
            attempts: 0,
            generations: 0,
            rejections: Rejections::new(),
            failures: Failures { refreshes: 0, fetches: 0, terminal: 0, abandoned: 0, one_attempt: false, no_last_try: false },
            owed: None,
            credentials_at: None,
            invalidated_at: None,
            shown: None,
            wake: None,
            ledger: Ledger::new(),
        }
    }

    /// Looks at one call.
    ///
    /// # Errors
    /// The first promise that it breaks; the oracle says nothing useful about later calls then.
    pub fn observe(&mut self, now: Now, input: &Input<T>, step: &Step<T>) -> Result<(), Violation> {
        self.observe_noting(now, input, step, &mut Seen::default()).map(|_| ())
    }

    /// Looks at one call and notes the situations that it was.
    ///
    /// # Errors
    /// As [`Oracle::observe`].
    pub fn observe_noting(&mut self, now: Now, input: &Input<T>, step: &Step<T>, seen: &mut Seen) -> Result<Observed, Violation> {
        self.mono = self.mono.max(now.mono);
        let mut turn = Turn::new(Instant { mono: self.mono, wall: now.wall }, step, seen, self.place());
        let stepped = self.read_clocks(&mut turn, Instant { mono: now.mono, wall: now.wall });
        let kept = self.ledger.keep(&mut turn, input, stepped);
        let ruling = self.follow(&mut turn, input);
        turn.no_start = match &self.endpoint {
            Endpoint::Idle => Rule::Window,
            Endpoint::Flying(_) => Rule::OneAttempt,
            Endpoint::Paused(_) => Rule::PauseEnds,
        };
        self.show(&mut turn);
        self.arm(&mut turn);
        kept?;
        if let Some(wrong) = turn.wrong {
            return Err(wrong);
        }
        comparing::outputs(&turn)?;
        comparing::verdict(self.standing(), ruling, step)?;
        Ok(Observed { drew: turn.drew, trail: turn.trail })
    }

    /// Reads both clocks and says whether the wall clock has run ahead.
    fn read_clocks(&mut self, turn: &mut Turn<'_, T>, read: Instant) -> bool {
        let Some(before) = self.read.replace(read) else { return false };
        let mono_back_ms = before.mono.saturating_sub(read.mono);
        let mono = i128::from(read.mono.saturating_sub(before.mono));
        let ahead = i128::from(read.wall) - i128::from(before.wall) - mono;
        if mono_back_ms > 0 {
            turn.saw(When::MonoBack);
        }
        if mono_back_ms > 0 || ahead.unsigned_abs() > u128::from(STEP_MS) {
            turn.saw(if ahead > 0 { When::WallForward } else { When::WallBack });
            let wall_ms = i64::try_from(ahead).unwrap_or(i64::MAX);
            turn.expect(Output::Event(Event::ClockStepped { wall_ms, mono_back_ms }), Rule::Clocks);
        }
        ahead > 0 || mono_back_ms > 0
    }

    /// Says what must happen in a call.
    fn follow(&mut self, turn: &mut Turn<'_, T>, input: &Input<T>) -> Ruling {
        if self.closed && !matches!(input, Input::Reset(_)) {
            turn.saw(When::ClosedInput);
            return (Answer::Fail(Code::Closed.into()), Rule::Close);
        }
        self.expire(turn);
        self.mark(turn);
        // An attempt that is not fenced yet is not late, and nothing is sent in the moment in which the user says
        // otherwise or another process's token comes.
        let before_time = match input {
            Input::Finished { .. } | Input::Abandoned { .. } | Input::Adopt { .. } => true,
            Input::CredentialsChanged { .. } | Input::Reset(_) => true,
            Input::Want { .. } | Input::Rejected { .. } | Input::Invalidate { .. } | Input::Retry | Input::Tick { .. } => false,
        };
        if before_time {
            let ruling = self.take_marked(turn, input);
            self.pass(turn);
            return ruling;
        }
        self.pass(turn);
        self.take_marked(turn, input)
    }

    fn take_marked(&mut self, turn: &mut Turn<'_, T>, input: &Input<T>) -> Ruling {
        turn.trail.take_at(self.place());
        turn.cause = Cause::Input;
        let ruling = self.take(turn, input);
        self.mark(turn);
        turn.cause = Cause::Time;
        ruling
    }

    const fn place(&self) -> Place {
        Place { held: self.token.is_some(), endpoint: self.endpoint_state() }
    }

    const fn mark(&self, turn: &mut Turn<'_, T>) {
        turn.trail.mark(self.place(), turn.cause);
    }

    fn take(&mut self, turn: &mut Turn<'_, T>, input: &Input<T>) -> Ruling {
        match input {
            Input::Want { min_valid_ms, patience_ms, waited } => self.want(turn, *min_valid_ms, *patience_ms, *waited),
            Input::Rejected { generation, replayable, retried, patience_ms } => {
                self.rejected(turn, Refused { generation: *generation, replayable: *replayable, retried: *retried, patience: *patience_ms })
            }
            Input::Finished { attempt, outcome } => self.finished(turn, *attempt, outcome),
            Input::Abandoned { attempt } => self.abandoned(turn, *attempt),
            Input::Adopt { token } => self.adopt(turn, token),
            Input::Invalidate { generation } => self.invalidate(turn, *generation),
            Input::CredentialsChanged { drop_token } => self.credentials_changed(turn, *drop_token),
            Input::Retry => self.retry(turn),
            Input::Reset(reset) => self.reset(turn, *reset),
            Input::Tick { keep_fresh } => self.tick(turn, *keep_fresh),
        }
    }

    fn tick(&mut self, turn: &mut Turn<'_, T>, keep_fresh: bool) -> Ruling {
        turn.keep_fresh = keep_fresh;
        if self.endpoint == Endpoint::Idle {
            let due = if keep_fresh { self.due(turn, 0) } else { None };
            if let Some(reason) = due {
                turn.saw(When::TickStarts);
                self.start(turn, reason, Rule::Tick);
            } else {
                turn.saw(When::TickIdle);
            }
        }
        (Answer::Done, Rule::Tick)
    }
}
