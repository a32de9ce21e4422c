"""Code of the user that a source calls may call the source: nothing deadlocks."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping

import evertoken
import pytest
from canned_transport import AsyncCannedTransport, CannedTransport
from crowd import Crowd
from shifted_clock import ShiftedClock
from token_endpoint import LIFETIME_MS, TokenEndpoint, eventually, eventually_async

FAIL_FAST: evertoken.Policy = {"fetch_attempts": 1}


def _cause_of(caught: pytest.ExceptionInfo[evertoken.EvertokenError]) -> evertoken.EvertokenError:
    """The error that was raised inside, wherever the source put it."""
    error: BaseException | None = caught.value
    while error is not None:
        if isinstance(error, evertoken.EvertokenError) and error.code == "reentrant":
            return error
        error = error.__cause__
    raise AssertionError(f"not reentrant: {caught.value!r}")


def test_credentials_that_ask_their_own_source_get_a_typed_error(endpoint: TokenEndpoint) -> None:
    errors: list[str] = []

    def credentials() -> Mapping[str, str]:
        try:
            source.headers()
        except evertoken.ConfigurationError as error:
            errors.append(error.code)
            raise
        raise AssertionError

    source = evertoken.TokenSource(endpoint.provider(credentials=credentials), policy=FAIL_FAST)
    with pytest.raises(evertoken.EvertokenError) as caught:
        source.headers()
    assert errors[:1] == ["reentrant"]
    assert _cause_of(caught).fix
    assert endpoint.token_requests == 0


def test_async_credentials_that_ask_their_own_source_get_a_typed_error(endpoint: TokenEndpoint) -> None:
    errors: list[str] = []

    async def credentials() -> Mapping[str, str]:
        try:
            await source.aheaders()
        except evertoken.ConfigurationError as error:
            errors.append(error.code)
            raise
        raise AssertionError

    source = evertoken.TokenSource(endpoint.provider(credentials=credentials), policy=FAIL_FAST)
    with pytest.raises(evertoken.EvertokenError) as caught:
        asyncio.run(source.aheaders())
    assert errors[:1] == ["reentrant"]
    _cause_of(caught)
    assert endpoint.token_requests == 0


def test_sync_credentials_of_an_async_flight_that_ask_their_own_source_get_a_typed_error(
    endpoint: TokenEndpoint,
) -> None:
    errors: list[str] = []

    def credentials() -> Mapping[str, str]:
        try:
            source.headers()
        except evertoken.ConfigurationError as error:
            errors.append(error.code)
            raise
        raise AssertionError

    source = evertoken.TokenSource(endpoint.provider(credentials=credentials), policy=FAIL_FAST)
    with pytest.raises(evertoken.EvertokenError):
        asyncio.run(source.aheaders())
    assert errors[:1] == ["reentrant"]


def test_a_transport_that_asks_its_own_source_gets_a_typed_error(endpoint: TokenEndpoint) -> None:
    class Circular(CannedTransport):
        def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            source.headers()
            return super().send(request)

    source = evertoken.TokenSource(endpoint.provider(), transport=Circular(), policy=FAIL_FAST)
    with pytest.raises(evertoken.EvertokenError) as caught:
        source.headers()
    _cause_of(caught)


def test_an_async_transport_that_asks_its_own_source_gets_a_typed_error(endpoint: TokenEndpoint) -> None:
    class Circular(AsyncCannedTransport):
        async def asend(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            await source.aheaders()
            return await super().asend(request)

    source = evertoken.TokenSource(endpoint.provider(), transport=Circular(), policy=FAIL_FAST)
    with pytest.raises(evertoken.EvertokenError) as caught:
        asyncio.run(source.aheaders())
    _cause_of(caught)


def test_a_transport_that_asks_its_own_source_in_the_background_harms_nobody(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    errors: list[str] = []

    class Circular(CannedTransport):
        def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            if self.requests:
                try:
                    source.headers()
                except evertoken.ConfigurationError as error:
                    errors.append(error.code)
            return super().send(request)

    source = evertoken.TokenSource(endpoint.provider(), transport=Circular(), clock=clock)
    old = source.headers()
    clock.enter_window()
    eventually(lambda: source.headers() != old)
    assert errors == ["reentrant"]


def test_a_task_that_a_flight_left_behind_may_ask_when_the_flight_is_over(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        over = asyncio.Event()
        left_behind: list[asyncio.Task[Mapping[str, str]]] = []

        async def later() -> Mapping[str, str]:
            await over.wait()
            return await source.aheaders()

        class Leaving(AsyncCannedTransport):
            async def asend(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
                left_behind.append(asyncio.create_task(later()))
                return await super().asend(request)

        source = evertoken.TokenSource(endpoint.provider(), transport=Leaving())
        headers = await source.aheaders()
        over.set()
        assert await left_behind[0] == headers

    asyncio.run(main())


def test_two_sources_of_which_one_feeds_the_other_work(endpoint: TokenEndpoint) -> None:
    inner = endpoint.source()

    def credentials() -> Mapping[str, str]:
        assert inner.token()
        return {"client_id": endpoint.id, "client_secret": endpoint.secret}

    outer = evertoken.TokenSource(endpoint.provider(credentials=credentials))
    assert outer.headers() != inner.headers()
    assert endpoint.token_requests == 2


def test_two_sources_of_which_one_feeds_the_other_work_in_asyncio(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        inner = endpoint.source()

        async def credentials() -> Mapping[str, str]:
            assert await inner.atoken()
            return {"client_id": endpoint.id, "client_secret": endpoint.secret}

        outer = evertoken.TokenSource(endpoint.provider(credentials=credentials))
        assert await outer.aheaders() != await inner.aheaders()

    asyncio.run(main())
    assert endpoint.token_requests == 2


def test_a_circle_of_two_sources_ends_with_the_callers_patience(endpoint: TokenEndpoint) -> None:
    sources: dict[str, evertoken.TokenSource] = {}

    def credentials_of(other: str) -> Mapping[str, str]:
        sources[other].headers(patience=0.2)
        raise AssertionError

    for name, other in (("left", "right"), ("right", "left")):
        provider = endpoint.provider(credentials=lambda other=other: credentials_of(other))
        sources[name] = evertoken.TokenSource(provider, policy=FAIL_FAST)
    with pytest.raises(evertoken.EvertokenError):
        sources["left"].headers(patience=1)
    assert endpoint.token_requests == 0


def test_a_listener_may_use_the_source(endpoint: TokenEndpoint) -> None:
    heard: list[str] = []
    served: list[str] = []

    def listen(event: evertoken.Event) -> None:
        heard.append(event.type)
        str(source.explain())
        if event.type == "granted":
            served.append(source.headers()["Authorization"])
            source.invalidate()

    source = endpoint.source(on_event=listen)
    header = source.headers()["Authorization"]
    eventually(lambda: "invalidated" in heard)
    assert header in served
    assert heard.index("started") < heard.index("granted") < heard.index("invalidated")


def test_a_listener_may_close_the_source(endpoint: TokenEndpoint) -> None:
    def listen(event: evertoken.Event) -> None:
        if event.type == "started":
            source.close()

    source = endpoint.source(on_event=listen)
    with pytest.raises(evertoken.EvertokenError) as caught:
        source.headers()
    assert caught.value.code in {"cancelled", "closed"}


def test_a_listener_that_waits_for_another_thread_stalls_only_its_own_events(endpoint: TokenEndpoint) -> None:
    def listen(event: evertoken.Event) -> None:
        if event.type == "granted":
            thread = threading.Thread(target=source.headers)
            thread.start()
            thread.join()

    source = endpoint.source(on_event=listen)
    assert source.headers()
    assert endpoint.token_requests == 1


def test_a_listener_that_raises_is_logged_and_harms_nobody(
    endpoint: TokenEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    def listen(event: evertoken.Event) -> None:
        raise ZeroDivisionError("a bug in the listener")

    source = endpoint.source(on_event=listen)
    assert source.headers()
    eventually(lambda: any(record.exc_info for record in caplog.records))
    logged = [record for record in caplog.records if record.exc_info]
    assert {record.name for record in logged} == {"evertoken"}
    assert {record.exc_info[0] for record in logged if record.exc_info} == {ZeroDivisionError}
    assert {record.levelno for record in logged} == {logging.ERROR}


def test_events_are_told_in_their_order_and_once(endpoint: TokenEndpoint, clock: ShiftedClock) -> None:
    heard: list[tuple[str, object]] = []
    source = endpoint.source(
        clock=clock, on_event=lambda event: heard.append((event.type, event.fields.get("generation")))
    )
    with Crowd(20, source.headers) as crowd:
        crowd.results()
    clock.advance(LIFETIME_MS)
    with Crowd(20, source.headers) as crowd:
        crowd.results()
    eventually(lambda: len([kind for kind, _ in heard if kind == "granted"]) == 2)
    assert [kind for kind, _ in heard if kind in {"started", "granted"}] == ["started", "granted"] * 2
    assert [generation for kind, generation in heard if kind == "granted"] == [1, 2]


def test_a_log_handler_may_use_the_source(endpoint: TokenEndpoint) -> None:
    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            handled.append(str(source.explain()))

    handled: list[str] = []
    handler, logger = Handler(), logging.getLogger("evertoken")
    source = endpoint.source()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        source.headers()
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
    assert handled


def test_a_blocking_call_that_stops_the_loop_of_its_own_token_request_is_refused_at_once(
    endpoint: TokenEndpoint,
) -> None:
    async def main() -> None:
        source = endpoint.source(patience=600)
        endpoint.hold()
        task = asyncio.create_task(source.aheaders())
        await eventually_async(lambda: endpoint.held == 1)
        with pytest.raises(evertoken.ConfigurationError, match="aheaders") as caught:
            source.headers()
        assert caught.value.code == "reentrant"
        endpoint.release()
        assert await task == source.headers()

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_a_blocking_call_on_the_loop_is_served_while_the_old_token_is_good(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    async def main() -> None:
        source = endpoint.source(clock=clock, policy={"hard_wait_max_ms": 1})
        old = await source.aheaders()
        endpoint.hold()
        clock.enter_window()
        assert await source.aheaders() == old
        await eventually_async(lambda: endpoint.held == 1)
        assert source.headers() == old
        clock.advance(LIFETIME_MS * 13 // 100)
        assert source.headers() == old

    asyncio.run(main())


def test_a_blocking_call_on_a_loop_that_has_no_flight_is_served(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        assert endpoint.source().headers()

    asyncio.run(main())
    assert endpoint.token_requests == 1
