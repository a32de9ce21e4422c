"""What the clients' threads are doing: whether one of them can go on by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HOUSEKEEPING = ("idle_conn_watch_task", "asyncio_", "Trio thread", "evertoken-deadline")
"""Threads that do no work of a client, by parts of their names: of urllib3-future, asyncio and trio, and the timer of a
token request's real time."""


def _never() -> bool:
    return False


class Threads:
    """The threads that clients have begun since this was made."""

    def __init__(self) -> None:
        self._others = set(threading.enumerate())
        self._blocked: dict[int, Callable[[], bool]] = {}
        self._door = threading.Event()
        self._door.set()

    @contextmanager
    def door_shut(self, until: float) -> Iterator[None]:
        """Lets no request out until all threads that are begun meanwhile have come as far as they can without it."""
        self._door.clear()
        try:
            yield
            self.run(until)
        finally:
            self._door.set()

    def pass_door(self) -> None:
        """Waits at the door of the HTTP library while it is shut."""
        with self.blocked(self._door.is_set):
            self._door.wait()

    def run(self, until: float) -> bool:
        """Lets the threads run until none has anything to do; False where that takes too long."""
        while self.runnable():
            if time.monotonic() > until:
                return False
            time.sleep(0.0001)
        return True

    @contextmanager
    def blocked(self, woken: Callable[[], bool] = _never) -> Iterator[None]:
        """Notes that this thread waits for somebody else, as long as ``woken`` does not say otherwise."""
        me = threading.get_ident()
        self._blocked[me] = woken
        try:
            yield
        finally:
            del self._blocked[me]

    def alive(self) -> list[threading.Thread]:
        """Returns those that are not over."""
        begun = [thread for thread in threading.enumerate() if thread not in self._others]
        return [thread for thread in begun if not any(task in thread.name for task in HOUSEKEEPING)]

    def runnable(self) -> bool:
        """Says whether one of them has something to do."""
        return any(self._can_run(thread.ident) for thread in self.alive())

    def _can_run(self, ident: int | None) -> bool:
        woken = None if ident is None else self._blocked.get(ident)
        return woken is None or woken()
