"""Traces that are stored against their hash, and what is remembered of those that are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from weft.core.ids import new_id
from weft.storage.events.call_changes import Call, EndCall, PutCall
from weft.storage.events.calls import CallStore
from weft.storage.events.engine import EventsEngine
from weft.storage.events.sampled import SampledTraces

START = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def calls(events_engine: EventsEngine) -> Iterator[CallStore]:
    store = CallStore(events_engine)
    yield store
    store.close()


def _put(calls: CallStore, project: str, trace_id: str) -> None:
    calls.apply([PutCall(Call(project, new_id(), trace_id=trace_id, op_name="op", started_at=START))])


def test_stored_traces_are_found_in_their_project_only(events_engine: EventsEngine, calls: CallStore) -> None:
    project, known, unknown = new_id(), new_id(), new_id()
    _put(calls, project, known)
    sampled = SampledTraces(events_engine)
    assert sampled.stored(project, [known, unknown]) == {known}
    assert sampled.stored(new_id(), [known]) == set()
    assert sampled.stored(project, []) == set()


def test_waiting_ends_do_not_make_a_trace(events_engine: EventsEngine, calls: CallStore) -> None:
    project, trace_id = new_id(), new_id()
    calls.apply([EndCall(project, new_id(), START, trace_id=trace_id)])
    assert SampledTraces(events_engine).stored(project, [trace_id]) == set()


def test_a_dropped_trace_stays_dropped_until_an_evaluation_claims_it(
    events_engine: EventsEngine, calls: CallStore
) -> None:
    project, trace_id = new_id(), new_id()
    sampled = SampledTraces(events_engine)
    assert sampled.stored(project, [trace_id]) == set()
    _put(calls, project, trace_id)
    assert sampled.stored(project, [trace_id]) == set()
    sampled.keep(project, [trace_id])
    assert sampled.stored(project, [trace_id]) == {trace_id}


def test_dropped_calls_are_remembered_up_to_a_number_and_can_be_forgotten(events_engine: EventsEngine) -> None:
    sampled = SampledTraces(events_engine, remembered=2)
    assert not sampled.has_dropped_calls
    sampled.drop("p", ["a", "b", "c"])
    assert [sampled.was_dropped("p", call_id) for call_id in "abc"] == [False, True, True]
    assert not sampled.was_dropped("q", "b")
    sampled.forget_drops([("p", "b"), ("p", "never")])
    assert [sampled.was_dropped("p", call_id) for call_id in "bc"] == [False, True]
