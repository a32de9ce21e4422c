//! Who sees everything that happens in a simulated world, and holds it against what was promised.

use std::{
    collections::{BTreeMap, BTreeSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use evertoken::{AccessToken, Class, Code, Input, Instant, Now, Outcome, Snapshot, Step};

use evertoken_oracle::Oracle;

use crate::{
    caller::{Asked, Ended},
    matrix::{Fault, Matrix},
    plan::{After, Behaviour, Dialect, Fate, Step as PlanStep},
    reference::{Reference, numbers},
    server::Issued,
    time::VirtualTime,
};

/// A watch, as everybody in a world shares it.
pub type Watching = Arc<Mutex<Watch>>;

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its stable name.
    pub invariant: &'static str,
    /// What happened.
    pub detail: String,
    /// In which step of the plan.
    pub step: usize,
}

/// A life of a token as its client may count it.
#[derive(Clone, Copy, Debug)]
struct Life {
    ends: Instant,
    /// It came dead, or for a single use, in this instant.
    handed: Option<u64>,
}

struct Call {
    asked: Asked,
    at: Instant,
}

/// Sees calls, requests, answers and the machine's steps.
pub struct Watch {
    time: VirtualTime,
    dialect: Dialect,
    /// The step of the plan that is carried out.
    pub step: usize,
    /// What was broken, the first of each kind.
    pub violations: Vec<Violation>,
    /// What was expected of the client.
    pub reference: Reference,
    pub(crate) oracle: Option<Oracle<AccessToken>>,
    calls: BTreeMap<u32, Call>,
    /// Every fault is mended: calls are noted that are served.
    pub recovering: bool,
    served: BTreeSet<u32>,
    open: BTreeMap<u64, (Instant, Behaviour)>,
    lives: BTreeMap<String, Life>,
    /// The wall clock was set back, or a server or a tab lied: what the servers know may be more than a client can.
    pub clocks_lie: bool,
    /// The monotonic clock ran back: how long a call took cannot be told by it.
    pub mono_broken: bool,
    /// How often each fault hit each state.
    pub matrix: Matrix,
    /// The latest request that has ended.
    latest: u64,
    digest: DefaultHasher,
    /// What happened, in words, where somebody wants to read it.
    pub story: Option<Vec<String>>,
    /// The machine's calls.
    pub machine_calls: u64,
    /// Calls that ended.
    pub calls_ended: u64,
    /// The longest wait of a caller while a valid token was held, and without one.
    pub longest_ms: [u64; 2],
}

impl Watch {
    pub(crate) fn new(time: VirtualTime, dialect: Dialect, story: bool) -> Self {
        Self {
            time,
            dialect,
            step: 0,
            violations: Vec::new(),
            reference: Reference::default(),
            oracle: Some(Oracle::new()),
            calls: BTreeMap::new(),
            recovering: false,
            served: BTreeSet::new(),
            open: BTreeMap::new(),
            lives: BTreeMap::new(),
            clocks_lie: false,
            mono_broken: false,
            matrix: Matrix::default(),
            latest: 0,
            digest: DefaultHasher::new(),
            story: story.then(Vec::new),
            machine_calls: 0,
            calls_ended: 0,
            longest_ms: [0; 2],
        }
    }

    /// Looks through a watch, if there is one.
    pub(crate) fn with<R>(watch: Option<&Watching>, look: impl FnOnce(&mut Self) -> R) -> Option<R> {
        Some(look(&mut watch?.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Notes a broken promise.
    pub(crate) fn broken(&mut self, invariant: &'static str, detail: impl FnOnce() -> String) {
        if self.violations.iter().all(|violation| violation.invariant != invariant) {
            let detail = detail();
            self.tell(|| format!("BROKEN {invariant}: {detail}"));
            self.violations.push(Violation { invariant, detail, step: self.step });
        }
    }

    pub(crate) fn ensure(&mut self, holds: bool, invariant: &'static str, detail: impl FnOnce() -> String) {
        if !holds {
            self.broken(invariant, detail);
        }
    }

    /// Writes a line of the story, where there is one.
    pub(crate) fn tell(&mut self, line: impl FnOnce() -> String) {
        let now = self.time.instant();
        if let Some(story) = &mut self.story {
            let since = |now: u64, start: i64| now.cast_signed() - start;
            story.push(format!("{:>10} {:>14} {}", since(now.mono, 5_000_000), since(now.wall, 1_763_712_000_000), line()));
        }
    }

    /// Returns a number that is the same for two lives in which the same happened.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// Says whether a call waits.
    #[must_use]
    pub fn waits(&self, call: u32) -> bool {
        self.calls.contains_key(&call)
    }

    /// Returns the calls that wait.
    #[must_use]
    pub fn calls_that_wait(&self) -> BTreeSet<u32> {
        self.calls.keys().copied().collect()
    }

    /// Returns the client's clocks.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.time.instant()
    }

    /// Says how many calls wait for nothing but a token.
    #[must_use]
    pub fn waiting_for_tokens(&self) -> usize {
        self.calls.values().filter(|call| !call.asked.request).count()
    }

    /// Says whether a call was served, while every fault is mended.
    #[must_use]
    pub fn served(&self, call: u32) -> bool {
        self.served.contains(&call)
    }

    /// Says how many token requests are on their way.
    #[must_use]
    pub fn on_the_way(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn called(&mut self, call: u32, asked: Asked) {
        self.tell(|| format!("call {call}: {asked:?}"));
        let at = self.time.instant();
        self.calls.insert(call, Call { asked, at });
    }

    pub(crate) fn cancelled(&mut self, call: u32) {
        self.tell(|| format!("call {call} cancelled"));
        self.calls.remove(&call);
    }

    /// A call has ended.
    pub(crate) fn ended(&mut self, call: u32, ended: Ended) {
        self.tell(|| format!("call {call} ended: {ended:?}"));
        let Some(Call { asked, at }) = self.calls.remove(&call) else { return };
        let now = self.time.instant();
        self.calls_ended += 1;
        (call, now, &format!("{ended:?}")).hash(&mut self.digest);
        let patience_ms = asked.patience_ms.unwrap_or(numbers::PATIENCE);
        let waited_ms = now.mono.saturating_sub(at.mono);
        if !asked.request && !self.mono_broken {
            self.ensure(waited_ms <= patience_ms, "call-within-patience", || format!("call {call} took {waited_ms} of {patience_ms} ms"));
        }
        if self.recovering && matches!(ended, Ended::Served(_)) {
            self.served.insert(call);
        }
        if !asked.request {
            let longest = &mut self.longest_ms[usize::from(!self.reference.held_since(at))];
            *longest = waited_ms.max(*longest);
        }
        match &ended {
            Ended::Served(_) => {}
            Ended::Failed(error) => {
                let reference = &self.reference;
                // What came in the same instant came after the caller was told.
                let held = reference.held_since(now) && reference.is_held(now) && !reference.is_closed();
                self.ensure(!held, "call-fails-only-without-token", || format!("call {call}: {error} while a token is held"));
                let known = matches!(error.code, Code::Misuse | Code::Reentrant);
                self.ensure(!known, "no-misuse", || format!("call {call}: {error}"));
            }
            Ended::Answered { status, rejections, .. } => {
                self.ensure(*rejections <= 2, "one-retry-a-call", || format!("call {call}: rejected {rejections} times, {status}"));
            }
        }
        self.collect_complaints();
    }

    /// A rejected call is sent again.
    pub(crate) fn retried(&mut self, call: u32, asked: Asked, rejections: u32, before: &Snapshot, next: &Snapshot) {
        self.tell(|| format!("call {call} retried with generation {} after {}", next.generation, before.generation));
        self.ensure(asked.replayable, "only-replayable-is-retried", || format!("call {call}"));
        self.ensure(rejections == 1, "one-retry-a-call", || format!("call {call}: retried {rejections} times"));
    }

    /// A caller holds this header now.
    pub(crate) fn used(&mut self, snapshot: &Snapshot, issued: Option<&Issued>, truth: u64) {
        let now = self.reference.counted(self.time.instant());
        let text = snapshot.token.token();
        let header = snapshot.token.header_name() == "Authorization"
            && snapshot.token.header_value().strip_prefix("Bearer ").is_some_and(|token| token == text);
        self.ensure(header, "header-as-documented", || snapshot.token.header_name().to_owned());
        let life = self.lives.get(text).copied();
        self.ensure(life.is_some() && issued.is_some(), "no-token-of-a-stranger", || format!("generation {}", snapshot.generation));
        let Some(life) = life else { return };
        if life.handed == Some(truth) {
            return;
        }
        self.ensure(!life.ends.is_over(now), "no-header-past-its-life", || {
            format!("generation {} ended at {:?}", snapshot.generation, life.ends)
        });
        if let (Some(issued), false) = (issued, self.clocks_lie) {
            let over = truth >= issued.issued + issued.lifetime_ms;
            self.ensure(!over, "no-header-past-its-true-life", || format!("generation {}", snapshot.generation));
        }
    }

    pub(crate) fn opened(&mut self, number: u64, behaviour: Behaviour) {
        self.tell(|| format!("request {number}: {behaviour:?}"));
        let now = self.reference.counted(self.time.instant());
        (number, now).hash(&mut self.digest);
        self.open.insert(number, (now, behaviour));
        if behaviour.fate == Fate::Hangs {
            self.hit(Fault::Hang);
        }
    }

    /// A fault hits the client in the state that it is in.
    pub(crate) fn hit(&mut self, fault: Fault) {
        let state = self.reference.state(self.time.instant());
        self.matrix.hit(fault, state);
    }

    /// A step of the plan hits the client.
    pub(crate) fn hit_by(&mut self, step: &PlanStep) {
        self.hit(match step {
            PlanStep::Suspend { .. } => Fault::Suspend,
            PlanStep::WallStep { ms: 1.. } => Fault::WallForward,
            PlanStep::WallStep { .. } => Fault::WallBack,
            PlanStep::MonoBack { .. } => Fault::MonoBack,
            PlanStep::Skew { .. } => Fault::Skew,
            PlanStep::Revoke { .. } => Fault::Revocation,
            PlanStep::Cancel { .. } => Fault::Cancel,
            PlanStep::Invalidate => Fault::Invalidate,
            PlanStep::Retry => Fault::Retry,
            PlanStep::CredentialsChanged { drop_token: false, .. } => Fault::KeyReplaced,
            PlanStep::CredentialsChanged { .. } => Fault::KeyReplacedAndDropped,
            PlanStep::Logout => Fault::Logout,
            PlanStep::Adopt { .. } => Fault::Adopt,
            _ => return,
        });
    }

    fn hit_by_answer(&mut self, number: u64, behaviour: Behaviour, outcome: &Outcome) {
        match behaviour.fate {
            Fate::Works => {
                if let Outcome::Failed { error, .. } = outcome
                    && error.class().is_terminal()
                {
                    self.hit(Fault::KeyDeleted);
                }
            }
            Fate::Lives { ms: 0 } => self.hit(Fault::ZeroLifetime),
            Fate::Lives { .. } => self.hit(Fault::OddLifetime),
            Fate::Same => self.hit(Fault::SameToken),
            Fate::Again => self.hit(Fault::Duplicate),
            Fate::Older { .. } => self.hit(Fault::OlderToken),
            Fate::RequestLost => self.hit(Fault::RequestLost),
            Fate::AnswerLost => self.hit(Fault::AnswerLost),
            Fate::Hangs => {}
            Fate::Dropped => self.hit(Fault::FlightDropped),
            Fate::Fails { .. } => self.hit(Fault::Outage),
            Fate::Throttles { after: After::Unsaid } => self.hit(Fault::ThrottledUnsaid),
            Fate::Throttles { after: After::Seconds(..30) | After::Tenths(_) } => self.hit(Fault::ThrottledShort),
            Fate::Throttles { after: After::Seconds(_) } => self.hit(Fault::ThrottledLong),
            Fate::Throttles { after: After::Date(_) } => self.hit(Fault::ThrottledDate),
            Fate::Refuses => self.hit(Fault::Terminal),
            Fate::Hostile { .. } => self.hit(Fault::Hostile),
        }
        if behaviour.up_ms + behaviour.down_ms >= 2_000 {
            self.hit(Fault::Delay);
        }
        if number < self.latest {
            self.hit(Fault::Reorder);
        }
        self.latest = self.latest.max(number);
    }

    pub(crate) fn closed(&mut self, number: u64, outcome: &Outcome, stated_ms: Option<u64>) {
        let Some((sent, behaviour)) = self.open.remove(&number) else { return };
        self.tell(|| format!("request {number} ended: {outcome:?}"));
        self.hit_by_answer(number, behaviour, outcome);
        self.check_answer(behaviour.fate, outcome, stated_ms);
        if let Outcome::Granted { token, lifetime_ms } = outcome {
            let now = self.reference.counted(self.time.instant());
            let ends = sent.plus(*lifetime_ms);
            let life = self.lives.entry(token.token().to_owned()).or_insert(Life { ends, handed: None });
            life.ends = life.ends.later(ends);
            life.handed = ends.is_over(now).then(|| self.time.truth());
        }
        if matches!(behaviour.fate, Fate::Again | Fate::Same | Fate::Older { .. }) {
            // A JWT that comes again counts from the newer request: its server and this client differ.
            self.clocks_lie = true;
        }
    }

    /// An answer means what its vendor says that it means.
    fn check_answer(&mut self, fate: Fate, outcome: &Outcome, stated_ms: Option<u64>) {
        match outcome {
            Outcome::Granted { lifetime_ms, .. } => {
                // Seconds with a fraction may lose a millisecond.
                let good = stated_ms.is_some_and(|stated| stated.abs_diff(*lifetime_ms) <= 1);
                self.ensure(good, "lifetimes-as-stated", || format!("{lifetime_ms} ms, stated were {stated_ms:?}"));
            }
            Outcome::Failed { error, retry_after_ms } => {
                let (class, asked_ms) = match fate {
                    Fate::RequestLost | Fate::AnswerLost => (Class::Transport, None),
                    Fate::Dropped => (Class::Cancelled, None),
                    Fate::Fails { .. } => (Class::Transient, None),
                    Fate::Throttles { after: After::Unsaid } if self.dialect == Dialect::Didomi => (Class::Throttled, Some(15_000)),
                    Fate::Throttles { after: After::Unsaid } => (Class::Throttled, None),
                    Fate::Throttles { after: After::Seconds(s) | After::Date(s) } => (Class::Throttled, Some(u64::from(s) * 1_000)),
                    Fate::Throttles { after: After::Tenths(tenths) } => (Class::Throttled, Some(u64::from(tenths) * 100)),
                    Fate::Hostile { .. } => (Class::Protocol, None),
                    Fate::Works | Fate::Lives { .. } | Fate::Same | Fate::Again | Fate::Older { .. } | Fate::Refuses | Fate::Hangs => {
                        (Class::Credentials, None)
                    }
                };
                let good = error.class() == class && *retry_after_ms == asked_ms;
                self.ensure(good, "answers-mean-what-their-vendor-says", || {
                    format!("{fate:?}: {error}, Retry-After {retry_after_ms:?}, not {class:?}, {asked_ms:?}")
                });
            }
        }
    }

    pub(crate) fn aborted(&mut self, number: u64) {
        self.tell(|| format!("request {number} aborted"));
        self.open.remove(&number);
    }

    /// Another tab shows a token that lives so much longer, as far as this client can tell.
    pub(crate) fn shown(&mut self, text: &str, left_ms: u64) {
        let ends = self.reference.counted(self.time.instant()).plus(left_ms);
        let life = self.lives.entry(text.to_owned()).or_insert(Life { ends, handed: None });
        life.ends = life.ends.later(ends);
    }

    /// The machine was called.
    pub(crate) fn stepped(&mut self, now: Now, input: &Input, step: &Step) {
        self.machine_calls += 1;
        (now, input, step).hash(&mut self.digest);
        self.tell(|| format!("    {input:?} -> {:?} {:?}", step.verdict, step.outputs));
        if let Some(oracle) = &mut self.oracle
            && let Err(violation) = oracle.observe(now, input, step)
        {
            self.oracle = None;
            self.broken(violation.invariant, || violation.detail);
        }
        self.reference.observe(now.instant(), input, step);
        self.collect_complaints();
    }

    fn collect_complaints(&mut self) {
        for (invariant, detail) in self.reference.complaints() {
            self.broken(invariant, || detail);
        }
    }
}
