"""One dead endpoint keeps its own tasks waiting and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from weft.llm import Endpoint
from weft.scoring.breakers import Breaker, EndpointBreakers
from weft.scoring.endpoint_keys import UNKNOWN, EndpointKey, key_of
from weft.settings import Settings

AT = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = 256
DEAD, ALIVE = EndpointKey("http://dead:1/v1", ""), EndpointKey("http://alive/v1", "")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, scoring_stop_after=3, scoring_pause_seconds=10)


@pytest.fixture
def breakers(settings: Settings) -> EndpointBreakers:
    breakers = EndpointBreakers(settings)
    for _ in range(3):
        breakers.failed(DEAD, "boom", AT)
    return breakers


def test_when_everything_fails_claiming_stops_and_one_task_decides_whether_it_goes_on(settings: Settings) -> None:
    breaker = Breaker(settings)
    for _ in range(2):
        breaker.failed("boom", AT)
    assert breaker.allowed(100, 0, AT) == 100
    breaker.failed("boom", AT)
    assert breaker.allowed(100, 0, AT) == 0
    assert breaker.reason == "3 tries failed in a row, the last one with: boom"
    later = AT + timedelta(seconds=11)
    assert breaker.allowed(100, 0, later) == 1
    assert breaker.allowed(99, 1, later) == 0
    breaker.failed("boom", later)
    assert breaker.allowed(100, 0, later) == 0
    breaker.succeeded()
    assert (breaker.allowed(100, 0, later), breaker.reason) == (100, "")


def test_tasks_of_a_dead_endpoint_wait_and_others_do_not(breakers: EndpointBreakers) -> None:
    refusal = breakers.begin([DEAD], AT, WINDOW)
    assert refusal is not None
    assert refusal.until == AT + timedelta(seconds=10)
    assert "dead:1" in refusal.reason
    assert breakers.begin([ALIVE], AT, WINDOW) is None
    assert breakers.begin([], AT, WINDOW) is None
    assert breakers.begin([ALIVE, DEAD], AT, WINDOW) is not None
    assert breakers.reason.startswith("Tasks that ask dead:1 wait: 3 tries failed in a row")


def test_after_the_pause_one_task_at_a_time_is_let_through(breakers: EndpointBreakers) -> None:
    later = AT + timedelta(seconds=10)
    assert breakers.begin([DEAD], later, WINDOW) is None
    refusal = breakers.begin([DEAD], later, WINDOW)
    assert refusal is not None
    assert later < refusal.until < later + timedelta(seconds=5)
    breakers.ended([DEAD])
    assert breakers.begin([DEAD], later, WINDOW) is None
    breakers.ended([DEAD])
    breakers.succeeded(DEAD)
    assert [breakers.begin([DEAD], later, WINDOW) for _ in range(3)] == [None] * 3
    assert breakers.reason == ""


def test_an_endpoint_that_fails_its_trial_waits_again(breakers: EndpointBreakers) -> None:
    later = AT + timedelta(seconds=10)
    assert breakers.begin([DEAD], later, WINDOW) is None
    breakers.ended([DEAD])
    breakers.failed(DEAD, "boom", later)
    refusal = breakers.begin([DEAD], later, WINDOW)
    assert refusal is not None
    assert refusal.until == later + timedelta(seconds=10)


def test_failures_must_follow_each_other(settings: Settings) -> None:
    breakers = EndpointBreakers(settings)
    for _ in range(5):
        breakers.failed(DEAD, "boom", AT)
        breakers.succeeded(DEAD)
    assert breakers.begin([DEAD], AT, WINDOW) is None


def test_another_key_is_another_endpoint_and_no_key_shows_a_secret() -> None:
    one, other = (key_of(Endpoint("http://host:1/v1", key)) for key in ("secret-1", "secret-2"))
    assert one != other
    assert one == key_of(Endpoint("http://host:1/v1", "secret-1"))
    assert one != key_of(Endpoint("http://host:1/v1", "secret-1", headers={"x-team": "a"}))
    assert "secret" not in repr(one)
    assert (one.host, UNKNOWN.host) == ("host:1", "")


def test_a_crowd_leaves_room_for_others_and_is_fetched_again_when_half_of_it_is_done(settings: Settings) -> None:
    breakers = EndpointBreakers(settings.model_copy(update={"scoring_endpoint_threads": 4}))
    begun = [breakers.begin([DEAD], AT, 40, "slow") for _ in range(40)]
    assert begun.index(next(filter(None, begun))) == 16
    refusal = begun[-1]
    assert refusal is not None
    assert refusal.crowded
    assert "16 tasks that ask dead:1 are under way" in refusal.reason
    assert [breakers.begin([ALIVE], AT, 40, "quick") for _ in range(13)] == [None] * 13
    assert breakers.begin([], AT, 40) is None
    assert list(breakers.crowded(40)) == ["slow"]
    breakers.ended([DEAD] * 9)
    assert list(breakers.crowded(40)) == ["slow"]
    breakers.ended([DEAD])
    assert list(breakers.crowded(40)) == []


def test_no_more_is_fetched_of_what_was_crowded_than_may_begin(settings: Settings) -> None:
    breakers = EndpointBreakers(settings.model_copy(update={"scoring_endpoint_threads": 4}))
    for _ in range(17):
        breakers.begin([DEAD], AT, 40, "slow")
    assert breakers.room(40) == 40
    breakers.ended([DEAD] * 8)
    assert list(breakers.crowded(40)) == []
    assert breakers.room(40) == 8
    assert [breakers.begin([DEAD], AT, 40, "slow") for _ in range(8)] == [None] * 8
    assert list(breakers.crowded(40)) == ["slow"]
    assert breakers.room(40) == 40
    breakers.ended([DEAD] * 16)
    assert list(breakers.crowded(40)) == []
    assert list(breakers.crowded(40)) == []
    assert breakers.room(40) == 40


@pytest.mark.parametrize("window", [1, 2, 8])
def test_a_window_no_larger_than_an_endpoint_s_threads_is_its_own(settings: Settings, window: int) -> None:
    breakers = EndpointBreakers(settings)
    assert [breakers.begin([DEAD], AT, window) for _ in range(window)] == [None] * window
