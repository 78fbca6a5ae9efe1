"""A range of start times as a condition; bounds beyond what the engine can hold become its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from weft.core.clock import as_utc
from weft.storage.events.query.parameters import Parameters

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST = (datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LATEST = (datetime(2262, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From `after` on, up to `before` without it; None is no bound."""

    after: datetime | None = None
    before: datetime | None = None

    def conditions(self, parameters: Parameters) -> list[str]:
        """SQL on `started_at`, one condition per bound."""
        bounds = ((">=", self.after), ("<", self.before))
        return [f"started_at {sign} {_moment(bound, parameters)}" for sign, bound in bounds if bound is not None]


def _moment(bound: datetime, parameters: Parameters) -> str:
    microseconds = (as_utc(bound) - _EPOCH) // _MICROSECOND
    clamped = max(_EARLIEST, min(_LATEST, microseconds))
    return f"fromUnixTimestamp64Micro({parameters.integer(clamped)}, 'UTC')"
