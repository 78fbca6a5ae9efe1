"""Threads over HTTP: made of turns, ordered, cut and bounded; and what becomes of turns that run or are gone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id

START = datetime(2024, 1, 1, tzinfo=UTC)
FIELDS = {
    "thread_id",
    "turn_count",
    "start_time",
    "last_updated",
    "first_turn_id",
    "last_turn_id",
    "p50_turn_duration_ms",
    "p99_turn_duration_ms",
}


def threads(client: TestClient, project: str, status: int = 200, **body: Any) -> list[dict[str, Any]]:
    answer = client.post("/threads/stream_query", json={"project_id": project, **body})
    assert answer.status_code == status, answer.text
    return [json.loads(line) for line in answer.text.splitlines()] if status == 200 else []


def names(client: TestClient, project: str, **body: Any) -> list[str]:
    return [thread["thread_id"] for thread in threads(client, project, **body)]


def moment(second: float) -> str:
    return (START + timedelta(seconds=second)).isoformat()


def turn(client: TestClient, project: str, thread: str | None, start: float, end: float | None, **more: Any) -> str:
    call_id = new_id()
    call = {
        "project_id": project,
        "id": call_id,
        "trace_id": new_id(),
        "op_name": "op",
        "thread_id": thread,
        "turn_id": call_id,
        "started_at": moment(start),
        "attributes": {},
        "inputs": {},
        **more,
    }
    if end is None:
        client.post("/call/start", json={"start": call}).raise_for_status()
    else:
        batch = {"batch": [{**call, "ended_at": moment(end), "summary": {}}]}
        client.post(f"/v2/{project}/calls/complete", json=batch).raise_for_status()
    return call_id


def at(text: str) -> float:
    return (datetime.fromisoformat(text) - START).total_seconds()


def test_a_thread_is_the_sum_of_its_turns(app_client: TestClient, project: str) -> None:
    long = turn(app_client, project, "t", 1, 20)
    turn(app_client, project, "t", 2, 10)
    turn(app_client, project, "t", 3, 4, turn_id=long, parent_id=long)
    (thread,) = threads(app_client, project)
    assert thread.keys() == FIELDS
    assert (thread["turn_count"], at(thread["start_time"]), at(thread["last_updated"])) == (2, 1, 20)
    # The turn that started first also ended last.
    assert (thread["first_turn_id"], thread["last_turn_id"]) == (long, long)
    assert (thread["p50_turn_duration_ms"], thread["p99_turn_duration_ms"]) == (13_500, 18_890)


def test_turns_that_run_have_no_duration(app_client: TestClient, project: str) -> None:
    first = turn(app_client, project, "some", 1, 3)
    turn(app_client, project, "some", 4, None)
    turn(app_client, project, "none", 5, None)
    last = turn(app_client, project, "none", 6, None)
    some, none = sorted(threads(app_client, project), key=lambda thread: str(thread["thread_id"]), reverse=True)
    assert (some["turn_count"], some["last_turn_id"], at(some["last_updated"])) == (2, first, 3)
    assert (some["p50_turn_duration_ms"], some["p99_turn_duration_ms"]) == (2000, 2000)
    assert (none["turn_count"], none["last_turn_id"], at(none["last_updated"])) == (2, last, 6)
    assert (none["p50_turn_duration_ms"], none["p99_turn_duration_ms"]) == (None, None)


def test_calls_without_thread_and_deleted_turns_do_not_count(app_client: TestClient, project: str) -> None:
    turn(app_client, project, None, 1, 2)
    turn(app_client, project, "", 1, 2)
    turn(app_client, project, "t", 1, 2, turn_id=None)
    gone = turn(app_client, project, "t", 1, 2)
    assert names(app_client, project) == ["t"]
    app_client.post("/calls/delete", json={"project_id": project, "call_ids": [gone]}).raise_for_status()
    assert names(app_client, project) == []


def test_bounds_are_strict_and_hold_for_turns(app_client: TestClient, project: str) -> None:
    turn(app_client, project, "a", 1, 2)
    turn(app_client, project, "a", 3, 4)
    turn(app_client, project, "b", 2, 9)

    def counts(**wanted: Any) -> dict[str, int]:
        found = threads(app_client, project, filter=wanted)
        return {str(thread["thread_id"]): thread["turn_count"] for thread in found}

    assert counts(after_datetime=moment(1)) == {"a": 1, "b": 1}
    assert counts(before_datetime=moment(2)) == {"a": 1}
    assert counts(after_datetime=moment(1), before_datetime=moment(3)) == {"b": 1}
    assert counts(after_datetime="2024-01-01T05:45:01+05:45") == {"a": 1, "b": 1}
    assert counts(after_datetime=moment(1).removesuffix("+00:00"), thread_ids=["a", "c"]) == {"a": 1}
    assert counts(after_datetime=None, before_datetime=None, thread_ids=None) == {"a": 2, "b": 1}
    assert counts(thread_ids=[]) == {"a": 2, "b": 1}


def test_threads_are_ordered_and_cut(app_client: TestClient, project: str) -> None:
    turn(app_client, project, "a", 1, 5)
    turn(app_client, project, "b", 2, 9)
    turn(app_client, project, "b", 3, 9)
    turn(app_client, project, "c", 4, None)

    def ordered(field: str, direction: str = "asc", **more: Any) -> str:
        return "".join(names(app_client, project, sort_by=[{"field": field, "direction": direction}], **more))

    assert "".join(names(app_client, project)) == "bac"
    assert "".join(names(app_client, project, sort_by=[], limit=None)) == "bac"
    assert [ordered("thread_id", "desc"), ordered("turn_count", "desc"), ordered("start_time")] == ["cba", "bac", "abc"]
    assert ordered("last_updated") == "cab"
    # Threads without a duration come last, whichever way.
    assert [ordered("p50_turn_duration_ms", way) for way in ("asc", "desc")] == ["abc", "bac"]
    assert ordered("p99_turn_duration_ms", "desc") == "bac"
    assert ordered("thread_id", limit=1, offset=1) == "b"
    assert ordered("thread_id", offset=2) == "c"
    assert ordered("thread_id", limit=10**30, offset=10**30) == ""
    assert ordered("thread_id", limit=0) == ""


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ({"sort_by": [{"field": "first_turn_id", "direction": "asc"}]}, 400),
        ({"sort_by": [{"field": "thread_id; DROP TABLE calls", "direction": "asc"}]}, 400),
        ({"sort_by": [{"field": "thread_id", "direction": "up"}]}, 422),
        ({"limit": -1}, 400),
        ({"limit": 0, "offset": -1}, 400),
        ({"filter": {"after_datetime": "soon"}}, 422),
        ({"filter": {"before_datetime": "9999-12-31T23:59:59-14:00"}}, 422),
        ({"filter": {"thread_ids": "t"}}, 422),
    ],
)
def test_what_cannot_be_asked_is_refused(app_client: TestClient, project: str, bad: Any, status: int) -> None:
    turn(app_client, project, "t", 1, 2)
    threads(app_client, project, status, **bad)


def test_lines_come_in_the_type_asked_for(app_client: TestClient, project: str) -> None:
    turn(app_client, project, "line\u2028end 🙂", 1, 2)
    for accept, kind in (("application/x-ndjson", "application/x-ndjson"), ("*/*", "application/jsonl")):
        answer = app_client.post("/threads/stream_query", json={"project_id": project}, headers={"accept": accept})
        assert answer.headers["content-type"].startswith(kind)
        (line,) = answer.text.splitlines()
        assert json.loads(line)["thread_id"] == "line\u2028end 🙂"
