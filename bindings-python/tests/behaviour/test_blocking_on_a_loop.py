"""A synchronous call on the thread of an event loop."""

from __future__ import annotations

import asyncio

import evertoken
import pytest

TOKEN = b'{"token_type": "Bearer", "expires_in": 1800, "access_token": "made-up"}'


class Slow:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()

    async def asend(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        self.asked.set()
        await self.answer.wait()
        return evertoken.TokenAnswer(200, (), TOKEN)


async def test_it_is_refused_at_once_while_the_token_request_is_a_task_of_that_loop() -> None:
    slow = Slow()
    provider = evertoken.piwik_pro("acme.piwik.pro", client_id="fake-id", client_secret="fake-secret")
    source = evertoken.TokenSource(provider, transport=slow)
    waiting = asyncio.create_task(source.aheaders())
    await slow.asked.wait()
    with pytest.raises(evertoken.ConfigurationError) as refused:
        source.headers()
    assert refused.value.code == "reentrant"
    assert "aheaders" in refused.value.fix
    slow.answer.set()
    assert await waiting == {"Authorization": "Bearer made-up"}
    assert source.headers() == {"Authorization": "Bearer made-up"}
