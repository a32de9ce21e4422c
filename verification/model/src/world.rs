//! A moment of the bounded world, and everything that may come next.

use evertoken::{Adopted, Code, Input, Instant, Machine, Now, Outcome, trace::Alias};
use evertoken_oracle::{Oracle, View};

use crate::{
    bounds::{Bounds, Thing},
    config::{Answer, Bytes, Config, Offer, Rejection, Reset, Want},
    label::Label,
};

/// The patience of a usual caller.
pub const PATIENCE: u64 = 15_000;
/// How far both clocks move while a device sleeps.
const SUSPEND: u64 = 3_600_000;

/// A moment right after a call.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The shipped machine.
    pub machine: Machine<Alias>,
    /// Its onlooker, who keeps the truth.
    pub oracle: Oracle<Alias>,
    /// What the host's clocks say.
    pub now: Instant,
    /// How far the monotonic clock has run back behind what it showed before.
    pub lag: u64,
    /// What may still happen.
    pub left: Bounds,
}

/// A movement of time, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// What the clocks say then.
    pub now: Instant,
    /// The monotonic clock's new lag.
    pub lag: u64,
    cost: [Option<Thing>; 2],
}

/// An input, what it costs and what it is called.
#[derive(Clone, Debug)]
pub struct Act {
    /// The input.
    pub input: Input<Alias>,
    /// Its name in diagrams and tables.
    pub label: Label,
    cost: Option<Thing>,
}

impl Move {
    /// Takes what the movement costs from what is left.
    pub fn pay(&self, left: &mut Bounds) {
        self.cost.iter().flatten().for_each(|thing| left.spend(*thing));
    }
}

impl Act {
    /// Takes what the input costs from what is left.
    pub fn pay(&self, left: &mut Bounds) {
        if let Some(thing) = self.cost {
            left.spend(thing);
        }
    }
}

impl Moment {
    /// Begins a world.
    #[must_use]
    pub const fn new(machine: Machine<Alias>, now: Instant, left: Bounds) -> Self {
        Self { machine, oracle: Oracle::new(), now, lag: 0, left }
    }

    /// Returns every movement of time that may come next, no movement first.
    #[must_use]
    pub fn moves(&self, config: &Config) -> Vec<Move> {
        let stay = Move { now: self.now, lag: self.lag, cost: [None; 2] };
        let mut moves = vec![stay];
        let by = |ms: u64, cost| Move { now: self.now.plus(ms), lag: self.lag.saturating_sub(ms), cost };
        if self.left.allows(Thing::Moves) {
            let near = self.left.allows(Thing::Near);
            for ms in self.boundaries(config.reach) {
                moves.push(by(ms, [Some(Thing::Moves), None]));
                if near {
                    let cost = [Some(Thing::Moves), Some(Thing::Near)];
                    moves.push(by(ms + 1, cost));
                    if ms > 1 {
                        moves.push(by(ms - 1, cost));
                    }
                }
            }
        }
        if self.left.allows(Thing::Suspends) {
            moves.push(by(SUSPEND, [Some(Thing::Suspends), None]));
        }
        if self.left.allows(Thing::Forward) {
            let steps = self.boundaries(config.reach).into_iter().flat_map(|ms| if ms > 1 { vec![ms - 1, ms] } else { vec![ms] });
            for ms in steps.chain(config.forward.iter().copied()) {
                moves.push(Move { now: Instant { wall: self.now.wall + ms, ..self.now }, cost: [Some(Thing::Forward), None], ..stay });
            }
        }
        if self.left.allows(Thing::Back) {
            for ms in &config.back {
                moves.push(Move { now: Instant { wall: self.now.wall - ms, ..self.now }, cost: [Some(Thing::Back), None], ..stay });
            }
        }
        if self.left.allows(Thing::MonoBack) {
            let now = Instant { mono: self.now.mono - 5_000, ..self.now };
            moves.push(Move { now, lag: self.lag + 5_000, cost: [Some(Thing::MonoBack), None] });
        }
        moves
    }

    /// How far away the next boundaries are: what hosts were shown, what the truth knows, when callers stop waiting.
    fn boundaries(&self, reach: usize) -> Vec<u64> {
        let mut times: Vec<u64> = self.oracle.boundaries().iter().map(|at| at.left_ms(self.now)).collect();
        if let Some(snapshot) = self.machine.snapshot() {
            times.extend([snapshot.ask_at.left_ms(self.now), snapshot.use_until.left_ms(self.now)]);
        }
        times.extend(self.oracle.patience_ends().iter().map(|mono| mono.saturating_sub(self.now.mono)));
        times.retain(|ms| *ms > 0);
        times.sort_unstable();
        times.dedup();
        times.truncate(reach);
        times
    }

