"""What is in annotation queues, over HTTP: adding calls, lists, progress, counts, the next item, calls of a queue."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id


class Review:
    """A project with a queue in it, and calls to look at."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project
        self.queue = self.ok("/annotation_queues", name="Reviews", scorer_refs=[])["id"]

    def post(self, path: str, **body: Any) -> Any:
        content = json.dumps({"project_id": self.project, **body})
        return self.client.post(path, content=content, headers={"content-type": "application/json"})

    def ok(self, path: str, **body: Any) -> Any:
        response = self.post(path, **body)
        assert response.status_code == 200, response.text
        return response.json()

    def call(self, **given: Any) -> str:
        start = {"op_name": "op", "started_at": "2026-01-01T00:00:00Z", "attributes": {}, "inputs": {}, **given}
        return str(self.ok("/call/start", start={"project_id": self.project, **start})["id"])

    def add(self, *call_ids: str, queue: str | None = None, fields: list[str] | None = None) -> dict[str, int]:
        path = f"/annotation_queues/{queue or self.queue}/items"
        added: dict[str, int] = self.ok(path, call_ids=call_ids, display_fields=fields or [])
        return added

    def items(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ok(f"/annotation_queues/{self.queue}/items/query", **query)["items"]
        return found

    def progress(self, item_id: str, state: str) -> Any:
        return self.post(f"/annotation_queues/{self.queue}/items/{item_id}/progress", annotation_state=state)

    def next(self, **body: Any) -> dict[str, Any]:
        given: dict[str, Any] = self.ok(f"/weft/v1/annotation_queues/{self.queue}/next", **body)
        return given

    def stats(self, *queues: str) -> list[tuple[str, int, int]]:
        found = self.ok("/annotation_queues/stats", queue_ids=queues)["stats"]
        return [(one["queue_id"], one["total_items"], one["completed_items"]) for one in found]


@pytest.fixture
def review(app_client: TestClient, project: str) -> Review:
    return Review(app_client, project)


def test_an_item_shows_the_call_as_it_was_when_added(review: Review) -> None:
    op = f"weave:///{review.project}/op/answer:abc"
    call_id = review.call(op_name=op, started_at="2026-01-01T00:00:00.000001Z", trace_id=new_id())
    assert review.add(call_id, fields=["inputs.prompt", "output.text"]) == {"added_count": 1, "duplicates": 0}
    end = {"project_id": review.project, "id": call_id, "ended_at": "2026-01-01T00:00:01Z", "summary": {}}
    review.ok("/call/end", end=end)

    (item,) = review.items()
    (call,) = review.client.post("/calls/stream_query", json={"project_id": review.project}).text.splitlines()
    assert item["id"]
    assert (item["project_id"], item["queue_id"], item["call_id"]) == (review.project, review.queue, call_id)
    assert (item["call_started_at"], item["call_ended_at"]) == ("2026-01-01T00:00:00.000001Z", None)
    assert (item["call_op_name"], item["call_trace_id"]) == (op, json.loads(call)["trace_id"])
    assert item["display_fields"] == ["inputs.prompt", "output.text"]
    assert (item["annotation_state"], item["annotator_user_id"]) == ("unstarted", "")
    assert item["added_by"] == item["created_by"]
    assert item["added_by"]
    assert item["created_at"] == item["updated_at"]
    assert item["created_at"].endswith("Z")
    assert (item["deleted_at"], item["position_in_queue"]) == (None, None)


def test_adding_counts_what_is_new_and_what_was_there(review: Review) -> None:
    one, two, three, gone = (review.call() for _ in range(4))
    review.ok("/calls/delete", call_ids=[gone])
    assert review.add(two, "nope", one, two, gone) == {"added_count": 2, "duplicates": 0}
    assert review.add(one, one, three) == {"added_count": 1, "duplicates": 1}
    assert review.add(one, two, three) == {"added_count": 0, "duplicates": 3}
    assert review.add() == {"added_count": 0, "duplicates": 0}
    assert [item["call_id"] for item in review.items()] == [two, one, three]


def test_more_calls_than_one_filter_takes_are_added(review: Review) -> None:
    traces = [new_id() for _ in range(1100)]
    batch = [
        {
            "project_id": review.project,
            "id": trace,
            "trace_id": trace,
            "op_name": "op",
            "started_at": "2026-01-01T00:00:00Z",
            "ended_at": "2026-01-01T00:00:01Z",
            "attributes": {},
            "inputs": {},
            "summary": {},
        }
        for trace in traces
    ]
    review.ok(f"/v2/{review.project}/calls/complete", batch=batch)
    assert review.add(*traces) == {"added_count": 1100, "duplicates": 0}
    assert [item["call_id"] for item in review.items()] == traces
    in_queue = {"$expr": {"$eq": [{"$getField": "annotation_queue_items.queue_id"}, {"$literal": review.queue}]}}
    assert review.ok("/calls/query_stats", query=in_queue)["count"] == 1100


def test_items_are_filtered_sorted_and_numbered(review: Review) -> None:
    ops = [f"weave:///{review.project}/op/{name}:abc" for name in "yx"]
    first, second, third = (
        review.call(op_name=ops[number % 2], started_at=f"2026-01-01T00:00:0{9 - number}Z") for number in range(3)
    )
    review.add(first, second, third)
    by_call = {item["call_id"]: item for item in review.items()}
    review.progress(by_call[first]["id"], "completed")
    review.progress(by_call[second]["id"], "in_progress")

    def listed(**query: Any) -> list[tuple[str, int | None]]:
        return [(item["call_id"], item["position_in_queue"]) for item in review.items(**query)]

    assert listed(filter={"call_op_name": ops[0]}) == [(first, None), (third, None)]
    assert listed(filter={"call_op_name": ops[0][:-1]}) == []
    for name, value in (("id", by_call[third]["id"]), ("call_id", third)):
        assert listed(filter={name: value}) == [(third, None)]
    assert listed(filter={"call_trace_id": by_call[third]["call_trace_id"]}) == [(third, None)]
    assert len(listed(filter={"added_by": by_call[third]["added_by"]})) == 3
    assert listed(filter={"added_by": "nobody"}) == []
    assert listed(filter={"annotation_states": ["completed", "in_progress"]}, limit=1) == [(first, None)]
    assert len(listed(filter={"annotation_states": []})) == 3
    assert listed(filter={"annotation_states": ["unstarted"]}, include_position=True) == [(third, 3)]
    earliest = [{"field": "nonsense", "direction": "asc"}, {"field": "call_started_at", "direction": "asc"}]
    assert listed(sort_by=earliest, include_position=True) == [(third, 1), (second, 2), (first, 3)]
    assert listed(sort_by=earliest, limit=1, offset=1, include_position=True) == [(second, 2)]
    nulls = {"filter": None, "sort_by": None, "limit": None, "offset": None, "include_position": None}
    assert len(listed(**nulls)) == 3
    assert listed(limit=0) == []
    assert len(listed(limit=10**30)) == 3


def test_progress_goes_forward_only(review: Review) -> None:
    review.add(review.call(), review.call())
    opened, skipped = (item["id"] for item in review.items())
    for state in ("in_progress", "in_progress", "completed", "completed"):
        answer = review.progress(opened, state)
        assert answer.status_code == 200
        assert answer.json()["item"]["annotation_state"] == state
        assert answer.json()["item"]["annotator_user_id"] == answer.json()["item"]["added_by"]
    assert review.progress(skipped, "skipped").status_code == 200
    for item_id, state in ((opened, "in_progress"), (opened, "skipped"), (skipped, "completed")):
        answer = review.progress(item_id, state)
        assert (answer.status_code, list(answer.json())) == (400, ["reason"])
    assert [item["annotation_state"] for item in review.items()] == ["completed", "skipped"]


def test_stats_answer_in_the_order_asked(review: Review) -> None:
    review.add(review.call(), review.call(), review.call())
    first, second, _ = review.items()
    review.progress(first["id"], "completed")
    review.progress(second["id"], "in_progress")
    assert review.stats(review.queue, "nope", review.queue) == [
        (review.queue, 3, 1),
        ("nope", 0, 0),
        (review.queue, 3, 1),
    ]
    assert review.stats() == []
    other = Review(review.client, f"{review.project}-2")
    assert other.stats(review.queue) == [(review.queue, 0, 0)]


def test_the_next_item_is_the_open_one_until_it_is_done(review: Review) -> None:
    first, second = review.call(), review.call()
    review.add(first, second)
    before = datetime.now(UTC)
    given = review.next(lease_seconds=60)
    assert (given["item"]["call_id"], given["item"]["annotation_state"]) == (first, "in_progress")
    assert given["unfinished_items"] == 2
    held = datetime.fromisoformat(given["held_until"]) - before
    assert timedelta(seconds=60) <= held < timedelta(seconds=90)
    assert review.next(lease_seconds=None)["item"] == given["item"]
    review.progress(given["item"]["id"], "completed")
    given = review.next()
    assert (given["item"]["call_id"], given["unfinished_items"]) == (second, 1)
    review.progress(given["item"]["id"], "skipped")
    assert review.next() == {"item": None, "held_until": None, "unfinished_items": 0}


def test_one_takes_back_what_one_finished_last(review: Review) -> None:
    first, second, third = review.call(), review.call(), review.call()
    review.add(first, second, third)
    back = f"/weft/v1/annotation_queues/{review.queue}/back"
    assert review.ok(back) == {"item": None, "held_until": None, "unfinished_items": 3}
    for call_id, state in ((first, "completed"), (second, "skipped")):
        item = review.next()["item"]
        assert item["call_id"] == call_id
        review.progress(item["id"], state)
    assert review.next()["item"]["call_id"] == third
    assert review.stats(review.queue) == [(review.queue, 3, 2)]

    taken = review.ok(back, lease_seconds=60)
    assert (taken["item"]["call_id"], taken["item"]["annotation_state"]) == (second, "in_progress")
    assert (taken["unfinished_items"], taken["held_until"] is None) == (2, False)
    assert review.ok(back)["item"]["call_id"] == first
    assert review.ok(back)["item"] is None
    assert review.stats(review.queue) == [(review.queue, 3, 0)]
    # What is open is worked through in the order of the queue, and may become something else now.
    for call_id in (first, second, third):
        item = review.next()["item"]
        assert item["call_id"] == call_id
        assert review.progress(item["id"], "completed").status_code == 200
    assert [item["annotation_state"] for item in review.items()] == ["completed"] * 3


def test_work_tells_who_did_and_who_holds_what(review: Review) -> None:
    review.add(*(review.call() for _ in range(4)))
    review.progress(review.next()["item"]["id"], "completed")
    review.progress(review.next()["item"]["id"], "skipped")
    held = review.next()["item"]
    path = f"/weft/v1/annotation_queues/{review.queue}/work"
    work = review.client.get(path, params={"project_id": review.project}).json()
    assert work["states"] == {"unstarted": 1, "in_progress": 1, "completed": 1, "skipped": 1}
    assert work["total_items"] == 4
    (annotator,) = work["annotators"]
    assert (annotator["name"], annotator["completed"], annotator["skipped"]) == ("local", 1, 1)
    assert annotator["user_id"] == work["you"] == held["annotator_user_id"]
    (holding,) = work["held"]
    assert (holding["item_id"], holding["call_id"], holding["user_id"]) == (held["id"], held["call_id"], work["you"])


def test_calls_are_found_by_the_queue_they_are_in(review: Review) -> None:
    inside, other = review.call(op_name="a"), review.call(op_name="b")
    review.call(op_name="a")
    review.add(inside, other)
    member = {"$eq": [{"$getField": "annotation_queue_items.queue_id"}, {"$literal": review.queue}]}
    is_a = {"$eq": [{"$getField": "op_name"}, {"$literal": "a"}]}

    def found(query: dict[str, Any]) -> list[str]:
        sort = [{"field": "started_at", "direction": "asc"}, {"field": "op_name", "direction": "asc"}]
        response = review.post("/calls/stream_query", query={"$expr": query}, sort_by=sort)
        assert response.status_code == 200, response.text
        return [json.loads(line)["id"] for line in response.text.splitlines()]

    assert found(member) == [inside, other]
    assert found({"$and": [is_a, {"$and": [member]}]}) == [inside]
    assert found({"$eq": [member["$eq"][0], {"$literal": "nope"}]}) == []
    assert review.ok("/calls/query_stats", query={"$expr": member})["count"] == 2
    review.ok("/calls/delete", call_ids=[other])
    assert found(member) == [inside]
    for text in ("a\0b", "a\ud800b"):
        assert found({"$eq": [member["$eq"][0], {"$literal": text}]}) == []
    elsewhere = Review(review.client, f"{review.project}-2")
    assert elsewhere.ok("/calls/query_stats", query={"$expr": member})["count"] == 0
    review.client.delete(f"/annotation_queues/{review.queue}", params={"project_id": review.project})
    assert found(member) == []


def test_a_queue_that_does_not_exist_is_not_found(review: Review) -> None:
    call_id = review.call()
    review.add(call_id)
    (item,) = review.items()
    at = f"/annotation_queues/{review.queue}"
    review.client.delete(at, params={"project_id": review.project})
    for queue in (at, "/annotation_queues/nope", "/annotation_queues/%00"):
        for path, body in (
            ("/items", {"call_ids": [call_id], "display_fields": []}),
            ("/items/query", {}),
            (f"/items/{item['id']}/progress", {"annotation_state": "completed"}),
        ):
            assert review.post(f"{queue}{path}", **body).status_code == 404, (queue, path)
        assert review.post(f"/weft/v1{queue}/next").status_code == 404
        assert review.post(f"/weft/v1{queue}/back").status_code == 404
        work = review.client.get(f"/weft/v1{queue}/work", params={"project_id": review.project})
        assert work.status_code == 404
    assert review.stats(review.queue) == [(review.queue, 0, 0)]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/items", {"call_ids": ["a"]}, 422),
        ("/items", {"call_ids": "a", "display_fields": []}, 422),
        ("/items", {"call_ids": ["a\ud800"], "display_fields": []}, 400),
        ("/items", {"call_ids": ["a\0"], "display_fields": []}, 400),
        ("/items", {"call_ids": ["a"], "display_fields": ["\ud800"]}, 400),
        ("/items/query", {"limit": -1}, 400),
        ("/items/query", {"offset": -(10**30)}, 400),
        ("/items/query", {"limit": "x"}, 422),
        ("/items/query", {"filter": {"annotation_states": ["open"]}}, 422),
        ("/items/query", {"filter": {"call_id": "\ud800"}}, 400),
        ("/items/query", {"sort_by": [{"field": "id"}]}, 422),
        ("/items/nope/progress", {"annotation_state": "completed"}, 400),
        ("/items/%00/progress", {"annotation_state": "completed"}, 400),
        ("/items/nope/progress", {"annotation_state": "unstarted"}, 400),
        ("/items/nope/progress", {"annotation_state": "\ud800"}, 400),
        ("/items/nope/progress", {}, 422),
    ],
)
def test_bad_requests_are_refused(review: Review, path: str, body: dict[str, Any], status: int) -> None:
    answer = review.post(f"/annotation_queues/{review.queue}{path}", **body)
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == (["detail"] if status == 422 else ["reason"])


@pytest.mark.parametrize("seconds", [0, -1, 9.9, 86_401, 10**400, float("nan"), float("inf"), "soon", [1]])
def test_leases_have_bounds(review: Review, seconds: Any) -> None:
    assert review.post(f"/weft/v1/annotation_queues/{review.queue}/next", lease_seconds=seconds).status_code == 422


def test_a_wrong_user_in_the_body_changes_nothing(review: Review) -> None:
    call_id = review.call()
    path = f"/annotation_queues/{review.queue}/items"
    review.ok(path, call_ids=[call_id], display_fields=[], wb_user_id="mallory")
    (item,) = review.items()
    shown = review.ok(f"{path}/{item['id']}/progress", annotation_state="completed", wb_user_id="mallory")["item"]
    assert "mallory" not in (item["added_by"], item["created_by"], shown["annotator_user_id"])
    assert review.post("/annotation_queues/stats", queue_ids=["\ud800"]).status_code == 400
