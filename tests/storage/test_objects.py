"""Object versions: numbering, `latest`, deletion, labels and lists."""

from __future__ import annotations

import json
import threading

import pytest

from weft.core.digest import bytes_digest
from weft.core.errors import InvalidRequest, NotFound
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.objects import NewObject, ObjectSelection, ObjectStore, ObjectVersion

P = "cHJvamVjdA=="


@pytest.fixture
def store(database: EntitiesDatabase) -> ObjectStore:
    return ObjectStore(database)


def new(value: object, name: str = "thing", kind: str = "object", base: str | None = None) -> NewObject:
    text = json.dumps(value, sort_keys=True)
    return NewObject(P, name, bytes_digest(text.encode()), kind, base, base, text, "user")


def state(store: ObjectStore) -> list[tuple[object, int, bool]]:
    return [(version.val, version.version_index, version.is_latest) for version in store.select(ObjectSelection(P))]


def test_versions_are_numbered_by_first_publishing_and_latest_moves(store: ObjectStore) -> None:
    first = store.publish(new(1))
    store.publish(new(2))
    assert state(store) == [(1, 0, False), (2, 1, True)]
    again = store.publish(new(1))
    assert state(store) == [(1, 0, True), (2, 1, False)]
    assert again.created_at == first.created_at
    assert again.is_latest


def test_a_version_may_be_stored_without_moving_latest(store: ObjectStore) -> None:
    assert store.publish(new(1), move_latest=False).is_latest
    assert not store.publish(new(2), move_latest=False).is_latest
    assert state(store) == [(1, 0, True), (2, 1, False)]


def test_ops_and_objects_of_one_name_are_numbered_apart(store: ObjectStore) -> None:
    store.publish(new(1))
    store.publish(new({"op": 1}, kind="op"))
    assert [(v.kind, v.version_index, v.is_latest) for v in store.select(ObjectSelection(P))] == [
        ("object", 0, True),
        ("op", 0, True),
    ]
    assert store.latest(P, "thing").kind == "op"  # type: ignore[union-attr]
    assert store.latest(P, "thing", "object").kind == "object"  # type: ignore[union-attr]


def test_a_name_is_bound_to_its_base_class_while_a_version_lives(store: ObjectStore) -> None:
    digest = store.publish(new(1, base="Model")).digest
    with pytest.raises(InvalidRequest):
        store.publish(new(2))
    assert len(state(store)) == 1
    store.delete(P, "thing", [digest])
    store.publish(new(2))
    with pytest.raises(InvalidRequest):
        store.publish(new(1, base="Model"))


def test_deleting_the_latest_gives_way_to_the_newest_left_and_keeps_numbers(store: ObjectStore) -> None:
    digests = [store.publish(new(value)).digest for value in range(3)]
    store.publish(new(0))
    store.delete(P, "thing", [digests[0]])
    assert state(store) == [(1, 1, False), (2, 2, True)]
    gone = store.by_digest(P, "thing", digests[0])
    assert gone is not None
    assert gone.deleted_at is not None
    revived = store.publish(new(0))
    assert (revived.version_index, revived.deleted_at, revived.is_latest) == (0, None, True)
    assert store.publish(new(3)).version_index == 3


def test_deleting_is_all_or_nothing(store: ObjectStore) -> None:
    digest = store.publish(new(1)).digest
    with pytest.raises(NotFound):
        store.delete(P, "thing", [digest, "unknown"])
    with pytest.raises(NotFound):
        store.delete(P, "other", None)
    assert len(state(store)) == 1
    assert [version.digest for version in store.delete(P, "thing", None)] == [digest]
    assert store.latest(P, "thing") is None
    with pytest.raises(NotFound):
        store.delete(P, "thing", None)


def test_concurrent_publishers_share_one_sequence_of_numbers(store: ObjectStore) -> None:
    published: list[ObjectVersion] = []
    values = [index % 25 for index in range(100)]

    def work(mine: list[int]) -> None:
        published.extend(store.publish(new(value)) for value in mine)

    threads = [threading.Thread(target=work, args=(values[start::8],)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(published) == 100
    assert sorted(index for _, index, _ in state(store)) == list(range(25))
    assert sum(latest for _, _, latest in state(store)) == 1


def test_metadata_comes_without_values(store: ObjectStore) -> None:
    store.publish(new({"a": 1}))
    (version,) = store.select(ObjectSelection(P, metadata_only=True))
    assert version.text is None
    assert version.val == {}
    assert version.size_bytes == len('{"a": 1}')


def test_lists_filter_sort_and_page(store: ObjectStore) -> None:
    for name, base in (("b", "Model"), ("a", "Scorer"), ("c", None)):
        store.publish(new({"in": name}, name=name, base=base))
    store.publish(new({"v": 2}, name="a", base="Scorer"))

    def names(**wanted: object) -> list[str]:
        return [version.object_id for version in store.select(ObjectSelection(P, **wanted))]  # type: ignore[arg-type]

    assert names() == ["b", "a", "c", "a"]
    assert names(sort=[("object_id", "desc")]) == ["c", "b", "a", "a"]
    assert names(sort=[("nonsense", "desc")]) == ["b", "a", "c", "a"]
    assert names(limit=2, offset=1) == ["a", "c"]
    assert names(offset=3) == ["a"]
    assert names(latest_only=True) == ["b", "c", "a"]
    assert names(base_object_classes=["Model", "Scorer"], latest_only=True) == ["b", "a"]
    assert names(exclude_base_object_classes=["Model"]) == ["a", "a"]
    assert names(leaf_object_classes=["Model"]) == ["b"]
    assert names(object_ids=["c"]) == ["c"]
    assert names(kind="op") == []
    assert ObjectStore.select(store, ObjectSelection("other")) == []


def test_labels_live_with_their_version(store: ObjectStore) -> None:
    one, two = (store.publish(new(value)).digest for value in (1, 2))
    store.add_tags(P, "thing", one, ["x", "y", "x"])
    store.add_tags(P, "thing", one, ["x"])
    store.set_aliases(P, "thing", one, ["prod"])
    store.set_aliases(P, "thing", two, ["prod", "test"])
    tags, aliases = store.labels.labels_of(P, ["thing"])
    assert tags == {("thing", one): ["x", "y"]}
    assert aliases == {("thing", two): ["prod", "test"]}
    assert store.labels.alias_digest(P, "thing", "prod") == two
    assert [v.val for v in store.select(ObjectSelection(P, tags=["y", "z"]))] == [1]
    assert [v.val for v in store.select(ObjectSelection(P, aliases=["prod"]))] == [2]
    assert [v.val for v in store.select(ObjectSelection(P, aliases=["latest"]))] == [2]
    store.labels.remove_tags(P, "thing", one, ["y", "unknown"])
    assert store.labels.tags(P) == ["x"]
    store.delete(P, "thing", [two])
    assert store.labels.aliases(P) == []
    with pytest.raises(NotFound):
        store.add_tags(P, "thing", two, ["z"])
    with pytest.raises(NotFound):
        store.set_aliases(P, "thing", two, ["z"])
