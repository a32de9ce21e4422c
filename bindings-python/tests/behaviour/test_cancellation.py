"""Callers that leave early: nobody else notices, and what they raise stays what it is."""

from __future__ import annotations

import asyncio
import gc
import threading

import evertoken
import evertoken.aiohttp
import evertoken.httpx
import httpx
import pytest
from crowd import Crowd
from shifted_clock import ShiftedClock
from token_endpoint import TokenEndpoint, eventually, eventually_async

NO_FENCE = 8
"""Seconds of patience that end before an attempt that nobody carries out is replaced."""


def test_a_caller_that_is_cancelled_harms_no_other(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        source = endpoint.source()
        endpoint.hold()
        leader, *others = [asyncio.create_task(source.aheaders()) for _ in range(20)]
        await eventually_async(lambda: source.explain().waiting == 20)
        leader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leader
        endpoint.release()
        assert len({given["Authorization"] for given in await asyncio.gather(*others)}) == 1

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_when_all_callers_are_cancelled_the_answer_still_serves_the_next_one(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        source = endpoint.source()
        endpoint.hold()
        tasks = [asyncio.create_task(source.aheaders()) for _ in range(20)]
        await eventually_async(lambda: endpoint.held == 1)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {asyncio.CancelledError}
        endpoint.release()
        assert (await source.aheaders())["Authorization"].startswith("Bearer ")

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_the_cancellation_of_a_caller_is_never_wrapped(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        endpoint.hold()
        async with evertoken.AsyncClient(endpoint.provider(), timeout=60) as client:
            task = asyncio.create_task(client.get("/admin/api/users"))
            await eventually_async(lambda: endpoint.held == 1)
            task.cancel("the user pressed stop")
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert type(caught.value) is asyncio.CancelledError
            endpoint.release()
            assert (await client.get("/admin/api/users")).status_code == 200

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_wait_for_ends_a_caller_and_not_the_flight(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        source = endpoint.source()
        endpoint.hold()
        with pytest.raises(asyncio.TimeoutError) as caught:
            await asyncio.wait_for(source.aheaders(), 0.05)
        assert not isinstance(caught.value, evertoken.EvertokenError)
        await eventually_async(lambda: endpoint.held == 1)
        endpoint.release()
        await source.aheaders()

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_a_caller_cancelled_before_it_ran_sends_nothing(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        task = asyncio.create_task(endpoint.source().aheaders())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert endpoint.token_requests == 0


def test_a_coroutine_that_is_closed_early_harms_no_other(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold()

    async def main() -> None:
        coroutine = source.aheaders()
        task = asyncio.create_task(source.aheaders())
        await eventually_async(lambda: source.explain().waiting == 1)
        coroutine.close()
        endpoint.release()
        await task

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_an_async_auth_flow_that_is_closed_while_it_waits_harms_no_other(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold()

    async def main() -> None:
        flow = evertoken.httpx.Auth(source).async_auth_flow(httpx.Request("GET", endpoint.url + "/admin/api/users"))
        first = asyncio.ensure_future(anext(flow))
        other = asyncio.create_task(source.aheaders())
        await eventually_async(lambda: source.explain().waiting == 2)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await flow.aclose()
        endpoint.release()
        await other

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_an_auth_flow_that_is_closed_after_its_request_is_no_trouble(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    flow = evertoken.httpx.Auth(source).sync_auth_flow(httpx.Request("GET", endpoint.url + "/admin/api/users"))
    assert next(flow).headers["Authorization"].startswith("Bearer ")
    flow.close()
    source.headers()
    assert endpoint.token_requests == 1


def test_a_rejected_caller_that_is_cancelled_harms_no_other(endpoint: TokenEndpoint, clock: ShiftedClock) -> None:
    async def main() -> None:
        source = endpoint.source(clock=clock, policy={"hard_wait_max_ms": 60_000, "hard_wait_divisor": 1})
        async with httpx.AsyncClient(auth=evertoken.httpx.Auth(source), base_url=endpoint.url, timeout=60) as client:
            await client.get("/admin/api/users")
            clock.advance(60_000)
            endpoint.revoke()
            endpoint.hold()
            leader, *others = [asyncio.create_task(client.get("/admin/api/users")) for _ in range(20)]
            await eventually_async(lambda: source.explain().waiting == 20)
            leader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leader
            endpoint.release()
            assert [answer.status_code for answer in await asyncio.gather(*others)] == [200] * 19

    asyncio.run(main())
    assert endpoint.token_requests == 2


def test_a_flight_cancelled_with_its_loop_is_replaced_by_the_next_call(endpoint: TokenEndpoint) -> None:
    source = endpoint.source(patience=NO_FENCE)
    endpoint.hold(times=1)

    async def leave() -> None:
        task = asyncio.create_task(source.aheaders())
        await eventually_async(lambda: endpoint.held == 1)
        task.cancel()

    asyncio.run(leave())
    assert asyncio.run(source.aheaders())["Authorization"].startswith("Bearer ")
    assert endpoint.token_requests == 2


def test_a_flight_cancelled_with_its_loop_is_replaced_for_the_threads_that_wait(endpoint: TokenEndpoint) -> None:
    source = endpoint.source(patience=NO_FENCE)
    endpoint.hold(times=1)
    crowds: list[Crowd[object]] = []

    async def leave() -> None:
        task = asyncio.create_task(source.aheaders())
        await eventually_async(lambda: endpoint.held == 1)
        crowds.append(Crowd(5, source.headers))
        await eventually_async(lambda: source.explain().waiting == 6)
        task.cancel()

    asyncio.run(leave())
    with crowds[0] as crowd:
        assert len(crowd.results()) == 5
    assert endpoint.token_requests == 2


def test_a_group_of_callers_that_fails_together_harms_no_other(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        source = endpoint.source()
        endpoint.hold()
        other = asyncio.create_task(source.aheaders())

        async def fail() -> None:
            await eventually_async(lambda: source.explain().waiting == 6)
            raise ZeroDivisionError

        inner = [asyncio.ensure_future(source.aheaders()) for _ in range(5)]
        with pytest.raises(ZeroDivisionError):
            await asyncio.gather(fail(), *inner)
        for task in inner:
            task.cancel()
        await asyncio.gather(*inner, return_exceptions=True)
        endpoint.release()
        await other

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_patience_that_ends_is_a_timeout_error_and_the_flight_goes_on(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold()
    with pytest.raises(evertoken.DeadlineError) as caught:
        source.headers(patience=0.05)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.code == "deadline"
    endpoint.wait_until_held()
    endpoint.release()
    source.headers()
    assert endpoint.token_requests == 1


def test_patience_that_ends_in_asyncio_is_a_timeout_error_and_the_flight_goes_on(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        source = endpoint.source()
        endpoint.hold()
        with pytest.raises(TimeoutError) as caught:
            await source.aheaders(patience=0.05)
        assert isinstance(caught.value, evertoken.DeadlineError)
        await eventually_async(lambda: endpoint.held == 1)
        endpoint.release()
        await source.aheaders()

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_no_patience_at_all_does_not_wait_and_still_starts_the_flight(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    with pytest.raises(evertoken.DeadlineError):
        source.headers(patience=0)
    eventually(lambda: source.explain().token is not None)
    assert source.headers(patience=0)
    assert endpoint.token_requests == 1


def test_close_ends_all_who_wait(endpoint: TokenEndpoint) -> None:
    source = endpoint.source(patience=600)
    endpoint.hold()
    errors: list[str] = []

    def call() -> None:
        try:
            source.headers()
        except evertoken.ConfigurationError as error:
            errors.append(error.code)

    with Crowd(5, call) as crowd:
        eventually(lambda: source.explain().waiting == 5)
        source.close()
        crowd.results()
    assert errors == ["closed"] * 5


def test_logout_ends_all_tasks_that_wait_and_a_later_call_fetches_anew(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        source = endpoint.source(patience=600)
        endpoint.hold(times=1)
        tasks = [asyncio.create_task(source.aheaders()) for _ in range(5)]
        await eventually_async(lambda: source.explain().waiting == 5)
        await eventually_async(lambda: endpoint.held == 1)
        source.logout()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {evertoken.CallCancelledError}
        assert not any(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
        await source.aheaders()

    asyncio.run(main())
    assert endpoint.token_requests == 2


def test_a_closed_source_fails_at_once_with_its_own_code(endpoint: TokenEndpoint) -> None:
    with endpoint.source() as source:
        source.headers()
    source.close()
    with pytest.raises(evertoken.ConfigurationError) as caught:
        source.headers()
    assert caught.value.code == "closed"
    with pytest.raises(evertoken.ConfigurationError):
        asyncio.run(source.aheaders())


def test_an_async_context_closes_the_source(endpoint: TokenEndpoint) -> None:
    async def main() -> evertoken.TokenSource:
        async with endpoint.source() as source:
            await source.aheaders()
        return source

    source = asyncio.run(main())
    with pytest.raises(evertoken.ConfigurationError, match="closed"):
        source.headers()


def test_cancelled_tasks_leave_nothing_behind(endpoint: TokenEndpoint, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        source = endpoint.source()
        endpoint.hold()
        tasks = [asyncio.create_task(source.aheaders()) for _ in range(20)]
        await eventually_async(lambda: endpoint.held == 1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    before = threading.active_count()
    asyncio.run(main())
    endpoint.release()
    gc.collect()
    eventually(lambda: threading.active_count() <= before)
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.parametrize("next_caller", ["thread", "this thread", "another loop"])
def test_a_flight_whose_loop_was_only_stopped_is_replaced_by_the_next_call(
    endpoint: TokenEndpoint, next_caller: str
) -> None:
    source = endpoint.source(patience=NO_FENCE)
    endpoint.hold(times=1)
    loop = asyncio.new_event_loop()
    with pytest.raises(evertoken.DeadlineError):
        loop.run_until_complete(_a_moment(source, endpoint))
    if next_caller == "thread":
        with Crowd(1, source.headers) as crowd:
            assert crowd.results()
    elif next_caller == "this thread":
        assert source.headers()
    else:
        assert asyncio.run(source.aheaders())
    assert endpoint.token_requests == 2
    endpoint.release()
    loop.run_until_complete(eventually_async(lambda: len(asyncio.all_tasks()) == 1))
    loop.close()


async def _a_moment(source: evertoken.TokenSource, endpoint: TokenEndpoint) -> None:
    waiting = asyncio.create_task(source.aheaders(patience=0.1))
    await eventually_async(lambda: endpoint.held == 1)
    await waiting


def test_a_client_that_is_left_while_its_token_request_hangs_waits_for_nothing(endpoint: TokenEndpoint) -> None:
    endpoint.hold()
    with evertoken.Client(endpoint.provider()) as client:
        with pytest.raises(evertoken.DeadlineError):
            client.get("/admin/api/users", timeout=0.1)
        endpoint.wait_until_held()
    assert endpoint.held == 1
    with pytest.raises(evertoken.ConfigurationError, match="closed"):
        client.source.headers()


def test_an_async_client_that_is_left_while_its_token_request_hangs_leaves_no_task(endpoint: TokenEndpoint) -> None:
    async def main() -> None:
        endpoint.hold()
        async with evertoken.AsyncClient(endpoint.provider()) as client:
            with pytest.raises(evertoken.DeadlineError):
                await client.get("/admin/api/users", timeout=0.1)
            await eventually_async(lambda: endpoint.held == 1)
            assert len(asyncio.all_tasks()) == 2
        await eventually_async(lambda: len(asyncio.all_tasks()) == 1)

    asyncio.run(main())
    assert endpoint.token_requests == 1


def test_leaving_a_client_does_not_close_a_source_that_others_share(endpoint: TokenEndpoint) -> None:
    with endpoint.source() as source:
        for _ in range(2):
            with evertoken.Client(source) as client:
                assert client.get("/admin/api/users").status_code == 200
        assert source.headers()
    assert endpoint.token_requests == 1
