"""Token requests over the standard library, for programs without an HTTP library."""

from __future__ import annotations

import ssl
from contextlib import closing
from functools import cache, partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from typing import TYPE_CHECKING, Any, cast
from urllib import request as urllib_request

from evertoken._body import Body
from evertoken._deadline import Deadline
from evertoken._silence import silence

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from evertoken._transport import TokenAnswer, TokenRequest

_CHUNK = 64 * 1024
_LATE = "The answer did not end in time."


class UrllibTransport:
    """Sends token requests with ``urllib``: proxies of the environment, the system's certificate authorities.

    A connection is made for each request and closed after it.
    """

    def __repr__(self) -> str:
        return "UrllibTransport()"

    def send(self, request: TokenRequest) -> TokenAnswer:
        with silence("urllib"), Deadline(request.timeout) as deadline:
            try:
                return _answer(request, deadline)
            except (OSError, HTTPException) as error:
                if deadline.passed:
                    raise TimeoutError(_LATE) from error
                raise


def _answer(request: TokenRequest, deadline: Deadline) -> TokenAnswer:
    body = Body(request)
    # Without the handlers of redirects, errors and authentication, every answer is an answer.
    opener = urllib_request.OpenerDirector()
    opener.add_handler(urllib_request.ProxyHandler(None if request.is_encrypted else {}))
    opener.add_handler(_Watched(deadline))
    asked = urllib_request.Request(request.url, request.body, dict(request.headers), method=request.method)
    with closing(cast("HTTPResponse", opener.open(asked, timeout=request.timeout))) as answer:
        missing = answer.length
        # Headers that break off are taken for all there are, a body of no stated length as well.
        while not body.late and (chunk := answer.read1(_CHUNK)):
            if not body.take(chunk):
                break
            if missing is not None:
                missing -= len(chunk)
        else:
            # `read1` does not tell the end of an answer from the end of its connection.
            if missing:
                raise IncompleteRead(b"", missing)
        if body.late:
            raise TimeoutError(_LATE)
        return body.answer(answer.status, answer.getheaders())


class _Watched(urllib_request.AbstractHTTPHandler):
    """Makes connections that a deadline knows of."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline
        self.http_request = self.https_request = self.do_request_

    def http_open(self, request: urllib_request.Request) -> HTTPResponse:
        return self.do_open(partial(self._connection, HTTPConnection), request)

    def https_open(self, request: urllib_request.Request) -> HTTPResponse:
        return self.do_open(partial(self._connection, HTTPSConnection), request, context=_context())

    def _connection(self, kind: type[HTTPConnection], host: str, **options: Any) -> HTTPConnection:
        connection = kind(host, **options)
        connect = connection.connect

        def connect_watched() -> None:
            connect()
            self._deadline.watch(connection.sock)

        setattr(connection, "connect", connect_watched)  # noqa: B010
        return connection


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
