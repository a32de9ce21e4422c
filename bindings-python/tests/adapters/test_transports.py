"""A token request goes out as the provider wants it, with nothing of anybody else's, and comes back bounded."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import evertoken
import pytest
from evertoken import _urllib
from server import Server
from sockets import a_proxy, dripping
from transports import KINDS, Kind

# When a body is left in the middle, httpx leaves generators of its own for trio to close.
left_to_trio = pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def request(
    url: str, *, timeout: float = 20, body_limit: int = 1000, body: bytes | None = b"all of it"
) -> evertoken.TokenRequest:
    headers = (("content-type", "text/plain"), ("x-own", "one"))
    return evertoken.TokenRequest("POST", url, headers, body, timeout, body_limit)


@every_kind
def test_a_token_request_arrives_as_it_is(server: Server, kind: Kind) -> None:
    server.fault({"type": "answer", "status": 418, "headers": [["x-b", "2"]], "body": {"text": "tea"}}, kind="token")
    answer = kind.send(kind.make(), request(f"{server.url}/oauth2/token?a=%20b&c"))
    assert (answer.status, answer.body, answer.truncated) == (418, b"tea", False)
    assert ("x-b", "2") in [(name.lower(), value) for name, value in answer.headers]
    [arrived] = server.log(kind="token")
    assert (arrived.method, arrived.target, arrived.body) == ("POST", "/oauth2/token?a=%20b&c", "all of it")
    assert arrived.headers["x-own"] == "one"
    assert arrived.headers["accept-encoding"] == "identity"
    assert "authorization" not in arrived.headers
    assert "cookie" not in arrived.headers


@every_kind
def test_a_token_request_without_a_body_has_none(server: Server, kind: Kind) -> None:
    kind.send(kind.make(), request(f"{server.url}/oauth2/token", body=None))
    [arrived] = server.log(kind="token")
    assert arrived.body == ""


@every_kind
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_the_token_endpoint_is_not_followed(server: Server, kind: Kind, status: int) -> None:
    server.redirect(status, f"{server.elsewhere}/token", kind="token")
    source = server.source(transport=kind.make(), policy={"fetch_attempts": 1})
    with pytest.raises(evertoken.ConfigurationError) as raised:
        kind.headers(source)
    assert raised.value.code == "redirect_refused"
    assert server.log("elsewhere", "token") == []
    assert server.token_requests == 1


@every_kind
def test_a_redirect_to_nowhere_is_an_answer_too(server: Server, kind: Kind) -> None:
    for location in ("", "http://[", "https://"):
        fault = {"type": "answer", "status": 302, "headers": [["location", location]]}
        server.fault(fault, kind="token", times=1)
        assert kind.send(kind.make(), request(f"{server.url}/oauth2/token")).status == 302


@left_to_trio
@every_kind
@pytest.mark.parametrize("status", [200, 302])
@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_is_read_as_far_as_its_limit(server: Server, kind: Kind, status: int, chunked: bool) -> None:
    huge = {"huge": {"bytes": 10_000_000, "chunked": chunked}}
    headers = [["location", "/x"]]
    server.fault({"type": "answer", "status": status, "headers": headers, "body": huge}, kind="token")
    answer = kind.send(kind.make(), request(f"{server.url}/oauth2/token", body_limit=1000))
    assert (answer.status, answer.body, answer.truncated) == (status, b"", True)


@every_kind
def test_a_body_of_just_the_limit_is_whole(server: Server, kind: Kind) -> None:
    server.fault({"type": "answer", "status": 200, "body": {"text": "x" * 1000}}, kind="token")
    answer = kind.send(kind.make(), request(f"{server.url}/oauth2/token", body_limit=1000))
    assert (len(answer.body), answer.truncated) == (1000, False)


@every_kind
def test_cookies_are_neither_kept_nor_sent(server: Server, kind: Kind) -> None:
    server.fault({"type": "answer", "status": 200, "headers": [["set-cookie", "a=b; path=/"]]}, kind="token")
    transport = kind.make()
    for _ in range(2):
        kind.send(transport, request(f"{server.url}/oauth2/token"))
    assert all("cookie" not in arrived.headers for arrived in server.log(kind="token"))


@every_kind
def test_netrc_is_not_read(server: Server, kind: Kind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login mine password mine\nmachine localhost login mine password mine\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    kind.send(kind.make(), request(f"{server.url}/oauth2/token"))
    https = server.sandbox.about["oauth2"]["https"]
    kind.send(_trusting(kind, server, monkeypatch), request(f"{https}/oauth2/token"))
    assert ["authorization" in arrived.headers for arrived in server.log(kind="token")] == [False, False]


@left_to_trio
@every_kind
def test_an_answer_that_stops_is_given_up(server: Server, kind: Kind) -> None:
    server.fault({"type": "answer", "status": 200, "body": {"text": "x" * 100}}, kind="token")
    server.fault({"type": "stall", "after_bytes": 10}, kind="token")
    assert "time" in _failure(kind, request(f"{server.url}/oauth2/token", timeout=0.3))
    server.mend()
    server.release()


@left_to_trio
@every_kind
@pytest.mark.parametrize("framing", ["content-length: 100000\r\n\r\n", "transfer-encoding: chunked\r\n\r\nfffff\r\n"])
def test_an_answer_that_drips_for_ever_is_given_up(kind: Kind, framing: str) -> None:
    with dripping(framing) as url:
        assert "time" in _failure(kind, request(url, timeout=0.3, body_limit=10**9))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.loop is None], ids=lambda kind: kind.name)
def test_an_answer_whose_headers_drip_for_ever_is_given_up(kind: Kind) -> None:
    with dripping("x-long: ") as url:
        assert "time" in _failure(kind, request(url, timeout=0.3))


@every_kind
def test_a_certificate_that_nobody_vouches_for_is_refused(
    server: Server, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{server.sandbox.about['oauth2']['https']}/oauth2/token"
    assert "certificate verify failed" in _failure(kind, request(url))
    assert server.log(kind="token") == []
    assert kind.send(_trusting(kind, server, monkeypatch), request(url)).status == 400


# asyncio of Python 3.10 leaves a socket behind when a proxy hangs up.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@every_kind
def test_a_token_request_goes_through_the_proxy_of_the_environment(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_proxy() as (url, asked):
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("HTTP_PROXY", url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        _failure(kind, request("https://token.example.com/token"))
    assert [line.split()[:2] for line in asked] == [["CONNECT", "token.example.com:443"]]


@every_kind
def test_no_proxy_of_the_environment_reads_a_token_request_to_this_machine(
    server: Server, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_proxy() as (url, asked):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, url)
        assert kind.send(kind.make(), request(f"{server.url}/oauth2/token")).status == 400
    assert asked == []


@every_kind
def test_64_mib_of_an_answer_take_2_mib_of_memory_at_most(server: Server, kind: Kind) -> None:
    huge = {"huge": {"bytes": 64 * 1024 * 1024, "chunked": True}}
    server.fault({"type": "answer", "status": 200, "body": huge}, kind="token", after=3)
    folder = Path(__file__).parent
    program = [sys.executable, str(folder / "memory.py"), kind.name, server.url, server.key["id"], server.key["secret"]]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    told = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 0, told.stderr
    code, grown_kib = told.stdout.split()
    assert code == "answer_too_large"
    assert int(grown_kib) <= 2 * 1024


def _failure(kind: Kind, request: evertoken.TokenRequest) -> str:
    """Sends what fails; returns in lower case what the library says of it."""
    with pytest.raises(BaseException) as raised:  # noqa: PT011  each library has exceptions of its own
        kind.send(kind.make(), request)
    told = ""
    behind: list[BaseException | None] = [raised.value]
    while behind:
        error = behind.pop()
        if error is not None:
            told += f"{type(error).__name__}: {error}\n".lower()
            behind += [error.__cause__ or error.__context__, *getattr(error, "exceptions", ())]
    return told


def _trusting(kind: Kind, server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a transport that trusts the sandbox's certificate authority."""
    authority: str = server.sandbox.about["ca_pem_file"]
    if kind.verify is None:
        monkeypatch.setattr(_urllib, "_context", lambda: ssl.create_default_context(cafile=authority))
        return kind.make()
    if kind.name == "requests":
        return kind.make(verify=authority)
    return kind.make(**{kind.verify: ssl.create_default_context(cafile=authority)})
