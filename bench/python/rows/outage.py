"""Row c: the token endpoint fails or hangs while the token is good."""

from __future__ import annotations

import time
from typing import Any

from contenders import find
from harness.load import Callers
from harness.options import Job, Options
from harness.sandbox import Sandbox
from harness.table import Table, missing, ms

LIFETIME = 9
LEEWAY = 6.0
QUIET = 3.2
"""Seconds until the peers are inside their leeway; ours begins at about 6.75 s."""
LAST = 8.6
EVERY = 0.1


def jobs(options: Options) -> list[Job]:
    return [Job(function, name, limit=40) for function in ("failing", "hanging") for name in options.names]


def failing(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    return outage(name, sandbox, {"type": "throttle", "status": 503})


def hanging(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    return outage(name, sandbox, {"type": "hang", "decide": "receipt"})


def outage(name: str, sandbox: Sandbox, fault: dict[str, Any]) -> dict[str, Any]:
    sandbox.settings(lifetime_ms=LIFETIME * 1_000)
    fixed = find(name).fixed_leeway
    if fixed is not None:
        sandbox.announce(LIFETIME - LEEWAY + fixed)
    callers = Callers(name, sandbox.target(leeway=LEEWAY))
    callers.once()
    sandbox.fault(fault)
    sandbox.forget()
    time.sleep(QUIET)
    seen = callers.over(LAST - QUIET, callers=1, every=EVERY, limit=0.3)
    return {**seen.json(), "requests": sandbox.token_requests()}


def tables(results: dict[str, Any], options: Options) -> list[Table]:
    table = Table(
        "c. Token endpoint out of order, the token is good",
        [
            "client",
            "503: served / failed",
            "token requests",
            "longest ms",
            "hangs: served / failed",
            "token requests",
            "longest ms",
        ],
        about=f"Tokens of {LIFETIME} s; one caller calls every {EVERY * 1_000:.0f} ms from {QUIET} s to {LAST} s "
        f"of the token's life. Peers renew {LEEWAY:.0f} s early, so all of these "
        "calls are inside their leeway; ours renews in the last quarter of a lifetime (from 6.75 s on), its "
        "default. requests-oauthlib and oauth2-client have no leeway.",
    )
    for name in options.names:
        row = [name]
        for function in ("failing", "hanging"):
            found = results[f"{function} {name}"]
            if "served" not in found:
                row += [missing(found), "", ""]
                continue
            failures = f" ({', '.join(found['failures'])})" if found["failures"] else ""
            stuck = ", then stuck" if found["stuck"] else ""
            row += [
                f"{found['served']} / {found['failed']}{failures}{stuck}",
                str(found["requests"]),
                ms(found["longest"]) if found["served"] else "",
            ]
        table.rows.append(row)
    return [table]
