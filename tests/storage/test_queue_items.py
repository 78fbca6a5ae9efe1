"""Items of annotation queues, everybody's progress with them and handing them out, in the entity store."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.core.errors import InvalidRequest, NotFound
from weft.core.ids import new_id
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.queue_items import STATES, ItemSelection, QueueItem, QueueItemStore
from weft.storage.entities.queue_progress import FINISHED, QueueProgressStore
from weft.storage.entities.queues import Queue, QueueStore

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
LEASE = timedelta(minutes=10)


class Desk:
    """The stores of one database, with one queue `q` of the project `p`, and a clock that moves when told to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = EntitiesDatabase(url)
        self.database.migrate()
        self.queues = QueueStore(self.database)
        self.items = QueueItemStore(self.database)
        self.progress = QueueProgressStore(self.database)
        self.at = MOMENT

    def queue(self, queue_id: str = "q", project_id: str = "p") -> None:
        self.queues.create(Queue(queue_id, project_id, queue_id, "", [], MOMENT, "u", MOMENT))

    def add(self, *call_ids: str, queue_id: str = "q", **values: Any) -> int:
        self.at += timedelta(seconds=1)
        return self.items.add("p", queue_id, [replace(item(call, queue_id, self.at), **values) for call in call_ids])

    def take(self, annotator: str, queue_id: str = "q") -> QueueItem | None:
        self.at += timedelta(seconds=1)
        return self.progress.take("p", queue_id, annotator, self.at, self.at + LEASE).item

    def advance(self, annotator: str, item_id: str, state: str) -> QueueItem:
        self.at += timedelta(seconds=1)
        return self.progress.advance(("p", "q", item_id), annotator, state, self.at, self.at + LEASE)

    def read(self, call_id: str) -> QueueItem:
        (found,) = self.items.select(ItemSelection("p", "q", equal={"call_id": call_id}))
        return found


def item(call_id: str, queue_id: str, at: datetime) -> QueueItem:
    return QueueItem(
        id=f"i-{call_id}",
        project_id="p",
        queue_id=queue_id,
        call_id=call_id,
        call_started_at=MOMENT,
        call_ended_at=None,
        call_op_name="op",
        call_trace_id="t",
        display_fields=["inputs.a"],
        added_by="u",
        created_at=at,
        updated_at=at,
    )


@pytest.fixture
def desk(entities_url: str) -> Iterator[Desk]:
    made = Desk(entities_url)
    made.queue()
    yield made
    made.database.close()


def test_an_item_reads_back_as_it_was_added(desk: Desk) -> None:
    given = replace(item("c", "q", MOMENT), call_ended_at=MOMENT, display_fields=["output.é", "inputs.a.b"])
    assert desk.items.add("p", "q", [given]) == 1
    assert desk.items.select(ItemSelection("p", "q")) == [given]
    assert desk.items.select(ItemSelection("other", "q")) == []


def test_a_call_is_in_a_queue_once(desk: Desk) -> None:
    desk.queue("r")
    assert desk.add("a", "b") == 2
    assert desk.items.add("p", "q", [replace(item("a", "q", MOMENT), id="x"), item("c", "q", MOMENT)]) == 1
    assert desk.items.add("p", "r", [replace(item("a", "r", MOMENT), id="y")]) == 1
    assert desk.items.present("p", "q", ["a", "c", "z", "a"]) == {"a", "c"}
    assert sorted(desk.items.members("p", "q")) == ["a", "b", "c"]
    assert desk.items.members("p", "r") == ["a"]
    assert desk.items.add("p", "q", []) == 0


def test_thousands_of_calls_are_added_and_found(desk: Desk) -> None:
    calls = [f"c{number}" for number in range(12_000)]
    assert desk.add(*calls) == 12_000
    assert desk.add(*calls, "one more") == 1
    assert len(desk.items.present("p", "q", calls)) == 12_000


def test_calls_added_by_many_at_once_are_in_the_queue_once(desk: Desk) -> None:
    calls, added = [f"c{number}" for number in range(50)], list[int]()

    def add(number: int) -> None:
        rows = [replace(item(call, "q", MOMENT), id=f"{number}-{call}") for call in calls[number:]]
        added.append(desk.items.add("p", "q", rows))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(added) == 50
    assert sorted(desk.items.members("p", "q")) == sorted(calls)


