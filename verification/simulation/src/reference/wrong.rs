//! Each promise is shown to be broken by an observation that is wrong on purpose.

use std::collections::BTreeSet;

use evertoken::{
    AccessToken, Adopted, Code, Error, Event, Input, Instant, Outcome, Output, Reset, Snapshot, Step, Verdict, event::Reason,
    io::SurfaceReason,
};

use super::{Reference, numbers};

/// Feeds a reference with what an onlooker might see.
#[derive(Default)]
struct Bench {
    reference: Reference,
}

const fn at(ms: u64) -> Instant {
    Instant { mono: 1_000_000 + ms, wall: 50_000_000 + ms }
}

fn token(name: &str) -> AccessToken {
    AccessToken::new("Authorization", "Bearer ", name)
}

fn want() -> Input {
    Input::Want { min_valid_ms: 0, patience_ms: 15_000, waited: false }
}

fn rejected(generation: u64) -> Input {
    Input::Rejected { generation, replayable: true, retried: false, patience_ms: 15_000 }
}

fn granted(attempt: u64, name: &str, lifetime_ms: u64) -> Input {
    Input::Finished { attempt, outcome: Outcome::Granted { token: token(name), lifetime_ms } }
}

fn failed(attempt: u64, code: Code, retry_after_ms: Option<u64>) -> Input {
    Input::Finished { attempt, outcome: Outcome::Failed { error: code.into(), retry_after_ms } }
}

fn failure(attempt: u64, code: Code, served: bool) -> Output {
    Output::Event(Event::Failed { attempt, error: code.into(), served })
}

fn paused(ms: u64) -> Output {
    Output::Event(Event::Paused { until: at(ms) })
}

fn start(attempt: u64, ms: u64, reason: Reason) -> [Output; 2] {
    start_until(attempt, ms, ms + 10_000, reason)
}

fn start_until(attempt: u64, ms: u64, fence_ms: u64, reason: Reason) -> [Output; 2] {
    let (fence_at, abort_at) = (at(fence_ms), at(ms + 30_000));
    [Output::Event(Event::Started { attempt, reason }), Output::Start { attempt, fence_at, abort_at }]
}

fn snapshot(generation: u64, name: &str, life: u64, issued: u64) -> Snapshot {
    let ends = issued + life;
    let ask_at = at(ends - numbers::window(life) + numbers::spread(life) / 2);
    let use_until = at(ends - numbers::leeway(life));
    Snapshot { generation, revision: 1, token: token(name), ask_at, use_until, issued_at: at(issued), lifetime_ms: life }
}

impl Bench {
    fn sees(&mut self, ms: u64, input: &Input, verdict: Verdict, outputs: impl IntoIterator<Item = Output>) -> &mut Self {
        self.reference.observe(at(ms), input, &Step { verdict, outputs: outputs.into_iter().collect() });
        self
    }

    /// A first caller waits for a first request.
    fn asked() -> Self {
        let mut bench = Self::default();
        bench.sees(0, &want(), wait(15_000), start(1, 0, Reason::Absent));
        bench
    }

    /// A token is held from here on, and nothing was wrong so far.
    fn holding(life: u64) -> Self {
        let mut bench = Self::asked();
        let event = Output::Event(Event::Granted { generation: 1, lifetime_ms: life, late: false });
        bench.sees(20, &granted(1, "a", life), Verdict::Done, [event, publish(snapshot(1, "a", life, 0))]);
        assert_eq!(bench.reference.complaints(), [], "the beginning is right");
        bench
    }

    /// .. and a refresh runs, from the given time on.
    fn refreshing(life: u64, ms: u64) -> Self {
        let mut bench = Self::holding(life);
        let verdict = Verdict::Use(snapshot(1, "a", life, 0));
        let input = Input::Want { min_valid_ms: 0, patience_ms: 0, waited: true };
        bench.sees(ms, &input, verdict, start(2, ms, Reason::Window).into_iter().chain([publish(running(life, ms))]));
        assert_eq!(bench.reference.complaints(), [], "the refresh is right");
        bench
    }

    fn names(&mut self) -> BTreeSet<&'static str> {
        self.reference.complaints().into_iter().map(|(name, _)| name).collect()
    }
}

