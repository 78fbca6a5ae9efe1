"""What the worker counts: attempts, ends by class of reason, how long scorers took, tokens and what they cost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.llm_provider import LLMProvider, Reply, completion
from tests.scoring_fixtures import client, provider, running_provider, scoring_app, scoring_services
from tests.scoring_objects import ScoringClient, builtin_scorer, judge, judge_model
from tests.unit.test_metrics import value
from weft.core.metrics import Metrics
from weft.scoring.worker import ScoringWorker
from weft.services import Services

__all__ = ["client", "provider", "running_provider", "scoring_app", "scoring_services"]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def _drain(services: Services, metrics: Metrics) -> ScoringWorker:
    worker = ScoringWorker(services.stores, services.settings, metrics)
    assert worker.drain(60), "the worker did not come to an end"
    worker.stop()
    return worker


def _judge(client: ScoringClient, **params: Any) -> str:
    model = client.publish("m", judge_model(**{"response_format": "json_object", **params}))
    return client.publish("judge", judge(model, "Rate {output}"))


def _ended(metrics: Metrics, state: str, reason: str) -> float | None:
    return value(metrics, "weft_scoring_outcomes_total", kind="score", state=state, reason=reason)


def test_a_judge_is_counted_with_its_tokens_and_their_price(
    client: ScoringClient, scoring_services: Services, provider: LLMProvider, metrics: Metrics
) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    provider.otherwise = lambda _request: Reply(body={**completion('{"score": 1}', model="gpt-4o"), "usage": usage})
    client.score([client.call({"q": 1}, "a"), client.call({"q": 2}, "b")], [_judge(client)])
    _drain(scoring_services, metrics)
    assert value(metrics, "weft_scoring_attempts_total", kind="score") == 2
    assert _ended(metrics, "scored", "") == 2
    assert value(metrics, "weft_scorer_duration_seconds_count", scorer="judge", result="ok") == 2
    assert value(metrics, "weft_scorer_tokens_total", scorer="judge", direction="prompt") == 2000
    assert value(metrics, "weft_scorer_tokens_total", scorer="judge", direction="completion") == 1000
    # 2.50 and 10 dollars a million.
    cost = value(metrics, "weft_scorer_cost_usd_total", scorer="judge")
    assert cost == pytest.approx(2 * (1000 * 2.5e-6 + 500 * 1e-5))
    assert value(metrics, "weft_scoring_tasks_running") == 0


def test_ends_are_counted_by_the_class_of_their_reason(
    client: ScoringClient, scoring_services: Services, provider: LLMProvider, metrics: Metrics
) -> None:
    provider.otherwise = lambda _request: Reply(status=500, body={"error": "down"})
    scorer = client.publish("length", builtin_scorer("ValidJSONScorer"))
    client.score([client.call({"q": 1}, "a")], [_judge(client)])
    client.score([client.call({"q": 1}, {"no": "text"})], [scorer])
    client.score(["never-there"], [scorer])
    _drain(scoring_services, metrics)
    assert _ended(metrics, "retrying", "world_is_slow") == 2
    assert _ended(metrics, "failed", "world_is_slow") == 1
    assert _ended(metrics, "failed", "cannot_work") == 1
    assert _ended(metrics, "failed", "not_there_yet") == 1
    assert value(metrics, "weft_scorer_duration_seconds_count", scorer="judge", result="failed") == 3


def test_open_breakers_are_shown(
    client: ScoringClient, scoring_services: Services, provider: LLMProvider, metrics: Metrics
) -> None:
    provider.otherwise = lambda _request: Reply(status=503, body={"error": "down"})
    impatient = scoring_services.settings.model_copy(update={"scoring_stop_after": 1, "scoring_pause_seconds": 600.0})
    worker = ScoringWorker(scoring_services.stores, impatient, metrics)
    client.score([client.call({"q": 1}, "a")], [_judge(client)])
    worker.drain(0.0)
    while not value(metrics, "weft_scoring_breakers_open", of="endpoint"):
        worker.drain(0.05)
    assert value(metrics, "weft_scoring_breakers_open", of="endpoint") == 1
    assert value(metrics, "weft_scoring_breakers_open", of="worker") == 0
    worker.stop()


def test_a_task_that_waits_for_its_call_is_counted_as_waiting(
    client: ScoringClient, scoring_services: Services, metrics: Metrics
) -> None:
    patient = scoring_services.settings.model_copy(update={"scoring_missing_seconds": 3600.0})
    worker = ScoringWorker(scoring_services.stores, patient, metrics)
    client.score(["never-there"], [client.publish("s", builtin_scorer("ValidJSONScorer"))])
    while not _ended(metrics, "waiting", "not_there_yet"):
        worker.drain(0.05)
    assert _ended(metrics, "failed", "not_there_yet") is None
    worker.stop()
