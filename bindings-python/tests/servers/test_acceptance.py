"""The package against token servers that nobody here wrote: django-oauth-toolkit and oidc-provider."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import evertoken
import pytest
from libraries import ALL, Get, over_httpx
from servers import DjangoClient, LaterClock, revoke_at_oidc, server

# Old enough to be believed bad when the API rejects it.
OLD_MS = 20_000

every_library = pytest.mark.parametrize("get", ALL.values(), ids=ALL.keys())


def source_of(provider: evertoken.Provider, **options: Any) -> evertoken.TokenSource:
    return evertoken.TokenSource(provider, policy={"fetch_attempts": 1}, **options)


def at_oidc(client_id: str, client_secret: str, **options: Any) -> evertoken.Provider:
    url = server("EVERTOKEN_OIDC_URL")
    return evertoken.oauth2(
        f"{url}/token", api=f"{url}/api", client_id=client_id, client_secret=client_secret, **options
    )


@every_library
def test_django_grants_what_piwik_pro_is_asked_and_its_api_takes_the_token(get: Get) -> None:
    client = DjangoClient.of(1800)
    with source_of(client.piwik_pro()) as source:
        for _ in range(3):
            [answer] = get(source, source.url("/api/apps/v2?limit=1"), 1)
            meta = answer.body["meta"]
            assert (answer.status, meta["client_id"], meta["path"]) == (200, client.id, "/api/apps/v2?limit=1")
            assert meta["accept"] == "application/vnd.api+json"
        token = source.explain().token
    assert token is not None
    assert token.lifetime_ms == 1_800_000
    assert client.token_requests() == 1


def test_django_grants_what_oro_is_asked_and_its_api_takes_the_token() -> None:
    client = DjangoClient.of(3600)
    providers = [
        (evertoken.oro_platform(client.url, credentials=client.credentials), "/api/users"),
        (evertoken.oro_commerce(client.url, surface="back_office", credentials=client.credentials), "/admin/api/users"),
        (evertoken.oro_commerce(client.url, surface="storefront", credentials=client.credentials), "/api/products"),
    ]
    for provider, path in providers:
        with evertoken.Client(provider, trust_env=False) as oro:
            meta = oro.get(path).raise_for_status().json()["meta"]
            assert (meta["client_id"], meta["accept"]) == (client.id, "application/vnd.api+json")
            answer = oro.post(path, json={"data": {"type": "users"}})
            assert answer.json()["meta"]["content_type"] == "application/vnd.api+json"
    assert client.token_requests() == 3


def test_an_async_client_calls_django() -> None:
    client = DjangoClient.of(1800)

    async def calls() -> list[int]:
        async with evertoken.AsyncClient(client.piwik_pro(), trust_env=False) as piwik:
            answers = await asyncio.gather(*(piwik.get("/api/apps/v2") for _ in range(20)))
            return [answer.status_code for answer in answers]

    assert asyncio.run(calls()) == [200] * 20
    assert client.token_requests() == 1


def test_django_refuses_a_wrong_secret_and_the_error_says_so() -> None:
    client = DjangoClient.of(1800)
    wrong = {"client_id": client.id, "client_secret": "another secret"}
    for provider in (
        evertoken.piwik_pro(client.url, credentials=wrong),
        evertoken.oro_platform(client.url, credentials=wrong),
    ):
        with source_of(provider) as source, pytest.raises(evertoken.CredentialsError) as refused:
            source.headers()
        error = refused.value
        assert (error.code, error.status, error.provider_code) == ("credentials_rejected", 401, "invalid_client")
        assert "another secret" not in str(error)


def test_django_refuses_a_form_and_the_error_speaks_of_the_requests_form() -> None:
    client = DjangoClient.of(1800)
    provider = evertoken.oauth2(f"{client.url}/auth/token", api=client.url, credentials=client.credentials)
    with source_of(provider) as source, pytest.raises(evertoken.EvertokenError) as refused:
        source.headers()
    assert (refused.value.code, refused.value.provider_code) == ("request_refused", "unsupported_grant_type")


@every_library
def test_tokens_that_django_revokes_are_replaced_and_callers_notice_nothing(get: Get) -> None:
    client, clock = DjangoClient.of(1800), LaterClock()
    with source_of(client.piwik_pro(), clock=clock) as source:
        url = source.url("/api/x")
        assert get(source, url, 1)[0].status == 200
        clock.advance(OLD_MS)
        client.revoke()
        assert [answer.status for answer in get(source, url, 50)] == [200] * 50
    assert client.token_requests() == 2


@every_library
def test_a_client_that_is_deleted_at_django_gets_the_apis_answer_and_the_source_knows_why(get: Get) -> None:
    client, clock = DjangoClient.of(1800), LaterClock()
    with source_of(evertoken.oro_platform(client.url, credentials=client.credentials), clock=clock) as source:
        url = source.url("/api/users")
        assert get(source, url, 1)[0].status == 200
        clock.advance(OLD_MS)
        # Its tokens go with it, so the API rejects the held one and no other comes.
        client.delete()
        assert get(source, url, 1)[0].status == 401
        assert source.explain().flight.error == "credentials_rejected"


@every_library
def test_a_plain_403_of_django_is_the_callers_answer(get: Get) -> None:
    client, clock = DjangoClient.of(1800), LaterClock()
    provider = evertoken.oauth2(
        f"{client.url}/auth/token", api=client.url, client_auth="body", body="json", credentials=client.credentials
    )
    with source_of(provider, clock=clock) as source:
        url = source.url("/stock")
        assert get(source, url, 1)[0].status == 200
        clock.advance(OLD_MS)
        client.revoke()
        assert get(source, url, 1)[0].status == 403
    assert client.token_requests() == 1


def test_a_thousand_tasks_make_one_token_request_at_django() -> None:
    client = DjangoClient.of(1800)

    async def tokens() -> set[str]:
        async with source_of(client.piwik_pro()) as source:
            return set(await asyncio.gather(*(source.atoken() for _ in range(1000))))

    assert len(asyncio.run(tokens())) == 1
    assert client.token_requests() == 1


def test_tokens_of_four_seconds_are_renewed_without_a_failed_call() -> None:
    client = DjangoClient.of(4)
    begun = time.monotonic()
    with source_of(client.piwik_pro()) as source:
        while client.token_requests() < 3:
            assert over_httpx(source, source.url("/api/x"))[0].status == 200
            time.sleep(0.05)
    lifetimes = 1 + (time.monotonic() - begun) / 4
    assert client.token_requests() <= 2 * lifetimes


@pytest.mark.parametrize(
    ("client_id", "client_secret", "client_auth"),
    [
        ("evertoken-basic", "not-a-secret-basic", "basic"),
        # Arrives only when both halves are form-encoded first.
        ("evertoken:basic", "a+b c%2F:/&=?~", "basic"),
        ("evertoken-post", "not-a-secret-post", "body"),
        ("evertoken-opaque", "not-a-secret-opaque", "body"),
    ],
)
def test_oidc_provider_grants_by_every_way_of_client_authentication_and_its_api_takes_the_token(
    client_id: str, client_secret: str, client_auth: str
) -> None:
    with source_of(at_oidc(client_id, client_secret, client_auth=client_auth)) as source:
        for get in ALL.values():
            [answer] = get(source, source.url("/x"), 1)
            assert (answer.status, answer.body["client_id"]) == (200, client_id)
        token = source.explain().token
    assert token is not None
    assert token.lifetime_ms == 1_800_000


@pytest.mark.parametrize(
    ("client_id", "client_secret", "client_auth"),
    [
        ("evertoken-basic", "another secret", "basic"),
        ("evertoken-post", "another secret", "body"),
        ("nobody", "not-a-secret-basic", "basic"),
        ("evertoken:basic", "a+b c%2F:/&=?~", "basic_raw"),
    ],
)
def test_oidc_provider_refuses_what_is_wrong_and_the_error_says_so(
    client_id: str, client_secret: str, client_auth: str
) -> None:
    provider = at_oidc(client_id, client_secret, client_auth=client_auth)
    with source_of(provider) as source, pytest.raises(evertoken.CredentialsError) as refused:
        source.headers()
    assert (refused.value.code, refused.value.provider_code) == ("credentials_rejected", "invalid_client")


def test_oidc_provider_refuses_a_json_body_and_the_error_speaks_of_the_requests_form() -> None:
    provider = at_oidc("evertoken-post", "not-a-secret-post", client_auth="body", body="json")
    with source_of(provider) as source, pytest.raises(evertoken.EvertokenError) as refused:
        source.headers()
    assert (refused.value.code, refused.value.provider_code) == ("request_refused", "invalid_request")


@every_library
def test_a_token_that_oidc_provider_revokes_is_replaced(get: Get) -> None:
    client_id, client_secret = "evertoken-opaque", "not-a-secret-opaque"
    clock = LaterClock()
    with source_of(at_oidc(client_id, client_secret, client_auth="body"), clock=clock) as source:
        url = source.url("/x")
        assert get(source, url, 1)[0].status == 200
        clock.advance(OLD_MS)
        token = source.token()
        revoke_at_oidc(token, client_id, client_secret)
        [answer] = get(source, url, 1)
        assert (answer.status, answer.body["client_id"]) == (200, client_id)
        assert source.token() != token
