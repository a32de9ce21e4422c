"""The log lines of HTTP libraries show neither secrets nor tokens, and are those of the user's calls alone."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

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


FIRST_OVER_HTTP_2 = """
import logging, sys

logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
import evertoken
from transports import KINDS

name, url, authority, client_id, client_secret = sys.argv[1:]
kind = next(kind for kind in KINDS if kind.name == name)
assert "hpack" not in sys.modules
provider = evertoken.oauth2(f"{url}/oauth2/token", api=f"{url}/api", client_id=client_id, client_secret=client_secret)
source = evertoken.TokenSource(provider, transport=kind.make(verify=authority, http2=True))
kind.headers(source)
assert "hpack" in sys.modules
"""


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name.startswith("httpx")], ids=lambda kind: kind.name)
def test_the_first_request_over_http_2_logs_nothing(server: Server, kind: Kind) -> None:
    folder = Path(__file__).parent
    about = server.sandbox.about
    given = [kind.name, about["oauth2"]["https"], about["ca_pem_file"], server.key["id"], server.key["secret"]]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    program = [sys.executable, "-c", FIRST_OVER_HTTP_2, *given]
    told = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 0, told.stderr
    names = {line.split(":")[1] for line in told.stdout.splitlines() if line.count(":") > 1}
    assert [name for name in names if name.startswith(("http", "hpack", "h2"))] == []
    assert "evertoken" in names
