"""The log lines of HTTP libraries show neither secrets nor tokens, and are those of the user's calls alone."""

from __future__ import annotations

import logging

import evertoken
import pytest
from callers import Call, Caller
from server import Server
from transports import KINDS, Kind


def all_that(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(f"{record.name} {record.getMessage()} {record.__dict__!r}" for record in caplog.records)


def test_a_call_logs_no_secret_and_no_token(server: Server, caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    source = server.source()
    server.fault({"type": "reject"}, kind="api", times=1)
    caller.call(source, Call(f"{server.api}/things"))
    text = all_that(caplog)
    assert "evertoken" in text
    assert source.token() not in text
    assert server.key["secret"] not in text
    assert "oauth2/token" not in text


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_secret_in_the_url_of_a_token_request_is_not_logged(
    server: Server, kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    request = evertoken.TokenRequest("GET", f"{server.url}/oauth2/token?secret=sandbox-secret-q", (), None, 20, 1000)
    kind.send(kind.make(), request)
    assert "sandbox-secret-q" not in all_that(caplog)
    [arrived] = server.log(kind="token")
    assert "sandbox-secret-q" in arrived.target


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "urllib3.connectionpool"])
def test_loggers_go_on_for_everybody_else(server: Server, name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for kind in KINDS:
        kind.headers(server.source(transport=kind.make()))
    logging.getLogger(name).debug("of somebody else")
    assert "of somebody else" in [record.getMessage() for record in caplog.records if record.name == name]
