"""A forked child that does one thing and tells what came of it."""

from __future__ import annotations

import os
import pickle
import select
import signal
from collections.abc import Callable
from typing import Any


class Child:
    """A child of this process, forked where it is made; `result` ends it."""

    def __init__(self, action: Callable[[], Any]) -> None:
        self._reader, writer = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._reader)
            with os.fdopen(writer, "wb") as pipe:
                try:
                    outcome: Any = action()
                except BaseException as error:
                    outcome = f"{type(error).__name__}: {error}"
                pipe.write(pickle.dumps(outcome))
            os._exit(0)
        os.close(writer)

    def result(self, patience: float = 20.0) -> Any:
        """Waits for what the child's action returned, or for what its exception said."""
        with os.fdopen(self._reader, "rb") as pipe:
            ready, _, _ = select.select([pipe], [], [], patience)
            if not ready:
                os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            return pickle.loads(pipe.read()) if ready else "the child hangs"
