"""Stories of what is computed from calls: prices and costs, usage along the tree, threads, statistics, sizes."""

from __future__ import annotations

from typing import Any

from tests.contract.differential.telling import Teller, at, chosen_id

EARLY, LATE = "2023-01-01T00:00:00Z", "2024-06-01T00:00:00+02:00"


def prices_kept(tell: Teller) -> None:
    """What a price is made of, and what is refused."""
    _price(tell, "two", m=_cost(0.1, 0.2), n=_cost(1, 2, cache_read_input_token_cost=0.5, provider_id="p"))
    _price(tell, "later", m=_cost(0.3, 0.4, effective_date=LATE))
    _price(tell, "nulls", x=_cost(1, 1, provider_id=None, prompt_token_cost_unit=None, effective_date=EARLY))
    _price(tell, "none")
    _price(tell, "empty name", **{"": _cost(0, 0)})
    _price(tell, "no completion", m={"prompt_token_cost": 1})
    _price(tell, "text", m=_cost("cheap", 1))
    _price(tell, "bad date", m=_cost(1, 1, effective_date="yesterday"))
    tell.post("no costs", "/cost/create", {})
    _listed(tell, "all")


def prices_queried(tell: Teller) -> None:
    """Fields, orders, pages and conditions of prices."""
    _price(tell, "first", a=_cost(3, 1), b=_cost(1, 2, provider_id="p"), c=_cost(2, 2))
    _listed(tell, "two fields", fields=["llm_id", "prompt_token_cost"])
    _listed(tell, "hidden field", fields=["llm_id", "pricing_level"])
    _listed(tell, "no fields", fields=[])
    _listed(tell, "unknown field", fields=["nosuch"])
    for direction in ("asc", "desc"):
        _listed(tell, f"by price {direction}", sort_by=[{"field": "prompt_token_cost", "direction": direction}])
    several = [{"field": "completion_token_cost", "direction": "desc"}, {"field": "llm_id", "direction": "desc"}]
    _listed(tell, "by two", sort_by=several)
    _listed(tell, "unknown sort", sort_by=[{"field": "nosuch", "direction": "asc"}])
    for page in ({"limit": 1}, {"limit": 1, "offset": 1}, {"offset": 2}, {"limit": 0}, {"limit": -1}):
        _listed(tell, f"page {page}", **page)
    same = {"$eq": [{"$literal": "1"}, {"$literal": "1"}]}
    one = {"$in": [{"$getField": "llm_id"}, [{"$literal": "b"}, {"$literal": "z"}]]}
    for label, expression in {
        "always": same,
        "never": {"$eq": [{"$literal": "1"}, {"$literal": "2"}]},
        "some": one,
        "both": {"$and": [same, one]},
        "either": {"$or": [one, {"$eq": [{"$getField": "provider_id"}, {"$literal": "default"}]}]},
        "not": {"$not": [one]},
        "above": {"$gt": [{"$getField": "prompt_token_cost"}, {"$literal": 1.5}]},
        "contains": {
            "$contains": {"input": {"$getField": "llm_id"}, "substr": {"$literal": "B"}, "case_insensitive": True}
        },
        "level": {"$eq": [{"$getField": "pricing_level"}, {"$literal": "project"}]},
        "null": {"$eq": [{"$getField": "prompt_token_cost"}, {"$literal": None}]},
        "unknown": {"$eq": [{"$getField": "nosuch"}, {"$literal": 1}]},
    }.items():
        _listed(tell, f"query {label}", query={"$expr": expression})


def prices_purged(tell: Teller) -> None:
    """The forms a purge may have."""
    ids = _price(tell, "first", a=_cost(1, 1), b=_cost(1, 1), c=_cost(1, 1), d=_cost(1, 1))

    def is_id(model: str) -> dict[str, Any]:
        return {"$eq": [{"$getField": "id"}, {"$literal": ids[model]}]}

    for label, expression in {
        "one": is_id("a"),
        "or": {"$or": [is_id("b")]},
        "in": {"$in": [{"$getField": "id"}, [{"$literal": ids["c"]}, {"$literal": "unknown"}]]},
        "in nothing": {"$in": [{"$getField": "id"}, []]},
        "by model": {"$eq": [{"$getField": "llm_id"}, {"$literal": "d"}]},
        "number": {"$in": [{"$getField": "id"}, [{"$literal": 1}]]},
        "and": {"$and": [is_id("d")]},
        "turned": {"$eq": [{"$literal": ids["d"]}, {"$getField": "id"}]},
    }.items():
        tell.post(f"purge {label}", "/cost/purge", {"query": {"$expr": expression}})
    tell.post("purge without query", "/cost/purge", {})
    _listed(tell, "left")


