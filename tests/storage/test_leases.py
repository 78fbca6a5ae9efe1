"""A task is held by one worker at a time, and a worker that stood still finds out before it writes anything."""

from __future__ import annotations

import time

import pytest

from weft.core.clock import now
from weft.scoring.transport.polling import Polling
from weft.settings import Settings
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.ledger import Job, LedgerStore, Task, TaskFilter

SCORER = "weave-trace-internal:///p/object/s:d"


@pytest.fixture
def ledger(database: EntitiesDatabase) -> LedgerStore:
    store = LedgerStore(database)
    calls = [Task("p", call_id, SCORER, "u", now(), 3) for call_id in ("a", "b")]
    store.add(Job("j", "p", "u", [SCORER], now()), calls)
    return store


@pytest.fixture
def workers(ledger: LedgerStore, settings: Settings) -> tuple[Polling, Polling]:
    # Of servers that share their stores: one alone owns whatever it finds.
    hasty = settings.model_copy(update={"scoring_lease_seconds": 1.0, "events_url": "clickhouse://elsewhere"})
    return Polling(ledger, hasty), Polling(ledger, hasty)


def test_a_worker_that_stood_still_knows_what_others_have_taken(
    ledger: LedgerStore, workers: tuple[Polling, Polling]
) -> None:
    frozen, other = workers
    frozen.keep_alive(holding=False)
    held = [task.id for task in frozen.receive(10)]
    assert set(frozen.still_ours(held)) == set(held)
    taken = _after_the_lease(other, 1)
    # It goes on, and renews what it holds before it writes.
    frozen.keep_alive(holding=True)
    assert set(frozen.still_ours(held)) == set(held) - {taken.id} - _waiting(ledger)
    assert taken.id not in frozen.still_ours(held)


def test_a_worker_that_was_slow_and_lost_nothing_goes_on(ledger: LedgerStore, workers: tuple[Polling, Polling]) -> None:
    slow, _ = workers
    slow.keep_alive(holding=False)
    held = [task.id for task in slow.receive(10)]
    while any(task.lease_until is not None and task.lease_until > now() for task in ledger.tasks(TaskFilter(), 10)):
        time.sleep(0.05)
    slow.keep_alive(holding=True)
    assert set(slow.still_ours(held)) == set(held)


def _after_the_lease(worker: Polling, limit: int) -> Task:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        worker.keep_alive(holding=False)
        if tasks := worker.receive(limit):
            return tasks[0]
    raise AssertionError("the lease never ran out")


def _waiting(ledger: LedgerStore) -> set[str]:
    return {task.id for task in ledger.tasks(TaskFilter(states=["queued"]), 10)}
