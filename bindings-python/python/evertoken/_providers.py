"""Who hands out the tokens: the built-in providers and the kinds for any other."""

from __future__ import annotations

from evertoken._credentials import CredentialsSource
from evertoken._headers import HeadersSource
from evertoken.api import ApiHalf, granted

# What takes long to import is imported where it is first needed.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from typing import Any, Literal

    from evertoken._credentials import AskForSecrets, Secrets

    AskForHeaders = Callable[[], Mapping[str, str] | Awaitable[Mapping[str, str]]]
    Surface = Literal["back_office", "storefront"]


class Provider:
    """A provider with an account's address, a client and where its credentials come from.

    Made by :func:`piwik_pro` and its siblings. Two providers are equal if tokens of one can stand in for the other's:
    the same endpoint, client, scopes and surface, asked with the same credentials and headers, which are compared
    without being shown. A provider can be pickled if none of its secrets was given as text.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        credentials: Secrets | AskForSecrets | CredentialsSource | None,
        headers: Mapping[str, str] | AskForHeaders | HeadersSource | None = None,
    ) -> None:
        self._options = dict(options)
        self._headers = headers if isinstance(headers, HeadersSource) else HeadersSource(headers)
        fields = granted(_built(self._options)).fields
        if not isinstance(credentials, CredentialsSource):
            credentials = CredentialsSource(credentials, fields)
            # The client's name is part of what a token is for.
            self._options.setdefault("client_id", credentials.identity)
        self._credentials = credentials
        self._grant = granted(_built(self._options))
        self._api = self._grant.api

    @property
    def name(self) -> str:
        """The provider's name, such as ``piwik_pro``."""
        return self._grant.provider

    @property
    def endpoint(self) -> str:
        """The token endpoint's URL; empty for a fixed token."""
        return self._grant.endpoint

    @property
    def base_url(self) -> str:
        """The URL that the API's paths are appended to."""
        return self._api.base_url

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Provider) and self._asked_as() == other._asked_as()

    def __hash__(self) -> int:
        return hash(self._asked_as())

    def _asked_as(self) -> tuple[object, ...]:
        return self._grant, self._credentials, self._headers

    def __repr__(self) -> str:
        return f"<evertoken.Provider {self.name} {self.base_url}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._options.get("parameters"):
            # An assertion is given in this way.
            raise TypeError("parameters of a token request cannot be pickled: make the provider in each process")
        return Provider, (self._options, self._credentials, self._headers)

    def __copy__(self) -> Provider:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Provider:
        return self


def piwik_pro(
    account: str,
    *,
    client_id: str | None = None,
    client_secret: str | None = None,
    credentials: Secrets | AskForSecrets | None = None,
    endpoint: str | None = None,
) -> Provider:
    """Describes a Piwik PRO account.

    Args:
        account: Its host name or URL, such as ``acme.piwik.pro``.
        client_id: The key's id; the environment variable ``PIWIK_PRO_CLIENT_ID`` if left out.
        client_secret: The key's secret; ``PIWIK_PRO_CLIENT_SECRET`` if left out.
        credentials: A mapping of both, or a callable that returns one and is asked for each token request.
        endpoint: Another address than the account's, for a test server.

    Raises:
        ConfigurationError: The account is no host name (``invalid_account``).

    Example:
        >>> evertoken.piwik_pro("acme.piwik.pro").endpoint
        'https://acme.piwik.pro/auth/token'
    """
    options = {"provider": "piwik_pro", "variables": {"account": account}, "endpoint": endpoint}
    return Provider(options, _given(credentials, client_id=client_id, client_secret=client_secret))


