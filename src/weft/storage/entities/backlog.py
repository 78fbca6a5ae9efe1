"""How much is waiting, for whoever watches: tasks that have not ended and calls no monitor has looked at. Read only.

Each figure is read through an index over what is open, so that it costs what is open and not what was ever done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.ended_calls import ended_calls
from weft.storage.entities.ledger_tables import OPEN, SCORE, tasks
from weft.storage.entities.tables import UtcDateTime

WAITING = "waiting"
"""The state shown for parts of a run that wait for other parts."""


@dataclass(frozen=True, slots=True)
class Line:
    """Rows that wait in line, and since when the oldest has; None when nothing waits."""

    rows: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is waiting. `depth` is by kind and state, `asked` by when it was asked for, `due` by when it could begin."""

    depth: Mapping[tuple[str, str], int]
    oldest_asked: datetime | None
    oldest_due: datetime | None
    unpublished: Line
    ended_calls: Line


class BacklogReader:
    """Reads the backlog of the whole deployment."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def read(self, at: datetime) -> Backlog:
        """The backlog at that time. Raises Unavailable."""
        with self._db.read() as connection:
            depth, oldest = _depth(connection)
            due = select(func.min(tasks.c.next_attempt_at, type_=UtcDateTime)).where(tasks.c.next_attempt_at <= at)
            return Backlog(
                depth, oldest, connection.execute(due).scalar(), _unpublished(connection, at), _ended(connection, at)
            )


def _depth(connection: Connection) -> tuple[dict[tuple[str, str], int], datetime | None]:
    waits = or_(tasks.c.next_attempt_at.is_not(None), tasks.c.lease_until.is_not(None))
    oldest = func.min(tasks.c.asked_at, type_=UtcDateTime)
    # Parts that wait for others have neither a time nor a holder; they are found by their run.
    blocked = and_(
        tasks.c.run_id.is_not(None),
        tasks.c.state.in_(OPEN),
        tasks.c.next_attempt_at.is_(None),
        tasks.c.lease_until.is_(None),
    )
    found = [
        *connection.execute(
            select(tasks.c.kind, tasks.c.state, func.count().label("rows"), oldest.label("oldest"))
            .where(waits)
            .group_by(tasks.c.kind, tasks.c.state)
        ),
        *connection.execute(
            select(tasks.c.kind, func.count().label("rows"), oldest.label("oldest"))
            .where(blocked)
            .group_by(tasks.c.kind)
        ),
    ]
    # Named although it is empty, so that a graph of it begins at 0.
    depth = {(SCORE, state): 0 for state in OPEN}
    depth |= {(row.kind, getattr(row, "state", WAITING)): row.rows for row in found}
    return depth, min((row.oldest for row in found if row.oldest is not None), default=None)


def _unpublished(connection: Connection, at: datetime) -> Line:
    due = tasks.c.next_attempt_at
    first = select(func.count().label("rows"), func.min(due, type_=UtcDateTime).label("since"))
    return _line(connection.execute(first.where(due <= at, tasks.c.published_until.is_(None))).one())


def _ended(connection: Connection, at: datetime) -> Line:
    due = ended_calls.c.due_at
    first = select(func.count().label("rows"), func.min(due, type_=UtcDateTime).label("since"))
    return _line(connection.execute(first.where(due <= at)).one())


def _line(row: Row[Any]) -> Line:
    return Line(row.rows, row.since)
