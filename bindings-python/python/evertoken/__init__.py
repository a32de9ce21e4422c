"""A valid access token, everywhere, always.

>>> import evertoken
>>> piwik = evertoken.piwik_pro("acme.piwik.pro")  # PIWIK_PRO_CLIENT_ID / _SECRET, or client_id=, client_secret=
>>> with evertoken.Client(piwik) as client:  # an httpx.Client with its base_url set
...     apps = client.get("/api/apps/v2").raise_for_status().json()

Share one :class:`TokenSource` between clients of any kind: ``evertoken.httpx.Auth(source)``,
``evertoken.requests.Auth(source)``, ``evertoken.aiohttp.middleware(source)``, or ``source.headers()`` for the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evertoken import _interpreter as _interpreter  # refuses, before the native module is loaded
from evertoken import api
from evertoken._clock import Clock
from evertoken._errors import (
    AccountError,
    CallCancelledError,
    ConfigurationError,
    CredentialsError,
    DeadlineError,
    EvertokenError,
    ProtocolError,
    ThrottledError,
    TransientError,
    TransportError,
)
from evertoken._events import Event, Explanation, FlightView, TokenView
from evertoken._names import ErrorClass, ErrorCode, EventType
from evertoken._native import VERSION as __version__  # noqa: N811
from evertoken._policy import Policy
from evertoken._providers import Provider, broker, custom, didomi, fixed, oauth2, oro_commerce, oro_platform, piwik_pro
from evertoken._source import TokenSource
from evertoken._transport import AsyncTransport, TokenAnswer, TokenRequest, Transport

if TYPE_CHECKING:
    from evertoken.httpx import AsyncClient as AsyncClient
    from evertoken.httpx import Client as Client

__all__ = [
    "AccountError",
    "AsyncClient",
    "AsyncTransport",
    "CallCancelledError",
    "Client",
    "Clock",
    "ConfigurationError",
    "CredentialsError",
    "DeadlineError",
    "ErrorClass",
    "ErrorCode",
    "Event",
    "EventType",
    "EvertokenError",
    "Explanation",
    "FlightView",
    "Policy",
    "ProtocolError",
    "Provider",
    "ThrottledError",
    "TokenAnswer",
    "TokenRequest",
    "TokenSource",
    "TokenView",
    "TransientError",
    "Transport",
    "TransportError",
    "__version__",
    "api",
    "broker",
    "custom",
    "didomi",
    "fixed",
    "oauth2",
    "oro_commerce",
    "oro_platform",
    "piwik_pro",
]

_ADAPTERS = ("aiohttp", "httpx", "httpx2", "requests")


def __getattr__(name: str) -> Any:
    """Imports an HTTP library when it is first asked for: the package itself needs none."""
    import importlib

    if name in ("AsyncClient", "Client"):
        return getattr(importlib.import_module("evertoken.httpx"), name)
    if name in _ADAPTERS:
        return importlib.import_module(f"evertoken.{name}")
    raise AttributeError(f"module 'evertoken' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_ADAPTERS])
