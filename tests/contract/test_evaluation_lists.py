"""Lists of evaluation runs with their figures, and leaderboards, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.v2_client import V2Client
from weft.core.ids import new_id

USAGE = {"gpt-4o": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "requests": 1}}


class Lists(V2Client):
    """Writes runs as SDKs do, and lists them."""

    clock = datetime(2026, 3, 1, tzinfo=UTC)

    def sdk_run(self, evaluation: str, model: str, output: Any, **fields: Any) -> str:
        """A root call with a summary as its output; each starts later than the one before."""
        run_id = new_id()
        self.clock += timedelta(minutes=1)
        call = {
            "project_id": self.project,
            "id": run_id,
            "trace_id": run_id,
            "op_name": self.ref("op", "Evaluation.evaluate"),
            "started_at": self.clock.isoformat(),
            "ended_at": (self.clock + timedelta(seconds=30)).isoformat(),
            "attributes": {},
            "inputs": {"self": evaluation, "model": self.ref("object", model)},
            "output": output,
            "summary": {},
            **fields,
        }
        self.post("/calls/complete", {"batch": [call]})
        return run_id

    def evaluation(self, dataset: str, name: str = "ev") -> tuple[str, str]:
        """A published evaluation: its ref, and that of its dataset."""
        rows = self.post("/datasets", {"name": dataset, "rows": [{"q": 1}]})
        dataset_ref = self.ref("object", dataset, rows["digest"])
        made = self.post("/evaluations", {"name": name, "dataset": dataset_ref})
        return self.ref("object", name, made["digest"]), dataset_ref

    def asked(self, path: str, **body: Any) -> Any:
        """The answer of one of our routes."""
        answer = self.client.post(f"/weft/v1/{path}", json={"project_id": self.project, **body})
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < 200_000
        return answer.json()

    def listed(self, **body: Any) -> list[str]:
        """The ids of a list of runs."""
        return [run["run_id"] for run in self.asked("evaluations/runs", **body)["runs"]]

    def leaderboard(self, columns: list[dict[str, Any]]) -> str:
        """A published leaderboard."""
        bases = ["Object", "BaseModel"]
        value = {"_type": "Leaderboard", "_class_name": "Leaderboard", "_bases": bases, "name": "L", "columns": columns}
        body = {"obj": {"project_id": self.project, "object_id": "board", "val": value}}
        assert self.client.post("/obj/create", json=body).status_code == 200
        return "board"


@pytest.fixture
def lists(app_client: TestClient, project: str) -> Lists:
    return Lists(app_client, project)


def test_a_run_shows_the_figures_of_its_summary(lists: Lists) -> None:
    evaluation, dataset = lists.evaluation("data")
    output = {
        "accuracy": {"correct": {"true_count": 3, "true_fraction": 0.75}, "distance": {"mean": 1.5}},
        "exact": {"true_count": 0, "true_fraction": 0.0},
        "output": {"n": {"mean": 4}},
        "model_latency": {"mean": 0.25},
    }
    run_id = lists.sdk_run(evaluation, "M", output, summary={"usage": USAGE}, display_name="first try")
    answer = lists.asked("evaluations/runs")
    (run,) = answer["runs"]
    assert run["run_id"] == run_id
    assert (run["name"], run["model_name"], run["evaluation_name"], run["dataset_name"]) == (
        "first try", "M", "ev", "data",
    )  # fmt: skip
    assert (run["dataset_ref"], run["evaluation_ref"]) == (dataset, evaluation)
    assert (run["status"], run["duration_seconds"], run["summary_from"]) == ("completed", 30, "stored")
    assert (run["latency"], run["tokens"]) == (0.25, 15)
    assert run["cost"] > 0
    assert run["metrics"] == [
        {"name": "scores.accuracy.correct", "kind": "boolean", "value": 0.75, "n": 4},
        {"name": "scores.accuracy.distance", "kind": "number", "value": 1.5, "n": None},
        {"name": "scores.exact", "kind": "boolean", "value": 0, "n": None},
    ]
    assert answer["metric_names"] == [metric["name"] for metric in run["metrics"]]
    assert (answer["total"], answer["next_offset"], answer["facets"]) == (1, None, None)


def test_a_run_without_a_summary_is_summed_up_from_its_trials(lists: Lists) -> None:
    run_id = lists.run()
    prediction = lists.predict(run_id)
    lists.score(prediction, "s", True, run_id)
    lists.finish(prediction)
    (run,) = lists.asked("evaluations/runs")["runs"]
    assert (run["status"], run["summary_from"], run["trial_count"]) == ("running", "trials", 1)
    assert run["metrics"] == [{"name": "scores.s", "kind": "boolean", "value": 1, "n": 1}]


def test_runs_are_chosen_by_dataset_evaluation_and_model(lists: Lists) -> None:
    first, data = lists.evaluation("data")
    second, other = lists.evaluation("other")
    runs = [lists.sdk_run(first, "A", {}), lists.sdk_run(second, "A", {}), lists.sdk_run(second, "B", {})]
    api = lists.run(model="A", evaluation="unknown")
    assert lists.listed() == [api, *reversed(runs)]
    assert lists.listed(datasets=[data]) == [runs[0]]
    assert lists.listed(datasets=[data, other], models=[lists.ref("object", "A")]) == [runs[1], runs[0]]
    assert lists.listed(evaluations=[second]) == [runs[2], runs[1]]
    assert lists.listed(evaluations=[lists.ref("object", "ev", "*")]) == [runs[2], runs[1], runs[0]]
    assert lists.listed(datasets=[lists.ref("object", "nothing")]) == []
    assert lists.listed(datasets=[lists.ref("object", "data", "*")]) == [runs[0]]
    facets = lists.asked("evaluations/runs", include_facets=True, limit=0)["facets"]
    assert {item["name"]: item["runs"] for item in facets["models"]} == {"A": 3, "B": 1}
    assert {item["name"]: item["runs"] for item in facets["datasets"]} == {"data": 1, "other": 2}
    assert facets["of_runs"] == 4


def test_runs_are_paged(lists: Lists) -> None:
    evaluation = lists.ref("object", "E")
    runs = [lists.sdk_run(evaluation, "M", {}) for _ in range(3)][::-1]
    page = lists.asked("evaluations/runs", limit=2)
    assert ([run["run_id"] for run in page["runs"]], page["total"], page["next_offset"]) == (runs[:2], 3, 2)
    assert lists.listed(limit=2, offset=2) == runs[2:]
    assert lists.listed(limit=0) == []


def test_long_summaries_end_the_page_early(lists: Lists) -> None:
    output = {f"{number:02}{'x' * 250}": {"mean": 1} for number in range(25)}
    for _ in range(20):
        lists.sdk_run("y" * 3000, "M", output, display_name="z" * 1000)
    page = lists.asked("evaluations/runs", include_facets=True)
    assert 0 < len(page["runs"]) < 20
    assert page["next_offset"] == len(page["runs"])
    assert page["runs"][0]["metrics_omitted"] == 5


def test_lists_of_nobodys_project_are_refused(lists: Lists) -> None:
    for path, body in (("evaluations/runs", {}), ("leaderboard", {"object_id": "x"})):
        answer = lists.client.post(f"/weft/v1/{path}", json={"project_id": "no-slash", **body})
        assert answer.status_code in (400, 403, 404, 422)
        assert lists.client.post(f"/weft/v1/{path}", json={}).status_code == 422


def test_a_leaderboard_shows_each_models_newest_finished_run(lists: Lists) -> None:
    evaluation, _ = lists.evaluation("data")

    def output(rate: float) -> dict[str, Any]:
        return {"acc": {"ok": {"true_count": 1, "true_fraction": rate}}, "speed": {"mean": 1 - rate}}

    lists.sdk_run(evaluation, "A", output(0.1))
    newest = lists.sdk_run(evaluation, "A", output(0.9))
    lists.sdk_run(evaluation, "A", output(0.2), exception="ValueError: no")
    lists.sdk_run(evaluation, "B", output(0.5))
    lists.sdk_run(lists.ref("object", "ev", "old"), "C", output(1.0))
    board = lists.leaderboard(
        [
            {"evaluation_object_ref": evaluation, "scorer_name": "acc", "summary_metric_path": "ok.true_fraction"},
            {
                "evaluation_object_ref": evaluation,
                "scorer_name": "speed",
                "summary_metric_path": "mean",
                "should_minimize": True,
            },
            {"evaluation_object_ref": evaluation, "scorer_name": "gone", "summary_metric_path": ""},
        ]
    )
    answer = lists.asked("leaderboard", object_id=board)
    assert [column["should_minimize"] for column in answer["columns"]] == [False, True, False]
    assert [row["model_name"] for row in answer["rows"]] == ["A", "B"]
    first, second, third = answer["rows"][0]["cells"]
    assert (first["value"], first["run_id"], first["rank"], first["runs"]) == (0.9, newest, 1, 2)
    assert (second["rank"], third) == (1, None)
    assert [row["cells"][0]["rank"] for row in answer["rows"]] == [1, 2]
    assert [warning["code"] for warning in answer["warnings"]] == ["column_empty"]


def test_only_a_leaderboard_can_be_read_as_one(lists: Lists) -> None:
    lists.evaluation("data")
    for object_id, status in (("ev", 400), ("nothing", 404)):
        answer = lists.client.post("/weft/v1/leaderboard", json={"project_id": lists.project, "object_id": object_id})
        assert answer.status_code == status
