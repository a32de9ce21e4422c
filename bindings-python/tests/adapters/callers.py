"""The same call over each HTTP library, sync and async, with an adapter on the user's client or with ours."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import evertoken
import evertoken.aiohttp
import evertoken.httpx
import evertoken.httpx2
import evertoken.requests
import httpx
import httpx2
import niquests
import requests
import trio

TIMEOUT_S = 60


@dataclass(frozen=True)
class Call:
    """What is called; ``body`` is ``bytes``, or ``stream`` or ``file`` of the same bytes."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    kind: str = "bytes"
    follow: bool = True

    def content(self, *, asynchronous: bool) -> Any:
        """Makes the body anew."""
        if self.body is None or self.kind == "bytes":
            return self.body
        if self.kind == "file":
            return io.BytesIO(self.body)
        return self._achunks() if asynchronous else self._chunks()

    def _chunks(self) -> Iterator[bytes]:
        yield self.body or b""

    async def _achunks(self) -> AsyncIterator[bytes]:
        yield self.body or b""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    hops: list[int]


class Caller:
    """Makes calls with tokens of a source."""

    def __init__(self, name: str) -> None:
        self.name = name

    def call(self, source: evertoken.TokenSource, call: Call) -> Answer:
        """Makes one call."""
        return self.calls(source, call, 1)[0]

    def calls(self, source: evertoken.TokenSource, call: Call, count: int) -> list[Answer]:
        """Makes the same call so many times at once, over one client."""
        raise NotImplementedError


class Threads(Caller):
    """A client that threads share."""

    def __init__(
        self, name: str, client: Callable[[evertoken.TokenSource, bool], Any], send: Callable[[Any, Call], Answer]
    ) -> None:
        super().__init__(name)
        self._client = client
        self._send = send

    def calls(self, source: evertoken.TokenSource, call: Call, count: int) -> list[Answer]:
        with self._client(source, call.follow) as client:
            if count == 1:
                return [self._send(client, call)]
            with ThreadPoolExecutor(count) as pool:
                return list(pool.map(lambda _: self._send(client, call), range(count)))


class Tasks(Caller):
    """A client that tasks of one event loop share."""

    def __init__(
        self, name: str, client: Callable[[evertoken.TokenSource, bool], Any], send: Callable[[Any, Call], Any]
    ) -> None:
        super().__init__(name)
        self._client = client
        self._send = send

    def calls(self, source: evertoken.TokenSource, call: Call, count: int) -> list[Answer]:
        async def main() -> list[Answer]:
            async with self._client(source, call.follow) as client:
                return list(await asyncio.gather(*(self._send(client, call) for _ in range(count))))

        return asyncio.run(main())


class TrioTasks(Tasks):
    """The same on trio."""

    def calls(self, source: evertoken.TokenSource, call: Call, count: int) -> list[Answer]:
        answers: list[Answer] = []

        async def main() -> None:
            async with self._client(source, call.follow) as client, trio.open_nursery() as nursery:

                async def one() -> None:
                    answers.append(await self._send(client, call))

                for _ in range(count):
                    nursery.start_soon(one)

        trio.run(main)
        return answers


def _httpx_answer(response: Any) -> Answer:
    return Answer(response.status_code, response.text, [hop.status_code for hop in response.history])


def _send(client: Any, call: Call) -> Answer:
    content = call.content(asynchronous=False)
    return _httpx_answer(client.request(call.method, call.url, headers=call.headers, content=content))


async def _asend(client: Any, call: Call) -> Answer:
    content = call.content(asynchronous=True)
    return _httpx_answer(await client.request(call.method, call.url, headers=call.headers, content=content))


def _send_by_requests(session: Any, call: Call) -> Answer:
    content = call.content(asynchronous=False)
    response = session.request(
        call.method, call.url, headers=call.headers, data=content, timeout=TIMEOUT_S, allow_redirects=call.follow
    )
    return Answer(response.status_code, response.text, [hop.status_code for hop in response.history])


async def _send_by_aiohttp(session: aiohttp.ClientSession, call: Call) -> Answer:
    content = call.content(asynchronous=True)
    async with session.request(
        call.method, call.url, headers=call.headers, data=content, allow_redirects=call.follow
    ) as response:
        return Answer(response.status, await response.text(), [hop.status for hop in response.history])


def _authenticated(session: Any, source: evertoken.TokenSource) -> Any:
    session.auth = evertoken.requests.Auth(source)
    return session


def _of_httpx(library: Any, adapter: Any) -> list[Caller]:
    # httpcore may close a connection that it need not keep while another thread begins to use it: all are kept.
    limits = library.Limits(max_connections=100, max_keepalive_connections=100)
    options: dict[str, Any] = {"timeout": TIMEOUT_S, "limits": limits}

    def client(source: evertoken.TokenSource, follow: bool) -> Any:
        return library.Client(auth=adapter.Auth(source), follow_redirects=follow, **options)

    def async_client(source: evertoken.TokenSource, follow: bool) -> Any:
        return library.AsyncClient(auth=adapter.Auth(source), follow_redirects=follow, **options)

    def ours(source: evertoken.TokenSource, follow: bool) -> Any:
        return adapter.Client(source, follow_redirects=follow, **options)

    def async_ours(source: evertoken.TokenSource, follow: bool) -> Any:
        return adapter.AsyncClient(source, follow_redirects=follow, **options)

    name = library.__name__
    return [
        Threads(f"{name}.Client", client, _send),
        Tasks(f"{name}.AsyncClient", async_client, _asend),
        TrioTasks(f"{name}.AsyncClient on trio", async_client, _asend),
        Threads(f"evertoken.{name}.Client", ours, _send),
        Tasks(f"evertoken.{name}.AsyncClient", async_ours, _asend),
    ]


def _aiohttp_session(source: evertoken.TokenSource, follow: bool) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(middlewares=[evertoken.aiohttp.middleware(source)])


HTTPX = [*_of_httpx(httpx, evertoken.httpx), *_of_httpx(httpx2, evertoken.httpx2)]
REQUESTS = [
    Threads("requests", lambda source, _: _authenticated(requests.Session(), source), _send_by_requests),
    Threads("niquests", lambda source, _: _authenticated(niquests.Session(), source), _send_by_requests),
]
AIOHTTP = Tasks("aiohttp", _aiohttp_session, _send_by_aiohttp)

EVERY: list[Caller] = [*HTTPX, *REQUESTS, AIOHTTP]
ON_CLIENTS_OF_USERS = [caller for caller in EVERY if not caller.name.startswith("evertoken.")]
