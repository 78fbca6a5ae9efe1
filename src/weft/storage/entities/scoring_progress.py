"""How scoring of one project gets on: what waits, what has ended, and how fast. Read only.

Open tasks are found through the indexes over what is open, ended ones through an index of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, or_, select

from weft.storage.entities.backlog import WAITING
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.ledger_tables import ENDED, OPEN, tasks
from weft.storage.entities.tables import UtcDateTime

# A minute with more ends than this is counted no further; a throughput that high is told well enough.
_MOST_ENDS = 100_000


@dataclass(frozen=True, slots=True)
class ScoringProgress:
    """Tasks by state; `recent` holds when each of the last ones ended, and as what."""

    depth: Mapping[str, int]
    ended: Mapping[str, int]
    oldest_asked: datetime | None
    next_due: datetime | None
    recent: Sequence[tuple[datetime, str]]


class ScoringProgressReader:
    """Reads how far scoring is."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def read(self, project_id: str, at: datetime, back: timedelta) -> ScoringProgress:
        """How far the project is at that time, with what ended in the time before. Raises Unavailable."""
        with self._db.read() as connection:
            depth, oldest, due = _open(connection, project_id)
            ended = _ended(connection, project_id)
            return ScoringProgress(depth, ended, oldest, due, _recent(connection, project_id, at - back))


def _open(connection: Connection, project_id: str) -> tuple[dict[str, int], datetime | None, datetime | None]:
    columns = tasks.c
    oldest = func.min(columns.asked_at, type_=UtcDateTime).label("oldest")
    due = func.min(columns.next_attempt_at, type_=UtcDateTime).label("due")
    waits = or_(columns.next_attempt_at.is_not(None), columns.lease_until.is_not(None))
    # Parts of a run that wait for others have neither a time nor a holder.
    blocked = and_(
        columns.run_id.is_not(None),
        columns.state.in_(OPEN),
        columns.next_attempt_at.is_(None),
        columns.lease_until.is_(None),
    )
    own = columns.project_id == project_id
    counted = select(columns.state, func.count().label("rows"), oldest, due).where(own, waits).group_by(columns.state)
    found = [(row.state, row.rows, row.oldest, row.due) for row in connection.execute(counted)]
    of_blocked = connection.execute(select(func.count().label("rows"), oldest).where(own, blocked)).one()
    found.append((WAITING, of_blocked.rows, of_blocked.oldest, None))
    depth = dict.fromkeys((*OPEN, WAITING), 0) | {state: rows for state, rows, *_ in found}
    return (
        depth,
        min((oldest for *_, oldest, _ in found if oldest is not None), default=None),
        min((due for *_, due in found if due is not None), default=None),
    )


def _ended(connection: Connection, project_id: str) -> dict[str, int]:
    counts = dict.fromkeys(ENDED, 0)
    own = (tasks.c.project_id == project_id, tasks.c.finished_at.is_not(None), tasks.c.state.in_(ENDED))
    for row in connection.execute(
        select(tasks.c.state, func.count().label("rows")).where(*own).group_by(tasks.c.state)
    ):
        counts[row.state] = row.rows
    return counts


def _recent(connection: Connection, project_id: str, since: datetime) -> list[tuple[datetime, str]]:
    columns = tasks.c
    own = (columns.project_id == project_id, columns.state.in_(ENDED), columns.finished_at >= since)
    last = select(columns.finished_at, columns.state).where(*own).order_by(columns.finished_at.desc())
    return [(row.finished_at, row.state) for row in connection.execute(last.limit(_MOST_ENDS))]
