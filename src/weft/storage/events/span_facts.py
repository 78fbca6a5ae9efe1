"""What a link to a span keeps of it: its name and start, for many spans of many traces at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from weft.core.clock import as_utc
from weft.storage.events.engine import EventsEngine

SpanKey = tuple[str, str]
"""(trace_id, span_id)"""

_FACTS = """
SELECT trace_id, span_id, span_name, started_at FROM spans FINAL
WHERE project_id = {project_id:String} AND trace_id IN {trace_ids:Array(String)} AND deleted = 0
  AND (trace_id, span_id) IN (
    SELECT pair.1, pair.2
    FROM (SELECT arrayJoin(arrayZip({trace_ids:Array(String)}, {span_ids:Array(String)})) AS pair)
  )
"""


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """The name of a span and when it began."""

    name: str
    started_at: datetime


def span_facts(engine: EventsEngine, project_id: str, keys: Collection[SpanKey]) -> dict[SpanKey, SpanFacts]:
    """The facts of those of the spans that are stored."""
    if not keys:
        return {}
    parameters = {
        "project_id": project_id,
        "trace_ids": [trace_id for trace_id, _ in keys],
        "span_ids": [span_id for _, span_id in keys],
    }
    return {
        (row["trace_id"], row["span_id"]): SpanFacts(
            row["span_name"], as_utc(datetime.fromisoformat(row["started_at"]))
        )
        for row in engine.query(_FACTS, parameters)
    }
