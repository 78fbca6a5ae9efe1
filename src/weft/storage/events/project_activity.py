"""How much projects hold, and when something last came in: for lists of projects, whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from weft.storage.events.engine import EventsEngine

# What is deleted is not counted; of the calls, nor is an end whose start has not come yet.
_ACTIVITY = """
SELECT project_id, sum(called) AS calls, sum(spanned) AS spans, max(latest) AS last_activity
FROM (
    SELECT project_id, count() AS called, 0 AS spanned, max(started_at) AS latest
    FROM calls FINAL WHERE project_id IN {ids:Array(String)} AND deleted = 0 AND orphan = 0 GROUP BY project_id
    UNION ALL
    SELECT project_id, 0 AS called, count() AS spanned, max(started_at) AS latest
    FROM spans FINAL WHERE project_id IN {ids:Array(String)} AND deleted = 0 GROUP BY project_id
) GROUP BY project_id
"""


@dataclass(frozen=True, slots=True)
class ProjectActivity:
    """The visible calls and spans of a project, and when the latest of them started."""

    project_id: str
    calls: int
    spans: int
    last_activity: datetime


def activity_of(engine: EventsEngine, project_ids: Sequence[str]) -> list[ProjectActivity]:
    """The activity of those of the projects that hold something."""
    if not project_ids:
        return []
    rows = engine.query(_ACTIVITY, {"ids": list(project_ids)})
    return [
        ProjectActivity(row["project_id"], int(row["calls"]), int(row["spans"]), row["last_activity"]) for row in rows
    ]
