"""Row e: what a call costs while the token is good."""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import time
import timeit
from collections.abc import Callable
from typing import Any

from contenders import find, is_async, is_ours
from contenders.contender import Signer
from contenders.plain import TOKEN
from harness.options import Job, Options
from harness.sandbox import Sandbox
from harness.table import Table, missing

FAMILIES = {
    "static/httpx": ["httpx-auth", "hand-written/httpx", "**evertoken**/httpx"],
    "static/httpx, async": ["httpx-auth, async", "hand-written/httpx, async", "**evertoken**/httpx, async"],
    "static/httpx2": ["authlib/httpx2", "**evertoken**/httpx2"],
    "static/httpx2, async": ["authlib/httpx2, async", "**evertoken**/httpx2, async"],
    "static/requests": [
        "static/requests, header of the session",
        "authlib/requests",
        "requests-oauthlib",
        "requests-oauth2client",
        "requests-auth",
        "oauth2-client",
        "google-auth",
        "google-auth, non-blocking",
        "msal",
        "**evertoken**/requests",
    ],
    "static/aiohttp": ["**evertoken**/aiohttp"],
}
NO_MOCK = "static/aiohttp"

Batch = Callable[[int], Callable[[], None]]
"""Makes ready so many turns, and returns what runs them."""


def jobs(options: Options) -> list[Job]:
    chosen = [base for base, members in FAMILIES.items() if set(members) & set(options.names)]
    ours = [Job("headers", "evertoken", alone=True)] if any(map(is_ours, options.names)) else []
    signs = [Job("sign", base, alone=True, limit=120) for base in chosen if base != NO_MOCK]
    mocks = [Job("mock", base, alone=True, limit=240) for base in chosen if base != NO_MOCK]
    return ours + signs + mocks + [Job("loopback", base, alone=True, limit=240) for base in chosen]


def headers(_: str, sandbox: Sandbox, options: Options) -> dict[str, float]:
    """Nanoseconds of `headers()` and of its like, the loop subtracted."""
    from contenders.ours import source as make

    sandbox.fault({"type": "token", "value": TOKEN})
    loop = asyncio.new_event_loop()
    source = make(sandbox.target())
    source.headers()
    clock = CheckedClock(dict(source.headers()), time.monotonic() + 3_600)
    names = {
        "wall": time.time,
        "monotonic": time.monotonic,
        "headers": source.headers,
        "token": source.token,
        "checked": clock.headers,
        "plain": clock,
    }
    statements = {
        "pass": "pass",
        "time.time(), time.monotonic()": "wall(); monotonic()",
        "source.headers()": "headers()",
        "source.token()": "token()",
        "Python, an attribute": "plain.held",
        "Python, a method that compares time.monotonic() and returns a dict": "checked()",
    }
    timers = {
        text: timeit.Timer(statement, globals=names, timer=time.process_time) for text, statement in statements.items()
    }
    number = 50_000
    found: dict[str, list[float]] = {text: [] for text in [*timers, "await source.aheaders()"]}
    for turn in range(round(15 * options.scale)):
        for text in shuffled(list(timers), turn):
            found[text].append(timers[text].timeit(number) / number * 1e9)
        found["await source.aheaders()"].append(loop.run_until_complete(awaited(source, number)) / number * 1e9)
    medians = {text: statistics.median(values) for text, values in found.items()}
    empty = medians.pop("pass")
    return {text: value - empty for text, value in medians.items()}


async def awaited(source: Any, number: int) -> float:
    began = time.process_time()
    for _ in range(number):
        await source.aheaders()
    return time.process_time() - began


class CheckedClock:
    """The least that a correct cache does, in Python."""

    def __init__(self, held: dict[str, str], fresh_until: float) -> None:
        self.held = held
        self.fresh_until = fresh_until

    def headers(self) -> dict[str, str]:
        if time.monotonic() < self.fresh_until:
            return self.held
        raise LookupError