    /// Returns every input that may come at a time, simple ones first.
    #[must_use]
    pub fn acts(&self, config: &Config, now: Instant) -> Vec<Act> {
        let view = self.oracle.view();
        let mut acts = Vec::new();
        if view.closed {
            acts.push(Act { input: want(0, PATIENCE, false), label: Label::Want, cost: None });
            acts.push(Act { input: Input::Retry, label: Label::Retry, cost: None });
            acts.push(Act { input: Input::Finished { attempt: 1, outcome: granted(Alias(1), 60_000) }, label: Label::Misuse, cost: None });
            acts.push(Act { input: Input::Reset(evertoken::Reset::Fork), label: Label::Fork, cost: None });
            return acts;
        }
        self.wants(config, now, &view, &mut acts);
        self.ends(config, now, &view, &mut acts);
        self.rejections(config, now, &view, &mut acts);
        self.commands(config, now, &view, &mut acts);
        if let Some(thing) = config.script.get(config.bounds.inputs() - self.left.inputs()) {
            acts.retain(|act| act.cost.is_none_or(|cost| cost == *thing));
        }
        acts
    }

    fn wants(&self, config: &Config, now: Instant, view: &View<Alias>, acts: &mut Vec<Act>) {
        if self.left.allows(Thing::Wants) {
            // A caller whose patience is over by then has room for another.
            let room = waiting(view, now) < config.callers;
            for kind in &config.wants {
                let input = match kind {
                    _ if !room && *kind != Want::Passing => continue,
                    Want::Usual => want(0, PATIENCE, false),
                    Want::Passing => want(0, 0, true),
                    Want::Patience(ms) => want(0, *ms, false),
                    Want::Waited(ms) => want(0, *ms, true),
                    Want::MinValid(ms) => want(*ms, PATIENCE, false),
                    Want::MinValidPatience(ms, patience) => want(*ms, *patience, false),
                    Want::Exact => {
                        let Some(until) = self.oracle.pause_until() else { continue };
                        let patience = until.left_ms(now) + 1_000;
                        acts.push(Act { input: want(0, patience - 1, false), label: Label::Want, cost: Some(Thing::Wants) });
                        want(0, patience, false)
                    }
                };
                let label = if matches!(kind, Want::MinValid(_) | Want::MinValidPatience(..)) { Label::WantMinValid } else { Label::Want };
                acts.push(Act { input, label, cost: Some(Thing::Wants) });
            }
        }
        if self.left.allows(Thing::Ticks) {
            for keep_fresh in &config.ticks {
                let label = if *keep_fresh { Label::KeepFresh } else { Label::Tick };
                acts.push(Act { input: Input::Tick { keep_fresh: *keep_fresh }, label, cost: Some(Thing::Ticks) });
            }
        }
    }

    fn ends(&self, config: &Config, now: Instant, view: &View<Alias>, acts: &mut Vec<Act>) {
        if let Some(attempt) = view.running {
            if self.left.allows(Thing::Answers) {
                acts.extend(config.answers.iter().filter_map(|answer| self.end(view, now, attempt, *answer, false)));
            }
            if self.left.allows(Thing::Abandoned) {
                acts.push(Act { input: Input::Abandoned { attempt }, label: Label::Abandoned, cost: Some(Thing::Abandoned) });
            }
        }
        if self.left.allows(Thing::Lates) {
            for attempt in &view.fenced {
                acts.extend(config.lates.iter().filter_map(|answer| self.end(view, now, *attempt, *answer, true)));
            }
        }
        if config.misuse {
            // One that never was, and one that has ended.
            let running = |attempt: &u64| view.running == Some(*attempt) || view.fenced.contains(attempt);
            let ended = (1..=view.attempts).rev().find(|attempt| !running(attempt));
            for attempt in [view.attempts + 1].into_iter().chain(ended) {
                let outcome = granted(Alias(900), 60_000);
                acts.push(Act { input: Input::Finished { attempt, outcome }, label: Label::Misuse, cost: None });
                acts.push(Act { input: Input::Abandoned { attempt }, label: Label::Misuse, cost: None });
            }
        }
    }

