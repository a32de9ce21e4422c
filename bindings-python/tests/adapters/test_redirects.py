"""A redirect takes the token nowhere but to the API."""

from __future__ import annotations

from contextlib import suppress

import pytest
from callers import AIOHTTP, EVERY, HTTPX, Call, Caller
from server import Request, Server

# On clients of the user's own httpx follows redirects, and takes this one header along as far as the origin goes.
KEEPS = [(caller, "Authorization") for caller in HTTPX if not caller.name.startswith("evertoken.")]
DROPS = [(caller, name) for caller in EVERY for name in ("Authorization", "X-Api-Token") if (caller, name) not in KEEPS]


def _names(pairs: list[tuple[Caller, str]]) -> list[str]:
    return [f"{caller.name}-{header}" for caller, header in pairs]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_origin_gets_no_token(server: Server, caller: Caller, header: str, status: int) -> None:
    source = server.source(header)
    server.redirect(status, f"{server.elsewhere}/catch", times=1)
    answer = caller.call(source, Call(f"{server.api}/things"))
    assert answer.status == 200
    [arrived] = server.log("elsewhere")
    assert arrived.target == "/catch"
    assert header.lower() not in arrived.headers
    assert source.token() not in arrived.everything
    assert server.token_requests == 1


@pytest.mark.parametrize("status", [307, 308])
def test_a_body_is_redirected_without_the_token_as_well(
    server: Server, caller: Caller, header: str, status: int
) -> None:
    source = server.source(header)
    server.redirect(status, f"{server.elsewhere}/catch", times=1)
    caller.call(source, Call(f"{server.api}/things", method="POST", body=b"body"))
    [arrived] = server.log("elsewhere")
    assert (arrived.method, arrived.body) == ("POST", "body")
    assert source.token() not in arrived.everything


@pytest.mark.parametrize(("caller", "header"), DROPS, ids=_names(DROPS))
@pytest.mark.parametrize("location", ["/outside/of/the/api", "/apiary", "/api/../outside", "/oauth2/token"])
def test_a_redirect_out_of_the_surface_gets_no_token(
    server: Server, caller: Caller, header: str, location: str
) -> None:
    source = server.source(header)
    server.redirect(307, location, times=1)
    caller.call(source, Call(f"{server.api}/things"))
    arrived = [
        request for request in _all(server) if not request.target.startswith("/api/") and request.method == "GET"
    ]
    assert len(arrived) == 1
    assert header.lower() not in arrived[0].headers
    assert source.token() not in arrived[0].everything


@pytest.mark.parametrize(("caller", "header"), KEEPS, ids=_names(KEEPS))
def test_a_401_outside_of_the_surface_is_none_of_our_business(server: Server, caller: Caller, header: str) -> None:
    source = server.source(header)
    server.redirect(307, "/outside", path="/api/things")
    server.fault({"type": "answer", "status": 401}, kind="api")
    assert caller.call(source, Call(f"{server.api}/things")).status == 401
    assert [request.target for request in server.log()] == ["/api/things", "/outside"]
    assert server.token_requests == 1


def test_a_redirect_to_another_scheme_or_port_gets_no_token(server: Server, caller: Caller, header: str) -> None:
    source = server.source(header)
    other = server.sandbox.about["oro"]["http"]
    server.redirect(307, f"{other}/api/things", times=1)
    caller.call(source, Call(f"{server.api}/things"))
    [arrived] = server.log("oro")
    assert source.token() not in arrived.everything


@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_within_the_api_keeps_the_token(server: Server, caller: Caller, header: str, status: int) -> None:
    source = server.source(header)
    server.redirect(status, "/api/things/", times=1)
    answer = caller.call(source, Call(f"{server.api}/things"))
    arrived = server.log()[-1]
    assert arrived.target == "/api/things/"
    assert source.token() in arrived.headers[header.lower()]
    # The sandbox knows no other header than Authorization.
    assert answer.status == (200 if header == "Authorization" else 401)
    assert answer.hops[0] in (status, 401)


@pytest.mark.parametrize(
    "caller", [caller for caller in EVERY if caller is not AIOHTTP], ids=lambda caller: caller.name
)
def test_a_token_does_not_come_back_from_another_origin(server: Server, caller: Caller, header: str) -> None:
    source = server.source(header)
    server.redirect(307, f"{server.elsewhere}/there", times=1)
    server.redirect(307, f"{server.api}/back", vendor="elsewhere")
    answer = caller.call(source, Call(f"{server.api}/things"))
    arrived = server.log()[-1]
    assert arrived.target == "/api/back"
    assert source.token() not in arrived.everything
    assert answer.status == 401
    assert server.token_requests == 1


@pytest.mark.parametrize(
    "location",
    [
        "{elsewhere}\\@{api}/catch",
        "{api}\\@{elsewhere_host}/catch",
        "//{elsewhere_host}/catch",
        "\\\\{elsewhere_host}/catch",
        "{scheme}:{elsewhere_host}/catch",
        "{scheme}:///{elsewhere_host}/catch",
        "{api_user}@{elsewhere_host}/catch",
        "/\t/{elsewhere_host}/catch",
    ],
)
def test_a_location_that_is_read_in_two_ways_leaks_nothing(server: Server, caller: Caller, location: str) -> None:
    source = server.source("X-Api-Token")
    host = server.elsewhere.removeprefix("http://")
    told = location.format(
        elsewhere=server.elsewhere,
        elsewhere_host=host,
        api=server.url,
        api_user="http://" + server.url.removeprefix("http://").replace(":", "%3A"),
        scheme="http",
    )
    server.redirect(307, told, times=1)
    # A library may refuse to follow it, with an exception of its own.
    with suppress(Exception):
        caller.call(source, Call(f"{server.api}/things"))
    token = source.token()
    assert all(token not in request.everything for request in server.log("elsewhere"))
    assert all(token not in request.everything for request in _all(server) if not request.target.startswith("/api"))


def test_redirects_are_not_followed_where_the_client_does_not(server: Server, caller: Caller, header: str) -> None:
    source = server.source(header)
    server.redirect(302, f"{server.elsewhere}/catch")
    answer = caller.call(source, Call(f"{server.api}/things", follow=False))
    assert answer.status == 302
    assert server.log("elsewhere") == []


def _all(server: Server) -> list[Request]:
    return [*server.log(kind="api"), *server.log(kind="token")]