def figures_costs(tell: Teller) -> None:
    """Which price a call gets, and what it makes of the tokens."""
    _price(tell, "early", m=_cost(1, 10, effective_date=EARLY, cache_read_input_token_cost=0.5))
    _price(tell, "late", m=_cost(2, 20, effective_date="2024-01-01T00:01:00Z"), n=_cost(3, 30, effective_date=LATE))
    usage = {"prompt_tokens": 100, "input_tokens": 5, "output_tokens": 7, "cache_read_input_tokens": 40}
    for number, second in enumerate((30, 90), 1):
        _call(tell, number, second, second + 1, usage={"m": usage, "n": {"completion_tokens": 2}, "free": usage})
    tell.post("costs", "/calls/query", {"include_costs": True, "columns": ["summary"]})
    tell.keep(lambda answer: [_numbers(call["summary"]["weave"]["costs"]) for call in answer["calls"]])


def figures_usage(tell: Teller) -> None:
    """Usage of a call with what is below it."""
    _tree(tell)
    first, second, third, running = (chosen_id(number) for number in (1, 2, 3, 4))
    for label, body in {
        "root": {"call_ids": [first]},
        "several": {"call_ids": [first, second, third, "unknown"]},
        "running": {"call_ids": [running]},
        "none": {"call_ids": []},
        "limit": {"call_ids": [first], "limit": 3},
        "over limit": {"call_ids": [first], "limit": 2},
        "limit 0": {"call_ids": [first], "limit": 0},
        "no ids": {},
    }.items():
        tell.post(f"calls {label}", "/calls/usage", body)
    for label, body in {
        "all": {},
        "of a trace": {"filter": {"trace_ids": [chosen_id(100)]}},
        "without parent": {"filter": {"call_ids": [second, running]}},
        "limit": {"limit": 1},
        "query": {"query": {"$expr": {"$eq": [{"$getField": "exception"}, {"$literal": "broke"}]}}},
    }.items():
        tell.post(f"trace {label}", "/trace/usage", body)


def figures_threads(tell: Teller) -> None:
    """Threads of turns, in every order."""
    _thread_call(tell, 1, 1, 20, "a")
    _thread_call(tell, 2, 2, 10, "a")
    _thread_call(tell, 3, 3, 4, "a", turn_id=chosen_id(1))
    _thread_call(tell, 4, 5, 6, "b")
    _thread_call(tell, 5, 6, 7, None)
    _thread_call(tell, 6, 6, 7, "")
    _threads(tell, "all")
    for field in ("thread_id", "turn_count", "start_time", "last_updated", "p50_turn_duration_ms"):
        for direction in ("asc", "desc"):
            _threads(tell, f"by {field} {direction}", sort_by=[{"field": field, "direction": direction}])
    _threads(tell, "by turn", sort_by=[{"field": "first_turn_id", "direction": "asc"}])
    _threads(tell, "after", filter={"after_datetime": at(1)})
    _threads(tell, "before", filter={"before_datetime": at(5)})
    _threads(tell, "between", filter={"after_datetime": at(1), "before_datetime": at(5), "thread_ids": ["a", "b"]})
    _threads(tell, "no ids", filter={"thread_ids": []})
    _threads(tell, "nulls", filter=None, limit=None, offset=None, sort_by=None)
    for page in ({"limit": 1}, {"limit": 1, "offset": 1}, {"limit": 0}, {"offset": 5}, {"limit": -1}, {"offset": -1}):
        _threads(tell, f"page {page}", **page)
    _thread_call(tell, 7, 8, None, "running")
    _threads(tell, "with a running one")


