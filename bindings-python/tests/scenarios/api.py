"""Calls of the API, as every library makes them."""

from __future__ import annotations

from dataclasses import dataclass

from .format import Request


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    headers: list[tuple[str, str]]
    body: str
    hint: str | None

    def __str__(self) -> str:
        return f"an answer of status {self.status}"


class Api:
    """An authenticated client, for threads or for tasks; closed with its file."""

    failures: tuple[type[Exception], ...] = ()
    """The HTTP library's own exceptions."""

    def request(self, call: Request) -> Answer:
        """Calls the API from a thread."""
        raise NotImplementedError

    async def arequest(self, call: Request) -> Answer:
        """Calls the API from a task."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes a client for threads."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Closes a client for tasks."""
        raise NotImplementedError
