"""The token's header is sent and shown, but not copied."""

from __future__ import annotations

import pickle
from typing import Any

import evertoken
import evertoken.httpx
import evertoken.httpx2
import httpx
import httpx2
import pytest
from server import Server


@pytest.fixture(params=[(httpx, evertoken.httpx), (httpx2, evertoken.httpx2)], ids=["httpx", "httpx2"])
def sent(request: pytest.FixtureRequest, server: Server) -> tuple[Any, Any, str]:
    """The headers of a request on its way, the library, and the token."""
    library, adapter = request.param
    source = server.source("X-Api-Token")
    asked = library.Request("GET", f"{server.api}/things", headers={"X-One": "1"})
    flow = adapter.Auth(source).sync_auth_flow(asked)
    headers = next(flow).headers
    flow.close()
    return headers, library, source.token()


def test_the_header_is_sent(sent: tuple[Any, Any, str]) -> None:
    headers, _, token = sent
    assert (b"X-Api-Token", token.encode()) in headers.raw
    assert (b"X-One", b"1") in headers.raw


def test_the_header_is_shown_like_any_other(sent: tuple[Any, Any, str]) -> None:
    headers, library, token = sent
    assert isinstance(headers, library.Headers)
    assert headers["x-api-token"] == headers["X-API-TOKEN"] == headers.get("X-Api-Token") == token
    assert "x-api-token" in headers
    assert "x-other" not in headers
    assert ("x-api-token", token) in list(headers.items())
    assert ("x-api-token", token) in headers.multi_items()
    assert "x-api-token" in list(headers)
    assert "x-api-token" in headers.keys()  # noqa: SIM118
    assert token in list(headers.values())
    assert headers.get_list("x-api-token") == [token]
    assert len(headers) == len(headers.raw)
    assert headers == dict(headers.items())
    assert headers == headers
    assert headers != {}


def test_copies_lack_the_header(sent: tuple[Any, Any, str]) -> None:
    headers, library, token = sent
    for copy in (
        library.Headers(headers),
        headers.copy(),
        library.Request("GET", "http://x/", headers=headers).headers,
    ):
        assert "x-api-token" not in copy
        assert copy["x-one"] == "1"
        assert token.encode() not in b"".join(value for _, value in copy.raw)


def test_a_repr_hides_the_token(sent: tuple[Any, Any, str]) -> None:
    headers, _, token = sent
    assert token not in repr(headers)
    assert "x-api-token" in repr(headers)


def test_a_hook_may_replace_or_remove_the_header(sent: tuple[Any, Any, str]) -> None:
    headers, library, token = sent
    headers["X-One"] = "2"
    assert headers["x-api-token"] == token
    headers["x-api-token"] = "of a hook"
    assert headers["X-Api-Token"] == "of a hook"
    assert [value for name, value in headers.raw if name.lower() == b"x-api-token"] == [b"of a hook"]
    assert library.Headers(headers)["x-api-token"] == "of a hook"
    del headers["x-api-token"]
    assert "x-api-token" not in headers
    with pytest.raises(KeyError):
        headers["x-api-token"]


def test_what_a_hook_adds_is_sent_and_shown(sent: tuple[Any, Any, str]) -> None:
    headers, _, token = sent
    assert "x-two" not in headers
    headers["X-Three"] = "ü"
    headers.update({"X-Two": "2", "X-One": "one"})
    assert (headers["x-one"], headers["x-two"], headers["x-three"]) == ("one", "2", "ü")
    assert headers["x-api-token"] == token
    assert (b"X-Two", b"2") in headers.raw
    headers.update([("x-api-token", "of a hook")])
    assert headers["x-api-token"] == "of a hook"
    assert token.encode() not in b"".join(value for _, value in headers.raw)


def test_a_hook_may_remove_the_token(sent: tuple[Any, Any, str]) -> None:
    headers, _, token = sent
    assert headers.pop("X-Api-Token") == token
    assert "x-api-token" not in headers
    assert token.encode() not in b"".join(value for _, value in headers.raw)


def test_an_answer_can_be_pickled_with_its_request(server: Server) -> None:
    with evertoken.Client(server.provider()) as client:
        answer = client.get("/things")
    restored = pickle.loads(pickle.dumps(answer))
    assert restored.request.headers["authorization"] == answer.request.headers["authorization"]
    assert restored.status_code == 200


def test_a_library_whose_copies_are_complete_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    make = httpx.Headers.__init__

    def complete(self: Any, headers: Any = None, encoding: str | None = None) -> None:
        make(self, headers.raw if isinstance(headers, httpx.Headers) else headers, encoding)

    monkeypatch.setattr(httpx.Headers, "__init__", complete)
    with pytest.raises(evertoken.ConfigurationError) as raised:
        evertoken.httpx.Auth(server.source("X-Api-Token"))
    assert raised.value.code == "invalid_option"
