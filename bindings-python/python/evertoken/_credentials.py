"""Where credentials come from: given, a callable, or the environment; asked for each token request."""

from __future__ import annotations

import os

from evertoken import _native
from evertoken._asking import aasked, asked, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from evertoken._asking import AskForTexts, Texts

    Secrets = Texts
    """Credentials by name, such as ``client_id`` and ``client_secret``, or ``key`` and ``secret`` for Didomi."""

    AskForSecrets = AskForTexts
    """Returns the credentials of now; asked for each token request, off the event loop if it is a plain function."""


class CredentialsSource:
    """The credentials of a provider: what was given, completed from the environment variables of the provider."""

    def __init__(self, given: Secrets | AskForSecrets | None, fields: list[_native.Field]) -> None:
        self._ask = given if callable(given) else None
        known = {} if given is None or callable(given) else texts("credentials", given)
        self._given = _native.Credentials(known)
        self.identity: str | None = next(
            (known[field.name] for field in fields if field.identity and known.get(field.name)), None
        )
        """What names the client and is no secret, if it was given."""
        self._from_env = [(field.name, field.env) for field in fields if field.env and field.name not in known]
        self._is_secret = bool(known)

    def get(self) -> _native.Credentials:
        """Returns the credentials of now, on a thread that may block."""
        if self._ask is None:
            return self._completed()
        return _native.Credentials(asked("credentials", self._ask))

    async def aget(self) -> _native.Credentials:
        """Returns the credentials of now, without blocking the event loop."""
        if self._ask is None:
            return self._completed()
        return _native.Credentials(await aasked("credentials", self._ask))

    def _completed(self) -> _native.Credentials:
        found = ((name, os.environ.get(variable)) for name, variable in self._from_env)
        known = {name: value for name, value in found if value is not None}
        return self._given.completed(texts("the environment's credentials", known))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CredentialsSource) and self._origin() == other._origin()

    def __hash__(self) -> int:
        return hash(self._origin())

    def _origin(self) -> tuple[object, ...]:
        return self._ask, self._given, tuple(self._from_env)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._is_secret:
            self._given.__reduce__()  # it raises, and says what to do
        return _restored, (self._ask, self._from_env)


def _restored(ask: AskForSecrets | None, from_env: list[tuple[str, str]]) -> CredentialsSource:
    source = CredentialsSource(ask, [])
    source._from_env = from_env
    return source
