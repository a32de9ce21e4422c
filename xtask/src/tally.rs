//! Counting what a test runner reports.

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds a line that counts: cargo test's `test result: ok. 12 passed; 0 failed; ...`, or `12 passed, 0 failed` alone, as our own
    /// programs end.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some((_, counts)) = line.split_once("test result: ") {
            self.passed += count(counts, " passed;");
            self.failed += count(counts, " failed;");
        } else if let Some((passed, failed)) = whole_line(line) {
            self.passed += passed;
            self.failed += failed;
        }
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

fn whole_line(line: &str) -> Option<(u64, u64)> {
    let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
    Some((passed.parse().ok()?, failed.parse().ok()?))
}

fn count(text: &str, unit: &str) -> u64 {
    let before = text.split_once(unit).map_or("", |(before, _)| before);
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The name in `test that::it_works ... FAILED`.
pub(crate) fn failed_test(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

/// `12` of `120` crates, from the progress bar that cargo draws: `Building [==>  ] 12/120: serde, syn`.
pub(crate) fn crates_built(line: &str) -> Option<(u64, u64)> {
    let (_, bar) = line.split_once("Building [")?;
    let (_, counts) = bar.split_once("] ")?;
    let (done, rest) = counts.trim_start().split_once('/')?;
    let total: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((done.trim().parse().ok()?, total.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_several_test_binaries_add_up() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 11 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.02s",
        ] {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed: 14, failed: 2 });
    }

    #[test]
    fn the_last_line_of_our_own_programs_counts() {
        let mut tally = Tally::default();
        tally.read("41 passed, 1 failed");
        tally.read("in the run before, 41 passed, 1 failed");
        assert_eq!(tally, Tally { passed: 41, failed: 1 });
    }

    #[test]
    fn a_line_that_only_talks_of_results_counts_nothing() {
        let mut tally = Tally::default();
        tally.read("test the_test_result_is_kept ... ok");
        tally.read("test result: nonsense");
        assert_eq!(tally, Tally::default());
    }

    #[test]
    fn the_progress_of_a_build_is_read_from_cargos_bar() {
        assert_eq!(crates_built("    Building [=====>             ]  12/120: serde, syn(build)"), Some((12, 120)));
        assert_eq!(crates_built("   Compiling serde v1.0.0"), None);
    }
}
