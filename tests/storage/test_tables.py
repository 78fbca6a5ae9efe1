"""Tables and rows: durable, deduplicated, read by page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from weft.core.ids import new_id
from weft.storage.events.engine import EventsEngine
from weft.storage.events.tables import TableStore, TableWrite


@pytest.fixture
def store(events_engine: EventsEngine) -> Iterator[TableStore]:
    built = TableStore(events_engine)
    yield built
    built.close()


def test_a_table_is_read_back_by_another_store(store: TableStore, events_engine: EventsEngine) -> None:
    project = new_id()
    store.put(TableWrite(project, {"r1": '{"a":1}', "r2": '{"b":"\\u0000é"}'}, "t", ["r1", "r2", "r1", "r3"]))
    fresh = TableStore(events_engine)
    assert fresh.row_digests(project, "t") == ["r1", "r2", "r1", "r3"]
    assert fresh.row_digests(project, "other") is None
    assert fresh.row_digests(new_id(), "t") is None
    assert fresh.rows(project, ["r2", "r3", "r1"]) == {"r1": '{"a":1}', "r2": '{"b":"\\u0000é"}'}
    assert fresh.missing_rows(project, "t") == {"r3"}
    assert fresh.missing_rows(project, "other") == set()
    assert fresh.members(project, "t", "a") == {"r1": "1", "r2": ""}
    fresh.close()


def test_counts_and_sizes(store: TableStore) -> None:
    project = new_id()
    store.put(TableWrite(project, {"r1": "1234", "r2": "12"}, "t", ["r1", "r2", "r1", "r3"]))
    store.put(TableWrite(project, {}, "empty", []))
    store.put(TableWrite(project, {"r1": "1234"}, "t", ["r1", "r2", "r1", "r3"]))
    assert store.counts(project, ["t", "empty", "none", "t"]) == {"t": 4, "empty": 0}
    assert store.sizes(project, ["t", "empty", "none"]) == {"t": 10}


def test_many_digests_at_once(store: TableStore) -> None:
    project = new_id()
    rows = {f"row-{index:06}": f'{{"i":{index}}}' for index in range(12_000)}
    store.put(TableWrite(project, rows, "big", list(rows)))
    assert store.rows(project, rows) == rows


def test_rows_that_come_later_are_found(store: TableStore, events_engine: EventsEngine) -> None:
    project = new_id()
    store.put(TableWrite(project, {}, "t", ["r1", "r2"]))
    assert store.missing_rows(project, "t") == {"r1", "r2"}
    store.put(TableWrite(project, {"r1": "1", "r2": "2"}, "parts", ["r1", "r2"]))
    assert store.missing_rows(project, "t") == set()
