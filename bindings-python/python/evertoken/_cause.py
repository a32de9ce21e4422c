"""The HTTP library's own exception, made harmless: it becomes the cause of ours and outlives its request."""

from __future__ import annotations

from evertoken import _native
from evertoken._errors import EvertokenError


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


def harmless(error: BaseException, secret_url: bool) -> BaseException | None:
    """Strips what holds the request of an exception and of those behind it; ``None`` if its text may hold a secret."""
    if secret_url and not isinstance(error, EvertokenError):
        return None
    seen: set[int] = set()
    behind: list[BaseException | None] = [error]
    while behind:
        inner = behind.pop()
        if inner is None or id(inner) in seen:
            continue
        seen.add(id(inner))
        inner.__traceback__ = None
        for name in ("request", "_request", "response"):
            if name in vars(inner):
                setattr(inner, name, None)
        # urllib3 keeps what it was connecting with among the arguments.
        inner.args = tuple(arg if isinstance(arg, (str, int)) else str(arg) for arg in inner.args)
        if isinstance(inner, UnicodeEncodeError):
            # It carries the whole text.
            inner.object, inner.args = "", ()
        behind += (inner.__cause__, inner.__context__)
    return error
