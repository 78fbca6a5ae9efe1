"""Hands rows of event tables, as a folder has them, to the one writer of each table."""

from __future__ import annotations

from collections.abc import Sequence

from weft.storage.events.call_changes import PutCall
from weft.storage.events.calls import call_from_row
from weft.storage.events.feedback import feedback_from_row
from weft.storage.events.spans import span_from_row
from weft.storage.events.tables import TableWrite
from weft.storage.stores import Stores
from weft.transfer.source import Row


class EventWriters:
    """Writes rows into one project; a row that is there under its key is replaced."""

    def __init__(self, stores: Stores, project_id: str) -> None:
        self._stores = stores
        self._project_id = project_id
        self._writers = {
            "table_rows": self._table_rows,
            "tables": self._tables,
            "calls": self._calls,
            "feedback": self._feedback,
            "spans": self._spans,
        }

    def write(self, table: str, rows: Sequence[Row]) -> None:
        """Make the rows of a table durable. Raises KeyError, TypeError or ValueError for what is no such row."""
        self._writers[table]([{**row, "project_id": self._project_id} for row in rows])

    def _table_rows(self, rows: Sequence[Row]) -> None:
        self._stores.tables.put(TableWrite(self._project_id, {row["digest"]: row["val"] for row in rows}))

    def _tables(self, rows: Sequence[Row]) -> None:
        self._stores.tables.put_all(
            [TableWrite(self._project_id, {}, row["digest"], row["row_digests"]) for row in rows]
        )

    def _calls(self, rows: Sequence[Row]) -> None:
        self._stores.calls.apply([PutCall(call_from_row(row)) for row in rows])

    def _feedback(self, rows: Sequence[Row]) -> None:
        self._stores.feedback.put([feedback_from_row(row) for row in rows])

    def _spans(self, rows: Sequence[Row]) -> None:
        self._stores.spans.put([span_from_row(row) for row in rows])
