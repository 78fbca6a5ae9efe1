"""Bins of equal width and the buckets of a range of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from weft.domain.agent_span_stats import time_axis
from weft.domain.agent_spans import bin_bounds, equal_bins

finite = st.floats(allow_nan=False, allow_infinity=False)
moments = st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(2261, 1, 1), timezones=st.just(UTC))


@given(low=finite, high=finite, bins=st.integers(1, 200))
def test_bins_cover_the_range_without_gaps(low: float, high: float, bins: int) -> None:
    low, high = sorted((low, high))
    bounds = bin_bounds(low, high, bins)
    assert (bounds[0][0], bounds[-1][1]) == (low, high)
    assert len(bounds) == (bins if high > low else 1)
    assert all(one[1] == other[0] for one, other in pairwise(bounds))


def test_a_bin_without_values_counts_none() -> None:
    assert [item["count"] for item in equal_bins(0.0, 1.0, 3, {1: 5})] == [0, 5, 0]
    assert equal_bins(2.0, 2.0, 3, {0: 5}) == [{"index": 0, "min": 2.0, "max": 2.0, "count": 5}]


@given(start=moments, length=st.timedeltas(timedelta(0), timedelta(days=400)), asked=st.integers(1, 10**9) | st.none())
def test_buckets_cover_the_range_and_no_more(start: datetime, length: timedelta, asked: int | None) -> None:
    end = start + length
    axis = time_axis(start, end, asked)
    step = timedelta(seconds=axis.seconds)
    assert (axis.first - datetime(1970, 1, 1, tzinfo=UTC)) % step == timedelta(0)
    assert axis.first <= start < axis.first + step
    if start < end:
        last = axis.first + (axis.count - 1) * step
        assert last < end <= last + step
    else:
        assert axis.count == 0
    assert axis.count <= 10_001
    assert axis.seconds >= (asked or 1)
