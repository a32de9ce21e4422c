"""The body of a token answer, read as far as anybody wants to know it."""

from __future__ import annotations

import time

from evertoken._transport import TokenAnswer, TokenRequest


class Body:
    """Collects what arrives until the limit of the request, or its time, is reached."""

    def __init__(self, request: TokenRequest) -> None:
        self._until = time.monotonic() + request.timeout
        self._room = request.body_limit
        self._chunks: list[bytes] = []
        self._truncated = False

    def take(self, chunk: bytes) -> bool:
        """Takes a chunk; false when the rest is not wanted any more: nothing can be made of a body that is cut off."""
        self._room -= len(chunk)
        self._truncated = self._room < 0
        if self._truncated:
            self._chunks.clear()
        else:
            self._chunks.append(chunk)
        return not self._truncated

    @property
    def late(self) -> bool:
        """Says whether the time of the request is over: a library's own time-out counts from one chunk to the next."""
        return time.monotonic() > self._until

    def answer(self, status: int, headers: list[tuple[str, str]]) -> TokenAnswer:
        body = b"".join(self._chunks)
        self._chunks.clear()
        return TokenAnswer(status, tuple(headers), body, self._truncated)
