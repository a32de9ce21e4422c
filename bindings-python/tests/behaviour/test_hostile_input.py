"""Whatever is given, or comes from a server: a header or one of the package's own exceptions, never anything else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import evertoken
import pytest
from canned_transport import CannedTransport
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DESCRIPTORS = [
    json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[3] / "core" / "providers").glob("*.json"))
    if path.name != "provider.schema.json"
]
FAIL_FAST: evertoken.Policy = {"fetch_attempts": 1, "fetch_pause_ms": 1, "terminal_pause_ms": 1}

hostile = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

characters = st.characters(exclude_categories=[])  # lone surrogates too, as environment variables may have them
telling = st.sampled_from(
    [
        *(
            "https://",
            "http://",
            "//",
            "/",
            "\\",
            "?",
            "#",
            "@",
            ":",
            "%",
            "%2f",
            "..",
            ".",
            "acme.piwik.pro",
            "localhost",
        ),
        *("127.0.0.1", "[::1]", "\r\n", "\0", "é", "例え。jp", "xn--", ":443", ":99999", "{account}", "{", "\ud800"),
    ]
)
texts = st.one_of(st.text(characters, max_size=30), st.lists(telling | st.text(max_size=5), max_size=6).map("".join))
anything: st.SearchStrategy[Any] = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.binary(max_size=5), texts, st.builds(object)),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.integers(), st.text(max_size=2), max_size=2),
)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def tried(action: Callable[[], Any], *also: type[Exception]) -> Any:
    """Does it; what it raises, if anything, is the package's own and can be shown."""
    try:
        return action()
    except evertoken.EvertokenError as error:
        raised = error
    except also:
        return None
    assert raised.fix
    assert raised.error_class == "configuration" or "\n" not in str(raised)
    assert len(str(raised)) < 2_000
    return None


CONSTRUCTORS: dict[str, Callable[[Any, Any], evertoken.Provider]] = {
    "piwik_pro": lambda first, second: evertoken.piwik_pro(first, client_id=second, client_secret="s"),
    "piwik_pro, endpoint": lambda first, second: evertoken.piwik_pro(
        "acme.piwik.pro", client_id=second, endpoint=first
    ),
    "didomi": lambda first, second: evertoken.didomi(first, second),
    "didomi, endpoint": lambda first, second: evertoken.didomi("k", second, endpoint=first),
    "oro_commerce": lambda first, second: evertoken.oro_commerce(first, surface=second),
    "oro_commerce, prefix": lambda first, second: evertoken.oro_commerce(
        "https://shop.example", surface="back_office", backend_prefix=first, client_secret=second
    ),
    "oro_platform": lambda first, second: evertoken.oro_platform(first, client_secret=second),
    "oauth2": lambda first, second: evertoken.oauth2(first, api=second),
    "oauth2, client": lambda first, second: evertoken.oauth2(
        "https://idp.example/t", api="https://a.example", client_id=first, client_secret=second
    ),
    "oauth2, scopes": lambda first, second: evertoken.oauth2(
        "https://idp.example/t", api="https://a.example", scopes=[first], audience=second, resource=first
    ),
    "oauth2, parameters": lambda first, second: evertoken.oauth2(
        "https://idp.example/t", api="https://a.example", parameters={first: second}
    ),
    "oauth2, encoding": lambda first, second: evertoken.oauth2(
        "https://idp.example/t", api="https://a.example", client_auth=first, body=second
    ),
    "custom": lambda first, second: evertoken.custom(first, variables={"account": second}),
    "broker": lambda first, second: evertoken.broker(first, api=second),
    "broker, headers": lambda first, second: evertoken.broker(
        "https://a.example/t", api="https://a.example", headers={first: second}
    ),
    "fixed": lambda first, second: evertoken.fixed(first, api=second),
    "fixed, token": lambda first, second: evertoken.fixed(first, api="https://a.example"),
    "api.piwik_pro": lambda first, second: evertoken.fixed(second, api=evertoken.api.piwik_pro(first)),
    "api.oro_commerce": lambda first, second: evertoken.fixed(
        "t", api=evertoken.api.oro_commerce(first, surface=second)
    ),
}


def used(provider: evertoken.Provider) -> None:
    """Does with a provider what programs do."""
    repr(provider)
    hash(provider)
    source = evertoken.TokenSource(provider, transport=CannedTransport(), policy=FAIL_FAST, patience=5)
    tried(lambda: source.headers())
    tried(lambda: source.url("/api/x"))
    str(source.explain())


