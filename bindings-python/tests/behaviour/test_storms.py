"""Many callers of one source at once: the server sees one token request."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

import aiohttp
import evertoken
import evertoken.aiohttp
import evertoken.httpx
import evertoken.httpx2
import httpx
import httpx2
import pytest
from canned_transport import CannedTransport
from crowd import Crowd
from shifted_clock import ShiftedClock
from token_endpoint import LIFETIME_MS, TokenEndpoint, eventually, eventually_async

API = "/admin/api/users"


def test_200_threads_that_find_no_token_make_one_token_request(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold()
    with Crowd(200, source.headers) as crowd:
        eventually(lambda: source.explain().waiting == 200)
        endpoint.release()
        headers = crowd.results()
    assert len({given["Authorization"] for given in headers}) == 1
    assert endpoint.token_requests == 1


def test_200_threads_that_make_their_first_request_make_one_token_request(endpoint: TokenEndpoint) -> None:
    client = evertoken.Client(endpoint.provider(), timeout=60)
    with client, Crowd(200, lambda: client.get(API).status_code) as crowd:
        assert set(crowd.results()) == {200}
    assert endpoint.token_requests == 1


def test_1000_tasks_that_find_no_token_make_one_token_request(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        source = endpoint.source()
        endpoint.hold()
        tasks = [asyncio.create_task(source.aheaders()) for _ in range(1000)]
        await eventually_async(lambda: source.explain().waiting == 1000)
        endpoint.release()
        assert len({given["Authorization"] for given in await asyncio.gather(*tasks)}) == 1

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_1000_tasks_on_httpx2_make_one_token_request(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        auth = evertoken.httpx2.Auth(endpoint.source())
        limits = httpx2.Limits(max_connections=100)
        async with httpx2.AsyncClient(auth=auth, base_url=endpoint.url, timeout=60, limits=limits) as client:
            answers = await asyncio.gather(*(client.get(API) for _ in range(1000)))
        assert {answer.status_code for answer in answers} == {200}

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_1000_tasks_on_aiohttp_make_one_token_request(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        middleware = evertoken.aiohttp.middleware(endpoint.source())
        async with aiohttp.ClientSession(middlewares=[middleware]) as session:

            async def status() -> int:
                async with session.get(endpoint.url + API) as answer:
                    return answer.status

            assert set(await asyncio.gather(*(status() for _ in range(1000)))) == {200}

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_four_loops_in_four_threads_share_one_token_request(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold()

    async def main() -> set[str]:
        return {given["Authorization"] for given in await asyncio.gather(*(source.aheaders() for _ in range(25)))}

    with Crowd(4, lambda: asyncio.run(main())) as crowd:
        eventually(lambda: source.explain().waiting == 100)
        endpoint.release()
        assert len(set().union(*crowd.results())) == 1
    assert endpoint.token_requests == 1


def test_asyncio_run_twice_uses_the_token_of_the_first_run(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    first = asyncio.run(_twenty(source))
    assert asyncio.run(_twenty(source)) == first
    assert endpoint.token_requests == 1


def test_a_second_asyncio_run_fetches_again_after_the_token_expired(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    source = endpoint.source(clock=clock)
    first = asyncio.run(_twenty(source))
    clock.advance(LIFETIME_MS)
    assert asyncio.run(_twenty(source)) != first
    assert endpoint.token_requests == 2


async def _twenty(source: evertoken.TokenSource) -> set[str]:
    return {given["Authorization"] for given in await asyncio.gather(*(source.aheaders() for _ in range(20)))}


def test_a_flight_whose_loop_ends_is_replaced_for_the_callers_of_another_loop(endpoint: TokenEndpoint) -> None:
    source = endpoint.source(patience=8)
    endpoint.hold(times=1)

    async def leave() -> None:
        task = asyncio.create_task(source.aheaders())
        await eventually_async(lambda: endpoint.held == 1)
        other.start()
        await eventually_async(lambda: source.explain().waiting == 2)
        task.cancel()

    served: list[str] = []
    other = threading.Thread(target=lambda: served.append(asyncio.run(source.aheaders())["Authorization"]))
    asyncio.run(leave())
    other.join(30)
    assert len(served) == 1
    assert endpoint.token_requests == 2


def test_threads_and_tasks_wait_for_the_same_token_request(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold()

    async def main() -> set[str]:
        tasks = [asyncio.create_task(source.aheaders()) for _ in range(20)]
        await eventually_async(lambda: source.explain().waiting == 40)
        endpoint.release()
        return {given["Authorization"] for given in await asyncio.gather(*tasks)}

    with Crowd(20, source.headers) as crowd:
        eventually(lambda: source.explain().waiting == 20)
        of_tasks = asyncio.run(main())
        assert {given["Authorization"] for given in crowd.results()} == of_tasks
    assert endpoint.token_requests == 1


def test_threads_are_served_by_a_flight_that_a_task_began(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold()

    async def main() -> str:
        task = asyncio.create_task(source.aheaders())
        await eventually_async(lambda: endpoint.held == 1)
        crowd = Crowd(20, source.headers)
        await eventually_async(lambda: source.explain().waiting == 21)
        endpoint.release()
        header = (await task)["Authorization"]
        assert {given["Authorization"] for given in await asyncio.to_thread(crowd.results)} == {header}
        return header

    assert asyncio.run(main()).startswith("Bearer ")
    assert endpoint.token_requests == 1


class Load:
    """Threads that call the API for as long as the context lasts."""

    def __init__(self, size: int, call: Callable[[], int]) -> None:
        self._call = call
        self._over = threading.Event()
        self.calls = [0] * size
        self.failures: list[object] = []
        self._threads = [threading.Thread(target=self._run, args=(index,)) for index in range(size)]

    def _run(self, index: int) -> None:
        while not self._over.is_set():
            try:
                status: object = self._call()
            except Exception as error:
                status = error
            if status != 200:
                self.failures.append(status)
            self.calls[index] += 1

    def everybody_calls(self, times: int = 3) -> None:
        """Waits until each thread has ended so many further calls."""
        before = list(self.calls)
        eventually(lambda: all(now >= then + times for now, then in zip(self.calls, before, strict=True)))

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def test_a_rollover_under_load_is_one_token_request_and_nobody_waits_for_it(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    source = endpoint.source(clock=clock)
    client = httpx.Client(auth=evertoken.httpx.Auth(source), base_url=endpoint.url, timeout=60)
    with client, Load(8, lambda: client.get(API).status_code) as load:
        load.everybody_calls()
        for lifetime in (1, 2, 3):
            endpoint.hold()
            clock.enter_window()
            endpoint.wait_until_held()
            load.everybody_calls()
            assert endpoint.token_requests == lifetime + 1
            endpoint.release()
            eventually(lambda lifetime=lifetime: generation(source) == lifetime + 1)
            load.everybody_calls()
    assert load.failures == []
    assert set(endpoint.api_statuses()) == {200}
    assert endpoint.token_requests == 4


def test_a_rollover_under_load_of_tasks_is_one_token_request_and_nobody_waits_for_it(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    async def main() -> None:
        source = endpoint.source(clock=clock)
        async with httpx.AsyncClient(auth=evertoken.httpx.Auth(source), base_url=endpoint.url, timeout=60) as client:

            async def everybody_calls() -> None:
                answers = await asyncio.gather(*(client.get(API) for _ in range(20)))
                assert {answer.status_code for answer in answers} == {200}

            await everybody_calls()
            for lifetime in (1, 2, 3):
                endpoint.hold()
                clock.enter_window()
                await everybody_calls()
                await eventually_async(lambda: endpoint.held == 1)
                await everybody_calls()
                assert endpoint.token_requests == lifetime + 1
                endpoint.release()
                await eventually_async(lambda lifetime=lifetime: generation(source) == lifetime + 1)

    asyncio.run(main())
    assert set(endpoint.api_statuses()) == {200}
    assert endpoint.token_requests == 4


def generation(source: evertoken.TokenSource) -> int:
    token = source.explain().token
    return 0 if token is None else token.generation


@pytest.mark.parametrize("fault", [{"type": "throttle", "status": 503}, {"type": "hang"}, {"type": "drop"}], ids=str)
def test_everybody_is_served_while_the_token_is_good_and_its_endpoint_is_not(
    endpoint: TokenEndpoint, clock: ShiftedClock, fault: dict[str, Any]
) -> None:
    source = endpoint.source(clock=clock)
    with httpx.Client(auth=evertoken.httpx.Auth(source), base_url=endpoint.url, timeout=60) as client:
        assert client.get(API).status_code == 200
        endpoint.fault(fault)
        clock.enter_window()
        with Load(8, lambda: client.get(API).status_code) as load:
            eventually(lambda: endpoint.token_requests == 2)
            load.everybody_calls(10)
    assert load.failures == []
    assert endpoint.token_requests == 2


def test_200_threads_whose_token_was_revoked_recover_with_one_token_request(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    source = endpoint.source(clock=clock)
    with httpx.Client(auth=evertoken.httpx.Auth(source), base_url=endpoint.url, timeout=60) as client:
        assert client.get(API).status_code == 200
        clock.advance(60_000)
        endpoint.revoke()
        with Crowd(200, lambda: client.get(API).status_code) as crowd:
            assert crowd.results() == [200] * 200
    assert endpoint.token_requests == 2


def test_rejected_callers_hold_no_connection_while_they_wait(endpoint: TokenEndpoint, clock: ShiftedClock) -> None:
    source = endpoint.source(clock=clock, policy={"hard_wait_max_ms": 60_000, "hard_wait_divisor": 1})
    limits, timeout = httpx.Limits(max_connections=10), httpx.Timeout(60, pool=10)
    client = httpx.Client(auth=evertoken.httpx.Auth(source), base_url=endpoint.url, timeout=timeout, limits=limits)
    with client:
        assert client.get(API).status_code == 200
        clock.advance(60_000)
        endpoint.revoke()
        endpoint.hold()
        endpoint.fault({"type": "hang"}, kind="api", times=10)
        with Crowd(10, lambda: client.get(API).status_code) as crowd:
            endpoint.wait_until_held(10)
            endpoint.sandbox.control("POST", "/oro/release", {"kind": "api"})
            eventually(lambda: source.explain().waiting == 10)
            assert client.get(API, auth=None).status_code == 401
            endpoint.release()
            assert crowd.results() == [200] * 10
    assert endpoint.token_requests == 2


def test_rejected_tasks_hold_no_connection_while_they_wait(endpoint: TokenEndpoint, clock: ShiftedClock) -> None:
    async def main() -> None:
        source = endpoint.source(clock=clock, policy={"hard_wait_max_ms": 60_000, "hard_wait_divisor": 1})
        limits, timeout = httpx.Limits(max_connections=10), httpx.Timeout(60, pool=10)
        auth = evertoken.httpx.Auth(source)
        async with httpx.AsyncClient(auth=auth, base_url=endpoint.url, timeout=timeout, limits=limits) as client:
            assert (await client.get(API)).status_code == 200
            clock.advance(60_000)
            endpoint.revoke()
            endpoint.hold()
            endpoint.fault({"type": "hang"}, kind="api", times=10)
            tasks = [asyncio.create_task(client.get(API)) for _ in range(10)]
            await eventually_async(lambda: endpoint.held == 10)
            endpoint.sandbox.control("POST", "/oro/release", {"kind": "api"})
            await eventually_async(lambda: source.explain().waiting == 10)
            assert (await client.get(API, auth=None)).status_code == 401
            endpoint.release()
            assert [answer.status_code for answer in await asyncio.gather(*tasks)] == [200] * 10

    asyncio.run(main())
    assert endpoint.token_requests == 2


def test_rejected_callers_whose_refresh_fails_get_the_apis_own_answer_and_send_nothing_twice(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    source = endpoint.source(clock=clock)
    client = httpx.Client(auth=evertoken.httpx.Auth(source), base_url=endpoint.url, timeout=60)
    with client:
        assert client.get(API).status_code == 200
        clock.advance(60_000)
        endpoint.revoke()
        endpoint.hold(decide="release")
        with Crowd(20, lambda: client.get(API).status_code) as crowd:
            eventually(lambda: source.explain().waiting == 20)
            endpoint.wait_until_held()
            endpoint.release(instead={"type": "throttle", "status": 503})
            assert crowd.results() == [401] * 20
    assert endpoint.api_requests == 21
    assert endpoint.token_requests == 2


def test_200_tasks_whose_token_was_revoked_recover_with_one_token_request(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    async def main() -> None:
        middleware = evertoken.aiohttp.middleware(endpoint.source(clock=clock))
        async with aiohttp.ClientSession(middlewares=[middleware]) as session:

            async def status() -> int:
                async with session.get(endpoint.url + API) as answer:
                    return answer.status

            assert await status() == 200
            clock.advance(60_000)
            endpoint.revoke()
            assert await asyncio.gather(*(status() for _ in range(200))) == [200] * 200

    asyncio.run(main())
    assert endpoint.token_requests == 2


def test_tokens_of_ten_seconds_cost_at_most_two_requests_a_lifetime(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    endpoint.lifetime(10_000)
    source = endpoint.source(clock=clock)
    with httpx.Client(auth=evertoken.httpx.Auth(source), base_url=endpoint.url, timeout=60) as client:
        for _ in range(5 * 20):
            assert client.get(API).status_code == 200
            eventually(lambda: source.explain().flight.state == "idle")
            clock.advance(500)
    assert set(endpoint.api_statuses()) == {200}
    assert 5 <= endpoint.token_requests <= 10


def test_nothing_is_sent_before_the_first_call(endpoint: TokenEndpoint) -> None:
    with endpoint.source() as source, evertoken.Client(source) as client:
        evertoken.httpx.Auth(source)
        str(source.explain())
        assert client.base_url.host == "127.0.0.1"
    assert endpoint.token_requests == 0


def test_everything_at_once_ends_and_raises_typed_errors_only(endpoint: TokenEndpoint) -> None:
    transport = CannedTransport()
    source = evertoken.TokenSource(
        endpoint.provider(), transport=transport, on_event=lambda event: str(source.explain())
    )
    codes: set[str] = set()

    def use(seed: int) -> int:
        random = Random(seed)
        operations: list[Callable[[], object]] = [
            source.headers,
            lambda: source.headers(min_valid=60),
            lambda: asyncio.run(source.aheaders()),
            lambda: source._recover(len(transport.requests), replayable=True, retried=False, patience_ms=0),
            source.explain,
            source.invalidate,
            source.retry,
            source.credentials_changed,
            source.logout,
        ]
        for _ in range(300):
            try:
                random.choice(operations)()
            except evertoken.EvertokenError as error:
                codes.add(error.code)
        return seed

    seeds, interval = count(), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with Crowd(8, lambda: use(next(seeds))) as crowd:
            assert sorted(crowd.results()) == list(range(8))
    finally:
        sys.setswitchinterval(interval)
    assert codes <= {"cancelled"}
    source.close()
    with pytest.raises(evertoken.ConfigurationError):
        source.headers()
