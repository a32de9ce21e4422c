"""evertoken for httpx2: ``Client`` and ``AsyncClient`` of one API, and ``Auth`` for clients of your own.

>>> import httpx2
>>> import evertoken.httpx2
>>> source = evertoken.TokenSource(evertoken.piwik_pro("acme.piwik.pro"))
>>> with httpx2.Client(auth=evertoken.httpx2.Auth(source), base_url="https://acme.piwik.pro") as client:
...     apps = client.get("/api/apps/v2").raise_for_status().json()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evertoken import _httpx

try:
    import httpx2
except ImportError as _missing:
    raise ImportError('evertoken.httpx2 needs httpx2: pip install "evertoken[httpx2]"') from _missing

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from typing import TypedDict

    from httpx2._types import CertTypes, CookieTypes, HeaderTypes, ProxyTypes, QueryParamTypes, TimeoutTypes
    from typing_extensions import Unpack

    from evertoken._providers import Provider
    from evertoken._source import TokenSource

    class _Common(TypedDict, total=False):
        verify: ssl.SSLContext | str | bool
        cert: CertTypes | None
        proxy: ProxyTypes | None
        trust_env: bool
        http1: bool
        http2: bool

    class _Wire(_Common, total=False):
        mounts: Mapping[str, httpx2.BaseTransport | None] | None
        transport: httpx2.BaseTransport | None

    class _AsyncWire(_Common, total=False):
        mounts: Mapping[str, httpx2.AsyncBaseTransport | None] | None
        transport: httpx2.AsyncBaseTransport | None

    class _Calls(TypedDict, total=False):
        params: QueryParamTypes | None
        headers: HeaderTypes | None
        cookies: CookieTypes | None
        timeout: TimeoutTypes
        follow_redirects: bool
        limits: httpx2.Limits
        max_redirects: int
        event_hooks: Mapping[str, list[Callable[..., Any]]] | None
        default_encoding: str | Callable[[bytes], str]

    class _Options(_Wire, _Calls, total=False):
        pass

    class _AsyncOptions(_AsyncWire, _Calls, total=False):
        pass

    # To a type checker the methods are the library's own: they take and return what they always do.
    from evertoken._httpx import Half as AsyncHalf
    from evertoken._httpx import Half as SyncHalf
else:
    from evertoken._httpx import AsyncHalf, SyncHalf

__all__ = ["AsyncClient", "AsyncTransport", "Auth", "Client", "Transport"]


class _Headers(_httpx.TokenHeaders, httpx2.Headers):
    _headers = httpx2.Headers


class _OpenHeaders(_httpx.OpenHeaders, httpx2.Headers):
    _headers = httpx2.Headers


class _Shared(_httpx.Shared, httpx2.BaseTransport):
    pass


class _AsyncShared(_httpx.AsyncShared, httpx2.AsyncBaseTransport):
    pass


class _Resumed(_httpx.Resumed, httpx2.SyncByteStream):
    pass


class _AsyncResumed(_httpx.AsyncResumed, httpx2.AsyncByteStream):
    pass


_library = _httpx.Library(
    module=httpx2,
    headers=_Headers,
    open_headers=_OpenHeaders,
    shared=_Shared,
    async_shared=_AsyncShared,
    resumed=_Resumed,
    async_resumed=_AsyncResumed,
)


class Transport(_httpx.Sender):
    """Sends token requests with an ``httpx2.Client`` of its own for each.

    Give it to a source, as in ``TokenSource(provider, transport=Transport(proxy="http://proxy:3128"))``, where token
    requests need another way to the network than the environment says. A transport or mounts that are shared with a
    client stay open.

    Args:
        options: verify, cert, proxy, mounts, trust_env, transport, http1 and http2, as an ``httpx2.Client`` takes them.
    """

    _library = _library

    def __init__(self, **options: Unpack[_Wire]) -> None:
        super().__init__(**options)


class AsyncTransport(_httpx.AsyncSender):
    """Sends token requests with an ``httpx2.AsyncClient`` of its own for each.

    It does so on the event loop of whoever needs the token.

    Args:
        options: verify, cert, proxy, mounts, trust_env, transport, http1 and http2, as an ``httpx2.AsyncClient``
            takes them.
    """

    _library = _library

    def __init__(self, **options: Unpack[_AsyncWire]) -> None:
        super().__init__(**options)


class Auth(_httpx.AuthFlow, httpx2.Auth):
    """Authenticates the requests of a client of your own: ``httpx2.Client(auth=Auth(source))``, or ``AsyncClient``.

    Requests to the source's API get a valid token; one whose token is rejected is sent again, once, with another.
    Requests to anywhere else, and those with a token header of your own, stay as they are. A redirect that the client
    follows takes the token to other origins never; a header other than ``Authorization`` not even along, so the
    target gets it if it is of the API.

    Args:
        source: Where tokens come from; share one.
        min_valid: Seconds that a token must still be good for, for uploads and streams.
        patience: Seconds that a call waits for a token; by default the source's, within the largest of the client's
            time-outs.

    Raises:
        EvertokenError: From the client's calls, when there is no token. Failures of the call itself stay ``httpx2``'s
            own.
    """

    _library = _library
    _transport = Transport
    _async_transport = AsyncTransport


class Client(SyncHalf, httpx2.Client):
    """An ``httpx2.Client`` of one API: its base URL is set, its requests carry a valid token.

    Paths are written as the vendor's documentation prints them; other hosts raise. ``verify``, ``cert``, ``proxy``,
    ``mounts``, ``trust_env``, ``transport``, ``http1`` and ``http2`` go for the token request too, which gets nothing
    else of the client's. Where redirects are followed, each hop is looked at anew, and only those within the API get
    the token.

    Args:
        provider: Who hands out tokens, or a source that several clients share. The client closes a source that it
            made itself.
        options: As for ``httpx2.Client``, but for ``auth`` and ``base_url``.

    Raises:
        EvertokenError: From calls, when there is no token. Failures of the call itself stay ``httpx2``'s own.
        ConfigurationError: From calls outside of the API (``origin_not_allowed``), and for ``auth`` and ``base_url``
            (``invalid_option``).
    """

    _library = _library
    _auth_class = Auth
    _transport_class = Transport

    def __init__(self, provider: Provider | TokenSource, **options: Unpack[_Options]) -> None:
        super().__init__(**self._begin(provider, dict(options)))


class AsyncClient(AsyncHalf, httpx2.AsyncClient):
    """An ``httpx2.AsyncClient`` of one API, on asyncio or trio; in all else as ``Client``."""

    _library = _library
    _auth_class = Auth
    _transport_class = AsyncTransport

    def __init__(self, provider: Provider | TokenSource, **options: Unpack[_AsyncOptions]) -> None:
        super().__init__(**self._begin(provider, dict(options)))
