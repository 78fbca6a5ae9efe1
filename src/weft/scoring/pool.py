"""Threads in which scorers wait for the outside world."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial


class WaitingPool:
    """A fixed number of daemon threads, so that a provider that never answers cannot keep the process alive."""

    def __init__(self, threads: int) -> None:
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._size = threads
        self._threads: list[threading.Thread] = []

    def submit(self, work: Callable[[], None]) -> None:
        """Do it in one of the threads, which logs under the ids of the caller. The work handles its own errors."""
        if len(self._threads) < self._size:
            thread = threading.Thread(target=self._run, name=f"scorer-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._work.put(partial(copy_context().run, work))

    def close(self) -> None:
        """Forget what has not begun, and let each thread end after what it is doing."""
        # Never wait here: a thread may take the last one between a look and a get.
        with suppress(queue.Empty):
            while True:
                self._work.get_nowait()
        for _ in self._threads:
            self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
