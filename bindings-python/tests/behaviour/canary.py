"""Secrets that are looked for in everything that a program may come to show."""

from __future__ import annotations

import base64
import gc
import pickle
import traceback
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType
from urllib.parse import quote, quote_plus

CANARY = "sandbox-secret-canary/+ä"
TOKEN = "token-canary-0123456789"


def spellings(secret: str) -> list[str]:
    """The secret as it may stand in a body, a URL, a header or a repr."""
    raw = secret.encode()
    return [
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        repr(raw)[2:-1],
        base64.b64encode(raw).decode().rstrip("=")[:-1],
        base64.b64encode(b"an-id:" + quote_plus(secret).encode()).decode().rstrip("=")[:-1],
        secret.encode("unicode_escape").decode(),
    ]


SPELLINGS = [spelling for secret in (CANARY, CANARY[:22], TOKEN) for spelling in spellings(secret)]


def leaks(text: str) -> list[str]:
    return [spelling for spelling in SPELLINGS if spelling in text]


def shown(thing: object) -> Iterator[str]:
    """All that a program may come to show of a thing."""
    yield str(thing)
    yield repr(thing)
    yield f"{getattr(thing, '__dict__', '')}"
    try:
        yield repr(pickle.dumps(thing))
        yield repr(pickle.dumps(thing, 0))
    except Exception as error:
        yield repr(error)


def shown_of_error(error: BaseException | None, seen: set[int]) -> Iterator[str]:
    """All that an error reporter sends: the chain of causes with every frame's local variables."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield from shown(error)
    yield repr(error.args)
    yield "".join(traceback.format_exception(error))
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if "/evertoken/" in frame.f_code.co_filename or "site-packages" in frame.f_code.co_filename:
            for name, value in frame.f_locals.items():
                yield f"{frame.f_code.co_filename}:{frame.f_lineno} {name}={value!r}"
    for attribute in vars(error).values():
        yield repr(attribute)
        yield repr(getattr(attribute, "__dict__", None))
        yield str(getattr(attribute, "url", None))
        yield repr(getattr(attribute, "content", None) if hasattr(attribute, "_content") else None)
    yield from shown_of_error(error.__cause__, seen)
    yield from shown_of_error(error.__context__, seen)


def reachable(thing: object) -> list[object]:
    """All objects that a thing keeps alive, but for classes, modules and functions."""
    found: dict[int, object] = {}
    ahead = [thing]
    while ahead:
        reached = ahead.pop()
        if id(reached) not in found and not isinstance(reached, (type, ModuleType, FunctionType, BuiltinFunctionType)):
            found[id(reached)] = reached
            ahead += gc.get_referents(reached)
    return list(found.values())


def kept_texts(error: BaseException) -> Iterator[str]:
    """All texts that an error keeps alive through its cause."""
    for thing in reachable(error.__cause__):
        if isinstance(thing, str):
            yield thing
        elif isinstance(thing, (bytes, bytearray)):
            yield repr(bytes(thing))
