"""One attempt on its way: an exchange, run on a thread or on an event loop, owned by no caller."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from evertoken import _native, _waiting
from evertoken._cause import failure_of, harmless
from evertoken._clock import Clock
from evertoken._errors import EvertokenError
from evertoken._providers import Provider
from evertoken._reentry import inside
from evertoken._transport import AsyncTransport, TokenAnswer, TokenRequest, Transport
from evertoken._transports import is_async, is_sync

TYPE_CHECKING = False
if TYPE_CHECKING:
    from evertoken._waiting import Place

Report = Callable[[int, "_native.Outcome | None", "BaseException | None"], None]
"""Takes the end of an attempt: its number, its outcome (none if it was ended), and the exception behind a failure."""


@dataclass(frozen=True)
class Flight:
    """Everything that an attempt needs, and nothing that keeps its source alive."""

    attempt: _native.Attempt
    provider: Provider
    credentials: Any
    transport: Transport | AsyncTransport
    clock: Clock
    policy: str | None
    body_limit: int
    inside: frozenset[int]
    report: Report
    place: Place

    def start_thread(self) -> None:
        """Runs it on a daemon thread that inherits no context; raises RuntimeError where no thread can be started."""
        run = contextvars.Context().run
        threading.Thread(
            target=run, args=(self._on_thread,), name=f"evertoken-{self.attempt.number}", daemon=True
        ).start()

    def _on_thread(self) -> None:
        # It ends a thread without a word, also where somebody listens for exceptions in threads.
        with suppress(SystemExit):
            self.run()

    def start_task(self) -> Callable[[], None]:
        """Runs it as a task of the running event loop; returns what cancels it."""
        return _waiting.spawn(self.arun, lambda: self.report(self.attempt.number, None, None))

    def run(self) -> None:
        """Runs it to its end on this thread."""
        if not is_sync(self.transport) or (self.place == "own_loop" and is_async(self.transport)):
            # Only the asynchronous half of a library is there, or credentials that want a loop.
            self._run_loop()
            return
        self.attempt.begin()
        token = inside.set(self.inside)
        ended: Ended = (None, None)
        try:
            ended = self._fly(self.transport)
        except Exception as error:
            # Its frames hold the request.
            ended = _failed(error, "the attempt broke off")
            harmless(error, secret_url=False)
        finally:
            # Who listens to what comes of it may ask the source.
            inside.reset(token)
            self.report(self.attempt.number, *ended)

    def _run_loop(self) -> None:
        import asyncio

        self.attempt.begin()
        running = self.arun()
        try:
            asyncio.run(running)
        except RuntimeError as error:  # where no thread could be started, a loop may run on this one
            running.close()
            self.report(self.attempt.number, *_failed(error, "the attempt broke off"))

    async def arun(self) -> None:
        """Runs it to its end on the event loop; a cancelled one ends without an outcome."""
        token = inside.set(self.inside)
        ended: Ended = (None, None)
        try:
            ended = await self._afly(self._asynchronous())
        except Exception as error:
            # Its frames hold the request.
            ended = _failed(error, "the attempt broke off")
            harmless(error, secret_url=False)
        finally:
            with suppress(ValueError):  # a task that is thrown away ends in another context
                inside.reset(token)
            self.report(self.attempt.number, *ended)

    def _fly(self, transport: Transport) -> Ended:
        try:
            credentials = self.credentials.get()
            headers = self.provider._headers.get()
        except Exception as error:
            return _failed(error, "the callable for credentials or headers failed")
        steps = self._exchange(credentials, headers)
        try:
            request = next(steps)
            while True:
                try:
                    answer = transport.send(request)
                except Exception as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(answer)
        except StopIteration as end:
            ended: Ended = end.value
            return ended

    async def _afly(self, transport: AsyncTransport) -> Ended:
        try:
            credentials = await self.credentials.aget()
            headers = await self.provider._headers.aget()
        except Exception as error:
            return _failed(error, "the callable for credentials or headers failed")
        steps = self._exchange(credentials, headers)
        try:
            request = next(steps)
            while True:
                try:
                    answer = await transport.asend(request)
                except Exception as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(answer)
        except StopIteration as end:
            ended: Ended = end.value
            return ended

    def _exchange(
        self, credentials: _native.Credentials, headers: list[tuple[str, str]]
    ) -> Generator[TokenRequest, TokenAnswer, Ended]:
        """Drives the core's exchange: yields requests, takes answers, returns the end and the exception behind it."""
        cause: BaseException | None = None
        exchange = _native.Exchange.begin(self.provider._grant, credentials, self.attempt.sent, self.policy)
        if isinstance(exchange, _native.Outcome):
            return exchange, None
        while True:
            request = exchange.next(headers)
            if isinstance(request, _native.Outcome):
                return request, cause
            secret_url = "?" in request.url
            try:
                answer = yield TokenRequest(
                    request.method,
                    request.url,
                    tuple(request.headers),
                    request.body,
                    max(self.attempt.abort_after_ms, 1) / 1000,
                    self.body_limit,
                )
            except Exception as error:
                cause = harmless(error, secret_url, _texts(request))
                exchange.fail(self.clock.now(), failure_of(error, "no answer"))
            else:
                exchange.answer(self.clock.now(), answer.status, list(answer.headers), answer.body, answer.truncated)

    def _asynchronous(self) -> AsyncTransport:
        assert is_async(self.transport), "a task is started for such a transport only"
        return self.transport


def _texts(request: _native.Request) -> list[str]:
    """What a request carries that may be secret."""
    body = repr(request.body)[2:-1] if request.body else ""
    return [request.url.partition("?")[2], body, *(value for _, value in request.headers)]


Ended = tuple["_native.Outcome | None", "BaseException | None"]


def _failed(error: Exception, part: str) -> Ended:
    if isinstance(error, EvertokenError):
        # What is wrong with a text is found where the text is at hand.
        harmless(error, secret_url=False)
    return _native.Outcome(failure_of(error, part)), error
