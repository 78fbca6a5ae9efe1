"""Calls this process wrote last, kept at hand so that an end or a score needs no read. A cache, never the truth."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime

from weft.storage.events.call_changes import Call, CallKey


class RecentCalls:
    """Least recently used calls within a budget of bytes; a budget of 0 remembers nothing."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._size = 0
        self._calls: OrderedDict[CallKey, Call] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, keys: Sequence[CallKey]) -> tuple[dict[CallKey, Call], list[CallKey]]:
        """What is known of the keys, and the keys nothing is known of."""
        known: dict[CallKey, Call] = {}
        unknown: list[CallKey] = []
        with self._lock:
            for key in keys:
                call = self._calls.get(key)
                if call is None:
                    unknown.append(key)
                else:
                    self._calls.move_to_end(key)
                    known[key] = call
        return known, unknown

    def put(self, calls: Iterable[Call]) -> None:
        """Remember calls that are durable now."""
        if not self._budget:
            return
        with self._lock:
            for call in calls:
                key = (call.project_id, call.id)
                old = self._calls.pop(key, None)
                self._size += call.size - (old.size if old else 0)
                self._calls[key] = call
            while self._size > self._budget:
                self._size -= self._calls.popitem(last=False)[1].size

    def forget_expired(self, before: datetime) -> None:
        """Remember nothing of calls whose time was over then."""
        with self._lock:
            expired = [key for key, call in self._calls.items() if call.expire_at and call.expire_at < before]
        self.forget(expired)

    def forget(self, keys: Iterable[CallKey]) -> None:
        """Remember nothing of these calls."""
        with self._lock:
            for key in keys:
                call = self._calls.pop(key, None)
                self._size -= call.size if call else 0
