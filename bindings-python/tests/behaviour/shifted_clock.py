"""The system's clock with an offset that a test moves: an hour passes at once, waits stay real."""

from __future__ import annotations

from evertoken import Clock
from token_endpoint import LIFETIME_MS, TokenEndpoint


class ShiftedClock(Clock):
    """A clock for one source and, if it is given, its server."""

    def __init__(self, endpoint: TokenEndpoint | None = None) -> None:
        self._endpoint = endpoint
        self._shift_ms = 0

    def advance(self, ms: int) -> None:
        """Lets time pass for the server and the source; a token that the source asks for at once is of the new time."""
        if self._endpoint is not None:
            self._endpoint.advance(ms)
        self._shift_ms += ms

    def enter_window(self) -> None:
        """Goes on from a fresh token to the window in which it is renewed in the background."""
        self.advance(LIFETIME_MS * 86 // 100)

    def now(self) -> tuple[int, int]:
        mono, wall = super().now()
        return mono + self._shift_ms, wall + self._shift_ms


class StandingClock(Clock):
    """A clock that tells the same time until it is moved; its timers and waits are real."""

    def __init__(self) -> None:
        self._now_ms = 1_000_000

    def advance(self, ms: int) -> None:
        """Lets time pass."""
        self._now_ms += ms

    def now(self) -> tuple[int, int]:
        return self._now_ms, 1_700_000_000_000 + self._now_ms
