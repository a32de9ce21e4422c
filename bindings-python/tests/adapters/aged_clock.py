"""A clock that makes a token old at once."""

from __future__ import annotations

import evertoken


class AgedClock(evertoken.Clock):
    """The system's clock, which a test puts forward: a token of a few seconds is not believed to be bad at once."""

    def __init__(self) -> None:
        self._ahead_ms = 0

    def pass_by(self, seconds: float) -> None:
        """Lets time pass for the source alone."""
        self._ahead_ms += int(seconds * 1000)

    def now(self) -> tuple[int, int]:
        mono, wall = super().now()
        return mono + self._ahead_ms, wall + self._ahead_ms
