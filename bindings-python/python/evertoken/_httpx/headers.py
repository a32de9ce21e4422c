"""Request headers with the token's among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from evertoken._errors import refused

if TYPE_CHECKING:
    from collections.abc import ItemsView, KeysView, ValuesView

    from evertoken._native import Snapshot

_UNLISTED = "x-evertoken-self-check"
_TOLD = "evertoken"


def tell(request: Any, snapshot: Snapshot) -> None:
    """Notes on a request whose token it carries; the note goes along to the request of a redirect."""
    request.extensions = {**request.extensions, _TOLD: snapshot}


def take_back(request: Any) -> None:
    """Takes the token off a request that has it from us."""
    snapshot = request.extensions.get(_TOLD)
    if snapshot is not None and request.headers.get(snapshot.header_name) == snapshot.header_value:
        del request.headers[snapshot.header_name]


class TokenHeaders:
    """Half of a subclass of ``httpx.Headers``: it sends and shows the token's header, and its copies lack it.

    The library makes the request of a redirect from a copy of these headers, and drops no header but
    ``Authorization`` from it, that only on the way to another origin. So no redirect that a client follows by itself
    takes the token anywhere.
    """

    _headers: ClassVar[Any]

    def __init__(self, headers: Any, snapshot: Snapshot) -> None:
        plain: Any = super()
        plain.__init__(headers)
        self._generation = snapshot.generation
        self._own: tuple[bytes, bytes, bytes] | None = snapshot.raw()
        self._texts: dict[str, str] | None = None

    @classmethod
    def check(cls, header_name: str) -> None:
        """Raises if copies of this library's headers would have the token's: then redirects leak it."""
        probe = cls(cls._headers({_UNLISTED: "1"}), cast("Any", _Probe(header_name)))
        copy = cls._headers(probe)
        if header_name in copy or _UNLISTED not in copy or (header_name.encode(), b"probe") not in probe.raw:
            raise refused(
                "The HTTP library copies headers in a way that is not known to keep a token back on redirects",
                "Use a version of it that this version of evertoken was tested with, or a newer evertoken.",
            )

    def carries(self, snapshot: Snapshot) -> bool:
        return self._own is not None and self._generation == snapshot.generation

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        plain: Any = super()
        sent: list[tuple[bytes, bytes]] = plain.raw
        if self._own is not None:
            sent.append((self._own[0], self._own[2]))
        return sent

    def keys(self) -> KeysView[str]:
        return self._shown().keys()

    def values(self) -> ValuesView[str]:
        return self._shown().values()

    def items(self) -> ItemsView[str, str]:
        return self._shown().items()

    def multi_items(self) -> list[tuple[str, str]]:
        return cast("list[tuple[str, str]]", self._headers(self.raw).multi_items())

    def get_list(self, key: str, split_commas: bool = False) -> list[str]:
        return cast("list[str]", self._headers(self.raw).get_list(key, split_commas))

    if not TYPE_CHECKING:  # to a type checker it is the mapping's own, with all of its overloads

        def update(self, headers: Any = None) -> None:
            given = self._headers(headers)
            for name in given:
                self._drop(name)
            super().update(given)
            self._texts = None

    def __getitem__(self, key: str) -> str:
        shown = self._shown()
        # The library's cookie jar asks for every header of every request, in lower case.
        return shown[key] if key in shown else shown[key.lower()]

    def __setitem__(self, key: str, value: str) -> None:
        plain: Any = super()
        self._drop(key)
        plain.__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        plain: Any = super()
        if not self._drop(key):
            plain.__delitem__(key)

    def __contains__(self, key: Any) -> bool:
        return key.lower() in self._shown()

    def __len__(self) -> int:
        return len(self.raw)

    def __eq__(self, other: object) -> bool:
        sent = self._headers(self.raw)
        return bool(sent == (self._headers(other.raw) if isinstance(other, TokenHeaders) else other))

    def __repr__(self) -> str:
        own = None if self._own is None else (self._own[0], self._own[2])
        hidden = [(name, b"[secure]" if (name, value) == own else value) for name, value in self.raw]
        return repr(self._headers(hidden))

    def _shown(self) -> dict[str, str]:
        """All that is sent, by name."""
        if self._texts is None:
            try:
                self._texts = self._decoded("ascii")
            except UnicodeDecodeError:
                self._texts = self._decoded(cast("Any", self).encoding)
        return self._texts

    def _decoded(self, encoding: str) -> dict[str, str]:
        texts: dict[str, str] = {}
        for name, value in self.raw:
            key, text = name.lower().decode(encoding), value.decode(encoding)
            texts[key] = f"{texts[key]}, {text}" if key in texts else text
        return texts

    def _drop(self, key: str) -> bool:
        """Forgets what was shown, and the token for a header of the same name that somebody else sets."""
        self._texts = None
        is_own = self._own is not None and key.lower().encode() == self._own[1]
        if is_own:
            self._own = None
        return is_own


class OpenHeaders:
    """Half of a subclass of ``httpx.Headers``: its copies have the token's header too, its ``repr`` hides it."""

    _headers: ClassVar[Any]

    def __init__(self, headers: Any, snapshot: Snapshot) -> None:
        plain: Any = super()
        plain.__init__(headers)
        cast("Any", self)[snapshot.header_name] = snapshot.header_value
        self._own = snapshot.raw()

    def __repr__(self) -> str:
        own = (self._own[0], self._own[2])
        raw = cast("Any", self).raw
        return repr(self._headers([(name, b"[secure]" if (name, value) == own else value) for name, value in raw]))


class _Probe:
    """A snapshot without a token."""

    generation = 0

    def __init__(self, header_name: str) -> None:
        self._name = header_name.encode()

    def raw(self) -> tuple[bytes, bytes, bytes]:
        return self._name, self._name.lower(), b"probe"
