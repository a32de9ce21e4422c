"""What a client shares with the token request: its way to the network, and nothing else."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import aiohttp
import evertoken
import evertoken.aiohttp
import evertoken.httpx
import evertoken.httpx2
import evertoken.requests
import httpx
import httpx2
import pytest
import requests
from requests.adapters import BaseAdapter
from server import Server
from sockets import a_proxy

LIBRARIES = [pytest.param(httpx, evertoken.httpx, id="httpx"), pytest.param(httpx2, evertoken.httpx2, id="httpx2")]

PRIVATE = {"x-private": "of the user", "cookie": "session=of-the-user"}


class Mock:
    """Answers token requests and calls, and remembers them."""

    def __init__(self, library: Any) -> None:
        self.requests: list[Any] = []
        self._library = library
        self.closed = False

    def __call__(self, request: Any) -> Any:
        self.requests.append(request)
        if request.url.path == "/oauth2/token":
            return self._library.Response(
                200, json={"access_token": "mocked", "expires_in": 60, "token_type": "Bearer"}
            )
        return self._library.Response(200, text=request.headers["authorization"])

    def transport(self) -> Any:
        """Makes a transport that tells whether it was closed."""
        mock = self

        class Transport(self._library.MockTransport):  # type: ignore[misc, name-defined]
            def close(self) -> None:
                mock.closed = True

            async def aclose(self) -> None:
                mock.closed = True

        return Transport(self)


def provider() -> evertoken.Provider:
    credentials = {"client_id": "id", "client_secret": "sandbox-secret-x"}
    return evertoken.oauth2("https://example.com/oauth2/token", api="https://example.com/api", credentials=credentials)


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
@pytest.mark.parametrize("place", ["transport", "mounts"])
def test_a_mock_answers_the_token_request_as_well_and_stays_open(library: Any, adapter: Any, place: str) -> None:
    mock = Mock(library)
    options = {"transport": mock.transport()} if place == "transport" else {"mounts": {"all://": mock.transport()}}
    client = adapter.Client(provider(), **options)
    assert client.get("/things").text == "Bearer mocked"
    client.source.invalidate()
    assert client.get("/things").text == "Bearer mocked"
    assert not mock.closed
    client.close()
    assert mock.closed
    assert [request.url.path for request in mock.requests] == ["/oauth2/token", "/api/things"] * 2


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
@pytest.mark.parametrize("place", ["transport", "mounts"])
def test_an_async_mock_answers_the_token_request_as_well_and_stays_open(library: Any, adapter: Any, place: str) -> None:
    mock = Mock(library)
    options = {"transport": mock.transport()} if place == "transport" else {"mounts": {"all://": mock.transport()}}

    async def main() -> None:
        async with adapter.AsyncClient(provider(), **options) as client:
            assert (await client.get("/things")).text == "Bearer mocked"
            client.source.invalidate()
            assert (await client.get("/things")).text == "Bearer mocked"
            assert not mock.closed

    asyncio.run(main())
    assert mock.closed
    assert [request.url.path for request in mock.requests] == ["/oauth2/token", "/api/things"] * 2


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
def test_what_a_client_of_httpx_adds_to_its_calls_is_not_on_the_token_request(
    server: Server, library: Any, adapter: Any
) -> None:
    seen: list[str] = []
    options = {
        "headers": {"x-private": "of the user"},
        "cookies": {"session": "of-the-user"},
        "params": {"private": "of-the-user"},
        "event_hooks": {"request": [lambda request: seen.append(str(request.url))]},
        "follow_redirects": True,
    }
    with adapter.Client(server.provider(), **options) as client:
        client.get("/things")
    with library.Client(auth=adapter.Auth(server.source()), **options) as client:
        client.get(f"{server.api}/things")
    _nothing_of_the_user_on_the_token_requests(server)
    assert seen == [f"{server.api}/things?private=of-the-user"] * 2
    assert [arrived.target for arrived in server.log()] == ["/api/things?private=of-the-user"] * 2
    assert all(arrived.headers["x-private"] == "of the user" for arrived in server.log())


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
def test_what_an_async_client_of_httpx_adds_to_its_calls_is_not_on_the_token_request(
    server: Server, library: Any, adapter: Any
) -> None:
    seen: list[str] = []

    async def hook(request: Any) -> None:
        seen.append(request.url.path)

    async def main() -> None:
        options = {"headers": PRIVATE, "params": {"private": "of-the-user"}, "event_hooks": {"request": [hook]}}
        async with adapter.AsyncClient(server.provider(), **options) as client:
            await client.get("/things")
        async with library.AsyncClient(auth=adapter.Auth(server.source()), **options) as client:
            await client.get(f"{server.api}/things")

    asyncio.run(main())
    _nothing_of_the_user_on_the_token_requests(server)
    assert seen == ["/api/things"] * 2


def test_what_a_session_of_requests_adds_to_its_calls_is_not_on_the_token_request(server: Server) -> None:
    seen: list[str] = []
    with requests.Session() as session:
        session.auth = evertoken.requests.Auth(server.source())
        session.headers["x-private"] = "of the user"
        session.cookies["session"] = "of-the-user"
        session.params = {"private": "of-the-user"}
        session.hooks["response"].append(lambda response, **_: seen.append(response.request.path_url))
        session.get(f"{server.api}/things")
    _nothing_of_the_user_on_the_token_requests(server)
    assert seen == ["/api/things?private=of-the-user"]
    [arrived] = server.log()
    assert arrived.headers["cookie"] == "session=of-the-user"


def test_what_a_session_of_aiohttp_adds_to_its_calls_is_not_on_the_token_request(server: Server) -> None:
    async def main() -> None:
        middleware = evertoken.aiohttp.middleware(server.source())
        jar = aiohttp.CookieJar(unsafe=True)
        async with (
            aiohttp.ClientSession(
                middlewares=[middleware],
                headers={"x-private": "of the user"},
                cookie_jar=jar,
                cookies={"session": "of-the-user"},
            ) as session,
            session.get(f"{server.api}/things") as answer,
        ):
            assert answer.status == 200

    asyncio.run(main())
    _nothing_of_the_user_on_the_token_requests(server)
    [arrived] = server.log()
    assert arrived.headers["x-private"] == "of the user"


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
def test_certificate_authorities_of_a_client_hold_for_the_token_request_too(
    server: Server, library: Any, adapter: Any
) -> None:
    url = server.sandbox.about["oauth2"]["https"]
    credentials = {"client_id": server.key["id"], "client_secret": server.key["secret"]}
    secure = evertoken.oauth2(f"{url}/oauth2/token", api=f"{url}/api", credentials=credentials)
    context = ssl.create_default_context(cafile=server.sandbox.about["ca_pem_file"])
    with adapter.Client(secure, verify=context) as client:
        assert client.get("/things").status_code == 200
    with adapter.Client(secure, verify=context, http2=True) as client:
        assert client.get("/things").http_version == "HTTP/2"

    async def main() -> None:
        async with adapter.AsyncClient(secure, verify=context) as client:
            assert (await client.get("/things")).status_code == 200

    asyncio.run(main())
    assert [entry.status for entry in server.log(kind="token")] == [200] * 3


def test_an_adapter_of_requests_can_send_the_token_request_and_stays_open(server: Server) -> None:
    sent: list[str] = []
    inner = requests.adapters.HTTPAdapter()

    class Adapter(BaseAdapter):
        closed = False

        def send(self, request: Any, *args: Any, **options: Any) -> Any:
            sent.append(request.path_url)
            return inner.send(request, *args, **options)

        def close(self) -> None:
            type(self).closed = True

    source = server.source(transport=evertoken.requests.Transport(adapter=Adapter()))
    source.headers()
    assert sent == ["/oauth2/token"]
    assert not Adapter.closed
    inner.close()


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
def test_the_ssl_context_is_made_once(
    server: Server, library: Any, adapter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    make = library.create_ssl_context

    def counted(*args: Any, **options: Any) -> Any:
        given = options.get("verify", args[0] if args else True)
        if not isinstance(given, ssl.SSLContext):
            made.append(given)
        return make(*args, **options)

    for module in (library, library._transports.default, library._config):
        monkeypatch.setattr(module, "create_ssl_context", counted)
    with adapter.Client(server.provider(), trust_env=False) as client:
        client.get("/things")
        client.source.invalidate()
        client.get("/things")
    assert server.token_requests == 2
    assert len(made) == 1


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
def test_a_transport_has_no_other_options(library: Any, adapter: Any) -> None:
    for kind in (adapter.Transport, adapter.AsyncTransport):
        with pytest.raises(evertoken.ConfigurationError, match="event_hooks"):
            kind(event_hooks={})


def _nothing_of_the_user_on_the_token_requests(server: Server) -> None:
    arrived = server.log(kind="token")
    assert arrived
    for request in arrived:
        assert "private" not in request.everything
        assert "cookie" not in request.headers
        assert "of-the-user" not in request.everything


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
@pytest.mark.parametrize("place", ["transport", "mounts"])
def test_a_mock_answers_the_token_requests_of_the_other_kind_of_caller_too(
    library: Any, adapter: Any, place: str
) -> None:
    mock = Mock(library)
    options = {"transport": mock.transport()} if place == "transport" else {"mounts": {"all://": mock.transport()}}
    client, async_client = adapter.Client(provider(), **options), adapter.AsyncClient(provider(), **options)
    assert asyncio.run(client.source.atoken()) == "mocked"
    assert async_client.source.token() == "mocked"
    adapter.Auth(client.source)
    client.source.invalidate()
    assert asyncio.run(client.source.atoken()) == "mocked"
    assert [request.url.path for request in mock.requests] == ["/oauth2/token"] * 3
    client.close()
    asyncio.run(async_client.aclose())


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
def test_a_proxy_of_a_client_holds_for_the_token_requests_of_the_other_kind_of_caller_too(
    library: Any, adapter: Any
) -> None:
    with a_proxy() as (url, asked):
        client, async_client = adapter.Client(provider(), proxy=url), adapter.AsyncClient(provider(), proxy=url)
        with pytest.raises(evertoken.TransportError):
            asyncio.run(client.source.atoken())
        with pytest.raises(evertoken.TransportError):
            async_client.source.token()
        client.close()
        asyncio.run(async_client.aclose())
    assert {line.split()[1] for line in asked} == {"example.com:443"}
    assert len(asked) >= 2
