"""A clock that a program moves on."""

import evertoken


class Later(evertoken.Clock):
    """The system's clock and so many milliseconds more."""

    by_ms = 0

    def now(self) -> tuple[int, int]:
        mono, wall = super().now()
        return mono + self.by_ms, wall + self.by_ms
