"""Where the headers of a broker's token request come from: given, or a callable, asked for each request."""

from __future__ import annotations

from evertoken._asking import aasked, asked, texts
from evertoken._errors import refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from evertoken._asking import AskForTexts, Texts

    HeaderPairs = list[tuple[str, str]]

_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_VALUE = r"[\t\x20-\x7e]*"


class HeadersSource:
    """The headers of a token request; they may be a session's, and so they are shown to nobody."""

    __slots__ = ("_ask", "_given")

    def __init__(self, given: Texts | AskForTexts | None) -> None:
        self._ask = given if callable(given) else None
        self._given = [] if given is None or callable(given) else _checked(texts("headers", given))

    def get(self) -> HeaderPairs:
        """Returns the headers of now, on a thread that may block."""
        return self._given if self._ask is None else _checked(asked("headers", self._ask))

    async def aget(self) -> HeaderPairs:
        """Returns the headers of now, without blocking the event loop."""
        return self._given if self._ask is None else _checked(await aasked("headers", self._ask))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HeadersSource) and self._origin() == other._origin()

    def __hash__(self) -> int:
        return hash(self._origin())

    def _origin(self) -> tuple[object, ...]:
        return self._ask, tuple(self._given)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._given:
            raise TypeError(
                "headers that were given as text cannot be pickled: give an importable function as `headers`, which may"
                " read the environment variables"
            )
        return HeadersSource, (self._ask,)


def _checked(headers: dict[str, str]) -> HeaderPairs:
    """HTTP libraries refuse such a header too, with its value in the message."""
    import re

    for name, value in headers.items():
        if not (re.fullmatch(_NAME, name) and re.fullmatch(_VALUE, value)):
            raise refused(
                "headers: a name or value has a character that no header may carry",
                "Encode the value, for example in base64.",
            )
    return list(headers.items())
