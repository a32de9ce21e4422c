"""Runs the scenario files over one library and writes the results; EVERTOKEN_SANDBOX names the sandbox's binary."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import evertoken

from .envelope import Record, files
from .libraries import LIBRARIES
from .run import Runner
from .sandbox import Process


def main() -> int:
    """Runs the command line; 1 where something failed."""
    arguments = argparse.ArgumentParser(prog="python -m scenarios", description=__doc__)
    arguments.add_argument(
        "--binding", choices=sorted(LIBRARIES), default="python", help="which library, as results name it"
    )
    arguments.add_argument("--json", type=Path, metavar="FILE", help="where to write the results")
    arguments.add_argument("--only", metavar="TEXT", help="only files whose path or name holds this text")
    given = arguments.parse_args()
    began = time.monotonic()
    records: dict[str, list[Record]] = {"client": [], "must-fail/client": []}
    library = LIBRARIES[given.binding]()
    with Process() as sandbox, Runner(library, sandbox.about) as runner:
        for folder, of in records.items():
            for file in files(folder, given.only):
                if library.leaves_out(file) is not None:
                    continue
                of.append(runner.record(file))
                if not of[-1].passed:
                    print(of[-1], file=sys.stderr, flush=True)
    passed, wrong = records.values()
    if given.json is not None:
        results = {
            "binding": given.binding,
            "version": evertoken.__version__,
            "results": [record.json() for record in passed],
            "must_fail": [record.json() for record in wrong],
        }
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    comparisons = sum(record.assertions for record in passed)
    seconds = time.monotonic() - began
    print(f"{len(passed)} scenarios and {len(wrong)} wrong files, {comparisons} comparisons, {seconds:.1f} s")
    failed = sum(not record.passed for record in (*passed, *wrong))
    print(f"{len(passed) + len(wrong) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
