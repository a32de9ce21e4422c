//! One step of a part: a command, what its success means, and what came of it.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::{
    group::Group,
    progress::Line,
    tally::{self, Tally},
};

/// What a step's success counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing: it only prepares.
    SetUp,
    /// One passed check.
    Check,
    /// The tests that the command reports, of which there must be some.
    Tests,
}

/// A command with a name.
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) command: Command,
    limit: Duration,
}

/// What came of a step.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) name: String,
    pub(crate) tally: Tally,
    /// Why it failed.
    pub(crate) failure: Option<String>,
    /// Why it was not run.
    pub(crate) skipped: Option<String>,
    pub(crate) seconds: f64,
    pub(crate) log: PathBuf,
    /// The end of what it printed, where the reason usually stands.
    pub(crate) tail: Vec<String>,
}

impl Report {
    /// The report of what was not run.
    pub(crate) fn not_run(name: String) -> Self {
        let (tally, log) = (Tally::default(), PathBuf::new());
        Self { name, tally, failure: None, skipped: None, seconds: 0.0, log, tail: Vec::new() }
    }
}

const TAIL: usize = 120;

impl Step {
    /// A step of this kind.
    pub(crate) fn new(kind: Kind, name: impl Into<String>, command: Command) -> Self {
        Self { name: name.into(), kind, command, limit: Duration::from_secs(30 * 60) }
    }

    /// Gives it another time limit than half an hour.
    pub(crate) fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Runs the command to its end or its time limit, with every line of output in the log.
    pub(crate) fn run(mut self, line: &Line<'_>, watched: bool, log: &Path) -> Result<Report> {
        let started = Instant::now();
        let mut output = Output::new(log, &self.command)?;
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).env("CARGO_TERM_COLOR", "never");
        if watched {
            self.command.env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "100");
        }
        let status = match Group::spawn(&mut self.command) {
            Ok(group) => follow(group, &mut output, line, self.limit)?,
            Err(error) => {
                output.take(&format!("could not be started: {error}"))?;
                None
            }
        };
        let failure = self.failure(status, &output);
        let tally = match self.kind {
            Kind::SetUp if failure.is_none() => Tally::default(),
            Kind::Check if failure.is_none() => Tally { passed: 1, failed: 0 },
            Kind::Tests => Tally { passed: output.tally.passed, failed: output.tally.failed.max(u64::from(failure.is_some())) },
            Kind::SetUp | Kind::Check => Tally { passed: 0, failed: 1 },
        };
        let tail = output.tail.into();
        let seconds = started.elapsed().as_secs_f64();
        Ok(Report { tally, failure, seconds, log: log.to_path_buf(), tail, ..Report::not_run(self.name) })
    }

    fn failure(&self, status: Option<ExitStatus>, output: &Output) -> Option<String> {
        let tally = output.tally;
        match status {
            None => Some(format!("did not run to its end within {} min", self.limit.as_secs() / 60)),
            Some(status) if !output.failed.is_empty() && (!status.success() || tally.failed > 0) => Some(named(&output.failed)),
            Some(status) if !status.success() => Some(status.to_string()),
            Some(_) if self.kind == Kind::Tests && tally.failed > 0 => Some("a test was skipped".to_owned()),
            Some(_) if self.kind == Kind::Tests && tally.passed == 0 => Some("ran no test".to_owned()),
            Some(_) => None,
        }
    }
}

/// The first of the names: the log has them all.
fn named(failed: &[String]) -> String {
    const SHOWN: usize = 5;
    let names = failed.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if failed.len() > SHOWN { format!("{names} and {} more", failed.len() - SHOWN) } else { names }
}

/// What a command printed: in the log, counted, and the end of it kept.
struct Output {
    log: File,
    tail: VecDeque<String>,
    tally: Tally,
    /// The tests that failed, by name.
    failed: Vec<String>,
}

impl Output {
    fn new(path: &Path, command: &Command) -> Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut log = File::create(path).with_context(|| format!("the log {}", path.display()))?;
        writeln!(log, "$ {}", written(command))?;
        Ok(Self { log, tail: VecDeque::new(), tally: Tally::default(), failed: Vec::new() })
    }

    fn take(&mut self, line: &str) -> Result<()> {
        self.tally.read(line);
        // Node names what failed a second time, at the end.
        let failed = tally::failed_test(line).filter(|name| !self.failed.iter().any(|known| known == name));
        self.failed.extend(failed.map(str::to_owned));
        writeln!(self.log, "{line}")?;
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line.to_owned());
        Ok(())
    }
}

/// A command as a person would type it.
fn written(command: &Command) -> String {
    let set = command.get_envs().filter_map(|(name, value)| Some(format!("{}={}", name.display(), value?.display())));
    let typed = [command.get_program()].into_iter().chain(command.get_args()).map(|word| word.display().to_string());
    set.chain(typed).collect::<Vec<_>>().join(" ")
}

