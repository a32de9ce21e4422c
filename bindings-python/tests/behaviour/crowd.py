"""Many threads that do the same at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Crowd(Generic[T]):
    """So many threads that each do one thing once; a context that ends when all have ended."""

    def __init__(self, size: int, action: Callable[[], T]) -> None:
        self._executor = ThreadPoolExecutor(size)
        self._futures: list[Future[T]] = [self._executor.submit(action) for _ in range(size)]

    def __enter__(self) -> Crowd[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown()

    def results(self) -> list[T]:
        """Waits for everybody; raises what the first one raised."""
        return [future.result(60) for future in self._futures]
