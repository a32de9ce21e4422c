"""Credentials that come from somewhere else: asked for each token request, and never in the way of the event loop."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import evertoken
import pytest
from shifted_clock import ShiftedClock
from token_endpoint import LIFETIME_MS, TokenEndpoint, eventually, eventually_async

ONCE: evertoken.Policy = {"fetch_attempts": 1}


def body_of(endpoint: TokenEndpoint, index: int) -> str:
    log = endpoint.sandbox.control("GET", "/log?vendor=oro&kind=token")
    return str(log[index]["body_text"])


def test_a_callable_is_asked_for_each_token_request(endpoint: TokenEndpoint, clock: ShiftedClock) -> None:
    key = endpoint.sandbox.control("POST", "/oro/keys", {"name": "Rotated", "surface": "back_office"})
    answers = [
        {"client_id": endpoint.id, "client_secret": endpoint.secret},
        {"client_id": key["id"], "client_secret": key["secret"]},
    ]
    asked: list[int] = []

    def credentials() -> Mapping[str, str]:
        asked.append(len(asked))
        return answers[len(asked) - 1]

    source = evertoken.TokenSource(endpoint.provider(credentials=credentials), clock=clock)
    assert asked == []
    source.headers()
    source.headers()
    assert asked == [0]
    clock.advance(LIFETIME_MS)
    source.headers()
    assert asked == [0, 1]
    assert endpoint.secret in body_of(endpoint, 0)
    assert key["secret"] in body_of(endpoint, 1)


def test_a_callable_is_asked_again_when_an_attempt_is_repeated(endpoint: TokenEndpoint) -> None:
    asked: list[int] = []

    def credentials() -> Mapping[str, str]:
        asked.append(len(asked))
        return {"client_id": endpoint.id, "client_secret": endpoint.secret}

    endpoint.fault({"type": "throttle", "status": 503}, times=1)
    evertoken.TokenSource(endpoint.provider(credentials=credentials), policy={"fetch_delay_ms": 1}).headers()
    assert asked == [0, 1]
    assert endpoint.token_requests == 2


def test_a_refused_secret_is_replaced_by_the_callables_next_answer(endpoint: TokenEndpoint) -> None:
    answers = iter(["sandbox-secret-old", endpoint.secret])
    provider = endpoint.provider(credentials=lambda: {"client_id": endpoint.id, "client_secret": next(answers)})
    source = evertoken.TokenSource(provider)
    with pytest.raises(evertoken.CredentialsError):
        source.headers()
    source.credentials_changed()
    assert source.headers()


class AsyncCallable:
    """An object whose call is a coroutine."""

    def __init__(self, answer: Callable[[], Awaitable[Mapping[str, str]]]) -> None:
        self._answer = answer

    async def __call__(self) -> Mapping[str, str]:
        return await self._answer()


@pytest.mark.parametrize("shape", ["function", "partial", "object", "lambda"])
def test_an_async_callable_is_awaited_in_async_calls(endpoint: TokenEndpoint, shape: str) -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def credentials() -> Mapping[str, str]:
        loops.append(asyncio.get_running_loop())
        await asyncio.sleep(0)
        return {"client_id": endpoint.id, "client_secret": endpoint.secret}

    shapes: dict[str, Any] = {
        "function": credentials,
        "partial": functools.partial(credentials),
        "object": AsyncCallable(credentials),
        "lambda": lambda: credentials(),
    }

    async def main() -> None:
        assert await evertoken.TokenSource(endpoint.provider(credentials=shapes[shape])).aheaders()
        assert loops == [asyncio.get_running_loop()]

    asyncio.run(main())


def test_an_async_callable_in_a_sync_call_is_a_typed_error_that_says_what_to_do(endpoint: TokenEndpoint) -> None:
    async def credentials() -> Mapping[str, str]:
        raise AssertionError

    with pytest.raises(evertoken.ConfigurationError) as caught:
        evertoken.TokenSource(endpoint.provider(credentials=credentials)).headers()
    assert "async" in str(caught.value)
    assert endpoint.token_requests == 0


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_callable_that_raises_is_the_cause_of_a_typed_error(endpoint: TokenEndpoint, asynchronous: bool) -> None:
    def credentials() -> Mapping[str, str]:
        raise LookupError("the vault is sealed")

    async def async_credentials() -> Mapping[str, str]:
        return credentials()

    source = evertoken.TokenSource(
        endpoint.provider(credentials=async_credentials if asynchronous else credentials), policy=ONCE
    )
    with pytest.raises(evertoken.EvertokenError) as caught:
        asyncio.run(source.aheaders()) if asynchronous else source.headers()
    assert isinstance(caught.value.__cause__, LookupError)
    assert str(caught.value.__cause__) == "the vault is sealed"
    assert endpoint.token_requests == 0


def test_a_callable_that_fails_for_a_moment_does_not_fail_the_call(endpoint: TokenEndpoint) -> None:
    outcomes: list[Any] = [LookupError("the vault restarts"), None]

    def credentials() -> Mapping[str, str]:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome
        return {"client_id": endpoint.id, "client_secret": endpoint.secret}

    source = evertoken.TokenSource(endpoint.provider(credentials=credentials), policy={"fetch_delay_ms": 1})
    assert source.headers()
    assert endpoint.token_requests == 1


def test_a_callable_that_fails_in_the_window_is_noticed_by_nobody(endpoint: TokenEndpoint, clock: ShiftedClock) -> None:
    asked: list[int] = []

    def credentials() -> Mapping[str, str]:
        asked.append(len(asked))
        if len(asked) > 1:
            raise LookupError("the vault is sealed")
        return {"client_id": endpoint.id, "client_secret": endpoint.secret}

    source = evertoken.TokenSource(endpoint.provider(credentials=credentials), clock=clock)
    old = source.headers()
    clock.enter_window()
    assert source.headers() == old
    eventually(lambda: len(asked) == 2)
    eventually(lambda: source.explain().flight.state == "paused")
    assert source.headers() == old


@pytest.mark.parametrize(
    "answer", [None, "text", 7, [("client_id", "x")], {"client_id": 7, "client_secret": "x"}, {7: "x"}, {}], ids=repr
)
def test_a_callable_that_returns_nonsense_is_a_typed_error(endpoint: TokenEndpoint, answer: Any) -> None:
    source = evertoken.TokenSource(endpoint.provider(credentials=lambda: answer), policy=ONCE)
    for call in (source.headers, lambda: asyncio.run(source.aheaders())):
        with pytest.raises(evertoken.ConfigurationError) as caught:
            call()
        assert caught.value.fix
    assert endpoint.token_requests == 0


def test_a_callable_that_blocks_does_not_stall_the_event_loop(endpoint: TokenEndpoint) -> None:
    go_on = threading.Event()

    def credentials() -> Mapping[str, str]:
        assert go_on.wait(20)
        return {"client_id": endpoint.id, "client_secret": endpoint.secret}

    async def main() -> None:
        task = asyncio.create_task(evertoken.TokenSource(endpoint.provider(credentials=credentials)).aheaders())
        for _ in range(100):
            await asyncio.sleep(0)
        assert not task.done()
        go_on.set()
        assert await task

    asyncio.run(main())


def test_a_callable_that_blocks_for_ever_ends_the_callers_patience_and_no_more(endpoint: TokenEndpoint) -> None:
    go_on = threading.Event()

    def credentials() -> Mapping[str, str]:
        go_on.wait(20)
        return {"client_id": endpoint.id, "client_secret": endpoint.secret}

    source = evertoken.TokenSource(endpoint.provider(credentials=credentials))
    with pytest.raises(evertoken.DeadlineError):
        source.headers(patience=0.05)
    go_on.set()
    assert source.headers()
    assert endpoint.token_requests == 1


def test_a_callable_that_blocks_for_ever_does_not_keep_an_event_loop_from_ending(endpoint: TokenEndpoint) -> None:
    go_on = threading.Event()

    def credentials() -> Mapping[str, str]:
        go_on.wait(60)
        return {"client_id": endpoint.id, "client_secret": endpoint.secret}

    async def main() -> None:
        with pytest.raises(evertoken.DeadlineError):
            await evertoken.TokenSource(endpoint.provider(credentials=credentials)).aheaders(patience=0.05)

    loop = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    loop.start()
    loop.join(20)
    ended = not loop.is_alive()
    go_on.set()
    assert ended


def test_the_environment_is_read_for_each_token_request(
    endpoint: TokenEndpoint, clock: ShiftedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = evertoken.TokenSource(evertoken.oro_commerce(endpoint.url, surface="back_office"), clock=clock)
    monkeypatch.setenv("ORO_CLIENT_ID", endpoint.id)
    monkeypatch.setenv("ORO_CLIENT_SECRET", endpoint.secret)
    source.headers()
    key = endpoint.sandbox.control("POST", "/oro/keys", {"name": "Rotated", "surface": "back_office"})
    monkeypatch.setenv("ORO_CLIENT_ID", key["id"])
    monkeypatch.setenv("ORO_CLIENT_SECRET", key["secret"])
    clock.advance(LIFETIME_MS)
    source.headers()
    assert key["secret"] in body_of(endpoint, 1)


@pytest.mark.parametrize(
    ("provider", "variables"),
    [
        (lambda: evertoken.piwik_pro("acme.piwik.pro"), ("PIWIK_PRO_CLIENT_ID", "PIWIK_PRO_CLIENT_SECRET")),
        (lambda: evertoken.didomi(), ("DIDOMI_API_KEY", "DIDOMI_API_SECRET")),
        (
            lambda: evertoken.oro_commerce("https://shop.example", surface="storefront"),
            ("ORO_CLIENT_ID", "ORO_CLIENT_SECRET"),
        ),
        (lambda: evertoken.oro_platform("https://crm.example"), ("ORO_CLIENT_ID", "ORO_CLIENT_SECRET")),
    ],
    ids=["piwik_pro", "didomi", "oro_commerce", "oro_platform"],
)
def test_missing_variables_are_named(
    provider: Callable[[], evertoken.Provider], variables: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = variables
    monkeypatch.delenv(first, raising=False)
    monkeypatch.delenv(second, raising=False)
    with pytest.raises(evertoken.ConfigurationError) as caught:
        evertoken.TokenSource(provider()).headers()
    assert caught.value.code == "missing_credentials"
    assert first in str(caught.value) or second in str(caught.value)
    monkeypatch.setenv(first, "an-id")
    with pytest.raises(evertoken.ConfigurationError) as caught:
        evertoken.TokenSource(provider()).headers()
    assert second in str(caught.value)


def test_what_is_given_goes_before_the_environment(endpoint: TokenEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORO_CLIENT_ID", "of-the-environment")
    monkeypatch.setenv("ORO_CLIENT_SECRET", endpoint.secret)
    source = evertoken.TokenSource(evertoken.oro_commerce(endpoint.url, surface="back_office", client_id=endpoint.id))
    assert source.headers()
    assert endpoint.id in body_of(endpoint, 0)


def test_credentials_that_changed_are_used_and_the_old_token_serves_until_then(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    source = endpoint.source(clock=clock)
    old = source.headers()
    key = endpoint.sandbox.control("POST", "/oro/keys", {"name": "New", "surface": "back_office"})
    endpoint.hold()
    source.credentials_changed({"client_id": key["id"], "client_secret": key["secret"]})
    assert source.headers() == old
    endpoint.wait_until_held()
    assert source.headers() == old
    endpoint.release()
    eventually(lambda: source.headers() != old)
    assert key["secret"] in body_of(endpoint, 1)
    assert endpoint.token_requests == 2


def test_credentials_that_changed_with_the_token_dropped_are_waited_for(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    old = source.headers()
    source.credentials_changed(drop_token=True)
    assert source.headers() != old
    assert endpoint.token_requests == 2


def test_credentials_of_a_key_that_is_gone_can_be_replaced_while_callers_fail(endpoint: TokenEndpoint) -> None:
    source = evertoken.TokenSource(endpoint.provider(client_id="gone"))
    with pytest.raises(evertoken.CredentialsError):
        source.headers()
    source.credentials_changed({"client_id": endpoint.id, "client_secret": endpoint.secret})
    assert source.headers()


def test_an_async_callable_that_hangs_ends_with_the_callers_patience(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        go_on = asyncio.Event()

        async def credentials() -> Mapping[str, str]:
            await go_on.wait()
            return {"client_id": endpoint.id, "client_secret": endpoint.secret}

        source = evertoken.TokenSource(endpoint.provider(credentials=credentials))
        with pytest.raises(evertoken.DeadlineError):
            await source.aheaders(patience=0.05)
        go_on.set()
        await eventually_async(lambda: source.explain().token is not None)
        assert await source.aheaders()

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_headers_of_a_broker_are_asked_for_each_token_request(endpoint: TokenEndpoint) -> None:
    url = endpoint.sandbox.about["oauth2"]["http"]
    endpoint.sandbox.control("PATCH", "/oauth2/settings", {"broker_header": "x-csrf"})
    numbers = iter(range(10))
    provider = evertoken.broker(
        url + "/broker/token", api=url + "/api/", headers=lambda: {"x-csrf": f"csrf-{next(numbers)}"}
    )
    source = evertoken.TokenSource(provider)
    source.headers()
    source.invalidate()
    asyncio.run(source.aheaders())
    log = endpoint.sandbox.control("GET", "/log?vendor=oauth2&kind=token")
    assert [dict(entry["headers"])["x-csrf"] for entry in log] == ["csrf-0", "csrf-1"]


def test_headers_that_are_asked_for_do_not_stall_the_event_loop(endpoint: TokenEndpoint) -> None:
    url = endpoint.sandbox.about["oauth2"]["http"]
    go_on = threading.Event()

    def headers() -> Mapping[str, str]:
        assert go_on.wait(20)
        return {}

    async def main() -> None:
        source = evertoken.TokenSource(evertoken.broker(url + "/broker/token", api=url + "/api/", headers=headers))
        task = asyncio.create_task(source.aheaders())
        for _ in range(100):
            await asyncio.sleep(0)
        assert not task.done()
        go_on.set()
        assert await task

    asyncio.run(main())


@pytest.mark.parametrize("answer", ["text", 7, [("x-csrf", "y")], {"x-csrf": 7}, {7: "x"}], ids=repr)
def test_headers_that_are_nonsense_are_a_typed_error(endpoint: TokenEndpoint, answer: Any) -> None:
    url = endpoint.sandbox.about["oauth2"]["http"]
    source = evertoken.TokenSource(
        evertoken.broker(url + "/broker/token", api=url, headers=lambda: answer), policy=ONCE
    )
    for call in (source.headers, lambda: asyncio.run(source.aheaders())):
        with pytest.raises(evertoken.ConfigurationError) as caught:
            call()
        assert "headers" in str(caught.value)