    fn end(&self, view: &View<Alias>, now: Instant, attempt: u64, answer: Answer, late: bool) -> Option<Act> {
        let fresh = Alias(u32::try_from(attempt).ok()?);
        let sent = self.oracle.sent_at(attempt)?;
        let label_of = |life: u64, usual| if sent.plus(life).is_over(now) { Label::GrantedWithoutLife } else { usual };
        let again = if self.oracle.holds_token(now) { Label::GrantedAgain } else { Label::Granted };
        let failed = |code: Code, retry_after_ms| Outcome::Failed { error: code.into(), retry_after_ms };
        let (outcome, label) = match answer {
            Answer::Token(life) => (granted(fresh, life), label_of(life, Label::Granted)),
            Answer::Same(life) => (granted(view.token.as_ref()?.0, life), label_of(life, again)),
            Answer::Rejected(life) => (granted(self.oracle.rejected_token()?, life), label_of(life, Label::GrantedRejected)),
            Answer::First(life) => (granted(Alias(1), life), label_of(life, Label::GrantedRejected)),
            Answer::Transient => (failed(Code::ServerError, None), Label::Failed),
            Answer::Terminal => (failed(Code::CredentialsRejected, None), Label::Failed),
            Answer::Throttled(ms) => (failed(Code::Throttled, Some(ms)), Label::Failed),
            Answer::TerminalLater(ms) => (failed(Code::AccountRefused, Some(ms)), Label::Failed),
            Answer::Cancelled => (failed(Code::Cancelled, None), Label::Abandoned),
        };
        let (label, cost) = match (late, label) {
            (false, label) => (label, if label == Label::Abandoned { Thing::Abandoned } else { Thing::Answers }),
            (true, Label::Granted | Label::GrantedAgain | Label::GrantedRejected | Label::GrantedWithoutLife) => {
                (Label::GrantedLate, Thing::Lates)
            }
            (true, _) => (Label::FailedLate, Thing::Lates),
        };
        Some(Act { input: Input::Finished { attempt, outcome }, label, cost: Some(cost) })
    }

    fn rejections(&self, config: &Config, now: Instant, view: &View<Alias>, acts: &mut Vec<Act>) {
        if !self.left.allows(Thing::Rejections) || view.generations == 0 {
            return;
        }
        let held = view.token.as_ref().map_or(view.generations, |token| token.1);
        for kind in &config.rejections {
            let usual = (held, true, false, PATIENCE);
            let (generation, replayable, retried, patience_ms) = match kind {
                Rejection::Held => usual,
                Rejection::Older if held > 1 => (held - 1, true, false, PATIENCE),
                Rejection::Older => continue,
                Rejection::Retried => (held, true, true, PATIENCE),
                Rejection::Once => (held, false, false, PATIENCE),
                Rejection::Patience(ms) => (held, true, false, *ms),
            };
            if patience_ms > 0 && replayable && !retried && waiting(view, now) >= config.callers {
                continue;
            }
            let input = Input::Rejected { generation, replayable, retried, patience_ms };
            acts.push(Act { input, label: Label::Rejected, cost: Some(Thing::Rejections) });
        }
    }

    fn commands(&self, config: &Config, now: Instant, view: &View<Alias>, acts: &mut Vec<Act>) {
        let mut push = |thing: Thing, label: Label, input: Input<Alias>| {
            if self.left.allows(thing) {
                acts.push(Act { input, label, cost: Some(thing) });
            }
        };
        push(Thing::Retries, Label::Retry, Input::Retry);
        if view.generations > 0 {
            let generation = view.token.as_ref().map_or(view.generations, |token| token.1);
            push(Thing::Invalidated, Label::Invalidate, Input::Invalidate { generation });
            if generation > 1 {
                push(Thing::Invalidated, Label::Invalidate, Input::Invalidate { generation: generation - 1 });
            }
        }
        for drop_token in &config.drops {
            let label = if *drop_token { Label::CredentialsDropped } else { Label::Credentials };
            push(Thing::Credentials, label, Input::CredentialsChanged { drop_token: *drop_token });
        }
        for reset in &config.resets {
            let (label, reset) = match reset {
                Reset::Fork => (Label::Fork, evertoken::Reset::Fork),
                Reset::Logout => (Label::Logout, evertoken::Reset::Logout),
                Reset::Close => (Label::Close, evertoken::Reset::Close),
            };
            push(Thing::Resets, label, Input::Reset(reset));
        }
        for offer in &config.offers {
            if let Some(token) = self.offered(*offer, now, view) {
                push(Thing::Adoptions, Label::Adopt, Input::Adopt { token });
            }
        }
    }

    fn offered(&self, offer: Offer, now: Instant, view: &View<Alias>) -> Option<Adopted<Alias>> {
        let token = match offer.bytes {
            Bytes::New => Alias(100 + u32::from(self.left[Thing::Adoptions])),
            Bytes::Held => view.token.as_ref()?.0,
            Bytes::Rejected => self.oracle.rejected_token()?,
        };
        Some(Adopted { token, issued_at_wall: now.wall - offer.age, lifetime_ms: offer.life, remaining_ms: offer.left })
    }

    /// What the machine reads at a time.
    #[must_use]
    pub const fn reading(now: Instant, entropy: u64) -> Now {
        Now { mono: now.mono, wall: now.wall, entropy }
    }
}

/// How many callers wait at a time.
fn waiting(view: &View<Alias>, now: Instant) -> usize {
    view.waiting.iter().filter(|(_, until)| *until > now.mono).count()
}

/// A caller's input.
#[must_use]
pub const fn want(min_valid_ms: u64, patience_ms: u64, waited: bool) -> Input<Alias> {
    Input::Want { min_valid_ms, patience_ms, waited }
}

/// A server's grant.
#[must_use]
pub const fn granted(token: Alias, lifetime_ms: u64) -> Outcome<Alias> {
    Outcome::Granted { token, lifetime_ms }
}
