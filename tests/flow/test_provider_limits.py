"""Providers that ask for a pause, or never answer: who waits for them, for how long, and who does not.

Tasks are left behind that wait, so nothing here waits for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.llm_provider import LLMProvider, Reply
from tests.scoring_fixtures import client, provider, running_provider, scoring_app, scoring_services
from tests.scoring_objects import ScoringClient, builtin_scorer, judge, judge_model
from weft.scoring.worker import ScoringWorker
from weft.services import Services

__all__ = ["client", "provider", "running_provider", "scoring_app", "scoring_services"]


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


def _judge(client: ScoringClient) -> str:
    return client.publish("judge", judge(judge_model(response_format="json_object"), "Rate {output}"))


def _elsewhere(client: ScoringClient, base_url: str) -> str:
    """A judge that asks a provider stored in the project."""
    bases = ["BaseObject", "BaseModel"]
    provider = {"name": "mine", "base_url": base_url, "api_key_name": "", "extra_headers": {}}
    stored = client.publish("mine", {**provider, "_class_name": "Provider", "_type": "Provider", "_bases": bases})
    model = {"name": "tiny", "provider": stored.rpartition(":")[2], "max_tokens": 10}
    client.publish("mine-tiny", {**model, "_class_name": "ProviderModel", "_type": "ProviderModel", "_bases": bases})
    return client.publish("judge", judge(judge_model("custom::mine::tiny"), "{output}"))


def test_when_one_call_is_limited_all_others_of_the_endpoint_wait_as_long_as_it_asks(
    client: ScoringClient, provider: LLMProvider, lone_worker: Callable[..., ScoringWorker]
) -> None:
    provider.script.append(Reply(status=429, headers={"retry-after": "600"}))
    provider.otherwise = lambda _request: Reply(seconds=0.2)
    free = client.publish("ValidJSONScorer", builtin_scorer("ValidJSONScorer"))
    worker = lone_worker(scoring_endpoint_threads=1, scoring_max_attempts=3)
    calls = client.complete([client.ended_call({}, "{}") for _ in range(20)])
    client.score(calls, [_judge(client)])
    worker.start()
    _until(lambda: sum("answered 429" in (task["reason"] or "") for task in client.tasks()) == 20)
    client.score(calls, [free])
    _until(lambda: len(client.feedback()) == 20)
    assert len(provider.requests) == 1
    waiting = [task for task in client.tasks() if "ValidJSON" not in task["scorer_ref"]]
    assert {task["state"] for task in waiting} == {"queued", "retrying"}
    assert sum("wait as it asks for" in task["reason"] for task in waiting) == 19
    soonest = min(datetime.fromisoformat(task["next_attempt_at"]) for task in waiting)
    assert soonest > datetime.now(UTC) + timedelta(seconds=300)


def test_a_limit_that_passes_costs_no_score(
    client: ScoringClient, provider: LLMProvider, lone_worker: Callable[..., ScoringWorker]
) -> None:
    provider.script += [Reply(status=429, headers={"retry-after-ms": "200"})] * 2
    client.score(client.complete([client.ended_call({}, "{}") for _ in range(10)]), [_judge(client)])
    lone_worker(scoring_endpoint_threads=2).start()
    _until(lambda: len(client.feedback()) == 10)
    assert {task["state"] for task in client.tasks()} == {"scored"}


def test_a_provider_that_never_answers_leaves_threads_and_room_to_the_others(
    client: ScoringClient, provider: LLMProvider, lone_worker: Callable[..., ScoringWorker]
) -> None:
    slow = LLMProvider()
    slow.otherwise = lambda _request: Reply(seconds=600)
    worker = lone_worker(
        scoring_threads=6,
        scoring_endpoint_threads=3,
        scoring_batch=32,
        llm_timeout_seconds=120.0,
        llm_allowed_hosts=[slow.host],
        shutdown_seconds=0,
    )
    try:
        calls = client.complete([client.ended_call({}, "{}") for _ in range(60)])
        client.score(calls, [_elsewhere(client, slow.url)])
        worker.start()
        _until(lambda: len(slow.requests) == 3)
        client.score(calls, [_judge(client)])
        _until(lambda: len(client.feedback()) == 60, seconds=60)
        assert len(slow.requests) == 3
    finally:
        slow.close()


def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
