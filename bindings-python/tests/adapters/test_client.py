"""`Client` and `AsyncClient`: an httpx client of one API."""

from __future__ import annotations

import asyncio
from typing import Any

import evertoken
import evertoken.httpx
import evertoken.httpx2
import httpx
import httpx2
import pytest
from evertoken._waiting import ThreadWakeup
from server import Sandbox, Server

LIBRARIES = [pytest.param(httpx, evertoken.httpx, id="httpx"), pytest.param(httpx2, evertoken.httpx2, id="httpx2")]


def piwik(sandbox: Sandbox) -> evertoken.Provider:
    key = sandbox.about["keys"]["piwik_pro"]
    return evertoken.piwik_pro(sandbox.about["piwik_pro"]["http"], client_id=key["id"], client_secret=key["secret"])


def oro(sandbox: Sandbox, vendor: str = "oro") -> evertoken.Provider:
    key = sandbox.about["keys"]["oro_back_office"]
    return evertoken.oro_commerce(
        sandbox.about[vendor]["http"], surface="back_office", client_id=key["id"], client_secret=key["secret"]
    )


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
def test_a_client_is_one_of_the_library(server: Server, library: Any, adapter: Any) -> None:
    with adapter.Client(server.provider()) as client:
        assert isinstance(client, library.Client)
        assert str(client.base_url) == f"{server.api}/"
        assert client.get("/things").status_code == 200
    assert issubclass(adapter.AsyncClient, library.AsyncClient)
    assert issubclass(adapter.Auth, library.Auth)


def test_the_package_offers_the_clients_of_httpx() -> None:
    assert evertoken.Client is evertoken.httpx.Client
    assert evertoken.AsyncClient is evertoken.httpx.AsyncClient


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
def test_paths_are_the_vendors(fresh_sandbox: Sandbox, library: Any, adapter: Any) -> None:
    base = fresh_sandbox.about["oro_below_folder"]["http"]
    with adapter.Client(oro(fresh_sandbox, "oro_below_folder")) as client:
        assert client.get("/admin/api/users").status_code == 200
        assert client.get("admin/api/users", params={"page": 2}).status_code == 200
        assert client.get(f"{base}/admin/api/users").status_code == 200
        assert client.get(library.URL(f"{base}/admin/api/users")).status_code == 200
    targets = [entry["target"] for entry in fresh_sandbox.control("GET", "/log?kind=api")]
    assert targets == [f"/shop/admin/api/users{query}" for query in ("", "?page=2", "", "")]


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
@pytest.mark.parametrize(
    "url", ["https://example.com/", "/api/users", "//example.com/", "/admin/api/../../x", "ftp://x/"]
)
def test_a_url_outside_of_the_api_raises(fresh_sandbox: Sandbox, library: Any, adapter: Any, url: str) -> None:
    with adapter.Client(oro(fresh_sandbox)) as client, pytest.raises(evertoken.ConfigurationError) as raised:
        client.get(url)
    assert raised.value.code == "origin_not_allowed"
    assert raised.value.fix

    async def main() -> None:
        async with adapter.AsyncClient(oro(fresh_sandbox)) as client:
            await client.get(url)

    with pytest.raises(evertoken.ConfigurationError, match="origin_not_allowed"):
        asyncio.run(main())


def test_a_request_that_was_made_elsewhere_raises_too(server: Server) -> None:
    with (
        evertoken.Client(server.provider()) as client,
        pytest.raises(evertoken.ConfigurationError, match="origin_not_allowed"),
    ):
        client.send(httpx.Request("GET", server.elsewhere))
    assert server.log("elsewhere") == []


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
@pytest.mark.parametrize("option", [{"auth": ("user", "password")}, {"base_url": "https://example.com"}])
def test_options_that_follow_from_the_provider_are_refused(
    server: Server, library: Any, adapter: Any, option: dict[str, Any]
) -> None:
    for kind in (adapter.Client, adapter.AsyncClient):
        with pytest.raises(evertoken.ConfigurationError) as raised:
            kind(server.provider(), **option)
        assert raised.value.code == "invalid_option"
        assert "Leave it out" in raised.value.fix


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
def test_a_json_body_has_the_media_type_of_the_api(fresh_sandbox: Sandbox, library: Any, adapter: Any) -> None:
    with adapter.Client(piwik(fresh_sandbox)) as client:
        client.post("/api/apps/v2", json={"data": {}})
        client.post("/api/analytics/v1/query", json={})
        client.post("/api/apps/v2", json={}, headers={"content-type": "text/x-own"})
        client.post("/api/apps/v2", content=b"{}")
        client.headers["Content-Type"] = "text/x-of-the-client"
        client.post("/api/apps/v2", json={})
    types = [dict(entry["headers"]).get("content-type") for entry in fresh_sandbox.control("GET", "/log?kind=api")]
    assert types == ["application/vnd.api+json", "application/json", "text/x-own", None, "text/x-of-the-client"]


