"""The sandbox that all tests share: look-alikes of the providers over real HTTP."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


class Sandbox:
    """A running sandbox; its protocol is described in ``examples/sandbox/README.md``."""

    def __init__(self, about: dict[str, Any]) -> None:
        self.about = about

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Asks the control API."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data else {}
        request = urllib.request.Request(self.about["control"] + path, data=data, method=method, headers=headers)
        with _OPENER.open(request, timeout=30) as answer:
            return json.load(answer)

    def reset(self) -> None:
        """Makes everything new: initial keys, no tokens, faults and settings, empty log, real time."""
        self.control("POST", "/reset")

    def counts(self, vendor: str) -> dict[str, int]:
        """Returns how many requests a vendor got: ``token``, ``granted``, ``api``."""
        counts: dict[str, int] = self.control("GET", "/counts")[vendor]
        return counts

    def fault(self, vendor: str, fault: dict[str, Any], **rule: Any) -> None:
        """Adds a fault for requests of a vendor."""
        self.control("POST", f"/{vendor}/faults", {**rule, "fault": fault})

    def release(self, vendor: str, **which: Any) -> None:
        """Releases what a fault holds."""
        self.control("POST", f"/{vendor}/release", which)

    def idle(self, received: int, wait_ms: int = 5000) -> dict[str, Any]:
        """Waits until so many requests have arrived and all are over, held or delayed."""
        idle: dict[str, Any] = self.control("GET", f"/idle?received={received}&wait_ms={wait_ms}")
        return idle


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _binary() -> str:
    """Finds the sandbox: where the test command says, or where cargo has built it."""
    root = Path(__file__).parents[2]
    built = [root / "target" / profile / "evertoken-sandbox" for profile in ("debug", "release")]
    found = os.environ.get("EVERTOKEN_SANDBOX") or shutil.which("evertoken-sandbox")
    found = found or next((str(path) for path in built if path.exists()), None)
    if found is None:
        raise RuntimeError("no sandbox: cargo build -p evertoken-sandbox, or set EVERTOKEN_SANDBOX")
    return found


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox for the whole run."""
    process = subprocess.Popen([_binary()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Sandbox(json.loads(process.stdout.readline()))
    finally:
        process.communicate()


@pytest.fixture
def fresh_sandbox(sandbox: Sandbox) -> Sandbox:
    """The sandbox with everything anew, in real time."""
    sandbox.reset()
    return sandbox
