"""Asking for scores over HTTP and what a worker makes of it, with the scorers that cost nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.scoring_fixtures import client, drain, provider, running_provider, scoring_app, scoring_services
from tests.scoring_objects import ScoringClient, builtin_scorer, op_value
from weft.core.ids import new_id

__all__ = ["client", "drain", "provider", "running_provider", "scoring_app", "scoring_services"]

Drain = Callable[[], None]
JSON = "ValidJSONScorer"
OFF = "needs the code runner, which is off; WEFT_RUNNER_PYTHON switches it on"


def _scorer(client: ScoringClient) -> str:
    return client.publish(JSON, builtin_scorer(JSON))


def test_a_score_is_written_as_apply_scorer_writes_it(client: ScoringClient, drain: Drain) -> None:
    scorer = _scorer(client)
    scored = client.call({"question": "q", "ctx": {"k": "v"}, "self": "model"}, '{"a":1}')
    assert client.score([scored], [scorer]) == {}
    drain()

    call = client.calls()[-1]
    op_name = call["op_name"]
    assert op_name.startswith(f"weave:///{client.project}/op/ValidJSONScorer.score:")
    example = {"question": "q", "ctx": {"k": "v"}}
    assert call["inputs"] == {"self": scorer, "output": '{"a":1}', "kwargs": {**example, "inputs": example}}
    assert call["output"] == {"json_valid": True}
    assert call["attributes"]["weave"]["kind"] == "scorer"
    assert call["summary"]["status_counts"] == {"success": 1, "error": 0}
    assert call["parent_id"] is None
    assert call["exception"] is None
    assert call["trace_id"] != client.calls()[0]["trace_id"]
    (feedback,) = client.feedback()
    assert feedback["weave_ref"] == f"weave:///{client.project}/call/{scored}"
    assert feedback["feedback_type"] == "wandb.runnable.ValidJSONScorer"
    assert feedback["payload"] == {"output": {"json_valid": True}}
    assert feedback["runnable_ref"] == scorer
    assert feedback["call_ref"] == f"weave:///{client.project}/call/{call['id']}"
    assert [feedback.get(name) for name in ("trigger_ref", "annotation_ref", "creator")] == [None] * 3
    assert not feedback.get("scorer_tags")
    assert feedback["wb_user_id"] == call["wb_user_id"]
    (task,) = client.tasks()
    assert (task["state"], task["reason"], task["attempts"]) == ("scored", None, 1)
    assert (task["score_call_id"], task["feedback_id"]) == (call["id"], feedback["id"])
    assert task["finished_at"] >= task["started_at"] >= task["asked_at"]


def test_a_scorer_s_own_op_and_name_are_used(client: ScoringClient, drain: Drain) -> None:
    score_op = client.publish("ValidXMLScorer.score", op_value())
    scorer = client.publish("my-xml", {**builtin_scorer("ValidXMLScorer"), "name": "my xml!", "score": score_op})
    client.score([client.call({}, "<a/>")], [scorer])
    drain()
    assert client.calls()[-1]["op_name"] == score_op
    (feedback,) = client.feedback()
    assert (feedback["feedback_type"], feedback["payload"]) == (
        "wandb.runnable.my-xml",
        {"output": {"xml_valid": True}},
    )


def test_an_empty_column_map_hides_the_inputs(client: ScoringClient, drain: Drain) -> None:
    scorer = client.publish(JSON, builtin_scorer(JSON, column_map={}))
    client.score([client.call({"x": 1}, "[]")], [scorer])
    drain()
    assert client.calls()[-1]["inputs"]["kwargs"] == {}


def test_an_output_that_is_an_object_is_scored_by_its_value(client: ScoringClient, drain: Drain) -> None:
    ref = client.publish("text", '{"a": 1}')
    client.score([client.call({}, ref)], [_scorer(client)])
    drain()
    assert client.calls()[-1]["inputs"]["output"] == ref
    assert client.feedback()[0]["payload"] == {"output": {"json_valid": True}}


def test_repeats_in_a_request_count_once_and_a_second_request_shows_one_score(
    client: ScoringClient, drain: Drain
) -> None:
    scorer, scored = _scorer(client), client.call({}, "{}")
    client.score([scored, scored], [scorer, scorer])
    client.score([scored], [scorer])
    assert len(client.tasks()) == 1
    drain()
    first = client.feedback()
    client.score([scored], [scorer])
    drain()
    assert [row["id"] for row in client.feedback()] == [row["id"] for row in first]
    assert len(client.calls()) == 2
    (task,) = client.tasks()
    assert (task["state"], task["rounds"]) == ("scored", 2)
    jobs = client.get("/weft/v1/scoring/jobs", project_id=client.project)["jobs"]
    assert [(job["total"], job["counts"]["scored"], job["done"]) for job in jobs] == [(1, 1, True)] * 3


def test_latest_and_numbers_are_pinned_when_asked(client: ScoringClient, drain: Drain) -> None:
    first = _scorer(client)
    scored = client.call({}, "{}")
    name = first.rpartition(":")[0]
    client.score([scored], [f"{name}:latest", f"{name}:v0", first])
    (task,) = client.tasks()
    assert task["scorer_ref"] == first
    second = client.publish(JSON, {**builtin_scorer(JSON), "description": "newer"})
    client.score([scored], [f"{name}:latest"])
    assert {task["scorer_ref"] for task in client.tasks()} == {first, second}
    drain()
    assert len(client.feedback()) == 2


def test_a_call_that_comes_later_is_waited_for(client: ScoringClient, drain: Drain) -> None:
    scorer, call_id, open_id = _scorer(client), new_id(), new_id()
    client.score([call_id], [scorer])
    client.call({}, "{}", call_id)
    started = {"started_at": "2026-01-01T00:00:00Z", "attributes": {}, "inputs": {}, "op_name": "predict"}
    start = {"project_id": client.project, "id": open_id, "trace_id": new_id(), **started}
    client.post("/call/start", {"start": start})
    client.score([open_id], [scorer])
    end = {"project_id": client.project, "id": open_id, "ended_at": "2026-01-01T00:00:01Z", "output": "x"}
    client.post("/call/end", {"end": {**end, "summary": {}}})
    drain()
    assert {task["state"] for task in client.tasks()} == {"scored"}


def test_a_call_that_never_comes_fails_with_the_reason(client: ScoringClient, drain: Drain) -> None:
    client.score([new_id()], [_scorer(client)])
    drain()
    (task,) = client.tasks()
    assert (task["state"], task["reason"]) == ("failed", "call not found")
    assert client.feedback() == []
    assert client.calls() == []


def test_a_deleted_call_or_scorer_fails_with_the_reason(client: ScoringClient, drain: Drain) -> None:
    gone, kept = client.call({}, "{}"), client.call({}, "{}")
    client.post("/calls/delete", {"project_id": client.project, "call_ids": [gone]})
    scorer = _scorer(client)
    client.score([gone], [scorer])
    drain()
    assert client.tasks()[0]["reason"] == "The call was deleted"
    client.score([kept], [scorer])
    client.post("/obj/delete", {"project_id": client.project, "object_id": JSON})
    drain()
    assert client.tasks(call_id=kept)[0]["reason"] == "The scorer was deleted"


@pytest.mark.parametrize("kind", ["class", "function"])
def test_user_code_waits_for_its_runner(client: ScoringClient, drain: Drain, kind: str) -> None:
    op = client.publish("Mine.score" if kind == "class" else "mine", op_value())
    scorer = client.publish("Mine", {**builtin_scorer("Mine"), "score": op}) if kind == "class" else op
    client.score([client.call({"x": 1}, "y")], [scorer])
    drain()
    (task,) = client.tasks()
    assert (task["state"], task["reason"]) == ("failed", OFF)
    call = client.calls()[-1]
    assert call["id"] == task["score_call_id"]
    assert call["op_name"] == op
    assert json.loads(call["exception"])["message"] == OFF
    assert call["summary"]["status_counts"] == {"success": 0, "error": 1}
    assert client.feedback() == []


def test_a_remote_scorer_needs_a_monitor_and_an_object_that_is_no_scorer_is_refused(
    client: ScoringClient, drain: Drain
) -> None:
    remote = client.publish("remote", {**builtin_scorer("RemoteScorer"), "endpoint_url": "http://127.0.0.1/"})
    plain = client.publish("plain", {"a": 1})
    client.score([client.call({}, "x")], [remote, plain])
    drain()
    assert {task["reason"] for task in client.tasks()} == {
        "RemoteScorer requires a monitor",
        "The object is not a scorer",
    }


def test_a_scorer_that_refuses_its_input_leaves_an_errored_score_call(client: ScoringClient, drain: Drain) -> None:
    client.score([client.call({}, {"no": "text"})], [_scorer(client)])
    drain()
    call = client.calls()[-1]
    assert json.loads(call["exception"])["type"] == "TypeError"
    assert client.feedback() == []


def test_a_failed_task_is_re_driven_and_its_failure_replaced(client: ScoringClient, drain: Drain) -> None:
    scorer, call_id = _scorer(client), client.call({}, {"no": "text"})
    client.score([call_id], [scorer])
    drain()
    client.call({}, "{}", call_id)
    (job,) = client.get("/weft/v1/scoring/jobs", project_id=client.project)["jobs"]
    assert client.post(f"/weft/v1/scoring/jobs/{job['id']}/retry", {}) == {"retried": 1}
    drain()
    (task,) = client.tasks()
    assert (task["state"], task["rounds"]) == ("scored", 2)
    (score,) = [call for call in client.calls() if "score" in call["op_name"]]
    assert score["exception"] is None
    assert client.post(f"/weft/v1/scoring/tasks/{task['id']}/retry", {}) == {"retried": 0}
    assert client.post("/weft/v1/scoring/retry", {"project_id": client.project}) == {"retried": 0}


def test_a_re_score_that_fails_keeps_the_earlier_score_and_its_call(client: ScoringClient, drain: Drain) -> None:
    scorer, call_id = _scorer(client), client.call({}, "{}")
    client.score([call_id], [scorer])
    drain()
    client.call({}, {"no": "text"}, call_id)
    client.score([call_id], [scorer])
    drain()
    (feedback,) = client.feedback()
    calls = {call["id"]: call for call in client.calls()}
    assert calls[feedback["call_ref"].rpartition("/")[2]]["exception"] is None
    assert client.tasks()[0]["state"] == "failed"


def test_many_tasks_all_end_and_none_twice(client: ScoringClient, drain: Drain) -> None:
    scorers = [_scorer(client), client.publish("ValidXMLScorer", builtin_scorer("ValidXMLScorer"))]
    client.score(client.complete([client.ended_call({}, "{}") for _ in range(400)]), scorers)
    drain()
    assert len(client.feedback()) == 800
    (job,) = client.get("/weft/v1/scoring/jobs", project_id=client.project)["jobs"]
    assert job["counts"] == {"queued": 0, "running": 0, "retrying": 0, "scored": 800, "failed": 0}


def test_nothing_to_score_is_no_job(client: ScoringClient) -> None:
    scorer = _scorer(client)
    client.score([], [scorer])
    client.score([new_id()], [])
    assert client.get("/weft/v1/scoring/jobs", project_id=client.project) == {"jobs": []}


@pytest.mark.parametrize(
    "ref",
    ["ValidJSONScorer", "", "weave:///{project}/call/x", "weave:///{project}/object/a", "weave:///{project}/object/a:*",
     "weave:///{project}/object/a:d/attr/x", "weave:///nobody/nothing/object/a:d", "weave-trace-internal:///x/object/a:d"],
)  # fmt: skip
def test_what_is_no_scorer_ref_is_refused_and_leaves_nothing(client: ScoringClient, ref: str) -> None:
    good = _scorer(client)
    client.score([new_id()], [good, ref.format(project=client.project)], status=400)
    assert client.tasks() == []


def test_bad_requests_are_refused(client: ScoringClient) -> None:
    scorer = _scorer(client)
    good: dict[str, Any] = {"project_id": client.project, "call_ids": [new_id()], "scorer_refs": [scorer]}
    client.post("/calls/score", {**good, "surprise": 1}, 422)
    client.post("/calls/score", {**good, "call_ids": "x"}, 422)
    client.post("/calls/score", {**good, "call_ids": [""]}, 400)
    client.post("/calls/score", {**good, "call_ids": ["a\x00b"]}, 400)
    client.post("/calls/score", {**good, "project_id": "nobody/nothing"}, 404)
    client.post("/calls/score", {**good, "call_ids": [str(n) for n in range(60_000)]}, 413)
    client.post("/calls/score", {**good, "scorer_refs": [f"{scorer.rpartition(':')[0]}:v9"]}, 404)
    client.get("/weft/v1/scoring/tasks", 400, project_id=client.project, state="finished")
    client.get("/weft/v1/scoring/jobs/none", 404)
    client.get("/weft/v1/scoring/tasks/none", 404)
    assert client.tasks() == []


def test_the_worker_says_what_it_does(client: ScoringClient) -> None:
    assert client.get("/weft/v1/scoring/worker")["state"] == "off"
