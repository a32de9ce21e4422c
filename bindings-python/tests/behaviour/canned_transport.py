"""A token endpoint inside of the process, for tests that count calls and decide answers themselves."""

from __future__ import annotations

import itertools
import json

import evertoken


class Answers:
    """The answers of a token endpoint that grants a new token each time."""

    def __init__(self, lifetime_s: object = 3600) -> None:
        self.lifetime_s = lifetime_s
        self.requests: list[evertoken.TokenRequest] = []
        self._serial = itertools.count(1)

    def answer(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        """Grants a token."""
        self.requests.append(request)
        body = {"token_type": "Bearer", "expires_in": self.lifetime_s, "access_token": f"token-{next(self._serial)}"}
        return evertoken.TokenAnswer(
            status=200, headers=(("content-type", "application/json"),), body=json.dumps(body).encode()
        )


class CannedTransport(Answers):
    """Answers on the thread that asks."""

    def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        return self.answer(request)


class AsyncCannedTransport(Answers):
    """Answers in the event loop that asks."""

    async def asend(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        return self.answer(request)
