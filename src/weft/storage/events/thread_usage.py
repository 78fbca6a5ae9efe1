"""The tokens of threads by model. As everywhere, they are counted once: at the calls that report usage while none
right below them does, because clients add the usage of a call to that of its parents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.query.statement import VISIBLE

_COUNTERS = (
    "prompt_tokens", "input_tokens", "completion_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens",
    "cache_creation_input_tokens",
)  # fmt: skip
_USAGE = f"Map(String, Tuple({', '.join(f'{name} Nullable(Int64)' for name in _COUNTERS)}))"
_SUMS = ", ".join(f"sum(ifNull(usage.2.{name}, 0)) AS {name}" for name in _COUNTERS)


def tokens_of_threads(engine: EventsEngine, project_id: str, thread_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of `thread_id`, `model` and every counter that a summary may hold, summed up."""
    parameters = Parameters()
    where = f"{VISIBLE} AND thread_id IN {parameters.texts(thread_ids)} AND JSONLength(summary, 'usage') > 0"
    below = f"SELECT parent_id FROM calls FINAL WHERE {where} AND parent_id != ''"
    rows = f"""SELECT thread_id, arrayJoin(JSONExtract(summary, 'usage', '{_USAGE}')) AS usage
        FROM calls FINAL WHERE {where} AND id NOT IN ({below})"""
    sql = f"SELECT thread_id, usage.1 AS model, {_SUMS} FROM ({rows}) GROUP BY thread_id, model"
    return engine.query(sql, {**parameters.values, "project_id": project_id})


def failed_turns(engine: EventsEngine, project_id: str, thread_ids: Sequence[str]) -> dict[str, int]:
    """How many turns of each thread ended with an exception; threads without any are left out."""
    parameters = Parameters()
    where = f"{VISIBLE} AND thread_id IN {parameters.texts(thread_ids)} AND id = turn_id AND exception.size != 0"
    sql = f"SELECT thread_id, count() AS failed FROM calls FINAL WHERE {where} GROUP BY thread_id"
    rows = engine.query(sql, {**parameters.values, "project_id": project_id})
    return {row["thread_id"]: int(row["failed"]) for row in rows}
