"""What judges cost, and whose keys they use: the tokens of their answers, the secrets of the project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.llm_provider import USAGE, LLMProvider, Reply, completion
from tests.scoring_fixtures import (
    PROVIDER_KEY,
    client,
    drain,
    provider,
    running_provider,
    scoring_app,
    scoring_services,
)
from tests.scoring_objects import ScoringClient, judge, judge_model

__all__ = ["client", "drain", "provider", "running_provider", "scoring_app", "scoring_services"]

Drain = Callable[[], None]


def _judge(client: ScoringClient, model: str = "openai/gpt-4o", **params: Any) -> str:
    return client.publish(
        "judge", judge(judge_model(model, **{"response_format": "json_object", **params}), "{output}")
    )


def _usages(client: ScoringClient) -> dict[str, Any]:
    calls = client.calls()
    return {call["op_name"].rpartition("/")[2].partition(":")[0]: call["summary"].get("usage") for call in calls}


def test_the_tokens_of_an_answer_are_counted_in_the_score_and_in_the_model_s_call(
    client: ScoringClient, drain: Drain, provider: LLMProvider
) -> None:
    body = completion('{"score": 1}')
    body["usage"] |= {"prompt_tokens_details": {"cached_tokens": 4}}
    provider.script.append(Reply(body=body))
    client.score([client.call({}, "x")], [_judge(client)])
    drain()
    used = {"gpt-4o-2024-08-06": {"requests": 1, **USAGE, "cache_read_input_tokens": 4}}
    usages = _usages(client)
    assert usages["LLMAsAJudgeScorer.score"] == usages["LLMStructuredCompletionModel.predict"] == used


def test_a_score_has_costs(client: ScoringClient, drain: Drain, provider: LLMProvider) -> None:
    provider.script.append(Reply(body=completion('{"score": 1}')))
    client.score([client.call({}, "x")], [_judge(client)])
    drain()
    body = {"project_id": client.project, "include_costs": True}
    answer = client.client.post("/calls/stream_query", json=body)
    assert answer.text.count('"prompt_tokens_total_cost"') == 2


def test_an_answer_that_is_worth_nothing_was_paid_for(
    client: ScoringClient, drain: Drain, provider: LLMProvider
) -> None:
    provider.otherwise = lambda _request: Reply(body=completion("no json"))
    client.score([client.call({}, "x")], [_judge(client)])
    drain()
    used = {"gpt-4o-2024-08-06": {"requests": 3, **{name: 3 * count for name, count in USAGE.items()}}}
    usages = _usages(client)
    assert usages["LLMStructuredCompletionModel.predict"] == usages["LLMAsAJudgeScorer.score"] == used


def test_an_answer_without_counts_is_a_request(client: ScoringClient, drain: Drain, provider: LLMProvider) -> None:
    provider.script.append(Reply(usage=None))
    client.score([client.call({}, "x")], [_judge(client)])
    drain()
    nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    assert _usages(client)["LLMAsAJudgeScorer.score"] == {"gpt-4o": {"requests": 1, **nothing}}


def _secret(client: ScoringClient, name: str, value: str, host: str) -> None:
    path = f"/weft/v1/projects/{client.project}/secrets/{name}"
    assert client.client.put(path, json={"value": value, "hosts": [host]}).status_code == 200


def test_a_judge_of_a_custom_runtime_uses_the_project_s_secret(
    client: ScoringClient, drain: Drain, provider: LLMProvider
) -> None:
    runtime = {"base_url": "https://llm.example.com/v1", "runtime_ids": [{"id": "tiny"}], "api_key_secret": "MINE"}
    answer = client.client.put(f"/v2/{client.project}/runtimes/own", json=runtime)
    model = answer.json()["runtime_ids"][0]["playground_id"]
    client.score([client.call({}, "x")], [_judge(client, model)])
    drain()
    assert client.tasks()[0]["reason"] == f"No API key MINE found for model {model}"
    _secret(client, "MINE", "own-key-0123456789", "elsewhere.example.com")
    client.post("/weft/v1/scoring/retry", {"project_id": client.project, "task_ids": [client.tasks()[0]["id"]]})
    drain()
    assert client.tasks()[0]["reason"] == "The secret MINE may not be sent to llm.example.com"
    assert provider.requests == []


def test_a_known_model_without_a_key_goes_to_the_gateway(
    client: ScoringClient, drain: Drain, provider: LLMProvider
) -> None:
    client.score([client.call({}, "x")], [_judge(client, "anthropic/claude-x")])
    drain()
    assert provider.requests[0]["model"] == "anthropic/claude-x"
    assert provider.headers[0]["authorization"] == f"Bearer {PROVIDER_KEY}"


@pytest.mark.parametrize("model", ["", "custom::a", "custom::a::b", "m" * 2000])
def test_a_model_that_is_none_fails_for_good(
    client: ScoringClient, drain: Drain, provider: LLMProvider, model: str
) -> None:
    client.score([client.call({}, "x")], [_judge(client, model)])
    drain()
    assert (client.tasks()[0]["state"], client.tasks()[0]["attempts"]) == ("failed", 1)
    assert provider.requests == []
