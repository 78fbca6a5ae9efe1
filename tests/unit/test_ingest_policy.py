"""Which traces a policy keeps, and when what it keeps expires."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.ids import new_id
from weft.domain.ingest_policy import EVERYTHING, IngestPolicy

HEX = st.text("0123456789abcdef", min_size=32, max_size=32)
RATES = st.floats(0, 1, allow_nan=False)


@given(HEX, RATES)
def test_a_trace_is_kept_by_the_hash_of_its_id(trace_id: str, rate: float) -> None:
    place = int(hashlib.sha256(trace_id.encode()).hexdigest(), 16) % 1_000_000
    expected = place < rate * 1_000_000 or not trace_id.strip("0")
    assert IngestPolicy(sample_rate=rate).keeps(trace_id) is expected


@given(HEX, RATES, RATES)
def test_a_higher_rate_keeps_what_a_lower_one_keeps(trace_id: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert IngestPolicy(sample_rate=high).keeps(trace_id) >= IngestPolicy(sample_rate=low).keeps(trace_id)


def test_about_the_share_asked_for_is_kept() -> None:
    policy = IngestPolicy(sample_rate=0.3)
    kept = sum(policy.keeps(f"{number:032x}") for number in range(1, 4001))
    assert 0.26 < kept / 4000 < 0.34


def test_trace_ids_of_clients_in_both_forms_are_sampled() -> None:
    assert not IngestPolicy(sample_rate=0).keeps(new_id())
    assert not IngestPolicy(sample_rate=0).keeps(new_id().replace("-", ""))


@pytest.mark.parametrize("trace_id", ["", "abc", "0" * 32, "00000000-0000-0000-0000-000000000000", "g" * 32, "1" * 31])
def test_ids_that_stand_for_no_trace_are_kept_and_not_marked(trace_id: str) -> None:
    policy = IngestPolicy(sample_rate=0)
    assert policy.keeps(trace_id)
    assert not policy.marks(trace_id)


def test_a_dry_run_keeps_everything_and_marks_nothing() -> None:
    policy = IngestPolicy(sample_rate=0, dry_run=True)
    assert policy.keeps("1" * 32)
    assert not policy.marks("1" * 32)
    assert policy.changes_nothing


def test_without_retention_nothing_expires() -> None:
    assert EVERYTHING.expire_at(datetime.now(UTC)) is None


def test_expiry_counts_days_from_the_start_whatever_its_zone() -> None:
    start = datetime(2024, 2, 28, 12, tzinfo=UTC)
    assert IngestPolicy(retention_days=2).expire_at(start) == datetime(2024, 3, 1, 12, tzinfo=UTC)
    assert IngestPolicy(retention_days=2).expire_at(start.replace(tzinfo=None)) == start + timedelta(days=2)


@given(st.integers(1, 1_000_000), st.datetimes(datetime(1900, 1, 1), datetime(2261, 1, 1)))
def test_an_expiry_that_no_column_could_hold_is_none(days: int, start: datetime) -> None:
    expiry = IngestPolicy(retention_days=days).expire_at(start)
    assert expiry is None or expiry < datetime(2262, 1, 1, tzinfo=UTC)


def test_personal_data_is_only_replaced_where_that_is_wanted() -> None:
    value = {"mail": "a@example.com"}
    assert IngestPolicy().redact(value) is value
    assert IngestPolicy(redacts=True).redact(value) == {"mail": "<EMAIL_ADDRESS>"}
