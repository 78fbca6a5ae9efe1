"""Stories of requests that no operation takes: bodies, encodings, ids."""

from __future__ import annotations

import gzip
import json
from typing import Any

from tests.contract.differential.telling import Teller, at, chosen_id

POSTS = (
    "/call/start", "/call/end", "/call/upsert_batch", "/call/read", "/call/update", "/calls/delete",
    "/calls/stream_query", "/calls/query_stats", "/obj/create", "/obj/read", "/obj/delete", "/objs/query",
    "/table/create", "/table/create_from_digests", "/table/update", "/table/query", "/table/query_stats",
    "/table/query_stats_batch", "/refs/read_batch", "/files/query_stats", "/feedback/create", "/feedback/batch/create",
    "/feedback/query", "/feedback/purge", "/feedback/replace", "/service/projects_info",
)  # fmt: skip
V2_POSTS = (
    "/call/start", "/call/end", "/calls/complete", "/ops", "/datasets", "/scorers", "/models", "/evaluations",
    "/evaluation_runs", "/predictions", "/scores", "/eval_results/query",
)  # fmt: skip


def errors_empty_bodies(tell: Teller) -> None:
    """A body with nothing in it, or with the project alone."""
    for path in POSTS:
        tell.send(f"empty {path}", "POST", path, {})
        tell.send(f"project only {path}", "POST", path, {"project_id": tell.project})
        tell.send(f"list {path}", "POST", path, [])
        tell.send(f"null project {path}", "POST", path, {"project_id": None})
        tell.send(f"number as project {path}", "POST", path, {"project_id": 5})
    for path in V2_POSTS:
        tell.v2(f"empty v2 {path}", "POST", path, {})
        tell.v2(f"list v2 {path}", "POST", path, [])


def errors_encodings(tell: Teller) -> None:
    """Bytes that are no JSON, and JSON that is packed."""
    tell.post("project", "/obj/create", {"obj": {"project_id": tell.project, "object_id": "o", "val": 1}})
    body = json.dumps({"project_id": tell.project}).encode()
    packed = gzip.compress(body)
    for label, content, headers in (
        ("gzip", packed, {"content-encoding": "gzip"}),
        ("cut gzip", packed[:-6], {"content-encoding": "gzip"}),
        ("not gzip", body, {"content-encoding": "gzip"}),
        ("not JSON", b"{", {}),
        ("not UTF-8", b'{"project_id": "\xff"}', {}),
        ("no body", b"", {}),
        ("no content type", body, {"content-type": "text/plain"}),
    ):
        tell.send(label, "POST", "/calls/query_stats", content=content, headers=headers)


def errors_call_ids(tell: Teller) -> None:
    """Which ids a call may have."""
    for label, value in {
        "16 characters": "0123456789abcdef",
        "upper case": chosen_id(1).replace("01900000", "0190ABCD"),
        "text": "no-id",
        "empty": "",
        "number": 5,
        "32 characters": "0" * 32,
    }.items():
        start = {**_start(tell), "id": value}
        tell.post(f"id {label}", "/call/start", {"start": start})
        tell.post(f"trace {label}", "/call/start", {"start": {**_start(tell), "trace_id": value}})
        tell.post(f"parent {label}", "/call/start", {"start": {**_start(tell), "parent_id": value}})
    for label, value in {
        "text": "yesterday",
        "number": 1704067200,
        "naive": "2024-01-01T00:00:00",
        "offset": "2024-01-01T01:00:00.123456+01:00",
        "null": None,
    }.items():
        tell.post(f"time {label}", "/call/start", {"start": {**_start(tell), "id": chosen_id(50), "started_at": value}})
        tell.post(f"read time {label}", "/call/read", {"id": chosen_id(50)})
    for label, more in {
        "inputs list": {"inputs": []},
        "attributes null": {"attributes": None},
        "op name 129": {"op_name": "x" * 129},
        "op name number": {"op_name": 1},
        "bad ref in inputs": {"inputs": {"x": "weave:///x"}},
        "name shown 1025": {"display_name": "x" * 1025},
        "run step negative": {"wb_run_step": -1},
        "unknown key": {"junk": 1, "id": chosen_id(60)},
    }.items():
        tell.post(label, "/call/start", {"start": {**_start(tell), **more}})


def errors_deep_bodies(tell: Teller) -> None:
    """Bodies nested near the limit and beyond it."""
    for depth in (50, 150, 250):
        value: Any = 1
        for _ in range(depth):
            value = [value]
        tell.send(
            f"depth {depth}",
            "POST",
            "/obj/create",
            {"obj": {"project_id": tell.project, "object_id": "deep", "val": value}},
        )


def _start(tell: Teller) -> dict[str, Any]:
    return {
        "project_id": tell.project, "id": chosen_id(1), "trace_id": chosen_id(1), "op_name": "op", "started_at": at(1),
        "attributes": {}, "inputs": {},
    }  # fmt: skip
