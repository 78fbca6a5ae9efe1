"""Scoring a run again: new scores on the original predictions, as a run of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.evaluation_objects import EvaluationClient, op_of
from tests.llm_provider import LLMProvider, Reply
from tests.scoring_fixtures import drain, provider, running_provider, scoring_app, scoring_services
from tests.scoring_objects import builtin_scorer
from tests.v2_client import V2Client

__all__ = ["drain", "provider", "running_provider", "scoring_app", "scoring_services"]

Drain = Callable[[], None]
ROWS = [{"user_input": "hello", "expected": "hi"}, {"user_input": "bye", "expected": "ciao"}]
VERDICT = {"score": 1}


@pytest.fixture
def client(scoring_app: tuple[FastAPI, TestClient], project: str) -> EvaluationClient:
    return EvaluationClient(scoring_app[1], project)


def _asks(request: dict[str, Any]) -> str:
    text: str = request["messages"][-1]["content"]
    return text


def _answers(request: dict[str, Any]) -> Reply:
    return Reply(json.dumps(VERDICT) if _asks(request).startswith("JUDGE") else f"re: {_asks(request)}")


def _json_scorer(client: EvaluationClient) -> str:
    return client.publish("ValidJSONScorer", builtin_scorer("ValidJSONScorer"))


def _evaluated(client: EvaluationClient, drain: Drain, provider: LLMProvider, **fields: Any) -> str:
    """A run of the server's own, whose only scorer is ValidJSONScorer."""
    provider.otherwise = _answers
    evaluation = client.evaluation(client.dataset(ROWS), [_json_scorer(client)], **fields)
    run_id: str = client.evaluate(evaluation, client.model())
    drain()
    provider.requests.clear()
    return run_id


def _results(client: EvaluationClient, *run_ids: str) -> Any:
    body = {"evaluation_run_ids": list(run_ids), "include_costs": True}
    return client.post(f"/v2/{client.project}/eval_results/query", body)


