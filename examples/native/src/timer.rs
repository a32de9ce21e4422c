//! Waiting on tokio.

use std::time::Duration;

use evertoken::driver::Timer;

/// Waits with tokio's timer, on the runtime of the caller that waits.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioTimer;

impl Timer for TokioTimer {
    type Sleep = tokio::time::Sleep;

    fn sleep(&self, ms: u64) -> Self::Sleep {
        tokio::time::sleep(Duration::from_millis(ms))
    }
}
