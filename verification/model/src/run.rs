//! Many searches at once, and what they show together.

use std::{
    panic::resume_unwind,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    config::Config,
    search::{Found, Limits, explore},
};

/// Explores configurations on a number of threads and returns what was found, in the configurations' order; after a broken
/// promise no further one is begun if `stop` says so.
///
/// # Panics
/// As a search did, if no other one found a broken promise.
#[must_use]
pub fn explore_all(configs: &[Config], limits: Limits, threads: usize, stop: bool) -> Vec<(usize, Found)> {
    let next = AtomicUsize::new(0);
    let broken = AtomicBool::new(false);
    let found = Mutex::new(Vec::new());
    let worker = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(config) = configs.get(at) else { return };
            if stop && broken.load(Ordering::Relaxed) {
                return;
            }
            // A configuration that cannot begin is missing in what was found, which the report notices.
            let Ok(result) = explore(config, limits) else { continue };
            broken.fetch_or(result.broken.is_some(), Ordering::Relaxed);
            found.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        }
    };
    let panicked = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().filter_map(|worker| worker.join().err()).next()
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(at, _)| *at);
    match panicked {
        Some(panic) if !found.iter().any(|(_, found)| found.broken.is_some()) => resume_unwind(panic),
        _ => found,
    }
}
