"""How far each annotator is with each item of a queue, and handing items out so that nobody gets another's.

Owns the table of progress and the one state machine behind its doors: `take` gives an annotator an item nobody else
has, `advance` records what an annotator did with an item of his choice, `take_back` opens again what he finished last.
All lock the queue, look, and write in one transaction, so threads and processes that do this at once do it one after
another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
    insert,
    or_,
    select,
    update,
)

from weft.core.errors import InvalidRequest
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.queue_items import (
    COMPLETED,
    IN_PROGRESS,
    SKIPPED,
    STATES,
    UNSTARTED,
    QueueItem,
    lock_queue,
    queue_item,
    queue_items,
)
from weft.storage.entities.tables import UtcDateTime, metadata

progress = Table(
    "annotation_queue_progress",
    metadata,
    Column("item_id", Text, ForeignKey("annotation_queue_items.id", ondelete="CASCADE"), nullable=False),
    Column("annotator_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("item_id", "annotator_id"),
)

FINISHED = (COMPLETED, SKIPPED)
"""The states in which an annotator is done with an item, for good unless he takes it back himself."""

_FOLLOWS = {UNSTARTED: (IN_PROGRESS, *FINISHED), IN_PROGRESS: FINISHED, COMPLETED: (), SKIPPED: ()}


@dataclass(frozen=True, slots=True)
class Taken:
    """The item an annotator was given, None when there is none; `unfinished` items are left in the queue in all."""

    item: QueueItem | None
    unfinished: int


@dataclass(frozen=True, slots=True)
class Work:
    """How far a queue is: items by state, items by annotator and his own state, and those on somebody's screen now."""

    states: dict[str, int]
    by_annotator: dict[str, dict[str, int]]
    held: list[QueueItem]


