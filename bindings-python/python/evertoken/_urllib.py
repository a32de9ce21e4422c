"""Token requests over the standard library, for programs without an HTTP library."""

from __future__ import annotations

import ssl
from contextlib import closing
from functools import cache
from http.client import IncompleteRead
from typing import TYPE_CHECKING, cast
from urllib import request as urllib_request

from evertoken._body import Body
from evertoken._silence import silence

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from evertoken._transport import TokenAnswer, TokenRequest

_CHUNK = 64 * 1024


class UrllibTransport:
    """Sends token requests with ``urllib``: proxies of the environment, the system's certificate authorities.

    A connection is made for each request and closed after it.
    """

    def __repr__(self) -> str:
        return "UrllibTransport()"

    def send(self, request: TokenRequest) -> TokenAnswer:
        body = Body(request)
        # Without the handlers of redirects, errors and authentication, every answer is an answer.
        opener = urllib_request.OpenerDirector()
        opener.add_handler(urllib_request.ProxyHandler(None if request.is_encrypted else {}))
        opener.add_handler(urllib_request.HTTPHandler())
        if request.is_encrypted:
            opener.add_handler(urllib_request.HTTPSHandler(context=_context()))
        asked = urllib_request.Request(request.url, request.body, dict(request.headers), method=request.method)
        with silence("urllib"), closing(cast("HTTPResponse", opener.open(asked, timeout=request.timeout))) as answer:
            missing = answer.length
            while chunk := answer.read1(_CHUNK):
                if not body.take(chunk):
                    break
                if body.late:
                    raise TimeoutError("The answer did not end in time.")
                if missing is not None:
                    missing -= len(chunk)
            else:
                # `read1` does not tell the end of an answer from the end of its connection.
                if missing:
                    raise IncompleteRead(b"", missing)
            return body.answer(answer.status, answer.getheaders())


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
