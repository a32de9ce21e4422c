"""An answer that is looked at is the caller's all the same, and is looked at as far as there is anything to see."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import evertoken
import evertoken.httpx
import evertoken.httpx2
import evertoken.requests
import httpx
import httpx2
import pytest
import requests
from aged_clock import AgedClock
from server import Sandbox, Server

LIBRARIES = [pytest.param(httpx, evertoken.httpx, id="httpx"), pytest.param(httpx2, evertoken.httpx2, id="httpx2")]
both = pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
statuses = pytest.mark.parametrize("status", [401, 403])

CHUNK = b"x" * 65536
CHUNKS = 640


def source() -> evertoken.TokenSource:
    """Makes a source of an API that says in the body of a 403 whether the token is bad; nothing gets it another."""
    return evertoken.TokenSource(evertoken.fixed("token", api=evertoken.api.piwik_pro("acme.piwik.pro")))


class Chunks:
    """A body that tells how much of it was read, and whether it was closed."""

    def __init__(self, chunks: list[bytes]) -> None:
        self.chunks = chunks
        self.read = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.read += 1
            yield chunk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def answering(library: Any, status: int, body: Chunks, headers: dict[str, str] | None = None) -> Any:
    class Stream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        __iter__ = body.__iter__
        __aiter__ = body.__aiter__
        close = body.close
        aclose = body.aclose

    return library.MockTransport(lambda request: library.Response(status, headers=headers, stream=Stream()))


@both
@statuses
def test_a_huge_answer_is_looked_at_in_part_and_streamed_whole(library: Any, adapter: Any, status: int) -> None:
    body = Chunks([CHUNK] * CHUNKS)
    with (
        adapter.Client(source(), transport=answering(library, status, body)) as client,
        client.stream("GET", "/api/apps/v2") as answer,
    ):
        assert answer.status_code == status
        assert body.read <= 4  # of two tries, where it is a 401
        assert sum(map(len, answer.iter_raw())) == CHUNKS * len(CHUNK)
        assert body.closed


@both
@statuses
def test_a_huge_answer_on_a_loop_is_looked_at_in_part_and_streamed_whole(
    library: Any, adapter: Any, status: int
) -> None:
    body = Chunks([CHUNK] * CHUNKS)

    async def main() -> None:
        async with (
            adapter.AsyncClient(source(), transport=answering(library, status, body)) as client,
            client.stream("GET", "/api/apps/v2") as answer,
        ):
            assert body.read <= 4  # of two tries, where it is a 401
            size = 0
            async for chunk in answer.aiter_raw():
                size += len(chunk)
            assert size == CHUNKS * len(CHUNK)
            assert body.closed

    asyncio.run(main())


@both
@statuses
def test_a_huge_answer_that_nobody_reads_is_closed(library: Any, adapter: Any, status: int) -> None:
    body = Chunks([CHUNK] * CHUNKS)

    async def main() -> None:
        async with (
            adapter.AsyncClient(source(), transport=answering(library, status, body)) as client,
            client.stream("GET", "/api/apps/v2"),
        ):
            pass

    with (
        adapter.Client(source(), transport=answering(library, status, body)) as client,
        client.stream("GET", "/api/apps/v2"),
    ):
        pass
    assert body.closed
    body.closed = False
    asyncio.run(main())
    assert body.closed
    assert body.read <= 8


@both
@statuses
def test_a_small_answer_can_be_streamed_raw(library: Any, adapter: Any, status: int) -> None:
    def transport() -> Any:
        return answering(library, status, Chunks([b"ab", b"c"]))

    with (
        adapter.Client(source(), transport=transport()) as client,
        client.stream("GET", "/api/apps/v2") as answer,
    ):
        assert b"".join(answer.iter_raw()) == b"abc"

    async def main() -> bytes:
        async with (
            adapter.AsyncClient(source(), transport=transport()) as client,
            client.stream("GET", "/api/apps/v2") as answer,
        ):
            return b"".join([chunk async for chunk in answer.aiter_raw()])

    assert asyncio.run(main()) == b"abc"


@both
def test_a_body_is_judged_as_what_it_was_compressed_from(library: Any, adapter: Any) -> None:
    words = gzip.compress(json.dumps({"errors": [{"detail": "x" * 1000}]}).encode())
    transport = answering(library, 403, Chunks([words[:10], words[10:]]), {"content-encoding": "gzip"})
    with adapter.Client(source(), transport=transport) as client:
        assert client.get("/api/apps/v2").json()["errors"][0]["detail"] == "x" * 1000


@both
def test_a_call_is_made_again_whose_rejection_is_huge(server: Server, library: Any, adapter: Any) -> None:
    huge = {"huge": {"bytes": 10_000_000, "chunked": True}}
    server.fault({"type": "answer", "status": 401, "body": huge}, kind="api", times=1)
    with adapter.Client(revoked(server)) as client:
        answer = client.get("/things")
    assert (answer.status_code, [hop.status_code for hop in answer.history]) == (200, [401])
    assert answer.history[0].content == b""
    server.fault({"type": "answer", "status": 401, "body": huge}, kind="api", times=1)

    async def main() -> Any:
        async with adapter.AsyncClient(revoked(server)) as client:
            return await client.get("/things")

    assert asyncio.run(main()).status_code == 200


@statuses
def test_requests_streams_a_huge_answer_as_it_came(fresh_sandbox: Sandbox, status: int) -> None:
    url = fresh_sandbox.about["piwik_pro"]["http"]
    huge = {"huge": {"bytes": 10_000_000, "chunked": True}}
    fresh_sandbox.fault("piwik_pro", {"type": "answer", "status": status, "body": huge}, kind="api")
    fixed = evertoken.TokenSource(evertoken.fixed("token", api=evertoken.api.piwik_pro(url)))
    with requests.Session() as session:
        session.auth = evertoken.requests.Auth(fixed)
        answer = session.get(f"{url}/api/apps/v2", stream=True)
        assert answer.status_code == status
        assert not answer._content_consumed
        assert len(answer.raw.read(decode_content=False)) == 10_000_000


def test_requests_makes_a_call_again_whose_rejection_is_huge(server: Server) -> None:
    huge = {"huge": {"bytes": 10_000_000, "chunked": True}}
    server.fault({"type": "answer", "status": 401, "body": huge}, kind="api", times=1)
    with requests.Session() as session:
        session.auth = evertoken.requests.Auth(revoked(server))
        with session.get(f"{server.api}/things", stream=True) as answer:
            assert (answer.status_code, [hop.status_code for hop in answer.history]) == (200, [401])


def revoked(server: Server) -> evertoken.TokenSource:
    clock = AgedClock()
    made = server.source(clock=clock)
    made.headers()
    clock.pass_by(60)
    return made
