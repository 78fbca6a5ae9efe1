"""Threads in which scorers wait for the outside world, shared fairly by the endpoints that they ask."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial

from weft.scoring.endpoint_keys import EndpointKey

Work = Callable[[], None]
Lane = tuple[EndpointKey, ...]


class WaitingPool:
    """At most so many daemon threads, so that a provider that never answers cannot keep the process alive.

    Work that asks the same endpoints stands in one line. The lines take turns, and a line waits while as many as
    `limit_of` says ask one of its endpoints.
    """

    def __init__(self, threads: int, limit_of: Callable[[EndpointKey], int] | None = None) -> None:
        self._size = threads
        self._limit_of = limit_of or (lambda _key: threads)
        self._changed = threading.Condition()
        self._lines: OrderedDict[Lane, deque[Work]] = OrderedDict()
        self._asking: Counter[EndpointKey] = Counter()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closed = False

    def submit(self, work: Work, asks: Sequence[EndpointKey] = ()) -> None:
        """Do it in one of the threads, which logs under the ids of the caller. The work handles its own errors."""
        with self._changed:
            if self._closed:
                return
            self._lines.setdefault(tuple(asks), deque()).append(partial(copy_context().run, work))
            # A thread that was woken counts as idle until it runs.
            if sum(map(len, self._lines.values())) > self._idle and len(self._threads) < self._size:
                thread = threading.Thread(target=self._run, name=f"scorer-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Forget what has not begun, and let each thread end after what it is doing."""
        with self._changed:
            self._closed = True
            self._lines.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            lane, work = taken
            try:
                work()
            finally:
                with self._changed:
                    self._asking.subtract(lane)
                    for key in lane:
                        if self._asking[key] <= 0:
                            del self._asking[key]
                    # Whoever waits for one of these endpoints may go on; this thread looks for itself.
                    self._changed.notify()

    def _take(self) -> tuple[Lane, Work] | None:
        """The next work of the line whose turn it is; None when the pool is closed."""
        with self._changed:
            while not self._closed:
                lane = next(filter(self._may_begin, self._lines), None)
                if lane is not None:
                    line = self._lines[lane]
                    work = line.popleft()
                    self._lines.move_to_end(lane)
                    if not line:
                        del self._lines[lane]
                    self._asking.update(lane)
                    return lane, work
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            return None

    def _may_begin(self, lane: Lane) -> bool:
        return all(self._asking[key] < self._limit_of(key) for key in lane)
