from __future__ import annotations

from datetime import UTC, datetime, timedelta

from weft.core.ids import new_id
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.ledger import LedgerStore
from weft.storage.entities.ledger_tables import Job, Task, Verdict, task_id
from weft.storage.entities.scoring_progress import ScoringProgressReader

T0 = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_progress_tells_what_waits_and_what_ended_lately(database: EntitiesDatabase) -> None:
    ledger, project = LedgerStore(database), new_id()
    tasks = [Task(project, f"c{number}", "scorer", "user", T0, 3) for number in range(5)]
    ledger.add(Job(new_id(), project, "user", ["scorer"], T0), tasks)
    ids = [task_id(project, task.call_id, "scorer") for task in tasks]
    ledger.claim_named("w", ids[:4], T0, T0 + MINUTE)
    ledger.settle("w", [Verdict(ids[0], "scored")], T0)
    ledger.settle("w", [Verdict(ids[1], "scored"), Verdict(ids[2], "failed")], T0 + 10 * MINUTE)
    found = ScoringProgressReader(database).read(project, T0 + 11 * MINUTE, 5 * MINUTE)
    assert found.depth == {"queued": 1, "running": 1, "retrying": 0, "waiting": 0}
    assert found.ended == {"scored": 2, "failed": 1, "done": 0}
    assert (found.oldest_asked, found.next_due) == (T0, T0)
    assert sorted(found.recent) == [(T0 + 10 * MINUTE, "failed"), (T0 + 10 * MINUTE, "scored")]


def test_a_project_that_asked_for_nothing_has_none_of_it(database: EntitiesDatabase) -> None:
    found = ScoringProgressReader(database).read(new_id(), T0, MINUTE)
    assert set(found.depth.values()) == set(found.ended.values()) == {0}
    assert (found.oldest_asked, found.next_due, found.recent) == (None, None, [])
