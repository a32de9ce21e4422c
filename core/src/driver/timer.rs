//! Waiting, as the host's runtime does it.

use core::future::Future;

/// Makes futures that end after a while.
///
/// A timer is only ever awaited inside the future of the caller that waits, so it belongs to that caller's runtime: two
/// callers on two runtimes may share one source. Timers are hints: whatever they wake for is checked against the clock.
///
/// A closure `Fn(u64) -> impl Future<Output = ()>` is a timer, such as
/// `|ms| tokio::time::sleep(Duration::from_millis(ms))`.
pub trait Timer {
    /// A wait; dropping it ends it.
    type Sleep: Future<Output = ()>;

    /// Starts a wait of `ms` milliseconds; called while a caller's future is polled.
    fn sleep(&self, ms: u64) -> Self::Sleep;
}

impl<F, S> Timer for F
where
    F: Fn(u64) -> S,
    S: Future<Output = ()>,
{
    type Sleep = S;

    fn sleep(&self, ms: u64) -> S {
        self(ms)
    }
}
