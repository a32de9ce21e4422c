"""What the behaviour tests share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from shifted_clock import ShiftedClock
from token_endpoint import Sandbox, TokenEndpoint


@pytest.fixture
def endpoint(fresh_sandbox: Sandbox) -> Iterator[TokenEndpoint]:
    """The token endpoint of a sandbox as new; what it holds is let go afterwards."""
    endpoint = TokenEndpoint(fresh_sandbox)
    yield endpoint
    endpoint.release()
    gc.collect()


@pytest.fixture
def clock(endpoint: TokenEndpoint) -> ShiftedClock:
    """A clock that moves the sandbox's along."""
    return ShiftedClock(endpoint)
