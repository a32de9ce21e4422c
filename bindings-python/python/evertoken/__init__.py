"""A valid access token, everywhere, always.

>>> import evertoken
>>> piwik = evertoken.piwik_pro("acme.piwik.pro")  # PIWIK_PRO_CLIENT_ID / _SECRET, or client_id=, client_secret=
>>> with evertoken.Client(piwik) as client:  # an httpx.Client with its base_url set
...     apps = client.get("/api/apps/v2").raise_for_status().json()

Share one :class:`TokenSource` between clients of any kind: ``evertoken.httpx.Auth(source)``,
``evertoken.requests.Auth(source)``, ``evertoken.aiohttp.middleware(source)``, or ``source.headers()`` for the rest.
"""

from __future__ import annotations

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
from evertoken._native import VERSION as __version__  # noqa: N811
from evertoken._providers import Provider, broker, custom, didomi, fixed, oauth2, oro_commerce, oro_platform, piwik_pro
from evertoken._source import TokenSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from evertoken._events import Event, Explanation, FlightView, TokenView
    from evertoken._names import ErrorClass, ErrorCode, EventType
    from evertoken._policy import Policy
    from evertoken._transport import AsyncTransport, TokenAnswer, TokenRequest, Transport
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

# What takes long to import, or needs an HTTP library, is imported when it is first asked for.
_LATER = {
    "_events": ("Event", "Explanation", "FlightView", "TokenView"),
    "_names": ("ErrorClass", "ErrorCode", "EventType"),
    "_policy": ("Policy",),
    "_transport": ("AsyncTransport", "TokenAnswer", "TokenRequest", "Transport"),
    "httpx": ("AsyncClient", "Client"),
}


def __getattr__(name: str) -> Any:
    import importlib

    if name in _ADAPTERS:
        return importlib.import_module(f"evertoken.{name}")
    for module, names in _LATER.items():
        if name in names:
            return getattr(importlib.import_module(f"evertoken.{module}"), name)
    raise AttributeError(f"module 'evertoken' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_ADAPTERS])
