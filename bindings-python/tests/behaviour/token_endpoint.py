"""The sandbox's OroCommerce, as these tests steer it: every count is read from the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

import evertoken

LIFETIME_MS = 3_600_000


class Sandbox(Protocol):
    """A started sandbox."""

    about: dict[str, Any]

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any: ...


class TokenEndpoint:
    """A vendor's token endpoint, its API, and the key that both accept."""

    def __init__(self, sandbox: Sandbox) -> None:
        key = sandbox.about["keys"]["oro_back_office"]
        self.sandbox = sandbox
        self.url: str = sandbox.about["oro"]["http"]
        self.id: str = key["id"]
        self.secret: str = key["secret"]

    def provider(self, **changes: Any) -> evertoken.Provider:
        """Makes a provider with the sandbox's key, or with what is given instead."""
        credentials: dict[str, Any] = {"client_id": self.id, "client_secret": self.secret}
        if "credentials" in changes:
            credentials = {}
        return evertoken.oro_commerce(self.url, surface="back_office", **{**credentials, **changes})

    def source(self, **options: Any) -> evertoken.TokenSource:
        """Makes a source that has no token yet."""
        return evertoken.TokenSource(self.provider(), **options)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the provider reads where no credentials are given."""
        return {"ORO_CLIENT_ID": self.id, "ORO_CLIENT_SECRET": self.secret}

    @property
    def token_requests(self) -> int:
        """How many token requests have arrived."""
        return int(self._counts()["token"])

    @property
    def api_requests(self) -> int:
        """How many API requests have arrived."""
        return int(self._counts()["api"])

    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.sandbox.control("GET", "/counts")["oro"]
        return counts

    def api_statuses(self) -> list[int | None]:
        """What the API answered, oldest first."""
        return [entry["status"] for entry in self.sandbox.control("GET", "/log?vendor=oro&kind=api")]

    def hold(self, decide: str = "receipt", **rule: Any) -> None:
        """Holds the answers to token requests until `release`."""
        self.fault({"type": "hang", "decide": decide}, **rule)

    def fault(self, fault: dict[str, Any], *, kind: str = "token", **rule: Any) -> None:
        """Adds a fault."""
        self.sandbox.control("POST", "/oro/faults", {"kind": kind, "fault": fault, **rule})

    def mend(self) -> None:
        """Removes the faults; what is held stays held."""
        self.sandbox.control("DELETE", "/oro/faults")

    def release(self, **instead: Any) -> None:
        """Mends the endpoint and lets held answers go, or others instead."""
        self.mend()
        self.sandbox.control("POST", "/oro/release", instead)

    @property
    def held(self) -> int:
        """How many answers are held now."""
        return int(self.sandbox.control("GET", "/idle")["held"])

    def wait_until_held(self, count: int = 1) -> None:
        """Waits until so many answers are held."""
        eventually(lambda: self.held >= count)

    def revoke(self) -> None:
        """Makes every token bad."""
        self.sandbox.control("POST", "/oro/tokens/revoke", {})

    def lifetime(self, lifetime_ms: int) -> None:
        """Sets the lifetime of new tokens."""
        self.sandbox.control("PATCH", "/oro/settings", {"lifetime_ms": lifetime_ms})

    def advance(self, ms: int) -> None:
        """Moves the server's clock."""
        self.sandbox.control("POST", "/clock", {"advance_ms": ms})


def eventually(holds: Callable[[], object], patience: float = 20.0) -> None:
    """Waits until something holds; the wait is as long as it has to be, and failing takes `patience` seconds."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.005)


async def eventually_async(holds: Callable[[], object], patience: float = 20.0) -> None:
    """Does what `eventually` does, while the event loop goes on."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        await asyncio.sleep(0.005)
