"""The broker in examples/python serves a client of the package as a page would use it."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from typing import Any

import evertoken
import pytest
from test_examples import EXAMPLES, environment, requests

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def server(fresh_sandbox: Any) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "broker.py", fresh_sandbox.about["piwik_pro"]["http"], "0"]
    pipe = subprocess.PIPE
    env = environment(fresh_sandbox)
    with subprocess.Popen(command, cwd=EXAMPLES, env=env, text=True, stdout=pipe, stderr=pipe) as process:
        yield process
        process.terminate()


@pytest.fixture
def broker(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    return server.stdout.readline().strip()


def ask(url: str, method: str, headers: dict[str, str]) -> tuple[int, Any, Message]:
    request = urllib.request.Request(url, method=method, headers=headers)
    try:
        with OPENER.open(request, timeout=30) as answer:
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), error.headers


def log_in(broker: str) -> dict[str, str]:
    _, csrf, headers = ask(f"{broker}/login", "GET", {})
    return {"Cookie": headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": csrf}


def page(broker: str, sandbox: Any, headers: dict[str, str]) -> evertoken.Client:
    api = evertoken.api.piwik_pro(sandbox.about["piwik_pro"]["http"])
    return evertoken.Client(evertoken.broker(f"{broker}/token", api=api, headers=headers))


def test_the_broker_serves_all_pages_with_one_token_and_says_what_is_left_of_it(
    broker: str, fresh_sandbox: Any
) -> None:
    fresh_sandbox.control("POST", "/clock", {"frozen": True})
    for _ in range(3):
        with page(broker, fresh_sandbox, log_in(broker)) as client:
            assert client.get("/api/apps/v2").status_code == 200
    status, body, headers = ask(f"{broker}/token", "POST", log_in(broker))
    assert status == 200
    assert sorted(body) == ["access_token", "expires_in", "token_type"]
    assert body["token_type"] == "Bearer"
    assert 0 < body["expires_in"] < 1800
    assert headers["Cache-Control"] == "no-store"
    assert requests(fresh_sandbox, "piwik_pro") == (1, 3)


def test_the_broker_refuses_who_has_no_session_and_asks_nobody_for_a_token(broker: str, fresh_sandbox: Any) -> None:
    stolen = {"Cookie": log_in(broker)["Cookie"]}
    invented = {"Cookie": "session=0", "X-CSRF-Token": ""}
    for headers in ({}, stolen, invented, {**stolen, "X-CSRF-Token": "guessed"}):
        with (
            page(broker, fresh_sandbox, headers) as client,
            pytest.raises(evertoken.CredentialsError, match="Log in again"),
        ):
            client.get("/api/apps/v2")
    assert ask(f"{broker}/token", "GET", {})[0] == 405
    assert requests(fresh_sandbox, "piwik_pro") == (0, 0)


def test_the_broker_finds_out_by_itself_that_a_token_was_revoked(broker: str, fresh_sandbox: Any) -> None:
    # A rejection counts once the token is 4 s old; the next refresh by age would come after 20 s.
    fresh_sandbox.control("PATCH", "/piwik_pro/settings", {"lifetime_ms": 40_000})
    headers = log_in(broker)
    rejected = {**headers, "X-Token-Rejected": "1"}
    first = ask(f"{broker}/token", "POST", headers)[1]["access_token"]
    assert ask(f"{broker}/token", "POST", rejected)[1]["access_token"] == first
    fresh_sandbox.control("POST", "/piwik_pro/tokens/revoke", {})
    assert ask(f"{broker}/token", "POST", headers)[1]["access_token"] == first
    until = time.monotonic() + 15
    while (given := ask(f"{broker}/token", "POST", rejected)[1]["access_token"]) == first:
        assert time.monotonic() < until
    assert given != first
    assert fresh_sandbox.counts("piwik_pro")["token"] == 2


def test_the_broker_tells_its_log_and_not_the_page_what_to_mend(server: Any, fresh_sandbox: Any) -> None:
    broker = server.stdout.readline().strip()
    key = fresh_sandbox.about["keys"]["piwik_pro"]
    fresh_sandbox.control("DELETE", f"/piwik_pro/keys/{key['id']}")
    status, body, headers = ask(f"{broker}/token", "POST", log_in(broker))
    assert (status, body) == (503, {"error": "temporarily_unavailable"})
    assert int(headers["Retry-After"]) in range(1, 6)
    server.terminate()
    log = server.stderr.read()
    assert "Menu > Profile > API keys" in log
    assert key["secret"] not in log
