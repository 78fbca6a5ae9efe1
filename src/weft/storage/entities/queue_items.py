"""The items of annotation queues: calls that people are to look at, and how far each one is.

Owns the table of items, adding to it, lists, counts, and which calls a queue holds. Who did what with an item, and
handing items out, are queue_progress.py's. Everything that changes a queue's items locks the queue first, so that the
changes of one queue happen one after another, whoever makes them from wherever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Row,
    Table,
    Text,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from weft.core.errors import NotFound
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.queues import queues
from weft.storage.entities.tables import UtcDateTime, metadata

UNSTARTED, IN_PROGRESS, SKIPPED, COMPLETED = "unstarted", "in_progress", "skipped", "completed"
STATES = (UNSTARTED, IN_PROGRESS, SKIPPED, COMPLETED)
"""Every state of an item, each further on than the one before: an item never goes back."""

SORTABLE = ("call_started_at", "call_op_name", "created_at", "updated_at")
"""The fields a list of items can be ordered by."""

# One statement takes so many values at most; both databases allow more.
_VALUES_AT_ONCE = 10_000
_BIGGEST = (1 << 63) - 1

queue_items = Table(
    "annotation_queue_items",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("queue_id", Text, ForeignKey("annotation_queues.id", ondelete="CASCADE"), nullable=False),
    Column("call_id", Text, nullable=False),
    Column("call_started_at", UtcDateTime, nullable=False),
    Column("call_ended_at", UtcDateTime, nullable=True),
    Column("call_op_name", Text, nullable=False),
    Column("call_trace_id", Text, nullable=False),
    Column("display_fields", JSON, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("annotator_id", Text, nullable=False),
    Column("finished_at", UtcDateTime, nullable=True),
    Column("held_by", Text, nullable=False),
    Column("held_until", UtcDateTime, nullable=True),
    UniqueConstraint("queue_id", "call_id"),
    Index("ix_annotation_queue_items_queue_id_created_at", "queue_id", "created_at", "id"),
    # What is left to do stands in an index of its own, so that handing out does not walk through what is done.
    Index(
        "ix_annotation_queue_items_unfinished",
        "queue_id",
        "created_at",
        "id",
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
)


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One call in a queue; what is said of the call is how it was when it was added.

    `state` is that of the annotator who got furthest, `annotator_id` is who, `finished_at` when the first one
    completed or skipped it. `held_by` has it on the screen until `held_until`.
    """

    id: str
    project_id: str
    queue_id: str
    call_id: str
    call_started_at: datetime
    call_ended_at: datetime | None
    call_op_name: str
    call_trace_id: str
    display_fields: list[str]
    added_by: str
    created_at: datetime
    updated_at: datetime
    state: str = UNSTARTED
    annotator_id: str = ""
    finished_at: datetime | None = None
    held_by: str = ""
    held_until: datetime | None = None
    position: int | None = None
    """Its place in the list it was read for, from 1."""


@dataclass(frozen=True, slots=True)
class ItemSelection:
    """Which items of a queue, in which order. `equal` maps columns to the value they must have."""

    project_id: str
    queue_id: str
    equal: dict[str, str] = field(default_factory=dict)
    states: Sequence[str] = ()
    sort: Sequence[tuple[str, str]] = ()
    limit: int | None = None
    offset: int = 0
    positions: bool = False


