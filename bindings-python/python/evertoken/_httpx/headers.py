"""Request headers of which one is not copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from evertoken._recovery import refused

if TYPE_CHECKING:
    from collections.abc import ItemsView, KeysView, ValuesView

    from evertoken._native import Snapshot

_UNLISTED = "x-evertoken-self-check"


class TokenHeaders:
    """Half of a subclass of ``httpx.Headers``: it sends and shows the token's header, and its copies lack it.

    The library makes the request of a redirect from a copy of these headers, and drops no header but
    ``Authorization`` from it, that only on the way to another origin. So no redirect that a client follows by itself
    takes the token anywhere.
    """

    _headers: ClassVar[Any]

    def __init__(self, headers: Any, snapshot: Snapshot) -> None:
        cast("Any", super()).__init__(headers)
        self._generation = snapshot.generation
        self._own: tuple[bytes, bytes] | None = (snapshot.header_name.encode(), snapshot.header_value.encode())
        self._own_key = self._own[0].lower()

    @classmethod
    def check(cls, header_name: str) -> None:
        """Raises if copies of this library's headers would have the token's: then redirects leak it."""

        class Probe:
            generation = 0
            header_value = "self-check"

        Probe.header_name = header_name  # type: ignore[attr-defined]
        probe = cls({_UNLISTED: "1"}, cast("Any", Probe))
        copy = cls._headers(probe)
        sent = {name.lower() for name, _ in probe.raw}
        if header_name in copy or header_name.lower().encode() not in sent or _UNLISTED not in copy:
            raise refused(
                "The HTTP library copies headers in a way that is not known to keep a token back on redirects.",
                "Use a version of it that this version of evertoken was tested with, or a newer evertoken.",
            )

    def carries(self, snapshot: Snapshot) -> bool:
        return self._own is not None and self._generation == snapshot.generation

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        plain = cast("list[tuple[bytes, bytes]]", cast("Any", super()).raw)
        return plain if self._own is None else [*plain, self._own]

    def keys(self) -> KeysView[str]:
        return cast("KeysView[str]", self._shown().keys())

    def values(self) -> ValuesView[str]:
        return cast("ValuesView[str]", self._shown().values())

    def items(self) -> ItemsView[str, str]:
        return cast("ItemsView[str, str]", self._shown().items())

    def multi_items(self) -> list[tuple[str, str]]:
        return cast("list[tuple[str, str]]", self._shown().multi_items())

    def get_list(self, key: str, split_commas: bool = False) -> list[str]:
        return cast("list[str]", self._shown().get_list(key, split_commas))

    def __getitem__(self, key: str) -> str:
        if self._own is not None and self._is_own(key):
            return self._own[1].decode()
        return cast("str", cast("Any", super()).__getitem__(key))

    def __setitem__(self, key: str, value: str) -> None:
        self._drop(key)
        cast("Any", super()).__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        if not self._drop(key):
            cast("Any", super()).__delitem__(key)

    def __contains__(self, key: Any) -> bool:
        return (self._own is not None and self._is_own(key)) or cast("bool", cast("Any", super()).__contains__(key))

    def __len__(self) -> int:
        return len(self.raw)

    def __eq__(self, other: object) -> bool:
        shown = other._shown() if isinstance(other, TokenHeaders) else other
        return bool(self._shown() == shown)

    def __repr__(self) -> str:
        hidden = [(name, b"[secure]" if (name, value) == self._own else value) for name, value in self.raw]
        return repr(self._headers(hidden))

    def _shown(self) -> Any:
        """All that is sent, as plain headers."""
        return self._headers(self.raw)

    def _is_own(self, key: Any) -> bool:
        return isinstance(key, str) and key.lower().encode() == self._own_key

    def _drop(self, key: str) -> bool:
        """Forgets the token for a header of the same name that somebody else sets."""
        mine = self._own is not None and self._is_own(key)
        if mine:
            self._own = None
        return mine
