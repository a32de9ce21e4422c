"""Every Python block of the pages runs, as its text stands, and prints what the page says."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import page
import pytest
from internet import PACKAGE, Internet

ROOT = Path(__file__).parents[3]
PAGES = [
    *sorted((ROOT / "docs" / "python").glob("*.md")),
    *sorted((ROOT / "docs" / "providers").glob("*.md")),
    ROOT / "README.md",
    ROOT / "bindings-python" / "README.md",
]
TOKEN_REQUESTS = {"index.md": 6, "deployment.md": 3, "errors.md": 1}
"""How many the text promises: what shares a source shares its token, over libraries, threads and event loops."""
MODULES = sorted((PACKAGE / "evertoken").glob("*.py"))


def run(program: str, *arguments: str, internet: Internet, folder: Path) -> str:
    script = str(Path(__file__).with_name(program))
    done = subprocess.run(
        [sys.executable, script, *arguments],
        env=internet.environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def matches(printed: str, shown: str) -> bool:
    """Compares what was printed with what the page shows, where `..` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.strip().split(".."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_runs_as_it_stands(path: Path, internet: Internet, fresh_sandbox: Any, tmp_path: Path) -> None:
    blocks = page.blocks(path.read_text(encoding="utf-8"))
    assert blocks, "the page shows no Python"
    printed = run("page.py", str(path), internet=internet, folder=tmp_path)
    for number, block in enumerate(blocks):
        after = printed.split(f"--- block {number}\n", 1)[1].split("--- block ", 1)[0]
        assert block.output is None or matches(after, block.output), f"{path.name}:{block.line} printed:\n{after}"
    made = fresh_sandbox.control("GET", "/counts")["piwik_pro"]["token"]
    assert made == TOKEN_REQUESTS.get(path.name, made)


def test_the_examples_in_docstrings_run(internet: Internet, tmp_path: Path) -> None:
    assert "--- " in run("docstrings.py", *map(str, MODULES), internet=internet, folder=tmp_path), (
        "no docstring has an example"
    )


def test_the_table_of_errors_is_the_cores() -> None:
    import evertoken

    errors = json.loads((ROOT / "core" / "errors.json").read_text(encoding="utf-8"))
    rows = re.findall(
        r"^\| `(\w+)` \| `(\w+)` \| (yes|no) \| (.*) \|$",
        (ROOT / "docs/python/errors.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert rows == [
        (error["code"], class_name(error["class"]), "yes" if error["retryable"] else "no", error["fix"])
        for error in errors
    ]
    assert all(issubclass(getattr(evertoken, name), evertoken.EvertokenError) for _, name, _, _ in rows)


def class_name(error_class: str) -> str:
    return "CallCancelledError" if error_class == "cancelled" else f"{error_class.capitalize()}Error"


def test_the_page_of_errors_lists_every_class() -> None:
    import evertoken

    classes = {
        name
        for name in dir(evertoken)
        if isinstance(getattr(evertoken, name), type) and issubclass(getattr(evertoken, name), evertoken.EvertokenError)
    }
    listed = re.findall(
        r"^\| `(\w+Error)` \| [A-Z]", (ROOT / "docs/python/errors.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {*listed} == classes - {"EvertokenError"}


def test_links_between_the_pages_lead_somewhere() -> None:
    for path in [*PAGES, ROOT / "examples/python/README.md"]:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", path.read_text(encoding="utf-8")):
            found = (path.parent / target).resolve() if target else path
            assert found.exists(), f"{path.name}: {target}"
            if anchor and found.suffix == ".md":
                titles = re.findall(r"^#+ (.*)$", found.read_text(encoding="utf-8"), re.MULTILINE)
                assert anchor in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}, (
                    f"{path.name}: #{anchor}"
                )
