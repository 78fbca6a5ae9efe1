"""Feedback rows: durable, unique by id, replaced and purged in one step."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.core.clock import now
from weft.core.ids import new_id
from weft.core.jsontext import finite
from weft.core.refs import CallRef
from weft.storage.events.engine import EventsEngine
from weft.storage.events.feedback import Feedback, FeedbackStore

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.fixture
def store(events_engine: EventsEngine) -> Iterator[FeedbackStore]:
    store = FeedbackStore(events_engine)
    yield store
    store.close()


def _row(project_id: str, call_id: str = "c1", **fields: Any) -> Feedback:
    base: dict[str, Any] = {
        "project_id": project_id,
        "id": new_id(),
        "weave_ref": CallRef(project_id, call_id).uri(),
        "feedback_type": "custom",
        "payload": {},
        "created_at": now(),
    }
    return Feedback(**base | fields)


def test_feedback_reads_back_as_it_was_written(store: FeedbackStore) -> None:
    row = _row(
        new_id(),
        payload={"b": 1, "a": [None, 2.5, 12345678901234567890, "\ud800\0'\\"]},
        wb_user_id="u",
        created_at=MOMENT,
        creator="名 'x'\\",
        annotation_ref="a",
        runnable_ref="b",
        call_ref="c",
        trigger_ref="d",
        queue_id="q",
        scorer_tags=["t", "t"],
        scorer_tag_reasons={"t": "\0"},
        scorer_tag_confidences={"t": 0.1},
        scorer_ratings={"r": 1e300},
        scorer_rating_reasons={"r": ""},
        scorer_rating_confidences={"r": -1.0},
        span_agent_name="n",
        span_agent_version="v",
        span_conversation_id="conv",
        span_trace_id="tr",
        span_status_code="ERROR",
        scorer_trace_id="st",
    )
    store.put([row])
    assert store.get(row.project_id, row.id) == row


payloads = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(width=64) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), payloads, max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_payload_survives(store: FeedbackStore, payload: dict[str, Any]) -> None:
    row = _row("payloads", payload=payload)
    store.put([row])
    found = store.get("payloads", row.id)
    assert found is not None
    assert found.payload == finite(payload)


def test_lone_surrogates_outside_the_payload_are_replaced(store: FeedbackStore) -> None:
    row = _row(new_id(), creator="a\ud800b", scorer_tag_reasons={"\udfff": "x\ud800"})
    store.put([row])
    found = store.get(row.project_id, row.id)
    assert found is not None
    assert (found.creator, found.scorer_tag_reasons) == ("a\ufffdb", {"\ufffd": "x\ufffd"})


def test_an_id_is_unique_also_when_it_moves_to_another_target(store: FeedbackStore) -> None:
    project = new_id()
    store.put([_row(project, "c1", id="mine", payload={"n": 1})])
    store.put([_row(project, "c2", id="mine", payload={"n": 2})])
    found = store.for_calls(project, ["c1", "c2"])
    assert {call: [item.payload for item in items] for call, items in found.items()} == {"c2": [{"n": 2}]}


def test_ids_of_two_projects_do_not_meet(store: FeedbackStore) -> None:
    first, second = new_id(), new_id()
    store.put([_row(first, id="same"), _row(second, id="same")])
    store.purge(first, ["same"])
    assert store.get(first, "same") is None
    assert store.get(second, "same") is not None


def test_a_resent_row_keeps_its_first_moment(store: FeedbackStore) -> None:
    project = new_id()
    store.put([_row(project, id="mine", created_at=MOMENT)])
    again = _row(project, id="mine", created_at=MOMENT + timedelta(seconds=5), payload={"n": 2})
    fresh = _row(project, id="other", created_at=MOMENT + timedelta(seconds=6))
    store.put([again, fresh], resent=[again, fresh])
    assert (again.created_at, fresh.created_at) == (MOMENT, MOMENT + timedelta(seconds=6))
    assert store.get(project, "mine") == again
    assert store.get(project, "other") == fresh


def test_the_same_new_id_twice_in_one_write_is_one_row(store: FeedbackStore) -> None:
    project = new_id()
    rows = [_row(project, id="mine", created_at=MOMENT + timedelta(seconds=n), payload={"n": n}) for n in range(3)]
    store.put(rows, resent=rows)
    found = store.for_calls(project, ["c1"])["c1"]
    assert [(item.payload, item.created_at) for item in found] == [({"n": 2}, MOMENT)]


def test_a_purged_row_is_gone_and_unknown_ids_do_no_harm(store: FeedbackStore) -> None:
    project = new_id()
    kept, gone = _row(project), _row(project)
    store.put([kept, gone])
    store.purge(project, [gone.id, "unknown"])
    store.purge(project, [])
    assert store.for_calls(project, ["c1"]) == {"c1": [kept]}


def test_replacing_swaps_two_rows(store: FeedbackStore) -> None:
    project = new_id()
    old, new = _row(project, payload={"n": 1}), _row(project, payload={"n": 2})
    store.put([old])
    store.replace(project, old.id, new)
    assert store.for_calls(project, ["c1"]) == {"c1": [new]}
    store.replace(project, new.id, _row(project, id=new.id, payload={"n": 3}))
    assert [item.payload for item in store.for_calls(project, ["c1"])["c1"]] == [{"n": 3}]


def test_a_reader_never_sees_both_or_neither_side_of_a_replacement(store: FeedbackStore) -> None:
    project = new_id()
    current = _row(project)
    store.put([current])
    counts: set[int] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            counts.add(len(store.for_calls(project, ["c1"]).get("c1", [])))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(25):
        following = _row(project)
        store.replace(project, current.id, following)
        current = following
    done.set()
    reader.join()
    assert counts == {1}


def test_feedback_of_calls_is_grouped_and_oldest_first(store: FeedbackStore) -> None:
    project = new_id()
    late = _row(project, "c1", created_at=MOMENT + timedelta(seconds=1))
    early = _row(project, "c1", created_at=MOMENT)
    other = _row(project, "c2")
    elsewhere = _row(project, "c1", weave_ref=f"weave-trace-internal:///{project}/object/c1:d")
    store.put([late, early, other, elsewhere])
    assert store.for_calls(project, ["c1", "c2", "c3"]) == {"c1": [early, late], "c2": [other]}
    assert store.for_calls(project, []) == {}


def test_many_writers_at_once_lose_nothing(store: FeedbackStore) -> None:
    project = new_id()

    def write(worker: int) -> None:
        for number in range(10):
            store.put([_row(project, f"c{worker}", payload={"n": number})])

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.for_calls(project, [f"c{worker}" for worker in range(8)])
    assert {call: sorted(item.payload["n"] for item in items) for call, items in found.items()} == {
        f"c{worker}": list(range(10)) for worker in range(8)
    }