def didomi(
    key: str | None = None,
    secret: str | None = None,
    *,
    credentials: Secrets | AskForSecrets | None = None,
    endpoint: str | None = None,
) -> Provider:
    """Describes Didomi's API.

    Args:
        key: The private API key's id; the environment variable ``DIDOMI_API_KEY`` if left out.
        secret: Its secret; ``DIDOMI_API_SECRET`` if left out.
        credentials: A mapping of ``key`` and ``secret``, or a callable that returns one and is asked for each token
            request.
        endpoint: Another address than ``https://api.didomi.io``, for a test server.

    Example:
        >>> evertoken.didomi("the key", "the secret").endpoint
        'https://api.didomi.io/v1/sessions'
    """
    return Provider({"provider": "didomi", "endpoint": endpoint}, _given(credentials, key=key, secret=secret))


def oro_commerce(
    url: str,
    *,
    surface: Surface,
    client_id: str | None = None,
    client_secret: str | None = None,
    credentials: Secrets | AskForSecrets | None = None,
    backend_prefix: str | None = None,
) -> Provider:
    """Describes an OroCommerce application.

    Args:
        url: The application's URL, a folder included, such as ``https://shop.example.com``.
        surface: ``back_office`` (``/admin/api``) or ``storefront`` (``/api``); the tokens of one do not open the other.
        client_id: The environment variable ``ORO_CLIENT_ID`` if left out.
        client_secret: ``ORO_CLIENT_SECRET`` if left out.
        credentials: A mapping of both, or a callable that returns one and is asked for each token request.
        backend_prefix: The application's own back-office prefix, if it is not ``admin``.

    Raises:
        ConfigurationError: The URL or the surface cannot be used.

    Example:
        >>> shop = evertoken.oro_commerce("shop.example.com", surface="back_office")
        >>> with evertoken.Client(shop) as client:
        ...     users = client.get("/admin/api/users").raise_for_status().json()
    """
    variables = {"url": url} if backend_prefix is None else {"url": url, "backend_prefix": backend_prefix}
    options = {"provider": "oro_commerce", "variables": variables, "surface": surface}
    return Provider(options, _given(credentials, client_id=client_id, client_secret=client_secret))


def oro_platform(
    url: str,
    *,
    client_id: str | None = None,
    client_secret: str | None = None,
    credentials: Secrets | AskForSecrets | None = None,
) -> Provider:
    """Describes an OroPlatform or OroCRM application, without a storefront; arguments as for :func:`oro_commerce`."""
    options = {"provider": "oro_platform", "variables": {"url": url}}
    return Provider(options, _given(credentials, client_id=client_id, client_secret=client_secret))


def oauth2(
    endpoint: str,
    *,
    api: str | ApiHalf,
    client_id: str | None = None,
    client_secret: str | None = None,
    credentials: Secrets | AskForSecrets | None = None,
    scopes: Iterable[str] = (),
    audience: str | None = None,
    resource: str | None = None,
    client_auth: Literal["basic", "basic_raw", "body"] = "basic",
    body: Literal["form", "json"] = "form",
    parameters: Mapping[str, str] | None = None,
) -> Provider:
    """Describes the client-credentials grant of any OAuth 2 server (RFC 6749 section 4.4).

    Args:
        endpoint: The token endpoint's URL.
        api: The URL of the API that the token is for, or the API half of a built-in provider (:mod:`evertoken.api`).
        client_id: The client's id.
        client_secret: Its secret.
        credentials: A mapping of both, or a callable that returns one and is asked for each token request.
        scopes: The scopes to ask for.
        audience: Whom the token is for, where the server wants it.
        resource: The resource that the token is for (RFC 8707).
        client_auth: HTTP Basic as RFC 6749 section 2.3.1 says, Basic of the raw texts, or both in the body.
        body: How the request's body is written.
        parameters: Further parameters of the body.

    Example:
        >>> billing = evertoken.oauth2(
        ...     "https://login.example.com/oauth2/token",
        ...     api="https://api.example.com",
        ...     client_id="the client id",
        ...     client_secret="the client secret",
        ... )
        >>> with evertoken.Client(billing) as client:
        ...     invoices = client.get("/api/invoices").raise_for_status().json()
    """
    options = {
        "provider": "oauth2",
        "endpoint": endpoint,
        "scopes": list(scopes),
        "audience": audience,
        "resource": resource,
        "client_auth": client_auth,
        "body": body,
        "parameters": list((parameters or {}).items()),
        "api": api,
    }
    return Provider(options, _given(credentials, client_id=client_id, client_secret=client_secret))


