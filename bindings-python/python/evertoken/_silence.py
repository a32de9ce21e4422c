"""Quiet while a token request is on its way: the log lines of HTTP libraries show URLs and headers."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_quiet: ContextVar[bool] = ContextVar("evertoken_quiet", default=False)


class _Silence(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not _quiet.get()


_silence = _Silence("evertoken")


@contextmanager
def silence(*libraries: str) -> Generator[None, None, None]:
    """Drops what loggers below these names get from this thread or task; other threads and tasks log as ever.

    A filter on a logger does not see the records of its children, hence one on each. A filter that is there already
    is not added again.
    """
    for name in (*libraries, *list(logging.Logger.manager.loggerDict)):
        if name.partition(".")[0] in libraries:
            logging.getLogger(name).addFilter(_silence)
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)
