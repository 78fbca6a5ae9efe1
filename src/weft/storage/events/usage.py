"""The usage that calls report and the tree they stand in, without any of their payloads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from weft.core import jsontext
from weft.core.clock import as_utc
from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.statement import VISIBLE

# A parameter of a ClickHouse query travels in the URL or a form field: keep each one modest.
_IDS_A_QUERY = 5_000
_COLUMNS = "id, parent_id, started_at, isNull(ended_at) AS open, JSONExtractRaw(summary, 'usage') AS usage"


@dataclass(frozen=True, slots=True)
class CallUsage:
    """What one call itself reports: model to counters."""

    id: str
    parent_id: str
    started_at: datetime
    is_open: bool
    usage: Mapping[str, Any]


def usage_of_calls(engine: EventsEngine, project_id: str, call_ids: Sequence[str]) -> list[CallUsage]:
    """The visible calls among the ids, in their order."""
    # By id there are few versions to choose from, and the id index is not used under FINAL.
    sql = f"""SELECT {_COLUMNS}, deleted, orphan FROM calls
        WHERE project_id = {{project_id:String}} AND id IN {{ids:Array(String)}} ORDER BY version DESC LIMIT 1 BY id"""
    found: list[CallUsage] = []
    for some in _portions(call_ids):
        rows = {row["id"]: row for row in engine.query(sql, {"project_id": project_id, "ids": some})}
        ordered = [rows[call_id] for call_id in some if call_id in rows]
        found += [_call_usage(row) for row in ordered if not row["deleted"] and not row["orphan"]]
    return found


def usage_of_traces(engine: EventsEngine, project_id: str, trace_ids: Sequence[str]) -> list[CallUsage]:
    """Every visible call of the traces."""
    sql = f"SELECT {_COLUMNS} FROM calls FINAL WHERE {VISIBLE} AND trace_id IN {{trace_ids:Array(String)}}"
    found: list[CallUsage] = []
    for some in _portions(trace_ids):
        rows = engine.query(sql, {"project_id": project_id, "trace_ids": some})
        found += [_call_usage(row) for row in rows]
    return found


def trace_lengths(engine: EventsEngine, project_id: str, call_ids: Sequence[str]) -> dict[str, int]:
    """The traces that any of the calls is in, each with its number of visible calls."""
    sql = f"""SELECT trace_id, count() AS length FROM calls FINAL WHERE {VISIBLE} AND trace_id IN (
            SELECT trace_id FROM calls WHERE project_id = {{project_id:String}} AND id IN {{ids:Array(String)}})
        GROUP BY trace_id ORDER BY trace_id"""
    found: dict[str, int] = {}
    for some in _portions(call_ids):
        rows = engine.query(sql, {"project_id": project_id, "ids": some})
        found.update({row["trace_id"]: int(row["length"]) for row in rows})
    return found


def _portions(ids: Sequence[str]) -> Iterator[list[str]]:
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), _IDS_A_QUERY):
        yield unique[start : start + _IDS_A_QUERY]


def _call_usage(row: Mapping[str, Any]) -> CallUsage:
    usage = jsontext.loads(row["usage"]) if row["usage"] else {}
    started_at = as_utc(datetime.fromisoformat(row["started_at"]))
    return CallUsage(
        row["id"], row["parent_id"], started_at, bool(row["open"]), usage if isinstance(usage, dict) else {}
    )