fn running(life: u64, ms: u64) -> Snapshot {
    let mut snapshot = snapshot(1, "a", life, 0);
    snapshot.ask_at = at(ms + 10_000).earlier(snapshot.use_until);
    snapshot
}

const fn publish(snapshot: Snapshot) -> Output {
    Output::Publish { snapshot, settles: 0 }
}

fn wait(ms: u64) -> Verdict {
    Verdict::Wait { ticket: 1, until_mono: at(ms).mono }
}

fn serve(life: u64) -> Verdict {
    Verdict::Use(snapshot(1, "a", life, 0))
}

/// An invariant, and a life that breaks it.
type Case = (&'static str, fn() -> Bench);

const MINUTE: u64 = 60_000;
const HOUR: u64 = 3_600_000;

const CASES: &[Case] = &[
    ("a-deadline-fences", || {
        let mut bench = Bench::asked();
        bench.sees(10_001, &want(), wait(25_001), []);
        bench
    }),
    ("a-flight-ends-after-14-seconds", || {
        let mut bench = Bench::asked();
        bench.sees(9_900, &failed(1, Code::ServerError, None), Verdict::Done, [failure(1, Code::ServerError, false)]);
        bench.sees(14_001, &want(), wait(29_001), start(2, 14_001, Reason::Absent));
        bench
    }),
    ("a-flight-has-three-attempts", || {
        let mut bench = Bench::asked();
        bench.reference.flight = super::Flight::Between { next: at(5_000), began: at(0), used: 3 };
        bench.sees(5_000, &Input::Tick { keep_fresh: false }, Verdict::Done, start_until(5, 5_000, 14_000, Reason::Absent));
        bench
    }),
    ("a-flight-is-replaced-once-and-by-the-wall-clock", || {
        let mut bench = Bench::asked();
        bench.sees(10_001, &want(), wait(25_001), start(2, 10_001, Reason::WallStep));
        bench
    }),
    ("a-late-success-only-if-it-outlives", || {
        let mut bench = Bench::refreshing(HOUR, 2_750_000);
        bench.sees(2_760_001, &want(), serve(HOUR), [failure(2, Code::AttemptDeadline, true), paused(2_764_000)]);
        let event = Output::Event(Event::Granted { generation: 2, lifetime_ms: 1_000, late: true });
        bench.sees(2_770_000, &granted(2, "b", 25_000), Verdict::Done, [event, publish(snapshot(2, "b", 25_000, 2_750_000))]);
        bench
    }),
    ("a-pause-has-a-cause", || {
        let mut bench = Bench::holding(HOUR);
        bench.sees(100, &want(), serve(HOUR), [paused(5_000)]);
        bench
    }),
    ("a-rejected-token-is-replaced", || {
        let mut bench = Bench::holding(HOUR);
        bench.sees(60_000, &rejected(1), Verdict::Surface(SurfaceReason::TooSoon), [Output::Event(Event::Rejected { generation: 1 })]);
        bench
    }),
    ("a-token-is-withheld-for-a-moment", || {
        let mut bench = Bench::holding(HOUR);
        bench.sees(100, &want(), serve(HOUR), [Output::Retract { generation: 1 }]);
        bench
    }),
    ("abandoned-attempts-pause", || {
        let mut bench = Bench::asked();
        bench.sees(10, &failed(1, Code::Cancelled, None), Verdict::Done, [Output::Event(Event::Abandoned { attempt: 1 }), paused(5_010)]);
        bench
    }),
    ("an-attempt-has-ten-seconds", || {
        let mut bench = Bench::default();
        bench.sees(0, &want(), wait(15_000), start_until(1, 0, 9_999, Reason::Absent));
        bench
    }),
    ("an-attempt-is-aborted-after-thirty", || {
        let mut bench = Bench::default();
        let [event, _] = start(1, 0, Reason::Absent);
        bench.sees(0, &want(), wait(15_000), [event, Output::Start { attempt: 1, fence_at: at(10_000), abort_at: at(31_000) }]);
        bench
    }),
    ("attempts-keep-their-distance", || {
        let mut bench = Bench::asked();
        bench.sees(10, &failed(1, Code::ServerError, None), Verdict::Done, [failure(1, Code::ServerError, false)]);
        bench.sees(509, &want(), wait(15_509), start(2, 509, Reason::Absent));
        bench
    }),
    ("closed-is-closed", || {
        let mut bench = Bench::default();
        bench.sees(0, &Input::Reset(Reset::Close), Verdict::Done, []);
        bench.sees(1, &want(), wait(15_001), start(1, 1, Reason::Absent));
        bench
    }),
    ("forced-refreshes-keep-their-distance", || {
        let mut bench = Bench::holding(HOUR);
        bench.reference.forced_at = Some(at(5_000));
        let outputs = [Output::Event(Event::Rejected { generation: 1 }), Output::Retract { generation: 1 }];
        bench.sees(64_999, &rejected(1), wait(79_999), outputs.into_iter().chain(start(2, 64_999, Reason::Rejected)));
        bench
    }),
    ("no-request-in-a-pause", || {
        let mut bench = Bench::refreshing(HOUR, 2_750_000);
        let pause = [failure(2, Code::ServerError, true), paused(2_754_000)];
        bench.sees(2_750_010, &failed(2, Code::ServerError, None), Verdict::Done, pause);
        bench.sees(2_753_999, &want(), serve(HOUR), start(3, 2_753_999, Reason::Window));
        bench
    }),
    ("no-request-too-soon", || {
        let mut bench = Bench::holding(HOUR);
        bench.sees(2_699_999, &want(), serve(HOUR), start(2, 2_699_999, Reason::Window));
        bench
    }),
    ("no-snapshot-without-a-token", || {
        let mut bench = Bench::holding(HOUR);
        let dropped = Input::CredentialsChanged { drop_token: true };
        bench.sees(100, &dropped, Verdict::Done, start(2, 100, Reason::CredentialsChanged));
        bench
    }),
    ("nobody-who-waits-fails-while-a-token-is-held", || {
        let mut bench = Bench::holding(HOUR);
        bench.sees(100, &want(), serve(HOUR), [Output::Fail { settles: 1, error: Error::new(Code::ServerError) }]);
        bench
    }),
    ("one-forced-refresh-a-generation", || {
        let mut bench = Bench::holding(HOUR);
        if let Some(token) = &mut bench.reference.token {
            token.marked = true;
        }
        let outputs = [Output::Event(Event::Rejected { generation: 1 }), Output::Retract { generation: 1 }];
        bench.sees(70_000, &rejected(1), wait(85_000), outputs.into_iter().chain(start(2, 70_000, Reason::Rejected)));
        bench
    }),
    ("one-unfenced-attempt", || {
        let mut bench = Bench::asked();
        bench.sees(9_999, &want(), wait(24_999), start(2, 9_999, Reason::Absent));
        bench
    }),
    ("only-a-better-token-is-adopted", || {
        let mut bench = Bench::holding(HOUR);
        let token = Adopted { token: token("b"), issued_at_wall: at(100).wall, lifetime_ms: MINUTE, remaining_ms: MINUTE };
        let event = Output::Event(Event::Adopted { generation: 2 });
        bench.sees(100, &Input::Adopt { token }, Verdict::Done, [event, publish(snapshot(2, "b", MINUTE, 100))]);
        bench
    }),
    ("only-a-dead-token-is-handed", || {
        let mut bench = Bench::asked();
        bench.sees(20, &granted(1, "a", MINUTE), Verdict::Done, [Output::Hand { snapshot: snapshot(1, "a", MINUTE, 0), settles: 1 }]);
        bench
    }),
    ("only-its-deadline-fails-a-silent-attempt", || {
        let mut bench = Bench::asked();
        bench.sees(5_000, &want(), wait(20_000), [failure(1, Code::AttemptDeadline, false)]);
        bench
    }),
    ("only-the-user-invalidates", || {
        let mut bench = Bench::holding(HOUR);
        bench.sees(100, &want(), wait(15_100), [Output::Event(Event::Invalidated { generation: 1 }), Output::Retract { generation: 1 }]);
        bench
    }),
    ("only-what-came-is-published", || {
        let mut bench = Bench::asked();
        let event = Output::Event(Event::Granted { generation: 1, lifetime_ms: MINUTE, late: false });
        bench.sees(20, &granted(1, "a", MINUTE), Verdict::Done, [event, publish(snapshot(1, "b", MINUTE, 0))]);
        bench
    }),
    ("only-who-holds-a-token-is-served", || {
        let mut bench = Bench::asked();
        bench.sees(20, &failed(1, Code::ServerError, None), Verdict::Done, [failure(1, Code::ServerError, true)]);
        bench
    }),
    ("outage-pacing", || {
        let mut bench = Bench::refreshing(HOUR, 2_750_000);
        let pause = [failure(2, Code::ServerError, true), paused(2_752_509)];
        bench.sees(2_750_010, &failed(2, Code::ServerError, None), Verdict::Done, pause);
        bench
    }),
    ("rejections-as-documented", || {
        let mut bench = Bench::holding(HOUR);
        let event = Output::Event(Event::Rejected { generation: 1 });
        bench.sees(5_000, &rejected(1), Verdict::RetryAfter { ms: 999 }, [event]);
        bench
    }),
    ("request-budget", || {
        let mut bench = Bench::asked();
        for attempt in 2..6 {
            bench.reference.flight = super::Flight::Idle;
            bench.sees(attempt, &want(), wait(15_000 + attempt), start(attempt, attempt, Reason::Absent));
        }
        bench
    }),
    ("retry-after-is-honoured", || {
        let mut bench = Bench::refreshing(HOUR, 2_750_000);
        let pause = [failure(2, Code::Throttled, true), paused(2_870_009)];
        bench.sees(2_750_010, &failed(2, Code::Throttled, Some(120_000)), Verdict::Done, pause);
        bench
    }),
    ("single-use-flights-keep-their-distance", || {
        let mut bench = Bench::asked();
        let event = Output::Event(Event::Granted { generation: 0, lifetime_ms: 0, late: false });
        bench.sees(20, &granted(1, "a", 0), Verdict::Done, [event, paused(999)]);
        bench
    }),
    ("snapshots-as-documented", || {
        let mut bench = Bench::asked();
        let event = Output::Event(Event::Granted { generation: 1, lifetime_ms: MINUTE, late: false });
        let mut wrong = snapshot(1, "a", MINUTE, 0);
        wrong.use_until = wrong.use_until.plus(1);
        bench.sees(20, &granted(1, "a", MINUTE), Verdict::Done, [event, publish(wrong)]);
        bench
    }),
    ("terminal-failures-pause", || {
        let mut bench = Bench::refreshing(HOUR, 2_750_000);
        let pause = [failure(2, Code::CredentialsRejected, true), paused(2_755_011)];
        bench.sees(2_750_010, &failed(2, Code::CredentialsRejected, None), Verdict::Done, pause);
        bench
    }),
    ("the-same-token-pauses", || {
        let mut bench = Bench::refreshing(HOUR, 2_750_000);
        let pause = [Output::Event(Event::SameToken { generation: 1 }), paused(2_755_000)];
        bench.sees(2_750_010, &granted(2, "a", 1_000), Verdict::Done, pause);
        bench
    }),
    ("waits-as-documented", || {
        let mut bench = Bench::refreshing(HOUR, 2_750_000);
        bench.sees(2_750_100, &want(), wait(2_750_101), []);
        bench
    }),
    ("wakes-within-an-hour", || {
        let mut bench = Bench::holding(HOUR);
        bench.sees(100, &Input::Tick { keep_fresh: true }, Verdict::Done, [Output::WakeAt { until: at(100 + HOUR + 1) }]);
        bench
    }),
    ("what-is-due-is-sent", || {
        let mut bench = Bench::holding(HOUR);
        bench.sees(2_880_000, &want(), serve(HOUR), []);
        bench
    }),
    ("what-was-given-up-for-good-stays-so", || {
        let mut bench = Bench::asked();
        bench.sees(10, &Input::CredentialsChanged { drop_token: false }, Verdict::Done, start(2, 10, Reason::CredentialsChanged));
        let event = Output::Event(Event::Granted { generation: 1, lifetime_ms: MINUTE, late: true });
        bench.sees(20, &granted(1, "a", MINUTE), Verdict::Done, [event, publish(snapshot(1, "a", MINUTE, 0))]);
        bench
    }),
];

/// Returns the invariants that these cases break.
pub(crate) fn broken() -> BTreeSet<&'static str> {
    CASES.iter().map(|(name, _)| *name).collect()
}

#[test]
fn every_wrong_observation_breaks_its_promise() {
    for (name, life) in CASES {
        let names = life().names();
        assert!(names.contains(name), "{name}: {names:?}");
    }
}
