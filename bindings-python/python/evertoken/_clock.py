"""Time as a source sees it, so that tests can run in virtual time."""

from __future__ import annotations

import os

from evertoken import _native
from evertoken._waiting import call_later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from evertoken._waiting import ThreadWakeup


class Clock:
    """Tells a source the time, draws its random numbers, and waits; the system's, unless a test overrides it.

    Give an instance of a subclass as ``TokenSource(clock=..)``. Whatever the source compares, and whatever it waits
    with, goes through it, so a test decides when a token gets old and when a wait is over.
    """

    def now(self) -> tuple[int, int]:
        """Returns monotonic and Unix milliseconds; the first never runs backwards."""
        return _native.Machine.now()

    def entropy(self) -> int:
        """Returns an unsigned number of 64 bits, which spreads refreshes and pauses."""
        return int.from_bytes(os.urandom(8), "little")

    def wait(self, wakeup: ThreadWakeup, ms: int) -> None:
        """Blocks a synchronous caller until ``wakeup`` is set, at most ``ms`` milliseconds."""
        wakeup.wait(ms / 1000)

    def call_later(self, ms: int, callback: Callable[[], None]) -> Callable[[], None]:
        """Arms the timer of an asynchronous caller on its event loop; returns what cancels it."""
        return call_later(ms, callback)
