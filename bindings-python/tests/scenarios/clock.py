"""Virtual time: both clocks, the timers and the random numbers of the clients, moved by the runner alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import evertoken
from evertoken._waiting import ThreadWakeup

from .threads import Threads

LOWEST = 0x61C8864680B583EB
"""The entropy with which every draw takes its lowest value."""


class Timer:
    """A wait for a virtual instant."""

    def __init__(self, due_mono: int, wake: Callable[[], object]) -> None:
        self.due_mono = due_mono
        self.wake = wake
        self.fired = False

    def fire(self) -> None:
        """Ends the wait."""
        self.fired = True
        self.wake()


class VirtualClock(evertoken.Clock):
    """Clocks and timers that stand still until they are moved.

    Moving the clocks and firing the timers are two things, because what a server answers at an instant is handed over
    before the timers of that instant fire.
    """

    def __init__(
        self, start_ms: int, entropy: int, threads: Threads, call_soon: Callable[[Callable[[], None]], object]
    ) -> None:
        self._lock = threading.Lock()
        self._mono = 5_000_000  # any number but the wall clock's
        self._wall = start_ms
        self._entropy = entropy
        self._timers: list[Timer] = []
        self._threads = threads
        self._call_soon = call_soon
        self._asleep: dict[int, ThreadWakeup] = {}
        self._interrupted: set[int] = set()
        self._stopped = False

    # What a source asks.

    def now(self) -> tuple[int, int]:
        with self._lock:
            return self._mono, self._wall

    def entropy(self) -> int:
        return self._entropy

    def wait(self, wakeup: ThreadWakeup, ms: int) -> None:
        me = threading.get_ident()
        timer = self._set(ms, wakeup.set)
        if ms <= 0:
            timer.fire()

        def woken() -> bool:
            return wakeup.is_set() or self._stopped or me in self._interrupted

        self._asleep[me] = wakeup
        if not self._stopped:
            with self._threads.blocked(woken):
                wakeup.wait()
        del self._asleep[me]
        self._drop(timer)
        if timer.fired:
            wakeup.clear()  # it was the time that woke the thread
        if self._stopped or me in self._interrupted:
            self._interrupted.discard(me)
            raise KeyboardInterrupt
        time.sleep(0)  # a wait for nothing lets the others have their turn

    def call_later(self, ms: int, callback: Callable[[], None]) -> Callable[[], None]:
        cancelled = threading.Event()

        def call() -> None:
            if not cancelled.is_set():
                callback()

        def cancel() -> None:
            cancelled.set()
            self._drop(timer)

        timer = self._set(ms, lambda: self._call_soon(call))
        if ms <= 0:
            timer.fire()
        return cancel

    def _set(self, ms: int, wake: Callable[[], object]) -> Timer:
        with self._lock:
            timer = Timer(self._mono + max(ms, 0), wake)
            self._timers.append(timer)
            return timer

    def _drop(self, timer: Timer) -> None:
        with self._lock:
            if timer in self._timers:
                self._timers.remove(timer)

    # What the runner does.

    def advance(self, ms: int) -> None:
        """Moves both clocks; no timer fires."""
        with self._lock:
            self._mono += ms
            self._wall += ms

    def step_wall(self, ms: int) -> None:
        """Moves the wall clock alone, as a sleep of the machine does and whoever sets it."""
        with self._lock:
            self._wall += ms

    def next_due_ms(self) -> int | None:
        """Returns how long it is to the next timer; 0 when one is due."""
        with self._lock:
            due = [timer.due_mono for timer in self._timers if not timer.fired]
            return max(min(due) - self._mono, 0) if due else None

    def fire(self) -> int:
        """Fires the timers that are due, the earliest first and of one instant the one that was set first."""
        with self._lock:
            due = [timer for timer in self._timers if not timer.fired and timer.due_mono <= self._mono]
        for timer in sorted(due, key=lambda timer: timer.due_mono):
            timer.fire()
        return len(due)

    def interrupt(self, thread: threading.Thread) -> None:
        """Raises KeyboardInterrupt in a thread that waits, as Ctrl-C does in the main thread."""
        ident = thread.ident or 0
        self._interrupted.add(ident)
        self._asleep[ident].set()

    def stop(self) -> None:
        """Interrupts all threads that wait, now and from now on."""
        self._stopped = True
        for wakeup in list(self._asleep.values()):
            wakeup.set()
