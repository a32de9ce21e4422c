"""The transports of token requests, each as a source uses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import evertoken
import evertoken.aiohttp
import evertoken.httpx
import evertoken.httpx2
import evertoken.requests
import trio
from evertoken._urllib import UrllibTransport


@dataclass(frozen=True)
class Kind:
    """A transport, how it is made with certificate authorities of its own, and who waits for it."""

    name: str
    make: Callable[..., Any]
    verify: str | None = "verify"
    loop: Callable[[Any], Any] | None = None

    def send(self, transport: Any, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        """Sends one request by itself."""
        if self.loop is None:
            answer: evertoken.TokenAnswer = transport.send(request)
        else:
            answer = self.loop(lambda: transport.asend(request))
        return answer

    def headers(self, source: evertoken.TokenSource) -> Any:
        """Asks a source whose transport it is."""
        return source.headers() if self.loop is None else self.loop(source.aheaders)


def on_asyncio(call: Callable[[], Any]) -> Any:
    async def main() -> Any:
        return await call()

    return asyncio.run(main())


KINDS = [
    Kind("urllib", UrllibTransport, verify=None),
    Kind("httpx", evertoken.httpx.Transport),
    Kind("httpx on asyncio", evertoken.httpx.AsyncTransport, loop=on_asyncio),
    Kind("httpx on trio", evertoken.httpx.AsyncTransport, loop=trio.run),
    Kind("httpx2", evertoken.httpx2.Transport),
    Kind("httpx2 on asyncio", evertoken.httpx2.AsyncTransport, loop=on_asyncio),
    Kind("httpx2 on trio", evertoken.httpx2.AsyncTransport, loop=trio.run),
    Kind("requests", evertoken.requests.Transport),
    Kind("aiohttp", evertoken.aiohttp.Transport, verify="ssl", loop=on_asyncio),
]
