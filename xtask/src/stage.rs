//! Running the steps of a part and keeping what came of them.

use std::{cell::RefCell, path::PathBuf};

use anyhow::Result;

use crate::{
    program,
    progress::Progress,
    step::{Report, Step},
    summary::PartReport,
    tally::Tally,
    workspace::Workspace,
};

/// One run of this program.
pub(crate) struct Session {
    pub(crate) workspace: Workspace,
    pub(crate) progress: Progress,
    /// The logs of this command; those of its last run are overwritten.
    logs: PathBuf,
}

/// One part of a run.
pub(crate) struct Stage<'a> {
    pub(crate) session: &'a Session,
    name: String,
    reports: RefCell<Vec<Report>>,
}

impl Session {
    /// A run of the named command.
    pub(crate) fn new(command: &str, workspace: Workspace) -> Self {
        let logs = workspace.target.join("xtask").join("logs").join(command);
        Self { workspace, progress: Progress::new(), logs }
    }

    /// Begins a part.
    pub(crate) fn stage(&self, name: &str) -> Stage<'_> {
        Stage { session: self, name: name.to_owned(), reports: RefCell::default() }
    }
}

impl Stage<'_> {
    /// Runs the steps in order, also those after one that failed. True if all succeeded.
    pub(crate) fn run(&self, steps: Vec<Step>) -> Result<bool> {
        self.run_before(0, steps)
    }

    /// The same, where as many `later` steps are to follow.
    pub(crate) fn run_before(&self, later: usize, steps: Vec<Step>) -> Result<bool> {
        let before = self.reports.borrow().len();
        let total = before + steps.len() + later;
        let mut good = true;
        for (number, step) in (before + 1..).zip(steps) {
            good &= self.one(step, number, total)?;
        }
        Ok(good)
    }

    /// Where a log of this part goes.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        let name: String = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
        self.session.logs.join(format!("{}-{name}.log", self.name))
    }

    /// Ends the part.
    pub(crate) fn end(self, skipped: Option<String>) -> PartReport {
        if let Some(why) = &skipped {
            self.session.progress.say(&format!("[{}] skipped: {why}", self.name));
        }
        PartReport { name: self.name, steps: self.reports.into_inner(), skipped }
    }

    /// Counts what went wrong outside of any step as a failed one.
    pub(crate) fn broke(&self, error: &anyhow::Error) {
        let failure = format!("{error:#}");
        self.session.progress.say(&format!("[{}] {failure}", self.name));
        let short = failure.lines().next().unwrap_or_default().to_owned();
        let (tally, log) = (Tally { passed: 0, failed: 1 }, self.session.logs.clone());
        self.reports.borrow_mut().push(Report { tally, failure: Some(short), log, ..Report::not_run("set-up".to_owned()) });
    }

    /// Says that what the name stands for is not run here, and why.
    pub(crate) fn skip(&self, name: &str, why: &str) {
        self.session.progress.say(&format!("[{}] without {name}: {why}", self.name));
        self.reports.borrow_mut().push(Report { skipped: Some(why.to_owned()), ..Report::not_run(name.to_owned()) });
    }

    fn one(&self, step: Step, number: usize, total: usize) -> Result<bool> {
        let progress = &self.session.progress;
        let line = progress.line(&self.name, &step.name, number, total);
        let log = self.log(&step.name);
        let report = step.run(&line, progress.watched(), &log)?;
        let count = if report.tally.passed > 0 { format!("{} passed, ", report.tally.passed) } else { String::new() };
        let good = report.failure.is_none();
        match &report.failure {
            None => line.end(true, &format!("{count}{:.1} s", report.seconds)),
            Some(why) => line.end(false, &format!("FAILED, {count}{why}, {:.1} s", report.seconds)),
        }
        if !good {
            let shown = if program::ci() { 0 } else { report.tail.len().saturating_sub(40) };
            report.tail[shown..].iter().for_each(|text| progress.say(&format!("    {text}")));
            progress.say(&format!("    (all of it: {})", report.log.display()));
        }
        self.reports.borrow_mut().push(report);
        Ok(good)
    }
}
