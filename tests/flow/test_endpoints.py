"""A dead LLM endpoint keeps its own tasks waiting; those that ask another one, or none, go on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.evaluation_objects import EvaluationClient
from tests.llm_provider import LLMProvider, Reply
from tests.scoring_fixtures import provider, running_provider, scoring_app, scoring_services
from tests.scoring_objects import builtin_scorer, judge, judge_model
from weft.scoring.worker import ScoringWorker
from weft.services import Services

__all__ = ["provider", "running_provider", "scoring_app", "scoring_services"]

CALLS = 30
LIMIT = 3


@pytest.fixture
def client(scoring_app: tuple[FastAPI, TestClient], project: str) -> EvaluationClient:
    return EvaluationClient(scoring_app[1], project)


@pytest.fixture
def dead() -> Iterator[LLMProvider]:
    provider = LLMProvider()
    provider.otherwise = lambda _request: Reply(status=503)
    yield provider
    provider.close()


@pytest.fixture
def worker(request: pytest.FixtureRequest, scoring_services: Services, dead: LLMProvider) -> Iterator[ScoringWorker]:
    """A worker that pauses for a second, or as many as the test says."""
    changes = {
        "scoring_stop_after": LIMIT,
        "scoring_pause_seconds": getattr(request, "param", 1.0),
        "scoring_max_attempts": 50,
        "scoring_threads": 4,
        "llm_allowed_hosts": [dead.host],
    }
    worker = ScoringWorker(scoring_services.stores, scoring_services.settings.model_copy(update=changes))
    yield worker
    worker.stop()


def _elsewhere(client: EvaluationClient, base_url: str) -> dict[str, Any]:
    """A model of a custom provider."""
    bases = ["BaseObject", "BaseModel"]
    provider = {"name": "mine", "base_url": base_url, "api_key_name": "", "extra_headers": {}}
    stored = client.publish("mine", {**provider, "_class_name": "Provider", "_type": "Provider", "_bases": bases})
    model = {"name": "tiny", "provider": stored.rpartition(":")[2], "max_tokens": 10}
    client.publish("mine-tiny", {**model, "_class_name": "ProviderModel", "_type": "ProviderModel", "_bases": bases})
    return judge_model("custom::mine::tiny", response_format="text")


def _until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# Each pause ends with one try that counts, and tasks have three.
@pytest.mark.parametrize("worker", [600.0], indirect=True)
def test_other_tasks_go_on_while_those_of_a_dead_endpoint_wait(
    client: EvaluationClient, provider: LLMProvider, dead: LLMProvider, worker: ScoringWorker
) -> None:
    lost = client.publish("lost", judge(_elsewhere(client, dead.url), "{output}"))
    calls = client.complete([client.ended_call({}, "{}") for _ in range(CALLS)])
    client.score(calls, [lost])
    worker.start()
    _until(lambda: worker.status().state == "paused")
    assert f"Tasks that ask {dead.host} wait" in worker.status().reason
    provider.otherwise = lambda _request: Reply(json.dumps({"ok": True}))
    free = client.publish("ValidJSONScorer", builtin_scorer("ValidJSONScorer"))
    client.score(calls, [client.judge("good", "{output}"), free])
    evaluation = client.evaluation(client.dataset([{"user_input": "x"}]), [free])
    run_id = client.evaluate(evaluation, client.model())
    _until(lambda: len(client.tasks(state="scored")) == 2 * CALLS + 1)
    _until(lambda: client.status(run_id)["code"] == "complete")
    # A handful of tries, not one for each task and attempt.
    assert len(dead.requests) < CALLS
    waiting = [task for task in client.tasks() if task["scorer_ref"] == lost]
    assert {task["state"] for task in waiting} <= {"queued", "retrying", "running"}
    assert any(dead.host in (task["reason"] or "") for task in waiting)


def test_rows_of_a_run_wait_for_their_endpoint_and_are_done_when_it_is_back(
    client: EvaluationClient, provider: LLMProvider, dead: LLMProvider, worker: ScoringWorker
) -> None:
    model = client.publish("elsewhere", _elsewhere(client, dead.url))
    rows = [{"user_input": f"q{number}"} for number in range(12)]
    run_id = client.evaluate(client.evaluation(client.dataset(rows), []), model)
    worker.start()
    _until(lambda: worker.status().state == "paused")
    assert client.status(run_id)["code"] == "running"
    dead.otherwise = lambda _request: Reply("an answer")
    _until(lambda: client.status(run_id)["code"] == "complete")
    assert {task["state"] for task in client.tasks()} == {"scored", "done"}
    assert worker.status().state == "working"
