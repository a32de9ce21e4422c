"""Row d: tokens revoked by the server, and tokens that live shorter than a leeway."""

from __future__ import annotations

import time
from typing import Any

from contenders import find
from harness.load import Callers
from harness.options import Job, Options
from harness.sandbox import Sandbox
from harness.table import Table, missing

LIFETIME = 20
LEEWAY = 1.0
AGE = 2.5
"""Seconds before the revocation: ours takes a 401 for a slow replica in the first tenth of a token's life."""
CALLERS = 200


def jobs(options: Options) -> list[Job]:
    revoked = [Job(function, name, limit=90) for function in ("together", "spread") for name in options.names]
    return revoked + [Job("short", name, limit=60) for name in options.names]


def together(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    return revoked(name, sandbox, 0.0)


def spread(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    return revoked(name, sandbox, 0.5)


def revoked(name: str, sandbox: Sandbox, over: float) -> dict[str, Any]:
    sandbox.settings(lifetime_ms=LIFETIME * 1_000)
    fixed = find(name).fixed_leeway
    if fixed is not None:
        sandbox.announce(LIFETIME - LEEWAY + fixed)
    callers = Callers(name, sandbox.target(leeway=LEEWAY, transport="aiohttp"))
    callers.once()
    time.sleep(AGE)
    sandbox.revoke_all()
    sandbox.latency(100)
    sandbox.forget()
    seen = callers.together(CALLERS, limit=60, spread=over)
    return {**seen.json(), "requests": sandbox.token_requests()}


def short(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    """50 calls in 12.5 s, tokens of 10 s, everything on its defaults."""
    sandbox.settings(lifetime_ms=10_000)
    callers = Callers(name, sandbox.target())
    callers.once()
    seen = callers.over(12.5, callers=1, every=0.25, limit=5)
    return {**seen.json(), "requests": sandbox.token_requests()}


def tables(results: dict[str, Any], options: Options) -> list[Table]:
    table = Table(
        "d. Revoked tokens, short-lived tokens",
        [
            "client",
            "200 calls at once after a revocation: recovered (token requests)",
            "over 0.5 s",
            "tokens of 10 s, default leeway, 50 calls in 12.5 s: served (token requests)",
        ],
        about=f"The revoked token was {AGE} s old and had {LIFETIME} s to live; a token request takes 100 ms. The "
        "third figure counts the first token request too: a token lives 10 s, so 2 are needed.",
    )
    for name in options.names:
        row = [name]
        for function in ("together", "spread", "short"):
            found = results[f"{function} {name}"]
            if "requests" not in found:
                row.append(missing(found))
                continue
            row.append(
                f"{found['served']} ({found['requests']})" + (f", {found['stuck']} stuck" if found["stuck"] else "")
            )
        table.rows.append(row)
    return [table]
