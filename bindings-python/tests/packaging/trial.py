"""Tries an installed package as a user would, in an empty environment: `python trial.py README SANDBOX FIGURES`."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import statistics
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

IMPORT = "import time; began = time.process_time(); import evertoken; print(1000 * (time.process_time() - began))"


def main(readme: Path, sandbox: Path, figures: Path) -> None:
    """Runs the README's first example against the sandbox, and measures."""
    process = subprocess.Popen([sandbox], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        run(readme.read_text(encoding="utf-8"), json.loads(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait()
    measured = {"installed_bytes": installed_bytes(), "import_ms": import_ms()}
    figures.write_text(json.dumps(measured), encoding="utf-8")
    print(f"{measured['installed_bytes']} bytes installed, import in {measured['import_ms']:.1f} ms")
    print("1 passed, 0 failed")


def run(readme: str, about: dict[str, Any]) -> None:
    """Runs the example as it stands, but for the account's name."""
    example = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert example is not None, "the README shows no Python"
    key = about["keys"]["piwik_pro"]
    os.environ.update(PIWIK_PRO_CLIENT_ID=key["id"], PIWIK_PRO_CLIENT_SECRET=key["secret"])
    exec(compile(example[1].replace("acme.piwik.pro", about["piwik_pro"]["http"]), "README.md", "exec"), {})
    with urllib.request.urlopen(f"{about['control']}/counts") as answer:
        counts = json.load(answer)["piwik_pro"]
    assert (counts["token"], counts["api"]) == (1, 1), counts


def installed_bytes() -> int:
    """What the package takes, without what Python compiles of it."""
    files = importlib.metadata.files("evertoken") or []
    return sum(Path(file.locate()).stat().st_size for file in files if file.suffix != ".pyc")


def import_ms() -> float:
    """What an import costs in CPU time, its bytecode being there."""
    times = [
        float(subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True).stdout)
        for _ in range(9)
    ]
    return statistics.median(times)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
