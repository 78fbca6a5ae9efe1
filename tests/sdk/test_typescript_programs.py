"""The official TypeScript client, unmodified: its programs end well, and the server holds what they did."""

from __future__ import annotations

import base64
import time
from collections import Counter
from typing import Any

import pytest

from tests.sdk.running import Programs
from tests.sdk.target import Target

pytestmark = pytest.mark.parametrize("environment", ["typescript"])


def op_names(calls: list[dict[str, Any]]) -> Counter[str]:
    return Counter(call["op_name"].rpartition("/")[2].partition(":")[0] for call in calls)


@pytest.mark.parametrize("program", ["tracing"])
def test_traces_ops_of_every_shape(programs: Programs, environment: str, program: str) -> None:
    assert programs.run(environment, program).result["calls"] == 11


@pytest.mark.parametrize("program", ["objects"])
def test_publishes_objects_and_media(programs: Programs, live_server: Target, environment: str, program: str) -> None:
    run = programs.run(environment, program)
    (call,) = live_server.calls(run.project, filter={"call_ids": [run.result["call"]]})
    media = {"image.png": call["inputs"]["arg0"], "audio.wav": call["output"]["sound"]}
    assert call["output"]["copy"] == media["image.png"]
    for value in media.values():
        assert value["_type"] == "CustomWeaveType"
        for name, digest in value["files"].items():
            answer = live_server.content(run.project, digest)
            assert answer == base64.b64decode(run.result["files"][name])
    (picture,) = live_server.post("/refs/read_batch", {"refs": [run.result["image"]]})["vals"]
    assert picture["files"] == media["image.png"]["files"]


@pytest.mark.parametrize("program", ["evaluation"])
def test_evaluates_over_a_dataset(programs: Programs, live_server: Target, environment: str, program: str) -> None:
    run = programs.run(environment, program)
    (root,) = live_server.calls(run.project, filter={"call_ids": [run.result["run"]]})
    assert root["output"] == run.result["summary"]
    calls = live_server.calls(run.project, filter={"trace_ids": [root["trace_id"]]})
    pairs = {"Evaluation.predictAndScore": 6, "add": 6, "correct": 6, "distance": 6}
    assert op_names(calls) == {"Evaluation.evaluate": 1, **pairs}
    found = live_server.get(f"/v2/{run.project}/evaluation_runs/{root['id']}").json()
    assert found["status"] == "completed"
    assert "/object/addition:" in found["evaluation"]


# The reference server looks for `output` only, and this client writes `model_output`.
@pytest.mark.beyond_reference
@pytest.mark.parametrize("program", ["evaluation"])
def test_results_of_an_evaluation_can_be_queried(
    programs: Programs, live_server: Target, environment: str, program: str
) -> None:
    run = programs.run(environment, program)
    body = {"evaluation_call_ids": [run.result["run"]]}
    answer = live_server.post(f"/v2/{run.project}/eval_results/query", body)
    trials = [trial for row in answer["rows"] for each in row["evaluations"] for trial in each["trials"]]
    assert sorted(trial["model_output"] for trial in trials) == [3, 3, 7, 7, 10, 10]
    assert Counter(trial["scores"]["correct"] for trial in trials) == {True: 4, False: 2}


@pytest.mark.parametrize("program", ["evaluation"])
def test_logger_writes_feedback(programs: Programs, live_server: Target, environment: str, program: str) -> None:
    run = programs.run(environment, program)
    assert run.result["output"]["note"] == "done"
    (root,) = live_server.calls(run.project, filter={"call_ids": [run.result["logged"]]})
    calls = {call["id"]: call for call in live_server.calls(run.project, filter={"trace_ids": [root["trace_id"]]})}
    feedback = live_server.feedback(run.project)
    assert Counter(item["feedback_type"] for item in feedback) == {"wandb.runnable.even": 3, "wandb.runnable.size": 3}
    for item in feedback:
        score, prediction = (calls[item[field].rpartition("/")[2]] for field in ("call_ref", "weave_ref"))
        assert item["payload"]["output"] == score["output"]
        assert score["parent_id"] == prediction["parent_id"]


@pytest.mark.parametrize("program", ["justExits"])
def test_everything_arrives_when_a_program_just_exits(
    programs: Programs, live_server: Target, environment: str, program: str
) -> None:
    run = programs.run(environment, program)
    deadline = time.monotonic() + 10
    while len(calls := live_server.calls(run.project)) < run.result["calls"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert op_names(calls) == {"work": 10, "step": 55}
    assert all(call["ended_at"] for call in calls)


@pytest.mark.parametrize("program", ["serviceApi"])
def test_prices_models_and_keeps_objects_of_known_classes(programs: Programs, environment: str, program: str) -> None:
    assert programs.run(environment, program).result["stored"] == {"Leaderboard": "Leaderboard", "Monitor": "Monitor"}
