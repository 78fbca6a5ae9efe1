"""Times of spans as datetimes, to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from weft.core.clock import as_utc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(nanoseconds: int) -> datetime:
    """The time so many nanoseconds after 1970, rounded to the microsecond."""
    return EPOCH + timedelta(microseconds=(nanoseconds + 500) // 1000)


def naive_iso(nanoseconds: int) -> str:
    """The time in ISO 8601, in UTC without saying so."""
    return moment(nanoseconds).replace(tzinfo=None).isoformat()


def moment_of(value: Any) -> datetime | None:
    """The time an attribute tells: ISO 8601, whole nanoseconds or seconds with a fraction; None when it is none."""
    try:
        if isinstance(value, str):
            return moment(int(value)) if value.isdigit() else as_utc(datetime.fromisoformat(value))
        if isinstance(value, bool):
            return None
        if isinstance(value, int):
            return moment(value)
        return EPOCH + timedelta(seconds=value) if isinstance(value, float) else None
    except (ValueError, OverflowError):
        return None
