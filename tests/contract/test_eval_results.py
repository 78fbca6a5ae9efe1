"""/eval_results/query over HTTP, on runs made through the API and on calls as SDKs write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.v2_client import V2Client
from weft.core.ids import new_id
from weft.schemas.eval_results import EvalResultsQueryBody

TRIAL_FIELDS = {
    "predict_and_score_call_id",
    "predict_call_id",
    "model_output",
    "scores",
    "model_latency_seconds",
    "total_tokens",
    "total_cost",
    "scorer_call_ids",
    "genai_span_ref",
}


@pytest.fixture
def v2(app_client: TestClient, project: str) -> V2Client:
    return V2Client(app_client, project)


def finished_run(v2: V2Client, rows: dict[int, float | None]) -> str:
    """A run with one prediction per example `{"n": key}`, scored by `s` unless the value is None."""
    run_id = v2.run()
    for number, score in rows.items():
        prediction_id = v2.predict(run_id, {"n": number}, {"echo": number})
        if score is not None:
            v2.score(prediction_id, "s", score, run_id)
        v2.finish(prediction_id)
    v2.post(f"/evaluation_runs/{run_id}/finish")
    return run_id


class SdkEvaluation:
    """Calls as an SDK sends them, below one root."""

    def __init__(self, v2: V2Client, evaluation: str = "E") -> None:
        self.v2 = v2
        self.trace_id = new_id()
        self.clock = datetime(2026, 3, 1, tzinfo=UTC)
        inputs = {"self": v2.ref("object", evaluation), "model": v2.ref("object", "M")}
        self.root = self.call("Evaluation.evaluate", None, inputs=inputs, attributes={}, display_name="eval-1")

    def call(self, op: str, parent: str | None, seconds: float = 1, **fields: Any) -> str:
        """Store one finished call that starts a second after the one before."""
        self.clock += timedelta(seconds=1)
        call = {
            "project_id": self.v2.project,
            "id": new_id(),
            "trace_id": self.trace_id,
            "parent_id": parent,
            "op_name": self.v2.ref("op", op),
            "started_at": self.clock.isoformat(),
            "ended_at": (self.clock + timedelta(seconds=seconds)).isoformat(),
            "attributes": {},
            "inputs": {},
            "output": None,
            "summary": {},
            **fields,
        }
        self.v2.post("/calls/complete", {"batch": [call]})
        return str(call["id"])

    def pairing(self, example: Any, output: Any, op: str = "Evaluation.predict_and_score") -> str:
        """A predict-and-score call."""
        inputs = {"self": self.v2.ref("object", "E"), "model": self.v2.ref("object", "M"), "example": example}
        return self.call(op, self.root, inputs=inputs, output=output)


def dataset_rows(v2: V2Client, rows: list[dict[str, Any]]) -> list[str]:
    """Row refs of a new dataset."""
    made = v2.post("/datasets", {"name": "data", "rows": rows})
    table = v2.get(f"/datasets/data/versions/{made['digest']}")["rows"]
    body = {"project_id": v2.project, "digest": table.rsplit("/", 1)[1]}
    digests = [row["digest"] for row in v2.client.post("/table/query", json=body).json()["rows"]]
    base = v2.ref("object", "data", made["digest"])
    return [f"{base}/attr/rows/id/{digest}" for digest in digests]


def trial_of(answer: Any) -> Any:
    ((trial,),) = [evaluation["trials"] for row in answer["rows"] for evaluation in row["evaluations"]]
    return trial


def test_a_run_of_the_api_shows_its_trials(v2: V2Client) -> None:
    run_id = v2.run()
    spans = [{"trace_id": "t1", "span_id": "s1"}, {"trace_id": "t1", "span_id": "s1"}]
    prediction_id = v2.predict(run_id, {"q": 1}, {"a": None}, genai_span_ref=spans)
    score_id = v2.score(prediction_id, "acc", 0.5, run_id)
    v2.finish(prediction_id)
    answer = v2.results(run_id, include_raw_data_rows=True)
    assert answer["total_rows"] == 1
    assert answer["summary"] is None
    assert answer["warnings"] == []
    (row,) = answer["rows"]
    assert row["raw_data_row"] == {"q": 1}
    assert len(row["row_digest"]) == 43
    trial = trial_of(answer)
    assert set(trial) == TRIAL_FIELDS
    assert trial["predict_call_id"] == prediction_id
    assert trial["predict_and_score_call_id"] == v2.call(prediction_id)["parent_id"]
    assert trial["model_output"] == {"a": None}
    assert trial["scores"] == {"acc": 0.5}
    assert trial["scorer_call_ids"] == {"acc": score_id}
    assert trial["model_latency_seconds"] >= 0
    assert (trial["total_tokens"], trial["total_cost"]) == (None, None)
    assert trial["genai_span_ref"] == spans[:1]


def test_unknown_evaluations_have_no_rows(v2: V2Client) -> None:
    v2.post("/ops")
    answer = v2.results(new_id(), "anything", include_summary=True)
    assert answer == {"rows": [], "total_rows": 0, "summary": {"row_count": 0, "evaluations": []}, "warnings": []}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"evaluation_run_ids": []}, 422),
        ({"evaluation_run_ids": ["x"], "limit": -1}, 422),
        ({"evaluation_run_ids": ["x"], "offset": -1}, 422),
        ({"evaluation_run_ids": ["x"], "filter_logic_operator": "xor"}, 422),
        ({"evaluation_run_ids": ["x"], "sort_by": [{"field": "outputs.a", "direction": "asc"}]}, 400),
        ({"evaluation_run_ids": ["x"], "sort_by": [{"field": "row_digest", "direction": "asc"}]}, 400),
        ({"evaluation_run_ids": ["x"], "sort_by": [{"field": "scores.a.-1", "direction": "asc"}]}, 422),
        ({"evaluation_run_ids": ["x"], "filters": [{"query": {"$expr": {"$and": []}}}]}, 400),
        ({"evaluation_run_ids": ["x"], "filters": [{"query": {"$expr": {"$eq": 1}}}]}, 422),
    ],
)
def test_what_cannot_be_asked_is_refused(v2: V2Client, body: dict[str, Any], status: int) -> None:
    v2.post("/ops")
    assert v2.send("POST", "/eval_results/query", json=body).status_code == status


def test_null_is_the_same_as_absent(v2: V2Client) -> None:
    v2.post("/ops")
    body = dict.fromkeys(EvalResultsQueryBody.model_fields) | {"evaluation_run_ids": ["x"]}
    assert v2.send("POST", "/eval_results/query", json=body).json()["rows"] == []


def test_inline_and_dataset_examples_meet_in_one_row(v2: V2Client) -> None:
    (ref,) = dataset_rows(v2, [{"b": 2, "a": 1}])
    sdk = SdkEvaluation(v2)
    sdk.pairing(ref, {"output": 1, "scores": {}, "model_latency": 0.1})
    run_id = v2.run()
    v2.predict(run_id, {"a": 1, "b": 2})
    answer = v2.results(sdk.root, run_id, include_raw_data_rows=True, resolve_row_refs=True)
    (row,) = answer["rows"]
    assert row["row_digest"] == ref.rsplit("/", 1)[1]
    assert row["raw_data_row"] == {"b": 2, "a": 1}
    assert [item["evaluation_call_id"] for item in row["evaluations"]] == [sdk.root, run_id]
    assert answer["warnings"] == []


def test_unresolved_rows_are_shown_as_refs_with_a_warning(v2: V2Client) -> None:
    (ref,) = dataset_rows(v2, [{"a": 1}])
    sdk = SdkEvaluation(v2)
    sdk.pairing(ref, None)
    answer = v2.results(sdk.root, include_raw_data_rows=True)
    assert answer["rows"][0]["raw_data_row"] == ref
    assert answer["warnings"] == ["Failed to resolve dataset row refs; raw_data_row may contain refs"]
    assert v2.results(sdk.root)["rows"][0]["raw_data_row"] is None


def test_rows_of_other_projects_stay_refs(v2: V2Client, app_client: TestClient) -> None:
    other = V2Client(app_client, f"{v2.project}-other")
    (ref,) = dataset_rows(other, [{"a": "secret"}])
    sdk = SdkEvaluation(v2)
    sdk.pairing(ref, None)
    answer = v2.results(sdk.root, include_raw_data_rows=True, resolve_row_refs=True)
    assert answer["rows"][0]["raw_data_row"] == ref


def test_declarative_sdk_trials_are_understood(v2: V2Client) -> None:
    sdk = SdkEvaluation(v2)
    output = {"model_output": "yes", "scores": {"f": True, "MyScorer": {"ok": 1}}, "model_latency": 2.5}
    pairing = sdk.pairing({"x": 1}, output)
    usage = {"usage": {"gpt-4o": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}}
    model = {"self": v2.ref("object", "M"), "x": 1}
    predict = sdk.call("Thing.invokes", pairing, 3, inputs=model, output="yes", summary=usage)
    scorer = {"weave": {"kind": "scorer"}}
    mine = sdk.call("MyScorer.score", pairing, attributes=scorer, inputs={"self": v2.ref("object", "MyScorer")})
    plain = sdk.call("f", pairing, inputs={"output": "yes"})
    trial = trial_of(v2.results(sdk.root))
    assert trial["predict_call_id"] == predict
    assert trial["model_output"] == "yes"
    assert trial["model_latency_seconds"] == 3
    assert trial["total_tokens"] == 7
    assert trial["scorer_call_ids"] == {"f": plain, "MyScorer": mine}
    assert trial["total_cost"] is None
    priced = trial_of(v2.results(sdk.root, include_costs=True))
    assert priced["total_cost"] > 0
    bare = trial_of(v2.results(sdk.root, include_predict_and_score_children=False))
    assert (bare["predict_call_id"], bare["scorer_call_ids"]) == (None, {})
    assert bare["model_latency_seconds"] == 2.5


def test_an_op_used_as_model_is_found(v2: V2Client) -> None:
    sdk = SdkEvaluation(v2)
    inputs = {"model": v2.ref("op", "answer"), "example": {"x": 1}}
    pairing = sdk.call("Evaluation.predictAndScore", sdk.root, inputs=inputs, output={"output": 1, "scores": None})
    sdk.call("exact_predicted_match", pairing)
    answer = sdk.call("answer", pairing)
    trial = trial_of(v2.results(sdk.root))
    assert trial["predict_call_id"] == answer
    assert trial["scores"] == {}


def test_feedback_names_the_score_call_when_its_op_does_not(v2: V2Client) -> None:
    sdk = SdkEvaluation(v2)
    pairing = sdk.pairing({"x": 1}, {"output": 1, "scores": {"renamed": 1}})
    predict = sdk.call("M.predict", pairing, inputs={"self": v2.ref("object", "M")})
    score = sdk.call("something_else", pairing)
    feedback = {
        "project_id": v2.project,
        "weave_ref": v2.ref("call", predict).rsplit(":", 1)[0],
        "feedback_type": "wandb.runnable.renamed",
        "payload": {"output": 1},
        "runnable_ref": v2.ref("op", "renamed"),
        "call_ref": f"weave:///{v2.project}/call/{score}",
    }
    feedback["weave_ref"] = f"weave:///{v2.project}/call/{predict}"
    assert v2.client.post("/feedback/create", json=feedback).status_code == 200
    assert trial_of(v2.results(sdk.root))["scorer_call_ids"] == {"renamed": score}


def test_failed_trials_have_no_output_and_no_scores(v2: V2Client) -> None:
    sdk = SdkEvaluation(v2)
    sdk.call("Evaluation.predict_and_score", sdk.root, inputs={"example": 1}, exception="boom")
    sdk.call("Evaluation.predict_and_score_more", sdk.root, inputs={"example": 2})
    trial = trial_of(v2.results(sdk.root))
    assert (trial["model_output"], trial["scores"], trial["predict_call_id"]) == (None, {}, None)


def test_trials_of_one_row_come_in_the_order_they_started(v2: V2Client) -> None:
    run_id = v2.run()
    for output in (1, 2, 3):
        v2.finish(v2.predict(run_id, {"same": True}, output))
    (row,) = v2.results(run_id)["rows"]
    assert [trial["model_output"] for trial in row["evaluations"][0]["trials"]] == [1, 2, 3]


def test_intersection_filters_sorts_and_pages(v2: V2Client) -> None:
    first = finished_run(v2, {1: 0.1, 2: 0.9, 3: None})
    second = finished_run(v2, {2: 0.2, 3: 0.5, 4: 1.0})

    def numbers(*run_ids: str, **options: Any) -> tuple[list[int], int]:
        answer = v2.results(*run_ids, include_raw_data_rows=True, **options)
        return [row["raw_data_row"]["n"] for row in answer["rows"]], answer["total_rows"]

    by_score = [{"field": "scores.s", "direction": "desc", "evaluation_call_id": first}]
    by_n = [{"field": "inputs.n", "direction": "asc"}]
    assert numbers(first, second, sort_by=by_n) == ([1, 2, 3, 4], 4)
    assert numbers(first, second, sort_by=by_n, require_intersection=True) == ([2, 3], 2)
    assert numbers(first, sort_by=by_score) == ([2, 1, 3], 3)
    assert numbers(first, second, sort_by=by_n, limit=2, offset=1) == ([2, 3], 4)
    assert numbers(first, second, limit=0) == ([], 4)
    assert numbers(first, second, offset=9) == ([], 4)
    assert numbers(first, second, include_rows=False) == ([], 4)
    positive = {"query": {"$expr": {"$gt": [{"$getField": "scores.s"}, {"$literal": 0}]}}, "evaluation_call_id": first}
    assert numbers(first, second, sort_by=by_n, filters=[positive]) == ([1, 2], 2)
    echo = {"query": {"$expr": {"$eq": [{"$getField": "output.output.echo"}, {"$literal": 4}]}}}
    assert numbers(first, second, filters=[echo]) == ([4], 1)
    assert numbers(first, second, sort_by=by_n, filters=[echo, positive]) == ([1, 2, 4], 3)
    assert numbers(first, second, filters=[echo, positive], filter_logic_operator="and") == ([], 0)
    spread = [{"field": "scores.s", "direction": "desc", "mode": "difference"}]
    assert numbers(first, second, sort_by=spread)[0][0] == 2


def test_filters_on_inputs_read_the_dataset_row(v2: V2Client) -> None:
    refs = dataset_rows(v2, [{"q": {"level": n}} for n in (1, 5, 10)])
    sdk = SdkEvaluation(v2)
    for ref in refs:
        sdk.pairing(ref, {"output": 1, "scores": {}})
    hard = {"query": {"$expr": {"$gte": [{"$getField": "inputs.q.level"}, {"$literal": 5}]}}}
    by_level = [{"field": "inputs.q.level", "direction": "desc"}]
    answer = v2.results(sdk.root, filters=[hard], sort_by=by_level)
    assert [row["row_digest"] for row in answer["rows"]] == [ref.rsplit("/", 1)[1] for ref in (refs[2], refs[1])]


def test_the_summary_follows_filters_and_not_paging_or_sorting(v2: V2Client) -> None:
    first = finished_run(v2, {1: 0.0, 2: 1.0, 3: 0.5})
    second = finished_run(v2, {2: 0.2})
    by_score = [{"field": "scores.s", "direction": "desc", "evaluation_call_id": first}]
    answer = v2.results(first, second, include_summary=True, sort_by=by_score, limit=1, include_raw_data_rows=True)
    assert [row["raw_data_row"]["n"] for row in answer["rows"]] == [2]
    summary = answer["summary"]
    assert summary["row_count"] == 3
    by_run = {item["evaluation_call_id"]: item for item in summary["evaluations"]}
    assert by_run[first]["trial_count"] == 3
    assert by_run[first]["scorer_stats"][0]["numeric_mean"] == 0.5
    assert by_run[first]["scorer_stats"][0]["value_type"] == "continuous"
    assert by_run[first]["evaluation_ref"] == v2.ref("object", "E")
    assert by_run[first]["model_ref"] == v2.ref("object", "M")
    assert by_run[first]["trace_id"] == first
    assert datetime.fromisoformat(by_run[first]["started_at"]).tzinfo is not None
    narrow = v2.results(first, second, include_summary=True, summary_require_intersection=True)
    assert (narrow["summary"]["row_count"], narrow["total_rows"]) == (1, 3)
    wide = v2.results(
        first, second, include_summary=True, require_intersection=True, summary_require_intersection=False
    )
    assert (wide["summary"]["row_count"], wide["total_rows"]) == (3, 1)
    same = v2.results(first, second, include_summary=True, require_intersection=True)
    assert same["summary"]["row_count"] == 1