/// Follows a command's output until it ends; none when it had to be stopped.
fn follow(mut group: Group, output: &mut Output, line: &Line<'_>, limit: Duration) -> Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    let (sender, lines) = mpsc::channel();
    let child = group.child();
    for stream in [child.stdout.take().map(boxed), child.stderr.take().map(boxed)].into_iter().flatten() {
        let sender = sender.clone();
        thread::spawn(move || split(stream, &sender));
    }
    drop(sender);
    let mut ended = None;
    loop {
        match lines.recv_timeout(Duration::from_millis(500)) {
            Ok(Piece::Progress(text)) => line.heard(&text),
            Ok(Piece::Line(text)) => {
                line.heard(&text);
                output.take(&text)?;
            }
            // A process that outlives the command may keep its pipes open for ever.
            Err(RecvTimeoutError::Timeout) if ended.is_some() => return Ok(ended),
            Err(RecvTimeoutError::Timeout) => ended = group.ended()?,
            Err(RecvTimeoutError::Disconnected) => return Ok(Some(group.child().wait()?)),
        }
        line.pass_time();
        if Instant::now() > deadline {
            return Ok(None);
        }
    }
}

enum Piece {
    /// A line that the next one was meant to overwrite.
    Progress(String),
    Line(String),
}

fn boxed(stream: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(stream)
}

/// Cuts a stream at line feeds and carriage returns.
fn split(mut stream: Box<dyn Read + Send>, sender: &Sender<Piece>) {
    let mut rest = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => count,
        };
        rest.extend_from_slice(&buffer[..count]);
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let text = String::from_utf8_lossy(&rest[..end]).replace("\u{1b}[K", "");
            let overwritten = rest[end] == b'\r' && rest.get(end + 1) != Some(&b'\n');
            rest.drain(..=end);
            let piece = if overwritten { Piece::Progress(text) } else { Piece::Line(text) };
            if sender.send(piece).is_err() {
                return;
            }
        }
    }
    if !rest.is_empty() {
        drop(sender.send(Piece::Line(String::from_utf8_lossy(&rest).into_owned())));
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::progress::Progress;

    fn run(kind: Kind, script: &str, limit: Duration) -> Report {
        let progress = Progress::new();
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let log = std::env::temp_dir().join(format!("xtask-step-{}-{:x}.log", std::process::id(), script.len()));
        let step = Step { limit, ..Step::new(kind, "a step", command) };
        let report = step.run(&progress.line("part", "a step", 1, 1), false, &log).unwrap();
        fs::remove_file(log).unwrap();
        report
    }

    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn tests_that_ran_and_passed_are_counted() {
        let report = run(Kind::Tests, "echo 'test result: ok. 4 passed; 0 failed; 0 ignored'", SOON);
        assert_eq!((report.tally, report.failure), (Tally { passed: 4, failed: 0 }, None));
    }

    #[test]
    fn a_success_without_a_single_test_is_a_failure() {
        let report = run(Kind::Tests, "echo 'test result: ok. 0 passed; 0 failed; 9 ignored'", SOON);
        assert_eq!((report.tally, report.failure.as_deref()), (Tally { passed: 0, failed: 1 }, Some("ran no test")));
    }

    #[test]
    fn a_success_that_skipped_a_test_is_a_failure() {
        let report = run(Kind::Tests, "echo '=== 4 passed, 1 skipped in 0.12s ==='", SOON);
        assert_eq!((report.tally, report.failure.as_deref()), (Tally { passed: 4, failed: 1 }, Some("a test was skipped")));
    }

    #[test]
    fn a_failed_test_is_named_however_much_was_printed_after_it() {
        let report =
            run(Kind::Tests, "echo 'test a::b ... FAILED'; echo 'test result: FAILED. 1 passed; 1 failed;'; seq 1000; exit 101", SOON);
        assert_eq!((report.tally, report.failure.as_deref()), (Tally { passed: 1, failed: 1 }, Some("a::b")));
    }

    #[test]
    fn of_many_failed_tests_the_first_are_named() {
        let report = run(Kind::Tests, "for n in 1 2 3 4 5 6 7; do echo \"test t$n ... FAILED\"; done; exit 101", SOON);
        assert_eq!(report.failure.as_deref(), Some("t1, t2, t3, t4, t5 and 2 more"));
    }

    #[test]
    fn a_command_that_fails_before_any_test_counts_as_one_failure_and_shows_its_end() {
        let report = run(Kind::Tests, "echo 'error: could not compile' >&2; exit 101", SOON);
        assert_eq!(report.tally, Tally { passed: 0, failed: 1 });
        assert_eq!(report.tail, ["error: could not compile"]);
    }

    #[test]
    fn a_program_that_is_not_there_is_a_failure_with_a_reason() {
        let progress = Progress::new();
        let log = std::env::temp_dir().join(format!("xtask-step-missing-{}.log", std::process::id()));
        let step = Step::new(Kind::Check, "a step", Command::new("no-such-program-anywhere"));
        let report = step.run(&progress.line("part", "a step", 1, 1), false, &log).unwrap();
        fs::remove_file(log).unwrap();
        assert_eq!(report.tally, Tally { passed: 0, failed: 1 });
        assert!(report.tail[0].contains("could not be started"), "{:?}", report.tail);
    }

    #[test]
    fn a_command_that_never_ends_is_stopped_at_its_limit() {
        let report = run(Kind::Check, "sleep 60 & sleep 60", Duration::from_millis(300));
        assert!(report.failure.is_some() && report.seconds < 20.0);
    }

    #[test]
    fn a_process_left_behind_does_not_hold_the_step_up() {
        let report = run(Kind::Check, "sleep 60 & exit 0", SOON);
        assert_eq!(report.failure, None);
        assert!(report.seconds < 20.0);
    }
}
