"""What the clients' threads are doing: whether one of them can go on by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _never() -> bool:
    return False


class Threads:
    """The threads that clients have begun since this was made."""

    def __init__(self) -> None:
        self._others = {thread.ident for thread in threading.enumerate()}
        self._blocked: dict[int, Callable[[], bool]] = {}

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
        return [thread for thread in threading.enumerate() if thread.ident not in self._others]

    def runnable(self) -> bool:
        """Says whether one of them has something to do."""
        return any(self._can_run(thread.ident) for thread in self.alive())

    def _can_run(self, ident: int | None) -> bool:
        woken = None if ident is None else self._blocked.get(ident)
        return woken is None or woken()
