"""Several processes change the same calls and lose nothing, whatever their clocks say."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from weft.core.clock import VersionClock
from weft.core.errors import WeftError
from weft.core.ids import new_id
from weft.storage.entities.call_locks import CallLocks
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.events.call_changes import Call, EndCall, PutCall, RenameCall, StartCall
from weft.storage.events.calls import CallStore
from weft.storage.events.engine import EventsEngine

T0 = datetime(2026, 1, 1, tzinfo=UTC)


class _SlowClock(VersionClock):
    """The clock of a machine that is an hour behind."""

    def next(self, after: int = 0) -> int:
        return max(super().next() - 3_600_000_000_000, after + 1)


@pytest.fixture
def pair(clickhouse_engine: EventsEngine, database: EntitiesDatabase) -> Iterator[tuple[CallStore, CallStore]]:
    """Two writers of one event store; the second one's clock is late."""
    stores = [CallStore(clickhouse_engine, turns=CallLocks(database).hold) for _ in range(2)]
    stores[1]._versions = _SlowClock()
    yield stores[0], stores[1]
    for store in stores:
        store.close()


def _call(project: str) -> Call:
    return Call(project, new_id(), trace_id=new_id(), op_name="op", started_at=T0)


def test_an_end_by_a_late_clock_is_seen(pair: tuple[CallStore, CallStore]) -> None:
    here, late = pair
    call = _call(new_id())
    here.apply([StartCall(call)])
    late.apply([EndCall(call.project_id, call.id, T0 + timedelta(seconds=1), output='"done"')])
    here.apply([RenameCall(call.project_id, call.id, "named")])
    for store in pair:
        read = store.get(call.project_id, call.id)
        assert read is not None
        assert (read.output, read.display_name, read.ended_at) == ('"done"', "named", T0 + timedelta(seconds=1))


def test_changes_of_two_writers_at_once_are_all_kept(pair: tuple[CallStore, CallStore]) -> None:
    project, rounds = new_id(), 15
    calls = [_call(project) for _ in range(rounds)]
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []

    def work(store: CallStore, end: bool) -> None:
        try:
            for call in calls:
                barrier.wait(60)
                change = EndCall(project, call.id, T0, output='"o"') if end else RenameCall(project, call.id, "n")
                store.apply([change])
        except (WeftError, threading.BrokenBarrierError) as error:
            failures.append(error)
            barrier.abort()

    pair[0].apply([StartCall(call) for call in calls])
    threads = [threading.Thread(target=work, args=(store, index == 0)) for index, store in enumerate(pair)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    read = pair[0].get_many(project, [call.id for call in calls])
    assert {(call.output, call.display_name) for call in read.values()} == {('"o"', "n")}
    assert len(read) == rounds


def test_large_groups_with_the_same_calls_in_any_order_never_wait_for_ever(pair: tuple[CallStore, CallStore]) -> None:
    project = new_id()
    calls = [_call(project) for _ in range(3000)]

    def put(store: CallStore, name: str, ordered: list[Call]) -> None:
        store.apply([PutCall(replace(call, wb_run_id=name)) for call in ordered])

    threads = [
        threading.Thread(target=put, args=(store, str(index), calls[:: 1 - 2 * index]))
        for index, store in enumerate(pair)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = pair[0].engine.query(
        "SELECT count() AS n, uniqExact(wb_run_id) AS writers FROM calls FINAL WHERE project_id = {p:String}",
        {"p": project},
    )
    # One group after the other, so that the second one's rows are the newest of all calls.
    assert rows == [{"n": 3000, "writers": 1}]


HOLDER = """
import sys
from weft.storage.entities.call_locks import CallLocks
from weft.storage.entities.database import EntitiesDatabase

with CallLocks(EntitiesDatabase(sys.argv[1])).hold([("p", "held")]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_calls_of_a_process_that_dies_are_free_again(database: EntitiesDatabase, entities_url: str) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, entities_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    taken = threading.Event()

    def take() -> None:
        with CallLocks(database).hold([("p", "held")]):
            taken.set()

    waiting = threading.Thread(target=take)
    waiting.start()
    assert not taken.wait(0.3)
    holder.kill()
    holder.wait()
    assert taken.wait(60)
    waiting.join()