@pytest.mark.parametrize("name", CONSTRUCTORS)
@hostile
@given(first=texts, second=texts)
def test_any_text_makes_a_provider_or_a_typed_error(name: str, first: str, second: str) -> None:
    provider = tried(lambda: CONSTRUCTORS[name](first, second))
    if provider is not None:
        used(provider)


@pytest.mark.parametrize("name", CONSTRUCTORS)
@hostile
@given(first=anything, second=anything)
def test_any_type_makes_a_provider_or_a_typed_error(name: str, first: Any, second: Any) -> None:
    provider = tried(lambda: CONSTRUCTORS[name](first, second), TypeError)
    if provider is not None:
        used(provider)


@hostile
@given(document=documents)
def test_any_document_is_a_descriptor_or_a_typed_error(document: Any) -> None:
    tried(lambda: evertoken.custom(json.dumps(document)))
    tried(lambda: evertoken.custom(document), TypeError)


@st.composite
def bent_descriptors(draw: st.DrawFn) -> Any:
    """A descriptor that is right but for one place."""
    document = json.loads(json.dumps(draw(st.sampled_from(DESCRIPTORS))))
    place = document
    while True:
        keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return document
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], (dict, list)) and draw(st.booleans()):
            place = place[key]
            continue
        place[key] = draw(documents)
        return document


@settings(hostile, max_examples=400)
@given(document=bent_descriptors(), account=texts)
def test_a_bent_descriptor_works_or_is_a_typed_error(document: Any, account: str) -> None:
    secrets = {
        "client_id": "i",
        "client_secret": "sandbox-secret-s",
        "key": "k",
        "secret": "sandbox-secret-s",
        "token": "t",
    }
    variables = {"account": account, "url": "https://a.example"}
    for surface in (None, "back_office"):
        provider = tried(
            lambda surface=surface: evertoken.custom(
                document, variables=variables, surface=surface, credentials=secrets
            )
        )
        if provider is not None:
            used(provider)


@hostile
@given(named=st.dictionaries(texts, texts, max_size=4))
def test_any_credentials_are_used_or_a_typed_error(named: dict[str, str]) -> None:
    for credentials in (named, lambda: named):
        for make in (
            lambda given: evertoken.oro_platform("https://a.example", credentials=given),
            lambda given: evertoken.oauth2("https://a.example/t", api="https://a.example", credentials=given),
            lambda given: evertoken.custom(DESCRIPTORS[1], credentials=given),
        ):
            provider = tried(lambda credentials=credentials, make=make: make(credentials))
            if provider is not None:
                used(provider)


@hostile
@given(client_id=texts, client_secret=texts)
def test_any_client_of_plain_oauth_is_used_or_a_typed_error(client_id: str, client_secret: str) -> None:
    for client_auth in ("basic", "basic_raw", "body"):
        for body in ("form", "json"):
            provider = tried(
                lambda client_auth=client_auth, body=body: evertoken.oauth2(
                    "https://idp.example/t",
                    api="https://a.example",
                    client_id=client_id,
                    client_secret=client_secret,
                    client_auth=client_auth,
                    body=body,
                )
            )
            if provider is not None:
                used(provider)


