"""Annotation queues in the entity store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from weft.core.errors import NotFound
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.queues import Queue, QueueStore

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.fixture
def store(database: EntitiesDatabase) -> QueueStore:
    return QueueStore(database)


def _queue(number: int, name: str, project_id: str = "p") -> Queue:
    moment = MOMENT + timedelta(seconds=number)
    return Queue(f"q{number}", project_id, name, "", ["ref"], moment, "u", moment)


def test_a_queue_reads_back_as_it_was_written(store: QueueStore) -> None:
    queue = _queue(1, "Reviews")
    store.create(queue)
    assert store.find("p", "q1") == queue
    assert store.find("other", "q1") is None


def test_a_change_sets_what_it_names(store: QueueStore) -> None:
    store.create(_queue(1, "Reviews"))
    changed = store.change("p", "q1", {"name": "New", "scorer_refs": []})
    assert (changed.name, changed.scorer_refs, changed.description) == ("New", [], "")
    assert store.find("p", "q1") == changed
    for project_id, queue_id in (("other", "q1"), ("p", "q2")):
        with pytest.raises(NotFound):
            store.change(project_id, queue_id, {"name": "x"})


def test_a_deleted_queue_is_nowhere(store: QueueStore) -> None:
    store.create(_queue(1, "Reviews"))
    assert store.change("p", "q1", {"deleted_at": MOMENT}).deleted_at == MOMENT
    assert store.find("p", "q1") is None
    assert store.select("p") == []
    with pytest.raises(NotFound):
        store.change("p", "q1", {"deleted_at": MOMENT})


def test_lists_search_sort_and_page(store: QueueStore) -> None:
    for number, name in enumerate(["beta 50%", "Alpha", "ÜBER_alpha", "beta"]):
        store.create(_queue(number, name))
    store.create(_queue(9, "Alpha", "other"))

    def ids(**options: object) -> list[str]:
        return [queue.id for queue in store.select("p", **options)]  # type: ignore[arg-type]

    assert ids() == ["q3", "q2", "q1", "q0"]
    assert ids(name="ALPHA") == ["q2", "q1"]
    assert ids(name="über") == ["q2"]
    assert ids(name="%") == ["q0"]
    assert ids(name="r_a") == ["q2"]
    assert ids(sort=[("name", "asc"), ("id", "desc")]) == ["q1", "q3", "q0", "q2"]
    assert ids(limit=2, offset=1) == ["q2", "q1"]
    assert ids(name="beta", limit=1) == ["q3"]
    assert ids(limit=0) == []
