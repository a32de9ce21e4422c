"""Waiting on threads and on the event loops of Python: asyncio's and trio's, both without a dependency."""

from __future__ import annotations

import contextvars
import sys
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine
    from typing import Any, Literal, Protocol

    Place = Literal["thread", "task", "own_loop"]
    """Where a flight runs: on a thread, as a task of the running event loop, or on a loop and thread of its own."""

    class Wakeup(Protocol):
        """Wakes one asynchronous caller."""

        def set(self) -> None:
            """Wakes it, from any thread; does nothing once its loop is gone."""

        def clear(self) -> None:
            """Lets the next ``wait`` block again."""

        async def wait(self) -> None:
            """Blocks until ``set``."""


class ThreadWakeup:
    """Wakes one blocked thread.

    Unlike a ``threading.Event`` it may be set by a signal handler or finaliser that runs in the waiting thread itself.
    """

    def __init__(self) -> None:
        from _thread import allocate_lock

        self._gate = allocate_lock()
        self._gate.acquire()

    def set(self) -> None:
        """Wakes the thread, now or when it waits next."""
        try:
            self._gate.release()
        except RuntimeError:  # it was set before
            return

    def clear(self) -> None:
        """Lets the next ``wait`` block again."""
        self._gate.acquire(blocking=False)

    def is_set(self) -> bool:
        """Says whether ``wait`` returns at once."""
        return not self._gate.locked()

    def wait(self, seconds: float | None = None) -> bool:
        """Blocks until ``set``, at most so long; false if the time is over."""
        if not self._gate.acquire(timeout=-1 if seconds is None else min(max(seconds, 0.0), _LONGEST)):
            return False
        self.set()
        return True


_LONGEST = 86_400.0


class _AsyncioWakeup:
    def __init__(self) -> None:
        import asyncio

        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def set(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._event.set)
        except RuntimeError:  # the loop is closed, and nobody waits there any more
            return

    def clear(self) -> None:
        self._event.clear()

    async def wait(self) -> None:
        await self._event.wait()


class _TrioWakeup:
    def __init__(self) -> None:
        import trio

        self._token = trio.lowlevel.current_trio_token()
        self._event = trio.Event()
        self._gone: type[Exception] = trio.RunFinishedError

    def set(self) -> None:
        try:
            self._token.run_sync_soon(self._event.set)
        except self._gone:
            return

    def clear(self) -> None:
        # A trio event is set once.
        if self._event.is_set():
            self._event = type(self._event)()

    async def wait(self) -> None:
        await self._event.wait()


def in_trio() -> bool:
    """Says whether the caller is a task of trio."""
    trio = sys.modules.get("trio")
    try:
        return trio is not None and trio.lowlevel.current_task() is not None
    except (AttributeError, RuntimeError):
        return False


def on_loop() -> bool:
    """Says whether the caller runs on an event loop."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return in_trio()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return in_trio()
    return True


def here() -> Place:
    """Says where a flight runs that a call starts which waits for nothing."""
    return "task" if on_loop() else "thread"


def wakeup() -> Wakeup:
    """Makes what wakes the asynchronous caller."""
    return _TrioWakeup() if in_trio() else _AsyncioWakeup()


def call_later(ms: int, callback: Callable[[], None]) -> Callable[[], None]:
    """Arms a timer on the caller's event loop; returns what cancels it."""
    if not in_trio():
        import asyncio

        return asyncio.get_running_loop().call_later(ms / 1000, callback).cancel
    import trio

    scope = trio.CancelScope()

    async def ring() -> None:
        with scope:
            await trio.sleep(ms / 1000)
            callback()

    trio.lowlevel.spawn_system_task(ring, context=contextvars.Context())
    return scope.cancel


class Home:
    """The event loop on which a flight is a task."""

    def __init__(self) -> None:
        self._thread = get_ident()
        self._loop: asyncio.AbstractEventLoop | None = None
        if not in_trio():  # which ends its tasks before it stops
            import asyncio

            self._loop = asyncio.get_running_loop()

    @property
    def is_stopped(self) -> bool:
        """The loop runs no task now, and perhaps never again."""
        return self._loop is not None and not self._loop.is_running()

    @property
    def is_blocked(self) -> bool:
        """The loop cannot go on before the current call returns."""
        return self._thread == get_ident() and not self.is_stopped


def spawn(run: Callable[[], Coroutine[Any, Any, None]], ended: Callable[[], None]) -> Callable[[], None]:
    """Runs a coroutine on the caller's event loop, as a task that inherits nothing of the caller's context.

    ``ended`` is called when the task is over, also when it was cancelled before it began. Returns what cancels it,
    from any thread.
    """
    if in_trio():
        return _spawn_on_trio(run, ended)
    import asyncio

    loop = asyncio.get_running_loop()
    # A task takes over the context in which it is made.
    task = contextvars.Context().run(loop.create_task, run())
    task.add_done_callback(lambda _: ended())
    # A loop may be closed with the task on its way, which harms nothing and need not be complained of.
    setattr(task, "_log_destroy_pending", False)  # noqa: B010

    def cancel() -> None:
        try:
            loop.call_soon_threadsafe(task.cancel)
        except RuntimeError:
            return

    return cancel


def _spawn_on_trio(run: Callable[[], Coroutine[Any, Any, None]], ended: Callable[[], None]) -> Callable[[], None]:
    import trio

    scope = trio.CancelScope()
    token = trio.lowlevel.current_trio_token()

    async def task() -> None:
        try:
            with scope:
                await run()
        finally:
            ended()

    trio.lowlevel.spawn_system_task(task, context=contextvars.Context())

    def cancel() -> None:
        try:
            token.run_sync_soon(scope.cancel)
        except trio.RunFinishedError:
            return

    return cancel


async def on_thread(call: Callable[[], Any]) -> Any:
    """Runs a function that may block off the event loop, with the task's context.

    A pool's threads are waited for when the loop or the program ends; one that hangs would keep both from it.
    """
    import threading

    done = wakeup()
    ended: list[tuple[Any, BaseException | None]] = []

    def run() -> None:
        try:
            ended.append((call(), None))
        except BaseException as error:
            ended.append((None, error))
        done.set()

    in_context = contextvars.copy_context().run
    try:
        threading.Thread(target=in_context, args=(run,), name="evertoken-credentials", daemon=True).start()
    except RuntimeError:
        # The interpreter is about to end, or the machine has no thread left.
        run()
    while not ended:
        await done.wait()
    result, error = ended[0]
    if error is not None:
        raise error
    return result
