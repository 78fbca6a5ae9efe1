"""Group commit: concurrent writers share one durable insert. Knows nothing of what is written.

A submission waits until its rows are on disk: nothing is ever acknowledged from memory. While one group is being
written the next one gathers, so the engine sees few large inserts and a lone writer waits for no timer.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from weft.core.errors import EngineFailure, Unavailable, WeftError
from weft.core.metrics import Metrics

Item = TypeVar("Item")

_OUR_FAULT = 500


class Submission(Generic[Item]):
    """An item on its way to the disk."""

    __slots__ = ("at", "done", "error", "item", "weight")

    def __init__(self, item: Item, weight: int) -> None:
        self.at = time.monotonic()
        self.item = item
        self.weight = weight
        self.done = threading.Event()
        self.error: WeftError | None = None

    def wait(self) -> None:
        """Block until the item is durable; raises why it is not."""
        self.done.wait()
        if self.error is not None:
            raise self.error


class GroupCommit(Generic[Item]):
    """One writer thread over one `write(items) -> refusals` function.

    `write` makes all items durable and returns, per index, the error of those it refused; refused items leave nothing
    behind. When it raises, the group is retried item by item, so one bad item cannot fail its neighbours.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[list[Item]], dict[int, WeftError]],
        max_weight: int = 20_000,
        metrics: Metrics | None = None,
    ) -> None:
        self._write = write
        self._max_weight = max_weight
        self._waiting: deque[Submission[Item]] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._watch = None if metrics is None else _Watch(metrics, name, self._waiting)
        self._thread = threading.Thread(target=self._run, name=f"group-commit-{name}", daemon=True)
        self._thread.start()

    def submit(self, item: Item, weight: int = 1) -> None:
        """Block until the item is durable. Raises what `write` raised or refused it with."""
        self.enqueue(item, weight).wait()

    def enqueue(self, item: Item, weight: int) -> Submission[Item]:
        """Hand over an item without waiting for it."""
        submission = Submission(item, weight)
        with self._wake:
            if self._closed:
                raise Unavailable("The server is shutting down")
            self._waiting.append(submission)
            self._wake.notify()
        return submission

    def close(self) -> None:
        """Write what is waiting, then stop."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while group := self._next_group():
            began = time.monotonic()
            self._commit(group)
            if self._watch is not None:
                self._watch.wrote(group, began)

    def _next_group(self) -> list[Submission[Item]]:
        with self._wake:
            while not self._waiting and not self._closed:
                self._wake.wait()
            group: list[Submission[Item]] = []
            weight = 0
            while self._waiting and (not group or weight + self._waiting[0].weight <= self._max_weight):
                group.append(self._waiting.popleft())
                weight += group[-1].weight
            return group

    def _commit(self, group: list[Submission[Item]]) -> None:
        try:
            refused = self._write([submission.item for submission in group])
            for index, error in refused.items():
                group[index].error = error
        except BaseException as error:  # noqa: BLE001 - whatever it is, the waiters must hear of it
            if len(group) > 1 and not isinstance(error, Unavailable):
                for submission in group:
                    self._commit([submission])
                return
            group[0].error = error if isinstance(error, WeftError) else _as_failure(error)
            for submission in group[1:]:
                submission.error = group[0].error
        for submission in group:
            submission.done.set()


class _Watch:
    """Counts what one writer does."""

    def __init__(self, metrics: Metrics, name: str, waiting: deque[Submission[Any]]) -> None:
        commits = metrics.commits
        self._size = commits.size.labels(name)
        self._write_seconds = commits.write_seconds.labels(name)
        self._wait_seconds = commits.wait_seconds.labels(name)
        self._failures = commits.failures.labels(name)
        commits.queue.labels(name).set_function(lambda: len(waiting))

    def wrote(self, group: Sequence[Submission[Any]], began: float) -> None:
        """The group was begun then and is dealt with now."""
        ended = time.monotonic()
        self._size.observe(len(group))
        self._write_seconds.observe(ended - began)
        for submission in group:
            self._wait_seconds.observe(ended - submission.at)
            # A submission that contradicts what is stored was refused, and nothing failed.
            if submission.error is not None and submission.error.status >= _OUR_FAULT:
                self._failures.inc()


def _as_failure(error: BaseException) -> EngineFailure:
    failure = EngineFailure("The write failed inside the server")
    failure.__cause__ = error
    return failure
