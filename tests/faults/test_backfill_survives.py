"""A back-fill survives kill −9: after a restart it goes on, and every past call is scored once."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from tests.live import LiveServer
from tests.monitor_objects import monitor_value
from tests.scoring_objects import builtin_scorer
from weft.core.ids import new_id

PROJECT = "faults/backfill"
CALLS = 700
KILLS = 2
JSON = "ValidJSONScorer"


def _publish(client: httpx.Client, name: str, val: Any) -> str:
    answer = client.post("/obj/create", json={"obj": {"project_id": PROJECT, "object_id": name, "val": val}})
    return f"weave:///{PROJECT}/object/{name}:{answer.raise_for_status().json()['digest']}"


def _calls(client: httpx.Client) -> set[str]:
    # Many start at the same moment, so that pages end between them.
    batch = [
        {
            "project_id": PROJECT, "id": new_id(), "trace_id": new_id(), "op_name": "predict",
            "started_at": f"2026-01-01T00:00:{number % 7:02}Z", "ended_at": "2026-01-01T00:01:00Z", "attributes": {},
            "inputs": {}, "output": "{}", "summary": {},
        }
        for number in range(CALLS)
    ]  # fmt: skip
    for start in range(0, CALLS, 500):
        portion = {"batch": batch[start : start + 500]}
        client.post(f"/v2/{PROJECT}/calls/complete", json=portion).raise_for_status()
    return {str(call["id"]) for call in batch}


def test_every_past_call_is_scored_once_however_often_the_server_is_killed(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data", WEFT_SCORING_LEASE_SECONDS="2")
    server.start(timeout=300)
    try:
        with httpx.Client(base_url=server.url, timeout=60) as client:
            calls = _calls(client)
            monitor = _publish(client, "watch", monitor_value([_publish(client, JSON, builtin_scorer(JSON))]))
            asked = {"project_id": PROJECT, "monitor_ref": monitor}
            made = client.post("/weft/v1/monitors/backfill", json=asked).raise_for_status().json()
            path = f"/weft/v1/monitors/backfills/{made['id']}"
            for number in range(KILLS):
                _until(client, path, lambda now, least=number: now["walked"] > least * 200)
                server.kill()
                server.start(timeout=300)
            ended = _until(client, path, lambda _now: False)
            rows = client.post("/feedback/query", json={"project_id": PROJECT}).raise_for_status().json()["result"]
    finally:
        server.stop()
    assert (ended["state"], ended["total"], ended["chosen"]) == ("done", CALLS, CALLS)
    assert ended["scores"] == {"scored": CALLS}
    scored = Counter(row["weave_ref"].rpartition("/")[2] for row in rows)
    assert set(scored) == calls
    assert set(scored.values()) == {1}


def _until(client: httpx.Client, path: str, holds: Any) -> dict[str, Any]:
    """The back-fill when that holds, or when everything of it has ended."""
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        found: dict[str, Any] = client.get(path).raise_for_status().json()
        if found["done"] or holds(found):
            return found
        time.sleep(0.02)
    raise AssertionError(f"not done in time: {found}")
