"""Each call in a task of trio."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import Future

import trio
import trio.testing

from .calls import Call, Client
from .clock import VirtualClock
from .stage import Stage, Step, T
from .threads import Threads


class Nursery(Stage):
    """Asynchronous calls without asyncio, in a run of trio that has a thread of its own."""

    cancelled = trio.Cancelled

    def __init__(self) -> None:
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=trio.run, args=(self._main, opened), name="nursery", daemon=True)
        self._thread.start()
        opened.result()
        self.threads = Threads()

    async def _main(self, opened: Future[None]) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._over = trio.Event()
        async with trio.open_nursery() as self._nursery:
            self._others = set(_tasks())
            opened.set_result(None)
            await self._over.wait()

    def do(self, action: Callable[[], T]) -> T:
        async def act() -> T:
            return action()

        return self._run(act)

    def call_soon(self, callback: Callable[[], None]) -> object:
        self._token.run_sync_soon(callback)
        return None

    def begin(self, client: Client, step: Step, clock: VirtualClock, until: float) -> list[Call]:
        def call() -> Call:
            scope = trio.CancelScope()
            call = Call(scope.cancel)

            async def run() -> None:
                with scope:
                    call.end(await client.acall(step))

            self._nursery.start_soon(run)
            return call

        with self.threads.door_shut(until):
            calls = self.do(lambda: [call() for _ in range(step.times)])
            self.run(lambda: None, until)
        return calls

    def run(self, look: Callable[[], object], until: float) -> bool:
        async def run() -> None:
            look()
            await trio.testing.wait_all_tasks_blocked()

        self._run(run)
        return self.threads.run(until)

    def stop(self, clients: Iterable[Client], calls: Iterable[Call], clock: VirtualClock) -> None:
        async def stop() -> None:
            for client in clients:
                client.source.close()
                await client.api.aclose()
            for call in calls:
                call.cancel()

        self._run(stop)

    def left(self) -> list[str]:
        def left() -> list[str]:
            here = trio.lowlevel.current_task()
            return [repr(task) for task in _tasks() if task not in self._others and task is not here]

        return [*self.do(left), *(thread.name for thread in self.threads.alive())]

    def close(self) -> None:
        self.do(self._over.set)
        self._thread.join()

    def _run(self, job: Callable[[], Awaitable[T]]) -> T:
        return trio.from_thread.run(job, trio_token=self._token)


def _tasks() -> Iterator[trio.lowlevel.Task]:
    """Returns all tasks of the run, system tasks included."""
    root = trio.lowlevel.current_root_task()
    waiting = [root] if root is not None else []
    while waiting:
        task = waiting.pop()
        yield task
        waiting += [child for nursery in task.child_nurseries for child in nursery.child_tasks]