class QueueProgressStore:
    """Records what annotators do. One annotator has one state per item; it goes back only by `take_back`."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def take(self, project_id: str, queue_id: str, annotator_id: str, at: datetime, held_until: datetime) -> Taken:
        """Give the annotator the item he holds, else the oldest one that nobody finished and nobody else holds.

        It is his until `held_until`. Raises NotFound for a queue that does not exist.
        """
        open_items = (queue_items.c.queue_id == queue_id, queue_items.c.finished_at.is_(None))
        free = or_(queue_items.c.held_until.is_(None), queue_items.c.held_until <= at)
        with self._db.write() as connection:
            lock_queue(connection, project_id, queue_id)
            item = _first(connection, *open_items, queue_items.c.held_by == annotator_id)
            item = item or _first(connection, *open_items, free)
            if item is not None:
                item = self._step(connection, item, annotator_id, IN_PROGRESS, at, held_until)
            left = _unfinished(connection, queue_id)
        return Taken(item, left)

    def advance(
        self, item: tuple[str, str, str], annotator_id: str, state: str, at: datetime, held_until: datetime
    ) -> QueueItem:
        """Record an annotator's state for the item of that project, queue and id; the same state again changes nothing.

        Opening an item that nobody else holds holds it until `held_until`. The answer shows the annotator's own state.
        Raises NotFound for an unknown queue, and InvalidRequest for an unknown item or a step back.
        """
        project_id, queue_id, item_id = item
        with self._db.write() as connection:
            lock_queue(connection, project_id, queue_id)
            found = _first(connection, queue_items.c.queue_id == queue_id, queue_items.c.id == item_id)
            if found is None:
                raise InvalidRequest(f"Item {item_id[:200]} is not in annotation queue {queue_id[:200]}")
            changed = self._step(connection, found, annotator_id, state, at, held_until)
        return replace(changed, state=state, annotator_id=annotator_id)

    def take_back(self, project_id: str, queue_id: str, annotator_id: str, at: datetime, held_until: datetime) -> Taken:
        """Open the item again that the annotator finished last, and give it to him; None when he finished none.

        What others said of it stays: an item that somebody else finished too stays finished. Raises NotFound for a
        queue that does not exist.
        """
        finished = (progress.c.annotator_id == annotator_id, progress.c.state.in_(FINISHED))
        last = (
            select(queue_items)
            .join(progress, progress.c.item_id == queue_items.c.id)
            .where(queue_items.c.queue_id == queue_id, *finished)
            .order_by(progress.c.updated_at.desc(), queue_items.c.created_at.desc(), queue_items.c.id.desc())
            .limit(1)
        )
        with self._db.write() as connection:
            lock_queue(connection, project_id, queue_id)
            row = connection.execute(last).one_or_none()
            item = None if row is None else self._reopen(connection, queue_item(row), annotator_id, at, held_until)
            left = _unfinished(connection, queue_id)
        return Taken(item, left)

    def work(self, project_id: str, queue_id: str, at: datetime, most_held: int) -> Work:
        """Who did what in a queue, and who has which item now, at most so many."""
        of_queue = (queue_items.c.project_id == project_id, queue_items.c.queue_id == queue_id)
        by_state = select(queue_items.c.state, func.count()).where(*of_queue).group_by(queue_items.c.state)
        by_annotator = (
            select(progress.c.annotator_id, progress.c.state, func.count())
            .join(queue_items, queue_items.c.id == progress.c.item_id)
            .where(*of_queue)
            .group_by(progress.c.annotator_id, progress.c.state)
        )
        holding = (queue_items.c.held_by != "", queue_items.c.held_until > at, queue_items.c.finished_at.is_(None))
        held = select(queue_items).where(*of_queue, *holding).order_by(queue_items.c.held_until.desc())
        annotators: dict[str, dict[str, int]] = {}
        with self._db.read() as connection:
            states = {row[0]: row[1] for row in connection.execute(by_state)}
            for annotator_id, state, count in connection.execute(by_annotator):
                annotators.setdefault(annotator_id, {})[state] = count
            items = [queue_item(row) for row in connection.execute(held.limit(most_held))]
        return Work(states, annotators, items)

    def states(self, item_id: str) -> dict[str, str]:
        """The state of every annotator who touched the item."""
        of_item = select(progress.c.annotator_id, progress.c.state).where(progress.c.item_id == item_id)
        with self._db.read() as connection:
            return {row.annotator_id: row.state for row in connection.execute(of_item)}

    def _step(
        self, connection: Connection, item: QueueItem, annotator_id: str, state: str, at: datetime, held_until: datetime
    ) -> QueueItem:
        own = (progress.c.item_id == item.id, progress.c.annotator_id == annotator_id)
        before = connection.execute(select(progress.c.state).where(*own)).scalar()
        if state == before and state in FINISHED:
            return item
        if state != before:
            if state not in _FOLLOWS[before or UNSTARTED]:
                raise InvalidRequest(f"The item is {before or UNSTARTED} for you and cannot become {state}")
            if before is None:
                row = {"item_id": item.id, "annotator_id": annotator_id, "created_at": at}
                connection.execute(insert(progress).values(row | {"state": state, "updated_at": at}))
            else:
                connection.execute(update(progress).where(*own).values(state=state, updated_at=at))
        values = {} if state == before else _news(item, annotator_id, state, at)
        values |= _hold(item, annotator_id, state, at, held_until)
        if values:
            connection.execute(update(queue_items).where(queue_items.c.id == item.id).values(values))
        return replace(item, **values)

    def _reopen(
        self, connection: Connection, item: QueueItem, annotator_id: str, at: datetime, held_until: datetime
    ) -> QueueItem:
        own = (progress.c.item_id == item.id, progress.c.annotator_id == annotator_id)
        connection.execute(update(progress).where(*own).values(state=IN_PROGRESS, updated_at=at))
        of_item = select(progress.c.state, progress.c.annotator_id, progress.c.updated_at)
        found = connection.execute(of_item.where(progress.c.item_id == item.id)).all()
        furthest = max(found, key=lambda row: (STATES.index(row.state), row.updated_at))
        values: dict[str, Any] = {"updated_at": at, "state": furthest.state, "annotator_id": furthest.annotator_id}
        if furthest.state not in FINISHED:
            values |= {"finished_at": None, "held_by": annotator_id, "held_until": held_until}
        connection.execute(update(queue_items).where(queue_items.c.id == item.id).values(values))
        return replace(item, **values)


def _unfinished(connection: Connection, queue_id: str) -> int:
    open_items = (queue_items.c.queue_id == queue_id, queue_items.c.finished_at.is_(None))
    return connection.execute(select(func.count()).select_from(queue_items).where(*open_items)).scalar_one()


def _news(item: QueueItem, annotator_id: str, state: str, at: datetime) -> dict[str, Any]:
    """What a new state of one annotator changes on the item itself, which shows whoever got furthest."""
    if STATES.index(state) < STATES.index(item.state):
        return {"updated_at": at}
    return {"updated_at": at, "state": state, "annotator_id": annotator_id}


def _hold(item: QueueItem, annotator_id: str, state: str, at: datetime, held_until: datetime) -> dict[str, Any]:
    """Who has the item from now on: nobody once it is finished, else the annotator unless somebody else has it."""
    if state in FINISHED:
        return {"finished_at": item.finished_at or at, "held_by": "", "held_until": None}
    is_free = item.held_by == annotator_id or item.held_until is None or item.held_until <= at
    return {"held_by": annotator_id, "held_until": held_until} if is_free and item.finished_at is None else {}


def _first(connection: Connection, *conditions: ColumnElement[bool]) -> QueueItem | None:
    statement = select(queue_items).where(*conditions).order_by(queue_items.c.created_at, queue_items.c.id)
    row = connection.execute(statement.limit(1)).one_or_none()
    return None if row is None else queue_item(row)
