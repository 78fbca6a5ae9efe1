"""Scores over HTTP: the call, the feedback, what is refused before anything is written."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.v2_client import V2Client
from weft.core.ids import new_id


@pytest.fixture
def v2(app_client: TestClient, project: str) -> V2Client:
    return V2Client(app_client, project)


@pytest.mark.parametrize("value", [None, 0, 0.25, True, "good", [1, 2], {"a": None}, "\ud83d"])
def test_any_value_comes_back_as_it_was(v2: V2Client, value: Any) -> None:
    score_id = v2.score(v2.predict(), "s", value)
    found = v2.get(f"/scores/{score_id}")
    assert found["value"] == value
    assert found["scorer"] == v2.ref("object", "s")
    assert found["evaluation_run_id"] is None
    assert found["wb_user_id"]


def test_a_score_of_a_run_is_a_sibling_of_its_prediction(v2: V2Client) -> None:
    run_id = v2.run()
    prediction_id = v2.predict(run_id, {"q": 1}, "a")
    score_id = v2.score(prediction_id, "Acc", {"ok": True}, run_id)
    call, prediction = v2.call(score_id), v2.call(prediction_id)
    assert (call["parent_id"], call["trace_id"]) == (prediction["parent_id"], run_id)
    assert call["inputs"] == {"self": v2.ref("object", "Acc"), "inputs": {"q": 1}, "output": "a"}
    assert call["output"] == {"ok": True}
    assert call["ended_at"] is not None
    assert call["attributes"]["weave"] == {
        "score": "true",
        "prediction_id": prediction_id,
        "scorer": v2.ref("object", "Acc"),
        "evaluation_run_id": run_id,
    }
    assert "/op/Acc.score:" in call["op_name"]
    assert v2.resolve(call["op_name"])["weave_type"] == {"type": "Op"}
    assert v2.get(f"/scores/{score_id}")["evaluation_run_id"] == run_id


def test_a_score_without_a_run_has_a_trace_of_its_own(v2: V2Client) -> None:
    score_id = v2.score(v2.predict(), "s", 1)
    call = v2.call(score_id)
    assert (call["trace_id"], call["parent_id"]) == (score_id, None)


def test_a_score_of_a_run_on_a_lone_prediction_hangs_below_the_run(v2: V2Client) -> None:
    run_id = v2.run()
    call = v2.call(v2.score(v2.predict(), "s", 1, run_id))
    assert (call["trace_id"], call["parent_id"]) == (run_id, run_id)


@pytest.mark.parametrize("kind", ["object", "op"])
def test_feedback_points_at_prediction_scorer_and_call(v2: V2Client, kind: str) -> None:
    prediction_id = v2.predict()
    scorer = v2.ref(kind, "judge")
    body = {"prediction_id": prediction_id, "scorer": scorer, "value": {"passed": False}}
    score_id = v2.post("/scores", body)["score_id"]
    (row,) = v2.feedback()
    assert row["feedback_type"] == "wandb.runnable.judge"
    assert row["payload"] == {"output": {"passed": False}}
    assert row["weave_ref"] == f"weave:///{v2.project}/call/{prediction_id}"
    assert row["runnable_ref"] == scorer
    assert row["call_ref"] == f"weave:///{v2.project}/call/{score_id}"
    assert row["wb_user_id"]


@pytest.mark.parametrize(
    "scorer",
    [
        "exact_match",
        "",
        "weave:///{project}/call/abc",
        "weave:///{project}/object/S",
        "weave:///x/y",
        "weave:///{project}/table/d",
    ],
)
def test_a_scorer_that_is_no_scorer_is_refused_and_nothing_is_written(v2: V2Client, scorer: str) -> None:
    prediction_id = v2.predict()
    body = {"prediction_id": prediction_id, "scorer": scorer.format(project=v2.project), "value": 1}
    assert v2.send("POST", "/scores", json=body).status_code == 400
    assert [call["id"] for call in v2.calls()] == [prediction_id]
    assert v2.feedback() == []
    assert not any(op["object_id"].endswith(".score") for op in v2.lines("/ops"))


def test_unknown_predictions_and_runs_are_not_found_and_nothing_is_written(v2: V2Client) -> None:
    run_id = v2.run()
    prediction_id = v2.predict(run_id)
    scorer = v2.ref("object", "s")
    for prediction, run in (
        (new_id(), None),
        (run_id, None),
        (prediction_id, new_id()),
        (prediction_id, prediction_id),
    ):
        body = {"prediction_id": prediction, "scorer": scorer, "value": 1, "evaluation_run_id": run}
        assert v2.send("POST", "/scores", json=body).status_code == 404
    assert len(v2.calls()) == 3
    assert v2.feedback() == []


def test_the_value_may_be_null_but_not_missing(v2: V2Client) -> None:
    body = {"prediction_id": v2.predict(), "scorer": v2.ref("object", "s")}
    assert v2.send("POST", "/scores", json=body).status_code == 422


def test_a_value_too_large_for_feedback_is_refused_and_nothing_is_written(v2: V2Client) -> None:
    body = {"prediction_id": v2.predict(), "scorer": v2.ref("object", "s"), "value": "x" * (1 << 20)}
    assert v2.send("POST", "/scores", json=body).status_code == 400
    assert len(v2.calls()) == 1
    assert v2.feedback() == []


def test_another_project_has_no_part_in_it(v2: V2Client, app_client: TestClient) -> None:
    other = V2Client(app_client, f"{v2.project}-other")
    body = {"prediction_id": other.predict(), "scorer": v2.ref("object", "s"), "value": 1}
    v2.predict()
    assert v2.send("POST", "/scores", json=body).status_code == 404


def test_lists_are_by_run_and_paged(v2: V2Client) -> None:
    run_id = v2.run()
    prediction_id = v2.predict(run_id)
    of_run = [v2.score(prediction_id, f"s{n}", None, run_id) for n in range(3)]
    alone = v2.score(prediction_id, "s", 1)
    assert [item["score_id"] for item in v2.lines("/scores")] == [*of_run, alone]
    items = v2.lines("/scores", evaluation_run_id=run_id, limit=2)
    assert [item["score_id"] for item in items] == of_run[:2]
    assert items[0] == v2.get(f"/scores/{of_run[0]}")
    assert items[0]["value"] is None


def test_deleting_removes_feedback_and_the_value_in_the_results(v2: V2Client) -> None:
    run_id = v2.run()
    prediction_id = v2.predict(run_id)
    gone, kept = (v2.score(prediction_id, name, 1.0, run_id) for name in ("gone", "kept"))
    v2.finish(prediction_id)
    assert v2.delete("/scores", score_ids=[gone, new_id()]) == 1
    pairing = v2.call(v2.call(prediction_id)["parent_id"])
    assert pairing["output"]["scores"] == {"kept": 1.0}
    assert [row["feedback_type"] for row in v2.feedback()] == ["wandb.runnable.kept"]
    assert v2.send("GET", f"/scores/{gone}").status_code == 404
    assert v2.delete("/scores", score_ids=gone) == 0
    assert v2.send("DELETE", "/scores", params={"score_ids": prediction_id}).status_code == 404
    assert v2.get(f"/scores/{kept}")["value"] == 1.0
