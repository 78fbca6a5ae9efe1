"""Projects: which exist, and the internal id of each.

Who may see or create one is decided in api/auth.py.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from typing import Any

from sqlalchemy import Column, Row, Table, Text, UniqueConstraint, insert, select
from sqlalchemy.exc import IntegrityError

from weft.core.clock import now
from weft.core.identity import Project
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.tables import UtcDateTime, metadata

projects = Table(
    "projects",
    metadata,
    Column("id", Text, primary_key=True),
    Column("entity", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("entity", "name"),
)

_CACHED_PROJECTS = 100_000


class ProjectStore:
    """Reads and creates projects. They are never renamed or removed, so what was found once stays true."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._by_name: dict[tuple[str, str], Project] = {}
        self._by_id: dict[str, Project] = {}

    def find(self, entity: str, name: str) -> Project | None:
        """The project of that name, or None."""
        known = self._by_name.get((entity, name))
        if known is not None:
            return known
        with self._db.read() as connection:
            row = connection.execute(
                select(projects).where(projects.c.entity == entity, projects.c.name == name)
            ).one_or_none()
        return None if row is None else self._remember(_project(row))

    def by_id(self, internal_id: str) -> Project | None:
        """The project that stored refs and rows call `internal_id`, or None."""
        known = self._by_id.get(internal_id)
        if known is not None:
            return known
        with self._db.read() as connection:
            row = connection.execute(select(projects).where(projects.c.id == internal_id)).one_or_none()
        return None if row is None else self._remember(_project(row))

    def ensure(self, entity: str, name: str) -> Project:
        """The project of that name, created if it does not exist; two callers at once get the same one."""
        found = self.find(entity, name)
        if found is not None:
            return found
        project = Project(self.future_id(entity, name), entity, name)
        row = insert(projects).values(id=project.id, entity=entity, name=name, created_at=now())
        try:
            with self._db.write() as connection:
                connection.execute(row)
        except IntegrityError:
            # Another thread or process was first.
            winner = self.find(entity, name)
            if winner is None:
                raise
            return winner
        return self._remember(project)

    def future_id(self, entity: str, name: str) -> str:
        """The internal id of a project, whether it exists already or not.

        It follows from the name, so a client may put it into refs before the first write creates the project. The
        form is the one Weave's own ids have; base64 of letters and digits never contains a slash.
        """
        number = int.from_bytes(hashlib.sha256(f"{entity}/{name}".encode()).digest()[:8]) >> 1
        return base64.b64encode(f"ProjectInternalId:{number}".encode()).decode()

    def list_projects(self) -> list[Project]:
        """Every project, by name."""
        with self._db.read() as connection:
            rows = connection.execute(select(projects).order_by(projects.c.entity, projects.c.name)).all()
        return [_project(row) for row in rows]

    def _remember(self, project: Project) -> Project:
        with self._lock:
            if len(self._by_id) >= _CACHED_PROJECTS:
                self._by_name.clear()
                self._by_id.clear()
            self._by_name[project.entity, project.name] = project
            self._by_id[project.id] = project
        return project


def _project(row: Row[Any]) -> Project:
    return Project(row.id, row.entity, row.name)
