"""The loop a REST client goes through: objects, a run, predictions, scores, finish, results."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from tests.v2_client import V2Client


@pytest.fixture
def v2(app_client: TestClient, project: str) -> V2Client:
    return V2Client(app_client, project)


def test_from_objects_to_results(v2: V2Client) -> None:
    rows = [{"q": n, "expected": n * 2} for n in range(6)]
    dataset = v2.post("/datasets", {"name": "doubles", "rows": rows})
    scorer = v2.post("/scorers", {"name": "exact", "op_source_code": "def score(): ..."})["scorer"]
    body = {"name": "Doubling", "dataset": v2.ref("object", "doubles", dataset["digest"]), "scorers": [scorer]}
    evaluation = v2.post("/evaluations", body)["evaluation_ref"]
    runs = {}
    for name, factor in (("good", 2), ("bad", 1)):
        model = v2.post("/models", {"name": name, "source_code": f"factor = {factor}"})["model_ref"]
        run_id = v2.post("/evaluation_runs", {"evaluation": evaluation, "model": model})["evaluation_run_id"]
        for row in rows:
            output = row["q"] * factor
            prediction = {"model": model, "inputs": row, "output": output, "evaluation_run_id": run_id}
            prediction_id = v2.post("/predictions", prediction)["prediction_id"]
            score = {"prediction_id": prediction_id, "scorer": scorer, "value": output == row["expected"]}
            v2.post("/scores", {**score, "evaluation_run_id": run_id})
            v2.finish(prediction_id)
        v2.post(f"/evaluation_runs/{run_id}/finish", {"summary": {"by": name}})
        runs[name] = run_id

    assert v2.call(runs["good"])["output"]["exact"] == {"true_count": 6, "true_fraction": 1.0}
    assert v2.call(runs["bad"])["output"]["exact"] == {"true_count": 1, "true_fraction": 1 / 6}
    answer = v2.results(*runs.values(), include_summary=True, require_intersection=True)
    assert answer["total_rows"] == 6
    rates = [item["scorer_stats"][0]["pass_rate"] for item in answer["summary"]["evaluations"]]
    assert rates == [1.0, 1 / 6]
    trials = [trial for row in answer["rows"] for item in row["evaluations"] for trial in item["trials"]]
    assert all(trial["scorer_call_ids"].keys() == {"exact"} for trial in trials)
    # What leaderboards and `get_evaluate_calls` ask for.
    name = f"weave:///{v2.project}/op/Evaluation.evaluate:*"
    assert [call["id"] for call in v2.calls(op_names=[name], input_refs=[evaluation])] == list(runs.values())
    assert all(call["ended_at"] for call in v2.calls())
    last = v2.calls(trace_ids=[runs["good"]])[-1]
    assert last["op_name"] == "Evaluation.summarize"


def test_a_project_with_calls_of_every_style_just_works(v2: V2Client) -> None:
    start = {"project_id": v2.project, "op_name": "f", "started_at": "2026-01-01T00:00:00Z", "attributes": {}}
    v2.client.post("/call/start", json={"start": {**start, "inputs": {}}})
    complete = {**start, "id": "a" * 16, "trace_id": "b" * 32, "ended_at": "2026-01-01T00:00:01Z"}
    v2.post("/calls/complete", {"batch": [{**complete, "inputs": {}, "output": 1, "summary": {}}]})
    run_id = v2.run()
    prediction_id = v2.predict(run_id)
    v2.score(prediction_id, "s", 1, run_id)
    v2.finish(prediction_id)
    v2.post(f"/evaluation_runs/{run_id}/finish")
    assert v2.get(f"/evaluation_runs/{run_id}")["status"] == "completed"
    assert len(v2.calls()) == 7


def test_many_clients_at_once_lose_nothing(v2: V2Client) -> None:
    run_id = v2.run()

    def work(number: int) -> None:
        prediction_id = v2.predict(run_id, {"n": number}, number)
        v2.score(prediction_id, "a", number % 2 == 0, run_id)
        v2.finish(prediction_id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
        list(pool.map(lambda _: v2.post(f"/evaluation_runs/{run_id}/finish"), range(4)))
    answer = v2.results(run_id, include_summary=True)
    assert answer["total_rows"] == 40
    assert answer["summary"]["evaluations"][0]["scorer_stats"][0]["pass_rate"] == 0.5
    summaries = [call for call in v2.calls(trace_ids=[run_id]) if call["op_name"] == "Evaluation.summarize"]
    assert len(summaries) == 1
    assert len(v2.feedback()) == 40
