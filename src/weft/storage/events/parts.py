"""What the engine keeps of each table of ours: active parts, rows and bytes, on the node that is asked. Read only."""

from __future__ import annotations

from dataclasses import dataclass

from weft.storage.events.engine import EventsEngine

_PARTS = """
SELECT table, count() AS parts, sum(rows) AS held, sum(bytes_on_disk) AS bytes
FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table ORDER BY table
"""


@dataclass(frozen=True, slots=True)
class TableParts:
    """A table with its active parts; the rows include versions that newer ones have replaced."""

    table: str
    parts: int
    rows: int
    bytes: int


def table_parts(engine: EventsEngine) -> list[TableParts]:
    """The tables that hold anything. Raises what the engine raises."""
    return [TableParts(row["table"], row["parts"], row["held"], row["bytes"]) for row in engine.query(_PARTS)]
