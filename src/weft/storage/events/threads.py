"""Threads: the turns of each put together. A turn is a call that is its own `turn_id`; other calls do not count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from weft.core.errors import InvalidRequest
from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.query.statement import VISIBLE
from weft.storage.events.query.values import to_microseconds

SORTABLE = (
    "thread_id",
    "turn_count",
    "start_time",
    "last_updated",
    "p50_turn_duration_ms",
    "p99_turn_duration_ms",
)
"""What threads can be ordered by."""

_HIGHEST = 2**63 - 1
# A turn that runs has no end and no duration; a thread in which none has ended was last updated by a start.
_THREADS = """
SELECT thread_id, turn_count, start_time, last_updated, first_turn_id, last_turn_id,
    durations[1] AS p50_turn_duration_ms, durations[2] AS p99_turn_duration_ms
FROM (
    SELECT thread_id, count() AS turn_count, min(started_at) AS start_time,
        ifNull(max(ended_at), max(started_at)) AS last_updated,
        argMin(id, (started_at, id)) AS first_turn_id,
        if(countIf(isNotNull(ended_at)) = 0, argMax(id, (started_at, id)),
            argMaxIf(id, (assumeNotNull(ended_at), id), isNotNull(ended_at))) AS last_turn_id,
        quantilesExactInclusive(0.5, 0.99)(
            if(ended_at >= started_at, (toUnixTimestamp64Micro(assumeNotNull(ended_at)) -
                toUnixTimestamp64Micro(started_at)) / 1000, NULL)) AS durations
    FROM calls FINAL WHERE {where} GROUP BY thread_id
) ORDER BY {order} {window}
"""


@dataclass(frozen=True, slots=True)
class ThreadSelection:
    """Which threads, made of the turns that started between the bounds (both excluded), in which order."""

    project_id: str
    thread_ids: Sequence[str] = ()
    after: datetime | None = None
    before: datetime | None = None
    sort: Sequence[tuple[str, str]] = ()
    limit: int | None = None
    offset: int = 0


def select_threads(engine: EventsEngine, selection: ThreadSelection) -> list[dict[str, Any]]:
    """The threads as rows. Raises InvalidRequest for other sort fields and for negative numbers."""
    for name, value in (("limit", selection.limit), ("offset", selection.offset)):
        if value is not None and value < 0:
            raise InvalidRequest(f"{name} cannot be negative")
    order = _order(selection.sort)
    if selection.limit == 0:
        return []
    parameters = Parameters()
    conditions = [VISIBLE, "thread_id != ''", "id = turn_id"]
    if selection.thread_ids:
        conditions.append(f"thread_id IN {parameters.texts(selection.thread_ids)}")
    for sign, moment in ((">", selection.after), ("<", selection.before)):
        if moment is not None:
            limit = parameters.integer(to_microseconds(moment.isoformat()))
            conditions.append(f"started_at {sign} fromUnixTimestamp64Micro({limit}, 'UTC')")
    window = "" if selection.limit is None else f"LIMIT {min(selection.limit, _HIGHEST):d}"
    if selection.offset:
        window += f" OFFSET {min(selection.offset, _HIGHEST):d}"
    sql = _THREADS.format(where=" AND ".join(conditions), order=order, window=window)
    return engine.query(sql, {**parameters.values, "project_id": selection.project_id})


def _order(sort: Sequence[tuple[str, str]]) -> str:
    for field, _ in sort:
        if field not in SORTABLE:
            raise InvalidRequest(f"Threads cannot be sorted by {field[:200]!r}, only by {', '.join(SORTABLE)}")
    keys = sort or (("last_updated", "desc"),)
    terms = [f"{field} {'DESC' if direction == 'desc' else 'ASC'} NULLS LAST" for field, direction in keys]
    return ", ".join([*terms, "thread_id"])
