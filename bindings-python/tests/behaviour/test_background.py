"""The refresh in the background: who runs it, for how long, and what it takes along."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import evertoken
import pytest
from canned_transport import AsyncCannedTransport, CannedTransport
from crowd import Crowd
from evertoken._waiting import ThreadWakeup
from shifted_clock import ShiftedClock
from token_endpoint import LIFETIME_MS, TokenEndpoint, eventually, eventually_async

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="none")


def test_in_the_window_nobody_waits_while_the_endpoint_hangs(endpoint: TokenEndpoint, clock: ShiftedClock) -> None:
    source = endpoint.source(clock=clock)
    old = source.headers()
    endpoint.hold()
    clock.enter_window()
    assert [source.headers() for _ in range(100)] == [old] * 100
    endpoint.wait_until_held()
    assert [source.headers() for _ in range(100)] == [old] * 100
    endpoint.release()
    eventually(lambda: source.headers() != old)
    assert endpoint.token_requests == 2


def test_in_the_window_no_task_waits_while_the_endpoint_hangs(endpoint: TokenEndpoint, clock: ShiftedClock) -> None:
    async def main() -> None:
        source = endpoint.source(clock=clock)
        old = await source.aheaders()
        endpoint.hold()
        clock.enter_window()
        assert [await source.aheaders() for _ in range(100)] == [old] * 100
        await eventually_async(lambda: endpoint.held == 1)
        assert [await source.aheaders() for _ in range(100)] == [old] * 100
        endpoint.release()
        await eventually_async(lambda: generation(source) == 2)
        assert await source.aheaders() != old

    asyncio.run(main())
    assert endpoint.token_requests == 2


def generation(source: evertoken.TokenSource) -> int:
    token = source.explain().token
    return 0 if token is None else token.generation


def test_a_hot_call_in_asyncio_does_not_give_way_to_other_tasks(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        source = endpoint.source()
        await source.aheaders()
        coroutine = source.aheaders()
        with pytest.raises(StopIteration):
            coroutine.send(None)

    asyncio.run(main())


def test_a_thread_exists_only_while_a_token_request_is_on_its_way(endpoint: TokenEndpoint, clock: ShiftedClock) -> None:
    before = set(threading.enumerate())
    source = endpoint.source(clock=clock)
    source.explain()
    assert set(threading.enumerate()) == before
    source.headers()
    eventually(lambda: set(threading.enumerate()) == before)
    endpoint.hold()
    clock.enter_window()
    source.headers()
    endpoint.wait_until_held()
    # The flight, and the timer that ends it if the server drips.
    workers = set(threading.enumerate()) - before
    assert 1 <= len(workers) <= 2
    assert all(worker.daemon and worker.name.startswith("evertoken-") for worker in workers)
    endpoint.release()
    eventually(lambda: set(threading.enumerate()) == before)


def test_a_source_at_rest_keeps_no_thread_for_its_later_refreshes(endpoint: TokenEndpoint) -> None:
    before = set(threading.enumerate())
    source = endpoint.source()
    source.headers()
    with pytest.raises(evertoken.CredentialsError):
        evertoken.TokenSource(endpoint.provider(client_secret="sandbox-secret-wrong")).headers()
    eventually(lambda: set(threading.enumerate()) == before)


def test_async_flights_need_no_thread(endpoint: TokenEndpoint) -> None:
    async def main() -> set[threading.Thread]:
        source = evertoken.TokenSource(endpoint.provider(), transport=AsyncCannedTransport())
        before = set(threading.enumerate())
        await source.aheaders()
        return set(threading.enumerate()) - before

    assert asyncio.run(main()) == set()


@pytest.mark.parametrize("asynchronous", [False, True], ids=["thread", "task"])
def test_the_callers_context_stays_with_the_caller(endpoint: TokenEndpoint, asynchronous: bool) -> None:
    seen: list[str] = []

    def credentials() -> Mapping[str, str]:
        seen.append(request_id.get())
        return {"client_id": endpoint.id, "client_secret": endpoint.secret}

    class Looking(CannedTransport):
        def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            seen.append(request_id.get())
            return super().send(request)

    class AsyncLooking(AsyncCannedTransport):
        async def asend(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            seen.append(request_id.get())
            return await super().asend(request)

    provider = endpoint.provider(credentials=credentials)
    request_id.set("of the caller")
    if asynchronous:
        source = evertoken.TokenSource(provider, transport=AsyncLooking())
        asyncio.run(source.aheaders())
    else:
        source = evertoken.TokenSource(provider, transport=Looking())
        source.headers()
    request_id.set("none")
    assert seen == ["none", "none"]


def test_a_source_that_is_forgotten_while_its_endpoint_hangs_is_freed(
    endpoint: TokenEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints: list[Any] = []
    monkeypatch.setattr("threading.excepthook", complaints.append)
    monkeypatch.setattr("sys.unraisablehook", complaints.append)
    before = set(threading.enumerate())
    heard: list[str] = []
    source: evertoken.TokenSource | None = endpoint.source(on_event=lambda event: heard.append(event.type))
    endpoint.hold()
    try:
        assert source is not None
        source.headers(patience=0.05)
    except evertoken.DeadlineError:
        pass
    endpoint.wait_until_held()
    reference = weakref.ref(source)
    source = None
    gc.collect()
    assert reference() is None
    endpoint.release()
    eventually(lambda: set(threading.enumerate()) == before)
    assert heard == ["started"]
    assert complaints == []


def test_a_caller_is_woken_by_the_answer_and_not_by_a_timer(endpoint: TokenEndpoint) -> None:
    class Patient(evertoken.Clock):
        def wait(self, wakeup: ThreadWakeup, ms: int) -> None:
            assert wakeup.wait(20)

        def call_later(self, ms: int, callback: Callable[[], None]) -> Callable[[], None]:
            return lambda: None

    async def main() -> None:
        assert await asyncio.wait_for(endpoint.source(clock=Patient()).aheaders(), 20)

    assert endpoint.source(clock=Patient()).headers()
    asyncio.run(main())


def test_a_caller_that_waits_does_not_spin(endpoint: TokenEndpoint) -> None:
    class Counting(evertoken.Clock):
        waits = 0

        def wait(self, wakeup: ThreadWakeup, ms: int) -> None:
            Counting.waits += 1
            super().wait(wakeup, ms)

        def call_later(self, ms: int, callback: Callable[[], None]) -> Callable[[], None]:
            Counting.waits += 1
            return super().call_later(ms, callback)

    source = endpoint.source(clock=Counting(), patience=600)
    endpoint.hold()

    async def main() -> None:
        task = asyncio.create_task(source.aheaders())
        await eventually_async(lambda: endpoint.held == 1)
        await asyncio.sleep(0.1)
        endpoint.release()
        await task

    with Crowd(1, source.headers) as crowd:
        endpoint.wait_until_held()
        asyncio.run(main())
        crowd.results()
    assert 2 <= Counting.waits <= 6


def test_a_token_request_that_hangs_past_its_deadline_is_replaced_for_everybody(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    source = endpoint.source(clock=clock, patience=600)
    endpoint.hold(times=1)
    with Crowd(3, source.headers) as crowd:
        eventually(lambda: source.explain().waiting == 3)
        endpoint.wait_until_held()
        clock.advance(11_000)
        header = source.headers()
        assert crowd.results() == [header] * 3
    assert endpoint.token_requests == 2


def test_a_task_that_hangs_past_its_deadline_is_replaced_and_then_ended(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    async def main() -> None:
        source = endpoint.source(clock=clock, patience=600)
        endpoint.hold(times=1)
        tasks = [asyncio.create_task(source.aheaders()) for _ in range(3)]
        await eventually_async(lambda: endpoint.held == 1)
        clock.advance(11_000)
        header = await source.aheaders()
        assert await asyncio.gather(*tasks) == [header] * 3
        assert len(asyncio.all_tasks()) == 2
        clock.advance(20_000)
        source.retry()
        await eventually_async(lambda: len(asyncio.all_tasks()) == 1)

    asyncio.run(main())
    assert endpoint.token_requests == 2


def test_sources_that_come_and_go_leave_nothing_behind(endpoint: TokenEndpoint) -> None:
    def population() -> int:
        gc.collect()
        return sum(str(type(thing).__module__).startswith("evertoken") for thing in gc.get_objects())

    def live() -> None:
        source = evertoken.TokenSource(endpoint.provider(), transport=CannedTransport())
        source.headers()
        asyncio.run(source.aheaders())

    live()
    before = population()
    for _ in range(20):
        live()
    eventually(lambda: population() <= before)


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes that no thread can be started, from the call on."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    return lambda: monkeypatch.setattr(threading.Thread, "start", refuse)


def test_without_threads_a_first_token_is_fetched_by_the_caller(
    endpoint: TokenEndpoint, no_threads: Callable[[], None]
) -> None:
    source = endpoint.source()
    no_threads()
    assert source.headers()["Authorization"].startswith("Bearer ")
    assert endpoint.token_requests == 1


def test_without_threads_the_old_token_is_kept_while_it_is_valid(
    endpoint: TokenEndpoint, clock: ShiftedClock, no_threads: Callable[[], None]
) -> None:
    source = endpoint.source(clock=clock)
    old = source.headers()
    clock.enter_window()
    endpoint.hold()
    no_threads()
    assert [source.headers() for _ in range(20)] == [old] * 20
    assert endpoint.token_requests == 1


def test_without_threads_an_expired_token_is_renewed_by_the_caller(
    endpoint: TokenEndpoint, clock: ShiftedClock, no_threads: Callable[[], None]
) -> None:
    source = endpoint.source(clock=clock)
    old = source.headers()
    no_threads()
    clock.enter_window()
    assert source.headers() == old
    clock.advance(LIFETIME_MS)
    assert source.headers() != old
    assert endpoint.token_requests == 2


def test_without_threads_a_failure_is_the_callers_own(endpoint: TokenEndpoint, no_threads: Callable[[], None]) -> None:
    source = evertoken.TokenSource(endpoint.provider(client_secret="sandbox-secret-wrong"))
    no_threads()
    with pytest.raises(evertoken.CredentialsError):
        source.headers()
    assert endpoint.token_requests == 1


def test_threads_that_can_be_started_again_renew_in_the_background_again(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    source = endpoint.source(clock=clock)
    old = source.headers()
    clock.enter_window()
    with pytest.MonkeyPatch.context() as patch:

        def refuse(thread: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        patch.setattr(threading.Thread, "start", refuse)
        assert source.headers() == old
    clock.advance(100_000)
    eventually(lambda: source.headers() != old)
    assert endpoint.token_requests == 2


def test_no_lock_is_held_while_a_token_request_is_on_its_way(endpoint: TokenEndpoint, clock: ShiftedClock) -> None:
    source = endpoint.source(clock=clock)
    old = source.headers()
    endpoint.hold()
    clock.enter_window()
    source.headers()
    endpoint.wait_until_held()

    def everything() -> bool:
        source.explain()
        source.retry()
        source.content_type(source.url("/admin/api/users"))
        return source.headers() == old

    with Crowd(4, everything) as crowd:
        assert crowd.results() == [True] * 4
    source.invalidate()
    source.credentials_changed()
    source.logout()
    source.close()
    assert endpoint.held >= 1


def test_a_transport_that_closes_the_source_is_no_trouble(endpoint: TokenEndpoint) -> None:
    class Closing(CannedTransport):
        def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            source.close()
            return super().send(request)

    source = evertoken.TokenSource(endpoint.provider(), transport=Closing())
    with pytest.raises(evertoken.ConfigurationError) as caught:
        source.headers()
    assert caught.value.code == "closed"


def test_an_exception_of_the_transport_that_no_one_expects_fails_the_callers_and_not_the_thread(
    endpoint: TokenEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints: list[Any] = []
    monkeypatch.setattr("threading.excepthook", complaints.append)

    class Broken(CannedTransport):
        def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            raise ZeroDivisionError("a bug in the transport")

    source = evertoken.TokenSource(endpoint.provider(), transport=Broken(), policy={"fetch_attempts": 1})
    with pytest.raises(evertoken.TransportError) as caught:
        source.headers()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert complaints == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_transport_that_exits_its_thread_once_is_asked_again(endpoint: TokenEndpoint) -> None:
    class Exiting(CannedTransport):
        def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            answer = super().send(request)
            if len(self.requests) == 1:
                raise SystemExit(3)
            return answer

    source = evertoken.TokenSource(endpoint.provider(), transport=Exiting(), patience=8)
    assert source.token() == "token-2"
