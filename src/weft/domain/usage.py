"""Usage of calls with everything below them: tokens by model, and what they cost at the prices of their time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from weft.core.errors import InvalidRequest, TooLarge
from weft.core.identity import Project
from weft.domain.call_queries import call_filter
from weft.domain.costs import PriceSource, costs_of, tokens_of
from weft.domain.prices import price_source
from weft.domain.queue_items import queue_members
from weft.schemas.usage import CallsUsageReq, LLMAggregatedUsage, TraceUsageReq, UsageRes
from weft.storage.events.call_queries import CallSelection
from weft.storage.events.usage import CallUsage, trace_lengths, usage_of_calls, usage_of_traces
from weft.storage.stores import Stores

# How many calls are held at a time, as long as no single trace has more.
_CALLS_AT_A_TIME = 10_000
_COSTS = (
    "prompt_tokens_total_cost",
    "completion_tokens_total_cost",
    "cache_read_input_tokens_total_cost",
    "cache_creation_input_tokens_total_cost",
)

ModelTotals = dict[str, dict[str, Any]]
"""Model to the fields of LLMAggregatedUsage."""


def calls_usage(stores: Stores, project: Project, body: CallsUsageReq) -> UsageRes:
    """The usage of exactly the calls asked for, nothing for unknown ones; every call below them counts.

    Raises InvalidRequest for a limit below 1 and TooLarge when one of the traces has more calls than that.
    """
    if body.limit < 1:
        raise InvalidRequest("limit must be at least 1")
    engine = stores.calls.engine
    lengths = trace_lengths(engine, project.id, body.call_ids)
    if any(length > body.limit for length in lengths.values()):
        raise TooLarge(f"Request too large: a trace has more than {body.limit} calls")
    prices = price_source(stores, project.id) if body.include_costs else None
    totals: dict[str, ModelTotals] = {call_id: {} for call_id in body.call_ids}
    unfinished: list[str] = []
    for traces in _groups(lengths):
        calls = usage_of_traces(engine, project.id, traces)
        found = with_descendants(calls, prices)
        totals.update({call_id: found[call_id] for call_id in found.keys() & totals.keys()})
        unfinished += [call.id for call in calls if call.is_open]
    return _answer(totals, unfinished)


def trace_usage(stores: Stores, project: Project, body: TraceUsageReq) -> UsageRes:
    """The usage of the first calls that are selected, by the time they started; others do not count.

    Raises InvalidRequest and InvalidField for what cannot be asked.
    """
    query = body.query.tree() if body.query else None
    selection = CallSelection(
        project_id=project.id,
        filter=call_filter(project, body.filter),
        query=query,
        limit=body.limit,
        queue_members=queue_members(stores, project, query),
    )
    calls = usage_of_calls(stores.calls.engine, project.id, stores.call_queries.ids(selection))
    prices = price_source(stores, project.id) if body.include_costs else None
    totals = with_descendants(calls, prices)
    return _answer(totals, [call.id for call in calls if call.is_open])


def with_descendants(calls: Sequence[CallUsage], prices: PriceSource | None) -> dict[str, ModelTotals]:
    """Each call's own usage and that of all calls below it; a parent that is not among the calls is ignored.

    Costs are left out without prices, and never negative with them.
    """
    totals = {call.id: own_usage(call, prices) for call in calls}
    parents = {call.id: call.parent_id for call in calls if call.parent_id in totals}
    waiting = dict.fromkeys(totals, 0)
    for parent in parents.values():
        waiting[parent] += 1
    # From the leaves upwards: a call is added to its parent when all below it has been added to it. Calls that are
    # each other's ancestors never get there, and keep what hangs below them.
    done = [call_id for call_id, children in waiting.items() if children == 0]
    while done:
        call_id = done.pop()
        parent_id = parents.get(call_id)
        if parent_id is None:
            continue
        _add(totals[parent_id], totals[call_id])
        waiting[parent_id] -= 1
        if waiting[parent_id] == 0:
            done.append(parent_id)
    return totals


def own_usage(call: CallUsage, prices: PriceSource | None) -> ModelTotals:
    """What a call itself reports, by models with any counter; a missing total is prompt and completion together."""
    costs = costs_of(call.usage, call.started_at, prices) if prices else {}
    totals: ModelTotals = {}
    for model, counts in call.usage.items():
        if not isinstance(counts, Mapping) or not counts:
            continue
        tokens: dict[str, Any] = tokens_of(counts)
        tokens["total_tokens"] = tokens["total_tokens"] or tokens["prompt_tokens"] + tokens["completion_tokens"]
        if prices:
            cost = costs.get(model, {})
            tokens |= {name: max(0.0, cost.get(name, 0.0)) for name in _COSTS}
        totals[model] = tokens
    return totals


def _add(total: ModelTotals, more: ModelTotals) -> None:
    for model, numbers in more.items():
        known = total.get(model, {})
        total[model] = {name: known.get(name, 0) + number for name, number in numbers.items()}


def _groups(lengths: Mapping[str, int]) -> Iterable[list[str]]:
    """The traces in portions that can be held at a time."""
    group: list[str] = []
    size = 0
    for trace_id, length in lengths.items():
        if group and size + length > _CALLS_AT_A_TIME:
            yield group
            group, size = [], 0
        group.append(trace_id)
        size += length
    if group:
        yield group


def _answer(totals: Mapping[str, ModelTotals], unfinished: Iterable[str]) -> UsageRes:
    usage = {
        call_id: {model: LLMAggregatedUsage.model_construct(**numbers) for model, numbers in models.items()}
        for call_id, models in totals.items()
    }
    return UsageRes(call_usage=usage, unfinished_call_ids=sorted(unfinished))
