"""What an evaluation of the Python clients leaves on the server, looked at over plain HTTP."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from tests.sdk.running import PYTHON_ENVIRONMENTS, Programs, Run
from tests.sdk.target import Target

pytestmark = pytest.mark.parametrize("environment", PYTHON_ENVIRONMENTS)
evaluation = pytest.mark.parametrize("program", ["evaluation"])
logger = pytest.mark.parametrize("program", ["evaluation_logger"])

Call = dict[str, Any]


def name_of(call: Call) -> str:
    """The op of a call, without where it is stored and in which version."""
    return str(call["op_name"].rpartition("/")[2].partition(":")[0])


def shape(calls: Iterable[Call], parent: str | None) -> list[Any]:
    """The tree below a call as nested lists of op names, children in the order in which they started."""
    known = list(calls)
    return [[name_of(call), *shape(known, call["id"])] for call in known if call["parent_id"] == parent]


def trace_of(server: Target, run: Run, root: str) -> list[Call]:
    (found,) = server.calls(run.project, filter={"call_ids": [root]})
    return server.calls(run.project, filter={"trace_ids": [found["trace_id"]]})


def feedback_on(server: Target, run: Run, calls: list[Call], count: int) -> list[dict[str, Any]]:
    """The feedback on any of the calls, as soon as it is that much: a client may send it after the calls."""
    refs = {f"weave:///{run.project}/call/{call['id']}" for call in calls}
    deadline = time.monotonic() + 10
    while True:
        found = [item for item in server.feedback(run.project) if item["weave_ref"] in refs]
        if len(found) == count or time.monotonic() > deadline:
            assert len(found) == count, [item["feedback_type"] for item in found]
            return found


@evaluation
def test_call_tree_of_an_evaluation(programs: Programs, live_server: Target, environment: str, program: str) -> None:
    run = programs.run(environment, program)
    calls = trace_of(live_server, run, run.result["compared"]["runs"][0])
    ((root, *below),) = shape(calls, None)
    assert root == "Evaluation.evaluate"
    counted = Counter(name for name, *_ in below)
    assert counted == {"Evaluation.predict_and_score": 6, "Evaluation.summarize": 1}
    for name, *children in below:
        inside = sorted(child[0] for child in children)
        expected = ["Calculator.predict", "Closeness.score", "exact_match"]
        assert inside == (expected if name == "Evaluation.predict_and_score" else ["Closeness.summarize"])
    assert all(call["ended_at"] and call["exception"] is None for call in calls)
    assert {call["summary"]["weave"]["status"] for call in calls} == {"success"}


@evaluation
def test_root_of_an_evaluation(programs: Programs, live_server: Target, environment: str, program: str) -> None:
    run = programs.run(environment, program)
    compared = run.result["compared"]
    for number in range(2):
        (root,) = live_server.calls(run.project, filter={"call_ids": [compared["runs"][number]]})
        assert root["inputs"]["self"] == run.result["evaluation"]
        assert root["inputs"]["model"] == compared["models"][number]
        assert root["display_name"] == "arithmetic, with names and a comma"
        assert root["output"] == compared["summaries"][number]
        # The root, the summary and its scorer's, and per row and trial the pair, the prediction and two scores.
        assert root["summary"]["status_counts"] == {"success": 27, "error": 0}
    by_evaluation = {
        "input_refs": [run.result["evaluation"]],
        "op_names": [f"weave:///{run.project}/op/Evaluation.evaluate:*"],
    }
    assert [call["id"] for call in live_server.calls(run.project, filter=by_evaluation)] == compared["runs"]


@evaluation
def test_rows_and_scores_of_an_evaluation(
    programs: Programs, live_server: Target, environment: str, program: str
) -> None:
    run = programs.run(environment, program)
    calls = trace_of(live_server, run, run.result["compared"]["runs"][1])
    pairs = [call for call in calls if name_of(call) == "Evaluation.predict_and_score"]
    rows = Counter(call["inputs"]["example"] for call in pairs)
    assert sorted(rows.values()) == [2, 2, 2]
    assert all(ref.startswith(f"{run.result['dataset']}/attr/rows/id/") for ref in rows)
    for call in pairs:
        assert call["output"]["scores"] == {"exact_match": False, "closeness": {"distance": 2.0, "close": False}}
        assert isinstance(call["output"]["model_latency"], float)
    refs = {"refs": sorted(rows)}
    values = live_server.post("/refs/read_batch", refs)["vals"]
    assert sorted(value["expected"] for value in values) == ["3", "4", "9"]


@evaluation
def test_feedback_of_an_evaluation(programs: Programs, live_server: Target, environment: str, program: str) -> None:
    run = programs.run(environment, program)
    calls = trace_of(live_server, run, run.result["compared"]["runs"][0])
    by_id = {call["id"]: call for call in calls}
    predictions = [call for call in calls if name_of(call) == "Calculator.predict"]
    found = feedback_on(live_server, run, predictions, 12)
    types = Counter(item["feedback_type"] for item in found)
    assert types == {"wandb.runnable.exact_match": 6, "wandb.runnable.closeness": 6}
    for item in found:
        score = by_id[item["call_ref"].rpartition("/")[2]]
        prediction = by_id[item["weave_ref"].rpartition("/")[2]]
        assert score["parent_id"] == prediction["parent_id"]
        assert item["payload"]["output"] == score["output"]
        kind = "op/exact_match:" if name_of(score) == "exact_match" else "object/closeness:"
        assert f"weave:///{run.project}/{kind}" in item["runnable_ref"]


@evaluation
def test_failing_row_of_an_evaluation(programs: Programs, live_server: Target, environment: str, program: str) -> None:
    run = programs.run(environment, program)
    calls = trace_of(live_server, run, run.result["failing"]["run"])
    statuses = Counter((name_of(call), call["summary"]["weave"]["status"]) for call in calls)
    assert statuses[("brittle", "error")] == 1
    assert statuses[("brittle", "success")] == 2
    (failed,) = (call for call in calls if name_of(call) == "brittle" and call["exception"])
    assert "cannot multiply" in failed["exception"]
    (pair,) = (call for call in calls if call["id"] == failed["parent_id"])
    assert pair["output"]["output"] is None
    assert pair["output"]["scores"] == {}
    (root,) = (call for call in calls if call["parent_id"] is None)
    assert root["summary"]["status_counts"]["error"] == 1
    assert root["summary"]["weave"]["status"] in ("success", "descendant_error")


@evaluation
def test_rest_reads_an_evaluation_of_the_sdk(
    programs: Programs, live_server: Target, environment: str, program: str
) -> None:
    run = programs.run(environment, program)
    compared = run.result["compared"]
    response = live_server.get(f"/v2/{run.project}/evaluation_runs/{compared['runs'][0]}")
    assert response.status_code == 200, response.text
    found = response.json()
    assert (found["evaluation"], found["model"]) == (run.result["evaluation"], compared["models"][0])
    assert found["status"] == "completed"
    answer = live_server.post(f"/v2/{run.project}/eval_results/query", {"evaluation_call_ids": compared["runs"]})
    assert answer["total_rows"] == 3
    trials = [trial for row in answer["rows"] for each in row["evaluations"] for trial in each["trials"]]
    assert len(trials) == 12
    assert Counter(trial["scores"]["exact_match"] for trial in trials) == {True: 6, False: 6}


@logger
def test_call_tree_of_the_logger(programs: Programs, live_server: Target, environment: str, program: str) -> None:
    run = programs.run(environment, program)
    calls = trace_of(live_server, run, run.result["plain_run"]["run"])
    pair = ["Evaluation.predict_and_score", ["Model.predict"], ["is_short"], ["length"], ["detail"]]
    assert shape(calls, None) == [["Evaluation.evaluate", pair, pair, pair, ["Evaluation.summarize"]]]
    (root, *rest) = calls
    assert root["attributes"]["_weave_eval_meta"]["imperative"] is True
    assert root["display_name"] == "plain run"
    assert {call["attributes"]["_weave_eval_meta"]["imperative"] for call in rest} == {True}
    scores = [call for call in rest if name_of(call) == "length"]
    assert {call["attributes"]["_weave_eval_meta"]["score"] for call in scores} == {True}
    assert [call["output"] for call in scores] == [4, 3, 4]


@logger
def test_feedback_of_the_logger(programs: Programs, live_server: Target, environment: str, program: str) -> None:
    run = programs.run(environment, program)
    calls = trace_of(live_server, run, run.result["plain_run"]["run"])
    by_id = {call["id"]: call for call in calls}
    found = feedback_on(live_server, run, [call for call in calls if name_of(call) == "Model.predict"], 9)
    for item in found:
        score = by_id[item["call_ref"].rpartition("/")[2]]
        assert item["feedback_type"] == f"wandb.runnable.{name_of(score)}"
        assert item["payload"] == {"output": score["output"]}


@logger
def test_rest_reads_a_run_of_the_logger(
    programs: Programs, live_server: Target, environment: str, program: str
) -> None:
    run = programs.run(environment, program)
    broken = live_server.get(f"/v2/{run.project}/evaluation_runs/{run.result['run_that_breaks_off']['run']}").json()
    assert broken["status"] == "failed"
    plain = run.result["plain_run"]["run"]
    answer = live_server.post(f"/v2/{run.project}/eval_results/query", {"evaluation_call_ids": [plain]})
    trials = [trial for row in answer["rows"] for each in row["evaluations"] for trial in each["trials"]]
    assert sorted(trial["scores"]["length"] for trial in trials) == [3, 4, 4]
    assert sorted(trial["model_output"]["number"] for trial in trials) == [0, 1, 2]
