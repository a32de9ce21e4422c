"""HTTP clients as all contenders get them, and those with a header that never changes."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from harness.target import Target

from contenders.contender import AsyncContender, Contender, Signer

TOKEN = "static-token." + "x" * 787
"""800 bytes, as long as a usual JWT."""
CANNED_TOKEN = b'{"access_token":"' + TOKEN.encode() + b'","token_type":"Bearer","expires_in":3600}'
CANNED_API = b'{"items":[]}'


def httpx_options(module: ModuleType, target: Target, *, asynchronous: bool) -> dict[str, Any]:
    """The arguments of an httpx or httpx2 client."""
    options: dict[str, Any] = {
        "timeout": target.timeout,
        "limits": module.Limits(max_connections=None, max_keepalive_connections=None),
        "follow_redirects": target.follow_redirects,
    }
    if target.transport == "mock":
        options["transport"] = module.MockTransport(lambda request: canned_httpx(module, request))
    elif target.transport == "aiohttp" and asynchronous and module.__name__ == "httpx":
        import httpx_aiohttp

        options["transport"] = httpx_aiohttp.AiohttpTransport(limits=options["limits"])
    return options


def canned_httpx(module: ModuleType, request: Any) -> Any:
    content = CANNED_TOKEN if request.url.path.endswith("/token") else CANNED_API
    return module.Response(200, headers={"Content-Type": "application/json"}, content=content)


def prepare_session(session: Any, target: Target) -> Any:
    """Gives a requests session a pool for all callers, or a canned answer."""
    from requests.adapters import HTTPAdapter

    if target.transport == "mock":
        adapter: HTTPAdapter = canned_adapter()
    else:
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=256)
    session.mount("http://", adapter)
    return session


def canned_adapter() -> Any:
    import io

    import requests
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPResponse

    class Canned(HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            content = CANNED_TOKEN if str(request.url).endswith("/token") else CANNED_API
            headers = {"Content-Type": "application/json"}
            raw = HTTPResponse(io.BytesIO(content), headers, 200, preload_content=False)
            return self.build_response(request, raw)

    return Canned()


def httpx_signer(module: ModuleType, auth: Any, url: str, ready: Callable[[], Any] = lambda: None) -> Signer:
    """Runs an auth flow over one request and one good answer, as the client does."""
    answered = module.Response(200, request=module.Request("GET", url))

    def sign(request: Any) -> None:
        ready()
        flow = auth.sync_auth_flow(request)
        answered.request = next(flow)
        try:
            flow.send(answered)
        except StopIteration:
            return

    return Signer(lambda: module.Request("GET", url), sign)


def httpx_async_signer(module: ModuleType, auth: Any, url: str, ready: Callable[[], Any] | None = None) -> Signer:
    answered = module.Response(200, request=module.Request("GET", url))

    async def sign(request: Any) -> None:
        if ready is not None:
            await ready()
        flow = auth.async_auth_flow(request)
        answered.request = await flow.__anext__()
        try:
            await flow.asend(answered)
        except StopAsyncIteration:
            return

    return Signer(lambda: module.Request("GET", url), sign)


def requests_signer(auth: Any, url: str) -> Signer:
    import requests

    return Signer(lambda: requests.Request("GET", url).prepare(), auth)


class HttpxFamily(Contender):
    """A header on the client itself, httpx."""

    module_name = "httpx"

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        import importlib

        self.module = importlib.import_module(self.module_name)
        self.auth: Any = None
        self.client = self.open()

    def open(self) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return self.module.Client(headers=headers, **httpx_options(self.module, self.target, asynchronous=False))

    def get(self, url: str) -> int:
        return int(self.client.get(url).status_code)

    def signer(self) -> Signer | None:
        return httpx_signer(self.module, self.auth or static_auth(self.module), self.target.api_url)

    def close(self) -> None:
        self.client.close()


def static_auth(module: ModuleType) -> Any:
    class Static(module.Auth):  # type: ignore[misc,name-defined]
        def auth_flow(self, request: Any) -> Any:
            request.headers["Authorization"] = f"Bearer {TOKEN}"
            yield request

    return Static()


class StaticHttpx(HttpxFamily):
    """httpx."""


class StaticHttpx2(HttpxFamily):
    """httpx2."""

    module_name = "httpx2"


class AsyncHttpxFamily(AsyncContender):
    """A header on the client itself, httpx on an event loop."""

    module_name = "httpx"

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        import importlib

        self.module = importlib.import_module(self.module_name)
        self.auth: Any = None
        self.client = self.open()

    def open(self) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return self.module.AsyncClient(headers=headers, **httpx_options(self.module, self.target, asynchronous=True))

    def renew_client(self) -> None:
        self.client = self.open()

    async def get(self, url: str) -> int:
        return int((await self.client.get(url)).status_code)

    def signer(self) -> Signer | None:
        return httpx_async_signer(self.module, self.auth or static_auth(self.module), self.target.api_url)

    async def aclose(self) -> None:
        await self.client.aclose()


class StaticHttpxAsync(AsyncHttpxFamily):
    """httpx on an event loop."""


class StaticHttpx2Async(AsyncHttpxFamily):
    """httpx2 on an event loop."""

    module_name = "httpx2"


class RequestsFamily(Contender):
    """A requests session with an auth object."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        import requests

        self.session = prepare_session(requests.Session(), target)
        self.session.auth = self.make_auth()

    def make_auth(self) -> Any:
        from requests.auth import AuthBase

        class Static(AuthBase):
            def __call__(self, request: Any) -> Any:
                request.headers["Authorization"] = f"Bearer {TOKEN}"
                return request

        return Static()

    def get(self, url: str) -> int:
        return int(self.session.get(url, timeout=self.target.timeout).status_code)

    def signer(self) -> Signer | None:
        return requests_signer(self.session.auth, self.target.api_url)

    def close(self) -> None:
        self.session.close()


class StaticRequests(RequestsFamily):
    """An auth object of three lines."""


class StaticRequestsHeader(RequestsFamily):
    """A header of the session: requests then looks for a netrc file at each call."""

    def make_auth(self) -> Any:
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"
        return None

    def signer(self) -> Signer | None:
        return None


class StaticAiohttp(AsyncContender):
    """A header of the aiohttp session."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.session = self.open()

    def open(self) -> Any:
        import aiohttp

        return aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {TOKEN}"},
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(self.target.timeout),
        )

    def renew_client(self) -> None:
        self.session = self.open()

    async def get(self, url: str) -> int:
        async with self.session.get(url, allow_redirects=self.target.follow_redirects) as response:
            await response.read()
            return int(response.status)

    async def aclose(self) -> None:
        await self.session.close()
