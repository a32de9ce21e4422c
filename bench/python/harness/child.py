"""Runs one function of one row in a process of its own, so that a contender that hangs harms no other."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

from harness.options import Job, Options
from harness.sandbox import Sandbox

ROOT = Path(__file__).parents[1]


def run(row: str, job: Job, sandbox: Sandbox, options: Options) -> Any:
    """Starts the child and returns what it measured, or a dictionary with `stuck` or `failed`."""
    task = {
        "row": row,
        "function": job.function,
        "name": job.name,
        "about": sandbox.about,
        "scale": options.scale,
        "names": options.names,
    }
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    # What is installed has its bytecode beside it.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        environment.pop(name, None)
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "harness.child"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, err = child.communicate(json.dumps(task), timeout=job.limit * max(1.0, options.scale))
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        return {"stuck": True}
    for line in out.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line[7:])
    return {"error": (err.strip().splitlines() or ["no result"])[-1]}


def main() -> None:
    task = json.load(sys.stdin)
    module = importlib.import_module(f"rows.{task['row']}")
    sandbox = Sandbox(task["about"])
    sandbox.reset()
    result = getattr(module, task["function"])(task["name"], sandbox, Options(task["scale"], tuple(task["names"])))
    print("RESULT " + json.dumps(result), flush=True)
    # Threads and tasks that hang are what some rows look for: nothing is waited for.
    os._exit(0)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