def test_a_queue_that_is_gone_takes_and_gives_nothing(desk: Desk) -> None:
    desk.add("a")
    desk.queues.change("p", "q", {"deleted_at": MOMENT})
    for project_id, queue_id in (("p", "q"), ("p", "nope"), ("other", "q")):
        with pytest.raises(NotFound):
            desk.items.add(project_id, queue_id, [])
        with pytest.raises(NotFound):
            desk.progress.take(project_id, queue_id, "ann", MOMENT, MOMENT + LEASE)
        with pytest.raises(NotFound):
            desk.progress.advance((project_id, queue_id, "i-a"), "ann", "completed", MOMENT, MOMENT + LEASE)
    assert desk.items.members("p", "q") == []
    assert desk.items.counts("p", ["q", "nope"]) == {}


def test_lists_filter_sort_number_and_page(desk: Desk) -> None:
    desk.add("a", call_op_name="y", call_started_at=MOMENT + timedelta(3))
    desk.add("b", call_op_name="x", call_started_at=MOMENT + timedelta(2), added_by="w")
    desk.add("c", call_op_name="y", call_started_at=MOMENT + timedelta(1))
    desk.add("d", call_op_name="x")
    desk.advance("ann", "i-a", "completed")
    desk.advance("ann", "i-c", "skipped")

    def calls(**options: Any) -> list[tuple[str, int | None]]:
        found = desk.items.select(ItemSelection("p", "q", **options))
        return [(one.call_id, one.position) for one in found]

    assert calls() == [("a", None), ("b", None), ("c", None), ("d", None)]
    assert calls(sort=[("call_started_at", "asc")], limit=2) == [("d", None), ("c", None)]
    assert calls(sort=[("call_op_name", "desc")]) == [("a", None), ("c", None), ("b", None), ("d", None)]
    assert calls(sort=[("updated_at", "desc")], limit=2) == [("c", None), ("a", None)]
    assert calls(equal={"call_op_name": "x"}, positions=True) == [("b", 1), ("d", 2)]
    assert calls(equal={"added_by": "w", "id": "i-b"}) == [("b", None)]
    assert calls(states=["unstarted"], positions=True) == [("b", 2), ("d", 4)]
    assert calls(states=["completed", "skipped"], positions=True, offset=1) == [("c", 3)]
    assert calls(sort=[("created_at", "desc")], states=["unstarted"], positions=True) == [("d", 1), ("b", 3)]
    assert calls(limit=0) == []
    assert calls(limit=10**30, offset=1) == [("b", None), ("c", None), ("d", None)]
    assert calls(offset=10**30) == []
    (numbered,) = desk.items.select(ItemSelection("p", "q", equal={"id": "i-b"}, positions=True))
    assert replace(numbered, position=None) == desk.read("b")


def test_counts_are_of_items_that_anybody_is_done_with(desk: Desk) -> None:
    desk.queue("empty")
    desk.add("a", "b", "c", "d")
    desk.advance("ann", "i-a", "completed")
    desk.advance("bob", "i-a", "skipped")
    desk.advance("ann", "i-b", "skipped")
    desk.advance("ann", "i-c", "in_progress")
    assert desk.items.counts("p", ["q", "empty", "nope", "q"]) == {"q": (4, 2)}
    assert desk.items.counts("other", ["q"]) == {}


@pytest.mark.parametrize("before", [None, "in_progress", "completed", "skipped"])
@pytest.mark.parametrize("asked", ["in_progress", "completed", "skipped"])
def test_an_annotator_goes_forward_only(desk: Desk, before: str | None, asked: str) -> None:
    desk.add("a")
    if before is not None:
        desk.advance("ann", "i-a", before)
    if before == asked or before is None or (before == "in_progress" and asked in FINISHED):
        shown = desk.advance("ann", "i-a", asked)
        assert (shown.state, shown.annotator_id) == (asked, "ann")
        assert desk.progress.states("i-a") == {"ann": asked}
    else:
        with pytest.raises(InvalidRequest, match=f"is {before} for you and cannot become {asked}"):
            desk.advance("ann", "i-a", asked)
        assert desk.progress.states("i-a") == {"ann": before}


