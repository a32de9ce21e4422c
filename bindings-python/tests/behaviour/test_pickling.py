"""Sources that go to other processes: by where their credentials are found, never with them."""

from __future__ import annotations

import base64
import copy
import multiprocessing
import pickle
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import evertoken
import evertoken.aiohttp
import evertoken.httpx
import evertoken.httpx2
import evertoken.requests
import httpx
import pytest
from evertoken import _native
from program import Program
from token_endpoint import TokenEndpoint


def importable_credentials() -> Mapping[str, str]:
    import os

    return {"client_id": os.environ["ORO_CLIENT_ID"], "client_secret": os.environ["ORO_CLIENT_SECRET"]}


def env_provider(endpoint: TokenEndpoint) -> evertoken.Provider:
    return evertoken.oro_commerce(endpoint.url, surface="back_office")


def headers_of(source: evertoken.TokenSource) -> str:
    return source.headers()["Authorization"][:7]


@pytest.fixture
def environment(endpoint: TokenEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """The credentials are in the environment."""
    for name, value in endpoint.environment.items():
        monkeypatch.setenv(name, value)


def test_a_source_of_the_environment_works_in_another_process(endpoint: TokenEndpoint) -> None:
    source = evertoken.TokenSource(env_provider(endpoint), patience=5)
    pickled = base64.b64encode(pickle.dumps(source)).decode()
    with Program("unpickled_source.py", endpoint) as program:
        program.say(pickled)
        assert program.end() == (0, ["Bearer "], "")
    assert endpoint.token_requests == 1


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_source_with_an_importable_callable_can_be_pickled(
    endpoint: TokenEndpoint, environment: None, protocol: int
) -> None:
    source = evertoken.TokenSource(
        endpoint.provider(credentials=importable_credentials), policy={"patience_ms": 5_000}, patience=7
    )
    source.headers()
    restored = pickle.loads(pickle.dumps(source, protocol))
    assert restored.headers()["Authorization"].startswith("Bearer ")
    assert restored.provider == source.provider
    assert endpoint.token_requests == 2


def test_a_source_goes_to_spawned_workers(endpoint: TokenEndpoint, environment: None) -> None:
    source = evertoken.TokenSource(env_provider(endpoint))
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("forkserver")) as pool:
        assert list(pool.map(headers_of, [source] * 4)) == ["Bearer "] * 4


def test_a_pickled_source_contains_no_token(endpoint: TokenEndpoint, environment: None) -> None:
    source = evertoken.TokenSource(env_provider(endpoint))
    token = source.token()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        pickled = pickle.dumps(source, protocol)
        assert token.encode() not in pickled
        assert endpoint.secret.encode() not in pickled


@pytest.mark.parametrize(
    "provider",
    [
        lambda: evertoken.piwik_pro("acme.piwik.pro", client_id="id", client_secret="sandbox-secret-literal"),
        lambda: evertoken.piwik_pro("acme.piwik.pro", client_secret="sandbox-secret-literal"),
        lambda: evertoken.didomi("key", "sandbox-secret-literal"),
        lambda: evertoken.oauth2(
            "https://idp.example/t", api="https://a.example", client_id="i", client_secret="sandbox-secret-literal"
        ),
        lambda: evertoken.fixed("sandbox-secret-literal", api="https://a.example"),
        lambda: evertoken.broker(
            "https://a.example/t", api="https://a.example", headers={"x-csrf": "sandbox-secret-literal"}
        ),
    ],
    ids=["piwik_pro", "piwik_pro, id from the environment", "didomi", "oauth2", "fixed", "broker"],
)
@pytest.mark.parametrize(
    "wrap", [lambda provider: provider, evertoken.TokenSource, lambda p: evertoken.httpx.Auth(evertoken.TokenSource(p))]
)
def test_a_literal_secret_is_not_pickled_and_the_error_says_what_to_do(
    provider: Callable[[], evertoken.Provider], wrap: Callable[[Any], object]
) -> None:
    with pytest.raises(TypeError) as caught:
        pickle.dumps(wrap(provider()))
    assert "sandbox-secret-literal" not in str(caught.value)
    assert "environment" in str(caught.value)
    assert "importable function" in str(caught.value)


