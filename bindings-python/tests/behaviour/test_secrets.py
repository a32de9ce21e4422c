"""Secrets, tokens and assertions appear in nothing that a program shows, logs, stores or sends on."""

from __future__ import annotations

import asyncio
import base64
import copy
import gc
import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any
from urllib.parse import quote, quote_plus

import evertoken
import evertoken.aiohttp
import evertoken.httpx
import evertoken.httpx2
import evertoken.requests
import pytest
from canned_transport import AsyncCannedTransport, CannedTransport
from token_endpoint import TokenEndpoint

CANARY = "sandbox-secret-canary/+ä"
TOKEN = "token-canary-0123456789"
ONCE: evertoken.Policy = {"fetch_attempts": 1, "fetch_pause_ms": 1, "terminal_pause_ms": 1}


def spellings(secret: str) -> list[str]:
    """The secret as it may stand in a body, a URL, a header or a repr."""
    raw = secret.encode()
    return [
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        repr(raw)[2:-1],
        base64.b64encode(raw).decode().rstrip("=")[:-1],
        secret.encode("unicode_escape").decode(),
    ]


SPELLINGS = [spelling for secret in (CANARY, CANARY[:22], TOKEN) for spelling in spellings(secret)]


def leaks(text: str) -> list[str]:
    return [spelling for spelling in SPELLINGS if spelling in text]


def shown(thing: object) -> Iterator[str]:
    """All that a program may come to show of a thing."""
    yield str(thing)
    yield repr(thing)
    yield f"{getattr(thing, '__dict__', '')}"
    try:
        yield repr(pickle.dumps(thing))
        yield repr(pickle.dumps(thing, 0))
    except Exception as error:
        yield repr(error)


def shown_of_error(error: BaseException | None, seen: set[int]) -> Iterator[str]:
    """All that an error reporter sends: the chain of causes with every frame's local variables."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield from shown(error)
    yield repr(error.args)
    yield "".join(traceback.format_exception(error))
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if "/evertoken/" in frame.f_code.co_filename or "site-packages" in frame.f_code.co_filename:
            for name, value in frame.f_locals.items():
                yield f"{frame.f_code.co_filename}:{frame.f_lineno} {name}={value!r}"
    for attribute in vars(error).values():
        yield repr(attribute)
        yield repr(getattr(attribute, "__dict__", None))
        yield str(getattr(attribute, "url", None))
        yield repr(getattr(attribute, "content", None) if hasattr(attribute, "_content") else None)
    yield from shown_of_error(error.__cause__, seen)
    yield from shown_of_error(error.__context__, seen)


def reachable(thing: object) -> list[object]:
    """All objects that a thing keeps alive, but for classes, modules and functions."""
    found: dict[int, object] = {}
    ahead = [thing]
    while ahead:
        reached = ahead.pop()
        if id(reached) not in found and not isinstance(reached, (type, ModuleType, FunctionType, BuiltinFunctionType)):
            found[id(reached)] = reached
            ahead += gc.get_referents(reached)
    return list(found.values())


def kept_texts(error: BaseException) -> Iterator[str]:
    """All texts that an error keeps alive through its cause."""
    for thing in reachable(error.__cause__):
        if isinstance(thing, str):
            yield thing
        elif isinstance(thing, (bytes, bytearray)):
            yield repr(bytes(thing))


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
    for thing in (provider, source, source.explain(), *events):
        for text in shown(thing):
            found += [text[:300] for _ in leaks(text)]
    for text in logged():
        found += [text[:300] for _ in leaks(text)]
    assert events
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
    found = []
    for thing in (source, source.provider, source.explain(), *events):
        for text in shown(thing):
            found += [text[:300] for _ in leaks(text)]
    for text in logged():
        found += [text[:300] for _ in [*leaks(text), *([endpoint.secret] if endpoint.secret in text else [])]]
    assert {event.type for event in events} >= {"started", "granted", "invalidated"}
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
