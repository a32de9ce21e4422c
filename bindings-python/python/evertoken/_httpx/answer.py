"""The body of an answer, looked at as far as it may tell of the token; it stays the caller's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evertoken._recovery import LOOKED_INTO

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator
    from types import AsyncGeneratorType

    from evertoken._httpx.library import Library


def peek(library: Library, response: Any) -> bytes | None:
    """Reads an answer; ``None`` if it is longer than anybody looks into."""
    if response.is_stream_consumed:
        return _content(response)
    stream, begun, rest = response.stream, _Begun(), response.iter_raw()
    for chunk in rest:
        if not begun.take(chunk):
            _restore(response, library.resumed(begun, rest, stream))
            return None
    return _whole(library, response, begun)


async def apeek(library: Library, response: Any) -> bytes | None:
    """The same on an event loop."""
    if response.is_stream_consumed:
        return _content(response)
    stream, begun, rest = response.stream, _Begun(), response.aiter_raw()
    async for chunk in rest:
        if not begun.take(chunk):
            _restore(response, library.async_resumed(begun, rest, stream))
            return None
    return _whole(library, response, begun)


def drop(library: Library, response: Any) -> None:
    """Leaves the rest of an answer that nobody will see."""
    response.close()
    _restore(response, library.module.ByteStream(b""))


async def adrop(library: Library, response: Any) -> None:
    """The same on an event loop."""
    await response.aclose()
    _restore(response, library.module.ByteStream(b""))


class _Begun:
    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self._room = LOOKED_INTO

    def take(self, chunk: bytes) -> bool:
        self.chunks.append(chunk)
        self._room -= len(chunk)
        return self._room >= 0


class Resumed:
    """Half of a stream: what was looked at, and the rest."""

    def __init__(self, begun: _Begun, rest: Iterator[bytes], stream: Any) -> None:
        self._begun = begun.chunks
        self._rest = rest
        self._stream = stream

    def __iter__(self) -> Generator[bytes, None, None]:
        while self._begun:
            yield self._begun.pop(0)
        yield from self._rest

    def close(self) -> None:
        self._stream.close()


class AsyncResumed:
    """Half of an asynchronous stream: what was looked at, and the rest."""

    def __init__(self, begun: _Begun, rest: AsyncGeneratorType[bytes, None], stream: Any) -> None:
        self._begun = begun.chunks
        self._rest = rest
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._begun:
            yield self._begun.pop(0)
        async for chunk in self._rest:
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
        if not self._rest.ag_running:  # at its end it closes this
            await self._rest.aclose()


def _whole(library: Library, response: Any, begun: _Begun) -> bytes | None:
    module, sent = library.module, b"".join(begun.chunks)
    _restore(response, module.ByteStream(sent))
    try:
        decoded: bytes = module.Response(response.status_code, headers=response.headers, content=sent).content
    except module.DecodingError:  # which whoever reads it gets to know
        return None
    return decoded


def _content(response: Any) -> bytes | None:
    # A hook may have streamed it away.
    content: bytes | None = response.content if response.is_closed and hasattr(response, "_content") else None
    return content


def _restore(response: Any, stream: Any) -> None:
    """Makes an answer as if nobody had read it."""
    response.stream = stream
    response.is_stream_consumed = response.is_closed = False