def test_predictions_are_scored_again_in_a_new_run_that_names_its_source(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    source_id = _evaluated(client, drain, provider, evaluation_name="first")
    judge = client.judge("anything", object_id="good")
    run_id = client.rescore(source_id, [judge])
    assert client.status(run_id) == {"code": "not_found"}
    drain()

    assert sorted(_asks(request) for request in provider.requests) == ["JUDGE re: bye ciao", "JUDGE re: hello hi"]
    v2 = V2Client(client.client, client.project)
    run, source = v2.get(f"/evaluation_runs/{run_id}"), client.called(source_id)
    assert (run["source_evaluation_run_id"], run["status"]) == (source_id, "completed")
    assert (run["evaluation"], run["model"]) == (source["inputs"]["self"], source["inputs"]["model"])
    assert [item["evaluation_run_id"] for item in v2.lines("/evaluation_runs")] == [run_id]
    root = client.called(run_id)
    assert root["trace_id"] == run_id
    assert root["display_name"] == "first (rescored)"
    assert root["output"] == {"good": {"score": {"mean": 1.0}}}
    assert client.status(run_id) == {"code": "complete", "output": {"good": {"score": {"mean": 1.0}}}}
    below = client.children(run_id)
    assert [op_of(call) for call in below] == ["Evaluation.predict_and_score"] * 2 + ["Evaluation.summarize"]
    (score,) = client.children(below[0]["id"])
    assert op_of(score) == "good.score"
    assert score["output"] == VERDICT
    assert len(v2.lines("/scores", evaluation_run_id=run_id)) == 2


def test_the_new_results_show_the_original_predictions(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    source_id = _evaluated(client, drain, provider)
    run_id = client.rescore(source_id, [client.judge("anything", object_id="good")])
    drain()
    results = _results(client, source_id, run_id)
    assert results["total_rows"] == 2
    for row in results["rows"]:
        (old,), (new,) = (evaluation["trials"] for evaluation in row["evaluations"])
        assert new["predict_call_id"] == old["predict_call_id"]
        assert new["model_output"] == old["model_output"]
        assert new["model_latency_seconds"] == pytest.approx(old["model_latency_seconds"])
        assert (old["scores"], new["scores"]) == ({"ValidJSONScorer": {"json_valid": False}}, {"good": VERDICT})
        assert client.called(new["scorer_call_ids"]["good"])["output"] == VERDICT
    told = {(row["weave_ref"].rpartition("/")[2], row["feedback_type"]) for row in client.feedback()}
    predictions = {row["evaluations"][0]["trials"][0]["predict_call_id"] for row in results["rows"]}
    kinds = ("wandb.runnable.ValidJSONScorer", "wandb.runnable.good")
    assert told == {(call_id, kind) for call_id in predictions for kind in kinds}


def test_a_rescoring_can_be_scored_again(client: EvaluationClient, drain: Drain, provider: LLMProvider) -> None:
    source_id = _evaluated(client, drain, provider, trials=2)
    first_id = client.rescore(source_id, [_json_scorer(client)])
    drain()
    second_id = client.rescore(first_id, [client.judge("anything", object_id="good"), _json_scorer(client)])
    drain()
    predicted = [
        {
            trial["predict_call_id"]
            for row in _results(client, run_id)["rows"]
            for trial in row["evaluations"][0]["trials"]
        }
        for run_id in (source_id, first_id, second_id)
    ]
    assert predicted[0] == predicted[1] == predicted[2]
    assert len(predicted[0]) == 4
    assert client.called(second_id)["output"].keys() == {"good", "ValidJSONScorer"}


def test_runs_of_the_v2_api_can_be_scored_again(client: EvaluationClient, drain: Drain, provider: LLMProvider) -> None:
    provider.otherwise = _answers
    v2 = V2Client(client.client, client.project)
    source_id = v2.run()
    done = v2.predict(source_id, inputs={"q": "why", "expected": "so"}, output="because")
    v2.finish(done)
    unfinished = v2.predict(source_id, inputs={"q": "how", "expected": "thus"}, output='{"a": 1}')
    judge = client.judge("good", "JUDGE {output} {expected} {q}", object_id="good")
    run_id = client.rescore(source_id, [judge, _json_scorer(client)])
    drain()
    assert {_asks(request) for request in provider.requests} == {
        "JUDGE because so why", 'JUDGE {"a": 1} thus how',
    }  # fmt: skip
    trials = {
        trial["predict_call_id"]: trial
        for row in _results(client, run_id)["rows"]
        for trial in row["evaluations"][0]["trials"]
    }
    assert trials.keys() == {done, unfinished}
    assert trials[unfinished]["scores"] == {"good": VERDICT, "ValidJSONScorer": {"json_valid": True}}
    (score,) = [item for item in v2.lines("/scores", evaluation_run_id=run_id) if item["value"] == {"json_valid": True}]
    assert client.called(score["score_id"])["inputs"]["inputs"] == {"q": "how", "expected": "thus"}


def test_a_prediction_that_failed_fails_its_row_and_not_the_run(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.otherwise = lambda request: Reply(status=400) if _asks(request) == "bye" else _answers(request)
    run_id = client.evaluate(client.evaluation(client.dataset(ROWS), []), client.model())
    drain()
    again = client.rescore(run_id, [_json_scorer(client)])
    drain()
    (failed,) = [task for task in client.tasks(job_id=again) if task["state"] == "failed"]
    assert "has no output" in failed["reason"]
    (pairing,) = [call for call in client.children(again) if call["exception"]]
    assert "has no output" in pairing["exception"]
    assert client.status(again)["code"] == "complete"


def test_a_source_deleted_meanwhile_is_said_to_be(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    source_id = _evaluated(client, drain, provider)
    run_id = client.rescore(source_id, [_json_scorer(client)])
    client.post("/calls/delete", {"project_id": client.project, "call_ids": [source_id]})
    drain()
    assert client.status(run_id) == {"code": "failed", "error": "RuntimeError: The run to score again was deleted"}


def test_the_user_who_asked_is_the_one_who_scored(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    source_id = _evaluated(client, drain, provider)
    run_id = client.rescore(source_id, [_json_scorer(client)])
    drain()
    users = {call["wb_user_id"] for call in client.calls() if call["trace_id"] == run_id}
    assert users == {client.called(source_id)["wb_user_id"]}
    assert None not in users
