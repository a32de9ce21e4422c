"""The loop between callers and the machine: it carries out what the machine says, and decides nothing."""

from __future__ import annotations

import itertools
import os
import weakref
from _thread import RLock

from evertoken import _native, _waiting
from evertoken._cause import failure_of
from evertoken._clock import Clock
from evertoken._errors import EvertokenError, exception
from evertoken._reentry import inside
from evertoken._transports import Transports, is_async

# What takes long to import is imported where it is first needed.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any, TypeAlias, TypeVar

    from evertoken._events import Event
    from evertoken._flight import Report
    from evertoken._policy import Policy
    from evertoken._providers import Provider
    from evertoken._transport import AsyncTransport, Transport
    from evertoken._waiting import Place

    T = TypeVar("T")
    Answer: TypeAlias = _native.Snapshot | _native.Failure
    # Yields whose answer is waited for, if anybody's, and until when; is sent the answer, none if the time came first.
    Waiting: TypeAlias = Generator[tuple[_native.Seat | None, int], Answer | None, T]

_NUMBERS = itertools.count(1)


class Shell:
    """What the handles of one source share. No lock is held here; the machine's own is held while no Python runs."""

    def __init__(
        self,
        provider: Provider,
        transport: Transport | AsyncTransport | None,
        policy: Policy | None,
        on_event: Callable[[Event], None] | None,
        clock: Clock | None,
    ) -> None:
        # With the first source, not in the middle of a call: Ctrl-C in an import has side effects.
        from evertoken._flight import Flight
        from evertoken._telling import tell

        self._new_flight = Flight
        self._tell_one = tell
        self.number = next(_NUMBERS)
        self.provider = provider
        self.credentials: Any = provider._credentials
        self.transports = Transports(transport)
        self.policy = None if policy is None else _json(policy)
        self._machine = _native.Machine(_seed(), self.policy)
        self._process = os.getpid()
        self._forks: dict[int, RLock] = {}
        self.body_limit = self.machine.policy_number("body_limit_bytes")
        self.patience_ms = self.machine.policy_number("patience_ms")
        self.on_event = on_event
        self.clock = clock or Clock()
        # The system's clocks are read by the machine itself.
        self._told = type(self.clock) is not Clock
        self._flights: dict[int, Callable[[], None]] = {}
        # The event loops on which they are tasks.
        self._homes: dict[int, _waiting.Home] = {}
        self._causes: dict[str, BaseException] = {}

    @property
    def machine(self) -> _native.Machine:
        """The machine, which starts over in a child process: there the parent's flights and callers do not exist.

        A hook of ``os.fork`` would miss servers that fork in C.
        """
        if self._process != os.getpid():
            self._start_over()
        return self._machine

    def now(self) -> tuple[int, int, int] | None:
        """Returns what the machine is told of the present, unless it reads the clocks itself."""
        return (*self.clock.now(), self.clock.entropy()) if self._told else None

    def obtain(self, min_valid_ms: int, patience_ms: int) -> _native.Snapshot:
        """Gets a token from the machine, blocking as long as it says."""
        return self._block(self._obtaining(min_valid_ms, patience_ms, "thread"))

    async def aobtain(self, min_valid_ms: int, patience_ms: int) -> _native.Snapshot:
        """Gets a token from the machine, waiting on the event loop as long as it says."""
        return await self._await(self._obtaining(min_valid_ms, patience_ms, "task"))

    def recover(self, generation: int, replayable: bool, retried: bool, patience_ms: int) -> _native.Snapshot | None:
        """Says with which token a rejected call is sent again; ``None`` gives the caller the API's own answer."""
        return self._block(self._recovering(generation, replayable, retried, patience_ms, "thread"))

    async def arecover(
        self, generation: int, replayable: bool, retried: bool, patience_ms: int
    ) -> _native.Snapshot | None:
        """The same on the event loop."""
        return await self._await(self._recovering(generation, replayable, retried, patience_ms, "task"))

    def _obtaining(self, min_valid_ms: int, patience_ms: int, place: Place) -> Waiting[_native.Snapshot]:
        if self.number in inside.get():
            raise exception(_native.Failure("reentrant"))
        until = self._mono() + patience_ms
        waited = False
        while True:
            left = max(0, until - self._mono())
            step = self.carry_out(self.machine.want(min_valid_ms, left, waited, self.now()), place)
            if step.seat is not None:
                if place == "thread" and self._would_block_flight():
                    if waited:
                        fix = "On an event loop, await aheaders(): a blocking call stops the loop of the token request."
                        raise exception(_native.Failure("reentrant", None, fix))
                else:
                    answer = yield step.seat, step.until_ms or 0
                    if answer is not None:
                        return self._got(answer)
                waited = True
            elif step.rest_ms is not None:
                yield None, self._mono() + min(step.rest_ms, left)
            else:
                return self._got(step.snapshot or step.failure)

    def _recovering(
        self, generation: int, replayable: bool, retried: bool, patience_ms: int, place: Place
    ) -> Waiting[_native.Snapshot | None]:
        if self.number in inside.get():
            return None
        until = self._mono() + patience_ms
        step = self.machine.rejected(generation, replayable, retried, patience_ms, self.now())
        step = self.carry_out(step, place)
        if step.seat is not None:
            if place == "thread" and self._would_block_flight():
                return None
            return _other((yield step.seat, step.until_ms or 0), generation)
        if step.rest_ms is None:
            return step.snapshot
        if step.rest_ms > patience_ms:
            return None
        yield None, self._mono() + step.rest_ms
        try:
            return (yield from self._obtaining(0, max(0, until - self._mono()), place))
        except EvertokenError:
            return None

    def carry_out(self, step: _native.Step, place: Place) -> _native.Step:
        """Does what a step asks of the host: starts flights at a place and ends others, wakes callers, tells events."""
        for number in step.given_up:
            cancel = self._flights.pop(number, None)
            self._homes.pop(number, None)
            if cancel is not None:
                cancel()
        for attempt in step.starts:
            self._start(attempt, step, place)
        for wake in step.wakes:
            wake()
        self._tell()
        return step

    def explain(self) -> _native.Explained:
        """Returns the machine's picture of itself."""
        return self.machine.explain(self.now())

    def __del__(self) -> None:
        for cancel in list(self.__dict__.get("_flights", {}).values()):
            cancel()

    def _start_over(self) -> None:
        """Forgets the parent's flights and callers, before any thread of this process asks the machine."""
        process = os.getpid()
        # A lock of this process alone: another one may have been held at a fork.
        with self._forks.setdefault(process, RLock()):
            if self._process == process:
                return
            # Tasks of the parent's event loop would complain of their end.
            _LEFT_BEHIND.append(self._flights)
            self._flights = {}
            self._homes = {}
            step = self._machine.fork(_seed(), self.now())
            self._process = process
        self.carry_out(step, "thread")

    def _start(self, attempt: _native.Attempt, step: _native.Step, place: Place) -> None:
        try:
            transport = self.transports.choose(asynchronous=place != "thread")
        except Exception as error:
            self._ended(
                attempt.number, _native.Outcome(failure_of(error, "the transport cannot be made")), error, place
            )
            return
        if place == "task" and _waiting.in_trio() and getattr(transport, "asyncio_only", False):
            place = "own_loop"
        flight = self._new_flight(
            attempt=attempt,
            provider=self.provider,
            credentials=self.credentials,
            transport=transport,
            clock=self.clock,
            policy=self.policy,
            body_limit=self.body_limit,
            inside=inside.get() | {self.number},
            report=_report_to(weakref.ref(self), place),
            place=place,
        )
        if place == "task" and is_async(transport):
            self._flights[attempt.number] = _nothing
            self._homes[attempt.number] = _waiting.Home()
            cancel = flight.start_task()
            attempt.begin()
            if attempt.number in self._flights:  # an eager task may have ended already
                self._flights[attempt.number] = cancel
            return
        try:
            flight.start_thread()
        except RuntimeError:
            # The interpreter is about to end, or the machine has no thread left.
            if step.verdict in ("use", "retry_with"):
                self.carry_out(self.machine.abandoned(attempt.number, self.now()), "thread")
            else:
                flight.run()

    def _ended(self, number: int, outcome: _native.Outcome | None, cause: BaseException | None, place: Place) -> None:
        self._flights.pop(number, None)
        self._homes.pop(number, None)
        if outcome is None:
            step = self.machine.abandoned(number, self.now())
        else:
            failure = outcome.failure
            if failure is None:
                self._causes.clear()
            elif cause is not None:
                self._causes[failure.code] = cause
            step = self.machine.finished(number, outcome, self.now())
        if place == "task" and (outcome is None or not _waiting.on_loop()):
            # A task without an outcome was cancelled, mostly because its loop ends: what follows would not run there.
            place = "own_loop"
        self.carry_out(step, place)

    def _got(self, answer: Answer | None) -> _native.Snapshot:
        if isinstance(answer, _native.Snapshot):
            return answer
        failure = answer or _native.Failure("misuse", "the machine gave no token and no reason")
        raise exception(failure) from self._causes.get(failure.code)

    def _block(self, steps: Waiting[T]) -> T:
        """Blocks as long as the steps wait, in a primitive of Python alone."""
        answer: Answer | None = None
        try:
            while True:
                answer = self._wait(*steps.send(answer))
        except StopIteration as end:
            result: T = end.value
            return result
        except BaseException:
            # Ctrl-C may come between the machine's order and the start of a flight, for which others would wait.
            self.carry_out(self.machine.forsake(self.now()), "thread")
            raise

    async def _await(self, steps: Waiting[T]) -> T:
        """Waits on the event loop as long as the steps do."""
        answer: Answer | None = None
        try:
            while True:
                answer = await self._await_one(*steps.send(answer))
        except StopIteration as end:
            result: T = end.value
            return result

    def _wait(self, seat: _native.Seat | None, until_ms: int) -> Answer | None:
        """Blocks until the seat has an answer; ``None`` if ``until_ms`` comes first."""
        wakeup = _waiting.ThreadWakeup()
        self._take(seat, wakeup.set, "thread")
        while (ms := self._left(seat, until_ms)) is not None:
            self.clock.wait(wakeup, ms)
            wakeup.clear()
            self._tick(seat, "thread")
        return None if seat is None else seat.answer()

    async def _await_one(self, seat: _native.Seat | None, until_ms: int) -> Answer | None:
        wakeup = _waiting.wakeup()
        self._take(seat, wakeup.set, "task")
        while (ms := self._left(seat, until_ms)) is not None:
            cancel = self.clock.call_later(ms, wakeup.set)
            try:
                await wakeup.wait()
            finally:
                cancel()
            wakeup.clear()
            self._tick(seat, "task")
        return None if seat is None else seat.answer()

    def _take(self, seat: _native.Seat | None, wake: Callable[[], None], place: Place) -> None:
        if seat is not None:
            seat.register(wake)
            self._replace_stopped(place)

    def _left(self, seat: _native.Seat | None, until_ms: int) -> int | None:
        """Says for how long to wait before the machine has to be called; ``None`` for no longer."""
        left = until_ms - self._mono()
        if left <= 0 or (seat is not None and seat.answer() is not None):
            return None
        alarm = None if seat is None else self.machine.alarm_ms(self.now())
        return left if alarm is None else min(left, alarm)

    def _tick(self, seat: _native.Seat | None, place: Place) -> None:
        """Tells the machine that its wake-up has come; who only rests leaves that to those who wait."""
        if seat is not None and self.machine.alarm_ms(self.now()) == 0:
            self.carry_out(self.machine.tick(self.now()), place)

    def _would_block_flight(self) -> bool:
        """Says whether a token request is a task of the very loop that a blocking call would stop."""
        return any(home.is_blocked for home in list(self._homes.values()))

    def _replace_stopped(self, place: Place) -> None:
        """Gives up flights whose event loop was stopped under them, for the sake of a caller that is about to wait."""
        for number, home in list(self._homes.items()):
            if home.is_stopped and self._homes.pop(number, None) is not None:
                self._flights.pop(number, _nothing)()
                self.carry_out(self.machine.abandoned(number, self.now()), place)

    def _mono(self) -> int:
        return self.clock.now()[0]

    def _tell(self) -> None:
        """Hands out events in their order: one thread at a time, without a lock."""
        while (told := self.machine.take_event()) is not None:
            self._tell_one(self.provider.name, told.json, self.on_event)
            del told


def _other(answer: Answer | None, generation: int) -> _native.Snapshot | None:
    """A rejected call is sent again with another token only."""
    return answer if isinstance(answer, _native.Snapshot) and answer.generation != generation else None


def _report_to(shell: weakref.ref[Shell], place: Place) -> Report:
    """A flight that outlives its source reports to nobody; the second report of one is ignored."""
    reported = False

    def report(number: int, outcome: _native.Outcome | None, cause: BaseException | None) -> None:
        nonlocal reported
        alive = shell()
        if alive is not None and not reported:
            reported = True
            alive._ended(number, outcome, cause, place)

    return report


def _json(policy: Policy) -> str:
    import json

    return json.dumps(dict(policy))


def _nothing() -> None:
    pass


def _seed() -> int:
    return int.from_bytes(os.urandom(8), "little")


_LEFT_BEHIND: list[object] = []
