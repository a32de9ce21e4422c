"""Row i: where secrets and tokens go, and what strange token answers do."""

from __future__ import annotations

import resource
import socket
import time
from collections import defaultdict
from typing import Any

from contenders import find
from harness.load import Callers
from harness.options import Job, Options
from harness.sandbox import Json, Sandbox
from harness.table import Table, missing

HOST = "token.bench.example"
TOKEN = "bench-token-that-must-stay"
WITH_HEADER = ("requests-auth", "httpx-auth", "httpx-auth, async")


def answer(text: str) -> Json:
    return {"type": "answer", "status": 200, "headers": [["content-type", "application/json"]], "body": {"text": text}}


def expires_in(raw: str) -> Json:
    return {"type": "expires_in", "raw": raw}


SHAPES: dict[str, Json] = {
    "malformed JSON": answer('{"access_token":'),
    "HTML": {"type": "answer", "status": 200, "headers": [["content-type", "text/html"]], "body": "html"},
    "an array": answer("[]"),
    "an error in a 200": answer('{"error":"invalid_client"}'),
    "access_token null": {"type": "field", "name": "access_token", "raw": "null"},
    "access_token a number": {"type": "field", "name": "access_token", "raw": "12345"},
    "access_token with CR LF": {"type": "token", "value": "a\r\nb: c"},
    "token_type mac": {"type": "field", "name": "token_type", "raw": '"mac"'},
    'expires_in "3600"': expires_in('"3600"'),
    "expires_in 0": expires_in("0"),
    "expires_in -5": expires_in("-5"),
    "expires_in NaN": expires_in("NaN"),
    "expires_in 1e400": expires_in("1e400"),
    "expires_in 10^30": expires_in("1" + "0" * 30),
    "expires_in null": expires_in("null"),
    "expires_in missing": {"type": "expires_in"},
}
EXPIRING = 600
"""Milliseconds that tokens live where the shape is about expires_in; a third call comes after that."""


def jobs(options: Options) -> list[Job]:
    functions = ("plain_http", "token_redirects", "api_redirects", "shapes", "huge")
    return [Job(function, name, limit=60) for function in functions for name in options.names]


def plain_http(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    """A token endpoint by http on a host that is not loopback (its name leads to the sandbox), no check is off."""
    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if host in (HOST, HOST.encode()) else host, *rest, **more)

    socket.getaddrinfo = resolve
    url = sandbox.target().token_url.replace("127.0.0.1", HOST)
    try:
        outcome = Callers(name, sandbox.target(token_url=url, opted_out=False)).once()
    except Exception as error:
        outcome = type(error).__name__
    sent = any(sandbox.shows_secret(entry) for entry in sandbox.log())
    return {"outcome": f"secret sent ({outcome})" if sent else f"refused: {outcome}"}


def token_redirects(name: str, sandbox: Sandbox, options: Options) -> dict[str, str]:
    """What reaches another origin that the token endpoint points to."""
    return {
        f"{status}{' with follow_redirects' if follow else ''}": token_redirect(name, sandbox, status, follow)
        for follow in (False, True)
        for status in (302, 307)
        if not follow or can_follow(name)
    }


def can_follow(name: str) -> bool:
    return "httpx" in name or "aiohttp" in name


def token_redirect(name: str, sandbox: Sandbox, status: int, follow: bool) -> str:
    sandbox.reset()
    find(name).forget()
    sandbox.fault({"type": "redirect", "status": status, "location": f"{sandbox.elsewhere}/token"})
    Callers(name, sandbox.target(follow_redirects=follow)).once()
    arrived = elsewhere(sandbox)
    if any(sandbox.shows_secret(entry) for entry in arrived):
        return "**secret sent**"
    return "followed, no secret" if arrived else "not followed"


def elsewhere(sandbox: Sandbox) -> list[Json]:
    return sandbox.log("elsewhere", "token") + sandbox.log("elsewhere", "api")


def api_redirects(name: str, sandbox: Sandbox, options: Options) -> dict[str, str]:
    """What reaches another origin that the API points to; there the answer is 401."""
    found = {
        f"302{' with follow_redirects' if follow else ''}": api_redirect(name, sandbox, follow, None)
        for follow in (False, True)
        if not follow or can_follow(name)
    }
    if "evertoken" in name or name in WITH_HEADER:
        found["302, token in X-Token"] = api_redirect(name, sandbox, can_follow(name), "X-Token")
    return found


def api_redirect(name: str, sandbox: Sandbox, follow: bool, header: str | None) -> str:
    sandbox.reset()
    find(name).forget()
    sandbox.fault({"type": "token", "value": TOKEN})
    sandbox.fault({"type": "redirect", "status": 302, "location": f"{sandbox.elsewhere}/items"}, kind="api")
    refusal = {"kind": "api", "fault": {"type": "answer", "status": 401}}
    sandbox.control("POST", "/elsewhere/faults", refusal)
    Callers(name, sandbox.target(follow_redirects=follow, header_name=header)).once()
    arrived = elsewhere(sandbox)
    requests = sandbox.token_requests()
    more = f", {requests} token requests" if requests != 1 else ""
    if any(TOKEN in value for entry in arrived for _, value in entry["headers"]):
        return f"**token sent**{more}"
    return ("followed, no token" if arrived else "not followed") + more


