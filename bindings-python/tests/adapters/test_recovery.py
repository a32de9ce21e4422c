"""A call whose token the API rejects is made once more with another one, or gets the API's own answer."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import evertoken
import evertoken.httpx
import evertoken.httpx2
import httpx
import httpx2
import niquests
import pytest
import requests
from aged_clock import AgedClock
from callers import AIOHTTP, EVERY, HTTPX, REQUESTS, Call, Caller
from server import Sandbox, Server

REPLAYS_FILES = [*REQUESTS, AIOHTTP]


def revoked(server: Server, **options: Any) -> evertoken.TokenSource:
    """Makes a source whose token was revoked a while after it came."""
    clock = AgedClock()
    source = server.source(clock=clock, **options)
    source.headers()
    clock.pass_by(60)
    server.revoke()
    return source


def test_a_call_with_a_revoked_token_succeeds(server: Server, caller: Caller) -> None:
    source = revoked(server)
    answer = caller.call(source, Call(f"{server.api}/things"))
    assert answer.status == 200
    assert [request.status for request in server.log()] == [401, 200]
    assert server.token_requests == 2


def test_200_calls_with_a_revoked_token_succeed_with_one_token_request(server: Server, caller: Caller) -> None:
    source = revoked(server)
    answers = caller.calls(source, Call(f"{server.api}/things"), 200)
    assert [answer.status for answer in answers] == [200] * 200
    assert server.token_requests == 2


def test_a_body_of_bytes_is_sent_again(server: Server, caller: Caller) -> None:
    source = revoked(server)
    answer = caller.call(source, Call(f"{server.api}/things", method="POST", body=b"all of it"))
    assert answer.status == 200
    assert [request.body for request in server.log()] == ["all of it", "all of it"]


@pytest.mark.parametrize("caller", REPLAYS_FILES, ids=lambda caller: caller.name)
def test_a_file_is_sent_again_from_where_it_began(server: Server, caller: Caller) -> None:
    source = revoked(server)
    answer = caller.call(source, Call(f"{server.api}/things", method="POST", body=b"all of it", kind="file"))
    assert answer.status == 200
    assert [request.body for request in server.log()] == ["all of it", "all of it"]


def test_a_stream_is_not_sent_again(server: Server, caller: Caller) -> None:
    told: list[evertoken.Event] = []
    source = revoked(server, on_event=told.append)
    call = Call(f"{server.api}/things", method="POST", body=b"once", kind="stream")
    assert caller.call(source, call).status == 401
    assert [(request.status, request.body) for request in server.log()] == [(401, "once")]
    # The source knows nevertheless.
    assert "rejected" in [event.type for event in told]


def test_the_call_after_a_stream_gets_the_token_that_was_fetched_for_it(server: Server) -> None:
    source = revoked(server)
    call = Call(f"{server.api}/things", method="POST", body=b"once", kind="stream")
    caller = EVERY[0]
    assert [caller.call(source, call).status, caller.call(source, call).status] == [401, 200]
    assert server.token_requests == 2


def test_a_call_is_made_twice_at_most(server: Server, caller: Caller) -> None:
    source = revoked(server)
    server.fault({"type": "reject"}, kind="api")
    answer = caller.call(source, Call(f"{server.api}/things"))
    assert answer.status == 401
    assert len(server.log()) == 2
    assert server.token_requests == 2


def test_the_apis_own_answer_comes_back_when_no_other_token_comes(server: Server, caller: Caller) -> None:
    source = revoked(server)
    server.fault({"type": "documented", "name": "invalid_client"}, kind="token")
    words = {"error": "invalid_token", "words": "of the API"}
    server.fault({"type": "answer", "status": 401, "headers": [["x-own", "1"]], "body": {"json": words}}, kind="api")
    answer = caller.call(source, Call(f"{server.api}/things"))
    assert answer.status == 401
    assert "of the API" in answer.text
    assert len(server.log()) == 1


def test_a_401_to_a_request_with_a_token_of_the_users_own_is_none_of_our_business(
    server: Server, caller: Caller, header: str
) -> None:
    source = server.source(header)
    answer = caller.call(source, Call(f"{server.api}/things", headers={header.lower(): "Bearer mine"}))
    assert answer.status == 401
    [arrived] = server.log()
    assert arrived.headers[header.lower()] == "Bearer mine"
    assert server.token_requests == 0


def test_a_401_of_another_origin_costs_no_token_request(server: Server, caller: Caller, header: str) -> None:
    source = server.source(header)
    server.redirect(307, f"{server.elsewhere}/catch", times=1)
    server.fault({"type": "answer", "status": 401}, vendor="elsewhere", kind="api")
    answer = caller.call(source, Call(f"{server.api}/things"))
    assert answer.status == 401
    assert len(server.log("elsewhere")) == 1
    assert server.token_requests == 1


@pytest.mark.parametrize("caller", EVERY, ids=lambda caller: caller.name)
def test_a_redirected_call_is_recovered_where_it_was_rejected(server: Server, caller: Caller) -> None:
    source = revoked(server)
    server.redirect(307, "/api/there", path="/api/here")
    answer = caller.call(source, Call(f"{server.api}/here", method="POST", body=b"all of it"))
    assert answer.status == 200
    assert server.log()[-1].target == "/api/there"
    assert server.log()[-1].body == "all of it"
    assert server.token_requests == 2


@pytest.mark.parametrize(
    ("path", "recovered"),
    [("/api/tracker/v2/settings", True), ("/api/users/v2", False), ("/api/apps/v2", True)],
    ids=["a 403 that says so", "a plain 403", "a 401"],
)
def test_the_providers_descriptor_says_which_answers_reject_a_token(
    fresh_sandbox: Sandbox, caller: Caller, path: str, recovered: bool
) -> None:
    about = fresh_sandbox.about
    key, url = about["keys"]["piwik_pro"], about["piwik_pro"]["http"]
    clock = AgedClock()
    provider = evertoken.piwik_pro(url, client_id=key["id"], client_secret=key["secret"])
    source = evertoken.TokenSource(provider, clock=clock)
    source.headers()
    clock.pass_by(60)
    fresh_sandbox.control("POST", "/piwik_pro/tokens/revoke", {})
    answer = caller.call(source, Call(url + path))
    assert (answer.status < 400) == recovered or answer.status == 404
    assert fresh_sandbox.control("GET", "/counts")["piwik_pro"]["token"] == (2 if recovered else 1)


@pytest.mark.parametrize(("library", "adapter"), [(httpx, evertoken.httpx), (httpx2, evertoken.httpx2)])
def test_a_rejected_answer_holds_no_connection_while_it_waits(server: Server, library: Any, adapter: Any) -> None:
    source = revoked(server)
    server.fault({"type": "hang"}, kind="token")
    # Connections that are kept are now and then closed by one thread while another begins to use them.
    limits = library.Limits(max_connections=2, max_keepalive_connections=0)
    with (
        library.Client(auth=adapter.Auth(source), limits=limits, timeout=60) as client,
        ThreadPoolExecutor(20) as pool,
    ):
        calls = [pool.submit(client.get, f"{server.api}/things") for _ in range(20)]
        # All 20 have their 401 before there is another token: with two connections, only because answers are read.
        while source.explain().waiting < 20:
            time.sleep(0.01)
        server.mend()
        server.release()
        assert [call.result().status_code for call in calls] == [200] * 20
    assert server.token_requests == 2


@pytest.mark.parametrize(("library", "adapter"), [(httpx, evertoken.httpx), (httpx2, evertoken.httpx2)])
def test_a_rejected_answer_holds_no_connection_of_a_loop(server: Server, library: Any, adapter: Any) -> None:
    source = revoked(server)

    async def main() -> list[int]:
        server.fault({"type": "hang"}, kind="token")
        limits = library.Limits(max_connections=2)
        async with library.AsyncClient(auth=adapter.Auth(source), limits=limits, timeout=60) as client:
            calls = [asyncio.create_task(client.get(f"{server.api}/things")) for _ in range(20)]
            while source.explain().waiting < 20:
                await asyncio.sleep(0.01)
            server.mend()
            server.release()
            return [answer.status_code for answer in await asyncio.gather(*calls)]

    assert asyncio.run(main()) == [200] * 20
    assert server.token_requests == 2


@pytest.mark.parametrize("caller", HTTPX[:3], ids=lambda caller: caller.name)
def test_a_rejected_answer_that_is_streamed_can_still_be_read(server: Server, caller: Caller) -> None:
    source = revoked(server)
    server.fault({"type": "reject"}, kind="api")
    with httpx.Client(auth=evertoken.httpx.Auth(source)) as client, client.stream("GET", f"{server.api}/x") as answer:
        assert answer.status_code == 401
        assert b"".join(answer.iter_bytes()) != b""


def test_a_flow_that_is_closed_early_leaves_nothing_behind(server: Server) -> None:
    source = server.source()
    flow = evertoken.httpx.Auth(source).sync_auth_flow(httpx.Request("GET", f"{server.api}/things"))
    sent = next(flow)
    assert sent.headers["authorization"] == f"Bearer {source.token()}"
    flow.close()

    async def main() -> None:
        flow = evertoken.httpx.Auth(source).async_auth_flow(httpx.Request("GET", f"{server.api}/things"))
        await flow.__anext__()
        await flow.aclose()

    asyncio.run(main())
    assert source.explain().waiting == 0
    with httpx.Client(auth=evertoken.httpx.Auth(source)) as client:
        assert client.get(f"{server.api}/things").status_code == 200
    assert server.token_requests == 1


def test_a_request_that_is_sent_again_by_its_maker_gets_the_token_of_now(server: Server) -> None:
    source = revoked(server)
    with httpx.Client(auth=evertoken.httpx.Auth(source)) as client:
        request = client.build_request("GET", f"{server.api}/things")
        assert client.send(request).status_code == 200
        source.invalidate()
        assert client.send(request).status_code == 200
        assert request.headers["authorization"] == f"Bearer {source.token()}"


@pytest.mark.parametrize("library", [requests, niquests], ids=["requests", "niquests"])
def test_the_second_try_of_requests_has_its_time_and_the_cookies_of_the_first(server: Server, library: Any) -> None:
    rejection = {"type": "answer", "status": 401, "headers": [["set-cookie", "seen=1; path=/"]]}
    server.fault(rejection, kind="api", times=1)
    clock = AgedClock()
    source = server.source(clock=clock)
    source.headers()
    clock.pass_by(60)
    with library.Session() as session:
        session.auth = evertoken.requests.Auth(source)
        session.cookies.set("mine", "2")
        answer = session.get(f"{server.api}/things")
        assert session.cookies.get_dict() == {"mine": "2", "seen": "1"}
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() > 0
    assert [set(request.headers["cookie"].split("; ")) for request in server.log()] == [
        {"mine=2"},
        {"mine=2", "seen=1"},
    ]


def test_a_cookie_header_of_the_callers_own_stays_as_it_is(server: Server) -> None:
    rejection = {"type": "answer", "status": 401, "headers": [["set-cookie", "seen=1; path=/"]]}
    server.fault(rejection, kind="api", times=1)
    clock = AgedClock()
    source = server.source(clock=clock)
    source.headers()
    clock.pass_by(60)
    with requests.Session() as session:
        session.auth = evertoken.requests.Auth(source)
        assert session.get(f"{server.api}/things", headers={"Cookie": "own=3"}).status_code == 200
    assert [request.headers["cookie"] for request in server.log()] == ["own=3", "own=3"]
