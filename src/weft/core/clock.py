"""Time as the product sees it: aware UTC datetimes, their text, and row versions that only grow."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


def now() -> datetime:
    """The current time, aware, UTC, microsecond precision."""
    return datetime.now(UTC)


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC; a naive datetime is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 with microseconds and `Z`."""
    return as_utc(moment).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class VersionClock:
    """Strictly increasing row versions in nanoseconds since 1970; the newest row of a key wins.

    `after` is the highest version written so far, so that a wall clock set back cannot make new rows lose to old ones.
    """

    def __init__(self, after: int = 0) -> None:
        self._last = after
        self._lock = threading.Lock()

    def next(self, after: int = 0) -> int:
        """A version higher than `after` and than every one given before by this clock."""
        with self._lock:
            self._last = max(self._last + 1, after + 1, time.time_ns())
            return self._last
