"""Finds the names of the pages on this machine; `Internet.environment` puts this folder on the path."""

import json
import os
import socket
from typing import Any

_PORTS: dict[str, int] = json.loads(os.environ["EVERTOKEN_TEST_NAMES"])
_ADDRESSES = {name: f"127.77.0.{number}" for number, name in enumerate(_PORTS, 1)}
_RELAYS = {(_ADDRESSES[name], 443): ("127.0.0.1", port) for name, port in _PORTS.items()}
_getaddrinfo = socket.getaddrinfo
_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex


def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if name not in ("localhost", "127.0.0.1", None) and name not in _ADDRESSES and name not in _ADDRESSES.values():
        raise socket.gaierror(socket.EAI_NONAME, f"{name}: a page may use only the names in tests/docs/internet.py")
    return _getaddrinfo(_ADDRESSES.get(name, host), *args, **kwargs)


def connect(self: socket.socket, address: Any) -> None:
    _connect(self, _RELAYS.get(address, address))


def connect_ex(self: socket.socket, address: Any) -> int:
    return _connect_ex(self, _RELAYS.get(address, address))


socket.getaddrinfo = getaddrinfo
socket.socket.connect = connect  # type: ignore[method-assign]
socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
