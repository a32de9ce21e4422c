"""evertoken for requests, and for niquests.

>>> import requests
>>> import evertoken.requests
>>> source = evertoken.TokenSource(evertoken.piwik_pro("acme.piwik.pro"))
>>> with requests.Session() as session:
...     session.auth = evertoken.requests.Auth(source)
...     apps = session.get("https://acme.piwik.pro/api/apps/v2").json()
"""

from __future__ import annotations

import re
import time
from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin

from evertoken._body import Body
from evertoken._deadline import Deadline
from evertoken._pickling import refuse_secrets
from evertoken._recovery import Carrier
from evertoken._silence import silence

try:
    import requests
    import urllib3
    from requests import cookies
    from requests.adapters import BaseAdapter, HTTPAdapter
    from requests.auth import AuthBase
except ImportError as _missing:
    raise ImportError('evertoken.requests needs requests: pip install "evertoken[requests]"') from _missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from requests import PreparedRequest, Response

    from evertoken import _native
    from evertoken._source import TokenSource
    from evertoken._transport import TokenAnswer, TokenRequest

__all__ = ["Auth", "Transport"]

_CHUNK = 64 * 1024
_LATE = "The answer did not end in time."
_REDIRECTS = (301, 302, 303, 307, 308)

# What every reading of a redirect's target takes for the same URL: absolute, or a path, in the characters of RFC 3986
# and without user info.
_UNAMBIGUOUS = re.compile(r"(?:https?://|/(?!/)|\?|[\w.~-]+(?=[/?#]|$))[\w.~:/?#\[\]!$&'()*+,;=%-]*", re.ASCII)


class Transport:
    """Sends token requests with a ``requests.Session`` of its own for each: no cookies, no netrc, no redirects.

    Give it to a source, as in ``TokenSource(provider, transport=Transport(proxies=..))``, where token requests need
    another way to the network than the environment says.

    Args:
        verify: As for ``requests``: whether, or against which certificate authorities, the endpoint's certificate is
            checked.
        cert: A client certificate, as for ``requests``.
        proxies: Proxies by scheme, as for ``requests``.
        trust_env: Whether proxies and certificate authorities are also taken from the environment.
        adapter: Sends the requests instead, such as an adapter of a test; it stays open.
    """

    def __init__(
        self,
        *,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
        trust_env: bool = True,
        adapter: BaseAdapter | None = None,
    ) -> None:
        self._verify = verify
        self._cert = cert
        self._proxies = dict(proxies or {})
        self._trust_env = trust_env
        self._adapter = adapter

    def __repr__(self) -> str:
        return "Transport()"

    def __getstate__(self) -> dict[str, Any]:
        refuse_secrets(*self._proxies.values())
        return vars(self)

    def send(self, request: TokenRequest) -> TokenAnswer:
        """Sends one token request."""
        with silence("requests", "urllib3"), _Session() as session, Deadline(request.timeout) as deadline:
            adapter = _Watched(deadline) if self._adapter is None else _Shared(self._adapter)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            try:
                return self._answer(session, request)
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                if deadline.passed:
                    raise requests.ReadTimeout(_LATE) from error
                raise

    def _answer(self, session: requests.Session, request: TokenRequest) -> TokenAnswer:
        body = Body(request)
        session.trust_env = self._trust_env and request.is_encrypted
        session.proxies.update(self._proxies)
        answer = session.request(
            request.method,
            request.url,
            data=request.body,
            headers={"accept-encoding": "identity", **dict(request.headers)},
            # Otherwise requests looks for the host in netrc, and puts what it finds over our header.
            auth=_as_it_is,
            # Those of a session give way to the environment.
            verify=self._verify,
            cert=self._cert,
            timeout=request.timeout,
            allow_redirects=False,
            stream=True,
        )
        with closing(answer):
            for chunk in _chunks(answer):
                if not body.take(chunk) or body.late:
                    break
            if body.late:
                raise requests.ReadTimeout(_LATE)
            return body.answer(answer.status_code, list(answer.headers.items()))


def _chunks(answer: Response) -> Iterator[bytes]:
    """Yields what has arrived, where urllib3 can say so: else a server that drips keeps it waiting for a chunk."""
    if isinstance(answer.raw, urllib3.HTTPResponse) and hasattr(answer.raw, "read1"):
        while chunk := answer.raw.read1(_CHUNK, decode_content=False):
            yield chunk
    else:
        yield from answer.iter_content(_CHUNK)


class _Session(requests.Session):
    def get_redirect_target(self, resp: Response) -> str | None:
        """Knows of no redirect: even where none is followed, the whole body of one would be read."""
        return None


