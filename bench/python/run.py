#!/usr/bin/env python3
"""Measures evertoken beside its Python peers in one run, and prints Markdown tables.

Nothing here is a test: counts are exact, times are of a machine that may have other work, ratios are what to look at.

    pip install -r bench/python/requirements.txt          # into an environment that has evertoken, or not
    bench/python/run.py                                   # all rows, about 12 minutes
    bench/python/run.py --only e,h                        # some rows
    bench/python/run.py --clients msal,evertoken --only a # names that contain one of these
    bench/python/run.py --write docs/python-benchmark.md
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.path[:0] = [str(HERE)]
if importlib.util.find_spec("evertoken") is None:
    sys.path.append(str(REPOSITORY / "bindings-python" / "python"))

import contenders  # noqa: E402
from harness import child, page  # noqa: E402
from harness.options import Job, Options  # noqa: E402
from harness.sandbox import Sandbox, SandboxProcess  # noqa: E402
from rows import ROWS  # noqa: E402

BESIDE = 4
"""Children at a time, in rows that mostly wait."""


def main() -> None:
    arguments = parse()
    names = tuple(name for name in contenders.NAMES if any(part in name for part in arguments.clients.split(",")))
    options = Options(arguments.scale, names)
    rows = arguments.only.split(",") if arguments.only else list(ROWS)
    processes = [SandboxProcess(sandbox_binary(arguments.sandbox)) for _ in range(BESIDE)]
    sections: dict[str, str] = {}
    began = time.time()
    origin = page.origin(REPOSITORY)
    try:
        for letter in rows:
            tables = measure(ROWS[letter], [process.sandbox for process in processes], options)
            sections[letter] = "\n".join(map(str, tables))
            print(sections[letter], flush=True)
    finally:
        for process in processes:
            process.__exit__(None, None, None)
    print(f"{time.time() - began:.0f} s", file=sys.stderr)
    if arguments.write:
        page.write(arguments.write, sections, list(ROWS), origin)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help=f"rows, comma separated, of {', '.join(ROWS)}")
    parser.add_argument("--clients", default="", help="parts of names, comma separated")
    parser.add_argument("--scale", type=float, default=1.0, help="stretches loads and rounds")
    parser.add_argument(
        "--sandbox", type=Path, help="the sandbox's binary; or EVERTOKEN_SANDBOX, or one that is built here"
    )
    parser.add_argument("--write", type=Path, help="the page to write; rows that were not run stay as they are there")
    arguments = parser.parse_args()
    unknown = set(arguments.only.split(",")) - set(ROWS) if arguments.only else set()
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    return arguments


def measure(row: str, sandboxes: list[Sandbox], options: Options) -> list[Any]:
    """Runs a row's children, those that may with others beside them."""
    module = importlib.import_module(f"rows.{row}")
    jobs: list[Job] = module.jobs(options)
    results: dict[str, Any] = {}
    free: SimpleQueue[Sandbox] = SimpleQueue()
    for sandbox in sandboxes:
        free.put(sandbox)

    def one(job: Job) -> None:
        sandbox = free.get()
        try:
            found = child.run(row, job, sandbox, options)
        finally:
            free.put(sandbox)
        results[f"{job.function} {job.name}"] = found
        note = found.get("error") if isinstance(found, dict) else None
        print(f"{row}: {job.function} {job.name}" + (f": {note}" if note else ""), file=sys.stderr, flush=True)

    for job in (job for job in jobs if job.alone):
        one(job)
    run_beside((job for job in jobs if not job.alone), one)
    return list(module.tables(results, options))


def run_beside(jobs: Iterable[Job], one: Any) -> None:
    with ThreadPoolExecutor(BESIDE) as pool:
        list(pool.map(one, jobs))


def sandbox_binary(given: Path | None) -> Path:
    candidates = [given, os.environ.get("EVERTOKEN_SANDBOX")]
    candidates += [REPOSITORY / "target" / profile / "evertoken-sandbox" for profile in ("release", "debug")]
    for candidate in candidates:
        if candidate and Path(candidate).is_file():
            return Path(candidate)
    sys.exit("no sandbox: cargo build --release -p evertoken-sandbox")


if __name__ == "__main__":
    main()
