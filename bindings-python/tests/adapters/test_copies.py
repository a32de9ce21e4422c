"""Tracing, caches and hooks copy requests on their way: the token is on the copies too."""

from __future__ import annotations

import asyncio
from typing import Any

import evertoken
import evertoken.httpx
import evertoken.httpx2
import httpx
import httpx2
import pytest
from aged_clock import AgedClock
from server import Server

LIBRARIES = [pytest.param(httpx, evertoken.httpx, id="httpx"), pytest.param(httpx2, evertoken.httpx2, id="httpx2")]
both = pytest.mark.parametrize(("library", "adapter"), LIBRARIES)


def replacing(library: Any, request: Any) -> Any:
    """Gives a request headers of its own, as OpenTelemetry does."""
    request.headers = library.Headers(request.headers)
    return request


def copying(library: Any, request: Any) -> Any:
    """Makes another request of one, as caches and retries do."""
    return library.Request(
        request.method, request.url, headers=request.headers, stream=request.stream, extensions=request.extensions
    )


every_way = pytest.mark.parametrize("way", [replacing, copying])


def transport(library: Any, way: Any) -> Any:
    """Makes a transport that sends what a way makes of a request."""

    class Transport(library.HTTPTransport):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:
            return super().handle_request(way(library, request))

    return Transport()


def async_transport(library: Any, way: Any) -> Any:
    class Transport(library.AsyncHTTPTransport):  # type: ignore[misc]
        async def handle_async_request(self, request: Any) -> Any:
            return await super().handle_async_request(way(library, request))

    return Transport()


def revoked(server: Server, header: str) -> evertoken.TokenSource:
    clock = AgedClock()
    source = server.source(header, clock=clock)
    source.headers()
    clock.pass_by(60)
    server.revoke()
    return source


@both
@every_way
def test_a_request_that_is_copied_carries_the_token(server: Server, library: Any, adapter: Any, way: Any) -> None:
    with adapter.Client(server.source(), transport=transport(library, way)) as client:
        assert client.get(f"{server.api}/things").status_code == 200
    auth = adapter.Auth(server.source())
    with library.Client(auth=auth, transport=transport(library, way)) as client:
        assert client.get(f"{server.api}/things").status_code == 200

    async def main() -> None:
        async with adapter.AsyncClient(server.source(), transport=async_transport(library, way)) as client:
            assert (await client.get(f"{server.api}/things")).status_code == 200
        async with library.AsyncClient(auth=auth, transport=async_transport(library, way)) as client:
            assert (await client.get(f"{server.api}/things")).status_code == 200

    asyncio.run(main())
    assert [request.status for request in server.log()] == [200] * 4


@both
@every_way
def test_a_copied_request_of_a_client_carries_any_header_and_is_recovered(
    server: Server, library: Any, adapter: Any, way: Any, header: str
) -> None:
    source = revoked(server, header)
    server.fault({"type": "reject"}, kind="api", times=1)
    server.fault({"type": "answer", "status": 200}, kind="api")
    with adapter.Client(source, transport=transport(library, way)) as client:
        assert client.get(f"{server.api}/things").status_code == 200
    first, second = server.log()
    assert source.token() in second.headers[header.lower()]
    assert first.headers[header.lower()] != second.headers[header.lower()]


@both
@every_way
@pytest.mark.parametrize("status", [302, 307])
def test_a_copied_request_of_a_client_is_redirected_without_the_token(
    server: Server, library: Any, adapter: Any, way: Any, header: str, status: int
) -> None:
    source = server.source(header)
    server.redirect(status, f"{server.elsewhere}/catch", path="/api/away")
    server.redirect(status, "/outside", path="/api/out")
    server.redirect(status, "/api/there", path="/api/within")
    with adapter.Client(source, transport=transport(library, way), follow_redirects=True) as client:
        for path in ("/away", "/out", "/within"):
            client.get(f"{server.api}{path}")

    async def main() -> None:
        way_out = async_transport(library, way)
        async with adapter.AsyncClient(source, transport=way_out, follow_redirects=True) as client:
            for path in ("/away", "/out", "/within"):
                await client.get(f"{server.api}{path}")

    asyncio.run(main())
    arrived = {request.target: request for request in [*server.log(), *server.log("elsewhere")]}
    assert [source.token() in arrived[path].everything for path in ("/catch", "/outside", "/api/there")] == [
        False,
        False,
        True,
    ]


@both
def test_the_next_request_of_a_redirect_that_is_not_followed_has_no_token(
    server: Server, library: Any, adapter: Any, header: str
) -> None:
    source = server.source(header)
    server.redirect(307, f"{server.elsewhere}/catch")
    with adapter.Client(source) as client, library.Client() as other:
        other.send(client.get(f"{server.api}/things").next_request)

    async def main() -> None:
        async with adapter.AsyncClient(source) as client, library.AsyncClient() as other:
            await other.send((await client.get(f"{server.api}/things")).next_request)

    asyncio.run(main())
    assert [source.token() in request.everything for request in server.log("elsewhere")] == [False, False]


@both
def test_a_copied_request_that_is_sent_again_by_its_maker_gets_the_token_of_now(
    server: Server, library: Any, adapter: Any
) -> None:
    source = server.source()
    with library.Client(auth=adapter.Auth(source), transport=transport(library, replacing)) as client:
        request = client.build_request("GET", f"{server.api}/things")
        assert client.send(request).status_code == 200
        source.invalidate()
        assert client.send(request).status_code == 200
    assert server.log()[-1].headers["authorization"] == f"Bearer {source.token()}"


@both
def test_a_header_that_no_library_knows_says_which_client_to_use_where_requests_are_copied(
    server: Server, library: Any, adapter: Any
) -> None:
    source = server.source("X-Api-Token")
    auth = adapter.Auth(source)
    with (
        library.Client(auth=auth, transport=transport(library, replacing)) as client,
        pytest.raises(evertoken.ConfigurationError, match="X-Api-Token") as raised,
    ):
        client.get(f"{server.api}/things")
    assert "Client" in raised.value.fix

    async def main() -> None:
        async with library.AsyncClient(auth=auth, transport=async_transport(library, replacing)) as client:
            await client.get(f"{server.api}/things")

    with pytest.raises(evertoken.ConfigurationError, match="X-Api-Token"):
        asyncio.run(main())
    assert server.token_requests == 1


@both
def test_what_a_client_sends_hides_the_token_in_its_repr(
    server: Server, library: Any, adapter: Any, header: str
) -> None:
    source = server.source(header)
    server.fault({"type": "answer", "status": 200}, kind="api")
    with adapter.Client(source) as client:
        request = client.get(f"{server.api}/things").request
    assert source.token() in request.headers[header]
    assert source.token() not in repr(request.headers)
