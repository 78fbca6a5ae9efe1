"""Buckets of time: how wide they are for a span, and where each begins in a time zone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MOST_BUCKETS = 10_000

_AUTOMATIC = (
    (timedelta(hours=2), 300),
    (timedelta(hours=12), 3600),
    (timedelta(days=3), 21_600),
    (timedelta(days=14), 43_200),
)
_DAY = 86_400
_DAY_PARTS = tuple(_DAY // n for n in (12, 8, 6, 4, 3, 2, 1))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def granularity_of(start: datetime, end: datetime, asked: int | None) -> int:
    """The seconds of a bucket: as asked for, unless that makes too many, or following from the span."""
    span = end - start
    if asked is None:
        return next((seconds for longest, seconds in _AUTOMATIC if span <= longest), _DAY)
    seconds = span.total_seconds()
    return int(seconds / MOST_BUCKETS) + 1 if seconds / asked > MOST_BUCKETS else asked


def few_buckets(start: datetime, end: datetime, asked: int | None, most: int) -> int:
    """The seconds of a bucket as `granularity_of` gives them, widened so that there are about `most` and no more."""
    granularity = granularity_of(start, end, asked)
    if end - start <= timedelta(seconds=granularity) * (most - 1):
        return granularity
    # One less, as neither the first nor the last bucket needs to be whole.
    least = math.ceil((end - start).total_seconds() / (most - 1))
    unit = next((unit for unit in (1, 60, 3600, _DAY) if least <= unit * 60), _DAY)
    wide = math.ceil(least / unit) * unit
    # Of more than an hour only what divides the day, or is days, keeps to the clocks.
    return wide if wide <= 3600 or wide % _DAY == 0 else next(n for n in _DAY_PARTS if n >= wide or n == _DAY)


def bucket_starts(start: datetime, end: datetime, granularity: int, zone: str) -> list[int]:
    """Where each bucket begins, in unix seconds, from the one that holds `start` up to `end`; none for an empty span.

    They are multiples of the granularity on the zone's clocks. Buckets of more than an hour that divide the day, and
    those of whole days, stay so when the clocks are changed, and one of them is longer or shorter for it.
    """
    if start >= end:
        return []
    by_the_clock = granularity > 3600 and (_DAY % granularity == 0 or granularity % _DAY == 0)
    starts = _on_clocks if by_the_clock else _evenly
    return list(starts(start, end, granularity, ZoneInfo(zone)))


def _evenly(start: datetime, end: datetime, granularity: int, zone: ZoneInfo) -> Iterator[int]:
    offset = (start.astimezone(zone).utcoffset() or timedelta()) // _SECOND
    first = (_seconds(start) + offset) // granularity * granularity - offset
    yield from range(first, _seconds_up(end), granularity)


def _on_clocks(start: datetime, end: datetime, granularity: int, zone: ZoneInfo) -> Iterator[int]:
    offset = (start.astimezone(zone).utcoffset() or timedelta()) // _SECOND
    wall = (_seconds(start) + offset) // granularity * granularity
    last: int | None = None
    while True:
        shown = _EPOCH.replace(tzinfo=zone) + timedelta(seconds=wall)
        moment = _seconds(shown)
        if moment >= _seconds_up(end):
            return
        # A time that the clocks leave out is no start of its own.
        if last is None or moment > last:
            yield moment
            last = moment
        wall += granularity


def _seconds(moment: datetime) -> int:
    return (moment.astimezone(UTC) - _EPOCH) // _SECOND


def _seconds_up(moment: datetime) -> int:
    return -((_EPOCH - moment.astimezone(UTC)) // _SECOND)
