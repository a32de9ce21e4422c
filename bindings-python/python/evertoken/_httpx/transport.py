"""Token requests over httpx and httpx2."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any, ClassVar

from evertoken._body import Body
from evertoken._deadline import Deadline
from evertoken._errors import refused
from evertoken._pickling import refuse_secrets
from evertoken._silence import silence
from evertoken._waiting import on_thread

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable

    from evertoken._httpx.library import Library
    from evertoken._transport import TokenAnswer, TokenRequest

# What a client shares with the token request: its way to the network. Everything else of it is for the API alone.
WIRE = ("verify", "cert", "proxy", "mounts", "trust_env", "transport", "http1", "http2")

_TALKATIVE = ("httpx", "httpcore", "httpx2", "httpcore2", "hpack", "h2", "asyncio")


class _Wire:
    """Makes a client for each token request: nothing of it is bound to an event loop, or shared over a fork."""

    _library: ClassVar[Library]

    def __init__(self, **options: Any) -> None:
        unknown = set(options) - set(WIRE)
        if unknown:
            raise refused(f"{min(unknown)}: a transport takes none", f"Give any of {', '.join(WIRE)}.")
        self._options = options
        self._context: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __getstate__(self) -> dict[str, Any]:
        refuse_secrets(self._options.get("proxy"), cert=self._options.get("cert"))
        return {**vars(self), "_context": None}

    def _client(self, kind: Any, shared: type[Any], request: TokenRequest) -> Any:
        """Makes a client, and before any request imports whatever has loggers of its own."""
        options = {name: value for name, value in self._options.items() if name not in ("verify", "cert")}
        if not request.is_encrypted:
            options["trust_env"] = False
        if options.get("transport") is not None:
            options["transport"] = shared(options["transport"])
        if options.get("mounts"):
            mounts = options["mounts"].items()
            options["mounts"] = {pattern: None if mount is None else shared(mount) for pattern, mount in mounts}
        if self._context is None:
            self._context = self._library.ssl_context(self._options)
        timeout = self._library.module.Timeout(request.timeout)
        return kind(**options, verify=self._context, timeout=timeout, follow_redirects=False)

    def _request(self, client: Any, request: TokenRequest, extensions: dict[str, Any] | None = None) -> Any:
        headers = [("accept-encoding", "identity"), *request.headers]
        return client.build_request(
            request.method, request.url, headers=headers, content=request.body, extensions=extensions
        )

    def _late(self) -> Exception:
        late: Exception = self._library.module.ReadTimeout("The answer did not end in time.")
        return late


class Sender(_Wire):
    """Sends token requests with a client of its own for each."""

    asynchronous: ClassVar[bool] = False

    def send(self, request: TokenRequest) -> TokenAnswer:
        client = self._client(self._library.module.Client, self._library.shared, request)
        with silence(*_TALKATIVE), contextlib.closing(client), Deadline(request.timeout) as deadline:
            try:
                return self._answer(client, request, deadline)
            except self._library.module.TransportError as error:
                if deadline.passed:
                    raise self._late() from error
                raise

    def _answer(self, client: Any, request: TokenRequest, deadline: Deadline) -> TokenAnswer:
        body = Body(request)
        response = client.send(self._request(client, request, {"trace": _watch(deadline)}), stream=True)
        with contextlib.closing(response):
            for chunk in [response.content] if response.is_stream_consumed else response.iter_raw():
                if not body.take(chunk) or body.late:
                    break
            if body.late:
                raise self._late()
            return body.answer(response.status_code, response.headers.multi_items())


def _watch(deadline: Deadline) -> Callable[[str, dict[str, Any]], None]:
    """Makes the trace of a request: it is told of each connection that is made, and what TLS makes of it."""

    def trace(event: str, told: dict[str, Any]) -> None:
        about = getattr(told.get("return_value"), "get_extra_info", None)
        if about is not None:
            deadline.watch(about("socket"))

    return trace


class AsyncSender(_Wire):
    """Sends token requests with an asynchronous client of its own for each."""

    asynchronous: ClassVar[bool] = True

    async def asend(self, request: TokenRequest) -> TokenAnswer:
        make = functools.partial(self._client, self._library.module.AsyncClient, self._library.async_shared, request)
        # The first one imports much and reads certificates, which would keep the loop for a while.
        client = await on_thread(make) if self._context is None else make()
        body = Body(request)
        with silence(*_TALKATIVE):
            async with contextlib.aclosing(client):
                response = await client.send(self._request(client, request), stream=True)
                async with contextlib.aclosing(response):
                    chunks = _whole(response) if response.is_stream_consumed else response.aiter_raw()
                    async with contextlib.aclosing(chunks):
                        async for chunk in chunks:
                            if not body.take(chunk):
                                break
                            if body.late:
                                raise self._late()
                    return body.answer(response.status_code, response.headers.multi_items())


async def _whole(response: Any) -> AsyncGenerator[bytes, None]:
    """Yields the body of an answer that has been read already, as a mock's has."""
    yield response.content


class Shared:
    """Half of a transport that the user goes on using: closing the private client leaves it open."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def handle_request(self, request: Any) -> Any:
        return self._transport.handle_request(request)

    def close(self) -> None:
        pass


class AsyncShared:
    """Half of an asynchronous transport that the user goes on using."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    async def handle_async_request(self, request: Any) -> Any:
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        pass