class _Watched(HTTPAdapter):
    """Makes connections that a deadline knows of."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self._watch(cast("Any", self).poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        manager: Any = super().proxy_manager_for(*args, **options)
        self._watch(manager)
        return manager

    def _watch(self, manager: Any) -> None:
        kinds = manager.pool_classes_by_scheme.items()
        manager.pool_classes_by_scheme = {scheme: partial(self._pool, kind) for scheme, kind in kinds}

    def _pool(self, kind: Any, *args: Any, **options: Any) -> Any:
        pool = kind(*args, **options)
        pool.ConnectionCls = partial(self._connection, pool.ConnectionCls)
        return pool

    def _connection(self, kind: Any, *args: Any, **options: Any) -> Any:
        connection = kind(*args, **options)
        connect = connection.connect

        def connect_watched() -> None:
            connect()
            self._deadline.watch(connection.sock)

        connection.connect = connect_watched
        return connection


class _Shared(BaseAdapter):
    """An adapter that the user goes on using."""

    def __init__(self, adapter: BaseAdapter) -> None:
        super().__init__()
        self._adapter = adapter

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        return self._adapter.send(request, *args, **options)

    def close(self) -> None:
        pass


def _as_it_is(request: PreparedRequest) -> PreparedRequest:
    return request


class Auth(AuthBase):
    """Authenticates the requests of a session, ``session.auth = Auth(source)``, or a single one, ``auth=Auth(source)``.

    Requests to the source's API get a valid token; one whose token is rejected is sent again, once, with another.
    Requests to anywhere else, and those with a token header of your own, stay as they are. A redirect takes the
    token along only within the API.

    Args:
        source: Where tokens come from; share one.
        min_valid: Seconds that a token must still be good for, for uploads and streams.
        patience: Seconds that a call waits for a token; by default the source's, and for a second try at most the
            call's time-out.

    Raises:
        EvertokenError: From the session's calls, when there is no token. Failures of the call itself stay requests'
            own.
    """

    def __init__(self, source: TokenSource, *, min_valid: float = 0.0, patience: float | None = None) -> None:
        self._carrier = Carrier(source, min_valid, patience)
        source._prefer(Transport, asynchronous=False)

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Puts the token on a request; requests calls it."""
        headers, carrier = r.headers, self._carrier
        accept = None if carrier.header_name in headers else carrier.admits(r.url or "")
        if accept is not None:
            if accept and headers.get("Accept", "*/*") == "*/*":
                headers["Accept"] = accept
            cast("Any", r).register_hook("response", _Call(carrier, r, carrier.fresh() or carrier.obtain()))
        return r


class _Call:
    """One call: the token on its request, and what follows from each answer. It is the request's response hook."""

    def __init__(self, carrier: Carrier, request: PreparedRequest, snapshot: _native.Snapshot) -> None:
        self._carrier = carrier
        self._request = request
        self._rewind = _rewinding(request.body)
        self._retried = False
        self._put(request, snapshot)

    def __reduce__(self) -> tuple[Any, ...]:
        """A response is pickled with its request, and that with its hooks; what comes out of it is sent by nobody."""
        return _hook_of_none, ()

    def _put(self, request: PreparedRequest, snapshot: _native.Snapshot) -> None:
        self._snapshot = snapshot
        request.headers[snapshot.header_name] = snapshot.header_value

    def __call__(self, response: Response, **options: Any) -> Response:
        request = response.request
        if request is self._request:
            self._retried = False  # the same request may be sent again by whoever made it
        if not self._sent(request):
            return response
        self._hold_back(response, request)
        is_streamed = bool(options.get("stream"))
        while self._rejected(response, is_streamed):
            if not is_streamed:
                # An answer that is not read holds its connection, which whoever gets the next token may need.
                response.content  # noqa: B018
            again = self._carrier.recover(
                self._snapshot,
                replayable=self._rewind is not None,
                retried=self._retried,
                limit=_time_out(options.get("timeout")),
            )
            if again is None or self._rewind is None:
                return response
            response.close()
            self._rewind()
            self._retried = True
            self._put(request, again)
            first, sent = response, request.copy()
            _add_cookies(sent, first)
            begun = time.perf_counter()
            response = first.connection.send(sent, **options)
            response.elapsed = timedelta(seconds=time.perf_counter() - begun)
            response.history.append(first)
            response.request = sent
            # A redirect is made from the request that the session knows.
            self._hold_back(response, request)
        return response

    def _sent(self, request: PreparedRequest) -> bool:
        """Says whether the request carried our very header; one that was redirected elsewhere does not."""
        return request.headers.get(self._snapshot.header_name) == self._snapshot.header_value

    def _hold_back(self, response: Response, request: PreparedRequest) -> None:
        """Takes the token off a request that is redirected out of the API: the session makes the next one from it.

        What the session makes of the target is its own affair, so only a target that can be read in one way keeps
        the token.
        """
        if response.status_code not in _REDIRECTS or "location" not in response.headers:
            return
        location = response.headers["location"]
        if _UNAMBIGUOUS.fullmatch(location) and self._carrier.allows(urljoin(response.url, location)):
            return
        del request.headers[self._snapshot.header_name]

    def _rejected(self, response: Response, is_streamed: bool) -> bool:
        status = response.status_code
        if not self._carrier.suspects(status):
            return False
        headers = list(response.headers.items())
        reads_body = self._carrier.reads_body(status, headers)
        if is_streamed and "content-length" not in response.headers:
            reads_body = False  # it may be without end
        return self._carrier.rejects(status, headers, response.content if reads_body else None)


def _hook_of_none() -> Callable[..., Response]:
    return _answer_as_it_is


def _answer_as_it_is(response: Response, **options: Any) -> Response:
    return response


def _add_cookies(request: Any, answer: Response) -> None:
    """Puts the cookies of an answer on the next request, unless the caller wrote the header."""
    jar = request._cookies
    header = request.headers.pop("Cookie", None)
    if jar is None or header != cast("Any", cookies).get_cookie_header(jar, request):
        if header is not None:
            request.headers["Cookie"] = header
        return
    for cookie in answer.cookies:
        jar.set_cookie(cookie)
    request.prepare_cookies(jar)


def _rewinding(body: Any) -> Callable[[], Any] | None:
    """Returns what makes a body ready to be sent again; none for a generator, which cannot be."""
    if body is None or isinstance(body, (str, bytes)):
        return lambda: None
    try:
        position = body.tell()
        body.seek(position)
    except (AttributeError, OSError, ValueError):
        return None
    return lambda: body.seek(position)


def _time_out(timeout: tuple[float | None, ...] | float | None) -> float | None:
    """The largest of the time-outs of a call, in seconds; none if one of them has no limit."""
    limits = timeout if isinstance(timeout, tuple) else (timeout,)
    known = [limit for limit in limits if isinstance(limit, (int, float))]
    return max(known) if len(known) == len(limits) else None
