"""What a contender is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Target:
    """Where a contender gets its tokens, and how its HTTP client is set up: the same for all."""

    origin: str
    token_url: str
    client_id: str
    client_secret: str
    leeway: float | None = None
    """Seconds before expiry at which a peer renews; None is its default. Ours always runs on its default policy."""
    timeout: float = 60.0
    transport: Literal["real", "mock", "aiohttp"] = "real"
    """`mock` answers API calls in the process; `aiohttp` carries httpx's async calls: its pool is slow with 1,000."""
    follow_redirects: bool = False
    opted_out: bool = True
    """Checks against http endpoints are switched off where a library has them: the server speaks http on loopback."""
    header_name: str | None = None
    """Another header than `Authorization`, for clients that offer it."""

    @property
    def api_url(self) -> str:
        return f"{self.origin}/api/items"
