"""Calls in the background, and what they return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import evertoken

from .api import Answer, Api
from .format import Headers, Request, Token


@dataclass(frozen=True)
class Header:
    headers: dict[str, str]

    def __str__(self) -> str:
        return f"the headers {self.headers}"


@dataclass(frozen=True)
class Bare:
    token: str

    def __str__(self) -> str:
        return f"the token {self.token}"


@dataclass(frozen=True)
class Failed:
    error: evertoken.EvertokenError

    def __str__(self) -> str:
        return f"the error {self.error}"


@dataclass(frozen=True)
class HttpFailure:
    error: Exception

    def __str__(self) -> str:
        return f"the HTTP library's failure: {self.error!r}"


@dataclass(frozen=True)
class Crash:
    """An exception that no call may raise."""

    error: BaseException

    def __str__(self) -> str:
        return f"an exception that is nobody's: {self.error!r}"


@dataclass(frozen=True)
class Cancelled:
    def __str__(self) -> str:
        return "nothing, it was cancelled"


Returned = Header | Bare | Answer | Failed | HttpFailure | Crash | Cancelled


class Call:
    """One call; ``returned`` is None as long as it waits."""

    def __init__(self, cancel: Callable[[], object]) -> None:
        self.cancel = cancel
        self.returned: Returned | None = None

    def end(self, returned: Returned) -> None:
        """Notes what it returned."""
        self.returned = returned


class Client:
    """A source, and over it an authenticated client of an HTTP library."""

    def __init__(self, source: evertoken.TokenSource, api: Api, cancelled: type[BaseException]) -> None:
        self.source = source
        self.api = api
        self._cancelled = cancelled

    def call(self, step: Headers | Token | Request) -> Returned:
        """Makes a call on this thread."""
        try:
            match step:
                case Headers():
                    return Header(dict(self.source.headers(**_options(step))))
                case Token():
                    return Bare(self.source.token())
                case Request():
                    return self.api.request(step)
        except BaseException as error:
            return self._returned(error)

    async def acall(self, step: Headers | Token | Request) -> Returned:
        """Makes a call in this task."""
        try:
            match step:
                case Headers():
                    return Header(dict(await self.source.aheaders(**_options(step))))
                case Token():
                    return Bare(await self.source.atoken())
                case Request():
                    return await self.api.arequest(step)
        except BaseException as error:
            return self._returned(error)

    def _returned(self, error: BaseException) -> Returned:
        if isinstance(error, self._cancelled):
            return Cancelled()
        if isinstance(error, evertoken.EvertokenError):
            return Failed(error)
        return HttpFailure(error) if isinstance(error, self.api.failures) else Crash(error)


def _options(step: Headers) -> dict[str, float]:
    options = {"min_valid": step.min_valid_ms / 1000}
    return options if step.patience_ms is None else {**options, "patience": step.patience_ms / 1000}
