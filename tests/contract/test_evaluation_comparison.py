"""/weft/v1/evaluations/compare and the directions of metrics over HTTP, on runs made through the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from scipy import stats
from statsmodels.stats.multitest import multipletests

from tests.v2_client import V2Client
from weft.core.ids import new_id

BOTH = "/weft/v1/evaluations"


class Comparing(V2Client):
    """Makes runs and compares them."""

    def evaluated(self, examples: Mapping[int, list[Mapping[str, Any]]]) -> str:
        """A finished run as an SDK writes it, in one request: of every example its trials, each as scores by scorer."""
        root = new_id()
        inputs = {"self": self.ref("object", "E"), "model": self.ref("object", "M")}
        calls = [self._call("Evaluation.evaluate", root, root, None, inputs=inputs, output={})]
        for number, trials in examples.items():
            for scores in trials:
                trial, example = new_id(), {"example": {"n": number}}
                output = {"output": {"echo": number}, "scores": scores, "model_latency": 1.0}
                pairing = "Evaluation.predict_and_score"
                calls.append(self._call(pairing, trial, root, root, inputs=inputs | example, output=output))
                calls.append(self._call("M.predict", new_id(), root, trial, output=output["output"]))
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
            "ended_at": "2026-03-01T00:00:02Z",
            "attributes": {},
            "inputs": {},
            "summary": {},
            **fields,
        }

    def compare(self, *run_ids: str, **options: Any) -> Any:
        """The comparison of runs."""
        answer = self.client.post(
            f"{BOTH}/compare", json={"project_id": self.project, "run_ids": list(run_ids), **options}
        )
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < 200_000
        return answer.json()

    def refused(self, **body: Any) -> int:
        """The status of a comparison that is refused."""
        answer = self.client.post(f"{BOTH}/compare", json={"project_id": self.project, **body})
        assert answer.status_code in (400, 404, 422), answer.text
        return answer.status_code


@pytest.fixture
def comparing(app_client: TestClient, project: str) -> Comparing:
    return Comparing(app_client, project)


def metric(answer: Any, name: str) -> Any:
    return next(one for one in answer["metrics"] if one["name"] == name)


def difference(answer: Any, name: str) -> Any:
    (one,) = metric(answer, name)["differences"]
    return one


def test_numbers_are_compared_by_example_as_scipy_does(comparing: Comparing) -> None:
    old = {n: [{"s": 0.1 * n}, {"s": 0.1 * n + 0.2}] for n in range(6)}
    new = {n: [{"s": 0.1 * n + 0.3 + 0.05 * (n % 3)}] for n in range(1, 7)}
    baseline, run = comparing.evaluated(old), comparing.evaluated(new)
    answer = comparing.compare(baseline, run, metrics=["scores.s"])
    found = difference(answer, "scores.s")
    before = [0.1 * n + 0.1 for n in range(1, 6)]
    after = [0.1 * n + 0.3 + 0.05 * (n % 3) for n in range(1, 6)]
    wanted = stats.ttest_rel(after, before)
    assert found["paired_examples"] == 5
    assert found["difference"] == pytest.approx(sum(after) / 5 - sum(before) / 5)
    assert found["p_value"] == pytest.approx(wanted.pvalue)
    limits = wanted.confidence_interval(0.95)
    assert (found["interval"]["low"], found["interval"]["high"]) == pytest.approx((limits.low, limits.high))
    assert found["method"] == "paired_t_by_example"
    assert found["verdict"] == "better"
    first, second = metric(answer, "scores.s")["runs"]
    assert (first["n"], first["examples"], first["missing"]) == (12, 6, 0)
    assert (second["n"], second["examples"], second["missing"]) == (6, 6, 0)
    codes = {one["code"] for one in answer["warnings"]}
    assert {"example_sets_differ", "trials_differ", "few_examples"} <= codes


def test_flags_are_compared_by_the_examples_that_changed(comparing: Comparing) -> None:
    old = {n: [{"ok": n < 2}] for n in range(12)}
    new = {n: [{"ok": n != 0}] for n in range(12)}
    baseline, run = comparing.evaluated(old), comparing.evaluated(new)
    answer = comparing.compare(baseline, run)
    found = difference(answer, "scores.ok")
    assert found["discordant"] == {"better": 10, "worse": 1}
    assert found["method"] == "mcnemar_exact"
    assert found["p_value"] == pytest.approx(stats.binomtest(1, 11).pvalue)
    assert found["difference"] == pytest.approx(9 / 12)
    assert found["interval"]["low"] < 9 / 12 < found["interval"]["high"]
    first, _ = metric(answer, "scores.ok")["runs"]
    assert (first["rate"], first["true_count"], first["interval"]["method"]) == (pytest.approx(2 / 12), 2, "wilson")


def test_p_values_are_adjusted_for_how_many_there_are(comparing: Comparing) -> None:
    examples = {n: [{"a": 0.1 * n, "b": n % 2 == 0}] for n in range(8)}
    shifted = {n: [{"a": 0.1 * n + 0.1 * (n % 3), "b": n != 3}] for n in range(8)}
    answer = comparing.compare(comparing.evaluated(examples), comparing.evaluated(shifted))
    found = [one for item in answer["metrics"] for one in item["differences"] if one["p_value"] is not None]
    assert answer["comparisons"] == len(found) >= 3
    raw = [one["p_value"] for one in found]
    wanted = multipletests(raw, method="holm")[1]
    assert [one["p_adjusted"] for one in found] == pytest.approx(list(wanted))


def test_a_run_equals_one_with_the_same_values(comparing: Comparing) -> None:
    examples = {n: [{"s": n / 10, "ok": n % 2 == 0}] for n in range(5)}
    answer = comparing.compare(comparing.evaluated(examples), comparing.evaluated(examples))
    for name in ("scores.s", "scores.ok"):
        found = difference(answer, name)
        assert (found["difference"], found["p_value"], found["verdict"]) == (0, 1, "no evidence")


def test_latency_is_a_metric_of_which_less_is_better(comparing: Comparing) -> None:
    examples = {n: [{"s": 1}] for n in range(3)}
    answer = comparing.compare(comparing.evaluated(examples), comparing.evaluated(examples))
    latency = metric(answer, "latency")
    assert (latency["unit"], latency["direction"], latency["direction_from"]) == ("s", "lower", "default")
    assert [run["n"] for run in latency["runs"]] == [3, 3]
    assert "error" not in answer["metric_names"]


def test_a_direction_is_asked_for_or_stored(comparing: Comparing) -> None:
    worse = {n: [{"verbosity": 0.1 * n + 0.2 + 0.01 * (n % 2)}] for n in range(20)}
    baseline = comparing.evaluated({n: [{"verbosity": 0.1 * n}] for n in range(20)})
    run_id = comparing.evaluated(worse)
    name = "scores.verbosity"
    body = {"project_id": comparing.project, "directions": {name: "lower"}}
    assert difference(comparing.compare(baseline, run_id), name)["verdict"] == "better"
    asked = comparing.compare(baseline, run_id, directions={name: "lower"})
    assert metric(asked, name)["direction_from"] == "request"
    assert difference(asked, name)["verdict"] == "worse"
    assert comparing.client.put(f"{BOTH}/metric_directions", json=body).json() == {"directions": {name: "lower"}}
    stored = comparing.compare(baseline, run_id)
    assert metric(stored, name)["direction_from"] == "stored"
    assert difference(stored, name)["verdict"] == "worse"
    body["directions"] = {name: None}
    assert comparing.client.put(f"{BOTH}/metric_directions", json=body).json() == {"directions": {}}
    read = comparing.client.get(f"{BOTH}/metric_directions", params={"project_id": comparing.project})
    assert read.json() == {"directions": {}}


def test_directions_are_refused_for_what_is_no_metric(comparing: Comparing) -> None:
    comparing.run()
    for name in ("accuracy", "scores.", "", "scores.a..b", "scores." + "x" * 300):
        body = {"project_id": comparing.project, "directions": {name: "lower"}}
        assert comparing.client.put(f"{BOTH}/metric_directions", json=body).status_code in (400, 422)


def test_rows_show_only_where_runs_disagree(comparing: Comparing) -> None:
    baseline = comparing.evaluated({n: [{"ok": True}] for n in range(4)})
    run_id = comparing.evaluated({0: [{"ok": True}], 1: [{"ok": False}], 2: [{"ok": True}], 5: [{"ok": True}]})
    rows = {"metric": "scores.ok", "only": "disagree"}
    answer = comparing.compare(baseline, run_id, include_metrics=False, rows=rows)
    (row,) = answer["rows"]
    assert (answer["metrics"], answer["total_rows"], answer["next_offset"]) == ([], 1, None)
    assert row["example"] == '{"n":1}'
    assert row["difference"] == {run_id: -1}
    old, new = row["cells"]
    assert (old["values"][answer["metric_names"].index("scores.ok")], new["output"]) == (1, '{"echo":1}')
    assert comparing.call(new["predict_call_id"])["output"] == {"echo": 1}
    missing = comparing.compare(baseline, run_id, rows={"only": "missing"})
    assert missing["total_rows"] == 2
    assert {cell["trials"] for row in missing["rows"] for cell in row["cells"]} == {0, 1}
    assert comparing.compare(baseline, run_id, rows={"metric": "scores.ok", "only": "better"})["total_rows"] == 0
    assert comparing.compare(baseline, run_id, rows={"metric": "scores.ok", "only": "worse"})["total_rows"] == 1


def test_rows_are_sorted_by_difference_and_paged(comparing: Comparing) -> None:
    baseline = comparing.evaluated({n: [{"s": 0}] for n in range(5)})
    run_id = comparing.evaluated({n: [{"s": step}] for n, step in enumerate([0, -3, 2, 1, 0.5])})

    def steps(**rows: Any) -> list[float]:
        answer = comparing.compare(baseline, run_id, include_metrics=False, rows={"metric": "scores.s", **rows})
        return [row["difference"][run_id] for row in answer["rows"]]

    assert steps() == [-3, 2, 1, 0.5, 0]
    assert steps(sort="improvement") == [2, 1, 0.5, 0, -3]
    assert steps(sort="regression") == [-3, 0, 0.5, 1, 2]
    assert steps(limit=2, offset=1) == [2, 1]
    assert steps(limit=0) == []
    page = comparing.compare(baseline, run_id, include_metrics=False, rows={"limit": 2, "offset": 2})
    assert (page["total_rows"], page["next_offset"]) == (5, 4)


def test_large_payloads_are_cut_and_end_the_page_early(comparing: Comparing) -> None:
    run_ids = []
    for _ in range(2):
        run_id = comparing.run()
        for number in range(3):
            prediction = comparing.predict(run_id, {"n": number, "text": "x" * 200_000}, "y" * 200_000)
            comparing.score(prediction, "s", number, run_id)
            comparing.finish(prediction)
        run_ids.append(run_id)
    answer = comparing.compare(*run_ids)
    assert len(answer["rows"]) == 3
    assert all(len(row["example"]) == 300 and row["example"].endswith("…") for row in answer["rows"])
    assert {one["code"] for one in answer["warnings"]} >= {"run_unfinished"}


def test_many_metrics_are_cut_and_said_so(comparing: Comparing) -> None:
    scores = {"s": {f"m{number}": number for number in range(40)}}
    answer = comparing.compare(*[comparing.evaluated({1: [scores], 2: [scores]}) for _ in range(2)])
    assert len(answer["metrics"]) == 30
    assert answer["metrics_total"] > 40
    assert "metrics_omitted" in {one["code"] for one in answer["warnings"]}
    assert comparing.compare(answer["baseline"], answer["runs"][1]["run_id"], metrics=["scores.s.m39"])["metrics"]


def test_other_versions_of_dataset_and_scorer_are_warned_of(comparing: Comparing) -> None:
    made = []
    for number in range(2):
        dataset = comparing.post("/datasets", {"name": "data", "rows": [{"q": number}, {"q": 2}]})
        ref = comparing.ref("object", "data", dataset["digest"])
        evaluation = comparing.post("/evaluations", {"name": "ev", "dataset": ref})
        body = {
            "evaluation": comparing.ref("object", "ev", evaluation["digest"]),
            "model": comparing.ref("object", "M"),
        }
        run_id = comparing.post("/evaluation_runs", body)["evaluation_run_id"]
        prediction = comparing.predict(run_id, {"q": 2})
        scorer = comparing.ref("object", "acc", f"d{number}")
        comparing.post(
            "/scores", {"prediction_id": prediction, "scorer": scorer, "value": 1, "evaluation_run_id": run_id}
        )
        comparing.finish(prediction)
        made.append((run_id, ref, scorer))
    answer = comparing.compare(*[run_id for run_id, *_ in made])
    assert [run["dataset_ref"] for run in answer["runs"]] == [ref for _, ref, _ in made]
    assert [run["scorers"] for run in answer["runs"]] == [{"acc": scorer} for *_, scorer in made]
    codes = {one["code"] for one in answer["warnings"]}
    assert {"dataset_versions_differ", "evaluation_versions_differ", "scorer_versions_differ"} <= codes


def test_failed_predictions_count_as_errors(comparing: Comparing) -> None:
    run_ids = [comparing.evaluated({1: [{"s": 1}], 2: [{"s": 1}]}) for _ in range(2)]
    child = comparing.results(run_ids[1])["rows"][0]["evaluations"][0]["trials"][0]["predict_call_id"]
    known = comparing.call(child)
    again = {"output": None, "started_at": known["started_at"], "exception": "ValueError: no"}
    failed = comparing._call("M.predict", child, known["trace_id"], known["parent_id"], **again)
    comparing.post("/calls/complete", {"batch": [failed]})
    answer = comparing.compare(*run_ids)
    error = metric(answer, "error")
    assert (error["direction"], [run["rate"] for run in error["runs"]]) == ("lower", [0, 0.5])
    assert sum(cell["error"] for row in answer["rows"] for cell in row["cells"]) == 1


def test_what_cannot_be_compared_is_refused(comparing: Comparing) -> None:
    run_id, other = comparing.run(), comparing.run()
    prediction = comparing.predict(run_id)
    assert comparing.refused(run_ids=[run_id]) == 422
    assert comparing.refused(run_ids=[run_id, run_id]) == 422
    assert comparing.refused(run_ids=[new_id() for _ in range(7)]) == 422
    assert comparing.refused(run_ids=[run_id, new_id()]) == 404
    assert comparing.refused(run_ids=[run_id, prediction]) == 404
    assert comparing.refused(run_ids=[run_id, other], baseline="x") == 422
    assert comparing.refused(run_ids=[run_id, other], metrics=["accuracy"]) == 400
    assert comparing.refused(run_ids=[run_id, other], rows={"limit": -1}) == 422
    assert comparing.refused(run_ids=[run_id, other], confidence=1) == 422


def test_runs_without_trials_have_nothing_to_compare(comparing: Comparing) -> None:
    answer = comparing.compare(comparing.run(), comparing.run(), metrics=["scores.s"])
    found = difference(answer, "scores.s")
    assert (found["paired_examples"], found["p_value"], found["verdict"]) == (0, None, "no evidence")
    assert answer["rows"] == []
    assert "run_empty" in {one["code"] for one in answer["warnings"]}


def test_values_that_cannot_be_averaged_are_missing(comparing: Comparing) -> None:
    odd: list[Any] = [1e308, 10**400, "text", None, [1], {"": 1}, {"\ud800": 2}]
    examples = {number: [{"s": value}] for number, value in enumerate(odd)}
    runs = [comparing.evaluated(examples | {99: [{"s": 0.5}]}) for _ in range(2)]
    answer = comparing.compare(*runs)
    assert answer["metric_names"] == ["scores.s", "latency"]
    found = metric(answer, "scores.s")
    assert [(run["n"], run["mean"]) for run in found["runs"]] == [(1, 0.5), (1, 0.5)]
