"""What the threads of a page took: tokens, costs and failed turns. Which threads there are is threads.py's."""

from __future__ import annotations

from typing import Any

from weft.core.identity import Project
from weft.domain.call_stats import input_cost, output_cost
from weft.domain.costs import Price, todays_price, tokens_of
from weft.domain.prices import price_source
from weft.schemas.threads import ThreadsUsageReq, ThreadsUsageRes, ThreadUsage
from weft.storage.events.thread_usage import failed_turns, tokens_of_threads
from weft.storage.stores import Stores


def usage_of_threads(stores: Stores, project: Project, body: ThreadsUsageReq) -> ThreadsUsageRes:
    """One entry for each thread asked for, in that order; at today's prices, and null where no model has one."""
    engine = stores.calls.engine
    found = {name: ThreadUsage(thread_id=name) for name in dict.fromkeys(body.thread_ids)}
    if not found:
        return ThreadsUsageRes(threads=[])
    prices = price_source(stores, project.id)
    for row in tokens_of_threads(engine, project.id, list(found)):
        tokens = tokens_of(row)
        entry = found[row["thread_id"]]
        entry.input_tokens += tokens["prompt_tokens"]
        entry.output_tokens += tokens["completion_tokens"]
        entry.total_tokens += tokens["total_tokens"] or tokens["prompt_tokens"] + tokens["completion_tokens"]
        price = todays_price(prices(row["model"]))
        if price is not None:
            entry.cost = (entry.cost or 0.0) + _cost(tokens, price)
    for thread_id, failed in failed_turns(engine, project.id, list(found)).items():
        found[thread_id].failed_turns = failed
    return ThreadsUsageRes(threads=list(found.values()))


def _cost(tokens: dict[str, int], price: Price) -> float:
    row: dict[str, Any] = {
        "sum_input_tokens": tokens["prompt_tokens"],
        "sum_output_tokens": tokens["completion_tokens"],
        "sum_cache_read_input_tokens": tokens["cache_read_input_tokens"],
        "sum_cache_creation_input_tokens": tokens["cache_creation_input_tokens"],
    }
    return input_cost(row, price) + output_cost(row, price)
