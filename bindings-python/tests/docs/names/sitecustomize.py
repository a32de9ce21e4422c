"""Finds the names of the pages on this machine; `Internet.environment` puts this folder on the path."""

import json
import os
import socket
from typing import Any

_PORTS: dict[str, int] = json.loads(os.environ["EVERTOKEN_TEST_NAMES"])
_getaddrinfo = socket.getaddrinfo


def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if name in _PORTS:
        host, port = "127.0.0.1", _PORTS[name]
    elif name not in ("localhost", "127.0.0.1", None):
        raise socket.gaierror(socket.EAI_NONAME, f"{name}: a page may use only the names in tests/docs/internet.py")
    return _getaddrinfo(host, port, *args, **kwargs)


socket.getaddrinfo = getaddrinfo
