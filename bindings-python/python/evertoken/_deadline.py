"""The time of a blocking request as a whole."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class Deadline:
    """Ends a blocking request when its time is over, by shutting its sockets.

    A library's own time-outs count from one read to the next, so a server that drips would keep it for ever.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.name = "evertoken-deadline"
        self._timer.daemon = True

    def __enter__(self) -> Self:
        with suppress(RuntimeError):  # the interpreter is about to end, or the machine has no thread left
            self._timer.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._timer.cancel()

    @property
    def passed(self) -> bool:
        """Says whether the time is over."""
        return time.monotonic() >= self._until

    def watch(self, connection: object) -> None:
        """Takes a socket that the request uses from now on; TLS makes another one of it."""
        if isinstance(connection, socket.socket):
            self._sockets.append(connection)
            if self.passed:
                self._cut()

    def _cut(self) -> None:
        for connection in list(self._sockets):
            with suppress(OSError):  # it is closed, or a part of the one after it
                # TLS would forget its state under the thread that is reading.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
