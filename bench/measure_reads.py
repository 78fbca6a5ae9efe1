"""Reads over HTTP at 200 000 calls in a project, each against the bare engine's query, and the server's memory."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from bench import payloads, processes
from bench.measure_ingest import BATCH, send_batches
from bench.results import Figure
from bench.traffic import Traffic, ask, post, send

_PROJECT = "reads"
_ID = f"{payloads.ENTITY}/{_PROJECT}"
_NAMES = {
    "page": "latest 50",
    "filter": "50 by a JSON path",
    "id": "one by id",
    "stats": "usage and latency by 5 minutes",
}
_LOAD_BATCHES = 200


def measure(folder: Path, calls: int, repeats: int) -> list[Figure]:
    """Four latencies and the resident memory."""
    data = folder / "reads"
    with processes.weft(data) as server:
        for first in range(0, calls, _LOAD_BATCHES * BATCH):
            send_batches(server.port, _PROJECT, first, min(_LOAD_BATCHES, (calls - first) // BATCH))
        loaded = server.resident_bytes()
        ids = _some_ids(server.port)
        ours = {name: _timed(server.port, requests) for name, requests in _requests(ids, repeats).items()}
        resident = max(loaded, server.resident_bytes())
        internal = orjson.loads(ask(server.port, post("/service/projects_info", {"project_ids": [_ID]})))
    bare = _bare(data, internal, repeats, ids)
    figures = [
        Figure(
            f"{_NAMES[name]} of {calls:,} calls",
            traffic.p50_ms,
            "ms p50",
            "the bare engine's query",
            bare[name],
            "<= 4",
            f"p99 {traffic.p99_ms:.0f} ms",
        )
        for name, traffic in ours.items()
    ]
    return [*figures, Figure("resident memory after that", resident / 1e9, "GB", bound="<= 1.2")]


def _requests(ids: list[str], repeats: int) -> dict[str, list[bytes]]:
    latest = {"project_id": _ID, "limit": 50, "sort_by": [{"field": "started_at", "direction": "desc"}]}
    topics = [
        {"$expr": {"$eq": [{"$getField": "inputs.topic"}, {"$literal": f"topic-{number % payloads.TOPICS}"}]}}
        for number in range(repeats)
    ]
    return {
        "page": [post("/calls/stream_query", latest)] * repeats,
        "filter": [post("/calls/stream_query", {**latest, "query": topic}) for topic in topics],
        "id": [post("/call/read", {"project_id": _ID, "id": ids[n % len(ids)]}) for n in range(repeats)],
        "stats": [post("/calls/stats", _statistics(number)) for number in range(max(1, repeats // 4))],
    }


def _statistics(number: int) -> dict[str, Any]:
    """All calls of the project, in a span of time that is another one for each number."""
    start = payloads.START - timedelta(minutes=5 * number)
    return {
        "project_id": _ID,
        "start": start.isoformat(),
        "end": (start + timedelta(days=1)).isoformat(),
        "granularity": 300,
        "usage_metrics": [{"metric": "input_tokens"}, {"metric": "output_tokens"}],
        "call_metrics": [
            {"metric": "call_count"},
            {"metric": "error_count"},
            {"metric": "latency_ms", "aggregations": ["avg"], "percentiles": [95]},
        ],
    }


def _timed(port: int, requests: list[bytes]) -> Traffic:
    """The second round of the same questions: by then the files are in memory, as they are for the bare engine."""
    send(port, requests, connections=1)
    traffic = send(port, requests, connections=1, keep_bodies=True)
    assert all(traffic.bodies), "an answer was empty"
    return traffic


def _some_ids(port: int) -> list[str]:
    """Ids from all over the project, so that what the server happens to remember plays no part."""
    body = {"project_id": _ID, "columns": ["id"], "limit": 200_000}
    lines = ask(port, post("/calls/stream_query", body)).splitlines()
    chance = random.Random(1)
    return [orjson.loads(line)["id"] for line in chance.sample(lines[: len(lines) // 2], 200)]


def _bare(data: Path, internal: Any, repeats: int, ids: list[str]) -> dict[str, float]:
    project = internal[0]["internal_project_id"]
    command = [sys.executable, "-m", "bench.bare_engine", "read", str(data), project, str(repeats), *ids]
    done = subprocess.run(command, cwd=processes.ROOT, stdout=subprocess.PIPE, check=True, text=True)
    medians: dict[str, float] = json.loads(done.stdout)
    return medians
