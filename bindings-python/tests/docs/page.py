"""A page's Python blocks, and their run in this process: `python page.py PAGE` runs them in order, as one program."""

import ast
import asyncio
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from types import ModuleType

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """One fenced block; `output` is what the page shows below it, in a `text` block that follows at once."""

    line: int
    text: str
    output: str | None


def blocks(text: str) -> list[Block]:
    """Returns the Python blocks of a page or a docstring."""
    fences = list(FENCE.finditer(text))
    found = []
    for fence, after in zip_longest(fences, fences[1:]):
        if fence["language"] == "python":
            follows = (
                after is not None and after["language"] == "text" and not text[fence.end() : after.start()].strip()
            )
            output = textwrap.dedent(after["text"]) if after is not None and follows else None
            found.append(Block(text.count("\n", 0, fence.start("text")) + 1, textwrap.dedent(fence["text"]), output))
    return found


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Yields each docstring of a module with the line on which it begins."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
            text := ast.get_docstring(node, clean=False)
        ):
            yield node.body[0].lineno, text


def run(block: Block, name: str, offset: int, module: ModuleType) -> None:
    """Runs one block in a module, and the tests that it defines; an `await` at the top is allowed, as in a notebook."""
    tree = ast.increment_lineno(ast.parse(block.text), offset + block.line - 1)
    code = compile(tree, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    _finish(eval(code, vars(module)))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            _finish(vars(module)[node.name]())


def _finish(result: object) -> None:
    if inspect.iscoroutine(result):
        asyncio.run(result)


def main(path: str) -> None:
    module = sys.modules["__main__"] = ModuleType("__main__")
    for number, block in enumerate(blocks(Path(path).read_text(encoding="utf-8"))):
        print(f"--- block {number}", flush=True)
        run(block, path, 0, module)


if __name__ == "__main__":
    main(sys.argv[1])
