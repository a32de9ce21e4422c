"""A source of the library, made of what a file says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import evertoken

from .format import ClientSpec


def provider(spec: ClientSpec) -> evertoken.Provider:
    """Makes the provider as a user would; raises what is wrong with it."""
    url, endpoint = spec.url or "", spec.endpoint or ""
    given = _credentials(spec.credentials)
    match spec.provider:
        case "piwik_pro":
            return evertoken.piwik_pro(url, **given)
        case "didomi":
            key, secret = spec.credentials.get("key"), spec.credentials.get("secret")
            return evertoken.didomi(key, secret, endpoint=spec.url)
        case "oro_commerce":
            return evertoken.oro_commerce(
                url, surface=cast(Any, spec.surface), backend_prefix=spec.backend_prefix, **given
            )
        case "oro_platform":
            return evertoken.oro_platform(url, **given)
        case "oauth2":
            options: dict[str, Any] = {"client_auth": spec.client_auth, "body": spec.body, "audience": spec.audience}
            options = {name: value for name, value in options.items() if value is not None}
            return evertoken.oauth2(endpoint, api=api(spec.api), scopes=spec.scopes, **options, **given)
        case "broker":
            return evertoken.broker(endpoint, api=api(spec.api))
        case "fixed":
            return evertoken.fixed(spec.credentials.get("token", ""), api=api(spec.api))
        case "custom":
            return evertoken.custom(
                cast(Mapping[str, Any], spec.descriptor),
                variables=spec.variables,
                surface=spec.surface,
                api=None if spec.api is None else api(spec.api),
                credentials=spec.credentials,
            )


def api(spec: str | ClientSpec | None) -> Any:
    """Makes what says where a token may go: a URL, or the API half of a built-in provider."""
    if not isinstance(spec, ClientSpec):
        return spec or ""
    url = spec.url or ""
    match spec.provider:
        case "piwik_pro":
            return evertoken.api.piwik_pro(url)
        case "didomi":
            return evertoken.api.didomi()
        case "oro_commerce":
            return evertoken.api.oro_commerce(url, surface=cast(Any, spec.surface))
        case "oro_platform":
            return evertoken.api.oro_platform(url)
        case _:
            raise ValueError(f"{spec.provider} has no API of its own")


def _credentials(named: Mapping[str, str]) -> dict[str, Any]:
    """The usual names are keyword arguments, all others go by the mapping."""
    usual = named.keys() <= {"client_id", "client_secret"}
    return dict(named) if usual else {"credentials": dict(named)}
