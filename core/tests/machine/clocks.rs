//! Clocks that step, stand still and run backwards.

use evertoken::{Code, Event, Outcome, Verdict, event::Reason, trace::Alias};

use crate::bench::{Answer, Bench, CLOCKS, Clock, HOUR, MINUTE, SECOND, fails, used, waits};

const DAY: u64 = 24 * HOUR;

/// A client that calls once a second against a server that answers each request 300 ms after it came.
#[derive(Clone)]
pub(crate) struct Life {
    pub(crate) bench: Bench,
    lifetime_ms: u64,
    coming: Vec<(u64, u64)>,
    seen: usize,
}

impl Life {
    pub(crate) fn new(lifetime_ms: u64) -> Self {
        Self { bench: Bench::new(), lifetime_ms, coming: Vec::new(), seen: 0 }
    }

    pub(crate) fn run(&mut self, ms: u64) {
        let end = self.bench.mono + ms;
        while self.bench.mono < end {
            if self.bench.mono.is_multiple_of(SECOND) {
                let _ = self.bench.call();
            }
            for start in &self.bench.starts[self.seen..] {
                self.coming.push((self.bench.mono + 300, start.attempt));
            }
            self.seen = self.bench.starts.len();
            self.bench.advance(100);
            let (due, coming): (Vec<_>, Vec<_>) = self.coming.iter().partition(|(at, _)| *at <= self.bench.mono);
            self.coming = coming;
            for (_, attempt) in due {
                let token = Alias(u32::try_from(1_000 + attempt).unwrap());
                let verdict = self.bench.finish(attempt, Outcome::Granted { token, lifetime_ms: self.lifetime_ms });
                assert_eq!(verdict, Verdict::Done);
            }
        }
    }

    fn step_wall(&mut self, ms: i64) {
        self.bench.wall = self.bench.wall.checked_add_signed(ms).unwrap();
    }
}

/// What a caller sees of a verdict, without the instants in it.
fn told(verdict: &Verdict<Alias>) -> String {
    match verdict {
        Verdict::Use(snapshot) => format!("use {}", snapshot.generation),
        Verdict::RetryWith(snapshot) => format!("retry with {}", snapshot.generation),
        Verdict::Wait { ticket, until_mono } => format!("wait {ticket} {until_mono}"),
        Verdict::Fail(error) => format!("fail {}", error.code),
        other => format!("{other:?}"),
    }
}

// Either clock.

#[test]
fn a_token_is_over_when_either_clock_says_so() {
    for clock in CLOCKS {
        let mut bench = Bench::holding(HOUR);
        bench.go_to_by(clock, HOUR - 1);
        let _ = bench.want_again(SECOND);
        assert!(bench.machine.snapshot().is_some());
        bench.go_to_by(clock, HOUR);
        waits(bench.want());
        assert!(bench.events().contains(&Event::Expired { generation: 1 }), "{clock:?}");
    }
}

#[test]
fn a_refresh_is_due_and_the_hard_zone_begins_when_either_clock_says_so() {
    for clock in CLOCKS {
        let mut bench = Bench::holding(HOUR);
        bench.go_to_by(clock, 45 * MINUTE - 1);
        let _ = bench.want();
        bench.expect_no_start();
        let mut hard = bench.clone();
        bench.go_to_by(clock, 45 * MINUTE);
        let _ = bench.want();
        assert!(bench.started().is_some(), "{clock:?}");
        hard.go_to_by(clock, HOUR - MINUTE - 1);
        used(hard.clone().want());
        hard.go_to_by(clock, HOUR - MINUTE);
        waits(hard.want());
    }
}

#[test]
fn a_retry_after_ends_when_either_clock_says_so() {
    for clock in CLOCKS {
        let mut bench = Bench::new();
        waits(bench.want());
        bench.finish_err(Code::Throttled, Some(MINUTE));
        bench.go_to_by(clock, MINUTE - 1);
        assert_eq!(fails(bench.want_patiently(0)).code, Code::Throttled);
        bench.go_to_by(clock, MINUTE);
        waits(bench.want());
        assert!(bench.started().is_some(), "{clock:?}");
    }
}

// The wall clock steps back.

