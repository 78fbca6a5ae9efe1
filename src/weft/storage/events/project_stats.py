"""The bytes that a project's rows hold, table by table."""

from __future__ import annotations

from weft.storage.events.call_queries import SIZE
from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.statement import VISIBLE


def bytes_of_calls(engine: EventsEngine, project_id: str) -> int:
    """Bytes of the payloads of visible calls."""
    return _total(engine, f"SELECT sum({SIZE}) AS bytes FROM calls FINAL WHERE {VISIBLE}", project_id)


def bytes_of_spans(engine: EventsEngine, project_id: str) -> int:
    """Bytes of agents' spans as they were received."""
    where = "project_id = {project_id:String} AND deleted = 0"
    return _total(engine, f"SELECT sum(raw_span_dump.size) AS bytes FROM spans FINAL WHERE {where}", project_id)


def bytes_of_table_rows(engine: EventsEngine, project_id: str) -> int:
    """Bytes of table rows; a row that several tables hold is stored, and counted, once."""
    where = "project_id = {project_id:String}"
    return _total(engine, f"SELECT sum(val.size) AS bytes FROM table_rows FINAL WHERE {where}", project_id)


def _total(engine: EventsEngine, sql: str, project_id: str) -> int:
    return int(engine.query(sql, {"project_id": project_id})[0]["bytes"])
