"""Row g: forks, event loops, cancelled callers, threads."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from contenders import find, is_async
from harness.load import Callers
from harness.options import Job, Options
from harness.sandbox import Sandbox
from harness.table import Table, missing, ms

PATIENCE = 6.0


def jobs(options: Options) -> list[Job]:
    every = [
        Job(function, name, limit=30)
        for function in ("fork_in_refresh", "fork_warm", "threads")
        for name in options.names
    ]
    loops = ("run_twice", "four_loops", "cancelled")
    awaiting = [name for name in options.names if is_async(name)]
    return (
        every
        + [Job(function, name, limit=40) for function in loops for name in awaiting]
        + [Job("stall", name, alone=True) for name in awaiting]
    )


def fork_in_refresh(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    callers = Callers(name, sandbox.target())
    sandbox.latency(1_500)
    threading.Thread(target=callers.together, args=(1,), kwargs={"limit": 5}, daemon=True).start()
    time.sleep(0.5)
    outcome = in_fork(callers)
    return {"outcome": outcome, "requests": sandbox.token_requests()}


def fork_warm(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    callers = Callers(name, sandbox.target())
    callers.once()
    outcome = in_fork(callers)
    return {"outcome": outcome, "requests": sandbox.token_requests()}


def in_fork(callers: Callers) -> str:
    """One call in a forked child: its outcome, or that it hangs."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        outcome: list[str] = []
        thread = threading.Thread(target=lambda: outcome.append(fresh_call(callers)), daemon=True)
        thread.start()
        thread.join(PATIENCE)
        os.write(writer, (outcome[0] if outcome else "hangs").encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return pipe.read()


def fresh_call(callers: Callers) -> str:
    """A call that in an asynchronous client begins a loop of its own, with a new HTTP client where that can be."""
    contender = callers.contender

    async def one() -> int:
        with contextlib.suppress(NotImplementedError):
            contender.renew_client()
        return int(await contender.get(callers.url))

    try:
        return str(asyncio.run(one()) if callers.asynchronous else contender.get(callers.url))
    except Exception as error:
        return type(error).__name__


def threads(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    """Threads beyond those of the harness: while idle, and at most in 5 s with a renewal."""
    sandbox.settings(lifetime_ms=4_000)
    fixed = find(name).fixed_leeway
    if fixed is not None:
        sandbox.announce(3 + fixed)
    callers = Callers(name, sandbox.target(leeway=1.0))
    before = threading.active_count()
    callers.once()
    time.sleep(0.2)
    idle = threading.active_count() - before
    sandbox.latency(300)
    peak = [0]
    watched = threading.Event()

    def watch() -> None:
        while not watched.is_set():
            peak[0] = max(peak[0], threading.active_count())
            time.sleep(0.002)

    watcher = threading.Thread(target=watch, daemon=True)
    caller = 0 if callers.asynchronous else 1
    watcher.start()
    callers.over(4.5, callers=1, every=0.05, limit=3)
    watched.set()
    return {"idle": idle, "peak": peak[0] - before - 1 - caller}


def run_twice(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    """20 calls in a loop, then 20 in another: with the same client, and with a new client and the same token holder."""
    holder: list[Any] = []
    url = sandbox.target().api_url

    async def calls(renew: bool) -> dict[str, int]:
        if not holder:
            holder.append(find(name)(sandbox.target()))
        if renew:
            holder[0].renew_client()
        outcomes = await asyncio.gather(*(holder[0].get(url) for _ in range(20)), return_exceptions=True)
        return dict(
            Counter(str(outcome) if isinstance(outcome, int) else type(outcome).__name__ for outcome in outcomes)
        )

    asyncio.run(calls(False))
    same = asyncio.run(calls(False))
    try:
        renewed: dict[str, int] | None = asyncio.run(calls(True))
    except NotImplementedError:
        renewed = None
    return {"same": same, "renewed": renewed}


def four_loops(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    """4 loops in 4 threads, 25 calls each: one token holder, an HTTP client per loop where that can be."""
    target = sandbox.target()
    sandbox.latency(100)
    shared: list[Any] = []

    async def make() -> None:
        shared.append(find(name)(target))

    asyncio.run(make())
    outcomes: list[str] = []
    finished: list[int] = []

    async def calls() -> None:
        mine = copy.copy(shared[0])
        try:
            mine.renew_client()
        except NotImplementedError:
            mine = shared[0]
        for outcome in await asyncio.gather(*(mine.get(target.api_url) for _ in range(25)), return_exceptions=True):
            outcomes.append(str(outcome) if isinstance(outcome, int) else type(outcome).__name__)
        finished.append(1)

    workers = [threading.Thread(target=lambda: asyncio.run(calls()), daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()
    end = time.time() + 12
    for worker in workers:
        worker.join(max(0.0, end - time.time()))
    return {"stuck": 4 - len(finished), "outcomes": dict(Counter(outcomes)), "requests": sandbox.token_requests()}


def cancelled(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    """20 tasks wait for the first token; the first of them is cancelled."""
    sandbox.latency(500)
    target = sandbox.target()

    async def calls() -> int:
        contender = find(name)(target)
        tasks = [asyncio.create_task(contender.get(target.api_url)) for _ in range(20)]
        await asyncio.sleep(0.1)
        tasks[0].cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        return sum(outcome == 200 for outcome in outcomes[1:])

    return {"served": asyncio.run(calls()), "requests": sandbox.token_requests()}


def stall(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    """The longest time in which the loop ran nothing else, while a first token was fetched."""
    sandbox.latency(200)
    target = sandbox.target()

    async def calls() -> float:
        contender = find(name)(target)
        longest = 0.0
        running = True

        async def tick() -> None:
            nonlocal longest
            while running:
                began = time.perf_counter()
                await asyncio.sleep(0.001)
                longest = max(longest, time.perf_counter() - began - 0.001)

        ticker = asyncio.create_task(tick())
        await asyncio.sleep(0.05)
        longest = 0.0
        await contender.get(target.api_url)
        running = False
        await ticker
        return longest

    return {"longest": asyncio.run(calls())}


def tables(results: dict[str, Any], options: Options) -> list[Table]:
    every = Table(
        "g. Fork and threads",
        [
            "client",
            "child forked in a refresh",
            "token requests",
            "child of a warm parent",
            "token requests",
            "threads of its own: idle / at most in a renewal",
        ],
        about=f"One call in the child; hangs: longer than {PATIENCE:.0f} s while the endpoint takes 1.5 s. "
        "Asynchronous clients start a loop in the child, with a new HTTP client where the token holder is a "
        "thing apart. "
        "Token requests are those of parent and child together.",
    )
    loops = Table(
        "g. Event loops and cancellation",
        [
            "client",
            "asyncio.run twice: same client",
            "new client, same token holder",
            "4 loops in 4 threads, 100 calls: served, stuck threads, token requests",
            "first of 20 callers cancelled: others served, token requests",
            "longest stall of the loop in a first fetch of 200 ms, ms",
        ],
    )
    show: dict[str, Callable[[dict[str, Any]], list[str]]] = {
        "fork_in_refresh": lambda found: [found["outcome"], str(found["requests"])],
        "fork_warm": lambda found: [found["outcome"], str(found["requests"])],
        "threads": lambda found: [f"{found['idle']} / {found['peak']}"],
        "run_twice": lambda found: [
            counted(found["same"]),
            "-" if found["renewed"] is None else counted(found["renewed"]),
        ],
        "four_loops": lambda found: [f"{counted(found['outcomes'])}, {found['stuck']}, {found['requests']}"],
        "cancelled": lambda found: [f"{found['served']}, {found['requests']}"],
        "stall": lambda found: [ms(found["longest"])],
    }
    widths = {"fork_in_refresh": 2, "fork_warm": 2, "run_twice": 2}

    def cells(name: str, functions: tuple[str, ...]) -> list[str]:
        row = [name]
        for function in functions:
            found = results[f"{function} {name}"]
            absent = "error" in found or found.get("stuck") is True
            row += [missing(found), ""][: widths.get(function, 1)] if absent else show[function](found)
        return row

    for name in options.names:
        every.rows.append(cells(name, ("fork_in_refresh", "fork_warm", "threads")))
        if is_async(name):
            loops.rows.append(cells(name, ("run_twice", "four_loops", "cancelled", "stall")))
    return [every, loops] if loops.rows else [every]


def counted(outcomes: dict[str, int]) -> str:
    return " + ".join(f"{count} x {outcome}" for outcome, count in outcomes.items()) or "0"
