"""Back-fills of monitors: which past calls a job walks through, how far it is, and what it counted.

The job and its tasks are the ledger's; the walk is a task of it. Which calls a monitor wants is not known here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Row, Table, Text, insert, select, update

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.tables import UtcDateTime, metadata

COUNTS = ("walked", "not_sampled", "excluded", "chosen", "queued")

monitor_backfills = Table(
    "monitor_backfills",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("monitor_ref", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_after", UtcDateTime, nullable=True),
    Column("started_before", UtcDateTime, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("total", Integer, nullable=True),
    *(Column(name, Integer, nullable=False) for name in COUNTS),
    # The last call that was walked past, in the order of their start.
    Column("last_started_at", UtcDateTime, nullable=True),
    Column("last_call_id", Text, nullable=False),
    Index("ix_monitor_backfills_project_id_created_at", "project_id", "created_at"),
)


@dataclass(frozen=True, slots=True)
class MonitorBackfill:
    """A back-fill. Of the calls it has walked past some were not sampled, some excluded; the others are chosen.

    `queued` counts the tasks that were new, `total` the calls there are to walk past, None while nobody has counted.
    """

    id: str
    project_id: str
    monitor_ref: str
    user_id: str
    created_at: datetime
    started_before: datetime
    started_after: datetime | None = None
    dry_run: bool = False
    cancelled: bool = False
    total: int | None = None
    counts: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    last_started_at: datetime | None = None
    last_call_id: str = ""


class MonitorBackfillStore:
    """Durable back-fills; each write is one transaction."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def add(self, backfill: MonitorBackfill) -> None:
        """Write a new one."""
        columns = [column.name for column in monitor_backfills.columns if column.name not in COUNTS]
        row = {name: getattr(backfill, name) for name in columns} | dict(backfill.counts)
        with self._db.write() as connection:
            connection.execute(insert(monitor_backfills), [row])

    def by_ids(self, ids: Collection[str]) -> dict[str, MonitorBackfill]:
        """Those of the ids that exist."""
        with self._db.read() as connection:
            rows = connection.execute(select(monitor_backfills).where(monitor_backfills.c.id.in_(ids))).all()
        return {row.id: _backfill_of(row) for row in rows}

    def of_project(self, project_id: str, limit: int) -> list[MonitorBackfill]:
        """Those of a project, newest first."""
        own = select(monitor_backfills).where(monitor_backfills.c.project_id == project_id)
        newest = own.order_by(monitor_backfills.c.created_at.desc(), monitor_backfills.c.id.desc())
        with self._db.read() as connection:
            return [_backfill_of(row) for row in connection.execute(newest.limit(limit))]

    def set_total(self, backfill_id: str, total: int) -> None:
        """Say how many calls there are to walk past."""
        with self._db.write() as connection:
            connection.execute(
                update(monitor_backfills).where(monitor_backfills.c.id == backfill_id).values(total=total)
            )

    def cancel(self, backfill_id: str) -> None:
        """Let it walk no further."""
        with self._db.write() as connection:
            connection.execute(
                update(monitor_backfills).where(monitor_backfills.c.id == backfill_id).values(cancelled=True)
            )

    def advance(
        self, before: MonitorBackfill, last_started_at: datetime, last_call_id: str, counted: Mapping[str, int]
    ) -> bool:
        """Move on to that call and add what was counted, unless somebody else has moved on from `before` already."""
        columns = monitor_backfills.c
        here = (columns.id == before.id, columns.last_call_id == before.last_call_id)
        added: dict[str, Any] = {name: columns[name] + count for name, count in counted.items()}
        moved = update(monitor_backfills).where(*here)
        with self._db.write() as connection:
            result = connection.execute(
                moved.values(last_started_at=last_started_at, last_call_id=last_call_id, **added)
            )
            return result.rowcount > 0


def _backfill_of(row: Row[Any]) -> MonitorBackfill:
    values = dict(row._mapping)
    counts = {name: values.pop(name) for name in COUNTS}
    return MonitorBackfill(**values, counts=counts)
