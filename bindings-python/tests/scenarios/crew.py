"""Each call on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from .calls import Call, Client
from .clock import VirtualClock
from .stage import Stage, Step, T
from .threads import Threads


class Crew(Stage):
    """Synchronous calls; a call is cancelled by KeyboardInterrupt, as Ctrl-C does it in the main thread."""

    cancelled = KeyboardInterrupt

    def __init__(self) -> None:
        self.threads = Threads()

    def do(self, action: Callable[[], T]) -> T:
        return action()

    def call_soon(self, callback: Callable[[], None]) -> object:
        raise AssertionError("a synchronous caller has armed a timer of an event loop")

    def begin(self, client: Client, step: Step, clock: VirtualClock, until: float) -> list[Call]:
        def call() -> Call:
            call = Call(lambda: clock.interrupt(thread))
            thread = threading.Thread(target=lambda: call.end(client.call(step)), daemon=True)
            thread.start()
            return call

        with self.threads.door_shut(until):
            return [call() for _ in range(step.times)]

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
