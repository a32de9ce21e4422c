"""What the adapters share: which calls carry the token, and what follows when the API rejects it."""

from __future__ import annotations

import logging
from typing import Any

from evertoken import _native
from evertoken._errors import ConfigurationError
from evertoken._source import TokenSource, _ms, _never

logger = logging.getLogger("evertoken")

LOOKED_INTO = 64 * 1024
"""How much of an answer's body may tell that it rejects the token, in bytes."""

HeaderList = list[tuple[str, str]]


class Carrier:
    """Puts the token of a source on the calls of its API, and gets another one when the API rejects it.

    An adapter asks it before a request, ``admits`` and ``fresh`` or ``obtain``, and after the answer, ``suspects``,
    ``rejects`` and ``recover``; whatever it needs beyond that is its library's. A ``limit`` is the time, in seconds,
    that the library gives the call, where it is visible.
    """

    def __init__(self, source: TokenSource, min_valid: float, patience: float | None) -> None:
        if not isinstance(source, TokenSource):  # pyright: ignore[reportUnnecessaryIsInstance]
            kind = type(source).__name__
            raise TypeError(f"source: is a TokenSource that clients share, not {kind}: evertoken.TokenSource(provider)")
        self.source = source
        self.header_name = source._api.header_name
        self.strict = False
        self._api = source._api
        self._min_valid_ms = _ms("min_valid", min_valid)
        self._patience_ms = None if patience is None else _ms("patience", patience)
        # A token that must live for some time is the source's to choose.
        self.fresh = _never if self._min_valid_ms else source._fresh_snapshot

    def __reduce__(self) -> tuple[Any, ...]:
        patience = None if self._patience_ms is None else self._patience_ms / 1000
        return Carrier, (self.source, self._min_valid_ms / 1000, patience), {"strict": self.strict}

    def admits(self, url: str) -> str | None:
        """Says whether a request may carry the token, by the media type that the API wants, which may be empty.

        A client of one API is strict and raises where it may not; any other lets the request pass.
        """
        media_type = self._api.admits(url)
        if media_type is None:
            try:
                self._api.resolve(url)
            except ConfigurationError as refusal:
                if self.strict:
                    raise
                logger.info("A request goes without a token: %s", refusal.description)
        return media_type

    def allows(self, url: str) -> bool:
        """Says whether the token may go to a URL."""
        return self._api.allows(url)

    def obtain(self, limit: float | None = None) -> _native.Snapshot:
        """Returns a token where ``fresh`` has none. May wait."""
        return self.source._obtain(self._min_valid_ms, self._budget(limit))

    async def aobtain(self, limit: float | None = None) -> _native.Snapshot:
        """Returns a token where ``fresh`` has none. May wait."""
        return await self.source._aobtain(self._min_valid_ms, self._budget(limit))

    def suspects(self, status: int) -> bool:
        """Says whether an answer of this status, to a request with our token, may tell that the token is bad."""
        return self._api.inspects(status)

    def reads_body(self, status: int, headers: HeaderList) -> bool:
        """Says whether ``rejects`` wants the body."""
        return self._api.reads_body(status, headers)

    def rejects(self, status: int, headers: HeaderList, body: bytes | None) -> bool:
        """Says whether an answer rejects the token."""
        return self._api.judge(status, headers, body)

    def recover(
        self, rejected: _native.Snapshot, *, replayable: bool, retried: bool, limit: float | None = None
    ) -> _native.Snapshot | None:
        """Returns the token for the one second try; none if the caller gets the API's own answer. May wait."""
        return self.source._recover(
            rejected.generation, replayable=replayable, retried=retried, patience_ms=self._budget(limit)
        )

    async def arecover(
        self, rejected: _native.Snapshot, *, replayable: bool, retried: bool, limit: float | None = None
    ) -> _native.Snapshot | None:
        return await self.source._arecover(
            rejected.generation, replayable=replayable, retried=retried, patience_ms=self._budget(limit)
        )

    def _budget(self, limit: float | None) -> int | None:
        """What a call may wait: what the adapter was told, else what the source was, within the library's time-out."""
        if self._patience_ms is not None or limit is None:
            return self._patience_ms
        return min(self.source._patience_ms, max(0, int(limit * 1000)))