def custom(
    descriptor: str | Mapping[str, Any],
    *,
    variables: Mapping[str, str] | None = None,
    surface: str | None = None,
    api: str | ApiHalf | None = None,
    credentials: Secrets | AskForSecrets | None = None,
    client_id: str | None = None,
    scopes: Iterable[str] = (),
    audience: str | None = None,
    resource: str | None = None,
    endpoint: str | None = None,
) -> Provider:
    """Describes any "post your key, get a token" endpoint by a provider descriptor.

    Args:
        descriptor: The descriptor, as JSON text or as what ``json.load`` makes of it.
        variables: The descriptor's variables.
        surface: The surface of the API, where the descriptor has several.
        api: Another API than the descriptor's.
        credentials: The credentials by the descriptor's names, or a callable that returns them and is asked for each
            token request.
        client_id: The client's id, where it is not among the credentials.
        scopes: The scopes to ask for.
        audience: Whom the token is for.
        resource: The resource that the token is for.
        endpoint: Another address than the descriptor's, for a test server.

    Raises:
        ConfigurationError: The descriptor is wrong (``invalid_descriptor``); the description begins with the path of
            the field.
    """
    options: dict[str, Any] = {
        "descriptor": descriptor if isinstance(descriptor, str) else _json(descriptor),
        "variables": dict(variables or {}),
        "surface": surface,
        "scopes": list(scopes),
        "audience": audience,
        "resource": resource,
        "endpoint": endpoint,
        "api": api,
    }
    if client_id is not None:
        options["client_id"] = client_id
    return Provider(options, credentials)


def broker(endpoint: str, *, api: str | ApiHalf, headers: Mapping[str, str] | AskForHeaders | None = None) -> Provider:
    """Describes a broker: a server of yours that keeps the secret and hands out tokens.

    It is asked by POST with an empty body and answers as RFC 6749 section 5.1 says, with the *remaining*
    ``expires_in``.

    Args:
        endpoint: The URL that hands out tokens.
        api: The URL of the API that the token is for, or the API half of a built-in provider (:mod:`evertoken.api`).
        headers: Headers of the token request, such as the session's, or a callable that returns them and is asked each
            time.

    Example:
        >>> ours = evertoken.broker("https://app.example.com/broker/token", api="https://api.example.com")
        >>> with evertoken.Client(ours) as client:
        ...     invoices = client.get("/api/invoices").raise_for_status().json()
    """
    return Provider({"provider": "broker", "endpoint": endpoint, "api": api}, None, headers)


def fixed(token: str, *, api: str | ApiHalf) -> Provider:
    """Describes a token that is already there, the test double: no server is asked, and rejections are the caller's.

    Example:
        >>> source = evertoken.TokenSource(evertoken.fixed("a-token", api=evertoken.api.piwik_pro("acme.piwik.pro")))
        >>> dict(source.headers())
        {'Authorization': 'Bearer a-token'}
    """
    return Provider({"provider": "fixed", "api": api}, {"token": token})


def _json(descriptor: Mapping[str, Any]) -> str:
    import json

    return json.dumps(descriptor)


def _given(credentials: Secrets | AskForSecrets | None, **named: str | None) -> Secrets | AskForSecrets | None:
    known = {name: value for name, value in named.items() if value is not None}
    if credentials is None:
        return known
    if known:
        raise TypeError(f"give either credentials or {' and '.join(known)}")
    return credentials


def _built(options: Mapping[str, Any]) -> dict[str, Any]:
    """Sorts out in which form the API was given."""
    built = {name: value for name, value in options.items() if name != "api"}
    api = options.get("api")
    if isinstance(api, ApiHalf):
        built["api"] = api.native
    elif api is not None:
        built["api_url"] = api
    return built