def sign(base: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    """Nanoseconds to put the token on a request that exists."""
    made, loop = make_all(base, sandbox, options, "mock")
    signers = {name: contender.signer() for name, contender in made.items()}
    batches = {name: signing(signer, is_async(name), loop) for name, signer in signers.items() if signer is not None}
    return interleaved(batches, 2_000, round(15 * options.scale), base)


def mock(base: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    return calls(base, sandbox, options, "mock", 120)


def loopback(base: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    return calls(base, sandbox, options, "real", 60)


def calls(base: str, sandbox: Sandbox, options: Options, transport: str, number: int) -> dict[str, Any]:
    made, loop = make_all(base, sandbox, options, transport)
    url = sandbox.target().api_url
    batches = {name: calling(contender, url, is_async(name), loop) for name, contender in made.items()}
    return interleaved(batches, number, round(21 * options.scale), base)


def make_all(
    base: str, sandbox: Sandbox, options: Options, transport: str
) -> tuple[dict[str, Any], asyncio.AbstractEventLoop]:
    """A family's contenders, each with a token of 800 bytes that the API takes."""
    sandbox.grant(TOKEN)
    loop = asyncio.new_event_loop()
    target = sandbox.target(transport=transport)
    made = {}
    for name in [base, *FAMILIES[base]]:
        if name.startswith("static") or name in options.names:
            made[name] = (
                loop.run_until_complete(make_async(name, target)) if is_async(name) else make_sync(name, target)
            )
    return made, loop


def make_sync(name: str, target: Any) -> Any:
    contender = find(name)(target)
    assert contender.get(target.api_url) == 200, name
    return contender


async def make_async(name: str, target: Any) -> Any:
    contender = find(name)(target)
    assert await contender.get(target.api_url) == 200, name
    return contender


def calling(contender: Any, url: str, asynchronous: bool, loop: asyncio.AbstractEventLoop) -> Batch:
    """A number of API calls, one after the other."""

    async def awaiting(number: int) -> None:
        for _ in range(number):
            await contender.get(url)

    def blocking(number: int) -> None:
        for _ in range(number):
            contender.get(url)

    def batch(number: int) -> Callable[[], None]:
        return lambda: loop.run_until_complete(awaiting(number)) if asynchronous else blocking(number)

    return batch


def signing(signer: Signer, asynchronous: bool, loop: asyncio.AbstractEventLoop) -> Batch:
    """A number of requests that get the token; making them is not counted."""

    async def awaiting(requests: list[Any]) -> None:
        for request in requests:
            await signer.sign(request)

    def blocking(requests: list[Any]) -> None:
        for request in requests:
            signer.sign(request)

    def batch(number: int) -> Callable[[], None]:
        requests = [signer.fresh() for _ in range(number)]
        return lambda: loop.run_until_complete(awaiting(requests)) if asynchronous else blocking(requests)

    return batch


def interleaved(batches: dict[str, Batch], number: int, rounds: int, base: str) -> dict[str, Any]:
    """Processor time of each batch, all in turn in an order that changes; the ratio is the median over rounds."""
    times: dict[str, list[float]] = {name: [] for name in batches}
    for batch in batches.values():
        batch(number // 4 + 1)()
    for turn in range(rounds):
        gc.collect()
        for name in shuffled(list(batches), turn):
            run = batches[name](number)
            began = time.process_time()
            run()
            times[name].append((time.process_time() - began) / number)
    return {
        name: {
            "ns": statistics.median(values) * 1e9,
            "ratio": statistics.median(value / beside for value, beside in zip(values, times[base], strict=True)),
            "spread": statistics.quantiles(
                [value / beside for value, beside in zip(values, times[base], strict=True)], n=4
            )[::2],
        }
        for name, values in times.items()
    }


def shuffled(names: list[str], turn: int) -> list[str]:
    random.Random(turn).shuffle(names)
    return names


def tables(results: dict[str, Any], options: Options) -> list[Table]:
    found: list[Table] = []
    if "headers evertoken" in results:
        found.append(headers_table(results["headers evertoken"]))
    requests = Table(
        "e. Hot path: one request",
        [
            "client",
            "put the token on a request, ns",
            "request over a mock transport: ratio (quartiles)",
            "over loopback: ratio (quartiles)",
            "us, mock / loopback",
        ],
        about="Processor time of the client, all of a group in turn in one process; the ratio is to the group's "
        "static header in the same round. Tokens of 800 bytes. The static header of "
        "requests is an auth object of three lines: a session header costs more, because requests then looks for "
        "a netrc file. aiohttp has no mock transport.",
    )
    for base, members in FAMILIES.items():
        groups = {kind: results.get(f"{kind} {base}") for kind in ("sign", "mock", "loopback")}
        if groups["loopback"] is None:
            continue
        for name in [base, *members]:
            if name.startswith("static") or name in options.names:
                requests.rows.append(request_row(name, groups))
    return [*found, requests]


def request_row(name: str, groups: dict[str, Any]) -> list[str]:
    cells = [name]
    costs = []
    for kind, group in groups.items():
        if group is None or name not in group:
            cells.append(missing(group) if group and "error" in group else "-")
            costs.append("-")
            continue
        one = group[name]
        low, high = one["spread"]
        cells.append(
            f"{one['ns']:.0f}"
            if kind == "sign"
            else "1"
            if name == next(iter(group))
            else f"{one['ratio']:.3f} ({low:.3f}-{high:.3f})"
        )
        costs.append(f"{one['ns'] / 1e3:.0f}")
    return [*cells, " / ".join(costs[1:])]


def headers_table(found: dict[str, Any]) -> Table:
    table = Table(
        "e. Hot path: `headers()`",
        ["call", "ns", "against the two clock reads"],
        about="Processor time, the loop subtracted, medians. Goal: 2.5 x the two clock reads.",
    )
    if "error" in found or "stuck" in found:
        table.rows.append([missing(found), "", ""])
        return table
    base = found["time.time(), time.monotonic()"]
    table.rows = [
        [f"`{text}`" if "(" in text and "Python" not in text else text, f"{value:.0f}", f"{value / base:.2f}"]
        for text, value in found.items()
    ]
    return table
