"""The flow of an API call: token, answer, judgement, perhaps a second try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from evertoken._errors import refused
from evertoken._httpx.answer import adrop, apeek, drop, peek
from evertoken._httpx.headers import TokenHeaders, take_back, tell
from evertoken._recovery import Carrier

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from evertoken._httpx.headers import OpenHeaders
    from evertoken._httpx.library import Library
    from evertoken._httpx.transport import AsyncSender, Sender
    from evertoken._native import Snapshot
    from evertoken._source import TokenSource


class AuthFlow:
    """Half of an ``httpx.Auth``."""

    _library: ClassVar[Library]
    _transport: ClassVar[type[Sender]]
    _async_transport: ClassVar[type[AsyncSender]]
    _headers: type[TokenHeaders | OpenHeaders] | None

    def __init__(self, source: TokenSource, *, min_valid: float = 0.0, patience: float | None = None) -> None:
        """Makes the authentication of requests to the source's API.

        Args:
            source: Where tokens come from; share one.
            min_valid: Seconds that a token must still be good for, for uploads and streams.
            patience: Seconds that a call waits for a token; by default the source's, within the largest of the
                client's time-outs.
        """
        self._carrier = Carrier(source, min_valid, patience)
        self._header_key = self._carrier.header_name.lower().encode()
        # The library itself drops this one header on the way to another origin, so copies may have it.
        self._headers = None if self._header_key == b"authorization" else self._library.headers
        if self._headers is not None:
            self._library.headers.check(self._carrier.header_name)
        source._prefer(self._transport, asynchronous=False)
        source._prefer(self._async_transport, asynchronous=True)

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        accept = self._admits(request)
        if accept is None:
            yield request
            return
        carrier = self._carrier
        snapshot = carrier.fresh() or carrier.obtain(_time_out(request))
        retried = False
        while True:
            self._put(request, snapshot, accept)
            response = yield request
            if not carrier.suspects(response.status_code):
                return
            ours = self._sent(response, snapshot)
            if not ours and not self._lost_on_the_way(response, request):
                return
            body = peek(self._library, response) if self._reads_body(response) else None
            if not self._rejects(response, body):
                return
            # An answer that is not read holds its connection, which whoever gets the next token may need.
            is_whole = body is not None or peek(self._library, response) is not None
            request = response.request
            if not ours:
                continue
            limit, replayable = _time_out(request), self._replayable(request)
            again = carrier.recover(snapshot, replayable=replayable, retried=retried, limit=limit)
            if again is None:
                return
            if not is_whole:
                drop(self._library, response)
            snapshot, retried = again, True

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        accept = self._admits(request)
        if accept is None:
            yield request
            return
        carrier = self._carrier
        snapshot = carrier.fresh() or await carrier.aobtain(_time_out(request))
        retried = False
        while True:
            self._put(request, snapshot, accept)
            response = yield request
            if not carrier.suspects(response.status_code):
                return
            ours = self._sent(response, snapshot)
            if not ours and not self._lost_on_the_way(response, request):
                return
            body = await apeek(self._library, response) if self._reads_body(response) else None
            if not self._rejects(response, body):
                return
            # An answer that is not read holds its connection, which whoever gets the next token may need.
            is_whole = body is not None or await apeek(self._library, response) is not None
            request = response.request
            if not ours:
                continue
            limit, replayable = _time_out(request), self._replayable(request)
            again = await carrier.arecover(snapshot, replayable=replayable, retried=retried, limit=limit)
            if again is None:
                return
            if not is_whole:
                await adrop(self._library, response)
            snapshot, retried = again, True

    def _admits(self, request: Any) -> str | None:
        """Says whether a request gets the token, by the ``Accept`` to set, which may be empty.

        It does not get one if the user has put a header of that name on it.
        """
        take_back(request)  # one that is sent again carries the token of then
        is_default = True
        for name, value in request.headers.raw:
            key = name.lower()
            if key == self._header_key:
                return None
            if key == b"accept":
                is_default = value == b"*/*"
        accept = self._carrier.admits(str(request.url))
        return accept if is_default or accept is None else ""

    def _put(self, request: Any, snapshot: Snapshot, accept: str) -> None:
        headers: Any = request.headers
        if self._headers is None:
            headers[snapshot.header_name] = snapshot.header_value
        else:
            headers = self._headers(headers, snapshot)
        if accept:
            headers["Accept"] = accept
        request.headers = headers
        tell(request, snapshot)

    def _sent(self, response: Any, snapshot: Snapshot) -> bool:
        """Says whether the request that was answered carried our very header, to the API."""
        headers = response.request.headers
        if isinstance(headers, TokenHeaders):
            return headers.carries(snapshot)
        return headers.get(snapshot.header_name) == snapshot.header_value and (
            not response.history or self._carrier.allows(str(response.request.url))
        )

    def _lost_on_the_way(self, response: Any, request: Any) -> bool:
        """Says whether the client itself has followed a redirect within the API, where our header does not go along.

        Raises:
            ConfigurationError: Our very request was answered, and it was a copy that our header is not on.
        """
        name, headers = self._carrier.header_name, response.request.headers
        if response.request is request:
            if self._headers is self._library.headers and not isinstance(headers, TokenHeaders) and name not in headers:
                raise refused(
                    f"Something between the client and the network copies requests, and copies lack {name}",
                    f"Use evertoken.{self._library.module.__name__}.Client or AsyncClient, which put it on copies too.",
                )
            return False
        return (
            bool(response.history)
            and name not in headers
            and all(self._carrier.allows(str(hop.request.url)) for hop in [*response.history, response])
            and self._replayable(response.request)
        )

    def _serve_one_api(self) -> None:
        """Serves a client of ours: which calls nothing but the API, and follows redirects without our header."""
        self._carrier.strict = True
        if self._headers is not None:
            self._headers = self._library.open_headers

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