class QueueItemStore:
    """Adds and reads the items of queues."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def add(self, project_id: str, queue_id: str, items: Sequence[QueueItem]) -> int:
        """Add the items whose calls are not in the queue yet, all in one step; how many. Raises NotFound."""
        rows = [{column.name: getattr(item, column.name) for column in queue_items.columns} for item in items]
        with self._db.write() as connection:
            lock_queue(connection, project_id, queue_id)
            dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
            statement = dialect.insert(queue_items).on_conflict_do_nothing(index_elements=["queue_id", "call_id"])
            return len(connection.execute(statement.returning(queue_items.c.id), rows).all()) if rows else 0

    def present(self, project_id: str, queue_id: str, call_ids: Sequence[str]) -> set[str]:
        """Those of the calls that the queue holds."""
        found: set[str] = set()
        with self._db.read() as connection:
            for some in _portions(call_ids):
                among = queue_items.c.call_id.in_(some)
                statement = select(queue_items.c.call_id).where(*_of_queue(project_id, queue_id), among)
                found.update(connection.execute(statement).scalars())
        return found

    def members(self, project_id: str, queue_id: str) -> list[str]:
        """The ids of the calls in a live queue, without an order; of any other queue none."""
        statement = (
            select(queue_items.c.call_id)
            .join(queues, queues.c.id == queue_items.c.queue_id)
            .where(*_of_queue(project_id, queue_id), queues.c.deleted_at.is_(None))
        )
        with self._db.read() as connection:
            return list(connection.execute(statement).scalars())

    def select(self, selection: ItemSelection) -> list[QueueItem]:
        """The selected items; positions are counted before the states and the page are applied."""
        matching = [queue_items.c[name] == value for name, value in selection.equal.items()]
        order = [*(_ordered(*key) for key in selection.sort)] or [queue_items.c.created_at.asc()]
        order.append(queue_items.c.id.asc())
        place = func.row_number().over(order_by=order).label("position")
        columns = [*queue_items.columns, place] if selection.positions else [*queue_items.columns]
        found = select(*columns).where(*_of_queue(selection.project_id, selection.queue_id), *matching)
        if selection.positions:
            numbered = found.subquery()
            found, order, state = select(numbered), [numbered.c.position], numbered.c.state
        else:
            state = queue_items.c.state
        if selection.states:
            found = found.where(state.in_(sorted(set(selection.states))))
        page = found.order_by(*order).limit(min(selection.limit, _BIGGEST) if selection.limit is not None else None)
        with self._db.read() as connection:
            return [queue_item(row) for row in connection.execute(page.offset(min(selection.offset, _BIGGEST)))]

    def counts(self, project_id: str, queue_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """For each live queue: how many items it holds, and how many of them somebody completed or skipped."""
        counted: dict[str, tuple[int, int]] = {}
        with self._db.read() as connection:
            for some in _portions(queue_ids):
                statement = (
                    select(queues.c.id, func.count(queue_items.c.id), func.count(queue_items.c.finished_at))
                    .join(queue_items, queue_items.c.queue_id == queues.c.id)
                    .where(queues.c.project_id == project_id, queues.c.deleted_at.is_(None), queues.c.id.in_(some))
                    .group_by(queues.c.id)
                )
                counted |= {row[0]: (row[1], row[2]) for row in connection.execute(statement)}
        return counted


def lock_queue(connection: Connection, project_id: str, queue_id: str) -> None:
    """Keep everybody else from changing the items of a live queue until the transaction ends. Raises NotFound.

    SQLite has one writer anyway; PostgreSQL locks the row of the queue.
    """
    live = (queues.c.project_id == project_id, queues.c.id == queue_id, queues.c.deleted_at.is_(None))
    if connection.execute(select(queues.c.id).where(*live).with_for_update()).first() is None:
        raise NotFound(f"Annotation queue {queue_id[:200]} not found")


def queue_item(row: Row[Any]) -> QueueItem:
    """The item of a row of the table."""
    return QueueItem(**row._mapping)


def _of_queue(project_id: str, queue_id: str) -> tuple[ColumnElement[bool], ...]:
    return queue_items.c.project_id == project_id, queue_items.c.queue_id == queue_id


def _ordered(name: str, direction: str) -> ColumnElement[Any]:
    column = queue_items.c[name]
    return column.desc() if direction == "desc" else column.asc()


def _portions(values: Sequence[str]) -> Iterator[list[str]]:
    different = list(dict.fromkeys(values))
    return (different[start : start + _VALUES_AT_ONCE] for start in range(0, len(different), _VALUES_AT_ONCE))
