"""One of the two libraries."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

    from evertoken._httpx.headers import OpenHeaders, TokenHeaders


@dataclass(frozen=True)
class Library:
    """A module, and the classes that are derived from its own."""

    module: Any
    headers: type[TokenHeaders]
    open_headers: type[OpenHeaders]
    shared: type[Any]
    async_shared: type[Any]
    resumed: type[Any]
    async_resumed: type[Any]

    def ssl_context(self, options: dict[str, Any]) -> ssl.SSLContext:
        """Makes the context of a client's options, as the client itself would; it takes longer than a request."""
        wanted = {name: value for name, value in options.items() if name in ("verify", "cert", "trust_env")}
        if wanted:
            return self._made(wanted)
        key = (self.module.__name__, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        if key not in _defaults:
            _defaults[key] = self._made({})
        return _defaults[key]

    def _made(self, options: dict[str, Any]) -> ssl.SSLContext:
        context: ssl.SSLContext = self.module.create_ssl_context(**options)
        return context


_defaults: dict[tuple[str, str | None, str | None], ssl.SSLContext] = {}
