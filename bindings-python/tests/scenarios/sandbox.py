"""The sandbox: a process of its own, and its control API over HTTP as every runner has it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

VENDORS = ("piwik_pro", "didomi", "oro", "oauth2", "elsewhere")

BINARY = "EVERTOKEN_SANDBOX"
"""The environment variable that says where the binary is."""


FRESH_S = 5
"""After so long the sandbox may have closed the connection; the next request opens another."""


class SandboxError(Exception):
    """The control API gave another answer than every step needs."""


class Process:
    """A sandbox that ends with its standard input; ``about`` is the line that it begins with."""

    def __init__(self) -> None:
        binary = os.environ.get(BINARY)
        if not binary:
            raise SystemExit(f"{BINARY} must name the sandbox's binary: cargo build -p evertoken-sandbox")
        self._process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.about: dict[str, Any] = json.loads(self._process.stdout.readline())

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


@dataclass(frozen=True)
class Idle:
    """Whether anything is going on at the sandbox."""

    idle: bool
    received: int
    delayed: int
    held: int
    next_due_ms: int | None


class Control:
    """The control API, over one connection; not for several threads."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._base = parts.path
        self._used = time.monotonic()
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Sends one request and returns the answer's status and JSON."""
        data = None if body is None else json.dumps(body).encode()
        if time.monotonic() > self._used + FRESH_S:
            self._connection.close()
        self._connection.request(method, self._base + path, data, {"content-type": "application/json"})
        answer = self._connection.getresponse()
        self._used = time.monotonic()
        text = answer.read()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, None

    def asked(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Returns the JSON of an answer that must be 200."""
        status, answer = self.send(method, path, body)
        if status != 200:
            raise SandboxError(f"{method} {path}: {status} {answer}")
        return answer

    def reset(self, at_ms: int) -> None:
        """Begins anew, with a clock that stands at this time."""
        self.asked("POST", "/reset")
        self.asked("POST", "/clock", {"frozen": True, "set_ms": at_ms})

    def idle(self, received: int) -> Idle:
        """Waits until so many requests have arrived and none is being worked on, for a while."""
        idle = self.asked("GET", f"/idle?received={received}&wait_ms=200")
        return Idle(idle["idle"], idle["received"], idle["delayed"], idle["held"], idle["next_due_ms"])

    def now_ms(self) -> int:
        """Returns the sandbox's time."""
        return int(self.asked("GET", "/clock")["now_ms"])

    def advance(self, ms: int) -> None:
        """Moves the sandbox's clock forward."""
        self.asked("POST", "/clock", {"advance_ms": ms})

    def counts(self) -> dict[str, dict[str, int]]:
        """Returns how many requests each vendor has received."""
        return dict(self.asked("GET", "/counts"))

    def log(self, vendor: str, kind: str) -> list[dict[str, Any]]:
        """Returns the requests of a vendor and kind, the oldest first."""
        return list(self.asked("GET", f"/log?vendor={vendor}&kind={kind}"))

    def tokens(self, vendor: str) -> dict[str, str]:
        """Returns the tokens that a vendor has issued, by their names such as ``<oro#1>``."""
        return {f"<{vendor}#{issued['serial']}>": issued["token"] for issued in self.asked("GET", f"/{vendor}/tokens")}

    def all_tokens(self) -> dict[str, str]:
        """Returns all tokens of all vendors by name."""
        return {name: token for vendor in VENDORS for name, token in self.tokens(vendor).items()}


def filled_in(text: str, about: dict[str, Any]) -> str:
    """Replaces what stands for the sandbox's addresses in a file, such as ``${oro.https}``."""
    for vendor, urls in about.items():
        if isinstance(urls, dict):
            for scheme in ("http", "https"):
                text = text.replace(f"${{{vendor}.{scheme}}}", str(urls.get(scheme, "")))
    return text
