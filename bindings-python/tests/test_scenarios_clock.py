"""The clock that scenarios give a source, and what the runner knows of its threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from evertoken._waiting import ThreadWakeup
from scenarios.clock import LOWEST, VirtualClock
from scenarios.threads import Threads

START_MS = 1_800_000_000_000
SOON_S = 30.0


class Sleeper:
    """A thread that waits in a clock; ``ended`` is how its wait ended."""

    def __init__(self, clock: VirtualClock, ms: int) -> None:
        self.wakeup = ThreadWakeup()
        self.ended: str | None = None
        self.thread = threading.Thread(target=self._wait, args=(clock, ms), daemon=True)
        self.thread.start()

    def _wait(self, clock: VirtualClock, ms: int) -> None:
        try:
            clock.wait(self.wakeup, ms)
        except KeyboardInterrupt:
            self.ended = "interrupted"
        else:
            self.ended = "woken" if self.wakeup.is_set() else "over"


def clock_of(threads: Threads, called: list[Callable[[], None]] | None = None) -> VirtualClock:
    """Makes a clock whose callbacks are collected."""
    return VirtualClock(START_MS, LOWEST, threads, (called if called is not None else []).append)


def come_to_rest(threads: Threads) -> None:
    """Lets the threads run until none has anything to do."""
    assert threads.run(time.monotonic() + SOON_S)


def test_due_timers_fire_in_their_order_and_the_others_not_at_all() -> None:
    called: list[Callable[[], None]] = []
    rung: list[int] = []
    clock = clock_of(Threads(), called)
    for number, ms in enumerate((300, 100, 200, 100, 400)):
        clock.call_later(ms, lambda number=number: rung.append(number))  # type: ignore[misc]
    assert clock.next_due_ms() == 100
    clock.advance(300)
    assert clock.next_due_ms() == 0
    assert not called, "the clock has moved and no timer was fired yet"
    assert clock.fire() == 4
    for call in called:
        call()
    assert rung == [1, 3, 2, 0]
    assert clock.next_due_ms() == 100


def test_a_cancelled_timer_never_calls_back_and_leaves_nothing_behind() -> None:
    called: list[Callable[[], None]] = []
    rung: list[int] = []
    clock = clock_of(Threads(), called)
    clock.call_later(100, lambda: rung.append(1))()
    assert clock.next_due_ms() is None
    cancel = clock.call_later(100, lambda: rung.append(2))
    clock.advance(100)
    clock.fire()
    cancel()
    for call in called:
        call()
    assert not rung, "cancelled after it was fired and before its turn"


def test_a_wait_for_nothing_is_over_at_once() -> None:
    called: list[Callable[[], None]] = []
    clock = clock_of(Threads(), called)
    wakeup = ThreadWakeup()
    clock.wait(wakeup, 0)
    assert not wakeup.is_set()
    clock.call_later(0, lambda: None)
    assert len(called) == 1
    assert clock.next_due_ms() is None


def test_a_thread_waits_until_its_timer_fires_or_its_event_is_set() -> None:
    threads = Threads()
    clock = clock_of(threads)
    early, late, woken = Sleeper(clock, 100), Sleeper(clock, 200), Sleeper(clock, 300)
    come_to_rest(threads)
    clock.advance(100)
    come_to_rest(threads)
    assert early.ended is None, "the clock has moved and no timer was fired yet"
    assert clock.fire() == 1
    woken.wakeup.set()
    come_to_rest(threads)
    assert [sleeper.ended for sleeper in (early, late, woken)] == ["over", None, "woken"]
    assert clock.next_due_ms() == 100
    clock.interrupt(late.thread)
    come_to_rest(threads)
    assert late.ended == "interrupted"
    assert clock.next_due_ms() is None
    assert threads.alive() == []


def test_a_stopped_clock_interrupts_whoever_waits() -> None:
    threads = Threads()
    clock = clock_of(threads)
    sleepers = [Sleeper(clock, 100) for _ in range(3)]
    come_to_rest(threads)
    clock.stop()
    come_to_rest(threads)
    assert [sleeper.ended for sleeper in sleepers] == ["interrupted"] * 3
    with pytest.raises(KeyboardInterrupt):
        clock.wait(ThreadWakeup(), 100)


def test_each_movement_moves_the_clocks_that_it_names() -> None:
    clock = clock_of(Threads())
    mono, wall = clock.now()
    clock.advance(10)
    clock.step_wall(-1_000)
    assert clock.now() == (mono + 10, wall - 990)


def test_a_thread_that_works_is_runnable_and_one_at_a_shut_door_is_not() -> None:
    threads = Threads()
    working, passed = threading.Event(), threading.Event()

    def run() -> None:
        working.wait()
        threads.pass_door()
        passed.set()

    thread = threading.Thread(target=run, daemon=True)
    with threads.door_shut(time.monotonic() + SOON_S):
        thread.start()
        assert threads.runnable(), "it waits for something that the runner does not know"
        working.set()
        come_to_rest(threads)
        assert not passed.is_set()
    thread.join(SOON_S)
    assert passed.is_set()
