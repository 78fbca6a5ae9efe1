"""The ledger's parts of evaluation runs: a plan becomes tasks once, and the last step waits for every row."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.evaluation_jobs import EvaluationJob, Plan
from weft.storage.entities.ledger import LedgerStore
from weft.storage.entities.ledger_tables import (
    EVALUATE_MODEL,
    FINISH,
    ROW,
    SCORE,
    START,
    Job,
    Task,
    TaskFilter,
    Verdict,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = AT + timedelta(seconds=60)
RUN = "run-1"
JOB = EvaluationJob(RUN, "p", "u", EVALUATE_MODEL, AT, evaluation_ref="e", model_ref="m")


@pytest.fixture
def ledger(database: EntitiesDatabase) -> LedgerStore:
    return LedgerStore(database)


def _part(kind: str, position: int = 0) -> Task:
    return Task("p", f"c{position}", "", "u", AT, 3, kind=kind, run_id=RUN, subject=f"row{position}", position=position)


def _asked(ledger: LedgerStore) -> Task:
    """The claimed start of a new run."""
    ledger.add(Job(RUN, "p", "u", [], AT, EVALUATE_MODEL), [_part(START)], JOB)
    (start,) = ledger.claim("w", 10, AT, LEASE)
    return start


def _plan(start: Task, rows: int) -> Plan:
    return Plan(RUN, start.id, "d:1", ["s:1"], [*(_part(ROW, n) for n in range(rows)), _part(FINISH, rows)])


def _planned(ledger: LedgerStore, rows: int) -> None:
    start = _asked(ledger)
    ledger.settle("w", [Verdict(start.id, "done")], AT, [RUN], [_plan(start, rows)])


def _states(ledger: LedgerStore) -> dict[str, str]:
    return {f"{task.kind}{task.position}": task.state for task in ledger.tasks(TaskFilter(job_id=RUN), 100)}


def _finish(ledger: LedgerStore) -> Task:
    (task,) = ledger.tasks(TaskFilter(kinds=[FINISH]), 10)
    return task


def _do_rows(ledger: LedgerStore, *states: str) -> None:
    """Claim rows and settle them in these states."""
    claimed = ledger.claim("w", len(states), AT, LEASE)
    assert {task.kind for task in claimed} == {ROW}
    verdicts = [Verdict(task.id, state, "why") for task, state in zip(claimed, states, strict=True)]
    ledger.settle("w", verdicts, AT, [RUN])


def test_a_plan_becomes_tasks_of_the_job_and_pins_its_versions(ledger: LedgerStore) -> None:
    _planned(ledger, 2)
    assert _states(ledger) == {
        "evaluation_start0": "done", "evaluation_row0": "queued", "evaluation_row1": "queued",
        "evaluation_finish2": "queued",
    }  # fmt: skip
    job = ledger.evaluations.by_ids([RUN, "other"])
    assert job.keys() == {RUN}
    assert (job[RUN].dataset_ref, list(job[RUN].scorer_refs), job[RUN].user_id) == ("d:1", ["s:1"], "u")
    listed = ledger.job(RUN)
    assert listed is not None
    assert (listed.kind, listed.scorer_refs) == (EVALUATE_MODEL, ["s:1"])
    assert listed.counts == {"queued": 3, "running": 0, "retrying": 0, "scored": 0, "failed": 0, "done": 1}


def test_a_plan_of_a_worker_that_lost_its_task_is_not_written(ledger: LedgerStore) -> None:
    start = _asked(ledger)
    ledger.reclaim(AT, everything=True)
    ledger.settle("w", [Verdict(start.id, "done")], AT, [RUN], [_plan(start, 2)])
    assert _states(ledger) == {"evaluation_start0": "queued"}
    (again,) = ledger.claim("w2", 1, AT, LEASE)
    ledger.settle("w2", [Verdict(again.id, "done")], AT, [RUN], [_plan(again, 1)])
    assert len(_states(ledger)) == 3


def test_the_last_step_is_due_when_the_last_two_rows_end_at_once(ledger: LedgerStore) -> None:
    _planned(ledger, 2)
    barrier = threading.Barrier(2)

    def end(row: Task) -> None:
        barrier.wait(60)
        ledger.settle("w", [Verdict(row.id, "failed", "why")], AT, [RUN])

    for _ in range(15):
        threads = [threading.Thread(target=end, args=(row,)) for row in ledger.claim("w", 2, AT, LEASE)]
        assert len(threads) == 2
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert _finish(ledger).next_attempt_at == AT
        ledger.retry(TaskFilter(kinds=[ROW]), AT)
        assert _finish(ledger).next_attempt_at is None


def test_the_last_step_is_due_when_the_last_row_has_ended_however_it_ended(ledger: LedgerStore) -> None:
    _planned(ledger, 3)
    assert "every row" in _finish(ledger).reason
    _do_rows(ledger, "scored", "failed")
    assert _finish(ledger).next_attempt_at is None
    later = AT + timedelta(seconds=5)
    (last,) = ledger.claim("w", 10, AT, LEASE)
    ledger.settle("w", [Verdict(last.id, "retrying", "429", later)], AT, [RUN])
    assert _finish(ledger).next_attempt_at is None
    ledger.claim("w", 10, later, LEASE)
    ledger.settle("w", [Verdict(last.id, "scored")], later, [RUN])
    (finish,) = ledger.claim("w", 10, later, LEASE)
    assert (finish.kind, finish.reason, finish.run_id) == (FINISH, "", RUN)
    ledger.settle("w", [Verdict(finish.id, "done")], later, [RUN])
    assert ledger.unfinished() == 0


def test_a_run_without_rows_goes_straight_to_its_last_step(ledger: LedgerStore) -> None:
    _planned(ledger, 0)
    (finish,) = ledger.claim("w", 10, AT, LEASE)
    assert finish.kind == FINISH


def test_rows_that_killed_their_workers_let_the_run_end(ledger: LedgerStore) -> None:
    _planned(ledger, 1)
    for _ in range(3):
        assert [task.kind for task in ledger.claim("w", 10, AT, LEASE)] == [ROW]
        ledger.reclaim(AT, everything=True)
    assert _states(ledger)["evaluation_row0"] == "failed"
    assert [task.kind for task in ledger.claim("w", 10, AT, LEASE)] == [FINISH]


def test_trying_rows_again_holds_the_last_step_back_until_they_have_ended(ledger: LedgerStore) -> None:
    _planned(ledger, 2)
    _do_rows(ledger, "scored", "failed")
    (finish,) = ledger.claim("w", 10, AT, LEASE)
    ledger.settle("w", [Verdict(finish.id, "done")], AT, [RUN])
    assert ledger.retry(TaskFilter(job_id=RUN), AT) == 1
    held = _finish(ledger)
    assert (held.state, held.next_attempt_at, held.rounds, held.finished_at) == ("queued", None, 2, None)
    progress = ledger.evaluations.progress(RUN)
    assert (progress.completed, progress.total, progress.is_open) == (1, 2, True)
    _do_rows(ledger, "scored")
    assert [task.kind for task in ledger.claim("w", 10, AT, LEASE)] == [FINISH]


def test_rows_tried_again_while_the_last_step_is_at_work_make_it_work_again(ledger: LedgerStore) -> None:
    _planned(ledger, 1)
    _do_rows(ledger, "failed")
    (finish,) = ledger.claim("w", 10, AT, LEASE)
    assert ledger.retry(TaskFilter(job_id=RUN), AT) == 1
    ledger.settle("w", [Verdict(finish.id, "done")], AT, [RUN])
    assert (_finish(ledger).state, _finish(ledger).next_attempt_at) == ("queued", None)
    _do_rows(ledger, "scored")
    assert [task.kind for task in ledger.claim("w", 10, AT, LEASE)] == [FINISH]


def test_a_step_that_failed_says_why(ledger: LedgerStore) -> None:
    start = _asked(ledger)
    assert ledger.evaluations.progress(RUN).is_open
    ledger.settle("w", [Verdict(start.id, "failed", "no model")], AT, [RUN])
    progress = ledger.evaluations.progress(RUN)
    assert (progress.is_open, progress.failure, progress.total) == (False, "no model", 0)


def test_tasks_like_one_that_has_to_wait_are_put_off_together(ledger: LedgerStore) -> None:
    _planned(ledger, 3)
    ledger.add(Job("j", "p", "u", ["s"], AT), [Task("p", "c", "s", "u", AT, 3), Task("p", "c", "other", "u", AT, 3)])
    later = AT + timedelta(seconds=30)
    (row,) = ledger.tasks(TaskFilter(kinds=[ROW]), 1)
    assert ledger.postpone(row, later, "endpoint down") == 3
    (score,) = [task for task in ledger.tasks(TaskFilter(kinds=[SCORE]), 10) if task.scorer_ref == "s"]
    assert ledger.postpone(score, later, "endpoint down") == 1
    assert [task.scorer_ref for task in ledger.claim("w", 10, AT, LEASE)] == ["other"]
    assert {task.reason for task in ledger.tasks(TaskFilter(kinds=[ROW]), 10)} == {"endpoint down"}
    assert len(ledger.claim("w", 10, later, LEASE)) == 4


def test_tens_of_thousands_of_named_tasks_are_tried_again_in_one_go(ledger: LedgerStore) -> None:
    asked = [Task("p", f"c{number}", "s", "u", AT, 3) for number in range(12_000)]
    ledger.add(Job("j", "p", "u", ["s"], AT), asked)
    for task in ledger.claim("w", 2, AT, LEASE):
        ledger.settle("w", [Verdict(task.id, "failed", "why")], AT)
    failed = [task.call_id for task in ledger.tasks(TaskFilter(states=["failed"]), 10)]
    named = [*(f"other{number}" for number in range(49_998)), *failed]
    assert ledger.retry(TaskFilter(call_ids=[*named, *failed]), AT) == 2
