"""Clients of one API, with its paths, its media types and its token."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ClassVar, cast

from evertoken._errors import refused
from evertoken._httpx.auth import AuthFlow
from evertoken._httpx.headers import take_back
from evertoken._httpx.transport import WIRE
from evertoken._source import TokenSource

if TYPE_CHECKING:
    from evertoken._httpx.library import Library
    from evertoken._providers import Provider

_FIXES = {
    "auth": "Leave it out: the client has its own. For other authentication, make a client of the HTTP library itself.",
    "base_url": "Leave it out: it follows from the provider. Give the provider another URL or endpoint.",
}


class Half:
    """What the clients have in common: the source, the token, and how a redirect is followed."""

    _library: ClassVar[Library]
    _auth_class: ClassVar[Any]
    _transport_class: ClassVar[Any]

    def _begin(self, provider: Provider | TokenSource, options: dict[str, Any]) -> dict[str, Any]:
        """Prepares the source; returns the options for the class of the library."""
        for name, fix in _FIXES.items():
            if name in options:
                raise refused(f"{name}: this client takes none", fix)
        if options.get("transport") is None or options.get("proxy") is not None:
            options = {**options, "verify": self._library.ssl_context(options)}
            options.pop("cert", None)
        wire = {name: options[name] for name in WIRE if name in options}
        self._owns_source = not isinstance(provider, TokenSource)
        self._source = provider if isinstance(provider, TokenSource) else TokenSource(provider)
        self._api = self._source._api
        # A transport is for its own kind of caller, so the other kind borrows it, on a thread or loop of its own.
        is_bound = wire.get("transport") is not None or bool(wire.get("mounts"))
        for kind in (self._auth_class._transport, self._auth_class._async_transport):
            sends = self._transport_class if is_bound else kind
            self._source._prefer(functools.partial(sends, **wire), asynchronous=kind.asynchronous)
        auth = self._auth_class(self._source)
        auth._serve_one_api()
        return {**options, "auth": auth, "base_url": self._api.base_url}

    @property
    def source(self) -> TokenSource:
        """The source of the client's tokens, for ``explain()``, ``invalidate()`` and other clients that share it."""
        return self._source

    def _end(self) -> None:
        if self._owns_source:
            self._source.close()

    def _follows(self, options: dict[str, Any]) -> bool:
        """Says whether redirects are for us to follow: each hop is judged anew, which needs our own authentication."""
        this, default = cast("Any", self), self._library.module.USE_CLIENT_DEFAULT
        follow = options.get("follow_redirects", default)
        if not (this.follow_redirects if follow is default else follow):
            return False
        auth = options.get("auth", default)
        return isinstance(this.auth if auth is default else auth, AuthFlow)

    def _hop(self, response: Any, history: list[Any], options: dict[str, Any]) -> dict[str, Any]:
        """Says how the request of a redirect is sent; once it has left the API, no token comes back to it."""
        history.append(response)
        take_back(response.next_request)
        if len(history) > cast("Any", self).max_redirects:
            told = "Exceeded maximum allowed redirects."
            raise self._library.module.TooManyRedirects(told, request=response.request)
        if self._api.allows(str(response.next_request.url)):
            return options
        return {**options, "auth": self._library.module.Auth()}


def _without_token(response: Any) -> Any:
    """Whoever follows the redirect of an answer does it without our token."""
    if response.next_request is not None:
        take_back(response.next_request)
    return response


class _Building(Half):
    def build_request(self, method: str, url: Any, **options: Any) -> Any:
        """Builds a request of the API: a path as the vendor's documentation prints it, or an absolute URL of the API.

        A JSON body gets the media type that the API wants, unless the headers name one.

        Raises:
            ConfigurationError: ``origin_not_allowed`` for a URL outside of the API; the fix names the right surface
                or path.
        """
        url = self._api.resolve(url if isinstance(url, str) else str(url))
        if options.get("json") is not None:
            headers = self._library.module.Headers(options.get("headers"))
            if "content-type" not in headers and "content-type" not in cast("Any", self).headers:
                headers["Content-Type"] = self._source.content_type(url)
                options["headers"] = headers
        return cast("Any", super()).build_request(method, url, **options)


class SyncHalf(_Building):
    """Half of an ``httpx.Client``."""

    def send(self, request: Any, **options: Any) -> Any:
        if not self._follows(options):
            return _without_token(cast("Any", super()).send(request, **options))
        history: list[Any] = []
        options = {**options, "follow_redirects": False}
        response = cast("Any", super()).send(request, **options)
        while response.next_request is not None:
            try:
                response.read()
                options = self._hop(response, history, options)
            except BaseException:
                response.close()
                raise
            response = cast("Any", super()).send(response.next_request, **options)
            response.history = [*history, *response.history]
        return response

    def close(self) -> None:
        """Closes the client, and its source unless it was given one."""
        cast("Any", super()).close()
        self._end()

    def __exit__(self, *reason: Any) -> None:
        cast("Any", super()).__exit__(*reason)
        self._end()


class AsyncHalf(_Building):
    """Half of an ``httpx.AsyncClient``."""

    async def send(self, request: Any, **options: Any) -> Any:
        if not self._follows(options):
            return _without_token(await cast("Any", super()).send(request, **options))
        history: list[Any] = []
        options = {**options, "follow_redirects": False}
        response = await cast("Any", super()).send(request, **options)
        while response.next_request is not None:
            try:
                await response.aread()
                options = self._hop(response, history, options)
            except BaseException:
                await response.aclose()
                raise
            response = await cast("Any", super()).send(response.next_request, **options)
            response.history = [*history, *response.history]
        return response

    async def aclose(self) -> None:
        """Closes the client, and its source unless it was given one."""
        await cast("Any", super()).aclose()
        self._end()

    async def __aexit__(self, *reason: Any) -> None:
        await cast("Any", super()).__aexit__(*reason)
        self._end()
