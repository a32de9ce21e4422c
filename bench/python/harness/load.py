"""Callers: many threads or tasks that use one contender at once or over a time."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from contenders import find, is_async

from harness.target import Target


@dataclass
class Call:
    """One API call: when it began and ended (Unix seconds), and its status or the name of its exception."""

    began: float
    ended: float
    outcome: str

    @property
    def took(self) -> float:
        return self.ended - self.began

    @property
    def served(self) -> bool:
        return self.outcome == "200"


@dataclass
class Seen:
    """What callers saw; `stuck` have not come back."""

    calls: list[Call] = field(default_factory=list)
    stuck: int = 0

    @property
    def served(self) -> int:
        return sum(call.served for call in self.calls)

    @property
    def failures(self) -> dict[str, int]:
        return dict(Counter(call.outcome for call in self.calls if not call.served))

    @property
    def wall(self) -> float:
        return max((call.ended for call in self.calls), default=0.0) - min(
            (call.began for call in self.calls), default=0.0
        )

    @property
    def longest(self) -> float:
        return max((call.took for call in self.calls if call.served), default=0.0)

    def json(self) -> dict[str, Any]:
        counted = {"served": self.served, "failed": len(self.calls) - self.served, "failures": self.failures}
        return {**counted, "stuck": self.stuck, "wall": self.wall, "longest": self.longest}


Phase = Callable[["Callers"], None]


class Callers:
    """One contender and a way to load it; for asynchronous ones there is a loop in a thread."""

    def __init__(self, name: str, target: Target) -> None:
        self.asynchronous = is_async(name)
        self.kind = find(name)
        if self.asynchronous:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, daemon=True).start()
            self.contender = self._wait(self._make(target), 20)
        else:
            self.contender = self.kind(target)
        self.url = target.api_url

    async def _make(self, target: Target) -> Any:
        return self.kind(target)

    def _wait(self, coroutine: Any, limit: float) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(limit)

    def once(self, limit: float = 60) -> str:
        """One call; raises TimeoutError if it hangs."""
        seen = self.together(1, limit=limit)
        if seen.stuck:
            raise TimeoutError
        return seen.calls[0].outcome

    def together(self, callers: int, *, limit: float, spread: float = 0.0) -> Seen:
        """All call once, at the same time or evenly over `spread` seconds; waits at most `limit` seconds."""
        return self._run(callers, limit, [[spread * number / callers] for number in range(callers)])

    def over(self, seconds: float, *, callers: int, every: float, limit: float) -> Seen:
        """Each caller calls every so many seconds (sooner late than together), for a time."""
        starts = [
            [every * number / callers + every * turn for turn in range(int(seconds / every))]
            for number in range(callers)
        ]
        return self._run(callers, seconds + limit, starts)

    def _run(self, callers: int, limit: float, starts: list[list[float]]) -> Seen:
        seen = Seen()
        finished: list[int] = []
        end = time.time() + limit
        if self.asynchronous:
            future = asyncio.run_coroutine_threadsafe(self._tasks(starts, seen, finished), self._loop)
            with contextlib.suppress(concurrent.futures.TimeoutError):
                future.result(limit)
        else:
            gate = threading.Event()
            clock = [0.0]
            threads = [
                threading.Thread(target=self._thread, args=(plan, gate, clock, seen, finished), daemon=True)
                for plan in starts
            ]
            for thread in threads:
                thread.start()
            clock[0] = time.time()
            gate.set()
            for thread in threads:
                thread.join(max(0.0, end - time.time()))
        result = Seen(list(seen.calls))
        result.stuck = callers - len(finished)
        return result

    def _thread(
        self, plan: list[float], gate: threading.Event, clock: list[float], seen: Seen, finished: list[int]
    ) -> None:
        gate.wait()
        for due in plan:
            pause = clock[0] + due - time.time()
            if pause > 0:
                time.sleep(pause)
            began = time.time()
            try:
                outcome = str(self.contender.get(self.url))
            except Exception as error:
                outcome = type(error).__name__
            seen.calls.append(Call(began, time.time(), outcome))
        finished.append(1)

    async def _tasks(self, starts: list[list[float]], seen: Seen, finished: list[int]) -> None:
        base = time.time()

        async def caller(plan: list[float]) -> None:
            for due in plan:
                pause = base + due - time.time()
                if pause > 0:
                    await asyncio.sleep(pause)
                began = time.time()
                try:
                    outcome = str(await self.contender.get(self.url))
                except Exception as error:
                    outcome = type(error).__name__
                seen.calls.append(Call(began, time.time(), outcome))
            finished.append(1)

        await asyncio.gather(*(asyncio.create_task(caller(plan)) for plan in starts))
