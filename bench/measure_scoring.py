"""How many scoring tasks a second the ledger and the worker do when the scorer itself costs nothing."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from bench import payloads, processes
from bench.results import Figure
from bench.traffic import KEY, ask, post

_PROJECT = "scoring"
_ID = f"{payloads.ENTITY}/{_PROJECT}"
_ASK_AT_ONCE = 1000


def measure(folder: Path, tasks: int) -> list[Figure]:
    """One figure: from the first request to the last task's end, everything on disk."""
    with processes.weft(folder / "scoring") as server:
        client = httpx.Client(base_url=f"http://127.0.0.1:{server.port}", auth=("api", KEY), timeout=120)
        scorer = _publish_scorer(client)
        _score(client, scorer, _store_calls(server.port, 200))
        call_ids = _store_calls(server.port, tasks, first=200)
        started = time.perf_counter()
        _score(client, scorer, call_ids)
        seconds = time.perf_counter() - started
    note = f"{tasks:,} calls, asked for {_ASK_AT_ONCE:,} at a time; each leaves a score call, a feedback and its state"
    return [Figure("scoring tasks, ValidJSONScorer", tasks / seconds, "tasks/s", bound=">= 300", note=note)]


def _publish_scorer(client: httpx.Client) -> str:
    val = {
        "_type": "ValidJSONScorer",
        "_class_name": "ValidJSONScorer",
        "_bases": ["Scorer", "Object", "BaseModel"],
        "name": "valid-json",
        "description": None,
        "column_map": None,
    }
    answer = client.post("/obj/create", json={"obj": {"project_id": _ID, "object_id": "valid-json", "val": val}})
    return f"weave:///{_ID}/object/valid-json:{answer.raise_for_status().json()['digest']}"


def _store_calls(port: int, count: int, first: int = 0) -> list[str]:
    call_ids = []
    for start in range(first, first + count, 100):
        batch = payloads.complete_batch(_PROJECT, start, min(100, first + count - start))
        for call in batch["batch"]:
            call["output"] = '{"answer": "yes"}'
            call_ids.append(call["id"])
        ask(port, post(f"/v2/{_ID}/calls/complete", batch))
    return call_ids


def _score(client: httpx.Client, scorer: str, call_ids: list[str]) -> None:
    for at in range(0, len(call_ids), _ASK_AT_ONCE):
        body = {"project_id": _ID, "call_ids": call_ids[at : at + _ASK_AT_ONCE], "scorer_refs": [scorer]}
        client.post("/calls/score", json=body).raise_for_status()
    while True:
        jobs = client.get("/weft/v1/scoring/jobs", params={"project_id": _ID}).raise_for_status().json()["jobs"]
        if all(job["done"] for job in jobs):
            assert not any(job["counts"].get("failed") for job in jobs), jobs
            return
        time.sleep(0.02)
