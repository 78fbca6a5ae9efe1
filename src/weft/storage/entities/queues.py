"""Annotation queues: lists of work for people. What is in them is queue_items.py's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Row, Table, Text, insert, select, update

from weft.core.errors import NotFound
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.tables import UtcDateTime, metadata

queues = Table(
    "annotation_queues",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("scorer_refs", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime, nullable=True),
    Index("ix_annotation_queues_project_id_created_at", "project_id", "created_at"),
)

SORTABLE = ("id", "name", "created_at", "updated_at")
"""The fields a list of queues can be ordered by."""


@dataclass(frozen=True, slots=True)
class Queue:
    """An annotation queue; one with `deleted_at` set is only ever shown as the answer to its deletion."""

    id: str
    project_id: str
    name: str
    description: str
    scorer_refs: list[str]
    created_at: datetime
    created_by: str
    updated_at: datetime
    deleted_at: datetime | None = None


class QueueStore:
    """Reads and writes queues. Deleting one keeps its row, so that what points at it can still be read."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def create(self, queue: Queue) -> None:
        """Store a new queue."""
        row = {column.name: getattr(queue, column.name) for column in queues.columns}
        with self._db.write() as connection:
            connection.execute(insert(queues).values(row))

    def find(self, project_id: str, queue_id: str) -> Queue | None:
        """The live queue of that id, or None."""
        with self._db.read() as connection:
            row = connection.execute(select(queues).where(*_live(project_id, queue_id))).one_or_none()
        return None if row is None else _queue(row)

    def change(self, project_id: str, queue_id: str, values: dict[str, Any]) -> Queue:
        """Set these columns of a live queue, and return it. Raises NotFound."""
        with self._db.write() as connection:
            statement = update(queues).where(*_live(project_id, queue_id)).values(values).returning(*queues.columns)
            row = connection.execute(statement).one_or_none()
        if row is None:
            raise NotFound(f"Annotation queue {queue_id[:200]} not found")
        return _queue(row)

    def select(
        self,
        project_id: str,
        *,
        name: str | None = None,
        sort: Sequence[tuple[str, str]] = (),
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Queue]:
        """The live queues of a project whose name holds `name` in any case; by default the newest come first."""
        order = [_ordered(field, direction) for field, direction in sort] or [queues.c.created_at.desc()]
        statement = select(queues).where(queues.c.project_id == project_id, queues.c.deleted_at.is_(None))
        with self._db.read() as connection:
            rows = connection.execute(statement.order_by(*order, queues.c.id)).all()
        # Searched here because SQLite folds the case of ASCII letters only; a project has few queues.
        wanted = (name or "").casefold()
        found = [_queue(row) for row in rows if wanted in row.name.casefold()]
        return found[offset : None if limit is None else offset + limit]


def _live(project_id: str, queue_id: str) -> tuple[Any, ...]:
    return queues.c.project_id == project_id, queues.c.id == queue_id, queues.c.deleted_at.is_(None)


def _ordered(field: str, direction: str) -> Any:
    column = queues.columns[field]
    return column.desc() if direction == "desc" else column.asc()


def _queue(row: Row[Any]) -> Queue:
    return Queue(**row._mapping)
