//! What a person sees while something runs: bars in a terminal, plain lines anywhere else.

use std::{
    io::IsTerminal,
    sync::Mutex,
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::{program, tally};

/// Where progress goes.
pub(crate) struct Progress {
    bars: Option<MultiProgress>,
}

/// The progress of one step.
pub(crate) struct Line<'a> {
    progress: &'a Progress,
    label: String,
    bar: Option<ProgressBar>,
    started: Instant,
    spoke: Mutex<Instant>,
}

/// How long a plain log may stay silent.
const SILENCE: Duration = Duration::from_secs(60);

impl Progress {
    /// Bars when a person watches.
    pub(crate) fn new() -> Self {
        let watched = std::io::stderr().is_terminal() && !program::ci();
        Self { bars: watched.then(MultiProgress::new) }
    }

    /// Whether a person watches.
    pub(crate) fn watched(&self) -> bool {
        self.bars.is_some()
    }

    /// Prints a line above the bars.
    pub(crate) fn say(&self, text: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    /// Begins the line of a step, the `number`th of `total`.
    pub(crate) fn line(&self, part: &str, name: &str, number: usize, total: usize) -> Line<'_> {
        let label = format!("{part} {number}/{total} {name}");
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            bar.set_style(spinner());
            bar.set_prefix(label.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            eprintln!("[{label}] ...");
        }
        let now = Instant::now();
        Line { progress: self, label, bar, started: now, spoke: Mutex::new(now) }
    }
}

impl Line<'_> {
    /// Shows what the step last said.
    pub(crate) fn heard(&self, text: &str) {
        let Some(bar) = &self.bar else { return };
        match tally::crates_built(text) {
            Some((done, total)) => {
                if bar.length() != Some(total) {
                    bar.set_style(counted());
                    bar.set_length(total);
                }
                bar.set_position(done);
                bar.set_message(text.split_once(": ").map_or(String::new(), |(_, crates)| crates.trim().to_owned()));
            }
            None if text.trim().is_empty() => {}
            None => {
                if bar.length().is_some() && text.contains("Finished ") {
                    bar.unset_length();
                    bar.set_style(spinner());
                }
                bar.set_message(text.trim().to_owned());
            }
        }
    }

    /// Breaks a long silence where there is no bar.
    pub(crate) fn pass_time(&self) {
        if self.bar.is_some() {
            return;
        }
        let mut spoke = self.spoke.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if spoke.elapsed() >= SILENCE {
            *spoke = Instant::now();
            eprintln!("[{}] still at it after {:.0} s", self.label, self.started.elapsed().as_secs_f64());
        }
    }

    /// Ends the line with how it went.
    pub(crate) fn end(self, good: bool, outcome: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            let mark = if good { "\u{2713}" } else { "\u{2717}" };
            self.progress.say(&format!("{mark} {}: {outcome}", self.label));
        } else {
            eprintln!("[{}] {outcome}", self.label);
        }
    }
}

fn spinner() -> ProgressStyle {
    style("{spinner} {prefix} {elapsed} {wide_msg:.dim}")
}

fn counted() -> ProgressStyle {
    style("{spinner} {prefix} {elapsed} [{bar:24}] {pos}/{len} crates {wide_msg:.dim}")
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner()).progress_chars("=> ")
}
