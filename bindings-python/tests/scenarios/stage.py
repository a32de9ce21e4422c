"""Where calls run, on threads or on an event loop, and when none of them has anything left to do."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol, TypeVar

from .calls import Call, Client
from .clock import VirtualClock
from .format import Headers, Request, Token
from .threads import Threads

T = TypeVar("T")
Step = Headers | Token | Request

QUIET_TURNS = 4
"""How often an event loop comes round with nothing to do before it counts as quiet."""


class Stage(Protocol):
    """Runs the calls of one file after another."""

    threads: Threads

    def do(self, action: Callable[[], T]) -> T:
        """Does something where the clients are at home."""

    def call_soon(self, callback: Callable[[], None]) -> object:
        """Lets a due timer call back."""

    def begin(self, client: Client, step: Step, until: float) -> list[Call]:
        """Begins all calls of a step before any of them runs on."""

    def cancel(self, calls: Iterable[Call], clock: VirtualClock) -> None:
        """Cancels calls in the language's own way."""

    def run(self, look: Callable[[], object], until: float) -> bool:
        """Lets the clients run until none has anything to do, ``look`` included; False where that takes too long."""

    def stop(self, clients: Iterable[Client], calls: Iterable[Call], clock: VirtualClock) -> None:
        """Ends all calls and clients."""

    def left(self) -> list[str]:
        """Returns what still runs after all clients have been closed."""

    def close(self) -> None:
        """Ends the stage."""


class Crew:
    """Each call on a thread of its own."""

    def __init__(self) -> None:
        self.threads = Threads()

    def do(self, action: Callable[[], T]) -> T:
        return action()

    def call_soon(self, callback: Callable[[], None]) -> object:
        raise AssertionError("a synchronous caller has armed a timer of an event loop")

    def begin(self, client: Client, step: Step, until: float) -> list[Call]:
        calls = [Call() for _ in range(step.times)]

        def run(call: Call) -> None:
            call.returned = client.call(step)

        with self.threads.door_shut(until):
            for call in calls:
                call.thread = threading.Thread(target=run, args=(call,), daemon=True)
                call.thread.start()
        return calls

    def cancel(self, calls: Iterable[Call], clock: VirtualClock) -> None:
        for call in calls:
            if call.returned is None and call.thread is not None:
                clock.interrupt(call.thread)

    def run(self, look: Callable[[], object], until: float) -> bool:
        look()
        return self.threads.run(until)

    def stop(self, clients: Iterable[Client], calls: Iterable[Call], clock: VirtualClock) -> None:
        for client in clients:
            client.source.close()
            client.api.close()
        clock.stop()

    def left(self) -> list[str]:
        return [thread.name for thread in self.threads.alive()]

    def close(self) -> None:
        pass


class Loop:
    """Each call in a task; the event loop has a thread of its own, apart from the runner's."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loop", daemon=True)
        self._thread.start()
        self.threads = Threads()

    def do(self, action: Callable[[], T]) -> T:
        async def act() -> T:
            return action()

        return self._run(act())

    def call_soon(self, callback: Callable[[], None]) -> object:
        return self._loop.call_soon_threadsafe(callback)

    def begin(self, client: Client, step: Step, until: float) -> list[Call]:
        async def run(call: Call) -> None:
            call.returned = await client.acall(step)

        def begin() -> list[Call]:
            calls = [Call() for _ in range(step.times)]
            for call in calls:
                call.task = self._loop.create_task(run(call))
            return calls

        return self.do(begin)

    def cancel(self, calls: Iterable[Call], clock: VirtualClock) -> None:
        self.do(lambda: [call.task.cancel() for call in calls if call.task is not None])

    def run(self, look: Callable[[], object], until: float) -> bool:
        ready: Any = self._loop._ready  # type: ignore[attr-defined]

        async def run() -> bool:
            quiet = 0
            while quiet < QUIET_TURNS:
                look()
                await asyncio.sleep(0)
                quiet = 0 if ready else quiet + 1
                if time.monotonic() > until:
                    return False
            return True

        return self._run(run())

    def stop(self, clients: Iterable[Client], calls: Iterable[Call], clock: VirtualClock) -> None:
        async def stop() -> None:
            for client in clients:
                client.source.close()
                await client.api.aclose()
            await asyncio.sleep(0)
            for call in calls:
                if call.task is not None:
                    call.task.cancel()

        self._run(stop())

    def left(self) -> list[str]:
        return self.do(lambda: [repr(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()])

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _run(self, job: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(job, self._loop).result()
