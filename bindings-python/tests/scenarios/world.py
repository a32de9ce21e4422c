"""Clients and sandbox in one virtual time: how they come to rest, and how time passes between two rests."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import cast

import evertoken

from .calls import Call, Client, Failed
from .clock import LOWEST, VirtualClock
from .envelope import Failure
from .format import ClientSpec, Headers, Request, Scenario, Token
from .libraries import Library, Trust
from .sandbox import Control
from .spec import provider
from .stage import Stage
from .traffic import Traffic

START_MS = 1_800_000_000_000
"""When every file begins: 2027-01-15 08:00:00 UTC, in Unix milliseconds."""

GIVE_UP_S = 30.0
"""How long clients and sandbox may take to come to rest, for a machine that is busy with something else."""


class World:
    """One file's clients, calls and time."""

    def __init__(self, control: Control, stage: Stage, library: Library, trust: Trust, scenario: Scenario) -> None:
        control.reset(START_MS)
        self.control = control
        self.calls: dict[str, list[Call]] = {}
        self.events: dict[str, list[evertoken.Event]] = {name: [] for name in scenario.clients}
        entropy = LOWEST if scenario.entropy is None else int(scenario.entropy, 16)
        self.clock = VirtualClock(START_MS, entropy, stage.threads, stage.call_soon)
        self._stage = stage
        self._blocks = library.blocks
        self._traffic = Traffic(stage.threads)
        clients = [(name, self._client(name, library, trust, spec)) for name, spec in scenario.clients.items()]
        self.clients = {name: stage.do(make) for name, make in clients}

    def _client(
        self, name: str, library: Library, trust: Trust, spec: ClientSpec
    ) -> Callable[[], Client | evertoken.EvertokenError]:
        """A client that cannot be made is one whose calls all fail so."""

        def make() -> Client | evertoken.EvertokenError:
            try:
                source = evertoken.TokenSource(
                    provider(spec),
                    transport=library.transport(self._traffic, trust),
                    policy=cast(evertoken.Policy, spec.policy),
                    on_event=self.events[name].append,
                    clock=self.clock,
                )
                return Client(source, library.api(source, self._traffic, trust), self._stage.cancelled)
            except evertoken.EvertokenError as error:
                return error

        return make

    def made(self) -> list[Client]:
        """Returns the clients that could be made."""
        return [client for client in self.clients.values() if isinstance(client, Client)]

    def begin(self, step: Headers | Token | Request) -> None:
        """Begins the calls of a step."""
        client = self.clients[step.client]
        if isinstance(client, Client):
            self.calls[step.name] = self._stage.begin(client, step, self.clock, time.monotonic() + GIVE_UP_S)
        else:
            self.calls[step.name] = [Call(lambda: None) for _ in range(step.times)]
            for call in self.calls[step.name]:
                call.end(Failed(client))

    def cancel(self, name: str) -> None:
        """Cancels all calls of a name."""
        for call in self.calls[name]:
            if call.returned is None:
                self._stage.do(call.cancel)

    def tell(self, name: str, what: Callable[[evertoken.TokenSource], object]) -> None:
        """Does something to a client's source, if the client could be made."""
        client = self.clients[name]
        if isinstance(client, Client):
            self._stage.do(lambda: what(client.source))

    def explain(self, name: str) -> evertoken.Explanation | None:
        """Returns what a client's source explains."""
        client = self.clients[name]
        return self._stage.do(client.source.explain) if isinstance(client, Client) else None

    def settle(self) -> None:
        """Waits until no client can do anything and the sandbox holds every request that has no answer yet."""
        until = time.monotonic() + GIVE_UP_S
        while True:
            self._run_clients(until)
            begun, ended, _ = self._pulse()
            idle = self.control.idle(begun)
            if idle.idle and idle.received >= begun and idle.held + idle.delayed == begun - ended:
                before = self._pulse()
                self._run_clients(until)
                if self._pulse() == before:
                    return
            if time.monotonic() > until:
                clients = f"the clients have begun {begun} requests and wait for {begun - ended}"
                sandbox = f"the sandbox has received {idle.received}, holds {idle.held} and delays {idle.delayed}"
                raise Failure("stuck", f"no rest after {GIVE_UP_S:.0f} s: {clients}; {sandbox}")

    def _run_clients(self, until: float) -> None:
        """Lets each client take in answers that nobody waits for, too."""
        sources = [client.source for client in self.made()]
        if not self._stage.run(lambda: [source.explain() for source in sources], until):
            raise Failure("stuck", "a client goes on and on without coming to rest")

    def _pulse(self) -> tuple[int, int, int]:
        """Returns what changes when a client does something; ended first, so that it is never more than has begun."""
        ended = self._traffic.ended
        returned = sum(call.returned is not None for calls in self.calls.values() for call in calls)
        return self._traffic.begun, ended, returned

    def advance(self, ms: int) -> None:
        """Moves all clocks, stopping wherever an answer or a timer is due."""
        self.settle()
        left = ms
        while True:
            stops = [self.clock.next_due_ms(), self._next_answer_ms()]
            step = min(left, *(stop for stop in stops if stop is not None), left)
            # The clients' clocks first: while the sandbox's is moved, answers that are due may come already.
            self.clock.advance(step)
            self.control.advance(step)
            left -= step
            self.settle()
            if self.clock.fire():
                self.settle()
            if left == 0 and self.clock.next_due_ms() != 0:
                return

    def _next_answer_ms(self) -> int | None:
        due_ms = self.control.idle(0).next_due_ms
        return None if due_ms is None else max(due_ms - self.control.now_ms(), 0)

    def suspend(self, ms: int) -> None:
        """Moves the sandbox and the clients' wall clock, as a sleep of the machine does."""
        self.settle()
        self.clock.step_wall(ms)
        self.control.advance(ms)
        self.settle()

    def step_wall(self, ms: int) -> None:
        """Sets the clients' wall clock."""
        self.settle()
        self.clock.step_wall(ms)
        self.settle()

    def stop(self) -> list[str]:
        """Ends all calls and clients; returns what of them still runs after that."""
        self._stage.stop(self.made(), [call for calls in self.calls.values() for call in calls], self.clock)
        if self._blocks:
            self.control.asked("POST", "/reset")  # drops what is held: a thread that reads cannot be ended otherwise
        until = time.monotonic() + GIVE_UP_S
        while (left := self._stage.left()) and time.monotonic() < until:
            time.sleep(0.0005)
        return left
