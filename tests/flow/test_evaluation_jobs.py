"""Evaluating a model: asked for over HTTP, run by the worker, and left behind as the SDK would have left it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.evaluation_objects import EvaluationClient, op_of
from tests.llm_provider import LLMProvider, Reply
from tests.scoring_fixtures import drain, provider, running_provider, scoring_app, scoring_services
from tests.scoring_objects import builtin_scorer, judge_model, op_value

__all__ = ["drain", "provider", "running_provider", "scoring_app", "scoring_services"]

Drain = Callable[[], None]
ROWS = [{"user_input": "hello {you}", "expected": "hi"}, {"user_input": "bye", "expected": "ciao"}]
VERDICT = {"score": 1, "ok": True}


@pytest.fixture
def client(scoring_app: tuple[FastAPI, TestClient], project: str) -> EvaluationClient:
    return EvaluationClient(scoring_app[1], project)


def _asks(request: dict[str, Any]) -> str:
    text: str = request["messages"][-1]["content"]
    return text


def _answers(request: dict[str, Any]) -> Reply:
    return Reply(json.dumps(VERDICT) if _asks(request).startswith("JUDGE") else f"re: {_asks(request)}")


def _fails(word: str, **reply: Any) -> Callable[[dict[str, Any]], Reply]:
    return lambda request: Reply(**reply) if word in _asks(request) else _answers(request)


def _json_scorer(client: EvaluationClient) -> str:
    return client.publish("ValidJSONScorer", builtin_scorer("ValidJSONScorer"))


def test_a_run_is_written_as_the_sdk_writes_it(client: EvaluationClient, drain: Drain, provider: LLMProvider) -> None:
    provider.otherwise = _answers
    dataset, model = client.dataset(ROWS), client.model()
    scorers = [client.judge("My judge: good?", object_id="My-judge-good"), _json_scorer(client)]
    evaluation = client.evaluation(dataset, scorers, evaluation_name="shown name")
    run_id = client.evaluate(evaluation, model)
    assert client.status(run_id) == {"code": "not_found"}
    drain()

    root = client.called(run_id)
    assert op_of(root) == "Evaluation.evaluate"
    assert root["inputs"] == {"self": evaluation, "model": model}
    assert (root["display_name"], root["parent_id"], root["exception"]) == ("shown name", None, None)
    assert root["trace_id"] != run_id
    assert root["attributes"]["_weave_eval_meta"] == {"evaluate_model_worker": True}
    below = client.children(run_id)
    assert [op_of(call) for call in below] == ["Evaluation.predict_and_score"] * 2 + ["Evaluation.summarize"]
    assert {call["trace_id"] for call in client.calls()} == {root["trace_id"]}
    meta = {"declarative": True, "evaluate_model_worker": True}
    assert all(call["attributes"]["_weave_eval_meta"] == meta for call in client.calls() if call["id"] != run_id)

    pairing = next(call for call in below if call["output"]["output"] == "re: hello {you}")
    row = pairing["inputs"]["example"]
    assert row.startswith(f"{dataset}/attr/rows/id/")
    assert pairing["inputs"] == {"self": evaluation, "model": model, "example": row}
    assert pairing["output"]["scores"] == {"My-judge-good": VERDICT, "ValidJSONScorer": {"json_valid": False}}
    predict, judged, checked = client.children(pairing["id"])
    assert op_of(predict) == "LLMStructuredCompletionModel.predict"
    assert predict["inputs"] == {"self": model, "user_input": f"{row}/key/user_input", "template_vars": {}}
    assert predict["output"] == "re: hello {you}"
    assert pairing["output"]["model_latency"] > 0
    assert op_of(judged) == "LLMAsAJudgeScorer.score"
    assert judged["attributes"]["weave"]["kind"] == "scorer"
    example = {
        "user_input": f"{row}/key/user_input",
        "template_vars": {},
        "expected": f"{row}/key/expected",
    }
    kwargs = {**example, "inputs": example}
    assert judged["inputs"] == {"self": scorers[0], "output": "re: hello {you}", "kwargs": kwargs}
    assert judged["summary"]["status_counts"] == {"success": 2, "error": 0}
    (judging,) = client.children(judged["id"])
    prompt = "JUDGE re: hello {you} hi"
    assert judging["inputs"]["user_input"] == [{"role": "user", "content": prompt}]
    assert (op_of(checked), checked["inputs"]["kwargs"]) == ("ValidJSONScorer.score", kwargs)
    assert pairing["summary"]["status_counts"] == {"success": 5, "error": 0}
    assert {_asks(request) for request in provider.requests} >= {"hello {you}", "bye", prompt}


def test_a_run_ends_with_the_sdk_s_summary_and_the_table_of_its_rows(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.otherwise = _answers
    scorers = [client.judge("My judge: good?", object_id="My-judge-good"), _json_scorer(client)]
    evaluation = client.evaluation(client.dataset(ROWS), scorers)
    run_id = client.evaluate(evaluation, client.model())
    drain()
    root, summarize = client.called(run_id), client.children(run_id)[-1]
    latency = root["output"].pop("model_latency")
    assert latency["mean"] > 0
    assert root["output"] == {
        "My-judge-good": {"score": {"mean": 1.0}, "ok": {"true_count": 2, "true_fraction": 1.0}},
        "ValidJSONScorer": {"json_valid": {"true_count": 0, "true_fraction": 0.0}},
    }
    assert list(root["output"]) == ["My-judge-good", "ValidJSONScorer"]
    assert summarize["output"] == {**root["output"], "model_latency": latency}
    table = summarize["inputs"]["eval_table"]
    assert table.startswith(f"weave:///{client.project}/object/EvaluationResults:")
    summaries = {call["inputs"]["self"]: call for call in client.children(summarize["id"])}
    assert {op_of(call) for call in summaries.values()} == {"Scorer.summarize"}
    assert summaries.keys() == set(scorers)
    (first,) = client.post("/refs/read_batch", {"refs": summaries[scorers[0]]["inputs"]["score_rows"][:1]})["vals"]
    assert first == VERDICT
    assert root["summary"]["status_counts"] == {"success": 14, "error": 0}
    assert client.status(run_id) == {"code": "complete", "output": {**root["output"], "model_latency": latency}}
    assert root["display_name"].startswith("eval-20")


def test_each_score_leaves_feedback_on_its_prediction(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.otherwise = _answers
    scorer = client.judge("good", object_id="good")
    run_id = client.evaluate(client.evaluation(client.dataset(ROWS[:1]), [scorer]), client.model())
    drain()
    (pairing, _) = client.children(run_id)
    predict, judged = client.children(pairing["id"])
    (feedback,) = client.feedback()
    assert feedback["weave_ref"] == f"weave:///{client.project}/call/{predict['id']}"
    assert feedback["call_ref"] == f"weave:///{client.project}/call/{judged['id']}"
    assert (feedback["feedback_type"], feedback["runnable_ref"]) == ("wandb.runnable.good", scorer)
    assert feedback["payload"] == {"output": VERDICT}
    assert feedback["wb_user_id"] == predict["wb_user_id"] == client.called(run_id)["wb_user_id"]


def test_every_row_is_run_once_per_trial_and_shows_in_the_results(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.otherwise = _answers
    evaluation = client.evaluation(client.dataset(ROWS), [_json_scorer(client)], trials=3)
    run_id = client.evaluate(evaluation, client.model())
    drain()
    body = {"evaluation_run_ids": [run_id], "include_summary": True}
    results = client.post(f"/v2/{client.project}/eval_results/query", body)
    assert results["total_rows"] == 2
    trials = [trial for row in results["rows"] for trial in row["evaluations"][0]["trials"]]
    assert len(trials) == len({trial["predict_call_id"] for trial in trials}) == 6
    assert all(trial["scores"] == {"ValidJSONScorer": {"json_valid": False}} for trial in trials)
    assert all(trial["scorer_call_ids"]["ValidJSONScorer"] for trial in trials)
    # The provider says of each answer that it took three tokens.
    assert {trial["total_tokens"] for trial in trials} == {3}
    tasks = client.tasks()
    assert Counter(task["kind"] for task in tasks) == {
        "evaluation_start": 1, "evaluation_row": 6, "evaluation_finish": 1,
    }  # fmt: skip
    assert {task["run_id"] for task in tasks} == {run_id}
    assert {task["call_id"] for task in tasks if task["kind"] == "evaluation_row"} == {
        trial["predict_call_id"] for trial in trials
    }
    job = client.get(f"/weft/v1/scoring/jobs/{run_id}")
    assert (job["kind"], job["total"], job["done"]) == ("evaluate_model", 8, True)
    assert job["counts"] == {"queued": 0, "running": 0, "retrying": 0, "scored": 6, "failed": 0, "done": 2}


def test_a_model_that_refuses_a_row_fails_that_row_and_not_the_run(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.otherwise = _fails("bye", status=400, body={"error": {"message": "no"}})
    evaluation = client.evaluation(client.dataset(ROWS), [client.judge(), _json_scorer(client)])
    run_id = client.evaluate(evaluation, client.model())
    drain()
    pairing = next(call for call in client.children(run_id)[:2] if call["output"]["output"] is None)
    assert (pairing["exception"], pairing["output"]["scores"]) == (None, {})
    (predict,) = client.children(pairing["id"])
    assert "answered 400" in predict["exception"]
    status = client.status(run_id)
    assert status["code"] == "complete"
    # As in the SDK, a row without a score counts among those of which a fraction is true.
    assert status["output"]["good"] == {"score": {"mean": 1.0}, "ok": {"true_count": 1, "true_fraction": 0.5}}
    (failed,) = client.tasks(state="failed")
    assert (failed["kind"], failed["call_id"]) == ("evaluation_row", predict["id"])
    assert "answered 400" in failed["reason"]


def test_a_scorer_that_fails_leaves_its_error_on_the_row_and_the_other_scores_beside_it(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.otherwise = _fails("JUDGE re: bye", status=400, body={"error": {"message": "no"}})
    evaluation = client.evaluation(client.dataset(ROWS), [client.judge(), _json_scorer(client)])
    run_id = client.evaluate(evaluation, client.model())
    drain()
    pairing = next(call for call in client.children(run_id) if call["exception"])
    assert pairing["output"] is None
    predict, judged, checked = client.children(pairing["id"])
    assert (predict["output"], predict["exception"]) == ("re: bye", None)
    assert (judged["output"], "answered 400" in judged["exception"]) == (None, True)
    assert checked["output"] == {"json_valid": False}
    assert client.status(run_id)["code"] == "complete"


def test_what_was_answered_is_not_asked_for_again_when_a_judge_is_slow(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    slow = iter([Reply(status=503), Reply(status=503)])
    provider.otherwise = lambda request: (
        next(slow, _answers(request)) if _asks(request).startswith("JUDGE second") else _answers(request)
    )
    scorers = [client.judge("one", object_id="one"), client.judge("two", "JUDGE second {output}", object_id="two")]
    run_id = client.evaluate(client.evaluation(client.dataset(ROWS[:1]), scorers), client.model())
    drain()
    asked = Counter(_asks(request).removesuffix(" hi") for request in provider.requests)
    assert asked == {"hello {you}": 1, "JUDGE re: hello {you}": 1, "JUDGE second re: hello {you}": 3}
    (pairing, _) = client.children(run_id)
    assert pairing["output"]["scores"] == {"one": VERDICT, "two": VERDICT}
    assert len(client.children(pairing["id"])) == 3
    assert len(client.feedback()) == 2
    (row,) = client.tasks(kind="evaluation_row")
    assert (row["state"], row["attempts"]) == ("scored", 3)


def test_a_run_of_which_every_row_failed_has_failed_and_says_why(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.otherwise = lambda _request: Reply(status=500)
    run_id = client.evaluate(client.evaluation(client.dataset(ROWS), [client.judge()]), client.model())
    drain()
    status = client.status(run_id)
    assert status["code"] == "failed"
    assert "All 2 rows failed" in status["error"]
    assert "answered 500" in status["error"]
    assert {task["attempts"] for task in client.tasks(state="failed")} == {3}


def test_failed_rows_can_be_tried_again_and_the_run_is_summed_up_anew(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.otherwise = _fails("bye", status=400)
    run_id = client.evaluate(client.evaluation(client.dataset(ROWS), [client.judge()]), client.model())
    drain()
    before = client.status(run_id)["output"]["good"]["ok"]
    assert before == {"true_count": 1, "true_fraction": 0.5}
    provider.otherwise = _answers
    provider.requests.clear()
    assert client.post(f"/weft/v1/scoring/jobs/{run_id}/retry", {}) == {"retried": 1}
    assert client.status(run_id) == {"code": "running", "completed_rows": 1, "total_rows": 2}
    drain()
    assert client.status(run_id)["output"]["good"]["ok"] == {"true_count": 2, "true_fraction": 1.0}
    assert [_asks(request) for request in provider.requests] == ["bye", "JUDGE re: bye ciao"]
    assert len([call for call in client.children(run_id) if op_of(call) == "Evaluation.predict_and_score"]) == 2
    assert len([call for call in client.children(run_id) if op_of(call) == "Evaluation.summarize"]) == 1
    assert len(client.feedback()) == 2
    assert {task["state"] for task in client.tasks()} == {"scored", "done"}


@pytest.mark.parametrize(
    ("user_input", "sent"),
    [
        ("text", [{"role": "user", "content": "text"}]),
        ({"content": "one"}, [{"role": "user", "content": "one"}]),
        (
            [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "{x}"}]}],
            [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "{x}"}]}],
        ),
    ],
)
def test_a_row_s_input_is_a_text_or_messages_after_those_of_the_model(
    client: EvaluationClient, drain: Drain, provider: LLMProvider, user_input: Any, sent: Any
) -> None:
    own = {"role": "system", "content": "Be {kind}"}
    model = client.model(messages_template=[own], temperature=0.5)
    client.evaluate(client.evaluation(client.dataset([{"user_input": user_input}]), []), model)
    drain()
    (request,) = provider.requests
    assert request["messages"] == [own, *sent]
    assert (request["model"], request["temperature"]) == ("gpt-4o", 0.5)
    assert {task["state"] for task in client.tasks()} == {"scored", "done"}


@pytest.mark.parametrize(("row", "reason"), [({"q": 1}, "no 'user_input'"), ({"user_input": 5}, "neither a text")])
def test_a_row_that_says_nothing_to_a_model_fails_alone(
    client: EvaluationClient, drain: Drain, provider: LLMProvider, row: Any, reason: str
) -> None:
    run_id = client.evaluate(client.evaluation(client.dataset([row, ROWS[0]]), []), client.model())
    drain()
    (failed,) = client.tasks(state="failed")
    assert reason in failed["reason"]
    assert client.status(run_id)["code"] == "complete"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model": {"_class_name": "MyModel", "_bases": ["Model", "Object", "BaseModel"]}}, "is not run"),
        ({"model": op_value()}, "is not run"),
        ({"scorer": {"_class_name": "Mine", "_bases": ["Scorer", "Object", "BaseModel"]}}, "needs the code runner"),
        ({"scorer": op_value()}, "needs the code runner"),
        ({"scorer": {"_class_name": "RemoteScorer", "_bases": ["Scorer"]}}, "is remote"),
        ({"preprocess_model_input": "x"}, "is not run"),
        ({"dataset": "nothing"}, "no rows that may be read"),
        ({"evaluation": {"a": 1}}, "is not an evaluation"),
    ],
)
def test_what_needs_code_or_is_broken_is_refused_as_a_failed_run(
    client: EvaluationClient, drain: Drain, provider: LLMProvider, change: dict[str, Any], reason: str
) -> None:
    model = client.publish("odd", change["model"]) if "model" in change else client.model()
    scorers = [client.publish("odd", change["scorer"])] if "scorer" in change else []
    fields = {name: value for name, value in change.items() if name == "preprocess_model_input"}
    evaluation = client.evaluation(change.get("dataset") or client.dataset(ROWS), scorers, **fields)
    if "evaluation" in change:
        evaluation = client.publish("odd", change["evaluation"])
    run_id = client.evaluate(evaluation, model)
    drain()
    status = client.status(run_id)
    assert status["code"] == "failed"
    assert reason in status["error"]
    assert provider.requests == []
    (root,) = client.calls()
    assert (root["id"], op_of(root)) == (run_id, "Evaluation.evaluate")
    assert reason in root["exception"]
    (task,) = client.tasks()
    assert (task["kind"], task["state"]) == ("evaluation_start", "failed")
    assert reason in task["reason"]


def test_a_missing_evaluation_is_waited_for_and_then_missed(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    evaluation = f"weave:///{client.project}/object/none:{'a' * 43}"
    run_id = client.evaluate(evaluation, client.model())
    drain()
    assert client.status(run_id) == {"code": "failed", "error": "RuntimeError: The evaluation was not found"}


def test_a_run_that_was_refused_can_be_tried_again(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.otherwise = _answers
    evaluation = client.evaluation(client.dataset(ROWS), [_json_scorer(client)])
    model = {**judge_model(response_format="text"), "name": "late"}
    ref = client.publish("late", model)
    client.post("/obj/delete", {"project_id": client.project, "object_id": "late", "digests": None})
    run_id = client.evaluate(evaluation, ref)
    drain()
    assert client.status(run_id) == {"code": "failed", "error": "RuntimeError: The model late was deleted"}
    client.publish("late", model)
    assert client.post(f"/weft/v1/scoring/jobs/{run_id}/retry", {}) == {"retried": 1}
    assert client.status(run_id)["code"] == "running"
    drain()
    assert client.status(run_id)["code"] == "complete"
    root = client.called(run_id)
    assert (root["exception"], root["output"]["ValidJSONScorer"]["json_valid"]["true_count"]) == (None, 0)
    assert len([call for call in client.calls() if op_of(call) == "Evaluation.evaluate"]) == 1


def test_what_is_answered_after_a_run_was_deleted_is_not_written(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    def deletes(request: dict[str, Any]) -> Reply:
        body = {"project_id": client.project, "call_ids": [task["run_id"] for task in client.tasks()]}
        client.post("/calls/delete", body)
        return _answers(request)

    provider.otherwise = deletes
    client.evaluate(client.evaluation(client.dataset(ROWS), []), client.model())
    drain()
    assert client.calls() == []


def test_an_evaluation_without_rows_is_complete_at_once(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    run_id = client.evaluate(client.evaluation(client.dataset([]), [client.judge()]), client.model())
    drain()
    assert client.status(run_id) == {"code": "complete", "output": {"good": None}}


def test_what_latest_means_is_decided_when_asked(client: EvaluationClient, drain: Drain, provider: LLMProvider) -> None:
    model = client.model()
    evaluation = client.evaluation(client.dataset(ROWS[:1]), [])
    run_id = client.evaluate(f"weave:///{client.project}/object/My-Eval:latest", f"{model.rpartition(':')[0]}:v0")
    client.evaluation(client.dataset(ROWS), [])
    client.publish("My-model", judge_model("other"))
    drain()
    assert client.called(run_id)["inputs"] == {"self": evaluation, "model": model}
    assert len(provider.requests) == 1


def test_a_run_that_was_deleted_is_not_brought_back(
    client: EvaluationClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.otherwise = _fails("bye", status=400)
    run_id = client.evaluate(client.evaluation(client.dataset(ROWS), []), client.model())
    drain()
    client.post("/calls/delete", {"project_id": client.project, "call_ids": [run_id]})
    client.post(f"/weft/v1/scoring/jobs/{run_id}/retry", {})
    drain()
    assert client.calls() == []
    assert client.status(run_id) == {"code": "failed", "error": "The run was deleted"}
