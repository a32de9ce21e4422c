"""What a request looks like that the token is on, and that requests of others stay as they are."""

from __future__ import annotations

import logging
import pickle
from typing import Any

import evertoken
import evertoken.aiohttp
import evertoken.httpx
import evertoken.httpx2
import evertoken.requests
import pytest
import requests
from aged_clock import AgedClock
from callers import Call, Caller
from server import Sandbox, Server


def test_a_request_of_the_api_carries_the_token(server: Server, caller: Caller, header: str) -> None:
    source = server.source(header)
    server.fault({"type": "answer", "status": 200}, kind="api")
    caller.call(source, Call(f"{server.api}/things"))
    [arrived] = server.log()
    prefix = "Bearer " if header == "Authorization" else ""
    assert arrived.headers[header.lower()] == prefix + source.token()


@pytest.mark.parametrize("path", ["/catch", "/api/things"])
def test_a_request_to_another_origin_stays_as_it_is(
    server: Server, shared_caller: Caller, header: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    source = server.source(header)
    with caplog.at_level(logging.INFO, "evertoken"):
        answer = shared_caller.call(source, Call(server.elsewhere + path))
    assert answer.status == 200
    [arrived] = server.log("elsewhere")
    assert header.lower() not in arrived.headers
    assert arrived.headers["accept"] == "*/*"
    assert server.token_requests == 0
    [record] = [record for record in caplog.records if record.name == "evertoken"]
    assert "without a token" in record.getMessage()


def test_a_request_to_the_token_endpoint_or_outside_of_the_surface_gets_no_token(
    server: Server, shared_caller: Caller, header: str
) -> None:
    source = server.source(header)
    for path in ("/oauth2/token", "/apiary", "/api/../outside", "/api/%2e%2e/outside", "/api/..%2foutside"):
        shared_caller.call(source, Call(server.url + path))
    assert server.token_requests == len(server.log(kind="token"))
    assert all(header.lower() not in request.headers for request in [*server.log(), *server.log(kind="token")])


def test_accept_is_what_the_api_speaks_unless_the_user_says_otherwise(fresh_sandbox: Sandbox, caller: Caller) -> None:
    about = fresh_sandbox.about
    key, url = about["keys"]["piwik_pro"], about["piwik_pro"]["http"]
    source = evertoken.TokenSource(evertoken.piwik_pro(url, client_id=key["id"], client_secret=key["secret"]))
    caller.call(source, Call(f"{url}/api/apps/v2"))
    caller.call(source, Call(f"{url}/api/apps/v2", headers={"accept": "text/html"}))
    accepted = [dict(entry["headers"])["accept"] for entry in fresh_sandbox.control("GET", "/log?kind=api")]
    assert accepted == ["application/vnd.api+json", "text/html"]


def test_there_is_no_call_without_a_token(server: Server, caller: Caller) -> None:
    server.fault({"type": "documented", "name": "invalid_client"}, kind="token")
    with pytest.raises(evertoken.CredentialsError) as raised:
        _raised_alone(caller, server)
    assert raised.value.code == "credentials_rejected"
    assert server.log() == []


def test_a_source_that_is_closed_says_so(server: Server, caller: Caller) -> None:
    source = server.source()
    source.close()
    with pytest.raises(evertoken.ConfigurationError) as raised:
        _raised_alone(caller, server, source)
    assert raised.value.code == "closed"


def _raised_alone(caller: Caller, server: Server, source: evertoken.TokenSource | None = None) -> None:
    """Calls; trio wraps what a task raises."""
    try:
        caller.call(source or server.source(), Call(f"{server.api}/things"))
    except BaseException as error:
        inner = getattr(error, "exceptions", [error])
        raise inner[0] from None


def test_a_provider_in_the_place_of_a_source_says_what_is_meant(server: Server) -> None:
    provider: Any = server.provider()
    for make in (evertoken.httpx.Auth, evertoken.httpx2.Auth, evertoken.requests.Auth, evertoken.aiohttp.middleware):
        with pytest.raises(TypeError, match=r"evertoken\.TokenSource\(provider\)"):
            make(provider)


def test_an_answer_of_requests_can_be_pickled(server: Server) -> None:
    with requests.Session() as session:
        session.auth = evertoken.requests.Auth(server.source())
        answer = session.get(f"{server.api}/things")
    restored = pickle.loads(pickle.dumps(answer))
    assert (restored.status_code, restored.text) == (200, answer.text)
    with requests.Session() as session:
        assert session.send(restored.request).status_code == 200


def test_a_prepared_request_can_be_sent_twice(server: Server) -> None:
    clock = AgedClock()
    source = server.source(clock=clock)
    with requests.Session() as session:
        session.auth = evertoken.requests.Auth(source)
        prepared = session.prepare_request(requests.Request("GET", f"{server.api}/things"))
        for _ in range(2):
            clock.pass_by(600)
            server.revoke()
            assert session.send(prepared).status_code == 200
    assert server.token_requests == 3
