from __future__ import annotations

from weft.core.ids import new_id
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.metric_directions import MetricDirectionStore


def test_directions_are_set_changed_and_forgotten_by_project(database: EntitiesDatabase) -> None:
    store, project, other = MetricDirectionStore(database), new_id(), new_id()
    store.put(project, {"scores.b": "lower", "scores.a": "higher"})
    store.put(other, {"scores.b": "higher"})
    assert list(store.of_project(project).items()) == [("scores.a", "higher"), ("scores.b", "lower")]
    store.put(project, {"scores.b": "higher", "scores.a": None, "scores.c": None})
    store.put(project, {})
    assert store.of_project(project) == {"scores.b": "higher"}
    assert store.of_project(other) == {"scores.b": "higher"}
