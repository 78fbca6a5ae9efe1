"""/weft/v1/evaluations/run over HTTP: one run with its figures and its examples in previews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.v2_client import V2Client
from weft.core.ids import new_id

Attempt = Mapping[str, Any]


class Runs(V2Client):
    """Writes a run as an SDK does, in one request, and reads its table."""

    def evaluated(self, attempts: Sequence[Attempt], **root_fields: Any) -> str:
        """A run with these trials: `n` names the example, the rest is fields of the pairing and its prediction."""
        root = new_id()
        inputs = {"self": self.ref("object", "E"), "model": self.ref("object", "M")}
        calls = [self._call("Evaluation.evaluate", root, root, None, inputs=inputs, output={}) | root_fields]
        for number, one in enumerate(attempts):
            trial = new_id()
            output = {"output": one.get("output", {"echo": number}), "scores": one.get("scores", {})}
            more = {"inputs": inputs | {"example": one["example"]}, "started_at": f"2026-03-01T00:00:{number:02}Z"}
            calls.append(self._call("Evaluation.predict_and_score", trial, root, root, output=output, **more))
            predict = self._call("M.predict", new_id(), root, trial, output=output["output"])
            calls.append(predict | {"exception": one.get("exception")})
        self.post("/calls/complete", {"batch": calls})
        return root

    def _call(self, op: str, call_id: str, trace_id: str, parent_id: str | None, **fields: Any) -> dict[str, Any]:
        return {
            "project_id": self.project,
            "id": call_id,
            "trace_id": trace_id,
            "parent_id": parent_id,
            "op_name": self.ref("op", op),
            "started_at": "2026-03-01T00:00:00Z",
            "ended_at": "2026-03-01T00:02:00Z",
            "attributes": {},
            "inputs": {},
            "summary": {},
            **fields,
        }

    def table(self, run_id: str, **options: Any) -> Any:
        """The run's table."""
        body = {"project_id": self.project, "run_id": run_id, **options}
        answer = self.client.post("/weft/v1/evaluations/run", json=body)
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < 200_000
        return answer.json()

    def numbers(self, run_id: str, **options: Any) -> list[int]:
        """The `n` of the examples, in order."""
        return [row["example"]["n"] for row in self.table(run_id, **options)["rows"]]


@pytest.fixture
def runs(app_client: TestClient, project: str) -> Runs:
    return Runs(app_client, project)


def trial(number: int, score: float, right: bool, **fields: Any) -> Attempt:
    scores = {"exact": right, "judge": {"score": score, "reason": f"because of {score}"}}
    return {"example": {"n": number}, "scores": scores, **fields}


def test_an_example_has_its_trials_with_scores_reasons_and_calls(runs: Runs) -> None:
    run = runs.evaluated([trial(1, 0.5, True), trial(2, 0.1, False), trial(1, 1.0, False)])
    table = runs.table(run)
    assert table["run"]["example_count"] == 2
    assert table["run"]["trial_count"] == 3
    assert table["metric_names"] == ["scores.exact", "scores.judge.score", "latency"]
    first, second = table["rows"]
    assert (first["example"], first["trial_count"], first["errors"]) == ({"n": 1}, 2, 0)
    assert first["values"][:2] == [0.5, 0.75]
    assert [one["values"][:2] for one in first["trials"]] == [[1, 0.5], [0, 1.0]]
    assert second["trials"][0]["notes"] == [{"scorer": "judge", "path": "reason", "text": "because of 0.1"}]
    assert second["trials"][0]["output"] == {"echo": 1}
    assert second["trials"][0]["status"] == "ok"
    assert second["trials"][0]["predict_call_id"]


def test_figures_come_with_wilson_intervals_over_examples(runs: Runs) -> None:
    run = runs.evaluated([trial(number, number / 10, number % 2 == 0) for number in range(10)])
    exact, judge, latency = runs.table(run)["metrics"]
    assert (exact["kind"], exact["figures"]["rate"], exact["figures"]["true_count"]) == ("boolean", 0.5, 5)
    assert exact["figures"]["interval"]["method"] == "wilson"
    assert exact["figures"]["interval"]["low"] == pytest.approx(0.23659309051256394)
    assert exact["figures"]["interval"]["high"] == pytest.approx(0.763406909487436)
    assert (judge["direction"], judge["figures"]["mean"]) == ("higher", pytest.approx(0.45))
    assert (latency["direction"], latency["unit"]) == ("lower", "s")
    assert runs.table(run, include_metrics=False)["metrics"] == []


