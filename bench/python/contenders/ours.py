"""evertoken, through each of its adapters, on its default policy."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import evertoken
from harness.target import Target

from contenders.contender import AsyncContender, Contender
from contenders.plain import AsyncHttpxFamily, HttpxFamily, RequestsFamily, StaticAiohttp, httpx_options


def source(target: Target) -> evertoken.TokenSource:
    if target.header_name is None:
        provider = evertoken.oauth2(
            target.token_url, api=target.origin, client_id=target.client_id, client_secret=target.client_secret
        )
    else:
        provider = evertoken.custom(
            with_header(target), variables={"origin": target.origin}, credentials=credentials(target)
        )
    return evertoken.TokenSource(provider)


def credentials(target: Target) -> dict[str, str]:
    return {"client_id": target.client_id, "client_secret": target.client_secret}


def with_header(target: Target) -> dict[str, Any]:
    """A descriptor whose token goes into another header."""
    return {
        "version": 1,
        "name": "bench",
        "title": "a server with a header of its own",
        "variables": {"origin": {"kind": "base_url", "label": "URL of the server"}},
        "credentials": [
            {"name": "client_id", "label": "client ID", "identity": True},
            {"name": "client_secret", "label": "client secret"},
        ],
        "request": {
            "url": "{origin}/oauth2/token",
            "body": {
                "form": {
                    "grant_type": "client_credentials",
                    "client_id": "{client_id}",
                    "client_secret": "{client_secret}",
                }
            },
        },
        "response": {
            "token": {"pointer": "/access_token"},
            "lifetime": [{"field": {"pointer": "/expires_in", "unit": "seconds"}}],
        },
        "api": {"base_url": "{origin}", "header": {"name": target.header_name, "prefix": ""}},
    }


def auth(module: ModuleType, chosen: evertoken.TokenSource) -> Any:
    if module.__name__ == "httpx2":
        import evertoken.httpx2

        return evertoken.httpx2.Auth(chosen)
    import evertoken.httpx

    return evertoken.httpx.Auth(chosen)


class EvertokenHttpx(HttpxFamily):
    def open(self) -> Any:
        self.source = source(self.target)
        self.auth = auth(self.module, self.source)
        return self.module.Client(auth=self.auth, **httpx_options(self.module, self.target, asynchronous=False))

    def close(self) -> None:
        super().close()
        self.source.close()


class EvertokenHttpx2(EvertokenHttpx):
    module_name = "httpx2"


class EvertokenHttpxAsync(AsyncHttpxFamily):
    def open(self) -> Any:
        if self.auth is None:
            self.source = source(self.target)
            self.auth = auth(self.module, self.source)
        return self.module.AsyncClient(auth=self.auth, **httpx_options(self.module, self.target, asynchronous=True))

    async def aclose(self) -> None:
        await super().aclose()
        self.source.close()


class EvertokenHttpx2Async(EvertokenHttpxAsync):
    module_name = "httpx2"


class EvertokenRequests(RequestsFamily):
    def make_auth(self) -> Any:
        import evertoken.requests

        self.source = source(self.target)
        return evertoken.requests.Auth(self.source)

    def close(self) -> None:
        super().close()
        self.source.close()


class EvertokenAiohttp(StaticAiohttp):
    def open(self) -> Any:
        import aiohttp
        import evertoken.aiohttp

        if not hasattr(self, "source"):
            self.source = source(self.target)
        return aiohttp.ClientSession(
            middlewares=[evertoken.aiohttp.middleware(self.source)],
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(self.target.timeout),
        )

    async def aclose(self) -> None:
        await super().aclose()
        self.source.close()


class EvertokenHeaders(Contender):
    """The token alone, without an API call."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.source = source(target)

    def get(self, url: str) -> int:
        self.source.headers()
        return 200


class EvertokenAheaders(AsyncContender):
    """The token alone, without an API call, on an event loop."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.source = source(target)

    async def get(self, url: str) -> int:
        await self.source.aheaders()
        return 200
