"""One GET, or many at once, over each HTTP library with its adapter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import aiohttp
import evertoken
import evertoken.aiohttp
import evertoken.httpx
import evertoken.httpx2
import evertoken.requests
import httpx
import httpx2
import requests


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any


Get = Callable[[evertoken.TokenSource, str, int], list[Answer]]


def _answer(response: Any) -> Answer:
    is_json = "json" in response.headers.get("content-type", "")
    return Answer(response.status_code, response.json() if is_json else response.text)


def _threads(get: Callable[[], Any], times: int) -> list[Answer]:
    with ThreadPoolExecutor(times) as pool:
        return [_answer(future.result()) for future in [pool.submit(get) for _ in range(times)]]


def over_httpx(source: evertoken.TokenSource, url: str, times: int = 1) -> list[Answer]:
    """Calls from threads that share a client."""
    with httpx.Client(auth=evertoken.httpx.Auth(source), timeout=30, trust_env=False) as client:
        return _threads(lambda: client.get(url), times)


def over_httpx2(source: evertoken.TokenSource, url: str, times: int = 1) -> list[Answer]:
    """Calls from threads that share a client."""
    with httpx2.Client(auth=evertoken.httpx2.Auth(source), timeout=30, trust_env=False) as client:
        return _threads(lambda: client.get(url), times)


def over_requests(source: evertoken.TokenSource, url: str, times: int = 1) -> list[Answer]:
    """Calls from threads that share a session."""
    with requests.Session() as session:
        session.auth = evertoken.requests.Auth(source)
        session.trust_env = False
        return _threads(lambda: session.get(url, timeout=30), times)


def over_httpx_async(source: evertoken.TokenSource, url: str, times: int = 1) -> list[Answer]:
    """Calls from tasks that share a client."""

    async def calls() -> list[Answer]:
        async with httpx.AsyncClient(auth=evertoken.httpx.Auth(source), timeout=30, trust_env=False) as client:
            return [_answer(response) for response in await asyncio.gather(*(client.get(url) for _ in range(times)))]

    return asyncio.run(calls())


def over_aiohttp(source: evertoken.TokenSource, url: str, times: int = 1) -> list[Answer]:
    """Calls from tasks that share a session."""

    async def one(session: aiohttp.ClientSession) -> Answer:
        async with session.get(url) as response:
            is_json = "json" in response.content_type
            return Answer(response.status, await (response.json(content_type=None) if is_json else response.text()))

    async def calls() -> list[Answer]:
        async with aiohttp.ClientSession(middlewares=[evertoken.aiohttp.middleware(source)]) as session:
            return list(await asyncio.gather(*(one(session) for _ in range(times))))

    return asyncio.run(calls())


ALL: dict[str, Get] = {
    "httpx": over_httpx,
    "httpx-async": over_httpx_async,
    "httpx2": over_httpx2,
    "requests": over_requests,
    "aiohttp": over_aiohttp,
}
