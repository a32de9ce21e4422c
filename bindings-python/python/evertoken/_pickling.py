"""What a transport is told of the way to the network may hold a secret, which no pickle takes along."""

from __future__ import annotations

from typing import Any


def refuse_secrets(*proxies: Any, cert: Any = None) -> None:
    """Refuses to pickle a proxy with a user of its own, or the password of a client certificate.

    Raises:
        TypeError: There is one; the message says what to do.
    """
    if any(_has_secret(proxy) for proxy in proxies):
        raise TypeError(
            "a proxy's user and password cannot be pickled: leave the proxy to the environment variables, or make the"
            " transport in each process"
        )
    if isinstance(cert, tuple) and len(cert) > 2:  # pyright: ignore[reportUnknownArgumentType]
        raise TypeError("a certificate's password cannot be pickled: make the transport in each process")


def _has_secret(proxy: Any) -> bool:
    url = getattr(proxy, "url", proxy)
    return "@" in str(url) or bool(getattr(proxy, "raw_auth", None) or getattr(proxy, "headers", None))