def figures_statistics(tell: Teller) -> None:
    """Statistics where both halves of the reference agree: one bucket, aligned, every model in it."""
    _tree(tell)
    every = ["sum", "avg", "min", "max", "count"]
    span = {"start": "2024-01-01T00:00:00Z", "end": "2024-01-01T01:00:00Z", "granularity": 3600}
    for label, body in {
        "tokens": {"usage_metrics": [{"metric": "input_tokens", "aggregations": every}, {"metric": "total_tokens"}]},
        "latency": {"call_metrics": [{"metric": "latency_ms", "aggregations": every, "percentiles": [0, 100]}]},
        "calls": {"call_metrics": [{"metric": "call_count"}, {"metric": "error_count", "aggregations": every}]},
        "roots": {"call_metrics": [{"metric": "call_count"}], "filter": {"trace_roots_only": True}},
        "turned": {"start": span["end"], "end": span["start"]},
        "too long": {"end": "2024-02-02T00:00:00Z"},
        "unknown metric": {"call_metrics": [{"metric": "input_tokens"}]},
        "zone": {"timezone": "Nowhere/Land", "call_metrics": [{"metric": "call_count"}]},
        "width 0": {"granularity": 0, "call_metrics": [{"metric": "call_count"}]},
    }.items():
        tell.post(label, "/calls/stats", {**span, **body})


def figures_sizes(tell: Teller) -> None:
    """What a project stores, kind by kind."""
    _call(tell, 1, 1, 2)
    tell.post("all", "/project/stats", {})
    tell.post("nulls", "/project/stats", {"include_trace_storage_size": None})
    flags = [f"include_{kind}_storage_size" for kind in ("trace", "object", "table", "file")]
    tell.post("nothing", "/project/stats", dict.fromkeys(flags, False))
    tell.post("not traces", "/project/stats", {flags[0]: False})


def _cost(prompt: Any, completion: float, **more: Any) -> dict[str, Any]:
    dated = {"effective_date": EARLY, **more}
    return {"prompt_token_cost": prompt, "completion_token_cost": completion, **dated}


def _price(tell: Teller, step: str, **costs: Any) -> dict[str, str]:
    answer = tell.post(f"create {step}", "/cost/create", {"costs": costs})
    ids = {model: price_id for price_id, model in answer["ids"]} if "ids" in answer else {}
    for model, price_id in ids.items():
        tell.name(price_id, f"{step} price of {model}")
    tell.note_again()
    return ids


def _listed(tell: Teller, step: str, **asked: Any) -> None:
    tell.post(f"list {step}", "/cost/query", asked)


def _call(
    tell: Teller, number: int, start: float, end: float | None, usage: dict[str, Any] | None = None, **more: Any
) -> None:
    call = {
        "project_id": tell.project,
        "id": chosen_id(number),
        "trace_id": chosen_id(100),
        "op_name": "op",
        "started_at": at(start),
        "attributes": {},
        "inputs": {},
        **more,
    }
    if end is None:
        tell.post(f"start {number}", "/call/start", {"start": call})
        return
    ended = {"ended_at": at(end), "summary": {"usage": usage} if usage else {}}
    tell.v2(f"complete {number}", "POST", "/calls/complete", {"batch": [{**call, **ended}]})


def _tree(tell: Teller) -> None:
    _call(tell, 1, 10, 11.25, {"m": {"prompt_tokens": 10, "input_tokens": 5, "total_tokens": 17, "requests": 1}})
    _call(tell, 2, 20, 23, {"m": {"prompt_tokens": 20, "output_tokens": 3}, "n": {}}, parent_id=chosen_id(1))
    _call(tell, 3, 30, 31, {"m": {"total_tokens": 7}}, parent_id=chosen_id(2), exception="broke")
    _call(tell, 4, 40, None, trace_id=chosen_id(101))


def _thread_call(tell: Teller, number: int, start: float, end: float | None, thread: str | None, **more: Any) -> None:
    turn = {"thread_id": thread, "turn_id": chosen_id(number), **more}
    _call(tell, number, start, end, **turn)


def _threads(tell: Teller, step: str, **asked: Any) -> None:
    tell.post(f"threads {step}", "/threads/stream_query", asked)


def _numbers(costs: dict[str, Any]) -> dict[str, Any]:
    """What is counted and computed; who made a price, and when, is each server's own."""
    own = ("effective_date", "created_at", "created_by", "pricing_level_id")
    return {model: {key: value for key, value in cost.items() if key not in own} for model, cost in costs.items()}
