//! The oracle finds nothing wrong with the machine in long lives by chance, and meets its situations in them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod life;

use evertoken::trace::Alias;
use evertoken_oracle::{Oracle, Seen};
use life::Life;

#[test]
fn long_lives_by_chance_break_no_promise_and_are_full_of_situations() {
    let mut seen = Seen::default();
    for seed in 0..150 {
        let mut life = Life::new(seed);
        for _ in 0..2_000 {
            let _ = life.take_step();
        }
        seen.merge(life.seen);
    }
    let missed = (0..Oracle::<Alias>::SITUATIONS.len()).filter(|at| !seen.contains(*at)).count();
    assert!(missed < 10, "{missed} situations were not met");
}