def test_a_copy_of_a_source_is_the_source(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    assert copy.copy(source) is source
    assert copy.deepcopy({"auth": [source]})["auth"][0] is source


def test_a_copy_of_a_provider_stands_for_the_same_client(endpoint: TokenEndpoint) -> None:
    provider = endpoint.provider()
    for again in (copy.copy(provider), copy.deepcopy(provider)):
        assert again == provider
        assert hash(again) == hash(provider)
        assert evertoken.TokenSource(again).headers()


def test_a_deep_copy_of_a_request_with_auth_shares_the_source(endpoint: TokenEndpoint) -> None:
    source = endpoint.source()
    auth = copy.deepcopy({"auth": evertoken.httpx.Auth(source)})["auth"]
    with httpx.Client(auth=auth, base_url=endpoint.url) as client:
        assert client.get("/admin/api/users").status_code == 200
    source.headers()
    assert endpoint.token_requests == 1


def test_a_source_with_a_transport_that_can_be_pickled_keeps_it(endpoint: TokenEndpoint, environment: None) -> None:
    source = evertoken.TokenSource(env_provider(endpoint), transport=OneToken())
    restored = pickle.loads(pickle.dumps(source))
    assert restored.token() == "token-of-the-transport"
    assert endpoint.token_requests == 0


class OneToken:
    def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        return evertoken.TokenAnswer(
            status=200, headers=(), body=b'{"access_token":"token-of-the-transport","expires_in":60}'
        )


def test_equal_providers_are_those_of_the_same_client_and_grant(endpoint: TokenEndpoint) -> None:
    same, other = endpoint.provider(), endpoint.provider(client_id="another")
    assert endpoint.provider() == same
    assert {endpoint.provider(), same, other} == {same, other}
    assert same != other
    assert same != object()


def other_credentials() -> Mapping[str, str]:
    return importable_credentials()


class Vault:
    """Knows the credentials of one tenant."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant

    def credentials(self) -> Mapping[str, str]:
        return {"client_id": self.tenant, "client_secret": "sandbox-secret"}


ALICE, BOB = Vault("alice"), Vault("bob")
API = "https://api.example"
BROKER = "https://broker.example/token"

SAME: dict[str, Callable[[], evertoken.Provider]] = {
    "fixed": lambda: evertoken.fixed("a-token", api=API),
    "broker": lambda: evertoken.broker(BROKER, api=API, headers={"cookie": "session=alice"}),
    "broker, callable": lambda: evertoken.broker(BROKER, api=API, headers=importable_credentials),
    "environment": lambda: evertoken.piwik_pro("acme.piwik.pro"),
    "callable": lambda: evertoken.piwik_pro("acme.piwik.pro", credentials=importable_credentials),
    "method": lambda: evertoken.piwik_pro("acme.piwik.pro", credentials=ALICE.credentials),
    "secret": lambda: evertoken.piwik_pro("acme.piwik.pro", client_id="id", client_secret="sandbox-secret-a"),
}
OTHER: dict[str, Callable[[], evertoken.Provider]] = {
    "fixed": lambda: evertoken.fixed("another-token", api=API),
    "broker": lambda: evertoken.broker(BROKER, api=API, headers={"cookie": "session=bob"}),
    "broker, callable": lambda: evertoken.broker(BROKER, api=API, headers=other_credentials),
    "environment": lambda: evertoken.piwik_pro("acme.piwik.pro", client_id="id"),
    "callable": lambda: evertoken.piwik_pro("acme.piwik.pro", credentials=other_credentials),
    "method": lambda: evertoken.piwik_pro("acme.piwik.pro", credentials=BOB.credentials),
    "secret": lambda: evertoken.piwik_pro("acme.piwik.pro", client_id="id", client_secret="sandbox-secret-b"),
}


@pytest.mark.parametrize("kind", SAME)
def test_providers_are_equal_only_with_the_same_credentials_and_headers(kind: str) -> None:
    assert SAME[kind]() == SAME[kind]()
    assert hash(SAME[kind]()) == hash(SAME[kind]())
    assert SAME[kind]() != OTHER[kind]()


def test_the_sources_of_many_users_in_a_dictionary_are_not_mixed() -> None:
    made = [*SAME.values(), *OTHER.values()]
    sources = {make(): evertoken.TokenSource(make()) for make in made}
    assert len(sources) == len(made)
    assert sources[SAME["fixed"]()].token() == "a-token"
    assert sources[OTHER["fixed"]()].token() == "another-token"


def test_equal_credentials_are_compared_without_being_shown() -> None:
    one, same, other = (_native.Credentials({"token": secret}) for secret in ("sandbox-a", "sandbox-a", "sandbox-b"))
    assert one == same
    assert one != other
    assert one != object()
    assert hash(one) == hash(same) == hash(other)
    assert "sandbox-a" not in repr(one)


def test_parameters_that_were_given_as_text_are_not_pickled() -> None:
    provider = evertoken.oauth2(BROKER, api=API, parameters={"client_assertion": "sandbox-secret-literal"})
    for thing in (provider, evertoken.TokenSource(provider)):
        with pytest.raises(TypeError, match="parameters") as caught:
            pickle.dumps(thing)
        assert "sandbox-secret-literal" not in str(caught.value)
        assert "in each process" in str(caught.value)
    assert pickle.loads(pickle.dumps(evertoken.oauth2(BROKER, api=API))) == evertoken.oauth2(BROKER, api=API)


def test_a_source_that_was_given_other_credentials_as_text_is_not_pickled(
    endpoint: TokenEndpoint, environment: None
) -> None:
    source = evertoken.TokenSource(env_provider(endpoint))
    pickle.dumps(source)
    source.credentials_changed({"client_id": endpoint.id, "client_secret": "sandbox-secret-literal"})
    with pytest.raises(TypeError, match="environment") as caught:
        pickle.dumps(source)
    assert "sandbox-secret-literal" not in str(caught.value)


PROXY = "http://user:sandbox-secret-literal@proxy.example:3128"
TRANSPORTS: dict[str, Callable[[], Any]] = {
    "httpx": lambda: evertoken.httpx.Transport(proxy=PROXY),
    "httpx, async": lambda: evertoken.httpx.AsyncTransport(proxy=httpx.URL(PROXY)),
    "httpx, Proxy": lambda: evertoken.httpx.Transport(proxy=httpx.Proxy(PROXY)),
    "httpx, Proxy with auth": lambda: evertoken.httpx.Transport(
        proxy=httpx.Proxy("http://proxy.example:3128", auth=("user", "sandbox-secret-literal"))
    ),
    "httpx, cert": lambda: evertoken.httpx.Transport(cert=("a.pem", "a.key", "sandbox-secret-literal")),
    "httpx2": lambda: evertoken.httpx2.Transport(proxy=PROXY),
    "requests": lambda: evertoken.requests.Transport(proxies={"https": PROXY}),
    "aiohttp": lambda: evertoken.aiohttp.Transport(proxy=PROXY),
}


@pytest.mark.parametrize("kind", TRANSPORTS)
def test_a_secret_of_a_transport_is_not_pickled(endpoint: TokenEndpoint, kind: str) -> None:
    source = evertoken.TokenSource(env_provider(endpoint), transport=TRANSPORTS[kind]())
    with pytest.raises(TypeError, match="in each process") as caught:
        pickle.dumps(source)
    assert "sandbox-secret-literal" not in str(caught.value)


@pytest.mark.parametrize(
    "transport",
    [
        evertoken.httpx.Transport,
        lambda: evertoken.httpx.Transport(trust_env=False),
        lambda: evertoken.httpx.AsyncTransport(proxy=None),
        evertoken.httpx2.Transport,
        lambda: evertoken.requests.Transport(proxies={"https": "http://proxy.example:3128"}),
        evertoken.aiohttp.Transport,
    ],
)
def test_a_transport_without_a_secret_is_pickled_also_after_it_was_used(
    endpoint: TokenEndpoint, environment: None, transport: Callable[[], Any]
) -> None:
    source = evertoken.TokenSource(env_provider(endpoint), transport=transport())
    assert source.headers()
    assert pickle.loads(pickle.dumps(source)).headers()
    assert endpoint.token_requests == 2
