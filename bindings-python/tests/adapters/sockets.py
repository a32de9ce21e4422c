"""Servers that no sandbox would be: one that never ends its answer, and a proxy."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def dripping(framing: str) -> Iterator[str]:
    """Serves one connection with what never ends, byte for byte; it does in the end, should nobody else end it."""
    ended = threading.Event()

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + framing.encode())
        for _ in range(250):
            if ended.wait(0.02):
                return
            try:
                connection.sendall(b"x")
            except OSError:
                return

    with _listening(serve) as url:
        yield url
        ended.set()


@contextmanager
def a_proxy() -> Iterator[tuple[str, list[str]]]:
    """Serves connections by noting what they ask for, and hanging up."""
    asked: list[str] = []

    def serve(connection: socket.socket) -> None:
        asked.append(connection.recv(65536).decode("latin-1").split("\r\n")[0])

    with _listening(serve) as url:
        yield url, asked


@contextmanager
def _listening(serve: Any) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def loop() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    serve(connection)

        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
