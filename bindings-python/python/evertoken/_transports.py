"""Which HTTP library sends token requests."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import TypeIs

    from evertoken._transport import AsyncTransport, TokenAnswer, TokenRequest, Transport


def is_sync(transport: Transport | AsyncTransport) -> TypeIs[Transport]:
    """Says whether a transport works on a thread."""
    return callable(getattr(transport, "send", None))


def is_async(transport: Transport | AsyncTransport) -> TypeIs[AsyncTransport]:
    """Says whether a transport works on an event loop."""
    return callable(getattr(transport, "asend", None))


class Transports:
    """The transports of a source: what the user gave, else what adapters offered, else what is installed."""

    def __init__(self, given: Transport | AsyncTransport | None) -> None:
        if given is not None and not is_sync(given) and not is_async(given):
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
            self._made[asynchronous] = factory() if factory else _default(asynchronous)
        return self._made[asynchronous]


def _default(asynchronous: bool) -> Transport | AsyncTransport:
    if asynchronous:
        from importlib.util import find_spec

        if any(find_spec(library) for library in ("httpx", "httpx2", "aiohttp")):
            return _Installed()
    return installed(asynchronous)


class _Installed:
    """The transport of an HTTP library that is installed, imported off the event loop, which it would keep for long."""

    def __init__(self) -> None:
        self._found: Any = None

    async def asend(self, request: TokenRequest) -> TokenAnswer:
        from functools import partial

        from evertoken._waiting import on_thread

        if self._found is None:
            self._found = await on_thread(partial(installed, asynchronous=True))
        if is_async(self._found):
            return await self._found.asend(request)
        answer: TokenAnswer = await on_thread(partial(self._found.send, request))
        return answer


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
