"""What a source raises: typed, with stable codes, made to be pickled, and never in the way of other exceptions."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import traceback
from datetime import datetime, timezone
from typing import Any

import evertoken
import pytest
from crowd import Crowd
from evertoken import _errors, _native
from token_endpoint import TokenEndpoint, eventually

CATALOGUE: list[dict[str, Any]] = json.loads(_native.catalogues()[0])
CLASSES = {
    "account": evertoken.AccountError,
    "cancelled": evertoken.CallCancelledError,
    "configuration": evertoken.ConfigurationError,
    "credentials": evertoken.CredentialsError,
    "deadline": evertoken.DeadlineError,
    "protocol": evertoken.ProtocolError,
    "throttled": evertoken.ThrottledError,
    "transient": evertoken.TransientError,
    "transport": evertoken.TransportError,
}

every_code = pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry["code"])


def error_of(entry: dict[str, Any]) -> evertoken.EvertokenError:
    return _errors.exception(_native.Failure(entry["code"], "what happened", status=503, provider_code="its_code"))


def test_the_catalogue_has_a_class_for_every_code_and_a_code_for_every_class() -> None:
    assert {entry["class"] for entry in CATALOGUE} | {"cancelled"} == set(CLASSES)
    assert len(CATALOGUE) >= 27


@every_code
def test_an_error_is_what_the_catalogue_says(entry: dict[str, Any]) -> None:
    error = error_of(entry)
    assert type(error) is CLASSES[entry["class"]]
    assert isinstance(error, evertoken.EvertokenError)
    assert (error.code, error.error_class, error.retryable) == (entry["code"], entry["class"], entry["retryable"])
    assert error.fix == entry["fix"]
    assert (error.description, error.status, error.provider_code) == ("what happened", 503, "its_code")
    assert error.code in str(error)
    assert error.fix in str(error)
    assert "\n" not in str(error)


@every_code
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_survives_pickling(entry: dict[str, Any], protocol: int) -> None:
    error = error_of(entry)
    restored = pickle.loads(pickle.dumps(error, protocol))
    assert type(restored) is type(error)
    assert str(restored) == str(error)
    assert {name: getattr(restored, name) for name in evertoken.EvertokenError.__annotations__} == {
        name: getattr(error, name) for name in evertoken.EvertokenError.__annotations__
    }
    assert restored == error
    assert hash(restored) == hash(error)


@every_code
def test_an_error_can_be_copied(entry: dict[str, Any]) -> None:
    error = error_of(entry)
    assert str(copy.copy(error)) == str(copy.deepcopy(error)) == str(error)


def test_only_deadline_errors_are_timeout_errors() -> None:
    for name, kind in CLASSES.items():
        assert issubclass(kind, TimeoutError) is (name == "deadline")
        assert not issubclass(kind, asyncio.CancelledError)


def test_what_others_note_on_an_error_is_pickled_with_it() -> None:
    error = error_of(CATALOGUE[0])
    error.__notes__ = ["seen by a test"]  # type: ignore[attr-defined]  # what add_note does since 3.11
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["seen by a test"]


def test_refused_credentials_say_what_to_do(endpoint: TokenEndpoint) -> None:
    source = evertoken.TokenSource(endpoint.provider(client_secret="sandbox-secret-wrong"))
    with pytest.raises(evertoken.CredentialsError) as caught:
        source.headers()
    error = caught.value
    assert (error.code, error.status, error.provider_code) == ("credentials_rejected", 401, "invalid_client")
    assert error.retryable is False
    assert "Oro" in error.fix


def test_a_second_call_after_a_terminal_failure_fails_at_once_and_says_until_when(endpoint: TokenEndpoint) -> None:
    source = evertoken.TokenSource(endpoint.provider(client_secret="sandbox-secret-wrong"))
    for _ in range(5):
        with pytest.raises(evertoken.CredentialsError) as caught:
            source.headers()
    assert caught.value.retry_at is not None
    assert caught.value.retry_at.tzinfo is not None
    assert caught.value.retry_at > datetime.now(timezone.utc)
    assert endpoint.token_requests == 1


def test_a_throttled_endpoint_is_not_asked_again_before_it_wants(endpoint: TokenEndpoint) -> None:
    endpoint.fault({"type": "throttle", "status": 429, "retry_after": {"seconds": 120}})
    source = endpoint.source()
    for _ in range(5):
        with pytest.raises(evertoken.ThrottledError) as caught:
            source.headers()
    assert caught.value.retryable
    assert caught.value.retry_at is not None
    left = (caught.value.retry_at - datetime.now(timezone.utc)).total_seconds()
    assert 60 < left <= 120
    assert endpoint.token_requests == 1


def test_each_caller_gets_an_exception_of_its_own(endpoint: TokenEndpoint) -> None:
    source = evertoken.TokenSource(endpoint.provider(client_secret="sandbox-secret-wrong"))
    endpoint.hold()

    def fail() -> evertoken.EvertokenError:
        with pytest.raises(evertoken.EvertokenError) as caught:
            source.headers()
        return caught.value

    with Crowd(10, fail) as crowd:
        eventually(lambda: source.explain().waiting == 10)
        endpoint.release()
        errors = crowd.results()
    assert len({id(error) for error in errors}) == 10
    assert len({str(error) for error in errors}) == 1
    assert endpoint.token_requests == 1


def test_the_cause_of_a_transport_error_is_the_librarys_own_exception(endpoint: TokenEndpoint) -> None:
    endpoint.fault({"type": "drop"})
    with pytest.raises(evertoken.TransportError) as caught:
        endpoint.source(policy={"fetch_attempts": 1}).headers()
    assert caught.value.code == "transport_failed"
    assert isinstance(caught.value.__cause__, Exception)
    assert not isinstance(caught.value.__cause__, evertoken.EvertokenError)


def test_an_endpoint_that_nobody_serves_is_a_transport_error_with_its_cause() -> None:
    provider = evertoken.oauth2(
        "http://127.0.0.1:9/token", api="http://127.0.0.1:9/", client_id="id", client_secret="sandbox-secret-x"
    )
    with pytest.raises(evertoken.TransportError) as caught:
        evertoken.TokenSource(provider, policy={"fetch_attempts": 1}).headers()
    assert caught.value.__cause__ is not None
    assert "refused" in "".join(traceback.format_exception(caught.value)).lower()


def test_the_cause_reaches_every_caller_of_a_failed_flight(endpoint: TokenEndpoint) -> None:
    source = endpoint.source(policy={"fetch_attempts": 1})
    endpoint.hold(decide="release")

    def cause() -> BaseException | None:
        with pytest.raises(evertoken.EvertokenError) as caught:
            source.headers()
        return caught.value.__cause__

    with Crowd(5, cause) as crowd:
        eventually(lambda: source.explain().waiting == 5)
        endpoint.wait_until_held()
        endpoint.release(instead={"type": "drop"})
        assert all(isinstance(found, Exception) for found in crowd.results())


def test_failures_of_the_api_itself_stay_the_http_librarys_own(endpoint: TokenEndpoint) -> None:
    import httpx

    endpoint.fault({"type": "drop"}, kind="api")
    with evertoken.Client(endpoint.provider()) as client, pytest.raises(httpx.TransportError) as caught:
        client.get("/admin/api/users")
    assert not isinstance(caught.value, evertoken.EvertokenError)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: evertoken.piwik_pro("acme"),
        lambda: evertoken.piwik_pro(""),
        lambda: evertoken.piwik_pro("http://acme.piwik.pro"),
        lambda: evertoken.oro_commerce("https://user:pass@shop.example", surface="back_office"),
        lambda: evertoken.oro_commerce("https://shop.example", surface="backoffice"),  # type: ignore[arg-type]
        lambda: evertoken.custom("{"),
        lambda: evertoken.custom({"token": {}}),
        lambda: evertoken.oauth2(
            "http://idp.example/token", api="https://api.example", client_id="a", client_secret="b"
        ),
        lambda: evertoken.TokenSource(evertoken.piwik_pro("acme.piwik.pro"), policy={"patience": 1}),
        lambda: evertoken.TokenSource(evertoken.piwik_pro("acme.piwik.pro"), policy={"window_divisor": 0}),
    ],
)
def test_a_wrong_set_up_is_a_configuration_error_where_it_is_made(wrong: Any) -> None:
    with pytest.raises(evertoken.ConfigurationError) as caught:
        wrong()
    assert caught.value.fix


def test_a_url_of_another_origin_is_refused_by_name(endpoint: TokenEndpoint) -> None:
    with pytest.raises(evertoken.ConfigurationError) as caught:
        endpoint.source().url("https://elsewhere.example/x")
    assert caught.value.code == "origin_not_allowed"


def test_errors_are_documented_by_their_class() -> None:
    for kind in CLASSES.values():
        assert kind.__doc__
        assert kind.__module__ in {"evertoken", "evertoken._errors"}
        assert getattr(evertoken, kind.__name__) is kind
