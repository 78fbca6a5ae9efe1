"""What each project decided about its data, as a history in which the newest entry of each setting holds.

What the settings mean, and which values they may have, is domain/project_settings.py's.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, Table, Text, func, insert, select

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.tables import UtcDateTime, metadata

project_settings = Table(
    "project_settings",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("project_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", JSON, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", Text, nullable=False),
    Index("ix_project_settings_project_id_name_number", "project_id", "name", "number"),
)

_CACHED_PROJECTS = 10_000
# A change made by another process is heeded after so long; one made by this process at once.
_TRUSTED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """The settings in force: a project's own, else the operator's. `retention_days` None keeps data for ever."""

    retention_days: int | None = None
    sample_rate: float = 1.0
    sample_dry_run: bool = False
    pii_policy: str = "off"


NAMES = tuple(ProjectSettings.__dataclass_fields__)
"""The name of each setting, as entries of the history have it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the history; the value None gives a setting back to the operator."""

    name: str
    value: Any
    changed_at: datetime
    changed_by: str


class ProjectSettingsStore:
    """Reads and appends settings. `defaults` are the operator's, for whatever a project has not decided."""

    def __init__(self, db: EntitiesDatabase, defaults: ProjectSettings | None = None) -> None:
        self._db = db
        self.defaults = defaults or ProjectSettings()
        self._lock = threading.Lock()
        self._changes = 0
        self._cached: OrderedDict[str, tuple[float, ProjectSettings]] = OrderedDict()

    def of(self, project_id: str) -> ProjectSettings:
        """The settings in force. Cheap: read from the database once in a few seconds."""
        known = self._cached.get(project_id)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        seen = self._changes
        found = self._in_force(project_id)
        with self._lock:
            # What was read before a change by another thread must not outlive it.
            if seen == self._changes:
                self._cached[project_id] = (time.monotonic() + _TRUSTED_SECONDS, found)
                self._cached.move_to_end(project_id)
                while len(self._cached) > _CACHED_PROJECTS:
                    self._cached.popitem(last=False)
        return found

    def own(self, project_id: str) -> dict[str, Any]:
        """What the project itself has decided, by name, from the database."""
        newest = (
            select(func.max(project_settings.c.number))
            .where(project_settings.c.project_id == project_id)
            .group_by(project_settings.c.name)
        )
        statement = select(project_settings.c.name, project_settings.c.value).where(
            project_settings.c.number.in_(newest)
        )
        with self._db.read() as connection:
            rows = connection.execute(statement).all()
        return {row.name: row.value for row in rows if row.value is not None and row.name in NAMES}

    def change(self, project_id: str, values: Mapping[str, Any], changed_at: datetime, changed_by: str) -> None:
        """Append these values, all or none; None gives a setting back to the operator."""
        if not values:
            return
        rows = [
            {
                "project_id": project_id,
                "name": name,
                "value": value,
                "changed_at": changed_at,
                "changed_by": changed_by,
            }
            for name, value in values.items()
        ]
        with self._db.write() as connection:
            connection.execute(insert(project_settings), rows)
        with self._lock:
            self._changes += 1
            self._cached.pop(project_id, None)

    def history(self, project_id: str, limit: int) -> list[Change]:
        """The last changes, newest first."""
        statement = (
            select(project_settings)
            .where(project_settings.c.project_id == project_id)
            .order_by(project_settings.c.number.desc())
            .limit(limit)
        )
        with self._db.read() as connection:
            rows = connection.execute(statement).all()
        return [Change(row.name, row.value, row.changed_at, row.changed_by) for row in rows]

    def _in_force(self, project_id: str) -> ProjectSettings:
        own = self.own(project_id)
        return replace(self.defaults, **own) if own else self.defaults