#[test]
fn a_backward_wall_step_changes_nothing() {
    let fresh = Bench::holding(10 * MINUTE);
    let mut refreshing = fresh.clone();
    refreshing.go_to(8 * MINUTE);
    let _ = refreshing.want_in_passing();
    let mut paused = refreshing.clone();
    paused.finish_err(Code::ServerError, None);
    let mut throttled = refreshing.clone();
    throttled.finish_err(Code::Throttled, Some(90 * SECOND));
    let mut hard = fresh.clone();
    hard.go_to(10 * MINUTE - 30 * SECOND);
    let _ = hard.want();
    let mut withheld = fresh.clone();
    withheld.go_to(MINUTE);
    let _ = withheld.rejected(1);
    let mut fetching = Bench::new();
    let _ = fetching.want();
    let mut between = fetching.clone();
    between.finish_err(Code::ServerError, None);
    let mut refused = fetching.clone();
    refused.finish_err(Code::CredentialsRejected, None);
    let mut same = refreshing.clone();
    same.finish_with(Alias(1), 2 * MINUTE);

    let benches = [fresh, refreshing, paused, throttled, hard, withheld, fetching, between, refused, same];
    for (number, bench) in benches.into_iter().enumerate() {
        for back in [1, SECOND, HOUR, 30 * DAY] {
            let (mut straight, mut stepped) = (bench.clone(), bench.clone());
            stepped.wall -= back;
            let mut last = straight.starts.len();
            for step in 0..1_200_u64 {
                let mut told_to = Vec::new();
                for bench in [&mut straight, &mut stepped] {
                    bench.advance(700);
                    let mut all = told(&bench.want_in_passing());
                    if step % 3 == 0 {
                        all += &told(&bench.want_patiently(4 * SECOND));
                    }
                    if step % 60 == 59 {
                        all += &told(&bench.rejected(bench.machine.snapshot().map_or(0, |snapshot| snapshot.generation)));
                    }
                    // Every other attempt fails, the rest is answered at the next step.
                    if bench.starts.len() > last && step % 2 == 0 {
                        let attempt = bench.attempt();
                        let outcome = if attempt % 2 == 0 {
                            Outcome::Failed { error: Code::ServerError.into(), retry_after_ms: None }
                        } else {
                            Outcome::Granted { token: Alias(u32::try_from(attempt).unwrap() + 100), lifetime_ms: 10 * MINUTE }
                        };
                        all += &told(&bench.finish(attempt, outcome));
                    }
                    told_to.push(all);
                }
                if step % 2 == 0 {
                    last = straight.starts.len();
                }
                assert_eq!(told_to[0], told_to[1], "bench {number}, back {back}, step {step}");
                assert_eq!(straight.starts, stepped.starts, "bench {number}, back {back}, step {step}");
            }
        }
    }
}

// The wall clock steps forward.

#[test]
fn a_forward_wall_step_costs_at_most_one_extra_request() {
    for lifetime in [MINUTE, 30 * MINUTE] {
        let horizon = 2 * lifetime + MINUTE;
        let mut straight = Life::new(lifetime);
        straight.run(horizon);
        let expected = straight.bench.starts.len();
        for step in [31 * SECOND, 10 * MINUTE, 29 * MINUTE, HOUR, DAY] {
            let mut before = Life::new(lifetime);
            for at in 0..14 {
                // Also in the middle of the attempts at the life's beginning and in its window.
                before.run(if at == 0 { 100 } else { lifetime / 12 });
                let mut stepped = before.clone();
                stepped.step_wall(i64::try_from(step).unwrap());
                let end = horizon - (stepped.bench.time());
                stepped.run(end);
                let requests = stepped.bench.starts.len();
                assert!(
                    requests <= expected + 1,
                    "lifetime {lifetime}, step {step}, at {}: {requests}, not {expected}",
                    before.bench.time()
                );
            }
        }
    }
}