class Answering:
    """Answers what it was told."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        return self._answer  # type: ignore[no-any-return]


class AsyncAnswering(Answering):
    """Answers it in an event loop."""

    async def asend(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        return self._answer  # type: ignore[no-any-return]

    send = property()  # type: ignore[assignment]


bodies = st.one_of(
    st.binary(max_size=50),
    documents.map(lambda document: json.dumps(document).encode("utf-8", "surrogatepass")),
    st.fixed_dictionaries(
        {"access_token": documents | st.just("a.b.c"), "expires_in": documents, "token_type": documents},
        optional={"error": documents, "error_description": texts},
    ).map(lambda document: json.dumps(document).encode("utf-8", "surrogatepass")),
)
header_pairs = st.lists(
    st.tuples(st.sampled_from(["retry-after", "content-type", "date", "location", "ratelimit"]) | texts, texts),
    max_size=4,
)


def provider_of(vendor: int) -> evertoken.Provider:
    return (
        evertoken.piwik_pro("acme.piwik.pro", client_id="i", client_secret="sandbox-secret-s"),
        evertoken.didomi("k", "sandbox-secret-s"),
        evertoken.oro_platform("https://crm.example", client_id="i", client_secret="sandbox-secret-s"),
        evertoken.oauth2(
            "https://a.example/t", api="https://a.example", client_id="i", client_secret="sandbox-secret-s"
        ),
    )[vendor]


@settings(hostile, max_examples=300)
@given(
    vendor=st.integers(0, 3), status=st.integers(0, 1000), headers=header_pairs, body=bodies, truncated=st.booleans()
)
def test_any_answer_of_a_server_is_a_token_or_a_typed_error(
    vendor: int, status: int, headers: list[tuple[str, str]], body: bytes, truncated: bool
) -> None:
    answer = evertoken.TokenAnswer(status=status, headers=tuple(headers), body=body, truncated=truncated)
    source = evertoken.TokenSource(provider_of(vendor), transport=Answering(answer), policy=FAIL_FAST, patience=5)
    header = tried(source.headers)
    if header is not None:
        assert 200 <= status < 300
        assert set(header) == {"Authorization"}
        assert header["Authorization"].isprintable()
    str(source.explain())


@hostile
@given(answer=st.builds(evertoken.TokenAnswer, anything, anything, anything, anything) | anything)
def test_any_nonsense_of_a_transport_is_a_typed_error(answer: Any) -> None:
    provider = provider_of(3)
    for transport in (Answering(answer), AsyncAnswering(answer)):
        source = evertoken.TokenSource(provider, transport=transport, policy=FAIL_FAST, patience=5)
        tried(source.headers)
        tried(lambda source=source: asyncio.run(source.aheaders()))


@hostile
@given(path=texts)
def test_any_path_is_a_url_of_the_api_or_a_typed_error(path: str) -> None:
    for vendor in range(4):
        source = evertoken.TokenSource(provider_of(vendor))
        url = tried(lambda source=source: source.url(path))
        tried(lambda source=source: source.content_type(path))
        if url is not None:
            assert url.startswith("https://")
            assert source.url(url) == url


@hostile
@given(min_valid=anything, patience=anything)
def test_any_time_of_a_call_is_used_or_a_typed_error(min_valid: Any, patience: Any) -> None:
    source = evertoken.TokenSource(provider_of(3), transport=CannedTransport())
    tried(lambda: source.headers(min_valid=min_valid), TypeError)
    tried(lambda: source.headers(patience=patience), TypeError)
    tried(lambda: asyncio.run(source.aheaders(min_valid=min_valid, patience=patience)), TypeError)
    tried(lambda: evertoken.TokenSource(provider_of(3), patience=patience), TypeError)
    tried(lambda: evertoken.httpx.Auth(source, min_valid=min_valid, patience=patience), TypeError)


@pytest.mark.parametrize("patience", [-1, -1e300, 1e30, 10**40], ids=repr)
def test_any_number_of_seconds_is_taken_for_a_time(patience: float) -> None:
    source = evertoken.TokenSource(provider_of(3), transport=CannedTransport())
    source.headers()
    assert source.headers(patience=patience)
    assert asyncio.run(source.aheaders(patience=patience, min_valid=patience))


@pytest.mark.parametrize("endless", [float("inf"), float("nan")], ids=repr)
def test_an_endless_time_is_refused_by_name(endless: float) -> None:
    source = evertoken.TokenSource(provider_of(3), transport=CannedTransport())
    for option in ("min_valid", "patience"):
        with pytest.raises(evertoken.ConfigurationError, match=option):
            source.headers(**{option: endless})
        with pytest.raises(evertoken.ConfigurationError, match=option):
            asyncio.run(source.atoken(**{option: endless}))


@hostile
@given(
    policy=st.dictionaries(
        st.sampled_from(["patience_ms", "window_divisor", "fetch_attempts"]) | texts, anything, max_size=3
    )
)
def test_any_policy_is_used_or_a_typed_error(policy: Any) -> None:
    source = tried(lambda: evertoken.TokenSource(provider_of(3), transport=CannedTransport(), policy=policy), TypeError)
    if source is not None:
        tried(source.headers)


@hostile
@given(credentials=anything)
def test_any_new_credentials_are_used_or_a_typed_error(credentials: Any) -> None:
    source = evertoken.TokenSource(provider_of(3), transport=CannedTransport(), policy=FAIL_FAST)
    tried(lambda: source.credentials_changed(credentials), TypeError)
    tried(source.headers)
