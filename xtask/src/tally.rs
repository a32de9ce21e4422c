//! Counting what a test runner reports.

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds a line that counts: cargo test's `test result: ok. 12 passed; 0 failed; ...`, pytest's `== 1 failed, 12 passed in 3.4s ==`,
    /// Swift Testing's `\u{2714} Test "it works" passed after 0.1 seconds.`, Maven's
    /// `[INFO] Tests run: 12, Failures: 0, Errors: 0, Skipped: 0` of a module, or `12 passed, 0 failed` alone, as our own programs end.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some((_, counts)) = line.split_once("test result: ") {
            self.passed += count(counts, " passed;");
            self.failed += count(counts, " failed;");
        } else if let Some((passed, failed)) =
            whole_line(line).or_else(|| of_pytest(line)).or_else(|| of_swift(line)).or_else(|| of_maven(line))
        {
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

/// What pytest skips counts as failed: nothing in a test says that it may be left out.
fn of_pytest(line: &str) -> Option<(u64, u64)> {
    let (counts, time) = line.trim_matches(['=', ' ']).split_once(" in ")?;
    time.split_once('s')?.0.parse::<f64>().ok()?;
    counts.split(", ").try_fold((0, 0), |(passed, failed), count| {
        let (number, what) = count.split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        match what {
            "passed" => Some((passed + number, failed)),
            "failed" | "error" | "errors" | "skipped" | "xfailed" | "xpassed" => Some((passed, failed + number)),
            "deselected" | "warning" | "warnings" | "subtests passed" => Some((passed, failed)),
            _ => None,
        }
    })
}

/// A module's sum; the lines of its classes have a time at their end. One that is skipped counts as failed.
fn of_maven(line: &str) -> Option<(u64, u64)> {
    let counts = line.split_once("] Tests run: ").filter(|(level, _)| level.starts_with('['))?.1;
    let mut counts = counts.split(", ").map(|count| count.rsplit(' ').next().unwrap_or(count).parse::<u64>());
    let (Ok(run), Ok(failures), Ok(errors), Ok(skipped), None) =
        (counts.next()?, counts.next()?, counts.next()?, counts.next()?, counts.next())
    else {
        return None;
    };
    let failed = failures + errors + skipped;
    Some((run.saturating_sub(failed), failed))
}

/// A line of Swift Testing about one test: each is counted by itself, as the last line does not say how many failed. One that is skipped,
/// or passes only because its issues are known, counts as failed.
fn of_swift(line: &str) -> Option<(u64, u64)> {
    let (_, outcome) = swift_test(line)?;
    match outcome {
        "passed" => Some((1, 0)),
        "failed" | "skipped" | "known" => Some((0, 1)),
        _ => None,
    }
}

/// The test's name and what became of it.
fn swift_test(line: &str) -> Option<(&str, &str)> {
    let test = line.split_once(' ').filter(|(mark, _)| !mark.is_ascii())?.1.strip_prefix("Test ")?;
    if test.starts_with("run with ") {
        return None;
    }
    if let Some((name, _)) = test.rsplit_once(" skipped") {
        return Some((name, "skipped"));
    }
    let (test, time) = test.rsplit_once(" after ")?;
    let (seconds, issues) = time.split_once(" second")?;
    seconds.parse::<f64>().ok()?;
    let (name, outcome) = test.rsplit_once(' ')?;
    Some((name, if outcome == "passed" && issues.contains("known issue") { "known" } else { outcome }))
}

fn count(text: &str, unit: &str) -> u64 {
    let before = text.split_once(unit).map_or("", |(before, _)| before);
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The name in `test that::it_works ... FAILED`, pytest's `FAILED tests/test_that.py::test_it_works - Error: ...`, Node's `\u{2716} it works
/// (1.2ms)`, Swift Testing's `\u{2718} Test "it works" failed after 0.1 seconds with 1 issue.`, or Maven's
/// `[ERROR] dev.evertoken.ItTest.it works -- Time elapsed: 0.1 s <<< FAILURE!`
pub(crate) fn failed_test(line: &str) -> Option<&str> {
    let of_cargo = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"));
    let of_node = || {
        let (name, time) = line.trim_start().strip_prefix("\u{2716} ")?.rsplit_once(" (")?;
        time.strip_suffix("ms)")?.parse::<f64>().ok().map(|_| name)
    };
    let of_swift = || swift_test(line).and_then(|(name, outcome)| (outcome == "failed").then_some(name));
    let of_maven = || {
        let (name, end) = line.strip_prefix("[ERROR] ")?.rsplit_once(" -- Time elapsed: ")?;
        end.contains(" <<< ").then_some(name)
    };
    of_cargo.or_else(of_node).or_else(of_swift).or_else(of_maven).or_else(|| {
        let named = ["FAILED ", "ERROR "].into_iter().find_map(|word| line.strip_prefix(word))?;
        let name = named.split(" - ").next().unwrap_or(named);
        (name.contains("::") || name.ends_with(".py")).then_some(name)
    })
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
    fn the_summary_of_pytest_counts_and_a_skip_is_a_failure() {
        for (line, passed, failed) in [
            ("============================== 12 passed in 3.40s ===============================", 12, 0),
            ("=== 1 failed, 12 passed, 2 deselected, 1 warning, 1 error in 75.02s (0:01:15) ===", 12, 2),
            ("1 failed, 3 passed in 0.10s", 3, 1),
            ("========================= 7 passed, 2 skipped in 1.00s =========================", 7, 2),
            ("3 passed in the first round", 0, 0),
            ("no tests ran in 0.01s", 0, 0),
        ] {
            let mut tally = Tally::default();
            tally.read(line);
            assert_eq!(tally, Tally { passed, failed }, "{line}");
        }
    }

    #[test]
    fn each_test_of_swift_counts_and_a_skip_is_a_failure() {
        for (line, passed, failed) in [
            ("\u{2714} Test \"a name (1.0 s) passed after\" passed after 0.001 seconds.", 1, 0),
            ("\u{2714} Test passes() passed after 1.0 seconds.", 1, 0),
            ("\u{2718} Test many(n:) failed after 0.001 seconds with 1 issue.", 0, 1),
            ("\u{2718} Test \"known\" passed after 0.001 seconds with 1 known issue.", 0, 1),
            ("\u{2718} Test skipped() skipped: \"why\"", 0, 1),
            ("\u{279c} Test skipped() skipped.", 0, 1),
            ("\u{25c7} Test passes() started.", 0, 0),
            (
                "\u{2718} Test many(n:) recorded an issue with 1 argument n \u{2192} 3 at TTests.swift:8:51: Expectation failed: (n \u{2192} 3) < 3",
                0,
                0,
            ),
            ("\u{2714} Suite \"all of it\" passed after 0.001 seconds.", 0, 0),
            ("\u{2714} Test run with 6 tests passed after 0.001 seconds.", 0, 0),
            ("\u{2718} Test run with 6 tests failed after 0.001 seconds with 4 issues (including 1 known issue).", 0, 0),
            ("Test Suite 'All tests' passed at 2026-11-21 21:59:20.726", 0, 0),
        ] {
            let mut tally = Tally::default();
            tally.read(line);
            assert_eq!(tally, Tally { passed, failed }, "{line}");
        }
    }

    #[test]
    fn a_modules_sum_of_maven_counts_and_a_skip_is_a_failure() {
        for (line, passed, failed) in [
            ("[INFO] Tests run: 12, Failures: 0, Errors: 0, Skipped: 0", 12, 0),
            ("[ERROR] Tests run: 12, Failures: 1, Errors: 2, Skipped: 0", 9, 3),
            ("[WARNING] Tests run: 12, Failures: 0, Errors: 0, Skipped: 1", 11, 1),
            ("[INFO] Tests run: 12, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.6 s -- in dev.evertoken.ItTest", 0, 0),
            ("[INFO] Running dev.evertoken.ItTest", 0, 0),
        ] {
            let mut tally = Tally::default();
            tally.read(line);
            assert_eq!(tally, Tally { passed, failed }, "{line}");
        }
    }

    #[test]
    fn the_name_of_a_failed_test_is_read() {
        assert_eq!(failed_test("test a::b ... FAILED"), Some("a::b"));
        assert_eq!(failed_test("FAILED tests/test_a.py::test_b[x - y] - AssertionError: 1 - 2"), Some("tests/test_a.py::test_b[x"));
        assert_eq!(failed_test("ERROR tests/test_a.py - ImportError: no"), Some("tests/test_a.py"));
        assert_eq!(failed_test("  \u{2716} a thing (of sorts) breaks (0.72ms)"), Some("a thing (of sorts) breaks"));
        assert_eq!(failed_test("\u{2716} failing tests:"), None);
        assert_eq!(failed_test("\u{2718} Test \"it breaks\" failed after 0.1 seconds with 2 issues."), Some("\"it breaks\""));
        let of_maven = "[ERROR] dev.evertoken.ItTest.it works -- Time elapsed: 0.02 s <<< FAILURE!";
        assert_eq!(failed_test(of_maven), Some("dev.evertoken.ItTest.it works"));
        let of_class =
            "[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.1 s <<< FAILURE! -- in dev.evertoken.ItTest";
        assert_eq!(failed_test(of_class), None);
        assert_eq!(failed_test("ERROR evertoken:shell.py the log of a test"), None);
        assert_eq!(failed_test("FAILED to connect"), None);
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