def shapes(name: str, sandbox: Sandbox, options: Options) -> dict[str, str]:
    return {shape: strange(name, sandbox, shape, fault) for shape, fault in SHAPES.items()}


def strange(name: str, sandbox: Sandbox, shape: str, fault: Json) -> str:
    """Two calls, one after the token's real end where the shape is about time, and the token requests of all."""
    sandbox.reset()
    find(name).forget()
    timed = shape.startswith("expires_in")
    if timed:
        sandbox.settings(lifetime_ms=EXPIRING)
    sandbox.fault(fault)
    callers = Callers(name, sandbox.target())
    outcomes = [attempt(callers), attempt(callers)]
    if timed:
        time.sleep(EXPIRING / 1_000 + 0.1)
        outcomes.append(attempt(callers))
    return f"{', '.join(outcomes)}; {sandbox.token_requests()}"


def attempt(callers: Callers) -> str:
    try:
        return callers.once(limit=20)
    except TimeoutError:
        return "hangs"


def huge(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    """What a token answer of 64 MiB adds to the greatest memory of the process."""
    Callers(name, sandbox.target()).once()
    find(name).forget()
    sandbox.fault(SHAPES["malformed JSON"], times=3)
    Callers(name, sandbox.target()).once()
    sandbox.no_faults()
    sandbox.fault(
        {
            "type": "answer",
            "status": 200,
            "headers": [["content-type", "application/json"]],
            "body": {"huge": {"bytes": 64 * 2**20, "chunked": True}},
        }
    )
    callers = Callers(name, sandbox.target())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome = callers.once(limit=40)
    return {"mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1_024, "outcome": outcome}


def tables(results: dict[str, Any], options: Options) -> list[Table]:
    table = Table(
        "i. Secrets",
        [
            "client",
            "http token endpoint, nothing opted out",
            "token endpoint redirects to another origin",
            "API redirects to another origin",
            "token answer of 64 MiB: memory",
        ],
        about="Another origin: another port of the same host, which logs what arrives. At the API's other origin "
        "the answer is 401; a client that then fetches another token was fooled. Other figures than one "
        "token request are named.",
    )
    for name in options.names:
        row = [name]
        for function in ("plain_http", "token_redirects", "api_redirects", "huge"):
            found = results[f"{function} {name}"]
            if "error" in found or found.get("stuck") is True:
                row.append(missing(found))
            elif function == "plain_http":
                row.append(found["outcome"])
            elif function == "huge":
                row.append(f"+{found['mib']:.0f} MiB ({found['outcome']})")
            else:
                row.append(by_verdict(found))
        table.rows.append(row)
    return [table, strange_answers(results, options)]


def by_verdict(found: dict[str, str]) -> str:
    """Cases that came to the same, together."""
    alike: dict[str, list[str]] = defaultdict(list)
    for case, verdict in found.items():
        alike[verdict].append(case)
    if len(alike) == 1:
        return next(iter(alike))
    return "; ".join(f"{verdict}: {' and '.join(cases)}" for verdict, cases in alike.items())


def families(names: list[str], options: Options) -> list[str]:
    """Names, those of one library as one if all of them are there."""
    whole: dict[str, list[str]] = defaultdict(list)
    for name in options.names:
        whole[family(name)].append(name)
    listed: list[str] = []
    for name in names:
        all_there = set(whole[family(name)]) <= set(names)
        listed.append(family(name) if all_there else name)
    return list(dict.fromkeys(listed))


def family(name: str) -> str:
    return name.replace(", ", "/").split("/")[0]


def strange_answers(results: dict[str, Any], options: Options) -> Table:
    table = Table(
        "i. Strange token answers",
        [
            "token answer",
            "first call, second call (third after the token's real end, for expires_in); token requests: clients",
        ],
        about=f"Default settings. For expires_in the token really lives {EXPIRING / 1_000} s, whatever it says. "
        "Ours tries 3 times when it has no token, and then pauses: hence 4 requests for 2 calls. It takes a 401 of a "
        "token younger than a tenth of its announced life, at most 10 s, for a slow replica: hence its 401s here.",
    )
    for shape in SHAPES:
        alike: dict[str, list[str]] = defaultdict(list)
        for name in options.names:
            found = results[f"shapes {name}"]
            alike[found[shape] if shape in found else missing(found)].append(name)
        table.rows.append(
            [
                shape,
                "<br>".join(f"{outcome}: {', '.join(families(names, options))}" for outcome, names in alike.items()),
            ]
        )
    return table
