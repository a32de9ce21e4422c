//! Many lives: from seeds, from the corpus, for a while.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    life::{self, Outcome},
    matrix::Matrix,
    plan::Plan,
    reference::Spread,
};

/// How many steps the life of a seed has.
pub const STEPS: usize = 300;

/// What many lives came to.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Plans that kept every promise.
    pub passed: u64,
    /// Plans that did not, and what came of them.
    pub failed: Vec<(Plan, Outcome)>,
    /// Steps of plans.
    pub steps: u64,
    /// Calls of the machine.
    pub machine_calls: u64,
    /// Calls of callers.
    pub calls: u64,
    /// Token requests.
    pub requests: u64,
    /// Tokens that were held.
    pub lives: u64,
    /// How often each fault hit each state.
    pub matrix: Matrix,
    /// Where refreshes began.
    pub spread: Spread,
}

impl Totals {
    /// Adds what came of a plan.
    pub fn add(&mut self, plan: Plan, outcome: Outcome) {
        self.steps += outcome.steps;
        self.machine_calls += outcome.machine_calls;
        self.calls += outcome.calls;
        self.requests += outcome.requests;
        self.lives += outcome.lives;
        self.matrix.add(&outcome.matrix);
        self.spread.add(outcome.spread);
        if outcome.violations.is_empty() {
            self.passed += 1;
        } else {
            self.failed.push((plan, outcome));
        }
    }

    /// Says what only many lives together can show: that refreshes are spread over the first fifth of the window, all of it.
    #[must_use]
    pub fn together(&self) -> Vec<(&'static str, String)> {
        let Spread { seen, least, most } = self.spread;
        let spread = seen < 2_000 || (least <= 20 && most >= 980);
        if spread { Vec::new() } else { vec![("refreshes-are-spread", format!("{seen} refreshes within {least} to {most} thousandths"))] }
    }
}

/// Runs the seeds of a range; with a time to end at it ends then, or at the first failure.
///
/// # Errors
/// A world that cannot be made.
pub fn seeds(totals: &mut Totals, range: std::ops::Range<u64>, end: Option<Instant>) -> Result<(), evertoken::Error> {
    for seed in range {
        let (plan, outcome) = life::explore(seed, STEPS)?;
        totals.add(plan, outcome);
        if end.is_some_and(|end| Instant::now() > end || !totals.failed.is_empty()) {
            break;
        }
    }
    Ok(())
}

/// Runs fresh seeds on two threads for a while; tells how far it is every minute.
///
/// # Errors
/// A world that cannot be made.
pub fn for_a_while(time: Duration, from: u64, progress: impl Fn(&Totals, u64) + Sync) -> Result<Totals, evertoken::Error> {
    let (began, next, stop) = (Instant::now(), AtomicU64::new(from), AtomicBool::new(false));
    let totals = Mutex::new(Totals::default());
    let told = Mutex::new(began);
    let work = || -> Result<(), evertoken::Error> {
        while began.elapsed() < time && !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let (plan, outcome) = life::explore(seed, STEPS)?;
            let mut totals = totals.lock().unwrap_or_else(PoisonError::into_inner);
            totals.add(plan, outcome);
            if totals.failed.len() >= 20 {
                stop.store(true, Ordering::Relaxed);
            }
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.elapsed() > Duration::from_secs(60) {
                *told = Instant::now();
                progress(&totals, seed);
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let other = scope.spawn(work);
        let mine = work();
        mine.and(other.join().unwrap_or(Ok(())))
    })?;
    Ok(totals.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Returns the folder of the plans that are always run.
#[must_use]
pub fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Reads the plans of the corpus, in the order of their names.
///
/// # Errors
/// What cannot be read, with its file.
pub fn plans(folder: &Path) -> Result<Vec<(String, Plan)>, String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| told(&error))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let plan = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok((path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(), plan))
        })
        .collect()
}
