"""Refuses subinterpreters: the native module would load there and break later, as all of them share its types."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _is_main() -> bool:
    try:
        import _interpreters as interpreters  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        try:
            import _xxsubinterpreters as interpreters  # type: ignore[import-not-found, no-redef, unused-ignore]
        except ImportError:
            return True
    every: Any = interpreters
    return bool(every.get_current() == every.get_main())


if not _is_main():
    raise ImportError(
        "evertoken does not run in a subinterpreter. With mod_wsgi, set `WSGIApplicationGroup %{GLOBAL}`, so that the "
        "application runs in the main one."
    )
