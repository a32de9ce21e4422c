"""The requests of the clients, counted at the door of the HTTP library."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager
from typing import Any

from .threads import Threads


class Passage:
    """One request on its way, until its answer is read or given up."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._over = False

    def end(self) -> None:
        """Notes that it is over; once."""
        with self._traffic.lock:
            if not self._over:
                self._over = True
                self._traffic.ended += 1

    def __enter__(self) -> Passage:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class Traffic:
    """How many requests have begun and ended."""

    def __init__(self, threads: Threads) -> None:
        self.lock = threading.Lock()
        self.threads = threads
        self.begun = 0
        self.ended = 0

    def begin(self) -> Passage:
        """Notes that a request begins."""
        with self.lock:
            self.begun += 1
        return Passage(self)

    def enter(self) -> Passage:
        """The same for a thread, which waits while the door is shut."""
        passage = self.begin()
        self.threads.pass_door()
        return passage

    def blocked(self) -> AbstractContextManager[None]:
        """Notes that this thread waits for an answer."""
        return self.threads.blocked()


def door(library: Any, traffic: Traffic, inner: Any) -> Any:
    """Wraps a transport of ``httpx`` or ``httpx2``; each request ends when its answer is read to the end or closed."""

    class Stream(library.SyncByteStream):  # type: ignore[misc]
        def __init__(self, stream: Any, passage: Passage) -> None:
            self._stream = stream
            self._passage = passage

        def __iter__(self) -> Iterator[bytes]:
            chunks = iter(self._stream)
            while True:
                with traffic.blocked():
                    chunk = next(chunks, None)
                if chunk is None:
                    return
                yield chunk

        def close(self) -> None:
            with self._passage:
                self._stream.close()

    class Door(library.BaseTransport):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:
            passage = traffic.enter()
            try:
                with traffic.blocked():
                    answer = inner.handle_request(request)
            except BaseException:
                passage.end()
                raise
            stream = Stream(answer.stream, passage)
            return library.Response(
                answer.status_code, headers=answer.headers, stream=stream, extensions=answer.extensions
            )

        def close(self) -> None:
            inner.close()

    return Door()


def async_door(library: Any, traffic: Traffic, inner: Any) -> Any:
    """Wraps an asynchronous transport in the same way."""

    class Stream(library.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, stream: Any, passage: Passage) -> None:
            self._stream = stream
            self._passage = passage

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for chunk in self._stream:
                yield chunk

        async def aclose(self) -> None:
            with self._passage:
                await self._stream.aclose()

    class Door(library.AsyncBaseTransport):  # type: ignore[misc]
        async def handle_async_request(self, request: Any) -> Any:
            passage = traffic.begin()
            try:
                answer = await inner.handle_async_request(request)
            except BaseException:
                passage.end()
                raise
            stream = Stream(answer.stream, passage)
            return library.Response(
                answer.status_code, headers=answer.headers, stream=stream, extensions=answer.extensions
            )

        async def aclose(self) -> None:
            await inner.aclose()

    return Door()