#[test]
fn an_attempt_whose_time_is_over_by_the_wall_clock_alone_is_replaced_once_per_flight() {
    for with_token in [false, true] {
        let mut bench = if with_token { Bench::holding(10 * HOUR) } else { Bench::new() };
        if with_token {
            bench.go_to(9 * HOUR);
        }
        let began = bench.time();
        let _ = bench.want();
        bench.go_to_by(Clock::Wall, began + 10 * SECOND - 1);
        let _ = bench.tick();
        bench.expect_no_start();
        bench.go_to_by(Clock::Wall, began + 10 * SECOND);
        let _ = bench.tick();
        assert!(bench.started().is_some(), "{with_token}");
        assert!(!bench.events().iter().any(|event| matches!(event, Event::Failed { .. })), "the first does not count as a failure");
        bench.go_to_by(Clock::Wall, began + 20 * SECOND);
        let _ = bench.tick();
        bench.expect_no_start();
        assert!(bench.events().iter().any(|event| matches!(event, Event::Failed { .. })), "the second does");
    }
}

#[test]
fn the_replacement_of_an_attempt_serves_those_who_waited_for_it() {
    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want());
    bench.wall += HOUR;
    let _ = bench.tick();
    bench.expect_start();
    assert!(bench.is_open(ticket));
    bench.finish_ok(HOUR);
    assert_eq!(bench.answer(ticket), Some(&Answer::Published(bench.snapshot())));
}

#[test]
fn the_replacement_has_all_attempts_of_a_fresh_flight() {
    let mut bench = Bench::new();
    waits(bench.want());
    bench.wall += HOUR;
    let _ = bench.tick();
    bench.finish_err(Code::ServerError, None);
    bench.advance(500);
    let _ = bench.tick();
    bench.expect_start();
    bench.finish_err(Code::ServerError, None);
    bench.advance(SECOND);
    let _ = bench.tick();
    assert!(bench.started().is_some(), "three attempts beside the replaced one");
    assert_eq!(bench.starts.len(), 4);
}

#[test]
fn the_replacement_of_a_forced_refresh_is_forced() {
    let mut bench = Bench::holding(10 * HOUR);
    bench.go_to(MINUTE);
    waits(bench.rejected(1));
    bench.wall += MINUTE;
    let _ = bench.tick();
    bench.expect_start();
    bench.finish_err(Code::ServerError, None);
    bench.go_to_by(Clock::Mono, 2 * MINUTE);
    assert!(matches!(bench.rejected(1), Verdict::Surface(_)));
    bench.expect_no_start();
}

#[test]
fn the_late_answer_of_a_replaced_attempt_still_counts() {
    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want());
    bench.wall += MINUTE;
    let _ = bench.tick();
    let _ = bench.finish(1, Outcome::Granted { token: Alias(5), lifetime_ms: HOUR });
    assert!(bench.answer(ticket).is_some());
    assert_eq!(bench.state(), "token, in flight");
}

#[test]
fn who_waits_is_timed_by_mono_alone() {
    let mut bench = Bench::new();
    waits(bench.want_patiently(3 * SECOND));
    bench.finish_err(Code::ServerError, None);
    // The next attempt is due by the wall clock; it runs only for somebody who still waits.
    bench.wall += 3 * SECOND;
    let _ = bench.tick();
    assert!(bench.started().is_some(), "the ticket is open");

    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want_patiently(3 * SECOND));
    bench.wall += HOUR;
    let _ = bench.tick();
    bench.mono += 3 * SECOND - 1;
    assert!(bench.is_open(ticket));
    bench.finish_ok(2 * HOUR);
    assert!(bench.answer(ticket).is_some());
}

#[test]
fn the_short_wait_behind_a_refresh_is_timed_by_mono_alone() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(HOUR - 50 * SECOND);
    let (_, until) = waits(bench.want());
    bench.wall += 5 * SECOND;
    let (_, later) = waits(bench.want());
    assert_eq!((until, later), (HOUR - 48 * SECOND, HOUR - 48 * SECOND));
}

// Both.

#[test]
fn clocks_that_step_are_reported_beyond_half_a_minute() {
    for (step, reported) in
        [(0, false), (30_000, false), (30_001, true), (-30_000, false), (-30_001, true), (i64::try_from(DAY).unwrap(), true)]
    {
        let mut bench = Bench::holding(HOUR);
        bench.advance(5 * SECOND);
        bench.wall = bench.wall.checked_add_signed(step).unwrap();
        let _ = bench.tick();
        let expected = Event::ClockStepped { wall_ms: step, mono_back_ms: 0 };
        assert_eq!(bench.events().contains(&expected), reported, "{step}");
        bench.advance(SECOND);
        let _ = bench.tick();
        assert!(!bench.events().iter().any(|event| matches!(event, Event::ClockStepped { .. })), "once");
    }
}

