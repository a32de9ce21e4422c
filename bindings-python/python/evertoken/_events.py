"""What happened to tokens, and what a source is about to do: numbers and codes, nothing secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from evertoken._names import EventType
from evertoken._native import Explained


@dataclass(frozen=True)
class Event:
    """Something that happened to a source's token.

    Attributes:
        type: What happened: ``started``, ``granted``, ``failed``, ``paused``, ``rejected``, ``expired`` and others;
            the same names in every language.
        fields: The facts by name, such as ``generation``, ``lifetime_ms``, ``attempt``, ``reason``, ``error``.
    """

    type: EventType
    fields: Mapping[str, Any]

    def __str__(self) -> str:
        return " ".join([self.type, *(f"{name}={value}" for name, value in self.fields.items())])


@dataclass(frozen=True)
class TokenView:
    """A held token without the token; ``.._in_s`` are seconds from now, 0 for what is over.

    Attributes:
        generation: Counts the tokens of the source.
        zone: ``fresh``, ``window``, ``hard``, ``withheld`` or ``rejected``.
        lifetime_ms: The whole lifetime.
        refresh_in_s: When a refresh begins that nobody waits for.
        expires_in_s: When the token is over.
    """

    generation: int
    zone: str
    lifetime_ms: int
    refresh_in_s: float
    expires_in_s: float


@dataclass(frozen=True)
class FlightView:
    """What is done about the token endpoint.

    Attributes:
        state: ``idle``, ``in_flight`` or ``paused``.
        why: Why it is paused: ``abandoned``, ``same_token``, ``single_use``, ``terminal`` or ``transient``.
        reason: Why a request is on its way, such as ``window``.
        until_s: Seconds until the pause or the attempt is over.
        error: The code of the failure behind a pause.
    """

    state: str
    why: str | None = None
    reason: str | None = None
    until_s: float | None = None
    error: str | None = None


@dataclass(frozen=True)
class Explanation:
    """What a source holds, does and will do next; ``str()`` says it in words.

    Attributes:
        token: What is held, if anything.
        flight: What is done about the token endpoint.
        waiting: How many callers wait.
        requests: Token requests so far.
        tokens: Tokens so far.
        text: The same in words.
    """

    token: TokenView | None
    flight: FlightView
    waiting: int
    requests: int
    tokens: int
    text: str

    def __str__(self) -> str:
        return self.text


def event(told: str) -> Event:
    """Reads an event as the core writes it."""
    fields = json.loads(told)
    return Event(fields.pop("type"), MappingProxyType(fields))


def explanation(explained: Explained) -> Explanation:
    """Reads an explanation as the core writes it."""
    seen = json.loads(explained.json)
    now = seen["now"]
    token, flight = seen["token"], seen["flight"]
    error = flight.get("error")
    return Explanation(
        token=None
        if token is None
        else TokenView(
            generation=token["generation"],
            zone=token["zone"],
            lifetime_ms=token["lifetime_ms"],
            refresh_in_s=_left(token["refresh_at"], now),
            expires_in_s=_left(token["expires_at"], now),
        ),
        flight=FlightView(
            state=flight["state"],
            why=flight.get("why"),
            reason=flight.get("reason"),
            until_s=_left(flight["until"], now) if "until" in flight else None,
            error=None if error is None else error["code"],
        ),
        waiting=seen["waiting"],
        requests=seen["attempts"],
        tokens=seen["generations"],
        text=explained.text,
    )


def _left(at: dict[str, int], now: dict[str, int]) -> float:
    """An instant is over when either clock says so."""
    return float(max(0, min(at["mono"] - now["mono"], at["wall"] - now["wall"]))) / 1000
