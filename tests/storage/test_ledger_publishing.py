"""Tasks on their way to a broker: each is handed over, by one process, and again when nothing came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.ledger import Job, LedgerStore, Task, TaskFilter, Verdict, task_id
from weft.storage.entities.ledger_publishing import TaskPublishing

AT = datetime(2026, 1, 1, tzinfo=UTC)
SOON = AT + timedelta(seconds=30)
LEASE = AT + timedelta(seconds=60)
SCORER = "weave-trace-internal:///p/object/s:d"


@pytest.fixture
def ledger(database: EntitiesDatabase) -> LedgerStore:
    return LedgerStore(database)


@pytest.fixture
def publishing(database: EntitiesDatabase) -> TaskPublishing:
    return TaskPublishing(database)


def _tasks(*call_ids: str) -> list[Task]:
    return [Task("p", call_id, SCORER, "u", AT, max_attempts=3) for call_id in call_ids]


def _ask(ledger: LedgerStore, *call_ids: str) -> list[str]:
    ledger.add(Job("j", "p", "u", [SCORER], AT), _tasks(*call_ids))
    return [task_id("p", call_id, SCORER) for call_id in call_ids]


def test_a_task_is_published_once_until_its_time_is_over(ledger: LedgerStore, publishing: TaskPublishing) -> None:
    ids = _ask(ledger, "a", "b")
    assert {task.id for task in publishing.take(10, AT, SOON)} == set(ids)
    assert publishing.take(10, AT, SOON) == []
    publishing.delivered(ids[:1], LEASE)
    publishing.undelivered(ids[1:])
    assert [task.call_id for task in publishing.take(10, AT, SOON)] == ["b"]
    assert {task.call_id for task in publishing.take(10, LEASE, LEASE)} == {"a", "b"}


def test_a_published_task_is_for_those_who_know_its_name(ledger: LedgerStore, publishing: TaskPublishing) -> None:
    ids = _ask(ledger, "a", "b")
    publishing.take(10, AT, SOON)
    assert ledger.claim("poller", 10, AT, LEASE) == []
    assert ledger.next_due() is None
    (claimed,) = ledger.claim_named("w", ids[:1], AT, LEASE)
    assert (claimed.id, claimed.state, claimed.attempts, claimed.published_until) == (ids[0], "running", 1, None)
    assert ledger.claim_named("other", ids[:1], AT, LEASE) == []


def test_tasks_can_be_told_apart_by_their_scorer(ledger: LedgerStore) -> None:
    ids = _ask(ledger, "a", "b")
    assert ledger.among([*ids, "unknown"], [SCORER, "else"]) == dict.fromkeys(ids, SCORER)
    assert ledger.among(ids[:1], [SCORER]) == {ids[0]: SCORER}
    assert ledger.among(ids, ["else"]) == {}


def test_what_was_published_and_overlooked_is_for_whoever_has_time(
    ledger: LedgerStore, publishing: TaskPublishing
) -> None:
    _ask(ledger, "a", "b", "c")
    assert ledger.claim_published("idle", 10, AT, AT, LEASE) == []
    publishing.take(10, AT, LEASE)
    assert ledger.claim_published("idle", 10, AT - timedelta(seconds=2), AT, LEASE) == []
    assert ledger.claim_published("idle", 10, AT, AT, LEASE, passing_over=[SCORER]) == []
    taken = ledger.claim_published("idle", 2, AT, AT, LEASE)
    assert [task.state for task in taken] == ["running", "running"]
    assert ledger.claim_named("late", [task.id for task in taken], AT, LEASE) == []


def test_a_clock_that_is_behind_holds_nothing_up(ledger: LedgerStore, publishing: TaskPublishing) -> None:
    (known,) = _ask(ledger, "a")
    behind = AT - timedelta(seconds=5)
    assert ledger.claim_named("w", [known], behind, LEASE) == []
    publishing.take(10, AT, SOON)
    assert len(ledger.claim_named("w", [known], behind, LEASE)) == 1


def test_a_claimed_task_is_not_marked_by_a_late_report(ledger: LedgerStore, publishing: TaskPublishing) -> None:
    (known,) = _ask(ledger, "a")
    publishing.take(10, AT, SOON)
    ledger.claim_named("w", [known], AT, LEASE)
    publishing.delivered([known], LEASE)
    ledger.settle("w", [Verdict(known, "retrying", "429", SOON)], AT)
    assert publishing.take(10, AT, LEASE) == []
    assert [task.attempts for task in publishing.take(10, SOON, LEASE)] == [1]


def test_what_a_dead_worker_held_is_published_again(ledger: LedgerStore, publishing: TaskPublishing) -> None:
    (known,) = _ask(ledger, "a")
    publishing.take(10, AT, LEASE)
    ledger.claim_named("dead", [known], AT, AT + timedelta(seconds=1))
    assert publishing.take(10, SOON, LEASE) == []
    assert ledger.reclaim(SOON) == 1
    assert [task.id for task in publishing.take(10, SOON, LEASE)] == [known]


def test_postponed_tasks_are_published_when_they_are_due(ledger: LedgerStore, publishing: TaskPublishing) -> None:
    _ask(ledger, "a", "b")
    first, second = publishing.take(10, AT, LEASE)
    (claimed,) = ledger.claim_named("w", [first.id], AT, LEASE)
    assert ledger.postpone(claimed, SOON, "the endpoint is down") == 1
    assert publishing.take(10, AT, LEASE) == []
    assert [task.id for task in publishing.take(10, SOON, LEASE)] == [second.id]


def test_without_a_broker_everything_published_is_taken_back(ledger: LedgerStore, publishing: TaskPublishing) -> None:
    _ask(ledger, "a", "b")
    publishing.take(10, AT, LEASE)
    assert publishing.forget() == 2
    assert len(ledger.claim("poller", 10, AT, LEASE)) == 2


def test_ensuring_adds_what_is_missing_and_touches_nothing_else(ledger: LedgerStore) -> None:
    job = Job("monitor", "p", "u", [SCORER], AT, kind="monitor")
    assert ledger.ensure(job, _tasks("a", "b")) == 2
    (task, *_) = ledger.claim("w", 1, AT, LEASE)
    ledger.settle("w", [Verdict(task.id, "scored")], AT)
    assert ledger.ensure(job, _tasks("a", "b", "c", "c")) == 1
    assert ledger.ensure(job, _tasks("a", "b", "c")) == 0
    states = {task.call_id: task.state for task in ledger.tasks(TaskFilter(job_id="monitor"), 10)}
    assert sorted(states.values()) == ["queued", "queued", "scored"]
    found = ledger.job("monitor")
    assert found is not None
    assert (found.kind, sum(found.counts.values())) == ("monitor", 3)
