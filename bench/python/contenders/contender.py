"""What a row does with a contender."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.target import Target


@dataclass(frozen=True)
class Signer:
    """What puts the held token on a request, and nothing else: how to make such a request, and what is done to it."""

    fresh: Callable[[], Any]
    sign: Callable[[Any], Any]
    """A coroutine function where the contender is asynchronous."""


class Contender:
    """A client with a token of its own, set up as its documentation says, shared by all callers of a process."""

    asynchronous = False
    fixed_leeway: float | None = None
    """Seconds, where the library has a constant that no option changes."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def get(self, url: str) -> int:
        """Makes one API call and returns its status."""
        raise NotImplementedError

    def signer(self) -> Signer | None:
        """What puts the token on a request; None where it cannot be told apart."""
        return None

    def close(self) -> None:
        """Ends what it holds."""

    @classmethod
    def forget(cls) -> None:
        """Empties what instances share in the process."""


class AsyncContender:
    """The same on an event loop; made inside the loop that uses it."""

    asynchronous = True
    fixed_leeway: float | None = None

    def __init__(self, target: Target) -> None:
        self.target = target

    async def get(self, url: str) -> int:
        raise NotImplementedError

    def signer(self) -> Signer | None:
        """What puts the token on a request; None where it cannot be told apart."""
        return None

    async def aclose(self) -> None:
        """Ends what it holds."""

    def renew_client(self) -> None:
        """Replaces the HTTP client and keeps the token holder, where these are two things."""
        raise NotImplementedError

    @classmethod
    def forget(cls) -> None:
        """Empties what instances share in the process."""
