//! Keeps a source fresh while nobody calls it.

use alloc::sync::{Arc, Weak};
use core::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use crate::io::Input;

use super::{
    clock::Clock,
    shell::{Ruling, Shell},
    timer::Timer,
    transport::Transport,
    waiters::Seat,
};

/// Ticks until the source is closed or its last handle is gone; holds no handle itself.
pub(super) async fn drive<Tr: Transport, Ti: Timer, C: Clock>(shell: Weak<Shell<Tr, Ti, C>>) {
    let Some(seat) = shell.upgrade().map(|shell| shell.waiters.sit(None)) else { return };
    while let Some(sleep) = shell.upgrade().and_then(|shell| tick(&shell)) {
        let mut sleep = pin!(sleep);
        poll_fn(|cx| {
            seat.register(cx.waker());
            if seat.was_called() { Poll::Ready(()) } else { sleep.as_mut().poll(cx) }
        })
        .await;
    }
    drop::<Seat>(seat);
}

/// Lets the machine do what is due, and starts the wait for the next time; `None` once the source is closed.
fn tick<Tr: Transport, Ti: Timer, C: Clock>(shell: &Arc<Shell<Tr, Ti, C>>) -> Option<Ti::Sleep> {
    if let Ruling::Fail(_) = shell.enter(Input::Tick { keep_fresh: true }) {
        return None;
    }
    let now = shell.clock.now();
    Some(shell.timer.sleep(shell.alarm().map_or(shell.policy.wake_max_ms, |alarm| alarm.left_ms(now).max(1))))
}
