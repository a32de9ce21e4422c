"""What a run was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Options:
    """How long the rows take: `scale` stretches the times of loads and the rounds of the hot path."""

    scale: float = 1.0
    names: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Job:
    """One child process: a function of a row, for one contender or one family."""

    function: str
    name: str
    limit: float = 60.0
    """Seconds after which the child counts as stuck."""
    alone: bool = False
    """Nothing else runs beside it."""
