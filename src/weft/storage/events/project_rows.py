"""All visible rows of one project in the event tables, in key order and bounded batches, for moving projects.

Writing them back is each table's own store's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from weft.storage.events import calls, feedback, spans
from weft.storage.events.call_queries import SIZE
from weft.storage.events.engine import EventsEngine

_KEYS_AT_ONCE = 20_000
_ROWS_AT_ONCE = 2_000
_BYTES_AT_ONCE = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class EventTable:
    """How the rows of a table are listed: its key after the project, which are visible, about how large one is."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    visible: str
    size: str


def _without_project(columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in columns if name != "project_id")


MOVED = (
    EventTable("table_rows", ("digest",), ("digest", "val"), "1", "length(val)"),
    EventTable("tables", ("digest",), ("digest", "row_digests"), "1", "50 * length(row_digests)"),
    EventTable("calls", ("started_at", "id"), _without_project(calls.COLUMNS), "NOT deleted AND NOT orphan", SIZE),
    EventTable("feedback", ("id",), _without_project(feedback.COLUMNS), "NOT deleted", "length(payload)"),
    EventTable(
        "spans",
        ("trace_id", "span_id"),
        _without_project(spans.COLUMNS),
        "NOT deleted",
        "length(raw_span_dump) + length(input_messages) + length(output_messages) + length(tool_call_result)",
    ),
)
"""The tables that are moved; rows that others refer to come before them."""

NOT_MOVED = {
    "weft_migrations": "what was applied to one server",
    "retention_doomed": "what one server is about to remove",
    "retention_files": "what one server is about to remove",
}
"""The tables that stay, and why."""


class EventRows:
    """Reads whole rows of a project."""

    def __init__(self, engine: EventsEngine) -> None:
        self._engine = engine

    def types(self, table: EventTable) -> dict[str, str]:
        """The engine's type of each moved column, in order."""
        sql = "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String}"
        types = {row["name"]: row["type"] for row in self._engine.query(sql, {"table": table.name})}
        return {name: types[name] for name in table.columns}

    def count(self, table: EventTable, project_id: str) -> int:
        """How many rows there are to read."""
        sql = f"SELECT count() AS n FROM {table.name} FINAL WHERE {self._where(table)}"
        return int(self._engine.query(sql, {"project_id": project_id})[0]["n"])

    def read(
        self, table: EventTable, project_id: str, after: Sequence[str] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """The rows after a key (the values of its columns as read), in key order, a few MB at a time.

        A row changed while this runs comes in its old or its new version; one deleted meanwhile may be left out.
        """
        while True:
            keys = self._keys(table, project_id, after)
            for chunk in _chunks(keys):
                rows = self._rows(table, project_id, chunk)
                if rows:
                    yield rows
            if len(keys) < _KEYS_AT_ONCE:
                return
            after = [keys[-1][name] for name in table.key]

    def _keys(self, table: EventTable, project_id: str, after: Sequence[str] | None) -> list[dict[str, Any]]:
        later = f" AND {_tuple(table)} > {_bound(table, 'after')}" if after is not None else ""
        sql = f"""SELECT {", ".join(table.key)}, {table.size} AS bytes FROM {table.name} FINAL
            WHERE {self._where(table)}{later} ORDER BY {", ".join(table.key)} LIMIT {_KEYS_AT_ONCE}"""
        return self._engine.query(sql, {"project_id": project_id, **_parameters(table, "after", after or ())})

    def _rows(self, table: EventTable, project_id: str, keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
        first, last = ([row[name] for name in table.key] for row in (keys[0], keys[-1]))
        sql = f"""SELECT {", ".join(table.columns)} FROM {table.name} FINAL
            WHERE {self._where(table)} AND {_tuple(table)} >= {_bound(table, "first")}
              AND {_tuple(table)} <= {_bound(table, "last")} ORDER BY {", ".join(table.key)}"""
        bounds = _parameters(table, "first", first) | _parameters(table, "last", last)
        return self._engine.query(sql, {"project_id": project_id, **bounds})

    @staticmethod
    def _where(table: EventTable) -> str:
        return f"project_id = {{project_id:String}} AND {table.visible}"


def _chunks(keys: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    size = 0
    for key in keys:
        if chunk and (size + int(key["bytes"]) > _BYTES_AT_ONCE or len(chunk) >= _ROWS_AT_ONCE):
            yield chunk
            chunk, size = [], 0
        chunk.append(key)
        size += int(key["bytes"])
    if chunk:
        yield chunk


def _tuple(table: EventTable) -> str:
    return f"({', '.join(table.key)})"


def _bound(table: EventTable, name: str) -> str:
    parts = [
        f"parseDateTime64BestEffort({{{name}_{column}:String}}, 6, 'UTC')"
        if column == "started_at"
        else f"{{{name}_{column}:String}}"
        for column in table.key
    ]
    return f"({', '.join(parts)})"


def _parameters(table: EventTable, name: str, values: Sequence[str]) -> dict[str, str]:
    return {f"{name}_{column}": value for column, value in zip(table.key, values, strict=False)}
