"""The generated page."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

SHOWN = [
    "authlib",
    "requests-oauthlib",
    "oauthlib",
    "requests-oauth2client",
    "requests-auth",
    "httpx-auth",
    "oauth2-client",
    "google-auth",
    "msal",
    "httpx",
    "httpx2",
    "httpx-aiohttp",
    "requests",
    "aiohttp",
]

HEAD = """# Python beside its peers

Written by `bench/python/run.py --write`; do not edit. Counts are exact. Times are medians or percentiles of one run on
a shared machine: the ratios, each to a baseline of the same run, hold better than they do.

Each contender is set up as its own documentation says. Authlib, requests-oauthlib and oauth2-client do not fetch the
first token by themselves, so their callers do `if not token: fetch_token()`. "hand-written" is the `httpx.Auth` that
people copy: a token request by `yield`, 30 s early, one more try after a 401, no lock. google-auth has no
client-credentials grant and gets the usual subclass. MSAL speaks to a discovered endpoint that its HTTP client points
at the server. The server is the repository's sandbox in a process of its own, over http on loopback.
"""


def write(path: Path, sections: dict[str, str], letters: list[str], origin: str) -> None:
    """Writes what was measured, and keeps the page's other rows."""
    kept = dict(re.findall(r"<!-- row (\w) -->\n(.*?)<!-- end -->", path.read_text(), re.S)) if path.exists() else {}
    fresh = {
        letter: f"`bench/python/run.py --only {letter}`, {origin}.\n\n{text}\n" for letter, text in sections.items()
    }
    merged = {**kept, **fresh}
    body = "\n".join(f"<!-- row {letter} -->\n{merged[letter]}<!-- end -->\n" for letter in letters if letter in merged)
    path.write_text(f"{HEAD}\n{versions()}\n\n{body}")


def origin(repository: Path) -> str:
    """When, of which commit, and how busy the machine was with other things: asked before anything runs."""
    git = ["git", "-C", str(repository), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "no commit"
    load = os.getloadavg()[0]
    return f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC, {commit}, load before it {load:.1f}"


def versions() -> str:
    listed = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in SHOWN)
    machine = (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    return f"{machine}, {os.cpu_count()} cores. {listed}."
