"""The flow of an API call: token, answer, judgement, perhaps a second try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from evertoken._httpx.headers import TokenHeaders
from evertoken._recovery import Carrier

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from evertoken._httpx.library import Library
    from evertoken._httpx.transport import AsyncSender, Sender
    from evertoken._native import Snapshot
    from evertoken._source import TokenSource


class AuthFlow:
    """Half of an ``httpx.Auth``."""

    _library: ClassVar[Library]
    _transport: ClassVar[type[Sender]]
    _async_transport: ClassVar[type[AsyncSender]]

    def __init__(self, source: TokenSource, *, min_valid: float = 0.0, patience: float | None = None) -> None:
        """Makes the authentication of requests to the source's API.

        Args:
            source: Where tokens come from; share one.
            min_valid: Seconds that a token must still be good for, for uploads and streams.
            patience: Seconds that a call waits for a token; by default the source's, within the largest of the
                client's time-outs.
        """
        self._carrier = Carrier(source, min_valid, patience)
        self._strict = False
        self._library.headers.check(self._carrier.header_name)
        source._prefer(self._transport, asynchronous=False)
        source._prefer(self._async_transport, asynchronous=True)

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        if not self._admits(request):
            yield request
            return
        limit = _time_out(request)
        snapshot = self._carrier.obtain(limit)
        retried = False
        while True:
            self._put(request, snapshot)
            response = yield request
            ours = self._sent(response, snapshot)
            if not self._suspects(response, ours):
                return
            if not self._rejects(response, response.read() if self._reads_body(response) else None):
                return
            # An answer that is not read holds its connection, which whoever gets the next token may need.
            response.read()
            request = response.request
            if not ours:
                continue
            replayable = self._replayable(request)
            again = self._carrier.recover(snapshot, replayable=replayable, retried=retried, limit=limit)
            if again is None:
                return
            snapshot, retried = again, True

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        if not self._admits(request):
            yield request
            return
        limit = _time_out(request)
        snapshot = await self._carrier.aobtain(limit)
        retried = False
        while True:
            self._put(request, snapshot)
            response = yield request
            ours = self._sent(response, snapshot)
            if not self._suspects(response, ours):
                return
            if not self._rejects(response, await response.aread() if self._reads_body(response) else None):
                return
            await response.aread()
            request = response.request
            if not ours:
                continue
            replayable = self._replayable(request)
            again = await self._carrier.arecover(snapshot, replayable=replayable, retried=retried, limit=limit)
            if again is None:
                return
            snapshot, retried = again, True

    def _admits(self, request: Any) -> bool:
        if isinstance(request.headers, TokenHeaders):  # a request that is sent again: without the token of then
            request.headers = self._library.module.Headers(request.headers)
        url = str(request.url)
        if self._strict and not self._carrier.allows(url):
            self._carrier.source.url(url)
        return self._carrier.admits(url, request.headers)

    def _put(self, request: Any, snapshot: Snapshot) -> None:
        headers: Any = self._library.headers(self._library.module.Headers(request.headers), snapshot)
        accept = self._carrier.accept(str(request.url), headers.get("accept"))
        if accept is not None:
            headers["Accept"] = accept
        request.headers = headers

    def _sent(self, response: Any, snapshot: Snapshot) -> bool:
        """Says whether the request that was answered carried our very header."""
        headers = response.request.headers
        return isinstance(headers, TokenHeaders) and headers.carries(snapshot)

    def _suspects(self, response: Any, ours: bool) -> bool:
        return self._carrier.suspects(response.status_code) and (ours or self._lost_on_the_way(response))

    def _lost_on_the_way(self, response: Any) -> bool:
        """Says whether the client itself has followed a redirect within the API, where our header does not go along."""
        return (
            bool(response.history)
            and self._carrier.header_name not in response.request.headers
            and all(self._carrier.allows(str(hop.request.url)) for hop in [*response.history, response])
            and self._replayable(response.request)
        )

    def _replayable(self, request: Any) -> bool:
        return isinstance(request.stream, self._library.module.ByteStream)

    def _reads_body(self, response: Any) -> bool:
        return self._carrier.reads_body(response.status_code, response.headers.multi_items())

    def _rejects(self, response: Any, body: bytes | None) -> bool:
        return self._carrier.rejects(response.status_code, response.headers.multi_items(), body)


def _time_out(request: Any) -> float | None:
    """The largest of the time-outs of a request, in seconds; none if one of them has no limit."""
    limits = list(request.extensions.get("timeout", {}).values())
    return None if not limits or None in limits else max(limits)
