"""Results of a large evaluation run over HTTP, rows × trials × scorers, against the bare engine reading its calls."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson

from bench import payloads, processes
from bench.results import Figure
from bench.traffic import ask, post, send

TRIALS, SCORERS = 3, 4
_BATCH = 500
_PROJECT = "results"
_ID = f"{payloads.ENTITY}/{_PROJECT}"
_PAGE = 50


def measure(folder: Path, rows: int, repeats: int) -> list[Figure]:
    """Two latencies of a run of that many dataset rows: the first page of its rows, and the summary of all."""
    data = folder / "results"
    run_id = payloads.new_call_id(0)
    with processes.weft(data) as server:
        calls = chain([_root(run_id)], _trials(run_id, rows))
        bodies = ({"batch": batch} for batch in _batches(calls))
        send(server.port, (post(f"/v2/{_ID}/calls/complete", body) for body in bodies), 2)
        asked = {"project_id": _ID, "evaluation_call_ids": [run_id]}
        requests = {
            "page": post(f"/v2/{_ID}/eval_results/query", {**asked, "limit": _PAGE}),
            "summary": post(f"/v2/{_ID}/eval_results/query", {**asked, "include_rows": False, "include_summary": True}),
        }
        found = orjson.loads(ask(server.port, requests["page"]))
        assert (found["total_rows"], len(found["rows"])) == (rows, min(rows, _PAGE)), found["total_rows"]
        ours = {name: send(server.port, [request] * repeats, 1).p50_ms for name, request in requests.items()}
        internal = orjson.loads(ask(server.port, post("/service/projects_info", {"project_ids": [_ID]})))
    bare = _bare(data, internal[0]["internal_project_id"], repeats, run_id)
    size = f"{rows:,} rows × {TRIALS} trials × {SCORERS} scorers"
    # More than four times the reading: the engine only reads, and what a trial is about, who scored it and what that
    # says are found out here, trial by trial.
    note = "each trial is understood after it was read: its example's digest, its children, its values"
    return [
        Figure(f"{_PAGE} of {size}", ours["page"], "ms p50", "reading its trials bare", bare["page"], "<= 4", note),
        Figure(
            f"summary of {size}", ours["summary"], "ms p50", "reading its calls bare", bare["summary"], "<= 4", note
        ),
    ]


def _trials(run_id: str, rows: int) -> Iterator[dict[str, Any]]:
    for row in range(rows):
        for trial in range(TRIALS):
            yield from _trial(run_id, row, trial)


def _batches(calls: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(calls, _BATCH)):
        yield batch


def _root(run_id: str) -> dict[str, Any]:
    inputs = {"self": _ref("object", "evaluation"), "model": _ref("object", "answerer")}
    return _call(run_id, run_id, None, "Evaluation.evaluate", 0, inputs, {})


def _trial(run_id: str, row: int, trial: int) -> Iterator[dict[str, Any]]:
    number = (row * TRIALS + trial) * (2 + SCORERS) + 1
    pair_id, predict_id = payloads.new_call_id(number), payloads.new_call_id(number + 1)
    example = {"id": row, "question": payloads.SENTENCES[row % 10], "expected": payloads.SENTENCES[(row + 1) % 10]}
    answer = {"answer": payloads.SENTENCES[(row + trial) % 10]}
    values = {
        f"scorer-{scorer}": {"right": (row + trial + scorer) % 3 > 0, "off": row % 7} for scorer in range(SCORERS)
    }
    model = _ref("object", "answerer")
    whole = {"output": answer, "scores": values, "model_latency": 0.25}
    inputs = {"self": _ref("object", "evaluation"), "model": model, "example": example}
    yield _call(pair_id, run_id, run_id, "Evaluation.predict_and_score", number, inputs, whole)
    inner = {"self": model, "question": example["question"]}
    yield _call(predict_id, run_id, pair_id, "Answerer.predict", number + 1, inner, answer)
    for scorer, value in enumerate(values.values()):
        given = {"self": _ref("object", f"scorer-{scorer}"), "output": answer, "expected": example["expected"]}
        score_id = payloads.new_call_id(number + 2 + scorer)
        yield _call(score_id, run_id, pair_id, f"Scorer{scorer}.score", number + 2 + scorer, given, value)


def _call(
    call_id: str, run_id: str, parent_id: str | None, op: str, number: int, inputs: dict[str, Any], output: Any
) -> dict[str, Any]:
    started = payloads.START + timedelta(milliseconds=number)
    usage = {"local-model": {"requests": 1, "input_tokens": 90, "output_tokens": 8}} if op.endswith(".predict") else {}
    return {
        "project_id": _ID,
        "id": call_id,
        "trace_id": run_id,
        "parent_id": parent_id,
        "op_name": _ref("op", op),
        "started_at": started.isoformat(),
        "ended_at": (started + timedelta(milliseconds=250)).isoformat(),
        "attributes": {"weave": {"client_version": "0.54.0"}},
        "inputs": inputs,
        "output": output,
        "summary": {"usage": usage},
    }


def _ref(kind: str, name: str) -> str:
    return f"weave:///{_ID}/{kind}/{name}:{'E' * 43}"


def _bare(data: Path, project: str, repeats: int, run_id: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.bare_engine", "run", str(data), project, str(repeats), run_id]
    done = subprocess.run(command, cwd=processes.ROOT, stdout=subprocess.PIPE, check=True, text=True)
    medians: dict[str, float] = json.loads(done.stdout)
    return medians
