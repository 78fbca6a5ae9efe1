"""Links from rows of datasets to their sources, in the entity store."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from weft.core.errors import InvalidRequest
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.dataset_sources import DatasetSourceStore, Link, LinkSelection, Membership, Source

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
LATER = MOMENT + timedelta(hours=1)


@pytest.fixture
def store(database: EntitiesDatabase) -> DatasetSourceStore:
    return DatasetSourceStore(database)


def _link(
    row: str, source: str = "c", dataset: str = "ds", kind: str = "call", trace: str = "t", **values: Any
) -> Link:
    made = Link(
        id=f"{dataset}/{row}/{kind}/{source}/{trace}",
        project_id="p",
        dataset_object_id=dataset,
        row_digest=row,
        source_kind=kind,
        source_id=source,
        source_trace_id=trace,
        source_started_at=MOMENT,
        source_display_name="name",
        link_metadata=None,
        added_by="u",
        created_at=MOMENT,
        updated_at=MOMENT,
    )
    return replace(made, **values)


def _rows(store: DatasetSourceStore, **options: Any) -> list[tuple[str, str, str, str]]:
    found = store.select(LinkSelection("p", "ds", **options))
    return [(one.row_digest, one.source_kind, one.source_id, one.source_trace_id) for one in found]


def test_a_link_reads_back_as_it_was_written(store: DatasetSourceStore) -> None:
    links = [_link("a"), _link("b", link_metadata={"why": ["é", 1.5, None], "big": 10**30})]
    assert store.link(links) == {link.id for link in links}
    assert store.select(LinkSelection("p", "ds")) == links
    assert store.select(LinkSelection("other", "ds")) == []
    assert store.link([]) == set()


def test_linking_again_renews_a_link_but_never_makes_it_younger(store: DatasetSourceStore) -> None:
    first = _link("a")
    store.link([first])
    again = _link(
        "a", added_by="w", source_display_name="new", link_metadata={"n": 1}, created_at=LATER, updated_at=LATER
    )
    assert store.link([again, _link("b")]) == {_link("b").id}
    assert store.select(LinkSelection("p", "ds", row_digests=["a"])) == [replace(again, created_at=MOMENT)]
    earlier = replace(again, created_at=MOMENT - timedelta(days=1))
    assert store.link([earlier]) == set()
    assert store.select(LinkSelection("p", "ds", row_digests=["a"])) == [earlier]


def test_of_a_link_sent_twice_the_last_stays(store: DatasetSourceStore) -> None:
    assert store.link([_link("a", source_display_name="1"), _link("a", source_display_name="2")]) == {_link("a").id}
    assert [link.source_display_name for link in store.select(LinkSelection("p", "ds"))] == ["2"]


def test_a_deleted_link_hides_until_it_is_made_again(store: DatasetSourceStore) -> None:
    store.link([_link("a"), _link("b")])
    known = _link("a").id
    assert store.delete("p", [known, known], LATER) == {known}
    assert store.delete("p", [known], LATER + timedelta(1)) == set()
    assert [row[0] for row in _rows(store)] == ["b"]
    shown = store.select(LinkSelection("p", "ds", row_digests=["a"], include_deleted=True))
    assert shown == [_link("a", deleted_at=LATER, updated_at=LATER)]
    assert store.link([_link("a", created_at=LATER)]) == set()
    assert store.select(LinkSelection("p", "ds", row_digests=["a"])) == [_link("a")]


def test_deleting_with_an_unknown_id_deletes_nothing(store: DatasetSourceStore) -> None:
    store.link([_link("a")])
    for project_id, ids in (("p", [_link("a").id, "nope"]), ("other", [_link("a").id])):
        with pytest.raises(InvalidRequest, match="not found"):
            store.delete(project_id, ids, LATER)
    assert [row[0] for row in _rows(store)] == ["a"]
    assert store.delete("p", [], LATER) == set()


def test_links_are_ordered_by_row_and_source_and_paged(store: DatasetSourceStore) -> None:
    wanted = [
        ("B", "call", "c", "t"),
        ("a", "call", "c1", "t"),
        ("a", "call", "c2", "s"),
        ("a", "call", "c2", "t"),
        ("a", "conversation", "Z", ""),
        ("a", "span", "b", "t"),
        ("é", "call", "c", "t"),
    ]
    links = [_link(row, source, kind=kind, trace=trace) for row, kind, source, trace in wanted]
    store.link([*reversed(links), _link("a", dataset="other")])
    assert _rows(store) == wanted
    assert _rows(store, limit=2) == wanted[:2]
    assert _rows(store, limit=3, offset=5) == wanted[5:]
    assert _rows(store, offset=6) == wanted[6:]
    assert _rows(store, limit=0) == []
    assert _rows(store, limit=10**30, offset=10**30) == []
    assert _rows(store, row_digests=["é", "B", "B", "nope"]) == [wanted[0], wanted[6]]
    assert _rows(store, row_digests=["é", "a"], limit=2, offset=4) == wanted[5:7]
    assert _rows(store, source_kinds=["span", "conversation"]) == wanted[4:6]
    assert _rows(store, source_kinds=["span"], row_digests=["B"]) == []


def test_links_of_thousands_of_rows_stay_in_order(store: DatasetSourceStore) -> None:
    rows = [f"r{number:05}" for number in range(12_000)]
    store.link([_link(row) for row in rows])
    assert [row[0] for row in _rows(store, row_digests=rows)] == rows
    assert [row[0] for row in _rows(store, row_digests=rows, limit=3, offset=9_999)] == rows[9_999:10_002]


def test_memberships_name_the_first_rows_and_count_them_all(store: DatasetSourceStore) -> None:
    rows = [f"r{number:03}" for number in range(150)]
    store.link([_link(row) for row in rows])
    store.link([_link("a", created_at=LATER), _link("a", dataset="Other"), _link("a", trace="t2")])
    store.link([_link("x", "conv", kind="conversation", trace="", created_at=LATER), _link("x", "c", dataset="gone")])
    store.delete("p", [_link("r000").id, _link("x", "c", dataset="gone").id], LATER)

    call, conversation = Source("call", "c", "t"), Source("conversation", "conv", "")
    asked = [conversation, call, call, Source("call", "c", "t3"), Source("span", "c", "t")]
    assert store.memberships("p", asked, include_deleted=False) == [
        Membership(call, "Other", ["a"], 1, MOMENT),
        Membership(call, "ds", ["a", *rows[1:100]], 150, MOMENT),
        Membership(conversation, "ds", ["x"], 1, LATER),
    ]
    everything = store.memberships("p", [call], include_deleted=True)
    assert [(one.dataset_object_id, one.row_count) for one in everything] == [("Other", 1), ("ds", 151), ("gone", 1)]
    assert store.memberships("other", asked, include_deleted=True) == []
    assert store.memberships("p", [], include_deleted=True) == []


def test_memberships_of_thousands_of_sources_stay_in_order(store: DatasetSourceStore) -> None:
    names = [f"c{number:05}" for number in range(4_000)]
    store.link([_link("a", name) for name in names])
    found = store.memberships("p", [Source("call", name, "t") for name in reversed(names)], include_deleted=False)
    assert [one.source.id for one in found] == names


def test_a_link_made_by_many_at_once_is_new_for_one_of_them(store: DatasetSourceStore) -> None:
    links, created = [_link(f"r{number}") for number in range(20)], list[str]()
    turns = [links[start:] + links[:start] for start in range(6)]
    threads = [threading.Thread(target=lambda turn=turn: created.extend(store.link(turn))) for turn in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(created) == sorted(link.id for link in links)