def test_a_client_closes_the_source_that_it_made_and_no_other(server: Server) -> None:
    shared = server.source()
    with evertoken.Client(shared):
        pass
    evertoken.Client(shared).close()
    shared.headers()

    client = evertoken.Client(server.provider())
    client.close()
    with pytest.raises(evertoken.ConfigurationError, match="closed"):
        client.source.headers()
    with evertoken.Client(server.provider()) as client:
        client.source.headers()
    with pytest.raises(evertoken.ConfigurationError, match="closed"):
        client.source.headers()

    async def main() -> None:
        async with evertoken.AsyncClient(shared):
            pass
        async with evertoken.AsyncClient(server.provider()) as client:
            await client.source.aheaders()
        with pytest.raises(evertoken.ConfigurationError, match="closed"):
            await client.source.aheaders()

    asyncio.run(main())
    shared.headers()


@pytest.mark.parametrize(("library", "adapter"), LIBRARIES)
def test_redirects_keep_their_history_and_their_limit(server: Server, library: Any, adapter: Any) -> None:
    server.redirect(302, "/api/two", path="/api/one")
    server.redirect(307, "/api/three", path="/api/two")
    with adapter.Client(server.provider(), follow_redirects=True) as client:
        answer = client.get("/one")
        assert answer.status_code == 200
        assert [hop.status_code for hop in answer.history] == [302, 307]
        assert answer.history[1].history == [answer.history[0]]
    assert all(request.headers["authorization"].startswith("Bearer ") for request in server.log())
    with adapter.Client(server.provider(), follow_redirects=True, max_redirects=1) as client:
        with pytest.raises(library.TooManyRedirects):
            client.get("/one")
        assert client.get("/two").status_code == 200
        assert client.get("/one", follow_redirects=False).status_code == 302


def test_a_redirected_answer_can_be_streamed(server: Server) -> None:
    server.redirect(302, "/api/two", path="/api/one")
    with (
        evertoken.Client(server.provider(), follow_redirects=True) as client,
        client.stream("GET", "/one") as answer,
    ):
        assert b"".join(answer.iter_raw()) != b""


def test_authentication_of_the_users_own_takes_no_part_in_ours(server: Server) -> None:
    server.redirect(307, f"{server.elsewhere}/catch", times=1)
    with evertoken.Client(server.provider(), follow_redirects=True) as client:
        client.get("/things", auth=("user", "password"))
    [first], [second] = server.log(), server.log("elsewhere")
    assert first.headers["authorization"].startswith("Basic ")
    assert "authorization" not in second.headers
    assert server.token_requests == 0


class WaitingClock(evertoken.Clock):
    """Notes how long callers are about to wait at most."""

    def __init__(self) -> None:
        self.waits_ms: list[int] = []

    def wait(self, wakeup: ThreadWakeup, ms: int) -> None:
        self.waits_ms.append(ms)
        super().wait(wakeup, ms)


@pytest.mark.parametrize(
    ("options", "timeout", "longest_ms"),
    [
        ({}, httpx.Timeout(0.05, read=0.2), 200),
        ({"patience": 0.1}, None, 100),
        ({"patience": 0.1}, httpx.Timeout(0.05), 100),
    ],
)
def test_a_call_waits_no_longer_for_a_token_than_its_largest_time_out(
    server: Server, options: dict[str, Any], timeout: Any, longest_ms: int
) -> None:
    server.fault({"type": "hang"}, kind="token")
    clock = WaitingClock()
    auth = evertoken.httpx.Auth(server.source(clock=clock), **options)
    with httpx.Client(auth=auth, timeout=timeout) as client, pytest.raises(evertoken.DeadlineError):
        client.get(f"{server.api}/things")
    assert longest_ms - 50 <= max(clock.waits_ms) <= longest_ms
    server.mend()
    server.release()


@pytest.mark.parametrize("wrong", [{"min_valid": float("nan")}, {"patience": float("inf")}])
def test_a_time_that_is_none_is_refused(server: Server, wrong: dict[str, float]) -> None:
    with pytest.raises(evertoken.ConfigurationError, match="invalid_option"):
        evertoken.httpx.Auth(server.source(), **wrong)
