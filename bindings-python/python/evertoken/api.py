"""The API halves of the built-in providers, for tokens that another server hands out: a broker, a fixed token, OAuth 2.

>>> import evertoken
>>> piwik = evertoken.api.piwik_pro("acme.piwik.pro")
>>> source = evertoken.TokenSource(evertoken.broker("https://intranet.example/token", api=piwik))
>>> source.url("/api/apps/v2")
'https://acme.piwik.pro/api/apps/v2'
"""

from __future__ import annotations

from evertoken import _native
from evertoken._errors import not_unicode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal


def granted(options: Mapping[str, Any]) -> _native.Grant:
    """Makes a grant; a lone surrogate, as a file name or an environment variable may have one, is a wrong option."""
    try:
        return _native.Grant(**options)
    except UnicodeEncodeError:
        raise not_unicode("the provider's options") from None


class ApiHalf:
    """Where tokens of a built-in provider may go, in which header, and which answers reject one."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = dict(options)
        self.native: _native.Api = granted(self._options).api

    @property
    def base_url(self) -> str:
        """The URL that paths are appended to."""
        return self.native.base_url

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiHalf) and self.native == other.native

    def __hash__(self) -> int:
        return hash(self.native)

    def __repr__(self) -> str:
        return f"<evertoken.api {self.base_url}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return ApiHalf, (self._options,)


def piwik_pro(account: str, *, endpoint: str | None = None) -> ApiHalf:
    """Returns the API of a Piwik PRO account, with its media types and its 403 that means a bad token."""
    return ApiHalf({"provider": "piwik_pro", "variables": {"account": account}, "endpoint": endpoint})


def didomi(*, endpoint: str | None = None) -> ApiHalf:
    """Returns the API of Didomi."""
    return ApiHalf({"provider": "didomi", "endpoint": endpoint})


def oro_commerce(
    url: str, *, surface: Literal["back_office", "storefront"], backend_prefix: str | None = None
) -> ApiHalf:
    """Returns one of the two APIs of an OroCommerce application."""
    variables = {"url": url} if backend_prefix is None else {"url": url, "backend_prefix": backend_prefix}
    return ApiHalf({"provider": "oro_commerce", "variables": variables, "surface": surface})


def oro_platform(url: str) -> ApiHalf:
    """Returns the API of an OroPlatform or OroCRM application."""
    return ApiHalf({"provider": "oro_platform", "variables": {"url": url}})
