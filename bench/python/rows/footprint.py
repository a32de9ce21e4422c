"""Row h: what is installed and what an import costs."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from contenders import is_ours
from harness.options import Job, Options
from harness.sandbox import Sandbox
from harness.table import Table, missing
from packaging.requirements import Requirement

PACKAGES = {
    "requests alone": (["requests"], "import requests"),
    "httpx alone": (["httpx"], "import httpx"),
    "httpx2 alone": (["httpx2"], "import httpx2"),
    "aiohttp alone": (["aiohttp"], "import aiohttp"),
    "authlib + requests": (["authlib", "requests"], "from authlib.integrations.requests_client import OAuth2Session"),
    "authlib + httpx2": (["authlib", "httpx2"], "from authlib.integrations.httpx_client import OAuth2Client"),
    "requests-oauthlib": (["requests-oauthlib"], "from requests_oauthlib import OAuth2Session"),
    "requests-oauth2client": (
        ["requests-oauth2client"],
        "from requests_oauth2client import OAuth2ClientCredentialsAuth",
    ),
    "requests-auth": (["requests-auth"], "from requests_auth import OAuth2ClientCredentials"),
    "httpx-auth": (["httpx-auth"], "from httpx_auth import OAuth2ClientCredentials"),
    "oauth2-client": (["oauth2-client"], "from oauth2_client.credentials_manager import CredentialManager"),
    "google-auth + requests": (
        ["google-auth", "requests"],
        "from google.auth.transport.requests import AuthorizedSession",
    ),
    "msal": (["msal"], "import msal"),
    "**evertoken** alone": (["evertoken"], "import evertoken"),
    "**evertoken** alone, its names used": (["evertoken"], "import evertoken; evertoken.TokenSource; evertoken.oauth2"),
    "**evertoken** + httpx": (["evertoken", "httpx"], "import evertoken.httpx"),
    "**evertoken** + requests": (["evertoken", "requests"], "import evertoken.requests"),
    "**evertoken** + aiohttp": (["evertoken", "aiohttp"], "import evertoken.aiohttp"),
}
CODE = """
import sys, time
sys.path[:0] = {path!r}
began = time.process_time()
{statement}
print(time.process_time() - began)
"""


def jobs(options: Options) -> list[Job]:
    ours = any(map(is_ours, options.names))
    return [Job("measure", name, alone=True) for name in PACKAGES if ours or "evertoken" not in name]


def measure(name: str, sandbox: Sandbox, options: Options) -> dict[str, Any]:
    """Bytes of the distributions with all that they need, and processor time of the import in fresh interpreters."""
    roots, statement = PACKAGES[name]
    needed: set[str] = set()
    for root in roots:
        gather(root, needed)
    sizes = {package: size(package) for package in needed}
    code = CODE.format(path=[path for path in sys.path if path], statement=statement)
    command = [sys.executable, "-W", "ignore", "-c", code]
    subprocess.check_output(command)  # writes bytecode that is missing
    times = [float(subprocess.check_output(command)) for _ in range(round(9 * options.scale))]
    return {
        "bytes": sum(sizes.values()),
        "own": sizes[roots[0]],
        "packages": len(needed),
        "import": statistics.median(times),
    }


def gather(package: str, needed: set[str]) -> None:
    """Collects a distribution and those that it requires, without extras."""
    name = package.lower().replace("_", "-")
    if name in needed:
        return
    needed.add(name)
    try:
        required = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return
    for line in required:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            gather(requirement.name, needed)


def size(package: str) -> int:
    """Bytes of a distribution's files, without compiled bytecode; of a checkout where it is not installed."""
    try:
        files = importlib.metadata.files(package) or []
        return sum(path.stat().st_size for path in (Path(str(file.locate())) for file in files) if counts(path))
    except importlib.metadata.PackageNotFoundError:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        return sum(path.stat().st_size for path in Path(spec.origin).parent.rglob("*") if counts(path))


def counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def tables(results: dict[str, Any], options: Options) -> list[Table]:
    table = Table(
        "h. Footprint",
        ["package", "installed, MiB", "of it the package itself, MiB", "packages", "import, ms of processor time"],
        about="With everything it requires, without bytecode. Imports are medians of 9 fresh interpreters; those "
        "of a package with an HTTP library include that library. Goal: 0.6 MiB and 5 ms without one.",
    )
    for name in PACKAGES:
        found = results.get(f"measure {name}")
        if found is None:
            continue
        if "bytes" not in found:
            table.rows.append([name, missing(found), "", "", ""])
            continue
        mib = [f"{found[key] / 2**20:.1f}" for key in ("bytes", "own")]
        table.rows.append([name, *mib, str(found["packages"]), f"{found['import'] * 1e3:.0f}"])
    return [table]
