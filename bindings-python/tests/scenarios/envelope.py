"""What stands round a scenario: its file, how it must fail if it is wrong on purpose, and how its result is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

ROOT = Path(__file__).resolve().parents[3] / "core" / "scenarios"

Kind = Literal[
    "malformed",
    "unknown_field",
    "unknown_step",
    "no_expectation",
    "missing_step",
    "wrong_count",
    "extra_request",
    "missing_request",
    "wrong_bytes",
    "wrong_code",
    "wrong_result",
    "wrong_status",
    "wrong_time",
    "wrong_token",
    "wrong_events",
    "wrong_explanation",
    "stuck",
    "secret_shown",
    "not_failed",
    "failed_otherwise",
]

KINDS: frozenset[str] = frozenset(get_args(Kind))


class Failure(Exception):
    """Says why a scenario failed, at which step, and what was expected and came instead."""

    def __init__(self, kind: Kind, detail: str, step: int | None = None) -> None:
        super().__init__(kind, detail, step)
        self.kind: Kind = kind
        self.detail = detail
        self.step = step

    def __str__(self) -> str:
        place = "" if self.step is None else f"step {self.step}: "
        return f"{place}{self.kind}: {self.detail}"


@dataclass(frozen=True)
class File:
    """A scenario file as it was found; ``name`` is its path below ``core/scenarios``."""

    name: str
    text: str

    @property
    def title(self) -> str:
        """The scenario's own name; the file's where it cannot be read."""
        document = self._document()
        title = document.get("name")
        return title if isinstance(title, str) else self.name

    @property
    def must_fail(self) -> tuple[str, int | None] | None:
        """The kind and step that a runner must report, of a file that is wrong on purpose."""
        stated = self._document().get("must_fail")
        return (str(stated.get("kind")), stated.get("step")) if isinstance(stated, dict) else None

    def _document(self) -> dict[str, Any]:
        try:
            document = json.loads(self.text)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}


def files(folder: str, only: str | None = None) -> Iterator[File]:
    """Reads the files of a folder such as ``must-fail/client``, in the order of their names."""
    for path in sorted((ROOT / folder).glob("*.json")):
        file = File(f"{folder}/{path.name}", path.read_text(encoding="utf-8"))
        if only is None or only in file.name or only in file.title:
            yield file


@dataclass(frozen=True)
class Record:
    """The result of one file."""

    file: File
    assertions: int
    failure: Failure | None

    @property
    def passed(self) -> bool:
        """Whether it is as the file says; a wrong file passes where it fails as it states."""
        return self.failure is None

    def json(self) -> dict[str, Any]:
        """Returns the record in the form of a results file."""
        outcome: dict[str, Any] = {"result": "passed"}
        if self.failure is not None:
            outcome = {"result": "failed", "kind": self.failure.kind, "detail": self.failure.detail}
            if self.failure.step is not None:
                outcome["step"] = self.failure.step
        of = {"name": self.file.title, "file": self.file.name, "level": "client"}
        return {**of, "assertions": self.assertions, "outcome": outcome}

    def __str__(self) -> str:
        return f"{self.file.title} ({self.file.name}): {self.failure or f'passed, {self.assertions} assertions'}"


class Count:
    """How many comparisons were made."""

    made = 0


def record(file: File, run: Callable[[Count], None]) -> Record:
    """Runs a file and judges it; what a wrong file came to is turned round."""
    count = Count()
    failure: Failure | None = None
    try:
        run(count)
    except Failure as failed:
        failure = failed
    stated = file.must_fail
    if stated is not None:
        kind, step = stated
        if failure is None:
            failure = Failure("not_failed", f"{kind} was not reported", step)
        elif (failure.kind, failure.step) == (kind, step):
            failure = None
        else:
            failure = Failure("failed_otherwise", f"expected {kind} at step {step}, got {failure}", failure.step)
    return Record(file, count.made, failure)
