"""The token servers that nobody here wrote: where they are, and what can be asked of them beside tokens."""

from __future__ import annotations

import json
import os
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

import evertoken

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def server(variable: str) -> str:
    """Returns a server's URL; a missing one is a failure."""
    url = os.environ.get(variable)
    assert url, f"{variable} is not set: run `cargo xtask test servers`"
    return url


def send(method: str, url: str, data: bytes | None = None, content_type: str = "application/json") -> Any:
    """Asks something of a server; an answer that is no success is an error."""
    headers = {"Content-Type": content_type} if data is not None else {}
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    with _OPENER.open(request, timeout=30) as answer:
        body = answer.read()
    return json.loads(body) if body else None


@dataclass(frozen=True)
class DjangoClient:
    """A client of its own for a test at django-oauth-toolkit."""

    url: str
    id: str
    secret: str

    @classmethod
    def of(cls, ttl_s: int) -> DjangoClient:
        """Makes one whose tokens last so long."""
        url = server("EVERTOKEN_DJANGO_URL")
        made = send("POST", f"{url}/control/clients", json.dumps({"ttl": ttl_s}).encode())
        return cls(url, made["client_id"], made["client_secret"])

    @property
    def credentials(self) -> dict[str, str]:
        """What a provider is given."""
        return {"client_id": self.id, "client_secret": self.secret}

    def piwik_pro(self) -> evertoken.Provider:
        """The server asked as Piwik PRO is."""
        return evertoken.piwik_pro(self.url, credentials=self.credentials)

    def token_requests(self) -> int:
        """Returns how many token requests the server has seen of it."""
        count: int = send("GET", f"{self.url}/control/clients/{self.id}/token-requests")["count"]
        return count

    def revoke(self) -> None:
        """Makes every token of it void."""
        send("POST", f"{self.url}/control/clients/{self.id}/revoke-tokens")

    def delete(self) -> None:
        """Removes it, with its tokens."""
        send("DELETE", f"{self.url}/control/clients/{self.id}")


def revoke_at_oidc(token: str, client_id: str, client_secret: str) -> None:
    """Makes one token void, as RFC 7009 says."""
    form = urllib.parse.urlencode({"token": token, "client_id": client_id, "client_secret": client_secret})
    url = f"{server('EVERTOKEN_OIDC_URL')}/token/revocation"
    send("POST", url, form.encode(), "application/x-www-form-urlencoded")


class LaterClock(evertoken.Clock):
    """The system's clocks, which a test may move ahead of the server's."""

    def __init__(self) -> None:
        self._ahead_ms = 0

    def advance(self, ms: int) -> None:
        """Lets time pass for the source alone."""
        self._ahead_ms += ms

    def now(self) -> tuple[int, int]:
        """Returns both clocks, moved."""
        mono, wall = super().now()
        return mono + self._ahead_ms, wall + self._ahead_ms
