"""Where credentials come from: given, a callable, or the environment; asked for each token request."""

from __future__ import annotations

import inspect
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from evertoken import _native
from evertoken._errors import exception
from evertoken._waiting import on_thread

Secrets = Mapping[str, str]
"""Credentials by name, such as ``client_id`` and ``client_secret``, or ``key`` and ``secret`` for Didomi."""

AskForSecrets = Callable[[], "Secrets | Awaitable[Secrets]"]
"""Returns the credentials of now; asked for each token request, off the event loop if it is a plain function."""


class CredentialsSource:
    """The credentials of a provider: what was given, completed from the environment variables of the provider."""

    def __init__(self, given: Secrets | AskForSecrets | None, fields: list[_native.Field]) -> None:
        self._ask = given if callable(given) else None
        known = {} if given is None or callable(given) else dict(given)
        self._given = _native.Credentials(known)
        self._from_env = [(field.name, field.env) for field in fields if field.env and field.name not in known]
        self._is_secret = bool(known)

    def get(self) -> _native.Credentials:
        """Returns the credentials of now, on a thread that may block."""
        if self._ask is None:
            return self._completed()
        answer = self._ask()
        if inspect.isawaitable(answer):
            if inspect.iscoroutine(answer):
                answer.close()
            raise exception(
                _native.Failure(
                    "invalid_option",
                    "credentials: a coroutine function cannot be asked by a synchronous call",
                    "Give a plain function, or use the asynchronous client.",
                )
            )
        return self._read(answer)

    async def aget(self) -> _native.Credentials:
        """Returns the credentials of now, without blocking the event loop."""
        if self._ask is None:
            return self._completed()
        ask = self._ask
        answer: Any = ask() if inspect.iscoroutinefunction(ask) else await on_thread(ask)
        return self._read(await answer if inspect.isawaitable(answer) else answer)

    def _completed(self) -> _native.Credentials:
        found = ((name, os.environ.get(variable)) for name, variable in self._from_env)
        return self._given.completed({name: value for name, value in found if value is not None})

    def _read(self, answer: Any) -> _native.Credentials:
        if not isinstance(answer, Mapping):
            raise exception(
                _native.Failure(
                    "invalid_option",
                    f"credentials: the callable returned {type(answer).__name__}, not a mapping",
                    'Return a mapping such as {"client_id": .., "client_secret": ..}.',
                )
            )
        try:
            return _native.Credentials(dict(cast("Secrets", answer)))
        except TypeError:
            raise exception(
                _native.Failure(
                    "invalid_option", "credentials: names and values are texts", "Return a mapping of str to str."
                )
            ) from None

    def __reduce__(self) -> tuple[Any, ...]:
        if self._is_secret:
            self._given.__reduce__()  # it raises, and says what to do
        return _restored, (self._ask, self._from_env)


class GivenHeaders:
    """Headers of a token request that were given as text: a session's, and so shown to nobody."""

    __slots__ = ("_headers",)

    def __init__(self, headers: Secrets) -> None:
        self._headers = dict(headers)

    def __call__(self) -> Secrets:
        return self._headers

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError(
            "headers that were given as text cannot be pickled: give an importable function as `headers`, which may read "
            "the environment variables"
        )


def _restored(ask: AskForSecrets | None, from_env: list[tuple[str, str]]) -> CredentialsSource:
    source = CredentialsSource(ask, [])
    source._from_env = from_env
    return source
