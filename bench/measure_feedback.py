"""Totals of feedback over HTTP at 200 000 rows in a project, against the bare engine's query."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import orjson

from bench import payloads, processes
from bench.results import Figure
from bench.traffic import ask, post, send

BATCH = 500
_PROJECT = "feedback"
_ID = f"{payloads.ENTITY}/{_PROJECT}"
_CLIENTS = 4
_MINUTE_MS = 60_000
_DAY_MS = 86_400_000


def measure(folder: Path, rows: int, repeats: int) -> list[Figure]:
    """Two latencies: the total of everything, and totals by minute and scorer."""
    data = folder / "feedback"
    with processes.weft(data) as server:
        batches = (payloads.score_batch(_PROJECT, first, BATCH) for first in range(0, rows, BATCH))
        send(server.port, (post("/feedback/batch/create", batch) for batch in batches), _CLIENTS)
        now = int(time.time() * 1000) // _MINUTE_MS * _MINUTE_MS
        bounds = {"project_id": _ID, "before_ms": now + _DAY_MS}
        all_of_it = post("/feedback/aggregate", {**bounds, "after_ms": now - _DAY_MS})
        recent = {**bounds, "before_ms": now + 5 * _MINUTE_MS, "after_ms": now - 250 * _MINUTE_MS}
        grouped = post("/feedback/aggregate", {**recent, "time_bucket_seconds": 60, "group_by": ["scorer_id"]})
        counted = orjson.loads(ask(server.port, all_of_it))["buckets"][0]["total_count"]
        assert counted == rows // BATCH * BATCH, f"{counted} rows were counted"
        ours = {"total": _median(server.port, all_of_it, repeats), "grouped": _median(server.port, grouped, repeats)}
        internal = orjson.loads(ask(server.port, post("/service/projects_info", {"project_ids": [_ID]})))
    bare = _bare(data, internal[0]["internal_project_id"], repeats)
    names = {"total": f"total of {rows:,} feedback", "grouped": f"{rows:,} feedback by minute and scorer"}
    return [
        Figure(names[name], value, "ms p50", "the bare engine's query", bare[name], "<= 4")
        for name, value in ours.items()
    ]


def _median(port: int, request: bytes, repeats: int) -> float:
    send(port, [request] * repeats, connections=1)
    return send(port, [request] * repeats, connections=1).p50_ms


def _bare(data: Path, project: str, repeats: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.bare_engine", "aggregate", str(data), project, str(repeats)]
    done = subprocess.run(command, cwd=processes.ROOT, stdout=subprocess.PIPE, check=True, text=True)
    medians: dict[str, float] = json.loads(done.stdout)
    return medians
