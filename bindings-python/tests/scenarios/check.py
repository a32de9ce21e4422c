"""What a file expects, held against what has happened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from .api import Answer
from .calls import Bare, Call, Cancelled, Failed, Header, HttpFailure
from .envelope import Count, Failure, Kind
from .format import CallIs, Control, Counts, ErrorIs, Expect, Explained, Sent, Vendor
from .world import START_MS, World

START = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=START_MS)
TOKEN_NAME = re.compile(r"<(\w+)#(\d+)>", re.ASCII)


class Tokens:
    """The tokens that the texts of a step name."""

    def __init__(self, world: World, texts: Iterable[str | None]) -> None:
        vendors = {vendor for text in texts if text is not None for vendor, _ in TOKEN_NAME.findall(text)}
        self._tokens = {
            name: token for vendor in sorted(vendors) for name, token in world.control.tokens(vendor).items()
        }

    def filled_in(self, text: str) -> str:
        """Puts the tokens in; one that was not issued stays a name, and so differs from whatever came."""
        return TOKEN_NAME.sub(lambda name: self._tokens.get(name[0], name[0]), text)


class Check:
    """Compares, counts what it compares, and remembers what the expectations have covered."""

    def __init__(self, world: World, count: Count) -> None:
        self._world = world
        self._count = count
        self._counted: dict[str, dict[str, int]] = {}
        self._ended: dict[str, bool] = {}
        self._events: dict[str, int] = {}

    def _same(self, kind: Kind, what: str, expected: object, got: object) -> None:
        self._count.made += 1
        if expected != got:
            raise Failure(kind, f"{what}: expected {expected!r}, got {got!r}")

    def control(self, step: Control) -> None:
        """Notes a request that clears the log: counts begin anew."""
        if step.path == "/reset" or (step.method, step.path) == ("DELETE", "/log"):
            self._counted.clear()

    def expect(self, expect: Expect) -> None:
        """Holds a step's expectations against the world."""
        tokens = Tokens(self._world, _texts(expect))
        for name, is_ in expect.calls.items():
            self._ended[name] = not is_.waiting
            self._calls(name, is_, tokens)
        if expect.counts:
            self._counts(expect.counts)
        for sent in expect.sent:
            self._sent(sent, tokens)
        for client, names in expect.events.items():
            told = [event.type for event in self._world.events[client]]
            before, self._events[client] = self._events.get(client, 0), len(told)
            self._same("wrong_events", f"events of {client}", names, told[before:])
        for client, explained in expect.explain.items():
            self._explain(client, explained)

    def end(self) -> None:
        """The end of a file: every call and every request was spoken of."""
        self._count.made += 1
        for name, calls in sorted(self._world.calls.items()):
            waits, ended = any(call.returned is None for call in calls), self._ended.get(name)
            if ended is None and waits:
                raise Failure("stuck", f"`{name}` has not returned")
            if ended is None or (not ended and not waits):
                raise Failure("missing_step", f"no step says how `{name}` ended")
        self._count.made += 1
        for vendor, received in self._world.control.counts().items():
            for kind in ("token", "api"):
                expected = self._counted.get(vendor, {}).get(kind, 0)
                if expected != received[kind]:
                    what = f"{vendor}: {kind} requests: the last count was {expected}, at the end"
                    raise Failure("extra_request", f"{what} there are {received[kind]}")

    def _calls(self, name: str, is_: CallIs, tokens: Tokens) -> None:
        """Calls of `times` count once."""
        before = self._count.made
        for call in self._world.calls[name]:
            self._count.made = before
            self._call(name, is_, call, tokens)

    def _call(self, name: str, is_: CallIs, call: Call, tokens: Tokens) -> None:
        match call.returned:
            case None if is_.waiting:
                self._same("stuck", name, True, True)
            case None:
                raise Failure("stuck", f"`{name}` has not returned")
            case Cancelled() if is_.cancelled:
                self._same("wrong_result", name, True, True)
            case HttpFailure() if is_.http_failure:
                self._same("wrong_result", name, True, True)
            case Header(headers) if is_.header is not None:
                expected = {header: tokens.filled_in(value) for header, value in is_.header.items()}
                self._same("wrong_token", name, expected, headers)
            case Header(headers) if is_.token is not None:
                value, token = ", ".join(headers.values()), tokens.filled_in(is_.token)
                self._same("wrong_token", name, token, token if value.split(" ")[-1] == token else value)
            case Bare(token) if is_.token is not None:
                self._same("wrong_token", name, tokens.filled_in(is_.token), token)
            case Failed(error) if is_.error is not None:
                self._error(name, is_.error, error)
            case Answer() as answer if is_.status is not None:
                self._same("wrong_status", name, is_.status, answer.status)
                if is_.body is not None:
                    self._same("wrong_result", f"{name}: body", tokens.filled_in(is_.body), answer.body)
                self._headers("wrong_result", name, is_.headers, answer.headers, tokens)
            case returned:
                raise Failure("wrong_result", f"`{name}` returned {returned}") from _cause(returned)

    def _error(self, name: str, is_: ErrorIs, error: Any) -> None:
        shown = f"{name}: {error}"
        self._same("wrong_code", shown, is_.code, error.code)
        if is_.error_class is not None:
            self._same("wrong_code", f"{shown}: class", is_.error_class, error.error_class)
        if is_.retryable is not None:
            self._same("wrong_result", f"{shown}: retryable", is_.retryable, error.retryable)
        if is_.retry_at_ms is not None:
            at_ms = None if error.retry_at is None else (error.retry_at - START) / timedelta(milliseconds=1)
            self._same("wrong_time", f"{shown}: retry_at_ms", is_.retry_at_ms, at_ms)
        if is_.status is not None:
            self._same("wrong_result", f"{shown}: status", is_.status, error.status)
        if is_.provider_code is not None:
            self._same("wrong_result", f"{shown}: provider_code", is_.provider_code, error.provider_code)
        if is_.says is not None:
            says = is_.says in f"{error.description or ''} {error.fix}"
            self._same("wrong_result", f"{shown}: says {is_.says!r}", True, says)

    def _headers(
        self, kind: Kind, of: str, expected: Mapping[str, str | None], got: Iterable[Iterable[str]], tokens: Tokens
    ) -> None:
        pairs = [tuple(pair) for pair in got]
        for name, value in expected.items():
            values = [pair[1] for pair in pairs if pair[0] == name]
            wanted = None if value is None else tokens.filled_in(value)
            self._same(kind, f"{of}: {name}", wanted, ", ".join(values) if values else None)

    def _counts(self, expected: Mapping[Vendor, Counts]) -> None:
        received = self._world.control.counts()
        for vendor, counts in expected.items():
            for kind, number in (("token", counts.token), ("api", counts.api)):
                if number is not None:
                    self._same("wrong_count", f"{kind} requests to {vendor}", number, received[vendor][kind])
                    self._counted.setdefault(vendor, {})[kind] = number

    def _sent(self, is_: Sent, tokens: Tokens) -> None:
        of = f"{is_.vendor} {is_.kind} request {is_.nth}"
        log = self._world.control.log(is_.vendor, is_.kind)
        if not 1 <= is_.nth <= len(log):
            raise Failure("missing_request", f"{of}: only {len(log)} came")
        entry = log[is_.nth - 1]
        if is_.method is not None:
            self._same("wrong_bytes", f"{of}: method", is_.method, entry["method"])
        if is_.path is not None:
            self._same("wrong_bytes", f"{of}: path", is_.path, entry["target"])
        self._headers("wrong_bytes", of, is_.headers, entry["headers"], tokens)
        if is_.body is not None:
            self._same("wrong_bytes", f"{of}: body", tokens.filled_in(is_.body), entry["body_text"])
        if is_.status is not None:
            self._same("wrong_status", f"{of}: answered", is_.status, entry.get("status"))

    def _explain(self, client: str, is_: Explained) -> None:
        got = self._world.explain(client)
        if got is None:
            raise Failure("wrong_explanation", f"{client} could not be made")
        if is_.token is not None:
            self._same(
                "wrong_explanation", f"{client}: token", is_.token, "none" if got.token is None else got.token.zone
            )
        if is_.lifetime_ms is not None:
            lifetime_ms = None if got.token is None else got.token.lifetime_ms
            self._same("wrong_explanation", f"{client}: lifetime_ms", is_.lifetime_ms, lifetime_ms)
        if is_.flight is not None:
            self._same("wrong_explanation", f"{client}: flight", is_.flight, got.flight.state)
        if is_.why is not None:
            self._same("wrong_explanation", f"{client}: why", is_.why, got.flight.why)
        if is_.waiting is not None:
            self._same("wrong_explanation", f"{client}: waiting", is_.waiting, got.waiting)


def _texts(expect: Expect) -> Iterator[str | None]:
    for is_ in expect.calls.values():
        yield from (is_.token, is_.body, *is_.headers.values(), *(is_.header or {}).values())
    for sent in expect.sent:
        yield from (sent.body, *sent.headers.values())


def _cause(returned: object) -> BaseException | None:
    error = getattr(returned, "error", None)
    return error if isinstance(error, BaseException) else None
