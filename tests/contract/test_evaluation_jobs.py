"""Evaluation jobs over HTTP: what may be asked, how it is refused, and what is said of a run, whoever makes it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.evaluation_objects import EvaluationClient
from tests.v2_client import V2Client
from weft.core.ids import new_id

MOMENT = "2026-01-01T00:00:00Z"


@pytest.fixture
def client(app_client: TestClient, project: str) -> EvaluationClient:
    return EvaluationClient(app_client, project)


@pytest.fixture
def v2(app_client: TestClient, project: str) -> V2Client:
    return V2Client(app_client, project)


def _call(client: EvaluationClient, op_name: str, **fields: Any) -> str:
    """Store a call that has ended, unless `ended_at` is None; its id."""
    start = {
        "project_id": client.project, "id": new_id(), "trace_id": new_id(), "op_name": op_name, "started_at": MOMENT,
        "attributes": {}, "inputs": {}, **{name: fields[name] for name in ("inputs", "parent_id") if name in fields},
    }  # fmt: skip
    client.post("/call/start", {"start": start})
    if fields.get("ended_at", MOMENT) is not None:
        end = {"project_id": client.project, "id": start["id"], "ended_at": MOMENT, "summary": {}}
        extra = {name: fields[name] for name in ("output", "exception") if name in fields}
        client.post("/call/end", {"end": {**end, **extra}})
    return str(start["id"])


def test_a_job_is_answered_with_the_id_of_a_run_that_is_not_there_yet(client: EvaluationClient) -> None:
    run_id = client.evaluate(client.evaluation(client.dataset([{"user_input": "x"}]), []), client.model())
    assert client.status(run_id) == {"code": "not_found"}
    assert client.calls() == []
    (job,) = client.get("/weft/v1/scoring/jobs", project_id=client.project)["jobs"]
    assert (job["id"], job["kind"], job["counts"]["queued"], job["done"]) == (run_id, "evaluate_model", 1, False)
    (task,) = client.tasks(kind="evaluation_start")
    assert (task["run_id"], task["call_id"], task["state"]) == (run_id, run_id, "queued")
    assert client.tasks(kind="score") == []


def test_a_rescoring_is_answered_with_one_id_twice(client: EvaluationClient, v2: V2Client) -> None:
    source = v2.run()
    body = {
        "project_id": client.project,
        "source_evaluation_run_id": source,
        "scorer_refs": [client.judge()],
        "wb_user_id": None,
        "later_field": 1,
    }
    answer = client.post("/evaluations/rescore", body)
    assert answer["call_id"] == answer["evaluation_run_id"] != source
    assert client.status(answer["call_id"]) == {"code": "not_found"}
    assert client.get(f"/weft/v1/scoring/jobs/{answer['call_id']}")["kind"] == "rescore"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"evaluation_ref": "nonsense"}, 400),
        ({"model_ref": "weave:///one/part"}, 400),
        ({"model_ref": "weave:///{project}/object/m:*"}, 400),
        ({"model_ref": "weave:///{project}/object/m:latest"}, 404),
        ({"model_ref": "weave:///{project}/call/x"}, 400),
        ({"model_ref": "weave:///other/project/object/m:v0"}, 400),
        ({"model_ref": "weave:///{project}/object/m:abc/attr/rows"}, 400),
        ({"model_ref": 5}, 422),
        ({"model_ref": None}, 422),
        ({"project_id": "nowhere/none", "evaluation_ref": "x"}, 404),
        ({"project_id": "nonsense"}, 400),
    ],
)
def test_what_cannot_be_evaluated_is_refused(client: EvaluationClient, change: dict[str, Any], status: int) -> None:
    body = {"project_id": client.project, "evaluation_ref": client.evaluation("d", []), "model_ref": client.model()}
    changed = {
        name: value.format(project=client.project) if isinstance(value, str) else value
        for name, value in change.items()
    }
    client.post("/evaluations/evaluate_model", body | changed, status)
    assert client.tasks() == []


def test_what_cannot_be_rescored_is_refused(client: EvaluationClient, v2: V2Client) -> None:
    source, scorer = v2.run(), client.judge()
    assert "scorer_refs" in str(client.rescore(source, [], 422))
    client.rescore(new_id(), [scorer], 404)
    client.rescore(v2.predict(source), [scorer], 404)
    client.rescore(source, ["nonsense"], 400)
    client.rescore(source, [f"weave:///{client.project}/object/none:latest"], 404)
    client.rescore(source, [scorer] * 1001, 413)
    assert client.tasks() == []


def test_a_call_that_is_no_evaluation_has_no_status(client: EvaluationClient) -> None:
    assert "not an evaluation" in client.status(_call(client, "predict"), 400)["reason"]
    assert client.status(new_id()) == {"code": "not_found"}
    assert client.status("nonsense") == {"code": "not_found"}


def test_the_error_of_a_failed_run_is_told(client: EvaluationClient) -> None:
    told = '{"type": "ValueError", "message": "no model", "traceback": []}'
    assert client.status(_call(client, "Evaluation.evaluate", exception=told)) == {
        "code": "failed",
        "error": "ValueError: no model",
    }
    for text in ("plain words", "[1]", '{"other": 1}'):
        run_id = _call(client, "Evaluation.evaluate", exception=text)
        assert client.status(run_id) == {"code": "failed", "error": text}


@pytest.mark.parametrize(("output", "told"), [({"a": 1}, {"a": 1}), (None, {}), (5, {})])
def test_a_run_that_ended_is_complete_also_without_a_summary(client: EvaluationClient, output: Any, told: Any) -> None:
    run_id = _call(client, "Evaluation.evaluate", output=output)
    assert client.status(run_id) == {"code": "complete", "output": told}


def test_rows_of_a_running_evaluation_count_once_per_trial_and_its_summary_not_at_all(
    client: EvaluationClient,
) -> None:
    evaluation = client.evaluation(client.dataset([{"q": 1}, {"q": 2}]), [], trials=3)
    run_id = _call(client, "Evaluation.evaluate", ended_at=None, inputs={"self": evaluation})
    assert client.status(run_id) == {"code": "running", "completed_rows": 0, "total_rows": 6}
    for op_name, ended_at in (
        ("Evaluation.predict_and_score", MOMENT),
        ("Evaluation.predictAndScore", MOMENT),
        ("Evaluation.predict_and_score", None),
        ("Evaluation.summarize", MOMENT),
    ):
        _call(client, op_name, parent_id=run_id, ended_at=ended_at)
    assert client.status(run_id) == {"code": "running", "completed_rows": 2, "total_rows": 6}


@pytest.mark.parametrize("evaluation", ["", "weave:///{project}/object/none:v0", {"a": 1}, 5])
def test_a_run_whose_evaluation_cannot_be_read_has_as_many_rows_as_are_done(
    client: EvaluationClient, evaluation: Any
) -> None:
    named = evaluation.format(project=client.project) if isinstance(evaluation, str) else evaluation
    run_id = _call(client, "Evaluation.evaluate", ended_at=None, inputs={"self": named})
    _call(client, "Evaluation.predict_and_score", parent_id=run_id)
    assert client.status(run_id) == {"code": "running", "completed_rows": 1, "total_rows": 1}


def test_runs_of_the_v2_api_have_a_status_too(client: EvaluationClient, v2: V2Client) -> None:
    run_id = v2.run()
    v2.finish(v2.predict(run_id, output=2))
    v2.predict(run_id)
    assert client.status(run_id) == {"code": "running", "completed_rows": 1, "total_rows": 1}
    v2.post(f"/evaluation_runs/{run_id}/finish")
    status = client.status(run_id)
    assert (status["code"], status["output"]["output"]) == ("complete", {"mean": 2.0})


@pytest.mark.parametrize("text", ["\ud800", "a\0b", "x" * 100_000])
def test_odd_texts_are_no_server_errors(client: EvaluationClient, v2: V2Client, text: str) -> None:
    client.model()
    for path, body in (
        ("status", {"call_id": text}),
        ("rescore", {"source_evaluation_run_id": text, "scorer_refs": [client.judge()]}),
        ("rescore", {"source_evaluation_run_id": v2.run(), "scorer_refs": [text]}),
        ("evaluate_model", {"evaluation_ref": text, "model_ref": f"weave:///{client.project}/object/{text}:v0"}),
    ):
        content = json.dumps({"project_id": client.project, **body})
        headers = {"content-type": "application/json"}
        answer = client.client.post(f"/evaluations/{path}", content=content, headers=headers)
        assert answer.status_code in (200, 400, 404), (path, answer.text)
        assert answer.status_code != 200 or answer.json() == {"status": {"code": "not_found"}}


def test_unknown_kinds_are_refused_in_lists(client: EvaluationClient) -> None:
    client.model()
    answer = client.get("/weft/v1/scoring/tasks", 400, project_id=client.project, kind="nonsense")
    assert "evaluation_row" in answer["reason"]
