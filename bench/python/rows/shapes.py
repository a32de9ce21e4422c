"""Row f: what a user writes for the vendors' token requests."""

from __future__ import annotations

import ast
import inspect
import os
from typing import Any

from contenders.shapes import SHAPES, Shape
from harness.options import Job, Options
from harness.sandbox import Sandbox
from harness.table import Table, missing

CALLS = 21


def jobs(options: Options) -> list[Job]:
    return [Job("measure", name) for name in SHAPES if name in options.names]


def measure(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    """Statements of the two functions, and what 21 calls came to."""
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    piwik, didomi = SHAPES[name]
    return {
        "piwik_pro": tried(piwik, sandbox, "piwik_pro", "/api/apps/v2"),
        "didomi": tried(didomi, sandbox, "didomi", "/v1/properties"),
    }


def tried(shape: Shape, sandbox: Sandbox, vendor: str, path: str) -> dict[str, Any]:
    url, key = sandbox.about[vendor]["http"], sandbox.about["keys"][vendor]
    client = shape(url, key["id"], key["secret"])
    statuses = {client.get(url + path).status_code for _ in range(CALLS)}
    return {
        "statements": statements(shape),
        "good": statuses == {200},
        "statuses": sorted(statuses),
        "requests": sandbox.token_requests(vendor),
    }


def statements(shape: Shape) -> int:
    """Statements of a function's body, imports and definitions included: lines would depend on the formatter."""
    tree = ast.parse(inspect.getsource(shape))
    return sum(isinstance(node, ast.stmt) for node in ast.walk(tree)) - 1


def tables(results: dict[str, Any], options: Options) -> list[Table]:
    table = Table(
        "f. Vendor shapes: statements that a user writes",
        ["client", "Piwik PRO, Oro (credentials in a JSON body)", "Didomi (other names, a JWT without expires_in)"],
        about=f"The code is `bench/python/contenders/shapes.py`, imports counted; it ran: {CALLS} "
        "calls, in brackets the token requests. authlib/httpx2 is like authlib/requests. "
        "Not possible: msal (OIDC discovery), oauth2-client (no renewal).",
    )
    for name in SHAPES:
        found = results.get(f"measure {name}")
        if found is not None:
            absent = missing(found) if "piwik_pro" not in found else ""
            table.rows.append([name, *([absent, ""] if absent else [cell(found["piwik_pro"]), cell(found["didomi"])])])
    return [table]


def cell(found: dict[str, Any]) -> str:
    return f"{found['statements']} ({found['requests']})" + ("" if found["good"] else f", status {found['statuses']}")
