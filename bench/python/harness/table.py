"""Figures as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Table:
    """A heading, what was done, columns and rows."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    about: str = ""

    def __str__(self) -> str:
        lines = [f"### {self.title}", ""]
        if self.about:
            lines += [self.about, ""]
        lines.append("| " + " | ".join(self.columns) + " |")
        lines.append("|" + "---|" * len(self.columns))
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join(lines) + "\n"


def ms(seconds: float) -> str:
    return str(round(seconds * 1_000))


def percentile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


def missing(found: dict[str, Any]) -> str:
    """What stands where a child brought no figures."""
    return "stuck" if found.get("stuck") else str(found["error"]).replace("|", "\\|")[:120]
