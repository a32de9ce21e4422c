"""Trio: the same source, the same promises, without a dependency on it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Mapping

import evertoken
import evertoken.httpx
import evertoken.httpx2
import httpx
import pytest
import trio
from canned_transport import AsyncCannedTransport
from crowd import Crowd
from shifted_clock import ShiftedClock
from token_endpoint import LIFETIME_MS, TokenEndpoint, eventually

API = "/admin/api/users"


async def eventually_in_trio(holds: object) -> None:
    assert callable(holds)
    with trio.fail_after(20):
        while not holds():
            await trio.sleep(0.005)


async def gather(source: evertoken.TokenSource, size: int) -> list[str]:
    """Runs so many tasks that ask once each."""
    given: list[str] = []

    async def ask() -> None:
        given.append((await source.aheaders())["Authorization"])

    async with trio.open_nursery() as nursery:
        for _ in range(size):
            nursery.start_soon(ask)
    return given


def test_1000_tasks_of_trio_make_one_token_request(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold()

    async def main() -> list[str]:
        given: list[str] = []
        async with trio.open_nursery() as nursery:

            async def all_ask() -> None:
                given.extend(await gather(source, 1000))

            nursery.start_soon(all_ask)
            await eventually_in_trio(lambda: source.explain().waiting == 1000)
            endpoint.release()
        return given

    given = trio.run(main)
    assert len(given) == 1000
    assert len(set(given)) == 1
    assert endpoint.token_requests == 1


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_an_httpx_client_under_trio_fetches_and_recovers(
    endpoint: TokenEndpoint, clock: ShiftedClock, library: str
) -> None:
    source = endpoint.source(clock=clock)

    async def main() -> list[int]:
        if library == "httpx":
            client: httpx.AsyncClient = httpx.AsyncClient(auth=evertoken.httpx.Auth(source), base_url=endpoint.url)
        else:
            import httpx2

            client = httpx2.AsyncClient(auth=evertoken.httpx2.Auth(source), base_url=endpoint.url)  # type: ignore[assignment]
        async with client:
            statuses = [(await client.get(API)).status_code]
            clock.advance(60_000)
            endpoint.revoke()
            statuses.append((await client.get(API)).status_code)
            return statuses

    assert trio.run(main) == [200, 200]
    assert endpoint.api_statuses() == [200, 401, 200]
    assert endpoint.token_requests == 2


def test_the_ready_made_client_works_under_trio(endpoint: TokenEndpoint) -> None:
    async def main() -> int:
        async with evertoken.AsyncClient(endpoint.provider()) as client:
            return (await client.get(API)).status_code

    assert trio.run(main) == 200
    assert endpoint.token_requests == 1


def test_in_the_window_no_task_of_trio_waits(endpoint: TokenEndpoint, clock: ShiftedClock) -> None:
    source = endpoint.source(clock=clock)

    async def main() -> None:
        old = await source.aheaders()
        endpoint.hold()
        clock.enter_window()
        assert [await source.aheaders() for _ in range(100)] == [old] * 100
        await eventually_in_trio(lambda: endpoint.held == 1)
        assert [await source.aheaders() for _ in range(100)] == [old] * 100
        endpoint.release()
        await eventually_in_trio(lambda: source.headers() != old)

    trio.run(main)
    assert endpoint.token_requests == 2


def test_a_task_of_trio_that_is_cancelled_harms_no_other(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold()

    async def main() -> None:
        scope = trio.CancelScope()

        async def leave() -> None:
            with scope:
                await source.aheaders()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(leave)
            await eventually_in_trio(lambda: source.explain().waiting == 1)
            nursery.start_soon(gather, source, 19)
            await eventually_in_trio(lambda: source.explain().waiting == 20)
            scope.cancel()
            await trio.sleep(0)
            endpoint.release()
        assert scope.cancelled_caught

    trio.run(main)
    assert endpoint.token_requests == 1


def test_time_limits_of_trio_stay_trios_own(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold()

    async def main() -> None:
        with pytest.raises(trio.TooSlowError), trio.fail_after(0.05):
            await source.aheaders()
        with pytest.raises(evertoken.DeadlineError):
            await source.aheaders(patience=0.05)
        await eventually_in_trio(lambda: endpoint.held == 1)
        endpoint.release()
        await source.aheaders()

    trio.run(main)
    assert endpoint.token_requests == 1


def test_a_flight_that_ends_with_trio_is_replaced_by_the_next_call(endpoint: TokenEndpoint) -> None:
    source = endpoint.source(patience=8)
    endpoint.hold(times=1)

    async def leave() -> None:
        with trio.move_on_after(20) as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(source.aheaders)
                await eventually_in_trio(lambda: endpoint.held == 1)
                scope.cancel()

    trio.run(leave)
    assert trio.run(source.aheaders)["Authorization"].startswith("Bearer ")
    assert endpoint.token_requests == 2


def test_trio_asyncio_and_threads_share_one_token_request(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold()

    def under_trio() -> set[str]:
        return set(trio.run(gather, source, 10))

    def under_asyncio() -> set[str]:
        async def main() -> set[str]:
            return {given["Authorization"] for given in await asyncio.gather(*(source.aheaders() for _ in range(10)))}

        return asyncio.run(main())

    with Crowd(1, under_trio) as first, Crowd(1, under_asyncio) as second, Crowd(10, source.headers) as third:
        eventually(lambda: source.explain().waiting == 30)
        endpoint.release()
        given = first.results()[0] | second.results()[0] | {headers["Authorization"] for headers in third.results()}
    assert len(given) == 1
    assert endpoint.token_requests == 1


def test_callbacks_under_trio_run_in_no_context_of_the_caller(endpoint: TokenEndpoint) -> None:
    request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="none")
    seen: list[str] = []

    class Looking(AsyncCannedTransport):
        async def asend(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            await trio.sleep(0)
            seen.append(request_id.get())
            return await super().asend(request)

    async def main() -> None:
        request_id.set("of the caller")
        await evertoken.TokenSource(endpoint.provider(), transport=Looking()).aheaders()

    trio.run(main)
    assert seen == ["none"]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["function", "coroutine function"])
def test_credentials_are_asked_under_trio(endpoint: TokenEndpoint, asynchronous: bool) -> None:
    threads: list[threading.Thread] = []

    def credentials() -> Mapping[str, str]:
        threads.append(threading.current_thread())
        return {"client_id": endpoint.id, "client_secret": endpoint.secret}

    async def async_credentials() -> Mapping[str, str]:
        await trio.sleep(0)
        return credentials()

    provider = endpoint.provider(credentials=async_credentials if asynchronous else credentials)
    assert trio.run(evertoken.TokenSource(provider).aheaders)
    assert (threads == [threading.main_thread()]) is asynchronous


def test_a_transport_under_trio_that_asks_its_own_source_gets_a_typed_error(endpoint: TokenEndpoint) -> None:
    codes: list[str] = []

    class Circular(AsyncCannedTransport):
        async def asend(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
            try:
                await source.aheaders()
            except evertoken.ConfigurationError as error:
                codes.append(error.code)
            return await super().asend(request)

    source = evertoken.TokenSource(endpoint.provider(), transport=Circular())
    assert trio.run(source.aheaders)
    assert codes == ["reentrant"]


def test_trio_run_twice_uses_the_token_of_the_first_run_and_then_fetches_anew(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    source = endpoint.source(clock=clock)
    first = trio.run(source.aheaders)
    assert trio.run(source.aheaders) == first
    clock.advance(LIFETIME_MS)
    assert trio.run(source.aheaders) != first
    assert endpoint.token_requests == 2
