"""A token as a broker hands it out: whoever gets it knows how long it still lives."""

from __future__ import annotations

import asyncio

import evertoken
import pytest
from shifted_clock import StandingClock


class Endpoint:
    """A token endpoint in the process."""

    def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        body = b'{"access_token": "a-token", "token_type": "mac", "expires_in": 3600}'
        return evertoken.TokenAnswer(status=200, headers=(), body=body)


def source(clock: StandingClock | None) -> evertoken.TokenSource:
    provider = evertoken.oauth2(
        "http://127.0.0.1:9/token", api="http://127.0.0.1:9/api", client_id="an-id", client_secret="a-fake-secret"
    )
    return evertoken.TokenSource(provider, transport=Endpoint(), clock=clock)


def test_it_states_what_is_left_and_not_what_there_was() -> None:
    clock = StandingClock()
    with source(clock) as tokens:
        assert tokens.token_response() == {"access_token": "a-token", "token_type": "Bearer", "expires_in": 3600}
        clock.advance(600_001)
        assert tokens.token_response()["expires_in"] == 2999


def test_it_is_the_same_on_an_event_loop() -> None:
    clock = StandingClock()
    with source(clock) as tokens:
        tokens.token_response()
        clock.advance(1_000)
        assert asyncio.run(tokens.atoken_response())["expires_in"] == 3599


def test_the_systems_clock_will_do() -> None:
    with source(None) as tokens:
        assert 3_590 <= tokens.token_response()["expires_in"] <= 3_600


def test_there_is_none_where_there_is_no_token() -> None:
    tokens = source(None)
    tokens.close()
    with pytest.raises(evertoken.ConfigurationError):
        tokens.token_response()
