"""Prices of models and the costs they make, threads by their turns, usage along the tree, statistics, sizes."""

from __future__ import annotations

import datetime
import importlib
import os
from typing import Any

import weave
from checking import eventually, exactly, report

client = weave.init(os.environ["PROJECT"])
PROJECT = f"{client.entity}/{client.project}"
MODEL = "loom-model"


@weave.op
def complete(prompt: str) -> dict:
    return {"model": MODEL, "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}}


@weave.op
def answer(prompt: str) -> int:
    return sum(complete(part)["usage"]["total_tokens"] for part in prompt.split())


def ask(name: str, kind: str, **fields: Any) -> Any:
    """Call a method of the client's server with what this version of the client wants to be given."""
    body: Any = {"project_id": PROJECT, **fields}
    if not weave.__version__.startswith("0.54"):
        place = "weave.trace_server" if weave.__version__.startswith("0.52") else "weave.shared"
        body = getattr(importlib.import_module(f"{place}.trace_server_interface"), kind)(**body)
    return getattr(client.server, name)(body)


def plain(value: Any) -> Any:
    return value.model_dump() if hasattr(value, "model_dump") else value


def prices() -> dict:
    early = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    made = client.add_cost(MODEL, 0.5, 2.0, effective_date=early)
    ((price_id, model),) = made.ids
    assert model == MODEL
    client.add_cost("another", 1.0, 1.0)
    assert {price.llm_id for price in client.query_costs()} == {MODEL, "another"}
    (listed,) = client.query_costs(llm_ids=[MODEL])
    assert (listed.id, listed.prompt_token_cost, listed.completion_token_cost) == (price_id, 0.5, 2.0)
    assert [price.id for price in client.query_costs(price_id)] == [price_id]
    assert len(client.query_costs(limit=1, offset=1)) == 1
    (other,) = client.query_costs(llm_ids=["another"])
    client.purge_costs(other.id)
    assert [price.llm_id for price in client.query_costs()] == [MODEL]
    return {"price": price_id}


def conversations() -> list[str]:
    roots = []
    for thread, prompts in (("first", ("one two", "three")), ("second", ("four",))):
        with weave.thread(thread):
            for prompt in prompts:
                _, call = answer.call(prompt)
                roots.append(call.id)
    client.flush()
    exactly(7, lambda: [call for call in client.get_calls() if call.ended_at])
    return roots


def costs(roots: list[str]) -> None:
    calls = client.get_calls(filter={"trace_roots_only": False}, include_costs=True)
    priced = [call.summary["weave"]["costs"][MODEL] for call in calls if call.parent_id]
    assert [(cost["prompt_tokens_total_cost"], cost["completion_tokens_total_cost"]) for cost in priced] == [
        (50.0, 40.0)
    ] * 4, priced


def threads(roots: list[str]) -> None:
    found = {item.thread_id: plain(item) for item in ask("threads_query_stream", "ThreadsQueryReq")}
    assert {name: thread["turn_count"] for name, thread in found.items()} == {"first": 2, "second": 1}
    assert (found["first"]["first_turn_id"], found["first"]["last_turn_id"]) == (roots[0], roots[1])
    assert found["second"]["p50_turn_duration_ms"] == found["second"]["p99_turn_duration_ms"] > 0
    newest = [{"field": "last_updated", "direction": "desc"}]
    (one,) = ask("threads_query_stream", "ThreadsQueryReq", sort_by=newest, limit=1)
    assert one.thread_id == "second"


def figures(roots: list[str]) -> dict:
    usage = plain(ask("calls_usage", "CallsUsageReq", call_ids=roots[:1], include_costs=True))
    (models,) = usage["call_usage"].values()
    assert models[MODEL]["completion_tokens_total_cost"] >= 80.0, usage
    assert usage["unfinished_call_ids"] == []
    traces = plain(ask("trace_usage", "TraceUsageReq", filter={"trace_roots_only": True}))
    assert set(traces["call_usage"]) == set(roots)
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    start = start.isoformat() if weave.__version__.startswith("0.54") else start
    sizes = plain(ask("project_stats", "ProjectStatsReq"))
    assert sizes["trace_storage_size_bytes"] > 0, sizes
    if not weave.__version__.startswith("0.52"):
        metrics = {"call_metrics": [{"metric": "call_count"}], "usage_metrics": [{"metric": "input_tokens"}]}
        stats = plain(ask("call_stats", "CallStatsReq", start=start, **metrics))
        assert sum(bucket["sum_call_count"] for bucket in stats["call_buckets"]) == 7, stats
        assert sum(bucket["sum_input_tokens"] for bucket in stats["usage_buckets"]) >= 400, stats
    return sizes


made = prices()
turns = conversations()
costs(turns)
eventually(lambda: threads(turns) is None)
report(project=PROJECT, sizes=figures(turns), **made)
