"""Secrets, tokens and assertions appear in nothing that a program shows, logs, stores or sends on."""

from __future__ import annotations

import asyncio
import base64
import copy
import gc
import json
import logging
import pickle
import re
import socketserver
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import evertoken
import evertoken.aiohttp
import evertoken.httpx
import evertoken.httpx2
import evertoken.requests
import pytest
from canary import CANARY, TOKEN, kept_texts, leaks, reachable, shown, shown_of_error
from canned_transport import AsyncCannedTransport, CannedTransport
from token_endpoint import TokenEndpoint, eventually

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup  # type: ignore[import-not-found, unused-ignore]

ONCE: evertoken.Policy = {"fetch_attempts": 1, "fetch_pause_ms": 1, "terminal_pause_ms": 1}


class BrokenTransport(CannedTransport):
    """Raises what carries the whole request, as HTTP libraries do."""

    def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        body, headers = request.body, request.headers
        error = OSError("the proxy said no")
        error.request = request  # type: ignore[attr-defined]
        assert body or headers
        try:
            raise ValueError("inside") from error
        except ValueError as inside:
            raise error from inside


class AsyncBrokenTransport(AsyncCannedTransport):
    async def asend(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        return BrokenTransport().send(request)


class HostileTransport(CannedTransport):
    """Answers with what it was sent."""

    def __init__(self, status: int, wrap: Callable[[evertoken.TokenRequest], bytes]) -> None:
        super().__init__()
        self._status = status
        self._wrap = wrap

    def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        return evertoken.TokenAnswer(
            status=self._status, headers=(("content-type", "application/json"),), body=self._wrap(request)
        )


def in_error(request: evertoken.TokenRequest) -> bytes:
    return b'{"error":"invalid_client","error_description":"no such secret: %b"}' % (request.body or b"").replace(
        b'"', b'\\"'
    )


def custom(url: str, **request: Any) -> evertoken.Provider:
    """An endpoint that wants the secret somewhere else than in a body."""
    descriptor = json.loads((Path(__file__).parents[3] / "core" / "providers" / "oro_platform.json").read_text())
    descriptor["name"] = "custom"
    descriptor["request"] = {"url": descriptor["request"]["url"], "method": "GET", **request}
    credentials = {"client_id": "an-id", "client_secret": CANARY}
    return evertoken.custom(descriptor, variables={"url": url}, credentials=credentials)


PROVIDERS: dict[str, Callable[[str], evertoken.Provider]] = {
    "piwik_pro": lambda url: evertoken.piwik_pro(url, client_id="an-id", client_secret=CANARY),
    "didomi": lambda url: evertoken.didomi("a-key", CANARY, endpoint=url),
    "oro_commerce": lambda url: evertoken.oro_commerce(
        url, surface="back_office", client_id="an-id", client_secret=CANARY
    ),
    "oro_platform": lambda url: evertoken.oro_platform(url, client_id="an-id", client_secret=CANARY),
    "oauth2": lambda url: evertoken.oauth2(url + "/t", api=url, client_id="an-id", client_secret=CANARY),
    "oauth2 in the body": lambda url: evertoken.oauth2(
        url + "/t", api=url, client_id="an-id", client_secret=CANARY, client_auth="body"
    ),
    "in the query": lambda url: custom(url, query={"id": "{client_id}", "key": "{client_secret}"}),
    "in a header": lambda url: custom(url, headers={"x-id": "{client_id}", "x-key": "{client_secret}"}),
    "callable": lambda url: evertoken.oro_platform(
        url, credentials=lambda: {"client_id": "an-id", "client_secret": CANARY}
    ),
    "broker": lambda url: evertoken.broker(url + "/t", api=url, headers={"x-csrf": CANARY[:22]}),
}
every_provider = pytest.mark.parametrize("name", PROVIDERS)

TRANSPORTS: dict[str, Callable[[], Any]] = {
    "broken": BrokenTransport,
    "broken, async": AsyncBrokenTransport,
    "echo in 401": lambda: HostileTransport(401, in_error),
    "echo in 400": lambda: HostileTransport(400, in_error),
    "echo in 500": lambda: HostileTransport(500, lambda request: request.body or b""),
    "echo in 200": lambda: HostileTransport(200, lambda request: request.body or b""),
}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """All that was logged, at every level and by everybody."""
    caplog.set_level(logging.DEBUG)
    return lambda: [
        caplog.handler.format(record) + repr(record.__dict__) for record in caplog.records if record.name != "asyncio"
    ]


@every_provider
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_no_secret_is_in_an_error_a_log_record_an_event_or_an_explanation(
    name: str, transport: str, logged: Callable[[], list[str]]
) -> None:
    events: list[evertoken.Event] = []
    provider = PROVIDERS[name]("http://127.0.0.1:9")
    source = evertoken.TokenSource(
        provider, transport=TRANSPORTS[transport](), policy=ONCE, on_event=events.append, patience=5
    )
    found: list[str] = []
    for attempt in (source.headers, lambda: asyncio.run(source.aheaders())):
        with pytest.raises(evertoken.EvertokenError) as caught:
            attempt()
        assert caught.value.code not in {"deadline", "cancelled", "misuse"}
        for text in shown_of_error(caught.value, set()):
            found += [text[:300] for _ in leaks(text)]
    # The thread of a flight may be about to tell of it.
    eventually(lambda: "failed" in {event.type for event in events})
    for thing in (provider, source, source.explain(), *events):
        for text in shown(thing):
            found += [text[:300] for _ in leaks(text)]
    for text in logged():
        found += [text[:300] for _ in leaks(text)]
    assert found == []


def test_the_search_finds_what_leaks() -> None:
    def leak(secret: str) -> None:
        raise OSError("no")

    assert leaks(f"Basic {base64.b64encode(b'xx:' + CANARY.encode()).decode()}") or leaks(quote(CANARY))
    request = evertoken.TokenRequest(
        method="POST", url="http://127.0.0.1/", headers=(), body=CANARY.encode(), timeout=1, body_limit=1
    )
    with pytest.raises(OSError, match="the proxy said no") as caught:
        BrokenTransport().send(request)
    caught.value.body = request.body  # type: ignore[attr-defined]
    assert any(leaks(text) for text in shown_of_error(caught.value, set()))


LIBRARIES: dict[str, Callable[[], Any]] = {
    "standard library": lambda: None,
    "httpx": evertoken.httpx.Transport,
    "httpx, async": evertoken.httpx.AsyncTransport,
    "httpx2": evertoken.httpx2.Transport,
    "httpx2, async": evertoken.httpx2.AsyncTransport,
    "requests": evertoken.requests.Transport,
    "aiohttp": evertoken.aiohttp.Transport,
}
FAULTS: dict[str, dict[str, Any]] = {
    "refused": {},
    "drop": {"type": "drop"},
    "truncate": {"type": "truncate", "after_bytes": 10},
    "redirect": {"type": "redirect", "status": 307, "location": "/elsewhere"},
    "html": {"type": "answer", "status": 500, "headers": [], "body": "html"},
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["oro_commerce", "in the query", "in a header"])
def test_no_secret_is_in_what_a_failing_library_raises_or_logs(
    endpoint: TokenEndpoint, library: str, fault: str, name: str, logged: Callable[[], list[str]]
) -> None:
    url = endpoint.url
    if fault == "refused":
        url = "http://127.0.0.1:9"
    else:
        endpoint.fault(FAULTS[fault])
    events: list[evertoken.Event] = []
    source = evertoken.TokenSource(
        PROVIDERS[name](url), transport=LIBRARIES[library](), policy=ONCE, on_event=events.append
    )
    found: list[str] = []
    for attempt in (source.headers, lambda: asyncio.run(source.aheaders())):
        with pytest.raises(evertoken.EvertokenError) as caught:
            attempt()
        for text in (*shown_of_error(caught.value, set()), *kept_texts(caught.value)):
            found += [text[:300] for _ in leaks(text)]
    for thing in (source, source.explain(), *events):
        for text in shown(thing):
            found += [text[:300] for _ in leaks(text)]
    for text in logged():
        found += [text[:300] for _ in leaks(text)]
    assert found == []


NO_HTTP: dict[str, bytes] = {
    "no status line": b"GARBAGE\r\n\r\n",
    "a length that is no number": b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n{}",
    "a header that is none": b"HTTP/1.1 200 OK\r\nno header\0: \r\n\r\n",
    "a body that ends early": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
    "what it was sent": b"ECHO",
    "chunks that are none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n",
}


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that answers every request with the same bytes, HTTP or not."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with self.request.makefile("rb") as sent:
                head = b"".join(iter(lambda: sent.readline().strip().lower() + b"\n", b"\n"))
                length = re.search(rb"content-length: (\d+)", head)
                body = sent.read(int(length[1])) if length else b""
            self.request.sendall(body + b"\r\n\r\n" if answer == b"ECHO" else answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("answer", NO_HTTP)
@pytest.mark.parametrize("name", ["oauth2", "oauth2 in the body", "in a header", "broker"])
def test_no_secret_is_in_what_a_library_raises_or_logs_of_an_answer_that_is_not_http(
    library: str, answer: str, name: str, logged: Callable[[], list[str]]
) -> None:
    found: list[str] = []
    with answering(NO_HTTP[answer]) as url:
        source = evertoken.TokenSource(PROVIDERS[name](url), transport=LIBRARIES[library](), policy=ONCE)
        for attempt in (source.headers, lambda: asyncio.run(source.aheaders())):
            with pytest.raises(evertoken.EvertokenError) as caught:
                attempt()
            for text in (*shown_of_error(caught.value, set()), *kept_texts(caught.value)):
                found += [text[:300] for _ in leaks(text)]
    for text in logged():
        found += [text[:300] for _ in leaks(text)]
    assert found == []


def test_no_secret_is_in_an_exception_whose_words_repeat_the_request() -> None:
    class Repeating(CannedTransport):
        def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            raise OSError(5, f"no answer to {request.body!r}", f"{request.headers}")

    source = evertoken.TokenSource(
        PROVIDERS["oauth2 in the body"]("http://127.0.0.1:9"), transport=Repeating(), policy=ONCE
    )
    with pytest.raises(evertoken.TransportError) as caught:
        source.headers()
    texts = [*shown_of_error(caught.value, set()), *kept_texts(caught.value)]
    assert [text[:300] for text in texts if leaks(text)] == []


def test_a_cause_says_what_it_said_and_is_of_its_kind_without_what_hung_on_it() -> None:
    source = evertoken.TokenSource(
        PROVIDERS["oauth2"]("http://127.0.0.1:9"), transport=evertoken.aiohttp.Transport(), policy=ONCE
    )
    with pytest.raises(evertoken.TransportError) as caught:
        asyncio.run(source.aheaders())
    cause = caught.value.__cause__
    assert isinstance(cause, aiohttp.ClientConnectorError)
    assert type(cause).__name__ == "ClientConnectorError"
    assert "Cannot connect to host 127.0.0.1:9" in str(cause)
    assert "Cannot connect to host 127.0.0.1:9" in repr(cause)
    assert "Cannot connect to host 127.0.0.1:9" in "".join(traceback.format_exception(caught.value))


class Carrying(Exception):
    """Holds what it was raised for under every name, as exceptions of libraries do."""

    def __init__(self, request: evertoken.TokenRequest) -> None:
        super().__init__("no answer", request, request.body, "http://user:" + CANARY[:22] + "@proxy:3128")
        self.sent = request
        self.about = {"headers": request.headers}
        self.retries = 3


@dataclass(frozen=True)
class Frozen(Exception):
    """Lets nobody change it, nor be derived from, and shows what it was raised for."""

    request: evertoken.TokenRequest

    def __init_subclass__(cls) -> None:
        raise TypeError("this is final")

    def __str__(self) -> str:
        return f"no answer to {self.request.body!r}"


def test_an_exception_that_cannot_be_changed_is_a_cause_without_what_hung_on_it() -> None:
    class Freezing(CannedTransport):
        def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            raise Frozen(request)

    source = evertoken.TokenSource(
        PROVIDERS["oauth2 in the body"]("http://127.0.0.1:9"), transport=Freezing(), policy=ONCE
    )
    with pytest.raises(evertoken.TransportError) as caught:
        source.headers()
    assert isinstance(caught.value.__cause__, Frozen)
    assert not any(isinstance(thing, evertoken.TokenRequest) for thing in reachable(caught.value.__cause__))


class GroupTransport(CannedTransport):
    """Raises several at once, as a library does that races addresses."""

    def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        behind = Carrying(request)
        behind.__cause__ = Carrying(request)
        raise ExceptionGroup("every address", [Carrying(request), ExceptionGroup("inside", [behind])])


def test_no_secret_is_in_the_members_of_a_group_of_exceptions() -> None:
    source = evertoken.TokenSource(
        PROVIDERS["oauth2 in the body"]("http://127.0.0.1:9"), transport=GroupTransport(), policy=ONCE
    )
    with pytest.raises(evertoken.TransportError) as caught:
        source.headers()
    group = caught.value.__cause__
    assert isinstance(group, ExceptionGroup)
    assert isinstance(group.exceptions[0], Carrying)
    assert group.exceptions[0].retries == 3
    assert "no answer" in str(group.exceptions[0])
    assert "every address" in "".join(traceback.format_exception(caught.value))
    assert not any(isinstance(thing, evertoken.TokenRequest) for thing in reachable(group))
    texts = [*shown_of_error(caught.value, set()), *kept_texts(caught.value)]
    assert [text[:300] for text in texts if leaks(text)] == []


@pytest.mark.parametrize("library", ["standard library", "httpx", "httpx, async", "requests", "aiohttp"])
def test_no_token_is_in_a_log_record_an_event_or_an_explanation(
    endpoint: TokenEndpoint, library: str, logged: Callable[[], list[str]]
) -> None:
    endpoint.fault({"type": "token", "value": TOKEN})
    events: list[evertoken.Event] = []
    source = endpoint.source(transport=LIBRARIES[library](), on_event=events.append)
    assert source.token() == TOKEN
    assert asyncio.run(source.atoken()) == TOKEN
    source.invalidate()
    source.headers()
    eventually(lambda: {event.type for event in events} >= {"started", "granted", "invalidated"})
    found = []
    for thing in (source, source.provider, source.explain(), *events):
        for text in shown(thing):
            found += [text[:300] for _ in leaks(text)]
    for text in logged():
        found += [text[:300] for _ in [*leaks(text), *([endpoint.secret] if endpoint.secret in text else [])]]
    assert found == []


@pytest.mark.parametrize("token", ["a\r\nb", "", "ü"], ids=["line break", "empty", "no ascii"])
def test_a_token_that_cannot_be_a_header_is_refused_without_being_shown(endpoint: TokenEndpoint, token: str) -> None:
    endpoint.fault({"type": "token", "value": TOKEN + token if token else ""})
    with pytest.raises(evertoken.ProtocolError) as caught:
        endpoint.source(policy=ONCE).headers()
    assert not any(leaks(text) for text in shown_of_error(caught.value, set()))


def test_requests_and_answers_of_a_transport_do_not_show_what_they_carry(endpoint: TokenEndpoint) -> None:
    seen: list[object] = []

    class Looking(CannedTransport):
        def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            answer = evertoken.TokenAnswer(
                status=200, headers=(), body=b'{"access_token":"%b","expires_in":60}' % TOKEN.encode()
            )
            seen.extend([request, answer])
            return answer

    provider = endpoint.provider(client_secret=CANARY)
    evertoken.TokenSource(provider, transport=Looking()).headers()
    assert len(seen) == 2
    assert not any(leaks(str(thing) + repr(thing)) for thing in seen)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("tail", ["\r\nx: y", "\n", "\0", "ü", "\ud800"], ids=repr)
def test_a_header_of_a_broker_that_no_library_sends_is_not_shown(
    endpoint: TokenEndpoint, library: str, tail: str
) -> None:
    url = endpoint.sandbox.about["oauth2"]["http"]
    provider = evertoken.broker(url + "/broker/token", api=url, headers=lambda: {"x-csrf": CANARY[:22] + tail})
    source = evertoken.TokenSource(provider, transport=LIBRARIES[library](), policy=ONCE)
    for call in (source.headers, lambda: asyncio.run(source.aheaders())):
        with pytest.raises(evertoken.ConfigurationError) as caught:
            call()
        assert not [text for text in shown_of_error(caught.value, set()) if CANARY[:22] in text]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_secret_that_is_no_text_is_not_shown(
    endpoint: TokenEndpoint, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORO_CLIENT_ID", endpoint.id)
    monkeypatch.setenv("ORO_CLIENT_SECRET", CANARY[:22] + "\udce4")
    provider = evertoken.oro_commerce(endpoint.url, surface="back_office")
    source = evertoken.TokenSource(provider, transport=LIBRARIES[library](), policy=ONCE)
    for call in (source.headers, lambda: asyncio.run(source.aheaders())):
        with pytest.raises(evertoken.EvertokenError) as caught:
            call()
        assert not [text for text in shown_of_error(caught.value, set()) if CANARY[:22] in text]
        assert caught.value.error_class == "configuration"


def test_native_objects_do_not_show_what_they_carry(endpoint: TokenEndpoint) -> None:
    endpoint.fault({"type": "token", "value": TOKEN})
    source = evertoken.TokenSource(endpoint.provider())
    source.headers()
    snapshot = source._obtain(0, None)
    assert snapshot.header_value.endswith(TOKEN)
    assert not leaks(repr(snapshot) + str(snapshot))
    with pytest.raises(TypeError):
        pickle.dumps(snapshot)


def test_an_error_keeps_no_source_no_request_and_no_credentials_alive(endpoint: TokenEndpoint) -> None:
    provider = PROVIDERS["oro_commerce"]("http://127.0.0.1:9")
    source = evertoken.TokenSource(provider, transport=BrokenTransport(), policy=ONCE)
    with pytest.raises(evertoken.TransportError) as caught:
        source.headers()
    cause = caught.value.__cause__
    assert isinstance(cause, OSError)
    assert str(cause) == "the proxy said no"
    assert cause.__traceback__ is None
    gc.collect()
    assert not any(isinstance(thing, evertoken.TokenRequest) for thing in reachable(cause))


def test_copies_of_an_error_show_no_secret_either(endpoint: TokenEndpoint) -> None:
    source = evertoken.TokenSource(
        PROVIDERS["oro_commerce"]("http://127.0.0.1:9"), transport=BrokenTransport(), policy=ONCE
    )
    with pytest.raises(evertoken.TransportError) as caught:
        source.headers()
    restored = pickle.loads(pickle.dumps(caught.value))
    for error in (restored, copy.copy(caught.value), copy.deepcopy(caught.value)):
        assert not any(leaks(text) for text in shown_of_error(error, set()))


def test_credentials_that_raise_with_a_secret_at_hand_do_not_show_it() -> None:
    def credentials() -> Mapping[str, str]:
        vault_answer = CANARY
        raise LookupError("the vault is sealed" if vault_answer else "")

    source = evertoken.TokenSource(evertoken.oro_platform("http://127.0.0.1:9", credentials=credentials), policy=ONCE)
    with pytest.raises(evertoken.EvertokenError) as caught:
        source.headers()
    assert isinstance(caught.value.__cause__, LookupError)
    assert not any(leaks(text) for text in shown_of_error(caught.value, set()))
