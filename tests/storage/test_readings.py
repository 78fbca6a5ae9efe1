"""What the stores tell of themselves: tasks that wait, calls nobody has looked at, and what the engine keeps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from weft.core.clock import now
from weft.core.ids import new_id
from weft.core.scraping import Reading
from weft.services import Services
from weft.storage.entities.backlog import BacklogReader
from weft.storage.entities.ended_calls import EndedCall
from weft.storage.entities.ledger_tables import FINISH, SCORE, Job, Task, Verdict
from weft.storage.events.feedback import Feedback
from weft.storage.readings import backlog_readings, parts_readings, store_readings


def _ask(services: Services, count: int, at: datetime, due: datetime | None = None) -> None:
    project = new_id()
    asked = [
        Task(project, new_id(), "weave:///p/object/s:1", "u", at, 3, next_attempt_at=due or at) for _ in range(count)
    ]
    services.stores.ledger.add(Job(new_id(), project, "u", ["weave:///p/object/s:1"], at), asked)


def _values(readings: Iterable[Reading]) -> dict[tuple[str, ...], float]:
    return {(reading.family, *reading.labels): reading.value for reading in readings}


def test_an_empty_ledger_has_a_queue_of_nothing(services: Services) -> None:
    backlog = BacklogReader(services.database).read(now())
    assert backlog.depth == {(SCORE, "queued"): 0, (SCORE, "running"): 0, (SCORE, "retrying"): 0}
    assert (backlog.oldest_asked, backlog.oldest_due) == (None, None)
    assert (backlog.unpublished.rows, backlog.ended_calls.rows) == (0, 0)


def test_tasks_are_counted_by_state_until_they_end(services: Services) -> None:
    ledger, reader, at = services.stores.ledger, BacklogReader(services.database), now()
    _ask(services, 5, at)
    first, second, *_ = ledger.claim("me", 3, at, at + timedelta(minutes=1))
    assert reader.read(at).depth == {(SCORE, "queued"): 2, (SCORE, "running"): 3, (SCORE, "retrying"): 0}
    ledger.settle(
        "me",
        [Verdict(first.id, "scored"), Verdict(second.id, "retrying", "slow", at + timedelta(seconds=9))],
        at,
    )
    assert reader.read(at).depth == {(SCORE, "queued"): 2, (SCORE, "running"): 1, (SCORE, "retrying"): 1}


def test_what_is_overdue_has_an_age_and_what_waits_on_purpose_has_none(services: Services) -> None:
    at = now()
    _ask(services, 1, at)
    (task,) = services.stores.ledger.claim("me", 1, at, at + timedelta(minutes=1))
    services.stores.ledger.settle("me", [Verdict(task.id, "queued", "wait", at + timedelta(hours=2))], at)
    reader = BacklogReader(services.database)
    assert reader.read(at + timedelta(hours=1)).oldest_due is None
    assert reader.read(at + timedelta(hours=1)).oldest_asked == at
    assert reader.read(at + timedelta(hours=3)).oldest_due == at + timedelta(hours=2)


def test_parts_that_wait_for_others_of_their_run_are_shown_as_waiting(services: Services) -> None:
    at, run = now(), new_id()
    blocked = Task("p", "c", "", "u", at, 3, id=new_id(), kind=FINISH, run_id=run, next_attempt_at=None, state="queued")
    services.stores.ledger.add(Job(new_id(), "p", "u", [], at, kind="rescore"), [blocked])
    with services.database.write() as connection:
        connection.exec_driver_sql("UPDATE scoring_tasks SET next_attempt_at = NULL")
    assert BacklogReader(services.database).read(at).depth[FINISH, "waiting"] == 1


def test_ended_calls_are_a_line_with_an_age(services: Services) -> None:
    at = now()
    services.stores.ended_calls.add([EndedCall("p", new_id(), at), EndedCall("p", new_id(), at)])
    values = _values(backlog_readings(BacklogReader(services.database), publishes=False))
    assert values["weft_outbox_pending", "ended_calls"] == 2
    assert values["weft_outbox_oldest_seconds", "ended_calls"] >= 0
    assert ("weft_outbox_pending", "tasks") not in values


def test_tasks_nobody_published_are_told_where_a_broker_carries_them(services: Services) -> None:
    _ask(services, 4, now() - timedelta(seconds=30))
    values = _values(backlog_readings(BacklogReader(services.database), publishes=True))
    assert values["weft_outbox_pending", "tasks"] == 4
    assert values["weft_outbox_oldest_seconds", "tasks"] >= 30
    at = now()
    services.stores.publishing.take(3, at, at + timedelta(minutes=5))
    values = _values(backlog_readings(BacklogReader(services.database), publishes=True))
    assert values["weft_outbox_pending", "tasks"] == 1


def test_the_engine_tells_parts_rows_and_bytes_of_a_table(services: Services) -> None:
    before = _values(parts_readings(services.engine)).get(("weft_events_rows", "feedback"), 0)
    project = new_id()
    services.stores.feedback.put([Feedback(project, new_id(), "weave:///p/call/c", "note", {"note": "x"})])
    values = _values(parts_readings(services.engine))
    assert values["weft_events_rows", "feedback"] >= before + 1
    assert values["weft_events_parts", "feedback"] >= 1
    assert values["weft_events_bytes", "feedback"] > 0


def test_a_store_that_does_not_answer_is_down() -> None:
    told = list(store_readings({"entities": "", "events": "The event store is closed"}))
    assert told == [Reading("weft_store_up", 1, ("entities",)), Reading("weft_store_up", 0, ("events",))]