def test_an_item_shows_whoever_got_furthest(desk: Desk) -> None:
    desk.add("a")
    assert (desk.read("a").state, desk.read("a").annotator_id) == ("unstarted", "")
    for annotator, state, shown in (
        ("ann", "in_progress", ("in_progress", "ann")),
        ("bob", "in_progress", ("in_progress", "bob")),
        ("ann", "skipped", ("skipped", "ann")),
        ("cem", "in_progress", ("skipped", "ann")),
        ("bob", "completed", ("completed", "bob")),
        ("cem", "skipped", ("completed", "bob")),
        ("dee", "completed", ("completed", "dee")),
    ):
        before = desk.read("a")
        own = desk.advance(annotator, "i-a", state)
        assert (own.state, own.annotator_id) == (state, annotator)
        assert (desk.read("a").state, desk.read("a").annotator_id) == shown
        assert desk.read("a").updated_at > before.updated_at
    assert desk.progress.states("i-a") == {"ann": "skipped", "bob": "completed", "cem": "skipped", "dee": "completed"}


def test_an_item_of_another_queue_is_unknown(desk: Desk) -> None:
    desk.queue("r")
    desk.add("a", queue_id="r")
    with pytest.raises(InvalidRequest, match="is not in annotation queue"):
        desk.advance("ann", "i-a", "completed")


def test_annotators_are_handed_different_items_and_keep_their_own(desk: Desk) -> None:
    desk.add("a", "b")
    first, second = desk.take("ann"), desk.take("bob")
    assert first is not None
    assert second is not None
    assert [first.call_id, second.call_id] == ["a", "b"]
    assert (first.state, first.annotator_id, first.held_by) == ("in_progress", "ann", "ann")
    assert desk.take("cem") is None
    again = desk.take("ann")
    assert again is not None
    assert again.id == first.id
    assert again.held_until == desk.at + LEASE
    desk.advance("ann", first.id, "completed")
    assert desk.take("ann") is None
    assert desk.take("bob") == replace(second, held_until=desk.at + LEASE)


def test_a_lease_that_ran_out_frees_the_item_for_others(desk: Desk) -> None:
    desk.add("a")
    held = desk.take("ann")
    assert held is not None
    desk.at += LEASE - timedelta(seconds=2)
    assert desk.take("bob") is None
    desk.at += timedelta(seconds=1)
    taken = desk.take("bob")
    assert taken is not None
    assert (taken.id, taken.held_by, taken.annotator_id) == (held.id, "bob", "bob")
    assert desk.take("ann") is None
    assert desk.advance("ann", held.id, "completed").state == "completed"
    assert desk.progress.states(held.id) == {"ann": "completed", "bob": "in_progress"}
    assert desk.take("bob") is None


def test_whoever_comes_back_after_his_lease_resumes_unless_another_took_it(desk: Desk) -> None:
    desk.add("a", "b")
    held = desk.take("ann")
    desk.at += 2 * LEASE
    again = desk.take("ann")
    assert held is not None
    assert again == replace(held, held_until=desk.at + LEASE)


def test_opening_an_item_by_choice_holds_it_too(desk: Desk) -> None:
    desk.add("a", "b")
    desk.advance("ann", "i-a", "in_progress")
    other = desk.take("bob")
    assert other is not None
    assert other.call_id == "b"
    # Looking at what another has open is allowed, and does not take it away.
    desk.advance("cem", "i-b", "in_progress")
    assert desk.read("b").held_by == "bob"
    own = desk.take("ann")
    assert own is not None
    assert own.call_id == "a"


def test_opening_again_renews_the_lease(desk: Desk) -> None:
    desk.add("a")
    desk.take("ann")
    desk.at += LEASE - timedelta(seconds=5)
    before = desk.read("a")
    desk.advance("ann", "i-a", "in_progress")
    after = desk.read("a")
    assert after == replace(before, held_until=desk.at + LEASE)
    desk.at += LEASE - timedelta(seconds=5)
    assert desk.take("bob") is None


