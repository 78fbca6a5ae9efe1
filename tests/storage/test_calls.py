from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from weft.core.clock import VersionClock
from weft.core.errors import EngineFailure, NotFound
from weft.core.ids import new_id
from weft.storage.events.call_changes import Call, CallChange, DeleteCall, EndCall, PutCall, RenameCall, StartCall
from weft.storage.events.calls import CallStore
from weft.storage.events.engine import EventsEngine

T0 = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(params=["cached", "uncached"])
def store(events_engine: EventsEngine, request: pytest.FixtureRequest) -> Iterator[CallStore]:
    """The same behaviour with and without the cache of recent calls."""
    store = CallStore(events_engine, cache_bytes=64 * 1024 * 1024 if request.param == "cached" else 0)
    yield store
    store.close()


def _call(project: str, **fields: object) -> Call:
    call = Call(project, new_id(), trace_id=new_id(), op_name="op", started_at=T0, inputs='{"q":"é\\u0000"}')
    return replace(call, **fields)  # type: ignore[arg-type]


def test_a_call_reads_back_as_it_was_written(store: CallStore, events_engine: EventsEngine) -> None:
    call = _call(
        new_id(),
        ended_at=T0 + timedelta(microseconds=1),
        output='{"n":[1,2.5,null]}',
        summary='{"usage":{}}',
        exception="boom\n\t'\\",
        display_name="名",
        input_refs=["weave-trace-internal:///p/object/a:b"],
        wb_run_step=0,
    )
    store.apply([PutCall(call)])
    other = CallStore(events_engine, cache_bytes=0)
    read = other.get(call.project_id, call.id)
    other.close()
    assert read is not None
    assert replace(read, input_refs=tuple(read.input_refs), output_refs=()) == replace(
        call, input_refs=tuple(call.input_refs)
    )


def test_start_and_end_in_two_submissions_make_one_visible_row(store: CallStore, events_engine: EventsEngine) -> None:
    call = _call(new_id())
    store.apply([StartCall(call)])
    store.apply([EndCall(call.project_id, call.id, ended_at=T0, output="1", must_exist=True)])
    rows = events_engine.query(
        "SELECT output FROM calls FINAL WHERE project_id = {p:String} AND deleted = 0 AND orphan = 0",
        {"p": call.project_id},
    )
    assert rows == [{"output": "1"}]


def test_an_end_before_its_start_is_unseen_until_then(store: CallStore) -> None:
    call = _call(new_id())
    store.apply([EndCall(call.project_id, call.id, ended_at=T0, output="1")])
    assert store.get(call.project_id, call.id) is None
    store.apply([StartCall(call)])
    read = store.get(call.project_id, call.id)
    assert read is not None
    assert (read.output, read.started_at) == ("1", T0)


def test_an_end_without_its_start_is_refused_and_leaves_nothing(store: CallStore) -> None:
    call = _call(new_id())
    with pytest.raises(NotFound):
        store.apply([PutCall(call), EndCall(call.project_id, "0" * 16, ended_at=T0, must_exist=True)])
    assert store.get(call.project_id, call.id) is None


def test_the_same_id_at_another_time_is_one_row(store: CallStore, events_engine: EventsEngine) -> None:
    call = _call(new_id())
    store.apply([PutCall(call)])
    store.apply([PutCall(replace(call, started_at=T0 + timedelta(days=1)))])
    rows = events_engine.query(
        "SELECT started_at FROM calls FINAL WHERE project_id = {p:String} AND deleted = 0 AND orphan = 0",
        {"p": call.project_id},
    )
    assert rows == [{"started_at": "2026-01-02T12:30:15.123456Z"}]


def test_rename_and_delete(store: CallStore) -> None:
    call = _call(new_id())
    store.apply([PutCall(call)])
    store.apply([RenameCall(call.project_id, call.id, "new")])
    read = store.get(call.project_id, call.id)
    assert read is not None
    assert read.display_name == "new"
    store.apply([DeleteCall(call.project_id, call.id)])
    assert store.get(call.project_id, call.id) is None


def test_calls_of_another_project_are_out_of_reach(store: CallStore) -> None:
    call = _call(new_id())
    store.apply([PutCall(call)])
    assert store.get(new_id(), call.id) is None


def test_many_threads_write_and_every_call_is_there(store: CallStore, events_engine: EventsEngine) -> None:
    project = new_id()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                call = _call(project)
                changes: list[CallChange] = [StartCall(call)]
                store.apply(changes)
                store.apply([EndCall(project, call.id, ended_at=T0, must_exist=True)])
        except BaseException as error:  # noqa: BLE001 - reported by the main thread
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    rows = events_engine.query(
        "SELECT count() AS n, countIf(ended_at IS NOT NULL) AS ended FROM calls FINAL WHERE project_id = {p:String}",
        {"p": project},
    )
    assert rows == [{"n": 80, "ended": 80}]


def test_a_wall_clock_set_back_does_not_hide_new_rows(events_engine: EventsEngine) -> None:
    call = _call(new_id())
    ahead = CallStore(events_engine, cache_bytes=0)
    ahead._versions = VersionClock(after=time.time_ns() + 3_600_000_000_000)
    ahead.apply([PutCall(replace(call, display_name="old"))])
    ahead.close()
    restarted = CallStore(events_engine, cache_bytes=0)
    restarted.apply([RenameCall(call.project_id, call.id, "new")])
    read = restarted.get(call.project_id, call.id)
    restarted.close()
    assert read is not None
    assert read.display_name == "new"


def test_a_failed_insert_is_not_remembered(events_engine: EventsEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CallStore(events_engine)
    call = _call(new_id())
    store.apply([PutCall(call)])
    insert = events_engine.insert

    def lands_and_fails(table: str, rows: Sequence[Mapping[str, object]]) -> None:
        insert(table, rows)
        raise EngineFailure("the answer was lost")

    with monkeypatch.context() as patched:
        patched.setattr(events_engine, "insert", lands_and_fails)
        with pytest.raises(EngineFailure):
            store.apply([RenameCall(call.project_id, call.id, "landed")])
    read = store.get(call.project_id, call.id)
    store.close()
    assert read is not None
    assert read.display_name == "landed"
