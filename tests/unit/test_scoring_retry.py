"""The decision table: one failure of each kind, and what becomes of the task."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from weft.scoring.retry import Backoff, CannotWork, NotThereYet, StoreIsDown, WorldIsSlow, decide
from weft.storage.entities.ledger import Task

AT = datetime(2026, 1, 1, tzinfo=UTC)
TASK = Task("p", "c", "weave-trace-internal:///p/object/s:d", "u", AT, 3, id="t", state="running", attempts=1)
BACKOFF = Backoff(first=2.0, longest=60.0)


def _pause(verdict_at: datetime | None) -> float:
    assert verdict_at is not None
    return (verdict_at - AT).total_seconds()


def test_what_can_never_work_fails_at_once() -> None:
    verdict = decide(CannotWork("no"), TASK, BACKOFF, AT)
    assert (verdict.state, verdict.reason, verdict.next_attempt_at) == ("failed", "no", None)


def test_a_slow_world_is_tried_again_later_and_later_until_the_attempts_are_used_up() -> None:
    first = decide(WorldIsSlow("429"), TASK, BACKOFF, AT)
    second = decide(WorldIsSlow("429"), replace(TASK, attempts=2), BACKOFF, AT)
    last = decide(WorldIsSlow("429"), replace(TASK, attempts=3), BACKOFF, AT)
    assert (first.state, second.state, last.state) == ("retrying", "retrying", "failed")
    assert 1 <= _pause(first.next_attempt_at) <= 2
    assert 2 <= _pause(second.next_attempt_at) <= 4
    assert last.reason == "Exhausted after 3 attempts: 429"
    assert not first.uncounted


def test_the_pause_asked_for_is_kept_up_to_the_longest_that_may_be_asked_for() -> None:
    slow = WorldIsSlow("429")
    slow.retry_after = 30.0
    assert _pause(decide(slow, TASK, BACKOFF, AT).next_attempt_at) == 30.0
    slow.retry_after = 900.0
    assert _pause(decide(slow, TASK, BACKOFF, AT).next_attempt_at) == 900.0
    slow.retry_after = 9000.0
    assert _pause(decide(slow, TASK, replace(BACKOFF, longest_asked=1000.0), AT).next_attempt_at) == 1000.0
    assert BACKOFF.seconds(1000) <= 60.0


def test_some_failures_are_worth_fewer_tries() -> None:
    slow = WorldIsSlow("no JSON")
    slow.most_attempts = 1
    assert decide(slow, TASK, BACKOFF, AT).state == "failed"


def test_waiting_uses_up_no_attempts_and_ends() -> None:
    missing = NotThereYet("call not found", patience=10)
    verdict = decide(missing, TASK, BACKOFF, AT)
    assert (verdict.state, verdict.reason, verdict.uncounted) == ("queued", "call not found", True)
    late = replace(TASK, asked_at=AT - timedelta(seconds=9))
    assert _pause(decide(missing, late, BACKOFF, AT).next_attempt_at) <= 1
    over = replace(TASK, asked_at=AT - timedelta(seconds=10))
    assert decide(missing, over, BACKOFF, AT).state == "failed"


def test_a_store_that_is_down_says_nothing_about_the_task() -> None:
    verdict = decide(StoreIsDown("the engine is closed"), replace(TASK, attempts=3), BACKOFF, AT)
    assert (verdict.state, verdict.uncounted, verdict.reason) == ("retrying", True, "the engine is closed")
