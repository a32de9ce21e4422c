"""The HTTP library's own exception, made harmless: it becomes the cause of ours and outlives its request."""

from __future__ import annotations

from evertoken import _native
from evertoken._errors import EvertokenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any


def failure_of(error: BaseException, part: str) -> _native.Failure:
    """Describes what a part of an attempt failed with: one of our own errors as it is, any other as a failed transport.

    The texts of libraries repeat URLs, and a URL may carry a secret, so only the operating system's own words are
    taken over.
    """
    if isinstance(error, EvertokenError):
        return _native.Failure(error.code, error.description, error.fix, error.status, error.provider_code)
    root = error
    told = f"{part}: {type(error).__name__}"
    for _ in range(16):
        if isinstance(root, OSError) and root.strerror:
            told = f"{told}: {root.strerror}"
            break
        inner = root.__cause__ or root.__context__
        if inner is None:
            break
        root = inner
    return _native.Failure("transport_failed", told)


def harmless(error: BaseException, secret_url: bool, sent: Iterable[str] = ()) -> BaseException | None:
    """Leaves of an exception, and of those behind it, the types, texts and numbers.

    Returns ``None`` if a text may hold a secret. Libraries hang requests, connections and proxies on their exceptions,
    each under a name of its own. A text that repeats what was sent, as a server may that echoes, is left out.
    """
    scrubbed = _scrubbing(sent)
    seen: set[int] = set()
    behind: list[BaseException | None] = [error]
    while behind:
        inner = behind.pop()
        if inner is None or id(inner) in seen:
            continue
        seen.add(id(inner))
        inner.with_traceback(None)
        behind += (inner.__cause__, inner.__context__)
        if not isinstance(inner, EvertokenError):
            behind += _bared(inner, scrubbed)
    return None if secret_url and not isinstance(error, EvertokenError) else error


def _bared(error: BaseException, scrubbed: Callable[[str], str]) -> list[BaseException]:
    """Takes from an exception what is no text and no number; returns the exceptions that it keeps."""
    text = scrubbed(_told(error))
    kept = {name: value for name, value in vars(error).items() if _is_harmless(value)}
    vars(error).clear()
    vars(error).update(kept)
    # An exception may be frozen.
    put = object.__setattr__
    put(error, "args", tuple(_argument(value, scrubbed) for value in error.args))
    if isinstance(error, (UnicodeEncodeError, UnicodeDecodeError, UnicodeTranslateError)):
        put(error, "object", type(error.object)())
        put(error, "args", ())
    elif isinstance(error, AttributeError):
        put(error, "obj", None)
    elif isinstance(error, OSError) and isinstance(error.strerror, str):
        put(error, "strerror", scrubbed(error.strerror))
    try:
        _ = f"{error}{error!r}"
    except Exception:
        # It wants back what was taken from it.
        _let_say(error, text)
    return list(_exceptions((*kept.values(), *error.args)))


def _is_harmless(value: Any) -> bool:
    if type(value) in (tuple, list):  # the members of a group
        return all(isinstance(member, BaseException) for member in value)
    return value is None or isinstance(value, (int, float, BaseException))


def _argument(value: Any, scrubbed: Callable[[str], str]) -> Any:
    if type(value) is str:
        return scrubbed(value)
    return value if _is_harmless(value) else f"<{type(value).__name__}>"


def _exceptions(kept: Iterable[Any]) -> Iterator[BaseException]:
    for value in kept:
        if isinstance(value, BaseException):
            yield value
        elif type(value) in (tuple, list):
            yield from _exceptions(value)


def _told(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _scrubbing(sent: Iterable[str]) -> Callable[[str], str]:
    """Makes what leaves out of a text the user of a URL, such as a proxy's, and an authorization."""
    import re

    secret = re.compile(r"(?i)(?<=//)[^@\s]+@|(?<=\bbasic )[\w+/=]{12,}|(?<=\bbearer )[\w.~+/=-]{12,}")
    runs = {text[at : at + _RUN] for text in sent for at in range(len(text) - _RUN + 1)}

    def scrubbed(text: str) -> str:
        if any(text[at : at + _RUN] in runs for at in range(len(text) - _RUN + 1)):
            return "(repeats the request)"
        return secret.sub("", text)

    return scrubbed


_RUN = 12
"""So many characters in a row are no coincidence."""


def _let_say(error: BaseException, text: str) -> None:
    """Gives an exception that can be shown no more a class that is what it was, and says the same."""
    kind = type(error)
    try:

        class Saying(kind):  # type: ignore[misc, valid-type]
            __slots__ = ()

            def __str__(self) -> str:
                return text

            def __repr__(self) -> str:
                return f"{kind.__name__}({text!r})"

        Saying.__name__, Saying.__qualname__, Saying.__module__ = kind.__name__, kind.__qualname__, kind.__module__
        object.__setattr__(error, "__class__", Saying)
    except TypeError:  # its class is final
        return
