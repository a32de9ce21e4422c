"""A process that forks: the child works, with the token that it inherited, and never waits for its parent's refresh."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import threading
import traceback
from typing import Any

import evertoken
import evertoken.httpx
import httpx
import pytest
from crowd import Crowd
from offspring import Child
from shifted_clock import ShiftedClock
from token_endpoint import TokenEndpoint, eventually, eventually_async

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")


def test_a_child_forked_in_its_parents_first_fetch_fetches_by_itself(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold(times=1)
    with Crowd(3, source.headers) as crowd:
        eventually(lambda: source.explain().waiting == 3)
        endpoint.wait_until_held()
        of_child = Child(lambda: source.headers()["Authorization"]).result()
        endpoint.release()
        of_parent = {given["Authorization"] for given in crowd.results()}
    assert of_child.startswith("Bearer ")
    assert of_child not in of_parent
    assert endpoint.token_requests == 2


def test_a_child_forked_in_its_parents_first_fetch_works_in_asyncio(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold(times=1)
    with Crowd(1, source.headers) as crowd:
        endpoint.wait_until_held()
        assert Child(lambda: asyncio.run(source.aheaders())["Authorization"]).result().startswith("Bearer ")
        endpoint.release()
        crowd.results()
    assert endpoint.token_requests == 2


def test_a_child_forked_in_a_background_refresh_uses_the_old_token_and_renews_it_by_itself(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    source = endpoint.source(clock=clock)
    old = source.headers()["Authorization"]
    endpoint.hold(times=1)
    clock.enter_window()
    assert source.headers()["Authorization"] == old
    endpoint.wait_until_held()

    def child() -> tuple[str, str]:
        first = source.headers()["Authorization"]
        eventually(lambda: source.headers()["Authorization"] != first)
        return first, source.headers()["Authorization"]

    first, second = Child(child).result()
    assert first == old
    endpoint.release()
    eventually(lambda: source.headers()["Authorization"] != old)
    assert source.headers()["Authorization"] != second
    assert endpoint.token_requests == 3


def test_a_child_of_a_warm_parent_uses_the_inherited_token(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    header = source.headers()["Authorization"]
    assert Child(lambda: source.headers()["Authorization"]).result() == header
    assert Child(lambda: asyncio.run(source.aheaders())["Authorization"]).result() == header
    assert endpoint.token_requests == 1


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_child_forked_by_a_task_while_another_task_fetches_works(endpoint: TokenEndpoint, asynchronous: bool) -> None:
    source = endpoint.source(patience=8)
    endpoint.hold(times=1)

    def child() -> str:
        headers = asyncio.run(source.aheaders()) if asynchronous else source.headers()
        return headers["Authorization"]

    async def main() -> str:
        task = asyncio.create_task(source.aheaders())
        await eventually_async(lambda: endpoint.held == 1)
        of_child = str(Child(child).result())
        endpoint.release()
        assert (await task)["Authorization"] != of_child
        return of_child

    assert asyncio.run(main()).startswith("Bearer ")
    assert endpoint.token_requests == 2


def test_a_child_can_itself_fork_in_a_refresh(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold(times=2)

    def child() -> Any:
        thread = threading.Thread(target=source.headers, daemon=True)
        thread.start()
        endpoint.wait_until_held(2)
        return Child(lambda: source.headers()["Authorization"]).result()

    with Crowd(1, source.headers) as crowd:
        endpoint.wait_until_held()
        assert Child(child).result().startswith("Bearer ")
        endpoint.release()
        crowd.results()
    assert endpoint.token_requests == 3


def test_four_workers_forked_from_a_cold_parent_make_a_request_each_and_then_none(endpoint: TokenEndpoint) -> None:
    auth = evertoken.httpx.Auth(endpoint.source())

    def worker() -> list[int]:
        with httpx.Client(auth=auth, base_url=endpoint.url) as client:
            return [client.get("/admin/api/users").status_code for _ in range(5)]

    workers = [Child(worker) for _ in range(4)]
    assert [child.result() for child in workers] == [[200] * 5] * 4
    assert endpoint.token_requests == 4


def test_four_workers_forked_from_a_warm_parent_share_its_token(endpoint: TokenEndpoint) -> None:
    auth = evertoken.httpx.Auth(endpoint.source())
    with httpx.Client(auth=auth, base_url=endpoint.url) as client:
        assert client.get("/admin/api/users").status_code == 200

    def worker() -> list[int]:
        with httpx.Client(auth=auth, base_url=endpoint.url) as client:
            return [client.get("/admin/api/users").status_code for _ in range(5)]

    workers = [Child(worker) for _ in range(4)]
    assert [child.result() for child in workers] == [[200] * 5] * 4
    assert endpoint.token_requests == 1


def test_a_source_goes_to_a_forked_process_of_multiprocessing(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold(times=1)
    context = multiprocessing.get_context("fork")
    queue: Any = context.SimpleQueue()
    with Crowd(1, source.headers) as crowd:
        endpoint.wait_until_held()
        process = context.Process(target=_put_header, args=(source, queue))
        process.start()
        header = queue.get()
        process.join(20)
        assert process.exitcode == 0
        endpoint.release()
        crowd.results()
    assert header.startswith("Bearer ")


def _put_header(source: evertoken.TokenSource, queue: Any) -> None:
    queue.put(source.headers()["Authorization"])


def _calls_of(thread: threading.Thread) -> list[str]:
    """Names the functions that a thread is in."""
    frame = sys._current_frames().get(thread.ident or 0)
    return [] if frame is None else [found.f_code.co_name for found, _ in traceback.walk_stack(frame)]


def test_two_threads_of_a_child_that_ask_at_once_both_leave_the_parents_flight(endpoint: TokenEndpoint) -> None:
    class Gated(evertoken.Clock):
        """Stops the first thread where it begins to start over."""

        gated = ""
        calls = 0
        gate = threading.Event()

        def now(self) -> tuple[int, int]:
            if threading.current_thread().name == self.gated:
                self.calls += 1
                if self.calls == 3:
                    self.gate.wait(20)
            return super().now()

    clock = Gated()
    source = endpoint.source(clock=clock, patience=8)
    endpoint.hold(times=1)

    def child() -> list[str]:
        served: list[str] = []
        clock.gated = "first"
        threads = [
            threading.Thread(target=lambda: served.append(source.headers()["Authorization"]), name=name)
            for name in ("first", "second")
        ]
        threads[0].start()
        eventually(lambda: clock.calls == 3)
        threads[1].start()
        # It waits for the first, or, as it must not, for a token.
        eventually(lambda: {"_start_over", "wait"} & set(_calls_of(threads[1])))
        clock.gate.set()
        for thread in threads:
            thread.join()
        return served

    with Crowd(1, source.headers) as crowd:
        endpoint.wait_until_held()
        first, second = Child(child).result()
        assert first == second
        endpoint.release()
        crowd.results()
    assert endpoint.token_requests == 2


def test_a_fork_does_not_disturb_the_parents_own_refresh(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    endpoint.hold()
    with Crowd(5, source.headers) as crowd:
        eventually(lambda: source.explain().waiting == 5)
        assert Child(lambda: None).result() is None
        endpoint.release()
        assert len({given["Authorization"] for given in crowd.results()}) == 1
    assert endpoint.token_requests == 1


def test_children_spread_their_refreshes_differently(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()

    def refresh_in_s() -> float:
        source.headers()
        token = source.explain().token
        return 0 if token is None else token.refresh_in_s

    children = [Child(refresh_in_s) for _ in range(5)]
    drawn = [child.result() for child in children]
    # They are drawn from three minutes; children of one seed would differ by the milliseconds between them.
    assert max(drawn) - min(drawn) > 1


def test_a_closed_source_is_closed_in_the_child_too(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    source.headers()
    source.close()

    def child() -> str:
        try:
            source.headers()
        except evertoken.EvertokenError as error:
            return error.code
        return "served"

    assert Child(child).result() == "closed"


def test_sources_that_are_gone_are_not_touched_by_a_fork(endpoint: TokenEndpoint) -> None:
    for _ in range(20):
        endpoint.source().headers()
    kept = endpoint.source()
    assert Child(lambda: kept.headers()["Authorization"]).result().startswith("Bearer ")


def test_a_child_forked_while_many_threads_use_the_source_never_hangs(
    endpoint: TokenEndpoint, clock: ShiftedClock
) -> None:
    source = endpoint.source(clock=clock)
    over = threading.Event()

    def use() -> None:
        while not over.is_set():
            source.headers()
            source.explain()
            source.invalidate()
            source.retry()

    with Crowd(4, use) as crowd:
        try:
            outcomes = [Child(lambda: source.headers()["Authorization"]).result() for _ in range(10)]
        finally:
            over.set()
        crowd.results()
    assert [outcome[:7] for outcome in outcomes] == ["Bearer "] * 10