def test_failed_trials_are_counted_shown_and_found(runs: Runs) -> None:
    said = '{"type": "TimeoutError", "message": "too slow"}'
    run = runs.evaluated([trial(1, 1.0, True), trial(2, 0.0, False, exception=said)])
    table = runs.table(run, only="errors")
    assert (table["errors"], table["total_rows"]) == (1, 1)
    assert table["rows"][0]["errors"] == 1
    assert (table["rows"][0]["trials"][0]["status"], table["rows"][0]["trials"][0]["error"]) == (
        "error",
        "TimeoutError: too slow",
    )


def test_unfinished_trials_are_running(runs: Runs) -> None:
    run = runs.run()
    runs.predict(run)
    table = runs.table(run)
    assert (table["run"]["status"], table["running"], table["rows"][0]["running"]) == ("running", 1, 1)
    assert table["rows"][0]["trials"][0]["status"] == "running"
    assert len(runs.table(run, only="running")["rows"]) == 1
    assert runs.table(run, only="errors")["rows"] == []


def test_rows_come_in_order_of_their_start_or_by_a_metric(runs: Runs) -> None:
    run = runs.evaluated([trial(3, 0.2, True), trial(1, 0.9, True), {"example": {"n": 7}}, trial(2, 0.5, False)])
    assert runs.numbers(run) == [3, 1, 7, 2]
    assert runs.numbers(run, descending=True) == [2, 7, 1, 3]
    assert runs.numbers(run, sort="scores.judge.score") == [3, 2, 1, 7]
    assert runs.numbers(run, sort="scores.judge.score", descending=True) == [1, 2, 3, 7]


def test_rows_are_chosen_by_scores_inputs_measures_and_words(runs: Runs) -> None:
    run = runs.evaluated([trial(1, 0.2, True), trial(2, 0.9, False), trial(3, 0.95, False, output="A Needle here")])

    def where(field: str, operator: str, value: Any) -> dict[str, Any]:
        return {"$expr": {operator: [{"$getField": field}, {"$literal": value}]}}

    assert runs.numbers(run, query=where("scores.exact", "$eq", 0)) == [2, 3]
    assert runs.numbers(run, query=where("scores.judge.score", "$gt", 0.92)) == [3]
    assert runs.numbers(run, query=where("inputs.n", "$eq", 2)) == [2]
    assert runs.numbers(run, limits=[{"metric": "scores.judge.score", "above": 0.1, "below": 0.91}]) == [1, 2]
    assert runs.numbers(run, limits=[{"metric": "latency", "above": 1000}]) == []
    assert runs.numbers(run, search="needle") == [3]
    assert runs.numbers(run, search="because of 0.2") == [1]
    assert runs.numbers(run, search="nowhere") == []


def test_rows_of_a_dataset_are_shown_as_they_are_and_searched(runs: Runs) -> None:
    rows = runs.post("/datasets", {"name": "data", "rows": [{"n": 5, "word": "Apple"}]})
    dataset = runs.client.post(
        "/obj/read", json={"project_id": runs.project, "object_id": "data", "digest": rows["digest"]}
    ).json()["obj"]["val"]["rows"]
    digest = dataset.rpartition("/")[2].rpartition(":")[2]
    found = runs.client.post("/table/query", json={"project_id": runs.project, "digest": digest}).json()["rows"][0]
    ref = f"{runs.ref('object', 'data', rows['digest'])}/attr/rows/id/{found['digest']}"
    run = runs.evaluated([{"example": ref, "scores": {"exact": True}}])
    row = runs.table(run, search="apple")["rows"][0]
    assert (row["row_digest"], row["example"]) == (found["digest"], {"n": 5, "word": "Apple"})


def test_pages_follow_each_other_and_stay_small(runs: Runs) -> None:
    long = "x" * 50_000
    run = runs.evaluated([trial(number, 0.5, True, output=long) for number in range(40)])
    seen: list[int] = []
    offset: int | None = 0
    while offset is not None:
        table = runs.table(run, offset=offset, limit=15)
        seen += [row["example"]["n"] for row in table["rows"]]
        offset = table["next_offset"]
    assert seen == list(range(40))


def test_what_cannot_be_read_is_refused(runs: Runs) -> None:
    run = runs.evaluated([trial(1, 0.5, True)])

    def status(**body: Any) -> int:
        asked = {"project_id": runs.project, "run_id": run, **body}
        return runs.client.post("/weft/v1/evaluations/run", json=asked).status_code

    assert status(run_id=new_id()) == 404
    assert status(sort="no such") == 400
    assert status(limits=[{"metric": "weird"}]) == 400
    assert status(query={"$expr": {"$eq": [{"$getField": "elsewhere.x"}, {"$literal": 1}]}}) == 400
    assert status(query={}) in (400, 422)
    assert status(limit=101) == 422
    assert status(confidence=2) == 422
    assert status(search=None, query=None, sort=None) == 200
