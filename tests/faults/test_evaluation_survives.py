"""An evaluation job survives kill −9: after restarts the run ends, with every row of every trial in it once."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.evaluation_objects import op_of
from tests.live import LiveServer
from tests.llm_provider import LLMProvider, Reply
from tests.scoring_objects import builtin_scorer, judge, judge_model

PROJECT = "faults/evaluating"
ROWS = 60
TRIALS = 2
KILLS = 2
VERDICT = {"score": 1}


@pytest.fixture
def provider() -> Iterator[LLMProvider]:
    provider = LLMProvider()
    provider.otherwise = lambda request: Reply(
        json.dumps(VERDICT) if request["messages"][-1]["content"].startswith("JUDGE") else "an answer", seconds=0.05
    )
    yield provider
    provider.close()


def _publish(client: httpx.Client, name: str, val: Any) -> str:
    answer = client.post("/obj/create", json={"obj": {"project_id": PROJECT, "object_id": name, "val": val}})
    return f"weave:///{PROJECT}/object/{name}:{answer.raise_for_status().json()['digest']}"


def _evaluate(client: httpx.Client) -> str:
    """Ask for the evaluation; the id of its run."""
    rows = [{"user_input": f"question {number}"} for number in range(ROWS)]
    table = client.post("/table/create", json={"table": {"project_id": PROJECT, "rows": rows}}).json()["digest"]
    dataset = {"_class_name": "Dataset", "_bases": ["Object"], "rows": f"weave:///{PROJECT}/table/{table}"}
    scorers = [
        _publish(client, "ValidJSONScorer", builtin_scorer("ValidJSONScorer")),
        _publish(client, "judge", judge(judge_model(response_format="json_object"), "JUDGE {output}")),
    ]
    evaluation = {
        "_class_name": "Evaluation", "_bases": ["Object", "BaseModel"], "trials": TRIALS, "scorers": scorers,
        "dataset": _publish(client, "Dataset", dataset),
    }  # fmt: skip
    body = {
        "project_id": PROJECT,
        "evaluation_ref": _publish(client, "evaluation", evaluation),
        "model_ref": _publish(client, "model", judge_model(response_format="text")),
    }
    run_id: str = client.post("/evaluations/evaluate_model", json=body).raise_for_status().json()["call_id"]
    return run_id


def _status(client: httpx.Client, run_id: str) -> Any:
    body = {"project_id": PROJECT, "call_id": run_id}
    return client.post("/evaluations/status", json=body).raise_for_status().json()["status"]


def _wait(client: httpx.Client, run_id: str, *codes: str) -> None:
    deadline = time.monotonic() + 120
    while (status := _status(client, run_id))["code"] not in codes:
        assert time.monotonic() < deadline, status
        time.sleep(0.02)


def test_every_row_is_in_the_run_once_however_often_the_server_is_killed(tmp_path: Path, provider: LLMProvider) -> None:
    server = LiveServer(
        tmp_path / "data", WEFT_LLM_BASE_URL=provider.url, WEFT_SCORING_BATCH="64", WEFT_SCORING_MAX_ATTEMPTS="10"
    )
    server.start(timeout=180)
    with httpx.Client(base_url=server.url, auth=("api", "key"), timeout=30) as client:
        run_id = _evaluate(client)
        killed_in_the_middle = 0
        for _ in range(KILLS):
            _wait(client, run_id, "running", "complete")
            time.sleep(random.uniform(0.0, 0.4))
            killed_in_the_middle += _status(client, run_id)["code"] == "running"
            server.kill()
            server.start(timeout=180)
        assert killed_in_the_middle > 0, "every kill came too late to mean anything"
        _wait(client, run_id, "complete")
        _check(client, run_id)
    server.stop()


def _check(client: httpx.Client, run_id: str) -> None:
    total = ROWS * TRIALS
    assert _status(client, run_id)["output"].keys() == {"ValidJSONScorer", "judge", "model_latency"}
    job = client.get(f"/weft/v1/scoring/jobs/{run_id}").raise_for_status().json()
    assert {state: count for state, count in job["counts"].items() if count} == {"scored": total, "done": 2}
    lines = client.post("/calls/stream_query", json={"project_id": PROJECT}).text.splitlines()
    calls = [json.loads(line) for line in lines]
    assert len({call["id"] for call in calls}) == len(calls)
    assert all(call["ended_at"] for call in calls)
    assert Counter(op_of(call) for call in calls) == {
        "Evaluation.evaluate": 1,
        "Evaluation.predict_and_score": total,
        # One answer of the model and one of the judge's for each row and trial.
        "LLMStructuredCompletionModel.predict": 2 * total,
        "ValidJSONScorer.score": total,
        "LLMAsAJudgeScorer.score": total,
        "Evaluation.summarize": 1,
        "Scorer.summarize": 2,
    }
    pairings = [call for call in calls if op_of(call) == "Evaluation.predict_and_score"]
    assert set(Counter(call["inputs"]["example"] for call in pairings).values()) == {TRIALS}
    assert {json.dumps(call["output"]["scores"]["judge"]) for call in pairings} == {json.dumps(VERDICT)}
    feedback = client.post("/feedback/query", json={"project_id": PROJECT}).json()["result"]
    seen = Counter((row["weave_ref"], row["feedback_type"]) for row in feedback)
    assert (len(seen), set(seen.values())) == (2 * total, {1})
    (root,) = [call for call in calls if call["id"] == run_id]
    assert root["output"]["judge"] == {"score": {"mean": 1.0}}
