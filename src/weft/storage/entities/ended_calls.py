"""The feed of calls that ended in projects with monitors: kept until somebody has looked at each of them.

A row is written before the request that ended its call is answered, so that no call is missed. `published` ones have
gone through a broker and wait here because the event store did not show them yet. What monitors make of a call is
not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, delete, insert, select, update

from weft.core.clock import now
from weft.core.errors import WeftError
from weft.core.metrics import Metrics
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.object_versions import object_versions
from weft.storage.entities.tables import UtcDateTime, among_locked, metadata
from weft.storage.events.group_commit import GroupCommit

MONITOR_CLASS = "Monitor"

# As many ids as one statement names at a time; databases allow some tens of thousands.
_IDS = 5000

ended_calls = Table(
    "ended_calls",
    metadata,
    # SQLite numbers rows by itself in a column of exactly this type.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("project_id", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("published", Boolean, nullable=False),
    Index("ix_ended_calls_published_due_at", "published", "due_at"),
)


@dataclass(frozen=True, slots=True)
class EndedCall:
    """A call that ended. `id` is the row's; `added_at` is when it was first waited for."""

    project_id: str
    call_id: str
    ended_at: datetime
    id: int = 0
    added_at: datetime | None = None


class EndedCallStore:
    """The feed. With `everything`, calls of all projects are wanted and not just of those with monitors.

    `news` and `wake` are set whenever something was added, for who tells of it and who looks at it.
    """

    def __init__(
        self,
        db: EntitiesDatabase,
        everything: bool = False,
        news: Event | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._db = db
        self.news = news or Event()
        self.wake = Event()
        self._everything = everything
        self._commit: GroupCommit[Sequence[EndedCall]] = GroupCommit("ended_calls", self._write, metrics=metrics)

    def wanted(self, project_id: str) -> bool:
        """Whether ended calls of the project are to be added. Not cached: it holds as soon as a monitor is stored."""
        if self._everything:
            return True
        versions = object_versions.c
        monitors = select(versions.project_id).where(
            versions.project_id == project_id, versions.base_object_class == MONITOR_CLASS
        )
        with self._db.read() as connection:
            return connection.execute(monitors.limit(1)).first() is not None

    def add(self, ended: Sequence[EndedCall], published: bool = False, due_at: datetime | None = None) -> None:
        """Make the rows durable, to be taken from `due_at` on (now)."""
        if not ended:
            return
        if published:
            with self._db.write() as connection:
                connection.execute(insert(ended_calls), [_row_of(call, True, due_at or now()) for call in ended])
            return
        # Requests that end calls at the same time share a transaction.
        self._commit.submit(ended, len(ended))

    def take(self, limit: int, at: datetime, until: datetime, published: bool | None = None) -> list[EndedCall]:
        """Up to `limit` rows that are due, the longest waiting first; nobody else takes them until then.

        `published` asks for those that have gone through a broker, or have not; None means both.
        """
        wanted = [] if published is None else [ended_calls.c.published.is_(published)]
        due = select(ended_calls.c.id).where(ended_calls.c.due_at <= at, *wanted)
        with self._db.read() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return []
        chosen = due.order_by(ended_calls.c.due_at).limit(limit)
        taken = (
            update(ended_calls)
            .where(among_locked(ended_calls.c.id, chosen))
            .values(due_at=until)
            .returning(ended_calls)
        )
        with self._db.write() as connection:
            rows = connection.execute(taken).all()
        found = [EndedCall(row.project_id, row.call_id, row.ended_at, row.id, row.added_at) for row in rows]
        return sorted(found, key=lambda call: call.id)

    def is_waiting(self, project_id: str, call_id: str) -> bool:
        """Whether that call has still to be looked at. For people's questions: every row is looked through."""
        its = (ended_calls.c.project_id == project_id, ended_calls.c.call_id == call_id)
        with self._db.read() as connection:
            return connection.execute(select(ended_calls.c.id).where(*its).limit(1)).first() is not None

    def done(self, row_ids: Sequence[int]) -> None:
        """These have been looked at, or handed to a broker."""
        with self._db.write() as connection:
            for start in range(0, len(row_ids), _IDS):
                portion = row_ids[start : start + _IDS]
                connection.execute(delete(ended_calls).where(ended_calls.c.id.in_(portion)))

    def later(self, row_ids: Sequence[int], due_at: datetime) -> None:
        """Offer these again from then on."""
        with self._db.write() as connection:
            for start in range(0, len(row_ids), _IDS):
                portion = row_ids[start : start + _IDS]
                connection.execute(update(ended_calls).where(ended_calls.c.id.in_(portion)).values(due_at=due_at))

    def close(self) -> None:
        """Write what is waiting, then stop the writer."""
        self._commit.close()

    def _write(self, groups: list[Sequence[EndedCall]]) -> dict[int, WeftError]:
        moment = now()
        rows = [_row_of(call, False, moment) for group in groups for call in group]
        with self._db.write() as connection:
            connection.execute(insert(ended_calls), rows)
        self.news.set()
        self.wake.set()
        return {}


def _row_of(call: EndedCall, published: bool, due_at: datetime) -> dict[str, Any]:
    return {
        "project_id": call.project_id,
        "call_id": call.call_id,
        "ended_at": call.ended_at,
        "added_at": call.added_at or now(),
        "due_at": due_at,
        "published": published,
    }
