"""Every contender by its name; a child process imports only the one that it runs."""

from __future__ import annotations

import importlib
from typing import Any

_PEERS = {
    "authlib/requests": "authlib.AuthlibRequests",
    "authlib/httpx2": "authlib.AuthlibHttpx",
    "requests-oauthlib": "requests_peers.RequestsOauthlib",
    "requests-oauth2client": "requests_peers.RequestsOauth2client",
    "requests-auth": "requests_peers.RequestsAuth",
    "httpx-auth": "httpx_peers.HttpxAuth",
    "oauth2-client": "requests_peers.Oauth2ClientManager",
    "google-auth": "google.GoogleAuth",
    "google-auth, non-blocking": "google.GoogleAuthNonBlocking",
    "msal": "msal.Msal",
    "hand-written/httpx": "httpx_peers.HandWritten",
    "authlib/httpx2, async": "authlib.AuthlibHttpxAsync",
    "httpx-auth, async": "httpx_peers.HttpxAuthAsync",
    "hand-written/httpx, async": "httpx_peers.HandWrittenAsync",
}

_OURS = {
    "**evertoken**/httpx": "ours.EvertokenHttpx",
    "**evertoken**/httpx2": "ours.EvertokenHttpx2",
    "**evertoken**/requests": "ours.EvertokenRequests",
    "**evertoken**/httpx, async": "ours.EvertokenHttpxAsync",
    "**evertoken**/httpx2, async": "ours.EvertokenHttpx2Async",
    "**evertoken**/aiohttp": "ours.EvertokenAiohttp",
}

_BARE = {
    "**evertoken** `headers()`": "ours.EvertokenHeaders",
    "**evertoken** `aheaders()`, async": "ours.EvertokenAheaders",
}

_STATIC = {
    "static/httpx": "plain.StaticHttpx",
    "static/httpx2": "plain.StaticHttpx2",
    "static/requests": "plain.StaticRequests",
    "static/requests, header of the session": "plain.StaticRequestsHeader",
    "static/httpx, async": "plain.StaticHttpxAsync",
    "static/httpx2, async": "plain.StaticHttpx2Async",
    "static/aiohttp": "plain.StaticAiohttp",
}

NAMES = [*_PEERS, *_OURS]


def is_ours(name: str) -> bool:
    return name in _OURS


def is_async(name: str) -> bool:
    return name.endswith((", async", "/aiohttp"))


def find(name: str) -> Any:
    """The class of a contender."""
    module, _, attribute = {**_PEERS, **_OURS, **_BARE, **_STATIC}[name].partition(".")
    return getattr(importlib.import_module(f"contenders.{module}"), attribute)
