"""How many trials evaluation runs have, without reading any."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.statement import VISIBLE


def trial_counts(
    engine: EventsEngine, project_id: str, run_ids: Sequence[str], op_titles: Collection[str]
) -> dict[str, int]:
    """The number of children of each run whose op has one of the titles; runs without any are left out."""
    if not run_ids:
        return {}
    sql = f"""SELECT parent_id, count() AS trials FROM calls FINAL
        WHERE {VISIBLE} AND parent_id IN {{runs:Array(String)}}
          AND (op_name IN {{titles:Array(String)}} OR extract(op_name, '/op/([^/:]+):') IN {{titles:Array(String)}})
        GROUP BY parent_id"""
    rows = engine.query(sql, {"project_id": project_id, "runs": list(run_ids), "titles": sorted(op_titles)})
    return {row["parent_id"]: int(row["trials"]) for row in rows}
