//! One call of a source: its patience, its timer, its place among those who wait.

use alloc::sync::Arc;
use core::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use crate::{
    error::{Code, Error},
    io::{Input, Snapshot},
};

use super::{
    clock::Clock,
    reentry,
    shell::{Ruling, Shell},
    timer::Timer,
    transport::Transport,
    waiters::{Answer, Seat},
};

/// How long a call may still wait: one budget, however often it waits.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    until_mono: u64,
}

/// Why a caller that waits is polled no further for now.
enum Woken {
    Answered(Answer),
    Rearm,
    Rang,
}

impl<Tr: Transport, Ti: Timer, C: Clock> Shell<Tr, Ti, C> {
    pub(super) fn patience(&self, ms: Option<u64>) -> Patience {
        Patience { until_mono: self.clock.now().mono.saturating_add(ms.unwrap_or(self.policy.patience_ms)) }
    }

    pub(super) fn left_ms(&self, patience: Patience) -> u64 {
        patience.until_mono.saturating_sub(self.clock.now().mono)
    }

    /// Refuses a call from within the transport's own call: it would wait for itself.
    pub(super) fn refuse_reentry(&self) -> Result<(), Error> {
        if reentry::is_inside(self.source) { Err(Code::Reentrant.into()) } else { Ok(()) }
    }

    /// Gets a token from the machine, waiting as long as it says.
    pub(super) async fn obtain(&self, min_valid_ms: u64, patience: Patience) -> Result<Arc<Snapshot>, Error> {
        self.refuse_reentry()?;
        let mut waited = false;
        loop {
            match self.enter(Input::Want { min_valid_ms, patience_ms: self.left_ms(patience), waited }) {
                Ruling::Use(snapshot) | Ruling::RetryWith(snapshot) => return Ok(snapshot),
                Ruling::Wait { seat, until_mono } => match self.wait(&seat, until_mono).await {
                    Some(answer) => return answer,
                    None => waited = true,
                },
                Ruling::RetryAfter { ms } => self.rest(ms.min(self.left_ms(patience))).await,
                Ruling::Fail(error) => return Err(error),
                Ruling::Surface(_) | Ruling::Done => return Err(Code::Misuse.into()),
            }
        }
    }

    /// Waits for the answer to a ticket, and keeps the machine going meanwhile; `None` when `until` comes first.
    pub(super) async fn wait(&self, seat: &Seat, until_mono: u64) -> Option<Answer> {
        loop {
            let now = self.clock.now();
            if let Some(answer) = seat.answer() {
                return Some(answer);
            }
            if now.mono >= until_mono {
                return None;
            }
            let alarm = self.alarm();
            let own_ms = until_mono.saturating_sub(now.mono);
            let mut sleep = pin!(self.timer.sleep(alarm.map_or(own_ms, |alarm| alarm.left_ms(now).min(own_ms))));
            let woken = poll_fn(|cx| {
                seat.register(cx.waker());
                self.collect();
                if let Some(answer) = seat.answer() {
                    return Poll::Ready(Woken::Answered(answer));
                }
                if self.alarm() != alarm {
                    return Poll::Ready(Woken::Rearm);
                }
                sleep.as_mut().poll(cx).map(|()| Woken::Rang)
            });
            match woken.await {
                Woken::Answered(answer) => return Some(answer),
                Woken::Rearm => {}
                Woken::Rang => self.tick(),
            }
        }
    }

    /// Waits a while, whatever happens to tokens meanwhile.
    pub(super) async fn rest(&self, ms: u64) {
        let until_mono = self.clock.now().mono.saturating_add(ms);
        loop {
            let left_ms = until_mono.saturating_sub(self.clock.now().mono);
            if left_ms == 0 {
                return;
            }
            self.timer.sleep(left_ms).await;
        }
    }
}
