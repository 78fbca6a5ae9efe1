"""Stories of annotation queues: their records, what is in them, everybody's progress, and calls found by queue."""

from __future__ import annotations

from typing import Any

from tests.contract.differential.telling import Teller, at, chosen_id

BY_START = [{"field": "call_started_at", "direction": "asc"}]
# Whose names these are, and by which id, is each server's own; times that change are told as such.
OWN = {"project_id", "added_by", "created_by", "annotator_user_id", "updated_at"}


def queue_records(tell: Teller) -> None:
    """Queues made, listed, changed and deleted."""
    queue = _queue(tell, "Reviews")
    _queue(tell, "other", description="d", scorer_refs=[tell.ref("object", "spec:abc"), "opaque"])
    for label, asked in {
        "all": {}, "named": {"name": "REV"}, "none named": {"name": "x"}, "two": {"limit": 2}, "past": {"offset": 9},
        "by name": {"sort_by": [{"field": "name", "direction": "desc"}]},
        "by nothing": {"sort_by": [{"field": "nothing", "direction": "desc"}]},
    }.items():  # fmt: skip
        tell.post(f"list {label}", "/annotation_queues/query", asked)
        tell.keep(lambda found: [_plain(item) for item in found])
    where = {"params": {"project_id": tell.project}}
    for label, name in (("known", queue), ("unknown", "nope")):
        path = f"/annotation_queues/{name}"
        for step, method, body in (
            ("read", "GET", None),
            ("change", "PUT", {"project_id": tell.project, "name": "New", "scorer_refs": []}),
            ("change nothing", "PUT", {"project_id": tell.project}),
            ("delete", "DELETE", None),
            ("delete again", "DELETE", None),
            ("read deleted", "GET", None),
        ):
            tell.send(f"{step} {label}", method, path, body, **where)
            tell.keep(lambda found: _plain(found["queue"]))


def queue_items(tell: Teller) -> None:
    """Calls added once and twice, and every way to list them."""
    queue, calls = _queue(tell, "q"), _calls(tell, 4)
    path = f"/annotation_queues/{queue}/items"
    for step, ids in {
        "add two": calls[:2], "add known and new": [*calls[1:3], "unknown"], "add known": calls[:2], "add none": [],
        "add unknown": ["unknown"], "add last": calls[3:],
    }.items():  # fmt: skip
        tell.post(step, path, {"call_ids": ids, "display_fields": ["inputs.a"]})
    tell.post("add without fields", path, {"call_ids": calls})
    lists: dict[str, dict[str, Any]] = {
        "all": {}, "numbered": {"include_position": True}, "two": {"limit": 2, "include_position": True},
        "next": {"limit": 2, "offset": 1}, "none": {"limit": 0}, "past": {"offset": 9}, "negative": {"limit": -1},
        "of op": {"filter": {"call_op_name": "op1"}, "include_position": True},
        "of call": {"filter": {"call_id": calls[2]}}, "of trace": {"filter": {"call_trace_id": chosen_id(102)}},
        "of nobody": {"filter": {"added_by": "nobody"}}, "of id": {"filter": {"id": "unknown"}},
        "of unknown state": {"filter": {"annotation_states": ["open"]}},
        "newest": {"sort_by": [{"field": "call_started_at", "direction": "desc"}]},
        "by op": {"sort_by": [{"field": "call_op_name", "direction": "desc"}, *BY_START]},
    }  # fmt: skip
    for label, asked in lists.items():
        tell.post(f"list {label}", f"{path}/query", {"sort_by": BY_START, **asked})
        tell.keep(lambda found: [_plain(item) for item in found["items"]])
    _found_in_calls(tell, "members", queue)
    _found_in_calls(tell, "members of unknown", "unknown")


def queue_progress(tell: Teller) -> None:
    """Every step an annotator may and may not take, and what lists and counts make of it."""
    queue, calls = _queue(tell, "q"), _calls(tell, 4)
    path = f"/annotation_queues/{queue}/items"
    tell.post("add", path, {"call_ids": calls, "display_fields": []})
    items = [item["id"] for item in tell.post("items", f"{path}/query", {"sort_by": BY_START})["items"]]
    tell.keep(lambda _: None)
    for number, states in enumerate(
        (
            ("in_progress", "in_progress", "completed", "completed", "in_progress", "skipped"),
            ("skipped", "skipped", "completed", "in_progress"),
            ("unstarted", "nonsense", "", "in_progress", "unstarted"),
        )
    ):
        for step, state in enumerate(states):
            body = {"annotation_state": state}
            tell.post(f"item {number} step {step} {state}", f"{path}/{items[number]}/progress", body)
            tell.keep(lambda found: _plain(found["item"]))
    tell.post("unknown item", f"{path}/unknown/progress", {"annotation_state": "completed"})
    tell.post("no state", f"{path}/{items[3]}/progress", {})
    for label, states in {
        "done": ("completed", "skipped"), "open": ("in_progress",), "new": ("unstarted",), "any": (),
    }.items():  # fmt: skip
        asked = {"sort_by": BY_START, "filter": {"annotation_states": list(states)}, "include_position": label == "any"}
        tell.post(f"list {label}", f"{path}/query", asked)
        tell.keep(lambda found: [_plain(item) for item in found["items"]])
    tell.post("stats", "/annotation_queues/stats", {"queue_ids": [queue, "unknown", queue]})
    tell.post("stats of none", "/annotation_queues/stats", {"queue_ids": []})
    tell.send("delete", "DELETE", f"/annotation_queues/{queue}", params={"project_id": tell.project})
    tell.keep(lambda _: None)
    tell.post("items of deleted", f"{path}/query", {})
    tell.keep(lambda found: len(found["items"]))
    tell.post("add to deleted", path, {"call_ids": calls, "display_fields": []})
    tell.post("progress in deleted", f"{path}/{items[3]}/progress", {"annotation_state": "completed"})
    tell.keep(lambda found: found["item"]["annotation_state"])
    tell.post("stats of deleted", "/annotation_queues/stats", {"queue_ids": [queue]})


def _queue(tell: Teller, name: str, **fields: Any) -> str:
    made = tell.post(f"make {name}", "/annotation_queues", {"name": name, "scorer_refs": [], **fields})
    queue_id = str(made.get("id", "")) if isinstance(made, dict) else ""
    tell.name(queue_id, f"queue {name}")
    tell.note_again()
    return queue_id


def _calls(tell: Teller, count: int) -> list[str]:
    for number in range(count):
        start = {
            "project_id": tell.project,
            "id": chosen_id(number),
            "trace_id": chosen_id(100 + number),
            "op_name": f"op{number % 2}",
            "started_at": at(number),
            "attributes": {},
            "inputs": {"a": number},
        }
        tell.post(f"call {number}", "/call/start", {"start": start})
    return [chosen_id(number) for number in range(count)]


def _found_in_calls(tell: Teller, step: str, queue_id: str) -> None:
    member = {"$eq": [{"$getField": "annotation_queue_items.queue_id"}, {"$literal": queue_id}]}
    sort_by = [{"field": "started_at", "direction": "asc"}]
    tell.ids(step, "/calls/stream_query", {"query": {"$expr": member}, "sort_by": sort_by})


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in OWN}
