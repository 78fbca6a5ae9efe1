"""Every row of a project can be read out of both stores and put back, in bounded batches, and no table is forgotten."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from weft.core.clock import now
from weft.core.ids import new_id
from weft.services import Services
from weft.storage.entities.ledger_tables import Job, Task
from weft.storage.entities.prices import StoredPrice
from weft.storage.entities.project_rows import NOT_MOVED, ProjectRows, moved_tables
from weft.storage.entities.tables import metadata
from weft.storage.events import project_rows as event_rows
from weft.storage.events.call_changes import Call, DeleteCall, EndCall, PutCall
from weft.storage.events.migrations import migration_files
from weft.storage.events.project_rows import MOVED, EventRows

T0 = datetime(2026, 1, 1, tzinfo=UTC)
CALLS = next(table for table in MOVED if table.name == "calls")


def test_every_table_is_moved_or_says_why_not() -> None:
    assert set(moved_tables()) | set(NOT_MOVED) == set(metadata.tables)
    made = {name for _, text in migration_files() for name in re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", text)}
    assert made - set(event_rows.NOT_MOVED) == {table.name for table in MOVED}


def test_every_column_of_an_event_table_is_moved(services: Services) -> None:
    kept_out = {"project_id", "version", "deleted", "orphan", "leaves", "opaque"}
    for table in MOVED:
        sql = "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}"
        columns = {row["name"] for row in services.engine.query(sql, {"table": table.name})}
        assert columns - kept_out == set(table.columns) == set(EventRows(services.engine).types(table))


def _put_calls(services: Services, project_id: str, count: int, size: int = 10) -> None:
    calls = [
        Call(
            project_id,
            f"c{number:04}",
            started_at=T0 + timedelta(seconds=number // 3),
            inputs=f'{{"x":"{"y" * size}"}}',
        )
        for number in range(count)
    ]
    services.stores.calls.apply([PutCall(call) for call in calls])


def test_calls_are_read_in_key_order_and_go_on_after_a_key(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_rows, "_KEYS_AT_ONCE", 7)
    monkeypatch.setattr(event_rows, "_ROWS_AT_ONCE", 3)
    project_id = new_id()
    _put_calls(services, project_id, 20)
    services.stores.calls.apply([DeleteCall(project_id, "c0004"), EndCall(project_id, "waiting", T0)])
    reader = EventRows(services.engine)
    batches = list(reader.read(CALLS, project_id))
    ids = [row["id"] for batch in batches for row in batch]
    assert ids == [f"c{number:04}" for number in range(20) if number != 4]
    assert max(map(len, batches)) <= 3
    assert reader.count(CALLS, project_id) == 19
    last = batches[2][-1]
    rest = [row["id"] for batch in reader.read(CALLS, project_id, [last["started_at"], last["id"]]) for row in batch]
    assert rest == ids[ids.index(last["id"]) + 1 :]


def test_large_rows_come_in_smaller_batches(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_rows, "_BYTES_AT_ONCE", 2500)
    project_id = new_id()
    _put_calls(services, project_id, 6, size=1000)
    assert [len(batch) for batch in EventRows(services.engine).read(CALLS, project_id)] == [2, 2, 2]


def _fill_entities(services: Services, project_id: str) -> None:
    task = Task(project_id, "call", "scorer", "user", T0, 3)
    services.stores.ledger.add(Job(new_id(), project_id, "user", ["scorer"], T0), [task])
    services.stores.prices.add(
        [StoredPrice(new_id(), project_id, "model", "p", T0, 0.5, 1.5, 0.0, 0.0, "USD", "USD", "u", T0)]
    )
    services.stores.project_settings.change(project_id, {"retention_days": 3}, now(), "user")
    services.stores.project_settings.change(project_id, {"retention_days": 5}, now(), "user")


def _all_rows(services: Services, project_id: str, size: int = 1000) -> dict[str, list[dict[str, object]]]:
    reader = ProjectRows(services.database)
    return {name: [row for batch in reader.read(name, project_id, size) for row in batch] for name in moved_tables()}


def test_entities_go_out_and_come_back_the_same(services: Services) -> None:
    project_id = new_id()
    rows = ProjectRows(services.database)
    assert rows.is_empty(project_id)
    _fill_entities(services, project_id)
    assert not rows.is_empty(project_id)
    before = _all_rows(services, project_id)
    assert {name for name, found in before.items() if found} == {
        "prices", "project_settings", "scoring_jobs", "scoring_tasks", "scoring_job_tasks"
    }  # fmt: skip
    assert _all_rows(services, project_id, size=1) == before
    for _ in range(2):
        for name, found in before.items():
            rows.write(name, project_id, found)
    assert _all_rows(services, project_id) == before


def test_an_id_of_another_project_is_found_before_anything_is_written(services: Services) -> None:
    project_id = new_id()
    _fill_entities(services, project_id)
    rows = ProjectRows(services.database)
    [job] = _all_rows(services, project_id)["scoring_jobs"]
    assert rows.taken("scoring_jobs", project_id, [job]) is None
    assert rows.taken("scoring_jobs", "another", [job]) == job["id"]
