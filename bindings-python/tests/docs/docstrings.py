"""Runs the examples in docstrings, fenced ones and doctests, each for itself: `python docstrings.py MODULE..`."""

import doctest
import sys
from pathlib import Path
from types import ModuleType

import evertoken
import page


def main(*paths: str) -> int:
    failed = 0
    for path in paths:
        for line, text in page.docstrings(Path(path).read_text(encoding="utf-8")):
            module = sys.modules["__main__"] = ModuleType("__main__")
            vars(module).update(evertoken=evertoken)
            for block in page.blocks(text):
                print(f"--- {path}:{line}", flush=True)
                page.run(block, path, line - 1, module)
            test = doctest.DocTestParser().get_doctest(text, vars(module), path, path, line - 1)
            if test.examples:
                print(f"--- {path}:{line}", flush=True)
                failed += doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, clear_globs=False).failed
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
