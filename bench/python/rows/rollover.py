"""Row b: a token expires under load."""

from __future__ import annotations

from typing import Any

from contenders import find
from harness.load import Call, Callers
from harness.options import Job, Options
from harness.sandbox import Sandbox
from harness.table import Table, missing, ms, percentile

LIFETIME = 6
LEEWAY = 1.0
LATENCY_MS = 200
CALLERS = 60
EVERY = 0.25


def jobs(options: Options) -> list[Job]:
    return [Job("rollover", name, limit=60, alone=True) for name in options.names]


def rollover(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    sandbox.settings(lifetime_ms=LIFETIME * 1_000)
    fixed = find(name).fixed_leeway
    if fixed is not None:
        sandbox.announce(LIFETIME - LEEWAY + fixed)
    callers = Callers(name, sandbox.target(leeway=LEEWAY, transport="aiohttp"))
    callers.once()
    sandbox.latency(LATENCY_MS)
    sandbox.forget()
    seen = callers.over(10.8 * options.scale, callers=CALLERS, every=EVERY, limit=15)
    arrivals = [entry["at_ms"] / 1_000 for entry in sandbox.log()]
    rolling = [call for call in seen.calls if any(overlaps(call, at) for at in arrivals)]
    steady = [call for call in seen.calls if not any(overlaps(call, at) for at in arrivals)]
    return {
        **seen.json(),
        "expiries": [len(group) for group in groups(arrivals)],
        "steady": percentile([call.took for call in steady], 0.99),
        "rolling": percentile([call.took for call in rolling], 0.99),
        "longest": max((call.took for call in rolling), default=0.0),
    }


def overlaps(call: Call, arrival: float) -> bool:
    return call.began <= arrival + LATENCY_MS / 1_000 and call.ended >= arrival


def groups(arrivals: list[float]) -> list[list[float]]:
    """Requests of one expiry: those less than 1.5 s apart."""
    found: list[list[float]] = []
    for at in sorted(arrivals):
        if found and at - found[-1][-1] < 1.5:
            found[-1].append(at)
        else:
            found.append([at])
    return found


def tables(results: dict[str, Any], options: Options) -> list[Table]:
    table = Table(
        "b. Expiry under load",
        [
            "client",
            "token requests per expiry",
            "calls served",
            "401s and errors",
            "p99 ms, no token request running",
            "p99 ms beside one",
            "longest beside one, ms",
        ],
        about=f"{CALLERS} callers, {round(CALLERS / EVERY)} calls/s, tokens of {LIFETIME} s, a token request takes "
        f"{LATENCY_MS} ms; peers renew {LEEWAY:.0f} s early, "
        "ours on its default policy. Where a leeway is a constant of the library, the server announces a longer life.",
    )
    for name in options.names:
        found = results[f"rollover {name}"]
        if "expiries" not in found:
            table.rows.append([name, missing(found), "", "", "", "", ""])
            continue
        failures = ", ".join(f"{count} x {outcome}" for outcome, count in found["failures"].items()) or "0"
        failures += f", {found['stuck']} callers stuck" if found["stuck"] else ""
        expiries = "/".join(map(str, found["expiries"])) or "never renews"
        rolling = [ms(found["rolling"]), ms(found["longest"])] if found["expiries"] else ["", ""]
        table.rows.append([name, expiries, str(found["served"]), failures, ms(found["steady"]), *rolling])
    return [table]
