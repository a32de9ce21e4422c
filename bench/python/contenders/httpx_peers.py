"""httpx-auth, and the `httpx.Auth` that people write by hand."""

from __future__ import annotations

import time
from typing import Any

import httpx
from harness.target import Target

from contenders.plain import AsyncHttpxFamily, HttpxFamily, httpx_options


def httpx_auth(target: Target) -> Any:
    from httpx_auth import OAuth2ClientCredentials

    more: dict[str, Any] = {} if target.leeway is None else {"early_expiry": target.leeway}
    if target.header_name is not None:
        more |= {"header_name": target.header_name, "header_value": "{token}"}
    return OAuth2ClientCredentials(target.token_url, target.client_id, target.client_secret, **more)


def forget_httpx_auth() -> None:
    from httpx_auth import OAuth2

    OAuth2.token_cache.clear()


class HttpxAuth(HttpxFamily):
    def open(self) -> httpx.Client:
        self.auth = httpx_auth(self.target)
        return httpx.Client(auth=self.auth, **httpx_options(httpx, self.target, asynchronous=False))

    @classmethod
    def forget(cls) -> None:
        forget_httpx_auth()


class HttpxAuthAsync(AsyncHttpxFamily):
    def open(self) -> httpx.AsyncClient:
        self.auth = self.auth or httpx_auth(self.target)
        return httpx.AsyncClient(auth=self.auth, **httpx_options(httpx, self.target, asynchronous=True))

    @classmethod
    def forget(cls) -> None:
        forget_httpx_auth()


class ByHand(httpx.Auth):
    """The shape of httpx's documentation: a token request by `yield`, 30 s early, one more try after a 401."""

    requires_response_body = True

    def __init__(self, target: Target) -> None:
        self.target = target
        self.leeway = 30.0 if target.leeway is None else target.leeway
        self.token: str | None = None
        self.expires_at = 0.0

    def auth_flow(self, request: httpx.Request) -> Any:
        if self.token is None or time.time() >= self.expires_at - self.leeway:
            self.keep((yield self.token_request()))
        request.headers["Authorization"] = f"Bearer {self.token}"
        response = yield request
        if response.status_code == 401:
            self.keep((yield self.token_request()))
            request.headers["Authorization"] = f"Bearer {self.token}"
            yield request

    def token_request(self) -> httpx.Request:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.target.client_id,
            "client_secret": self.target.client_secret,
        }
        return httpx.Request("POST", self.target.token_url, data=form)

    def keep(self, response: httpx.Response) -> None:
        response.raise_for_status()
        answer = response.json()
        self.token = answer["access_token"]
        self.expires_at = time.time() + answer["expires_in"]


class HandWritten(HttpxFamily):
    def open(self) -> httpx.Client:
        self.auth = ByHand(self.target)
        return httpx.Client(auth=self.auth, **httpx_options(httpx, self.target, asynchronous=False))


class HandWrittenAsync(AsyncHttpxFamily):
    def open(self) -> httpx.AsyncClient:
        self.auth = self.auth or ByHand(self.target)
        return httpx.AsyncClient(auth=self.auth, **httpx_options(httpx, self.target, asynchronous=True))
