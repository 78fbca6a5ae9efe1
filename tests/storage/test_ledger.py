"""The ledger keeps every asked-for score until it has ended, and gives each to one worker at a time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.ledger import Job, LedgerStore, Task, TaskFilter, Verdict, task_id

AT = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = AT + timedelta(seconds=60)
SCORER = "weave-trace-internal:///p/object/s:d"
EVERY = TaskFilter()


@pytest.fixture
def ledger(database: EntitiesDatabase) -> LedgerStore:
    return LedgerStore(database)


def _ask(ledger: LedgerStore, job_id: str, *call_ids: str, at: datetime = AT, user: str = "u") -> None:
    tasks = [Task("p", call_id, SCORER, user, at, max_attempts=3) for call_id in call_ids]
    ledger.add(Job(job_id, "p", user, [SCORER], at), tasks)


def _only(ledger: LedgerStore) -> Task:
    (task,) = ledger.tasks(EVERY, 10)
    return task


def test_asked_tasks_are_there_after_reopening(ledger: LedgerStore, database: EntitiesDatabase) -> None:
    _ask(ledger, "j", "a", "b")
    reopened = LedgerStore(database)
    assert {task.call_id for task in reopened.tasks(EVERY, 10)} == {"a", "b"}
    job = reopened.job("j")
    assert job is not None
    assert job.counts == {"queued": 2, "running": 0, "retrying": 0, "scored": 0, "failed": 0}


def test_a_task_is_claimed_once_and_the_longest_waiting_first(ledger: LedgerStore) -> None:
    _ask(ledger, "j2", "late", at=AT)
    _ask(ledger, "j1", "early", at=AT - timedelta(seconds=5))
    assert [task.call_id for task in ledger.claim("w1", 1, AT, LEASE)] == ["early"]
    (second,) = ledger.claim("w2", 10, AT, LEASE)
    assert (second.call_id, second.state, second.attempts, second.started_at) == ("late", "running", 1, AT)
    assert ledger.claim("w3", 10, AT, LEASE) == []


def test_scorers_and_runs_to_pass_over_stay_where_they_are(ledger: LedgerStore) -> None:
    _ask(ledger, "j1", "slow", at=AT - timedelta(seconds=5))
    ledger.add(Job("j2", "p", "u", ["other"], AT), [Task("p", "quick", "other", "u", AT, max_attempts=3)])
    assert [task.call_id for task in ledger.claim("w", 10, AT, LEASE, {SCORER})] == ["quick"]
    assert ledger.claim("w", 10, AT, LEASE, {SCORER}) == []
    assert [task.call_id for task in ledger.claim("w", 10, AT, LEASE, {"other", "a run"})] == ["slow"]


def test_concurrent_claims_never_give_a_task_twice(ledger: LedgerStore) -> None:
    _ask(ledger, "j", *(f"c{number}" for number in range(200)))
    claimed: list[str] = []

    def claim(owner: str) -> None:
        while tasks := ledger.claim(owner, 7, AT, LEASE):
            claimed.extend(task.id for task in tasks)

    threads = [threading.Thread(target=claim, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 200


def test_a_task_not_due_is_left_alone(ledger: LedgerStore) -> None:
    _ask(ledger, "j", "a")
    (task,) = ledger.claim("w", 1, AT, LEASE)
    due = AT + timedelta(seconds=30)
    ledger.settle("w", [Verdict(task.id, "retrying", "429", due)], AT)
    assert ledger.claim("w", 1, AT, LEASE) == []
    assert ledger.next_due() == due
    (again,) = ledger.claim("w", 1, due, LEASE)
    assert again.attempts == 2


def test_a_verdict_of_a_worker_that_lost_the_task_changes_nothing(ledger: LedgerStore) -> None:
    _ask(ledger, "j", "a")
    (task,) = ledger.claim("slow", 1, AT, AT - timedelta(seconds=1))
    assert ledger.reclaim(AT) == 1
    (retaken,) = ledger.claim("fast", 1, AT, LEASE)
    ledger.settle("slow", [Verdict(task.id, "failed", "too late")], AT)
    assert _only(ledger).state == "running"
    ledger.settle("fast", [Verdict(retaken.id, "scored", score_call_id="s", feedback_id="f")], AT)
    done = _only(ledger)
    assert (done.state, done.score_call_id, done.feedback_id, done.finished_at) == ("scored", "s", "f", AT)
    assert ledger.unfinished() == 0


def test_a_live_lease_is_not_reclaimed_and_renewing_keeps_it_live(ledger: LedgerStore) -> None:
    _ask(ledger, "j", "a")
    ledger.claim("w", 1, AT, LEASE)
    ledger.renew("w", LEASE + timedelta(hours=1))
    assert ledger.reclaim(LEASE + timedelta(minutes=1)) == 0
    assert ledger.reclaim(AT, everything=True) == 1
    assert _only(ledger).state == "queued"


def test_a_task_that_kills_every_worker_fails_in_the_end(ledger: LedgerStore) -> None:
    _ask(ledger, "j", "a")
    for _ in range(3):
        assert len(ledger.claim("w", 1, AT, LEASE)) == 1
        ledger.reclaim(AT, everything=True)
    task = _only(ledger)
    assert (task.state, task.reason) == ("failed", "The worker stopped during every attempt")
    assert ledger.claim("w", 1, AT, LEASE) == []


def test_an_attempt_that_was_none_is_given_back(ledger: LedgerStore) -> None:
    _ask(ledger, "j", "a")
    (task,) = ledger.claim("w", 1, AT, LEASE)
    ledger.settle("w", [Verdict(task.id, "queued", "call not found", AT, uncounted=True)], AT)
    waiting = _only(ledger)
    assert (waiting.state, waiting.attempts, waiting.reason) == ("queued", 0, "call not found")


def test_asking_again_joins_a_task_under_way_and_restarts_an_ended_one(ledger: LedgerStore) -> None:
    _ask(ledger, "j1", "a", user="first")
    (task,) = ledger.claim("w", 1, AT, LEASE)
    _ask(ledger, "j2", "a", user="second")
    joined = _only(ledger)
    assert (joined.state, joined.user_id, joined.rounds) == ("running", "first", 1)
    ledger.settle("w", [Verdict(task.id, "scored", score_call_id="s", feedback_id="f")], AT)
    assert [job.counts["scored"] for job in ledger.jobs(["p"], 10)] == [1, 1]

    later = AT + timedelta(days=1)
    _ask(ledger, "j3", "a", at=later, user="third")
    again = _only(ledger)
    assert again.id == task.id == task_id("p", "a", SCORER)
    assert (again.state, again.user_id, again.rounds, again.attempts) == ("queued", "third", 2, 0)
    assert (again.asked_at, again.finished_at, again.feedback_id) == (later, None, "f")


def test_failed_tasks_are_retried_with_a_full_budget_and_others_are_left_alone(ledger: LedgerStore) -> None:
    _ask(ledger, "j", "bad", "good")
    for task in ledger.claim("w", 2, AT, LEASE):
        state = "failed" if task.call_id == "bad" else "scored"
        ledger.settle("w", [Verdict(task.id, state, "why")], AT)
    assert ledger.retry(TaskFilter(project_ids=["other"]), AT) == 0
    assert ledger.retry(TaskFilter(job_id="j"), AT) == 1
    retried = ledger.tasks(TaskFilter(call_ids=["bad"]), 1)[0]
    assert (retried.state, retried.attempts, retried.reason, retried.rounds) == ("queued", 0, "", 2)


def test_lists_are_filtered_and_paged(ledger: LedgerStore) -> None:
    for number in range(5):
        _ask(ledger, f"j{number}", f"c{number}", at=AT + timedelta(seconds=number))
    assert [job.id for job in ledger.jobs(["p"], 2, 1)] == ["j3", "j2"]
    assert ledger.jobs([], 10) == []
    assert ledger.tasks(TaskFilter(project_ids=[]), 10) == []
    assert [task.call_id for task in ledger.tasks(TaskFilter(job_id="j2"), 10)] == ["c2"]
    assert [task.call_id for task in ledger.tasks(TaskFilter(states=["queued"]), 2, 3)] == ["c1", "c0"]
    assert ledger.project_ids() == ["p"]


def test_a_job_with_nothing_to_do_is_possible(ledger: LedgerStore) -> None:
    ledger.add(Job("j", "p", "u", [], AT), [])
    job = ledger.job("j")
    assert job is not None
    assert sum(job.counts.values()) == 0
