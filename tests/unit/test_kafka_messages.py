"""Messages name every task once, in the contract's shape where it has one."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from weft.scoring.transport.messages import CALL_ENDED, SCORE_CALLS, TASKS, ended_message, message_key, task_messages
from weft.storage.entities.ended_calls import EndedCall
from weft.storage.entities.ledger_tables import ROW, Task, task_id

AT = datetime(2026, 1, 1, tzinfo=UTC)
_few = st.sampled_from(["a", "b", "c"])


@st.composite
def _tasks(draw: st.DrawFn) -> list[Task]:
    keys = st.tuples(_few, st.integers(0, 250).map(str), _few, st.sampled_from(["", "", "monitor"]))
    users: dict[tuple[str, str], str] = {}
    tasks = []
    for project, call, scorer, trigger in draw(st.sets(keys, max_size=60)):
        user = users.setdefault((project, call), draw(_few))
        known = task_id(project, call, scorer, trigger)
        tasks.append(Task(project, call, scorer, user, AT, 3, trigger_ref=trigger, id=known))
    return tasks


@given(_tasks(), st.integers(1, 5))
def test_every_task_is_named_once_and_nothing_else(tasks: list[Task], buckets: int) -> None:
    messages = task_messages(tasks, buckets)
    assert sorted(known for message in messages for known in message.about) == sorted(task.id for task in tasks)  # type: ignore[type-var]
    named: list[str] = []
    for message in messages:
        body = json.loads(message.value)
        assert message.key.split(":")[0] == body["project_id"]
        if message.topic == TASKS:
            named += body["task_ids"]
            continue
        assert (message.topic, len(body["call_ids"]) <= 100) == (SCORE_CALLS, True)
        named += [task_id(body["project_id"], call, ref) for call in body["call_ids"] for ref in body["scorer_refs"]]
    assert sorted(named) == sorted(task.id for task in tasks)


def test_what_was_asked_together_travels_together() -> None:
    tasks = [
        Task("p", f"c{call}", scorer, "u", AT, 3, id=task_id("p", f"c{call}", scorer))
        for call in range(230)
        for scorer in ("s1", "s2")
    ]
    messages = task_messages(tasks, 1)
    bodies = [json.loads(message.value) for message in messages]
    assert [len(body["call_ids"]) for body in bodies] == [100, 100, 30]
    assert all(body["scorer_refs"] == ["s1", "s2"] and body["wb_user_id"] == "u" for body in bodies)


def test_parts_of_evaluations_travel_by_their_ids() -> None:
    (message,) = task_messages([Task("p", "c", "", "u", AT, 3, id="t", kind=ROW, run_id="r")], 1)
    assert (message.topic, json.loads(message.value)) == (TASKS, {"project_id": "p", "task_ids": ["t"]})


def test_keys_spread_a_project_over_its_buckets() -> None:
    assert message_key("p", "call", 1) == "p"
    assert message_key("p", "call", 8) == f"p:{zlib.crc32(b'call') % 8}"
    assert {message_key("p", str(seed), 4) for seed in range(100)} == {f"p:{number}" for number in range(4)}


def test_an_ended_call_s_message_holds_nothing_of_the_call() -> None:
    message = ended_message(EndedCall("p", "c", AT, id=7), 1)
    assert (message.topic, message.key, message.about) == (CALL_ENDED, "p", [7])
    assert json.loads(message.value) == {
        "project_id": "p", "id": "c", "ended_at": "2026-01-01T00:00:00.000000Z", "output": None, "summary": {},
        "exception": None, "trace_id": None, "started_at": None, "is_eval": None, "wb_run_step_end": None,
    }  # fmt: skip
