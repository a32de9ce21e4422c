//! The table at the end, and the line that counts.

use std::process::ExitCode;

use crate::{step::Report, tally::Tally};

/// What came of one part.
pub(crate) struct PartReport {
    pub(crate) name: String,
    pub(crate) steps: Vec<Report>,
    /// Why it was not run.
    pub(crate) skipped: Option<String>,
}

/// What came of a run.
#[derive(Default)]
pub(crate) struct Summary {
    pub(crate) parts: Vec<PartReport>,
}

impl Summary {
    /// Prints the table and says how the process should end. Where nobody watches, a skip is a failure.
    pub(crate) fn close(&self, ci: bool) -> ExitCode {
        let (text, good) = self.render(ci);
        println!("{text}");
        if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn render(&self, ci: bool) -> (String, bool) {
        let mut rows = vec![["part".to_owned(), "result".to_owned(), "tests".to_owned(), "seconds".to_owned(), String::new()]];
        let mut total = Tally::default();
        let mut skipped = 0;
        for part in &self.parts {
            let mut tally = Tally::default();
            part.steps.iter().for_each(|step| tally += step.tally);
            let seconds: f64 = part.steps.iter().map(|step| step.seconds).sum();
            let skips = part.steps.iter().filter(|step| step.skipped.is_some()).count() + usize::from(part.skipped.is_some());
            if ci {
                tally.failed += skips as u64;
            } else {
                skipped += skips;
            }
            let named = |wanted: fn(&Report) -> bool| part.steps.iter().filter(move |step| wanted(step)).map(|step| step.name.as_str());
            let failures: Vec<_> = named(|step| step.failure.is_some()).collect();
            let left_out: Vec<_> = named(|step| step.skipped.is_some()).collect();
            let (result, why) = match &part.skipped {
                Some(why) => skip(why, ci),
                None if ci && failures.is_empty() && !left_out.is_empty() => skip(&left_out.join("; "), ci),
                None if failures.is_empty() && left_out.is_empty() => ("passed", String::new()),
                None if failures.is_empty() => ("passed", format!("without {}", left_out.join(", "))),
                None => ("failed", failures.join("; ")),
            };
            rows.push([part.name.clone(), result.to_owned(), tests(tally), format!("{seconds:.1}"), why]);
            for step in &part.steps {
                let (result, why) = match (&step.failure, &step.skipped) {
                    (Some(why), _) => ("failed", format!("{why}, see {}", step.log.display())),
                    (None, Some(why)) => skip(why, ci),
                    (None, None) => ("passed", String::new()),
                };
                rows.push([format!("  {}", step.name), result.to_owned(), tests(step.tally), format!("{:.1}", step.seconds), why]);
            }
            total += tally;
        }
        let mut text = table(&rows);
        let skips = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        text.push_str(&format!("\n{} passed, {} failed{skips}", total.passed, total.failed));
        (text, total.failed == 0)
    }
}

/// Where nobody watches, a skip is a failure.
fn skip(why: &str, ci: bool) -> (&'static str, String) {
    if ci { ("failed", format!("skipped, and in CI nothing may be: {why}")) } else { ("skipped", why.to_owned()) }
}

fn tests(tally: Tally) -> String {
    match tally {
        Tally { passed: 0, failed: 0 } => String::new(),
        Tally { passed, failed: 0 } => passed.to_string(),
        Tally { passed, failed } => format!("{passed}, {failed} failed"),
    }
}

fn table(rows: &[[String; 5]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [part, result, tests, seconds] = [0, 1, 2, 3].map(width);
    let mut text = String::new();
    for row in rows {
        let line = format!("{:part$}  {:result$}  {:>tests$}  {:>seconds$}  {}", row[0], row[1], row[2], row[3], row[4]);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, passed: u64, failed: u64) -> Report {
        let failure = (failed > 0).then(|| "exit status: 101".to_owned());
        Report { tally: Tally { passed, failed }, failure, seconds: 1.0, log: "log".into(), ..Report::not_run(name.to_owned()) }
    }

    fn part(name: &str, steps: Vec<Report>, skipped: Option<&str>) -> PartReport {
        PartReport { name: name.to_owned(), steps, skipped: skipped.map(str::to_owned) }
    }

    fn last_line(text: &str) -> &str {
        text.lines().last().unwrap_or("")
    }

    #[test]
    fn the_last_line_sums_the_tests_of_all_parts() {
        let summary = Summary {
            parts: vec![part("rust", vec![step("a", 3, 0), step("b", 4, 0)], None), part("servers", vec![step("c", 5, 0)], None)],
        };
        let (text, good) = summary.render(true);
        assert_eq!((last_line(&text), good), ("12 passed, 0 failed", true));
    }

    #[test]
    fn a_failed_step_is_named_in_its_parts_row() {
        let (text, good) = Summary { parts: vec![part("rust", vec![step("a", 3, 0), step("doc tests", 0, 2)], None)] }.render(false);
        assert_eq!((last_line(&text), good), ("3 passed, 2 failed", false));
        assert!(text.lines().any(|line| line.starts_with("rust") && line.contains("failed") && line.ends_with("doc tests")), "{text}");
    }

    #[test]
    fn a_skip_is_told_at_home_and_a_failure_in_ci() {
        let summary =
            Summary { parts: vec![part("rust", vec![step("a", 3, 0)], None), part("servers", Vec::new(), Some("npm is not installed"))] };
        let (text, good) = summary.render(false);
        assert_eq!((last_line(&text), good), ("3 passed, 0 failed, 1 skipped", true));
        let (text, good) = summary.render(true);
        assert_eq!((last_line(&text), good), ("3 passed, 1 failed", false));
        assert!(text.contains("npm is not installed"));
    }

    #[test]
    fn a_step_that_was_left_out_is_told_beside_those_that_ran() {
        let left_out = Report { skipped: Some("firefox-esr is not installed".to_owned()), ..Report::not_run("Firefox".to_owned()) };
        let summary = Summary { parts: vec![part("js", vec![step("a", 3, 0), left_out], None)] };
        let (text, good) = summary.render(false);
        assert_eq!((last_line(&text), good), ("3 passed, 0 failed, 1 skipped", true));
        assert!(text.lines().any(|line| line.starts_with("js") && line.ends_with("without Firefox")), "{text}");
        let (text, good) = summary.render(true);
        assert_eq!((last_line(&text), good), ("3 passed, 1 failed", false));
        assert!(text.lines().any(|line| line.starts_with("js") && line.contains("failed")), "{text}");
    }
}
