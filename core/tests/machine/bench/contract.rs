//! What holds at every step, whatever a test is about.

use evertoken::{Input, Now, Output, Reset, Snapshot, Step, Verdict, trace::Alias};

use super::{Answer, Bench, MONO, Started};

impl Bench {
    #[track_caller]
    pub(super) fn carry_out(&mut self, input: &Input<Alias>, step: &Step<Alias>) {
        // A host whose caller stopped waiting has forgotten its ticket.
        let mono = self.mono;
        self.open.retain(|_, until| *until > mono);
        if matches!(input, Input::Reset(Reset::Fork)) {
            self.open.clear();
        }
        let ended = match input {
            Input::Finished { attempt, .. } | Input::Abandoned { attempt } => Some(*attempt),
            Input::CredentialsChanged { .. } | Input::Reset(_) => self.live.map(|live| live.0),
            _ => None,
        };
        self.live = self.live.filter(|(attempt, fence_at)| Some(*attempt) != ended && !fence_at.is_over(self.now()));
        for output in &step.outputs {
            match output {
                Output::Start { attempt, fence_at, abort_at } => {
                    assert_eq!(self.live, None, "a second attempt while the first may count");
                    assert!(!fence_at.is_over(self.now()), "an attempt that is over as it starts");
                    self.live = Some((*attempt, *fence_at));
                    self.starts.push(Started {
                        attempt: *attempt,
                        at: self.mono - MONO,
                        fence_at: fence_at.mono - MONO,
                        abort_at: abort_at.mono - MONO,
                    });
                }
                Output::Publish { snapshot, settles } => {
                    self.check(snapshot);
                    let known = self.published.as_ref().filter(|known| known.generation == snapshot.generation);
                    if let Some(known) = known.filter(|known| known.revision == snapshot.revision) {
                        assert_eq!(known, snapshot, "the same revision has other content");
                        assert!(*settles > 0, "a snapshot was published again for nobody");
                    } else {
                        assert!(snapshot.is_newer_than(self.newest.0, self.newest.1), "{snapshot:?} is not newer than {:?}", self.newest);
                        if let Some(known) = known {
                            assert!(
                                (known.ask_at, known.use_until) != (snapshot.ask_at, snapshot.use_until),
                                "a revision without a change: {snapshot:?}"
                            );
                        }
                    }
                    self.newest = (snapshot.generation, snapshot.revision);
                    self.published = Some(snapshot.clone());
                    self.settle(*settles, &Answer::Published(snapshot.clone()));
                }
                Output::Hand { snapshot, settles } => {
                    assert!(snapshot.ask_at.is_over(self.now()) && snapshot.use_until.is_over(self.now()), "{snapshot:?} could be kept");
                    self.settle(*settles, &Answer::Handed(snapshot.clone()));
                }
                Output::Retract { generation } => {
                    assert_eq!(self.published.as_ref().map(|known| known.generation), Some(*generation), "retracted, but not published");
                    self.published = None;
                }
                Output::Fail { settles, error } => self.settle(*settles, &Answer::Failed(error.clone())),
                Output::WakeAt { until } => {
                    assert!(until.left_ms(self.now()) <= self.machine.policy().wake_max_ms, "a wake-up too far away: {until:?}");
                    self.wake_at = Some(*until);
                }
                Output::Event(_) => {}
            }
        }
        // A token past its life is nobody's, also where no step has said so.
        if self.machine.snapshot().is_none() {
            self.published = None;
        }
        assert_eq!(self.machine.snapshot(), self.published, "hosts and machine differ after {input:?}");
        match &step.verdict {
            Verdict::Use(snapshot) | Verdict::RetryWith(snapshot) => {
                self.check(snapshot);
                let view = self.machine.explain(Now { mono: self.mono, wall: self.wall, entropy: 0 });
                assert_eq!(view.token.map(|token| token.generation), Some(snapshot.generation), "a token past its life");
            }
            Verdict::Wait { ticket, until_mono } => {
                assert!(*until_mono > self.mono, "a wait that is over");
                self.open.insert(*ticket, *until_mono);
            }
            _ => {}
        }
    }

    #[track_caller]
    fn check(&self, snapshot: &Snapshot<Alias>) {
        assert!(snapshot.ask_at.mono <= snapshot.use_until.mono, "ask_at is after use_until: {snapshot:?}");
        assert!(snapshot.ask_at.wall <= snapshot.use_until.wall, "ask_at is after use_until: {snapshot:?}");
    }

    fn settle(&mut self, settles: u64, answer: &Answer) {
        let rest = self.open.split_off(&(settles + 1));
        for ticket in std::mem::replace(&mut self.open, rest).into_keys() {
            self.answers.insert(ticket, answer.clone());
        }
    }
}