#[test]
fn the_time_between_two_calls_is_no_step() {
    let mut bench = Bench::holding(HOUR);
    bench.advance(40 * DAY);
    let _ = bench.tick();
    assert!(!bench.events().iter().any(|event| matches!(event, Event::ClockStepped { .. })));
}

// Mono runs backwards.

#[test]
fn a_mono_clock_that_runs_backwards_is_reported_once_and_clamped() {
    let mut bench = Bench::holding(HOUR);
    bench.advance(MINUTE);
    let _ = bench.tick();
    bench.mono -= 10 * SECOND;
    bench.wall += 100;
    waits(bench.rejected(1));
    assert!(bench.events().contains(&Event::ClockStepped { wall_ms: 100, mono_back_ms: 10_000 }));
    let start = bench.expect_start();
    assert_eq!(start.fence_at, MINUTE + 10 * SECOND, "time stands still for the machine, it does not run back");
    for _ in 0..5 {
        bench.advance(SECOND);
        let _ = bench.tick();
        assert!(!bench.events().iter().any(|event| matches!(event, Event::ClockStepped { .. })), "{:?}", bench.outputs);
    }
    bench.mono -= SECOND;
    let _ = bench.tick();
    assert!(bench.events().contains(&Event::ClockStepped { wall_ms: 0, mono_back_ms: 1_000 }));
}

#[test]
fn a_mono_clock_that_runs_backwards_prolongs_nothing_that_the_wall_clock_ends() {
    let mut bench = Bench::new();
    bench.advance(HOUR);
    waits(bench.want());
    let (mut held, mut paused, mut hanging) = (bench.clone(), bench.clone(), bench);
    held.finish_ok(HOUR);
    paused.finish_err(Code::Throttled, Some(MINUTE));
    for bench in [&mut held, &mut paused, &mut hanging] {
        bench.mono -= 30 * MINUTE;
        let _ = bench.tick();
    }
    paused.advance(MINUTE);
    waits(paused.want());
    paused.expect_start();
    held.advance(HOUR);
    waits(held.want());
    hanging.advance(10 * SECOND);
    let _ = hanging.tick();
    assert!(hanging.started().is_some(), "the attempt is over by the wall clock alone");
}

#[test]
fn mono_and_wall_that_start_near_zero_are_no_obstacle() {
    let mut bench = Bench::new();
    (bench.mono, bench.wall) = (crate::bench::MONO, 0);
    let mut machine = evertoken::Machine::<Alias>::new(evertoken::Policy::default()).unwrap();
    let now = |ms: u64| evertoken::Now { mono: ms, wall: ms, entropy: 7 };
    let want = evertoken::Input::Want { min_valid_ms: 0, patience_ms: 15_000, waited: false };
    let _ = machine.handle(now(0), want.clone());
    let _ =
        machine.handle(now(1), evertoken::Input::Finished { attempt: 1, outcome: Outcome::Granted { token: Alias(1), lifetime_ms: HOUR } });
    let step = machine.handle(now(2), want);
    assert!(matches!(step.verdict, Verdict::Use(snapshot) if snapshot.ask_at.is_over(now(HOUR).instant())));
}

#[test]
fn times_at_the_far_end_of_the_clock_do_not_overflow() {
    let mut bench = Bench::new();
    bench.wall = u64::MAX - 1;
    waits(bench.want());
    bench.finish_ok(u64::MAX);
    used(bench.want_patiently(0));
}

#[test]
fn a_deadline_that_is_noticed_late_and_after_a_wall_step_fails_nobody_who_still_waits() {
    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want());
    // By mono the attempt's time is over and the flight's is not; by the wall clock both are.
    bench.go_to_by(Clock::Mono, 12 * SECOND).go_to_by(Clock::Wall, HOUR);
    let _ = bench.tick();
    assert!(bench.is_open(ticket), "{:?}", bench.answer(ticket));
    assert!(bench.events().iter().any(|event| matches!(event, Event::Started { reason: Reason::WallStep, .. })), "{:?}", bench.events());
}
