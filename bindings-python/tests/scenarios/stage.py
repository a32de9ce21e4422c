"""Where calls run, and when none of them has anything left to do; one stage for each way in which Python waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from .calls import Call, Client
from .clock import VirtualClock
from .format import Headers, Request, Token
from .threads import Threads

T = TypeVar("T")
Step = Headers | Token | Request


class Stage(Protocol):
    """Runs the calls of one file after another; the runner itself stays on its own thread."""

    threads: Threads
    cancelled: type[BaseException]
    """What is raised in a call that is cancelled."""

    def do(self, action: Callable[[], T]) -> T:
        """Does something where the clients are at home."""

    def call_soon(self, callback: Callable[[], None]) -> object:
        """Lets a due timer call back."""

    def begin(self, client: Client, step: Step, clock: VirtualClock, until: float) -> list[Call]:
        """Begins all calls of a step before any of them runs on."""

    def run(self, look: Callable[[], object], until: float) -> bool:
        """Lets the clients run until none has anything to do, ``look`` included; False where that takes too long."""

    def stop(self, clients: Iterable[Client], calls: Iterable[Call], clock: VirtualClock) -> None:
        """Ends all calls and clients."""

    def left(self) -> list[str]:
        """Returns what still runs after all clients have been closed."""

    def close(self) -> None:
        """Ends the stage."""
