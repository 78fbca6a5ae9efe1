"""Evaluation runs over HTTP: start, finish, reading, lists and deletion, for our runs and those of SDKs."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.v2_client import V2Client
from weft.core.ids import new_id


@pytest.fixture
def v2(app_client: TestClient, project: str) -> V2Client:
    return V2Client(app_client, project)


def sdk_call(v2: V2Client, op: str, parent: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A call as the Python SDK sends it: op as a ref, root id different from the trace id."""
    moment = datetime.now(UTC).isoformat()
    call = {
        "project_id": v2.project,
        "id": new_id(),
        "trace_id": parent["trace_id"] if parent else new_id(),
        "parent_id": parent["id"] if parent else None,
        "op_name": v2.ref("op", op),
        "started_at": moment,
        "ended_at": moment,
        "attributes": {"_weave_eval_meta": {"declarative": True}},
        "inputs": {},
        "output": None,
        "summary": {},
        **fields,
    }
    v2.post("/calls/complete", {"batch": [call]})
    return call


def test_a_run_is_an_open_root_call_with_its_creator(v2: V2Client) -> None:
    run_id = v2.run()
    call = v2.call(run_id)
    assert uuid.UUID(run_id).version == 7
    assert call["trace_id"] == run_id
    assert call["parent_id"] is None
    assert call["ended_at"] is None
    assert call["wb_user_id"]
    assert call["inputs"] == {"self": v2.ref("object", "E"), "model": v2.ref("object", "M")}
    assert call["attributes"]["weave"] == {
        "evaluation_run": "true",
        "evaluation": v2.ref("object", "E"),
        "model": v2.ref("object", "M"),
    }
    assert "/op/Evaluation.evaluate:" in call["op_name"]
    found = v2.get(f"/evaluation_runs/{run_id}")
    assert found["status"] == "running"
    assert found["finished_at"] is None
    assert found["summary"]["weave"] == {"status": "running", "trace_name": "Evaluation.evaluate"}
    assert (found["evaluation"], found["model"]) == (v2.ref("object", "E"), v2.ref("object", "M"))


def test_the_source_run_is_kept_and_shown_in_lists_too(v2: V2Client) -> None:
    body = {"evaluation": v2.ref("object", "E"), "model": "m", "source_evaluation_run_id": "src"}
    run_id = v2.post("/evaluation_runs", body)["evaluation_run_id"]
    found = v2.get(f"/evaluation_runs/{run_id}")
    assert found["source_evaluation_run_id"] == "src"
    assert v2.lines("/evaluation_runs") == [found]


@pytest.mark.parametrize("field", ["evaluation", "model"])
def test_bad_refs_are_refused_and_nothing_is_written(v2: V2Client, field: str) -> None:
    v2.post("/ops")
    body = {"evaluation": v2.ref("object", "E"), "model": "m", field: "weave:///only/two"}
    assert v2.send("POST", "/evaluation_runs", json=body).status_code == 400
    assert v2.calls() == []


def test_finishing_condenses_scores_with_the_arithmetic_of_the_sdk(v2: V2Client) -> None:
    run_id = v2.run()
    rows: list[tuple[Any, dict[str, Any]]] = [
        (1, {"num": 1, "flag": True, "nested": {"a": 1.0, "ok": False}, "text": "x", "nil": None}),
        (4, {"num": 2.0, "flag": False, "nested": {"a": 2.0, "ok": True}, "text": "y"}),
    ]
    for output, scores in rows:
        prediction_id = v2.predict(run_id, output=output)
        for name, value in scores.items():
            v2.score(prediction_id, name, value, run_id)
        v2.finish(prediction_id)
    assert v2.post(f"/evaluation_runs/{run_id}/finish", {"summary": {"note": "done"}}) == {"success": True}
    run = v2.call(run_id)
    assert run["output"] == {
        "num": {"mean": 1.5},
        "flag": {"true_count": 1, "true_fraction": 0.5},
        "nested": {"a": {"mean": 1.5}, "ok": {"true_count": 1, "true_fraction": 0.5}},
        "output": {"mean": 2.5},
    }
    found = v2.get(f"/evaluation_runs/{run_id}")
    assert found["status"] == "completed"
    assert found["summary"]["note"] == "done"
    assert found["summary"]["weave"]["status"] == "success"
    summarize = v2.calls(parent_ids=[run_id])[-1]
    assert summarize["op_name"] == "Evaluation.summarize"
    assert summarize["output"] == run["output"]
    assert summarize["inputs"] == {"self": v2.ref("object", "E")}
    assert uuid.UUID(summarize["id"]).version == 7


def test_finishing_closes_what_is_open_and_a_second_time_changes_nothing(v2: V2Client) -> None:
    run_id = v2.run()
    prediction_id = v2.predict(run_id, output="o")
    v2.score(prediction_id, "acc", 1.0, run_id)
    v2.post(f"/evaluation_runs/{run_id}/finish")
    pairing = v2.call(v2.call(prediction_id)["parent_id"])
    assert pairing["ended_at"] is not None
    assert pairing["output"]["scores"] == {"acc": 1.0}
    calls = v2.calls()
    assert [call["op_name"] for call in calls].count("Evaluation.summarize") == 1
    assert v2.post(f"/evaluation_runs/{run_id}/finish", {"summary": {"other": 1}}) == {"success": True}
    assert v2.calls() == calls


