"""Which token requests the current thread or task works for."""

from __future__ import annotations

import contextvars

inside: contextvars.ContextVar[frozenset[int]] = contextvars.ContextVar("evertoken_inside", default=frozenset())
"""The sources whose token requests the current thread or task works for: asking one of them would wait for itself."""
