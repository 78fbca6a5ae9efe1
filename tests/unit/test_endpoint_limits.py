"""An endpoint that asks for a pause gets it from everybody, and one that was asked too much is asked less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from weft.scoring.endpoint_keys import EndpointKey
from weft.scoring.endpoint_limits import EndpointLimits
from weft.scoring.retry import WorldIsSlow, backoff_of
from weft.settings import Settings

AT = datetime(2026, 1, 1, tzinfo=UTC)
ASKED, OTHER = EndpointKey("https://asked.example/v1", ""), EndpointKey("https://other.example/v1", "")


@pytest.fixture
def limits(tmp_path: Path) -> EndpointLimits:
    settings = Settings(data=tmp_path, scoring_endpoint_threads=8, scoring_retry_after_max_seconds=100)
    return EndpointLimits(settings, backoff_of(settings))


def _told(seconds: float | None, rate_limited: bool = True) -> WorldIsSlow:
    failure = WorldIsSlow("The LLM endpoint answered 429")
    failure.retry_after, failure.rate_limited = seconds, rate_limited
    return failure


def _until(limits: EndpointLimits, at: datetime = AT) -> float:
    refusal = limits.refusal([OTHER, ASKED], at)
    assert refusal is not None
    assert "asked.example" in refusal.reason
    return (refusal.until - AT).total_seconds()


def test_everybody_waits_as_long_as_the_endpoint_asked_for(limits: EndpointLimits) -> None:
    assert limits.refusal([ASKED], AT) is None
    limits.heed(ASKED, _told(30), AT)
    limits.heed(ASKED, _told(10), AT)
    assert _until(limits) == 30
    assert limits.refusal([OTHER], AT) is None
    assert limits.refusal([ASKED], AT + timedelta(seconds=30)) is None
    limits.heed(ASKED, _told(10_000), AT)
    assert _until(limits) == 100


def test_one_that_says_no_time_is_left_alone_for_longer_and_longer(limits: EndpointLimits) -> None:
    limits.heed(ASKED, _told(None), AT)
    assert 0.5 <= _until(limits) <= 1
    later = AT + timedelta(seconds=10)
    limits.heed(ASKED, _told(None), later)
    assert 11 <= _until(limits, later) <= 12


def test_fewer_ask_it_until_it_answers_again(limits: EndpointLimits) -> None:
    limits.heed(ASKED, _told(1), AT)
    limits.heed(ASKED, _told(1), AT)
    assert (limits.room(ASKED), limits.room(OTHER)) == (4, 8)
    for seconds in (10, 20, 30):
        limits.heed(ASKED, _told(1), AT + timedelta(seconds=seconds))
    assert limits.room(ASKED) == 1
    limits.answered(ASKED)
    assert limits.room(ASKED) == 2
    for _ in range(2 + 3 + 4 + 5 + 6 + 7):
        limits.answered(ASKED)
    assert limits.room(ASKED) == 8


def test_a_pause_of_one_that_is_only_busy_costs_it_no_room(limits: EndpointLimits) -> None:
    limits.heed(ASKED, _told(5, rate_limited=False), AT)
    assert (_until(limits), limits.room(ASKED)) == (5, 8)
    limits.heed(OTHER, _told(None, rate_limited=False), AT)
    assert limits.refusal([OTHER], AT) is None
