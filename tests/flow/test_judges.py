"""LLM judges, with the provider played over HTTP: what it is asked, what its answers and its failures become."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.llm_provider import LLMProvider, Reply
from tests.scoring_fixtures import (
    PROVIDER_KEY,
    client,
    drain,
    provider,
    running_provider,
    scoring_app,
    scoring_services,
)
from tests.scoring_objects import ScoringClient, builtin_scorer, judge, judge_model
from weft.scoring.worker import ScoringWorker
from weft.services import Services

__all__ = ["client", "drain", "provider", "running_provider", "scoring_app", "scoring_services"]

Drain = Callable[[], None]
INPUTS = {"question": "q", "ctx": {"k": "v"}}


def _judge(client: ScoringClient, prompt: Any = "Rate {output}", **params: Any) -> str:
    model = client.publish("m", judge_model(**{"response_format": "json_object", **params}))
    return client.publish("judge", judge(model, prompt))


def _task(client: ScoringClient) -> dict[str, Any]:
    (task,) = client.tasks()
    return task


def test_a_judge_asks_and_is_traced_as_the_sdk_does(client: ScoringClient, drain: Drain, provider: LLMProvider) -> None:
    system = {"_type": "Message", "_class_name": "Message", "_bases": ["BaseModel"], "role": "system", "name": None}
    template = [{**system, "content": "be {strict}"}]
    scorer = _judge(
        client, "Q {question} C {ctx} A {output} I {inputs}", messages_template=template, temperature=0.0, n_times=1
    )
    provider.script.append(Reply('{"score": 0.5, "why": "ok"}'))
    client.score([client.call(INPUTS, {"text": "x"})], [scorer])
    drain()

    filled = "Q q C {'k': 'v'} A {'text': 'x'} I {'question': 'q', 'ctx': {'k': 'v'}}"
    (request,) = provider.requests
    assert request == {
        "model": "gpt-4o",
        "messages": [{"role": "system", "content": "be {strict}"}, {"role": "user", "content": filled}],
        "temperature": 0.0,
        "n": 1,
        "response_format": {"type": "json_object"},
    }
    assert provider.headers[0]["authorization"] == f"Bearer {PROVIDER_KEY}"
    _, score, predict = sorted(client.calls(), key=lambda call: call["op_name"].count("LLM") + len(call["op_name"]))
    assert "/op/LLMAsAJudgeScorer.score:" in score["op_name"]
    assert "/op/LLMStructuredCompletionModel.predict:" in predict["op_name"]
    assert (predict["parent_id"], predict["trace_id"]) == (score["id"], score["trace_id"])
    assert score["inputs"] == {"self": scorer, "output": {"text": "x"}, "kwargs": {**INPUTS, "inputs": INPUTS}}
    assert predict["inputs"]["user_input"] == [{"role": "user", "content": filled}]
    assert predict["inputs"]["template_vars"] == {}
    assert predict["inputs"]["self"].startswith(f"weave:///{client.project}/object/m:")
    assert score["output"] == predict["output"] == {"score": 0.5, "why": "ok"}
    assert score["summary"]["status_counts"] == {"success": 2, "error": 0}
    (feedback,) = client.feedback()
    assert feedback["feedback_type"] == "wandb.runnable.judge"
    assert feedback["payload"] == {"output": {"score": 0.5, "why": "ok"}}


@pytest.mark.parametrize("response_format", ["text", None, "json_schema"])
def test_without_json_the_verdict_is_the_text(
    client: ScoringClient, drain: Drain, provider: LLMProvider, response_format: str | None
) -> None:
    scorer = _judge(client, response_format=response_format)
    provider.script.append(Reply("good"))
    client.score([client.call({}, "x")], [scorer])
    drain()
    assert client.feedback()[0]["payload"] == {"output": "good"}
    assert ("response_format" in provider.requests[0]) == (response_format == "text")


def test_prompts_may_be_objects_and_models_inline(client: ScoringClient, drain: Drain, provider: LLMProvider) -> None:
    messages = [{"role": "system", "content": "You rate {question}"}, {"role": "user", "content": "{output}"}]
    bases = {"_bases": ["Prompt", "Object", "BaseModel"], "_class_name": "MessagesPrompt", "_type": "MessagesPrompt"}
    prompt = client.publish("mp", {**bases, "messages": messages})
    first = client.publish("first", {**bases, "messages": [{"role": "system", "content": "first {x}"}]})
    model = judge_model("some/model", response_format="text", prompt=f"{first.rpartition(':')[0]}:latest")
    scorer = client.publish("judge", judge(model, prompt))
    client.score([client.call({"question": "q"}, "a")], [scorer])
    drain()
    assert _task(client)["state"] == "scored"
    assert provider.requests[0]["model"] == "some/model"
    assert [message["content"] for message in provider.requests[0]["messages"]] == ["first {x}", "You rate q", "a"]


def test_a_slow_world_is_tried_again(client: ScoringClient, drain: Drain, provider: LLMProvider) -> None:
    provider.script += [
        Reply(status=429, headers={"retry-after": "0"}, body={"error": {"message": "slow down"}}),
        Reply(status=503, body=b"<html>busy</html>"),
        Reply('{"score": 2}'),
    ]
    client.score([client.call({}, "x")], [_judge(client)])
    drain()
    assert (_task(client)["state"], _task(client)["attempts"]) == ("scored", 3)
    assert len(client.calls()) == 3
    assert client.feedback()[0]["payload"] == {"output": {"score": 2}}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=500, body={"error": {"message": f"broken {PROVIDER_KEY}"}}), "answered 500: broken ***"),
        (Reply(seconds=1.3), "did not answer within 1 s"),
        (Reply(body=b"not json"), "not JSON"),
    ],
)
def test_a_world_that_stays_slow_exhausts_the_attempts(
    client: ScoringClient, drain: Drain, provider: LLMProvider, reply: Reply, reason: str
) -> None:
    provider.otherwise = lambda _request: reply
    client.score([client.call({}, "x")], [_judge(client)])
    drain()
    task = _task(client)
    assert (task["state"], task["attempts"]) == ("failed", 3)
    assert task["reason"].startswith("Exhausted after 3 attempts: ")
    assert reason in task["reason"]
    calls = {call["op_name"].rpartition("/")[2].partition(":")[0]: call for call in client.calls()}
    assert len(calls) == 3
    score, predict = calls["LLMAsAJudgeScorer.score"], calls["LLMStructuredCompletionModel.predict"]
    assert reason in json.loads(score["exception"])["message"]
    assert reason in json.loads(predict["exception"])["message"]
    assert score["summary"]["status_counts"] == {"success": 0, "error": 2}
    assert client.feedback() == []


def test_an_answer_that_is_no_json_is_asked_for_again_with_a_word_about_it(
    client: ScoringClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.script += [Reply("I like it"), Reply('{"score": '), Reply('{"score": 1}')]
    client.score([client.call({}, "x")], [_judge(client)])
    drain()
    assert (_task(client)["state"], _task(client)["attempts"]) == ("scored", 1)
    first, second, third = (request["messages"] for request in provider.requests)
    assert second[: len(first)] == third[: len(first)] == first
    assert [message["role"] for message in second[len(first) :]] == ["assistant", "user"]
    assert second[-2]["content"] == "I like it"
    assert "not valid JSON" in second[-1]["content"]
    assert third[-2]["content"] == '{"score": '
    (used,) = client.calls()[-1]["summary"]["usage"].values()
    assert (used["requests"], used["total_tokens"]) == (3, 9)


def test_a_judge_that_never_answers_json_fails_and_what_it_used_is_counted(
    client: ScoringClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.otherwise = lambda _request: Reply("no json here")
    client.score([client.call({}, "x")], [_judge(client)])
    drain()
    assert (_task(client)["state"], _task(client)["attempts"], len(provider.requests)) == ("failed", 1, 3)
    assert _task(client)["reason"] == "The LLM's answer is not JSON: 'no json here' (asked 3 times)"
    calls = {call["op_name"].rpartition("/")[2].partition(":")[0]: call for call in client.calls()}
    for name in ("LLMAsAJudgeScorer.score", "LLMStructuredCompletionModel.predict"):
        assert calls[name]["summary"]["usage"]["gpt-4o"]["requests"] == 3
        assert "not JSON" in json.loads(calls[name]["exception"])["message"]
    assert client.feedback() == []


@pytest.mark.parametrize("status", [400, 401, 404, 302])
def test_a_refusal_is_final(client: ScoringClient, drain: Drain, provider: LLMProvider, status: int) -> None:
    provider.script.append(Reply(status=status, body={"error": {"message": "no"}}, headers={"location": "/elsewhere"}))
    client.score([client.call({}, "x")], [_judge(client)])
    drain()
    assert (_task(client)["state"], _task(client)["attempts"]) == ("failed", 1)
    assert len(provider.requests) == 1


def test_after_a_failure_a_retry_shows_only_the_score(
    client: ScoringClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.script.append(Reply(status=400))
    client.score([client.call({}, "x")], [_judge(client)])
    drain()
    assert len(client.calls()) == 3
    body = {"project_id": client.project, "task_ids": [_task(client)["id"]]}
    assert client.post("/weft/v1/scoring/retry", body) == {"retried": 1}
    drain()
    assert [call["exception"] for call in client.calls()] == [None] * 3
    assert len(client.feedback()) == 1


@pytest.mark.parametrize(
    "prompt", ["{missing}", "{output.__class__}", "{output!x}", "{", "{output[0]}", {"messages": [1]}, 7]
)
def test_a_prompt_that_cannot_be_filled_in_fails_without_asking(
    client: ScoringClient, drain: Drain, provider: LLMProvider, prompt: Any
) -> None:
    client.score([client.call({}, "x")], [_judge(client, prompt)])
    drain()
    assert _task(client)["state"] == "failed"
    assert provider.requests == []


def test_a_column_map_leaves_a_judge_only_the_output(
    client: ScoringClient, drain: Drain, provider: LLMProvider
) -> None:
    scorer = client.publish("judge", judge(judge_model(), "{question}", column_map={}))
    client.score([client.call(INPUTS, "x")], [scorer])
    drain()
    assert "'question'" in _task(client)["reason"]


def test_a_judge_reads_no_other_project(client: ScoringClient, drain: Drain, provider: LLMProvider) -> None:
    elsewhere = ScoringClient(client.client, f"{client.project}-secret")
    secret = elsewhere.publish("prompt", {"content": "the secret {output}"})
    client.score([client.call({}, "x")], [client.publish("judge", judge(judge_model(), secret))])
    drain()
    assert _task(client)["reason"] == "The judge's scoring_prompt refers to another project"
    assert provider.requests == []


def _custom(client: ScoringClient, base_url: str, key_name: str, headers: dict[str, str] | None = None) -> str:
    extra = {"X-Team": "a"} if headers is None else headers
    provider = {"name": "mine", "base_url": base_url, "api_key_name": key_name, "extra_headers": extra}
    bases = ["BaseObject", "BaseModel"]
    stored = client.publish("mine", {**provider, "_class_name": "Provider", "_type": "Provider", "_bases": bases})
    model = {"name": "tiny", "provider": stored.rpartition(":")[2], "max_tokens": 10}
    client.publish("mine-tiny", {**model, "_class_name": "ProviderModel", "_type": "ProviderModel", "_bases": bases})
    return client.publish("judge", judge(judge_model("custom::mine::tiny"), "{output}"))


def test_a_custom_provider_is_asked_with_its_own_key(
    client: ScoringClient, drain: Drain, provider: LLMProvider
) -> None:
    client.score([client.call({}, "x")], [_custom(client, provider.url, "MY_KEY")])
    drain()
    assert _task(client)["state"] == "scored", _task(client)
    assert provider.requests[0]["model"] == "tiny"
    assert provider.headers[0]["authorization"] == "Bearer custom-key"
    assert provider.headers[0]["x-team"] == "a"


@pytest.mark.parametrize(
    ("base_url", "key_name", "reason"),
    [
        ("http://169.254.169.254/v1", "MY_KEY", "WEFT_LLM_ALLOWED_HOSTS"),
        ("file:///etc/passwd", "MY_KEY", "WEFT_LLM_ALLOWED_HOSTS"),
        ("http://[", "MY_KEY", "WEFT_LLM_ALLOWED_HOSTS"),
        ("", "OTHER", "OTHER"),
    ],
)
def test_a_custom_provider_that_may_not_be_called_is_not(
    client: ScoringClient, drain: Drain, provider: LLMProvider, base_url: str, key_name: str, reason: str
) -> None:
    client.score([client.call({}, "x")], [_custom(client, base_url or provider.url, key_name)])
    drain()
    assert reason in _task(client)["reason"]
    assert provider.requests == []


def test_headers_that_cannot_be_sent_fail_at_once_and_are_not_shown(
    client: ScoringClient, drain: Drain, provider: LLMProvider
) -> None:
    for text in ("secret\nline", "gehe\u00efm \u2028"):
        client.score([client.call({}, "x")], [_custom(client, provider.url, "MY_KEY", {"X-Team": text})])
    drain()
    assert {(task["state"], task["attempts"]) for task in client.tasks()} == {("failed", 1)}
    assert not any("secret" in task["reason"] for task in client.tasks())
    assert provider.requests == []


@pytest.fixture
def lone_worker(scoring_services: Services) -> Iterator[Callable[..., ScoringWorker]]:
    """Makes workers that run in a thread, with other settings."""
    made: list[ScoringWorker] = []

    def make(**changes: Any) -> ScoringWorker:
        settings = scoring_services.settings.model_copy(update=changes)
        made.append(ScoringWorker(scoring_services.stores, settings))
        return made[-1]

    yield make
    for worker in made:
        worker.stop()


def test_when_everything_fails_the_worker_stops_and_says_so_then_goes_on(
    client: ScoringClient, provider: LLMProvider, lone_worker: Callable[..., ScoringWorker]
) -> None:
    healthy = False
    provider.otherwise = lambda _request: Reply() if healthy else Reply(status=500)
    worker = lone_worker(
        scoring_stop_after=5, scoring_pause_seconds=0.3, scoring_max_attempts=50, scoring_batch=2, scoring_threads=2
    )
    client.score(client.complete([client.ended_call({}, "x") for _ in range(6)]), [_judge(client)])
    worker.start()
    _until(lambda: worker.status().state == "paused")
    assert "tries failed in a row" in worker.status().reason
    asked = len(provider.requests)
    healthy = True
    assert asked < 12
    _until(lambda: len(client.feedback()) == 6)
    assert worker.status().state == "working"


def test_after_a_pause_one_task_is_let_through_until_it_ends(
    client: ScoringClient, provider: LLMProvider, lone_worker: Callable[..., ScoringWorker]
) -> None:
    provider.script.extend([Reply(status=500)] * 4)
    provider.otherwise = lambda _request: Reply(seconds=0.7)
    # A back-off longer than the pause: no task may come back before all four have failed.
    pauses = {"scoring_pause_seconds": 0.3, "scoring_backoff_seconds": 1.0, "scoring_backoff_max_seconds": 1.0}
    worker = lone_worker(scoring_stop_after=4, scoring_batch=4, scoring_threads=4, **pauses)
    client.score(client.complete([client.ended_call({}, "x") for _ in range(4)]), [_judge(client)])
    worker.start()
    _until(lambda: len(provider.requests) == 5)
    time.sleep(0.4)
    assert len(provider.requests) == 5
    _until(lambda: len(client.feedback()) == 4)


def test_a_provider_of_one_project_does_not_stop_the_others(
    client: ScoringClient, provider: LLMProvider, lone_worker: Callable[..., ScoringWorker]
) -> None:
    worker = lone_worker(scoring_stop_after=2)
    calls = client.complete([client.ended_call({}, "x") for _ in range(4)])
    client.score(calls, [_custom(client, "http://169.254.169.254/v1", "MY_KEY")])
    worker.start()
    _until(lambda: [task["state"] for task in client.tasks()] == ["failed"] * 4)
    assert worker.status().state == "working"


def test_a_worker_that_stops_gives_back_what_it_has_not_done(
    client: ScoringClient, provider: LLMProvider, lone_worker: Callable[..., ScoringWorker], drain: Drain
) -> None:
    provider.otherwise = lambda _request: Reply(seconds=0.5)
    worker = lone_worker(scoring_threads=1, shutdown_seconds=0)
    client.score(client.complete([client.ended_call({}, "x") for _ in range(5)]), [_judge(client)])
    worker.start()
    _until(lambda: len(provider.requests) > 0)
    worker.stop()
    assert {task["state"] for task in client.tasks()} <= {"queued", "scored"}
    provider.otherwise = lambda _request: Reply()
    drain()
    assert len(client.feedback()) == 5


def test_judges_run_side_by_side_and_free_scorers_do_not_wait_for_them(
    client: ScoringClient, provider: LLMProvider, lone_worker: Callable[..., ScoringWorker]
) -> None:
    provider.otherwise = lambda _request: Reply(seconds=0.8)
    free = client.publish("ValidJSONScorer", builtin_scorer("ValidJSONScorer"))
    calls = client.complete([client.ended_call({}, "{}") for _ in range(8)])
    client.score(calls, [_judge(client), free])
    lone_worker(scoring_threads=8).start()
    _until(lambda: len(client.feedback()) >= 8)
    assert {row["feedback_type"] for row in client.feedback()} == {"wandb.runnable.ValidJSONScorer"}
    _until(lambda: len(client.feedback()) == 16, seconds=3)


def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
