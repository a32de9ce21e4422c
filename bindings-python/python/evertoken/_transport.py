"""How token requests are sent: the HTTP library's part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, repr=False)
class TokenRequest:
    """A token request, which carries the credentials: sent byte for byte, without cookies, cache, redirects and logs.

    Attributes:
        method: In upper case.
        url: Absolute; its query may carry a secret.
        headers: Names and values in their order.
        body: Sent as it is; ``None`` sends none.
        timeout: Seconds that the whole request may take.
        body_limit: Bytes of the answer's body that are read at most.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    timeout: float
    body_limit: int

    @property
    def is_encrypted(self) -> bool:
        """Says whether it goes over https; if not, it is for this machine, and no proxy of the environment reads it."""
        return self.url.startswith("https:")

    def __repr__(self) -> str:
        return f"TokenRequest({self.method}, redacted)"


@dataclass(frozen=True, repr=False)
class TokenAnswer:
    """What came back, of any status, a redirect included.

    Attributes:
        status: The status code.
        headers: Names and values.
        body: At most ``body_limit`` bytes.
        truncated: There was more.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool = False

    def __repr__(self) -> str:
        return f"TokenAnswer({self.status}, {len(self.body)} bytes, redacted)"


@runtime_checkable
class Transport(Protocol):
    """Sends token requests from a thread of the source."""

    def send(self, request: TokenRequest) -> TokenAnswer:
        """Sends one request; raises the HTTP library's own exception when no answer comes."""
        ...


@runtime_checkable
class AsyncTransport(Protocol):
    """Sends token requests from a task of the source."""

    async def asend(self, request: TokenRequest) -> TokenAnswer:
        """Sends one request; raises the HTTP library's own exception when no answer comes."""
        ...
