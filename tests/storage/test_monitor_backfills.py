"""Back-fills as rows, and what else monitors ask the stores: nothing is counted twice, nothing of others is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from weft.core.errors import NotFound
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.ledger import LedgerStore
from weft.storage.entities.ledger_tables import MONITOR, Job, Task
from weft.storage.entities.monitor_backfills import COUNTS, MonitorBackfill, MonitorBackfillStore
from weft.storage.entities.objects import NewObject, ObjectStore

AT = datetime(2026, 3, 1, 1, 2, 3, 456_789, tzinfo=UTC)


@pytest.fixture
def backfills(database: EntitiesDatabase) -> MonitorBackfillStore:
    return MonitorBackfillStore(database)


def _made(name: str, **fields: object) -> MonitorBackfill:
    values = {"project_id": "p", "monitor_ref": "m", "user_id": "u", "created_at": AT, "started_before": AT, **fields}
    return MonitorBackfill(id=name, **values)  # type: ignore[arg-type]


def _monitor(digest: str, base: str | None = "Monitor", object_id: str = "watch") -> NewObject:
    return NewObject("p", object_id, digest, "object", base, base, '{"a": 1}', "u")


def test_what_is_written_is_read(backfills: MonitorBackfillStore) -> None:
    first = _made("a", started_after=AT - timedelta(days=1), dry_run=True)
    second = _made("b", created_at=AT + timedelta(seconds=1))
    for made in (first, second, _made("other", project_id="q")):
        backfills.add(made)
    assert backfills.by_ids(["a", "none"]) == {"a": first}
    assert backfills.of_project("p", 10) == [second, first]
    assert backfills.of_project("p", 1) == [second]
    backfills.set_total("a", 7)
    backfills.cancel("a")
    changed = backfills.by_ids(["a"])["a"]
    assert (changed.total, changed.cancelled) == (7, True)
    assert backfills.by_ids(["b"])["b"] == second


def test_a_page_counts_once_whoever_walks_it(backfills: MonitorBackfillStore) -> None:
    start = _made("a")
    backfills.add(start)
    counted = dict.fromkeys(COUNTS, 2)
    assert backfills.advance(start, AT, "call-1", counted)
    assert not backfills.advance(start, AT, "call-1", counted)
    now = backfills.by_ids(["a"])["a"]
    assert (now.last_started_at, now.last_call_id, now.counts) == (AT, "call-1", counted)
    assert backfills.advance(now, AT, "call-2", {"walked": 1})
    assert backfills.by_ids(["a"])["a"].counts["walked"] == 3


def test_the_ledger_tells_what_monitors_asked_for_and_how_much_of_a_job_is_open(database: EntitiesDatabase) -> None:
    ledger = LedgerStore(database)
    job = Job("j", "p", "u", ["s"], AT, MONITOR)
    asked = [Task("p", f"c{number}", "s", "u", AT, 3, trigger_ref="m") for number in range(4)]
    assert ledger.ensure(job, asked) == 4
    ledger.ensure(Job("k", "p", "u", ["s"], AT), [Task("p", "c0", "s", "u", AT, 3)])
    ledger.ensure(Job("l", "q", "u", ["s"], AT, MONITOR), [Task("q", "c1", "s", "u", AT, 3, trigger_ref="n")])
    assert ledger.triggers("p", ["c0", "c1", "c9"]) == {("c0", "m"), ("c1", "m")}
    assert ledger.triggers("p", []) == set()
    assert (ledger.open_of("j", 10), ledger.open_of("j", 2), ledger.open_of("k", 10)) == (4, 2, 1)


def test_changes_of_monitors_are_counted_and_the_latest_has_a_time(database: EntitiesDatabase) -> None:
    objects = ObjectStore(database)
    assert objects.changes("Monitor") == 0
    assert objects.latest_since("p", "watch", "object") is None
    objects.publish(_monitor("1" * 43))
    first = objects.latest_since("p", "watch", "object")
    objects.publish(_monitor("2" * 43, base=None, object_id="other"))
    assert objects.changes("Monitor") == 1
    objects.publish_all([(_monitor("2" * 43), True)])
    assert objects.changes("Monitor") == 2
    objects.publish(_monitor("1" * 43))
    again = objects.latest_since("p", "watch", "object")
    assert first is not None
    assert again is not None
    assert again > first
    objects.delete("p", "watch", None)
    assert objects.changes("Monitor") == 4
    with pytest.raises(NotFound):
        objects.delete("p", "watch", None)
    assert objects.changes("Monitor") == 4
