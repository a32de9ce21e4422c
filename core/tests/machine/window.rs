//! The refresh window.

use crate::bench::{Bench, HOUR};

#[test]
fn a_bench_draws_what_it_is_told() {
    for offset in [0, 1, 77, 180_000] {
        let mut bench = Bench::new();
        bench.draw(offset);
        bench.fetch(HOUR);
        assert_eq!(Bench::since(bench.snapshot().ask_at), HOUR - HOUR / 4 + offset);
    }
}
