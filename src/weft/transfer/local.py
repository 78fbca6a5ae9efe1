"""A project in this server's own stores, as a place to move from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from typing import Any

from weft.core.identity import Project
from weft.services import Services
from weft.storage.entities.project_rows import ProjectRows, moved_tables
from weft.storage.events.project_rows import MOVED, EventRows
from weft.transfer.ref_names import outward
from weft.transfer.source import Chunk, Lines, Row

_TABLES = {table.name: table for table in MOVED}


class LocalSource:
    """Every row and file that the stores have of a project."""

    kind = "weft"
    url = ""

    def __init__(self, services: Services, project: Project) -> None:
        self.project = project.external
        self.left_out = [
            "API keys, and what they allow",
            "secrets of the project, which are sealed with this server's key",
        ]
        self._id = project.id
        self._stores = services.stores
        self._entities = ProjectRows(services.database)
        self._events = EventRows(services.engine)

        @cache
        def external(project_id: str) -> str | None:
            found = services.stores.projects.by_id(project_id)
            return found.external if found is not None else None

        self._external = external

    def lines(self) -> Iterable[Lines]:
        """Each table of the entity store."""
        return [Lines(name, partial(self._lines, name)) for name in moved_tables()]

    def streams(self) -> Sequence[str]:
        """Each table of the event store."""
        return list(_TABLES)

    def total(self, stream: str) -> int | None:
        """How many rows the table has."""
        return self._events.count(_TABLES[stream], self._id)

    def read(self, stream: str, cursor: Any) -> Iterator[Chunk]:
        """The rows of the table behind a key."""
        table = _TABLES[stream]
        for rows in self._events.read(table, self._id, cursor):
            last = [rows[-1][name] for name in table.key]
            yield Chunk({stream: [outward(row, self._external) for row in rows]}, last)

    def digests(self) -> Iterable[str]:
        """Every file that is stored."""
        return self._stores.files.digests(self._id)

    def content(self, digest: str) -> bytes | None:
        """The bytes of a file."""
        return self._stores.files.get(self._id, digest)

    def usernames(self, user_ids: Iterable[str]) -> dict[str, str]:
        """The names of the users."""
        return self._stores.keys.usernames(user_ids)

    def _lines(self, name: str) -> Iterator[list[Row]]:
        for rows in self._entities.read(name, self._id):
            yield [outward(row, self._external) for row in rows]
