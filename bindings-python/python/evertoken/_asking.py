"""Asks what the user gave as a callable, and checks what it answers."""

from __future__ import annotations

from evertoken._errors import not_unicode, refused
from evertoken._waiting import on_thread

# What takes long to import is imported where it is first needed.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    Texts = Mapping[str, str]
    AskForTexts = Callable[[], Texts | Awaitable[Texts]]


def asked(option: str, ask: AskForTexts) -> dict[str, str]:
    """Returns what a callable answers, on a thread that may block."""
    import inspect

    answer = ask()
    if inspect.isawaitable(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        raise refused(
            f"{option}: a coroutine function cannot be asked by a synchronous call",
            "Give a plain function, or use the asynchronous client.",
        )
    return texts(option, answer)


async def aasked(option: str, ask: AskForTexts) -> dict[str, str]:
    """Returns what a callable answers, without blocking the event loop."""
    import inspect

    answer: Any = ask() if inspect.iscoroutinefunction(ask) else await on_thread(ask)
    return texts(option, await answer if inspect.isawaitable(answer) else answer)


def texts(option: str, answer: Any) -> dict[str, str]:
    """Returns a mapping of texts as it is; what is wrong with any other is said without showing it."""
    from collections.abc import Mapping

    if not isinstance(answer, Mapping):
        raise refused(f"{option}: a {type(answer).__name__}, not a mapping", "Give a mapping of str to str.")
    pairs: dict[Any, Any] = dict(answer)  # pyright: ignore[reportUnknownArgumentType]
    for name, value in pairs.items():
        if not (isinstance(name, str) and isinstance(value, str)):
            raise refused(f"{option}: names and values are texts", "Give a mapping of str to str.")
        try:
            (name + value).encode()
        except UnicodeEncodeError:
            # The exception carries the whole text.
            raise not_unicode(option) from None
    return pairs
