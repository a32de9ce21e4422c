"""A Python program in a process of its own that says in lines what it has come to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

import evertoken
from token_endpoint import TokenEndpoint

PROGRAMS = Path(__file__).parent / "programs"
PACKAGE = Path(evertoken.__file__).parent.parent


def interpreters() -> list[str]:
    """Finds the interpreters of this machine that can import the package."""
    found = [sys.executable]
    for folder in sorted(Path.home().glob(".pyenv/versions/3.*/bin")):
        python = str(folder / "python")
        command = [python, "-c", f"import sys, evertoken; sys.exit(sys.version_info[:2] == {sys.version_info[:2]})"]
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
        if not subprocess.run(command, env=environment, capture_output=True).returncode:
            found.append(python)
    return found


class Program:
    """One of the files in `programs`, run with the endpoint's URL as its argument and its key in the environment."""

    def __init__(self, name: str, endpoint: TokenEndpoint, python: str = sys.executable) -> None:
        environment = {**os.environ, **endpoint.environment, "PYTHONPATH": str(PACKAGE)}
        self._process = subprocess.Popen(
            [python, str(PROGRAMS / name), endpoint.url],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._too_long = threading.Timer(30, self._process.kill)
        self._too_long.start()

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._too_long.cancel()
        self._process.kill()
        self._process.communicate()

    def line(self) -> str:
        """Waits for the next line that the program prints."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def go_on(self) -> None:
        """Lets the program go on that waits for a line."""
        self.say("")

    def say(self, line: str) -> None:
        """Sends the line for which the program waits."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def interrupt(self) -> None:
        """Presses Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> tuple[int, list[str], str]:
        """Waits for the program's end: its exit code, the lines not yet read, and what it wrote to standard error."""
        output, errors = self._process.communicate()
        return self._process.returncode, output.splitlines(), errors
