"""What the adapters' tests share."""

from __future__ import annotations

import pytest
from callers import EVERY, ON_CLIENTS_OF_USERS, Caller
from server import Sandbox, Server


@pytest.fixture
def server(fresh_sandbox: Sandbox) -> Server:
    """The sandbox's OAuth 2 server as new."""
    return Server(fresh_sandbox)


@pytest.fixture(params=EVERY, ids=lambda caller: caller.name)
def caller(request: pytest.FixtureRequest) -> Caller:
    """Each library in turn."""
    caller: Caller = request.param
    return caller


@pytest.fixture(params=ON_CLIENTS_OF_USERS, ids=lambda caller: caller.name)
def shared_caller(request: pytest.FixtureRequest) -> Caller:
    """Each library in turn, with a client that also calls other origins."""
    caller: Caller = request.param
    return caller


@pytest.fixture(params=["Authorization", "X-Api-Token"])
def header(request: pytest.FixtureRequest) -> str:
    """The name of the header that carries the token: libraries know that the first one is secret."""
    name: str = request.param
    return name
