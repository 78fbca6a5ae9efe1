"""Buckets of time: every moment of a span is in exactly one, and days begin at midnight in every zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.domain.time_buckets import MOST_BUCKETS, bucket_starts, granularity_of

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"]
MOMENTS = st.datetimes(datetime(1975, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
WIDTHS = st.sampled_from([1, 60, 300, 1000, 3600, 7200, 21_600, 43_200, 86_400, 3 * 86_400, 100_000])


@given(MOMENTS, st.integers(1, 40_000), WIDTHS, st.sampled_from(ZONES))
def test_buckets_cover_the_span_in_order(start: datetime, minutes: int, width: int, zone: str) -> None:
    end = start + timedelta(minutes=minutes)
    width = granularity_of(start, end, width)
    starts = bucket_starts(start, end, width, zone)
    assert starts[0] <= start.timestamp()
    assert starts[-1] < end.timestamp() <= starts[-1] + width + 3600
    assert len(starts) < 1 or len(starts) <= MOST_BUCKETS + 2
    assert all(later > sooner for sooner, later in pairwise(starts))
    # Only a change of the clocks makes a bucket longer or shorter, and by an hour at most.
    assert all(abs(later - sooner - width) <= 3600 for sooner, later in pairwise(starts))
    assert len(starts) < 2 or start.timestamp() < starts[1]


@given(MOMENTS, st.sampled_from(ZONES), st.sampled_from([7200, 21_600, 43_200, 86_400]))
def test_wide_buckets_begin_at_full_hours_of_the_clock(start: datetime, zone: str, width: int) -> None:
    for begin in bucket_starts(start, start + timedelta(days=20), width, zone)[1:]:
        shown = datetime.fromtimestamp(begin, ZoneInfo(zone))
        seconds = shown.hour * 3600 + shown.minute * 60 + shown.second
        # Where the clocks skip the hour a bucket would begin in, it begins right after.
        assert seconds % width == 0 or seconds % width <= 3600


@pytest.mark.parametrize("zone", ZONES)
def test_an_empty_span_has_no_buckets(zone: str) -> None:
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    assert bucket_starts(moment, moment, 60, zone) == []


def test_an_hour_that_comes_twice_is_two_buckets() -> None:
    start = datetime(2025, 11, 2, 4, tzinfo=UTC)
    starts = bucket_starts(start, start + timedelta(hours=4), 3600, "America/New_York")
    assert [(begin - start.timestamp()) / 3600 for begin in starts] == [0, 1, 2, 3]
    days = bucket_starts(start, start + timedelta(days=2), 86_400, "America/New_York")
    assert [later - sooner for sooner, later in pairwise(days)] == [25 * 3600, 24 * 3600][: len(days) - 1]
