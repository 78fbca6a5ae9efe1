"""Predictions over HTTP: what is stored, what is refused, what a list and a deletion do."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.v2_client import V2Client
from weft.core.ids import new_id


@pytest.fixture
def v2(app_client: TestClient, project: str) -> V2Client:
    return V2Client(app_client, project)


@pytest.mark.parametrize(
    "output",
    [None, "", "text", 0, 1.5, True, [], [1, None], {}, {"a": {"b": None}}, 10**30, "\ud800", {"k\ud800": ["\udfff"]}],
)
def test_any_json_output_comes_back_as_it_was(v2: V2Client, output: Any) -> None:
    prediction_id = v2.predict(output=output)
    found = v2.get(f"/predictions/{prediction_id}")
    assert found["output"] == output
    assert found["inputs"] == {"q": 1}
    assert found["model"] == v2.ref("object", "M")
    assert found["evaluation_run_id"] is None
    assert found["wb_user_id"]


def test_a_prediction_alone_is_one_ended_call_of_its_own_trace(v2: V2Client) -> None:
    prediction_id = v2.predict(output=None)
    (call,) = v2.calls()
    assert call["id"] == call["trace_id"] == prediction_id
    assert call["parent_id"] is None
    assert call["ended_at"] is not None
    assert call["inputs"] == {"self": v2.ref("object", "M"), "inputs": {"q": 1}}
    assert call["attributes"]["weave"] == {"prediction": "true", "model": v2.ref("object", "M")}
    assert call["summary"]["weave"]["status"] == "success"
    assert call["wb_user_id"]


def test_op_refs_of_predictions_resolve(v2: V2Client) -> None:
    v2.predict(v2.run())
    names = set()
    for call in v2.calls():
        value = v2.resolve(call["op_name"])
        assert value["weave_type"] == {"type": "Op"}
        names.add(call["op_name"].rsplit("/", 1)[1].split(":")[0])
    assert names == {"Evaluation.evaluate", "Evaluation.predict_and_score", "M.predict"}


def test_under_a_run_it_hangs_below_a_predict_and_score_call(v2: V2Client) -> None:
    run_id = v2.run()
    spans = [{"trace_id": "a" * 32, "span_id": "b" * 16}]
    prediction_id = v2.predict(run_id, {"q": "x"}, {"answer": 1}, genai_span_ref=spans)
    prediction = v2.call(prediction_id)
    pairing = v2.call(prediction["parent_id"])
    assert prediction["trace_id"] == pairing["trace_id"] == pairing["parent_id"] == run_id
    assert pairing["ended_at"] is None
    assert pairing["inputs"] == {
        "self": v2.ref("object", "E"),
        "model": v2.ref("object", "M"),
        "example": {"q": "x"},
    }
    assert pairing["attributes"]["weave"] == {"predict_call_id": prediction_id, "genai_span_ref": spans}
    assert prediction["attributes"]["weave"]["evaluation_run_id"] == run_id
    assert v2.get(f"/predictions/{prediction_id}")["evaluation_run_id"] == run_id


@pytest.mark.parametrize(
    ("model", "op"),
    [
        ("gpt-4o", "Model.predict"),
        ("weave:///{project}/object/My-Model:abc", "My-Model.predict"),
        ("weave:///{project}/op/my_fn:abc", "my_fn.predict"),
        ("weave:///somebody/else/object/Other:abc", "Other.predict"),
    ],
)
def test_models_of_every_kind_are_accepted(v2: V2Client, model: str, op: str) -> None:
    model = model.format(project=v2.project)
    prediction_id = v2.predict(model=model)
    assert v2.get(f"/predictions/{prediction_id}")["model"] == model
    assert v2.call(prediction_id)["op_name"].startswith(f"weave:///{v2.project}/op/{op}:")


@pytest.mark.parametrize(
    "model", ["weave:///{project}/object/M", "weave:///{project}/odd/abc", "weave:///x", "weave:///a/b/object/M"]
)
def test_a_broken_model_ref_is_refused_and_nothing_is_written(v2: V2Client, model: str) -> None:
    run_id = v2.run()
    body = {"model": model.format(project=v2.project), "inputs": {}, "output": 1, "evaluation_run_id": run_id}
    assert v2.send("POST", "/predictions", json=body).status_code == 400
    assert [call["id"] for call in v2.calls()] == [run_id]


def test_a_name_too_long_for_an_op_is_refused_before_anything_is_written(v2: V2Client) -> None:
    body = {"model": v2.ref("object", "m" * 128), "inputs": {}, "output": 1}
    assert v2.send("POST", "/predictions", json=body).status_code == 400
    assert v2.calls() == []


def test_a_run_that_is_none_is_not_found_and_nothing_is_written(v2: V2Client) -> None:
    prediction_id = v2.predict()
    for run_id in (new_id(), prediction_id, "no-id-at-all"):
        body = {"model": "m", "inputs": {}, "output": 1, "evaluation_run_id": run_id}
        assert v2.send("POST", "/predictions", json=body).status_code == 404
    assert len(v2.calls()) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"model": "m", "inputs": {}},
        {"inputs": {}, "output": 1},
        {"model": "m", "inputs": [], "output": 1},
        {"model": None, "inputs": {}, "output": 1},
        {"model": "m", "inputs": {}, "output": 1, "genai_span_ref": [{"trace_id": "t"}]},
    ],
)
def test_a_body_of_another_shape_is_422(v2: V2Client, body: dict[str, Any]) -> None:
    response = v2.send("POST", "/predictions", json=body)
    assert response.status_code == 422
    assert isinstance(response.json()["detail"], list)


def test_unknown_keys_are_ignored(v2: V2Client) -> None:
    assert v2.predict(project_id="x", wb_user_id="somebody", prediction_id="mine")


def test_finishing_keeps_the_prediction_and_closes_its_pairing_once(v2: V2Client) -> None:
    run_id = v2.run()
    prediction_id = v2.predict(run_id, output={"answer": 1})
    before = v2.call(prediction_id)
    v2.score(prediction_id, "acc", 1.0, run_id)
    v2.score(prediction_id, "acc", 0.5, run_id)
    v2.score(prediction_id, "nil", None, run_id)
    v2.finish(prediction_id)
    pairing = v2.call(before["parent_id"])
    assert v2.call(prediction_id) == before
    assert pairing["ended_at"] is not None
    assert pairing["output"]["output"] == {"answer": 1}
    assert pairing["output"]["scores"] == {"acc": 0.5}
    assert pairing["output"]["model_latency"]["mean"] >= 0
    v2.score(prediction_id, "late", 1.0, run_id)
    v2.finish(prediction_id)
    assert v2.call(pairing["id"]) == pairing


def test_finishing_without_a_run_changes_nothing(v2: V2Client) -> None:
    prediction_id = v2.predict(output=5)
    before = v2.calls()
    v2.finish(prediction_id)
    response = v2.send("POST", f"/predictions/{prediction_id}/finish", json={"prediction_id": "older clients"})
    assert response.status_code == 200
    assert v2.calls() == before


def test_what_is_no_prediction_is_not_found(v2: V2Client) -> None:
    run_id = v2.run()
    prediction_id = v2.predict(run_id)
    score_id = v2.score(prediction_id, "s", 1, run_id)
    for other in (new_id(), run_id, score_id, "x"):
        assert v2.send("GET", f"/predictions/{other}").status_code == 404
        assert v2.send("POST", f"/predictions/{other}/finish").status_code == 404
    assert v2.send("DELETE", "/predictions", params={"prediction_ids": score_id}).status_code == 404
    assert len(v2.calls()) == 4


def test_lists_are_stable_paged_and_by_run(v2: V2Client) -> None:
    run_id = v2.run()
    alone = v2.predict()
    of_run = [v2.predict(run_id, {"n": n}) for n in range(3)]
    ids = [item["prediction_id"] for item in v2.lines("/predictions")]
    assert ids == [alone, *of_run]
    assert [item["prediction_id"] for item in v2.lines("/predictions", limit=2, offset=1)] == of_run[:2]
    assert [item["prediction_id"] for item in v2.lines("/predictions", offset=3)] == of_run[2:]
    assert v2.lines("/predictions", limit=0) == []
    items = v2.lines("/predictions", evaluation_run_id=run_id)
    assert [item["prediction_id"] for item in items] == of_run
    assert items[1] == v2.get(f"/predictions/{of_run[1]}")
    assert v2.send("GET", "/predictions", params={"limit": -1}).status_code == 400
    assert v2.send("GET", "/predictions", params={"offset": -1}).status_code == 400


def test_the_list_is_sent_in_the_type_asked_for(v2: V2Client) -> None:
    v2.predict()
    for kind in ("application/jsonl", "application/x-ndjson"):
        response = v2.send("GET", "/predictions", headers={"accept": kind})
        assert response.headers["content-type"].startswith(kind)


def test_deleting_takes_the_pairing_the_scores_and_the_feedback_along(v2: V2Client) -> None:
    run_id = v2.run()
    first, second, third = (v2.predict(run_id, {"n": n}) for n in range(3))
    for prediction_id in (first, second, third):
        v2.score(prediction_id, "acc", 1.0, run_id)
    assert v2.delete("/predictions", prediction_ids=[f"{first},{new_id()}", second]) == 2
    assert {call["id"] for call in v2.calls()} > {run_id, third}
    assert len(v2.calls()) == 4
    assert [row["weave_ref"] for row in v2.feedback()] == [f"weave:///{v2.project}/call/{third}"]
    assert len(v2.results(run_id)["rows"]) == 1
    assert v2.delete("/predictions", prediction_ids=first) == 0
    assert v2.send("GET", f"/predictions/{first}").status_code == 404
    assert v2.send("DELETE", "/predictions").status_code == 422
    assert v2.send("DELETE", "/predictions", params={"prediction_ids": ["x"] * 1001}).status_code == 200
    too_many = ",".join(new_id() for _ in range(1001))
    assert v2.send("DELETE", "/predictions", params={"prediction_ids": too_many}).status_code == 413


def test_placeholders_never_hide_what_an_sdk_published(v2: V2Client) -> None:
    v2.predict()
    source = {"obj": {"project_id": v2.project, "object_id": "M.predict"}}
    value = {"_type": "CustomWeaveType", "weave_type": {"type": "Op"}, "files": {"obj.py": "x" * 43}}
    published = v2.client.post("/obj/create", json={"obj": {**source["obj"], "val": value}}).json()["digest"]
    v2.predict()
    body = {"project_id": v2.project, "object_id": "M.predict", "digest": "latest"}
    assert v2.client.post("/obj/read", json=body).json()["obj"]["digest"] == published


def test_a_deleted_placeholder_comes_back_with_the_next_prediction(v2: V2Client) -> None:
    first = v2.call(v2.predict())["op_name"]
    assert v2.delete("/ops/M.predict") == 1
    second = v2.call(v2.predict())["op_name"]
    assert second == first
    assert v2.resolve(second)["weave_type"] == {"type": "Op"}


@pytest.mark.parametrize(
    ("model", "op"),
    [
        ("plain", "Model.predict"),
        ("weave:///{project}/object/M:v0", "M.predict"),
        ("weave:///{project}/object/M:v0/attr/inner", "M.predict"),
        ("weave:///{project}/op/f:v0", "f.predict"),
        ("weave:///else/where/object/M:v0", "M.predict"),
        ("weave:///{project}/call/0123456789abcdef", "Model.predict"),
        ("weave:///{project}/table/abc", "Model.predict"),
        ("weave:///{project}/agent_span/abc", "Model.predict"),
    ],
)
def test_a_model_may_be_a_ref_of_any_kind(v2: V2Client, model: str, op: str) -> None:
    model = model.format(project=v2.project)
    prediction = v2.post("/predictions", {"model": model, "inputs": {}, "output": None})["prediction_id"]
    assert v2.get(f"/predictions/{prediction}")["model"] == model
    assert f"/op/{op}:" in v2.call(prediction)["op_name"]
