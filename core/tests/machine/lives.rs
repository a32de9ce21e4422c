//! Many lives of a machine with inputs in any order: what the bench checks at each step, and what no caller may see.

use evertoken::{Adopted, Code, Error, Input, Outcome, Output, Policy, Reset, Verdict, trace::Alias};

use crate::bench::{Bench, Clock};

/// A fixed sequence of numbers that look random (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        let at = usize::try_from(self.roll(choices.len() as u64)).unwrap();
        choices[at].clone()
    }
}

const LIVES: [u64; 7] = [0, 1, 2_000, 10_000, 60_000, 1_800_000, 86_400_000];

fn outcome(dice: &mut Dice, fresh: u32) -> Outcome<Alias> {
    match dice.roll(8) {
        0..=2 => Outcome::Granted { token: Alias(fresh), lifetime_ms: dice.of(&LIVES) },
        3 => Outcome::Granted { token: Alias(dice.of(&[1, 2, 3])), lifetime_ms: dice.of(&LIVES) },
        _ => Outcome::Failed {
            error: Error::new(dice.of(&[
                Code::ServerError,
                Code::Throttled,
                Code::CredentialsRejected,
                Code::TransportFailed,
                Code::Cancelled,
            ])),
            retry_after_ms: dice.of(&[None, None, None, Some(0), Some(3_000), Some(90_000), Some(u64::MAX)]),
        },
    }
}

fn pass_time(dice: &mut Dice, bench: &mut Bench) {
    let ms = dice.of(&[0, 1, 50, 249, 250, 500, 1_000, 2_000, 5_000, 10_000, 14_000, 60_000, 600_000, 90_000_000]);
    match dice.roll(20) {
        0 => bench.go_to_by(Clock::Wall, bench.wall - crate::bench::WALL + ms),
        1 => bench.go_to_by(Clock::Mono, bench.time() + ms),
        _ if dice.roll(3) == 0 => match bench.wake_at {
            Some(at) if at.mono >= bench.mono && at.wall >= bench.wall => bench.advance(at.left_ms(bench.now())),
            _ => bench,
        },
        _ => bench.advance(ms),
    };
}

fn input(dice: &mut Dice, bench: &Bench, fresh: u32) -> Input<Alias> {
    let patience_ms = dice.of(&[0, 1, 300, 1_000, 15_000, 15_000, 60_000]);
    let generation = bench.published.as_ref().map_or(1, |held| held.generation).saturating_sub(dice.roll(10) / 9);
    let attempt = bench.starts.last().map_or(1, |started| started.attempt).saturating_sub(dice.roll(12) / 9);
    match dice.roll(40) {
        0..=11 => Input::Want { min_valid_ms: dice.of(&[0, 0, 0, 5_000, u64::MAX]), patience_ms, waited: dice.roll(3) == 0 },
        12..=15 => Input::Rejected { generation, replayable: dice.roll(5) > 0, retried: dice.roll(5) == 0, patience_ms },
        16..=26 => Input::Finished { attempt, outcome: outcome(dice, fresh) },
        27 => Input::Abandoned { attempt },
        28 => Input::Invalidate { generation },
        29 | 30 => {
            let lifetime_ms = dice.of(&LIVES);
            let issued_at_wall = bench.wall - dice.of(&[0, 1, 5_000]);
            Input::Adopt { token: Adopted { token: Alias(fresh), issued_at_wall, lifetime_ms, remaining_ms: lifetime_ms / 2 } }
        }
        31 => Input::CredentialsChanged { drop_token: dice.roll(2) == 0 },
        32 | 33 => Input::Retry,
        34 => Input::Reset(dice.of(&[Reset::Fork, Reset::Logout])),
        _ => Input::Tick { keep_fresh: dice.roll(2) == 0 },
    }
}

fn policy(seed: u64) -> Policy {
    match seed % 6 {
        0 => Policy { window_max_ms: 0, ..Policy::default() },
        1 => Policy { window_divisor: 2, window_spread_divisor: 1, leeway_window_percent: 100, leeway_divisor: 2, ..Policy::default() },
        2 => Policy { fetch_delay_ms: 0, fetch_attempts: 5, hard_wait_max_ms: 0, ..Policy::default() },
        _ => Policy::default(),
    }
}

#[test]
fn whatever_comes_in_the_contract_with_hosts_holds_and_nobody_fails_while_a_token_is_good() {
    let mut steps = 0;
    for seed in 0..3_000 {
        let mut dice = Dice(seed);
        let mut bench = Bench::with(policy(seed));
        let mut fresh = 10;
        for _ in 0..150 {
            pass_time(&mut dice, &mut bench);
            bench.entropy = dice.roll(u64::MAX);
            fresh += 1;
            let input = input(&mut dice, &bench, fresh);
            let wanted = matches!(input, Input::Want { .. });
            let failed =
                matches!(&input, Input::Finished { outcome: Outcome::Failed { .. }, .. } | Input::Abandoned { .. } | Input::Tick { .. });
            let before = bench.published.clone();
            let verdict = bench.input(input);
            let after = bench.machine.explain(evertoken::Now { mono: bench.mono, wall: bench.wall, entropy: 0 });
            if let (true, Verdict::Fail(error), Some(token)) = (wanted, &verdict, &after.token) {
                panic!("seed {seed}: {error} while {token:?} is held");
            }
            if let Some(held) = before.filter(|held| failed && !held.issued_at.plus(held.lifetime_ms).is_over(bench.now())) {
                assert_eq!(after.token.map(|token| token.generation), Some(held.generation), "seed {seed}: a failure took the token");
            }
            let told = bench.outputs.iter().filter(|output| matches!(output, Output::Fail { .. })).count();
            assert!(told <= 1, "seed {seed}: two errors for the same tickets");
            steps += 1;
        }
    }
    assert_eq!(steps, 450_000);
}

#[test]
fn whatever_has_happened_a_new_call_is_served_once_the_server_works_again() {
    for seed in 0..2_000 {
        let mut dice = Dice(seed);
        let mut bench = Bench::with(policy(seed));
        for fresh in 10..100 {
            pass_time(&mut dice, &mut bench);
            let input = input(&mut dice, &bench, fresh);
            let _ = bench.input(input);
        }
        // The longest pause is an hour.
        bench.advance(4_000_000);
        let verdict = match bench.want() {
            Verdict::Wait { .. } => {
                bench.finish_with(Alias(1_000), 3_600_000);
                bench.want()
            }
            other => other,
        };
        assert!(matches!(verdict, Verdict::Use(_)), "seed {seed}: {verdict:?}");
    }
}

#[test]
fn a_life_that_was_written_down_replays_to_the_same_outputs() {
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let mut bench = Bench::with(policy(seed));
        for fresh in 10..110 {
            pass_time(&mut dice, &mut bench);
            bench.entropy = dice.roll(u64::MAX);
            let input = input(&mut dice, &bench, fresh);
            let _ = bench.input(input);
        }
        assert_eq!(bench.trace.replay().unwrap(), None, "seed {seed}");
    }
}
