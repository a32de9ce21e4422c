"""Row a: many callers at once, and nothing is cached."""

from __future__ import annotations

from typing import Any

from contenders import is_async, is_ours
from contenders.plain import TOKEN
from harness.load import Callers
from harness.options import Job, Options
from harness.sandbox import Sandbox
from harness.table import Table, missing

LATENCY_MS = 200
BASELINES = ("static/httpx", "static/requests", "static/httpx, async", "static/httpx2, async", "static/aiohttp")
ONE_BY_ONE = ("requests-auth", "httpx-auth")
"""These fetch 200 tokens one after the other, and mostly wait."""
BARE = {"**evertoken** `headers()`": 200, "**evertoken** `aheaders()`, async": 10_000}
"""The token alone, and how many callers there are."""


def jobs(options: Options) -> list[Job]:
    return [Job("storm", name, limit=100, alone=name not in ONE_BY_ONE) for name in shown(options)]


def shown(options: Options) -> list[str]:
    ours = any(map(is_ours, options.names))
    return [*BASELINES, *options.names, *(BARE if ours else ())]


def storm(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    if name in BASELINES:
        sandbox.grant(TOKEN)
        sandbox.no_faults()
        sandbox.forget()
    sandbox.latency(LATENCY_MS)
    callers = Callers(name, sandbox.target(transport="aiohttp"))
    count = BARE.get(name) or (1_000 if is_async(name) else 200)
    seen = callers.together(count, limit=80)
    return {**seen.json(), "callers": count, "requests": sandbox.token_requests()}


def tables(results: dict[str, Any], options: Options) -> list[Table]:
    table = Table(
        "a. Cold storm",
        ["client", "callers", "token requests", "served", "until the last is served, s"],
        about=f"200 threads or 1,000 tasks make their first call at once; the token endpoint takes {LATENCY_MS} ms. "
        "httpx's asynchronous calls run over httpx-aiohttp, because httpx's own pool takes half a minute for "
        "1,000. static: a header that never changes, what the API calls alone take.",
    )
    for name in shown(options):
        found = results[f"storm {name}"]
        if "callers" not in found:
            table.rows.append([name, "", missing(found), "", ""])
            continue
        failures = ", ".join(f"{count} {outcome}" for outcome, count in found["failures"].items())
        rest = f" ({failures})" if failures else ""
        rest += f" ({found['stuck']} stuck)" if found["stuck"] else ""
        table.rows.append(
            [name, str(found["callers"]), str(found["requests"]), f"{found['served']}{rest}", f"{found['wall']:.1f}"]
        )
    return [table]
