"""evertoken for aiohttp.

>>> import aiohttp, asyncio
>>> import evertoken.aiohttp
>>> source = evertoken.TokenSource(evertoken.piwik_pro("acme.piwik.pro"))
>>> async def main():
...     async with aiohttp.ClientSession(middlewares=[evertoken.aiohttp.middleware(source)]) as session:
...         async with session.get("https://acme.piwik.pro/api/apps/v2") as answer:
...             return await answer.json()
>>> apps = asyncio.run(main())
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from evertoken._body import Body
from evertoken._pickling import refuse_secrets
from evertoken._recovery import Carrier
from evertoken._silence import silence

try:
    import aiohttp
    from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse
except ImportError as _missing:
    raise ImportError('evertoken.aiohttp needs aiohttp 3.12.2 or newer: pip install "evertoken[aiohttp]"') from _missing

if TYPE_CHECKING:
    import ssl

    from evertoken import _native
    from evertoken._source import TokenSource
    from evertoken._transport import TokenAnswer, TokenRequest

__all__ = ["Transport", "middleware"]

_CHUNK = 64 * 1024


class Transport:
    """Sends token requests with an ``aiohttp.ClientSession`` of its own for each: no cookies, no netrc, no redirects.

    Give it to a source, as in ``TokenSource(provider, transport=Transport(proxy=..))``, where token requests need
    another way to the network than the environment says.

    Args:
        ssl: As for ``aiohttp``: how the endpoint's certificate is checked.
        proxy: The URL of a proxy.
        trust_env: Whether a proxy is taken from the environment where none is given.
    """

    def __init__(
        self,
        *,
        ssl: ssl.SSLContext | aiohttp.Fingerprint | bool = True,
        proxy: str | None = None,
        trust_env: bool = True,
    ) -> None:
        self._ssl = ssl
        self._proxy = proxy
        self._trust_env = trust_env

    def __repr__(self) -> str:
        return "Transport()"

    def __getstate__(self) -> dict[str, Any]:
        refuse_secrets(self._proxy)
        return vars(self)

    async def asend(self, request: TokenRequest) -> TokenAnswer:
        """Sends one token request."""
        body = Body(request)
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._ssl, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=request.timeout),
            auto_decompress=False,
            # It would look for the host in netrc too.
            trust_env=False,
        )
        headers = {"accept-encoding": "identity", **dict(request.headers)}
        with silence("aiohttp"):
            async with session:
                answer = await session.request(
                    request.method,
                    request.url,
                    data=request.body,
                    headers=headers,
                    allow_redirects=False,
                    proxy=self._way(request),
                )
                try:
                    async for chunk in answer.content.iter_chunked(_CHUNK):
                        if not body.take(chunk):
                            break
                    return body.answer(answer.status, list(answer.headers.items()))
                finally:
                    answer.close()

    def _way(self, request: TokenRequest) -> str | None:
        """Returns the proxy."""
        if self._proxy is not None or not self._trust_env or not request.is_encrypted:
            return self._proxy
        parts = urlsplit(request.url)
        return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


def middleware(source: TokenSource, *, min_valid: float = 0.0, patience: float | None = None) -> ClientMiddlewareType:
    """Returns a middleware that authenticates the requests of a session, or of a single call.

    Requests to the source's API get a valid token; one whose token is rejected is sent again, once, with another.
    Requests to anywhere else, and those with a token header of your own, stay as they are. aiohttp asks it anew for
    each hop of a redirect.

    Args:
        source: Where tokens come from; share one.
        min_valid: Seconds that a token must still be good for, for uploads and streams.
        patience: Seconds that a call waits for a token; by default the source's. The session's time-out ends the
            wait as well.

    Raises:
        EvertokenError: From the session's calls, when there is no token. Failures of the call itself stay aiohttp's
            own.
    """
    carrier = Carrier(source, min_valid, patience)
    source._prefer(Transport, asynchronous=True)

    async def authenticate(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        headers = request.headers
        accept = None if carrier.header_name in headers else carrier.admits(str(request.url))
        if accept is None:
            return await handler(request)
        if accept and headers.get("Accept", "*/*") == "*/*":
            headers["Accept"] = accept
        snapshot = carrier.fresh() or await carrier.aobtain()
        response = await _sent(request, handler, snapshot)
        retried = False
        while await _rejected(carrier, response):
            # An answer that is not read holds its connection, which whoever gets the next token may need.
            await response.read()
            again = await carrier.arecover(snapshot, replayable=_replayable(request), retried=retried)
            if again is None:
                break
            await request.close()  # the first try may still be sending its body
            snapshot, retried = again, True
            response = await _sent(request, handler, snapshot)
        return response

    return authenticate


async def _sent(request: ClientRequest, handler: ClientHandlerType, snapshot: _native.Snapshot) -> ClientResponse:
    request.headers[snapshot.header_name] = snapshot.header_value
    return await handler(request)


async def _rejected(carrier: Carrier, response: ClientResponse) -> bool:
    if not carrier.suspects(response.status):
        return False
    headers = list(response.headers.items())
    body = await response.read() if carrier.reads_body(response.status, headers) else None
    return carrier.rejects(response.status, headers, body)


def _replayable(request: ClientRequest) -> bool:
    """Says whether the body can be sent again: a generator cannot, once it has begun."""
    body = request.body
    return not body or not getattr(body, "consumed", True)
