"""Each call in a task of asyncio."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from .calls import Call, Client
from .clock import VirtualClock
from .stage import Stage, Step, T
from .threads import Threads

QUIET_TURNS = 4
"""How often the event loop comes round with nothing to do before it counts as quiet."""


class Loop(Stage):
    """Asynchronous calls, on an event loop that has a thread of its own."""

    cancelled = asyncio.CancelledError

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

    def begin(self, client: Client, step: Step, clock: VirtualClock, until: float) -> list[Call]:
        def call() -> Call:
            call = Call(lambda: task.cancel())

            async def run() -> None:
                call.end(await client.acall(step))

            task = self._loop.create_task(run())
            return call

        with self.threads.door_shut(until):
            calls = self.do(lambda: [call() for _ in range(step.times)])
            self.run(lambda: None, until)
        return calls

    def run(self, look: Callable[[], object], until: float) -> bool:
        ready: Any = self._loop._ready  # type: ignore[attr-defined]

        async def run() -> bool:
            quiet = 0
            while quiet < QUIET_TURNS:
                look()
                await asyncio.sleep(0)
                quiet = 0 if ready or self.threads.runnable() else quiet + 1
                if time.monotonic() > until:
                    return False
            return True

        return self._run(run())

    def stop(self, clients: Iterable[Client], calls: Iterable[Call], clock: VirtualClock) -> None:
        async def stop() -> None:
            for client in clients:
                client.source.close()
                await client.api.aclose()
            for call in calls:
                call.cancel()

        self._run(stop())

    def left(self) -> list[str]:
        tasks = self.do(lambda: [repr(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()])
        return [*tasks, *(thread.name for thread in self.threads.alive())]

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _run(self, job: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(job, self._loop).result()
