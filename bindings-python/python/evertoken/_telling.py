"""Tells what happens to tokens: the log of the name ``evertoken``, and whoever listens."""

from __future__ import annotations

import logging
from collections.abc import Callable

from evertoken import _events
from evertoken._events import Event

_log = logging.getLogger("evertoken")
# A library prints nothing where the program has not set up logging.
_log.addHandler(logging.NullHandler())


def tell(provider: str, told: str, listener: Callable[[Event], None] | None) -> None:
    """Tells one event, as the core writes it; a listener that fails is logged and harms nobody."""
    try:
        event = _events.event(told)
        _log.log(_loudness(event), "%s: %s", provider, event)
        if listener is not None:
            listener(event)
    except (Exception, SystemExit):  # the thread or loop is not the listener's to end
        _log.exception("an event listener failed")


def _loudness(event: Event) -> int:
    """A failed token request is a warning, all else is for debugging."""
    given_up = event.fields.get("error", {}).get("code") == "cancelled"
    return logging.WARNING if event.type == "failed" and not given_up else logging.DEBUG