def test_what_somebody_finished_is_handed_to_nobody(desk: Desk) -> None:
    desk.add("a", "b", "c")
    desk.take("ann")
    desk.advance("bob", "i-a", "completed")
    desk.advance("bob", "i-b", "skipped")
    taken = desk.progress.take("p", "q", "ann", desk.at, desk.at + LEASE)
    assert taken.item is not None
    assert (taken.item.call_id, taken.unfinished) == ("c", 1)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "cem"]),
        st.sampled_from(["take", "in_progress", "completed", "skipped", "wait"]),
        st.integers(0, 2),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_done_no_state_goes_back_and_no_hold_is_shared(desk: Desk, steps: Any) -> None:
    queue_id = new_id()
    desk.queue(queue_id)
    at, calls = MOMENT, [f"{queue_id}-{number}" for number in range(3)]
    desk.add(*calls, queue_id=queue_id)
    furthest = dict.fromkeys((f"i-{call}" for call in calls), 0)
    own: dict[tuple[str, str], int] = {}
    holder: dict[str, tuple[str, datetime]] = {}
    for annotator, step, number in steps:
        at += LEASE if step == "wait" else timedelta(seconds=1)
        item_id = f"i-{calls[number]}"
        if step == "take":
            taken = desk.progress.take("p", queue_id, annotator, at, at + LEASE).item
            if taken is not None:
                name, until = holder.get(taken.id, ("", at))
                assert name == annotator or until <= at, "handed out while another held it"
                assert taken.finished_at is None
        elif step != "wait":
            try:
                desk.progress.advance(("p", queue_id, item_id), annotator, step, at, at + LEASE)
            except InvalidRequest:
                assert own[annotator, item_id] > STATES.index("in_progress")
        for found in desk.items.select(ItemSelection("p", queue_id)):
            assert STATES.index(found.state) >= furthest[found.id]
            furthest[found.id] = STATES.index(found.state)
            assert (found.finished_at is not None) == (found.state in FINISHED)
            holder.pop(found.id, None)
            if found.held_until is not None:
                holder[found.id] = (found.held_by, found.held_until)
            for name, state in desk.progress.states(found.id).items():
                before = own.get((name, found.id), 0)
                assert STATES.index(state) == before or before <= STATES.index("in_progress")
                own[name, found.id] = STATES.index(state)
    total, finished = desk.items.counts("p", [queue_id])[queue_id]
    assert (total, finished) == (3, sum(place >= STATES.index("skipped") for place in furthest.values()))


def _work(desk: Desk, annotator: str, done: Counter[tuple[str, str]]) -> None:
    while (taken := desk.progress.take("p", "q", annotator, MOMENT, MOMENT + LEASE).item) is not None:
        done[taken.call_id, annotator] += 1
        desk.progress.advance(("p", "q", taken.id), annotator, "completed", MOMENT, MOMENT + LEASE)


def test_threads_that_take_at_once_share_the_queue_out(desk: Desk) -> None:
    desk.add(*(f"c{number}" for number in range(60)))
    done: list[Counter[tuple[str, str]]] = [Counter() for _ in range(6)]
    threads = [threading.Thread(target=_work, args=(desk, f"ann{number}", done[number])) for number in range(len(done))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = sum(done, Counter())
    assert sorted(call for call, _ in together) == sorted(f"c{number}" for number in range(60))
    assert set(together.values()) == {1}
    assert desk.items.counts("p", ["q"]) == {"q": (60, 60)}


def test_one_annotator_in_two_windows_has_one_item(desk: Desk) -> None:
    desk.add(*(f"c{number}" for number in range(8)))
    taken: list[str] = []

    def window() -> None:
        for _ in range(5):
            found = desk.progress.take("p", "q", "ann", MOMENT, MOMENT + LEASE).item
            taken.append(found.call_id if found else "")

    threads = [threading.Thread(target=window) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == ["c0"] * 20


PROCESS = """
import sys
from collections import Counter
from tests.storage.test_queue_items import Desk, _work

done = Counter()
desk = Desk(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
_work(desk, sys.argv[2], done)
print(*(call for call, _ in done.elements()))
"""


def test_processes_that_take_at_once_share_the_queue_out(desk: Desk) -> None:
    desk.add(*(f"c{number}" for number in range(40)))
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, desk.url, f"ann{number}"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    printed = [worker.communicate(timeout=60)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    taken = [call for output in printed for call in output.split()]
    assert sorted(taken) == sorted(f"c{number}" for number in range(40))
    assert desk.items.counts("p", ["q"]) == {"q": (40, 40)}
