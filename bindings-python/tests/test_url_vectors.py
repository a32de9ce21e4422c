"""The vector file for URLs, which every language runs; ``core/vectors/README.md`` says what its rows mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import evertoken
import pytest

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "core/vectors/urls.json").read_text(encoding="utf-8"))
GRANTS, REQUESTS, ACCOUNTS = VECTORS["grants"], VECTORS["requests"], VECTORS["accounts"]
FIELDS = {
    "grants": {"provider", "variables", "surface", "endpoint", "api", "resolved"},
    "requests": {"grant", "text", "url", "accept", "refused", "fix", "why"},
    "accounts": {"provider", "variables", "base", "refused", "fix"},
}
SECRETS: dict[str, Any] = {"client_id": "vector-client", "client_secret": "vector-secret-5a1f"}


def provider(grant: Mapping[str, Any]) -> evertoken.Provider:
    """Makes the provider of a row as a user does."""
    variables, endpoint = dict(grant.get("variables", {})), grant.get("endpoint")
    match grant["provider"]:
        case "piwik_pro":
            return evertoken.piwik_pro(variables.get("account", ""), endpoint=endpoint, **SECRETS)
        case "didomi":
            return evertoken.didomi("vector-key", "vector-secret-5a1f", endpoint=endpoint)
        case "oro_commerce":
            return evertoken.oro_commerce(**variables, surface=grant.get("surface", "storefront"), **SECRETS)
        case "oro_platform":
            return evertoken.oro_platform(**variables, **SECRETS)
        case "oauth2":
            return evertoken.oauth2(endpoint or "", api=api(grant), **SECRETS)
        case "broker":
            return evertoken.broker(endpoint or "", api=api(grant))
        case "fixed":
            return evertoken.fixed("vector-token-77c1", api=api(grant))
        case name:
            raise AssertionError(f"no provider is named {name}")


def api(grant: Mapping[str, Any]) -> Any:
    """Makes where the token of a row may go: a URL, or the API half of a built-in provider."""
    of = grant["api"]
    if isinstance(of, str):
        return of
    variables = of.get("variables", {})
    match of["provider"]:
        case "piwik_pro":
            return evertoken.api.piwik_pro(variables["account"])
        case "didomi":
            return evertoken.api.didomi()
        case "oro_commerce":
            return evertoken.api.oro_commerce(**variables, surface=of["surface"])
        case "oro_platform":
            return evertoken.api.oro_platform(**variables)
        case name:
            raise AssertionError(f"{name} has no API of its own")


def source(row: Mapping[str, Any]) -> evertoken.TokenSource:
    """Makes the source of a request's row."""
    return evertoken.TokenSource(provider(GRANTS[row["grant"]]))


def refused(row: Mapping[str, Any]) -> pytest.RaisesExc[evertoken.ConfigurationError]:
    """Expects the refusal of a row."""

    def is_the_rows(error: evertoken.ConfigurationError) -> bool:
        return error.code == row["refused"] and row.get("fix", "") in error.fix

    return pytest.RaisesExc(evertoken.ConfigurationError, check=is_the_rows)


def row_id(row: Mapping[str, Any]) -> str:
    """Names a row in a test's name."""
    return f"{row.get('grant') or row['provider']} {row.get('text', row.get('variables'))!r}"


def test_the_file_has_the_known_version_and_no_unknown_field() -> None:
    assert set(VECTORS) == {"version", *FIELDS}
    assert VECTORS["version"] == 1
    for part, known in FIELDS.items():
        rows = VECTORS[part].values() if part == "grants" else VECTORS[part]
        assert all(set(row) <= known for row in rows), part
    assert len(REQUESTS) >= 60
    assert len(ACCOUNTS) >= 30


@pytest.mark.parametrize("row", [row for row in REQUESTS if "url" in row], ids=row_id)
def test_a_text_makes_the_url_of_its_row_which_makes_itself_again(row: Mapping[str, Any]) -> None:
    made = source(row).url(row["text"])
    assert made == row["url"]
    assert source(row).url(made) == made


@pytest.mark.parametrize("row", [row for row in REQUESTS if "refused" in row], ids=row_id)
def test_a_text_is_refused_as_its_row_says(row: Mapping[str, Any]) -> None:
    with refused(row):
        source(row).url(row["text"])


@pytest.mark.parametrize("row", [row for row in REQUESTS if "accept" in row], ids=row_id)
def test_the_media_type_is_that_of_the_path(row: Mapping[str, Any]) -> None:
    asked, url = source(row), row["url"]
    assert asked.content_type(url) == (row["accept"] or "application/json")
    # What an adapter adds shows in a request only; each adapter asks the same two questions.
    assert asked._api.accept(url, ["User-Agent"]) == row["accept"]
    assert asked._api.accept(url, ["ACCEPT"]) is None
    assert asked._api.content_type(url, ["content-type"]) is None


@pytest.mark.parametrize("row", REQUESTS, ids=row_id)
def test_a_request_may_carry_the_token_exactly_where_its_url_is_the_apis(row: Mapping[str, Any]) -> None:
    text = row.get("url") or row["text"]
    # Only a URL gets as far as an adapter, and no URL type holds a control character.
    if "://" in text and text.isprintable():
        assert source(row)._api.allows(text) is ("url" in row)
    else:
        assert "refused" in row or "://" in row["url"]


@pytest.mark.parametrize("name", GRANTS)
def test_a_grant_has_the_facts_that_urls_are_matched_with(name: str) -> None:
    grant = GRANTS[name]
    made = provider(grant)
    assert json.loads(made._api.facts) == grant["resolved"]
    assert made.base_url == grant["resolved"]["origin"] + grant["resolved"]["base_path"]


@pytest.mark.parametrize("row", [row for row in ACCOUNTS if "base" in row], ids=row_id)
def test_an_account_has_the_base_url_of_its_row(row: Mapping[str, Any]) -> None:
    assert provider(row).base_url == row["base"]


@pytest.mark.parametrize("row", [row for row in ACCOUNTS if "refused" in row], ids=row_id)
def test_an_account_is_refused_as_its_row_says(row: Mapping[str, Any]) -> None:
    with refused(row):
        provider(row)
