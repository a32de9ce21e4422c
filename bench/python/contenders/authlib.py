"""Authlib: it renews only if the constructor has `grant_type` and `token_endpoint`, and never fetches a first token."""

from __future__ import annotations

from typing import Any

from harness.target import Target

from contenders.contender import AsyncContender, Contender, Signer
from contenders.plain import httpx_async_signer, httpx_options, httpx_signer, prepare_session, requests_signer


def options(target: Target) -> dict[str, Any]:
    chosen: dict[str, Any] = {"token_endpoint": target.token_url, "grant_type": "client_credentials"}
    if target.leeway is not None:
        chosen["leeway"] = target.leeway
    return chosen


class AuthlibRequests(Contender):
    def __init__(self, target: Target) -> None:
        super().__init__(target)
        from authlib.integrations.requests_client import OAuth2Session

        self.session = prepare_session(
            OAuth2Session(target.client_id, target.client_secret, default_timeout=target.timeout, **options(target)),
            target,
        )

    def get(self, url: str) -> int:
        if not self.session.token:
            self.session.fetch_token()
        return int(self.session.get(url).status_code)

    def signer(self) -> Signer | None:
        return requests_signer(self.session.token_auth, self.target.api_url)

    def close(self) -> None:
        self.session.close()


class AuthlibHttpx(Contender):
    """On httpx2, which it takes where that is installed."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        import httpx2
        from authlib.integrations.httpx_client import OAuth2Client

        self.client = OAuth2Client(
            target.client_id,
            target.client_secret,
            **options(target),
            **httpx_options(httpx2, target, asynchronous=False),
        )

    def get(self, url: str) -> int:
        if not self.client.token:
            self.client.fetch_token()
        return int(self.client.get(url).status_code)

    def signer(self) -> Signer | None:
        import httpx2

        client = self.client
        return httpx_signer(
            httpx2, client.token_auth, self.target.api_url, lambda: client.ensure_active_token(client.token)
        )

    def close(self) -> None:
        self.client.close()


class AuthlibHttpxAsync(AsyncContender):
    def __init__(self, target: Target) -> None:
        super().__init__(target)
        import httpx2
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        self.client = AsyncOAuth2Client(
            target.client_id,
            target.client_secret,
            **options(target),
            **httpx_options(httpx2, target, asynchronous=True),
        )

    async def get(self, url: str) -> int:
        if not self.client.token:
            await self.client.fetch_token()
        return int((await self.client.get(url)).status_code)

    def signer(self) -> Signer | None:
        import httpx2

        client = self.client
        return httpx_async_signer(
            httpx2, client.token_auth, self.target.api_url, lambda: client.ensure_active_token(client.token)
        )

    async def aclose(self) -> None:
        await self.client.aclose()