def test_finishing_needs_no_body_and_an_empty_run_has_no_results(v2: V2Client) -> None:
    run_id = v2.run()
    assert v2.send("POST", f"/evaluation_runs/{run_id}/finish").status_code == 200
    assert v2.call(run_id)["output"] == {}


def test_what_is_no_run_is_not_found_and_nothing_is_written(v2: V2Client) -> None:
    run_id = v2.run()
    prediction_id = v2.predict(run_id)
    before = len(v2.calls())
    for other in (new_id(), prediction_id, "x"):
        assert v2.send("GET", f"/evaluation_runs/{other}").status_code == 404
        assert v2.send("POST", f"/evaluation_runs/{other}/finish", json={}).status_code == 404
    response = v2.send("DELETE", "/evaluation_runs", params={"evaluation_run_ids": prediction_id})
    assert response.status_code == 404
    assert len(v2.calls()) == before


def test_runs_of_sdks_are_read_and_can_be_listed(v2: V2Client) -> None:
    ours = v2.run()
    inputs = {"self": v2.ref("object", "E2"), "model": v2.ref("object", "M2")}
    root = sdk_call(v2, "Evaluation.evaluate", inputs=inputs, attributes={}, exception='{"type": "E"}')
    found = v2.get(f"/evaluation_runs/{root['id']}")
    assert (found["evaluation"], found["model"], found["status"]) == (inputs["self"], inputs["model"], "failed")
    assert [item["evaluation_run_id"] for item in v2.lines("/evaluation_runs")] == [ours]
    everything = v2.lines("/evaluation_runs", include_sdk_runs=True)
    assert [item["evaluation_run_id"] for item in everything] == [ours, root["id"]]
    assert v2.lines("/evaluation_runs", include_sdk_runs=True, evaluations=inputs["self"]) == [found]


def test_predictions_and_scores_of_sdks_are_read(v2: V2Client) -> None:
    root = sdk_call(v2, "Evaluation.evaluate", attributes={})
    pairing = sdk_call(v2, "Evaluation.predict_and_score", root)
    predict = sdk_call(v2, "MyModel.predict", pairing, output=3, inputs={"self": v2.ref("object", "M"), "x": 1})
    marked = {"_weave_eval_meta": {"imperative": True, "score": True}}
    score = sdk_call(v2, "acc", pairing, output=0.5, attributes=marked, inputs={"self": v2.ref("object", "acc")})
    prediction = v2.get(f"/predictions/{predict['id']}")
    assert (prediction["output"], prediction["inputs"], prediction["evaluation_run_id"]) == (3, {}, root["id"])
    found = v2.get(f"/scores/{score['id']}")
    assert (found["value"], found["scorer"], found["evaluation_run_id"]) == (
        0.5,
        v2.ref("object", "acc"),
        root["id"],
    )
    assert v2.send("GET", f"/predictions/{score['id']}").status_code == 404
    assert v2.send("GET", f"/scores/{predict['id']}").status_code == 404


def test_typescript_runs_keep_their_evaluation_in_this(v2: V2Client) -> None:
    inputs = {"this": v2.ref("object", "E"), "model": v2.ref("object", "M")}
    root = sdk_call(v2, "Evaluation.evaluate", attributes={}, inputs=inputs)
    assert v2.get(f"/evaluation_runs/{root['id']}")["evaluation"] == inputs["this"]
    pairing = v2.call(v2.call(v2.predict(root["id"]))["parent_id"])
    assert pairing["inputs"]["self"] == inputs["this"]
    assert (pairing["parent_id"], pairing["trace_id"]) == (root["id"], root["trace_id"])


def test_lists_are_filtered_by_repeated_and_joined_parameters(v2: V2Client) -> None:
    first, second, third = v2.run("M1", "E1"), v2.run("M2", "E1"), v2.run("M1", "E2")

    def ids(**params: Any) -> list[str]:
        return [item["evaluation_run_id"] for item in v2.lines("/evaluation_runs", **params)]

    one, two = v2.ref("object", "E1"), v2.ref("object", "E2")
    assert ids() == [first, second, third]
    assert ids(evaluations=one) == [first, second]
    assert ids(evaluations=[one, two]) == ids(evaluation_refs=f"{one},{two}") == [first, second, third]
    assert ids(models=v2.ref("object", "M1")) == ids(model_refs=v2.ref("object", "M1")) == [first, third]
    assert ids(evaluations=one, models=v2.ref("object", "M1")) == [first]
    assert ids(evaluation_run_ids=f"{third},{first}") == [first, third]
    assert ids(limit=1, offset=1) == [second]
    assert v2.send("GET", "/evaluation_runs", params={"evaluations": "weave:///a"}).status_code == 400


def test_deleting_takes_the_whole_tree_and_counts_runs(v2: V2Client) -> None:
    first, second = v2.run(), v2.run()
    for run_id in (first, second):
        v2.score(v2.predict(run_id), "acc", 1.0, run_id)
    assert v2.delete("/evaluation_runs", evaluation_run_ids=[first, new_id()]) == 1
    assert {call["trace_id"] for call in v2.calls()} == {second}
    assert len(v2.feedback()) == 1
    assert v2.delete("/evaluation_runs", evaluation_run_ids=first) == 0
