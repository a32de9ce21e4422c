"""How token requests are sent: the HTTP library's part, and which library it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, repr=False)
class TokenRequest:
    """A token request, which carries the credentials: sent byte for byte, without cookies, cache, redirects and logs.

    Attributes:
        method: In upper case.
        url: Absolute; its query may carry a secret.
        headers: Names and values in their order.
        body: Sent as it is; ``None`` sends none.
        timeout: Seconds that the whole request may take.
        body_limit: Bytes of the answer's body that are read at most.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    timeout: float
    body_limit: int

    @property
    def is_encrypted(self) -> bool:
        """Says whether it goes over https; if not, it is for this machine, and no proxy of the environment reads it."""
        return self.url.startswith("https:")

    def __repr__(self) -> str:
        return f"TokenRequest({self.method}, redacted)"


@dataclass(frozen=True, repr=False)
class TokenAnswer:
    """What came back, of any status, a redirect included.

    Attributes:
        status: The status code.
        headers: Names and values.
        body: At most ``body_limit`` bytes.
        truncated: There was more.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool = False

    def __repr__(self) -> str:
        return f"TokenAnswer({self.status}, {len(self.body)} bytes, redacted)"


@runtime_checkable
class Transport(Protocol):
    """Sends token requests from a thread of the source."""

    def send(self, request: TokenRequest) -> TokenAnswer:
        """Sends one request; raises the HTTP library's own exception when no answer comes."""
        ...


@runtime_checkable
class AsyncTransport(Protocol):
    """Sends token requests from a task of the source."""

    async def asend(self, request: TokenRequest) -> TokenAnswer:
        """Sends one request; raises the HTTP library's own exception when no answer comes."""
        ...


class Transports:
    """The transports of a source: what the user gave, else what adapters offered, else what is installed."""

    def __init__(self, given: Transport | AsyncTransport | None) -> None:
        if given is not None and not isinstance(given, (Transport, AsyncTransport)):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("transport: has a method send(request) or an asynchronous asend(request)")
        self.given = given
        self._offered: dict[bool, Callable[[], Transport | AsyncTransport]] = {}
        self._made: dict[bool, Transport | AsyncTransport] = {}

    def offer(self, factory: Callable[[], Transport | AsyncTransport], *, asynchronous: bool) -> None:
        """Offers the transport of an adapter's library; the first offer of a kind is taken."""
        self._offered.setdefault(asynchronous, factory)

    def choose(self, *, asynchronous: bool) -> Transport | AsyncTransport:
        """Returns the transport for a caller of this kind; where its own kind is missing, one of the other."""
        if self.given is not None:
            return self.given
        if asynchronous not in self._made:
            factory = self._offered.get(asynchronous) or self._offered.get(not asynchronous)
            # Two threads may make two of them, which is harmless: they hold no connection.
            self._made[asynchronous] = factory() if factory else installed(asynchronous)
        return self._made[asynchronous]


def installed(asynchronous: bool) -> Transport | AsyncTransport:
    """Makes the transport of an HTTP library that is installed; the standard library's where there is none."""
    try:
        from evertoken import httpx

        return httpx.AsyncTransport() if asynchronous else httpx.Transport()
    except ImportError:
        pass
    try:
        from evertoken import httpx2

        return httpx2.AsyncTransport() if asynchronous else httpx2.Transport()
    except ImportError:
        pass
    if asynchronous:
        try:
            from evertoken import aiohttp

            return aiohttp.Transport()
        except ImportError:
            pass
    try:
        from evertoken import requests

        return requests.Transport()
    except ImportError:
        from evertoken._urllib import UrllibTransport

        return UrllibTransport()
