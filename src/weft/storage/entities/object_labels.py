"""Tags and aliases of object versions. Which names are allowed is the domain's; versions are objects.py's."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Column, ColumnElement, Connection, Index, Table, Text, delete, exists, insert, select

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.tables import metadata

object_tags = Table(
    "object_tags",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Index("ix_object_tags_project_id_name", "project_id", "name"),
)

# One alias names one version of its object; setting it again moves it.
object_aliases = Table(
    "object_aliases",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Index("ix_object_aliases_project_id_name", "project_id", "name"),
)

VersionKey = tuple[str, str]
"""(object_id, digest) inside one project."""


class ObjectLabels:
    """Reads labels, and removes single ones. Labels are added in objects.py, where the version is known to live."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def tags(self, project_id: str) -> list[str]:
        """Every tag used in the project, sorted."""
        with self._db.read() as connection:
            query = select(object_tags.c.name).where(object_tags.c.project_id == project_id).distinct()
            return sorted(connection.scalars(query))

    def aliases(self, project_id: str) -> list[str]:
        """Every alias set in the project, sorted; `latest` is not stored here."""
        with self._db.read() as connection:
            query = select(object_aliases.c.name).where(object_aliases.c.project_id == project_id).distinct()
            return sorted(connection.scalars(query))

    def labels_of(
        self, project_id: str, object_ids: Collection[str]
    ) -> tuple[dict[VersionKey, list[str]], dict[VersionKey, list[str]]]:
        """The sorted tags and aliases of all versions of the objects."""
        tags: dict[VersionKey, list[str]] = {}
        aliases: dict[VersionKey, list[str]] = {}
        with self._db.read() as connection:
            for table, found in ((object_tags, tags), (object_aliases, aliases)):
                chosen = (table.c.project_id == project_id) & table.c.object_id.in_(object_ids)
                for row in connection.execute(select(table).where(chosen).order_by(table.c.name)):
                    found.setdefault((row.object_id, row.digest), []).append(row.name)
        return tags, aliases

    def alias_digest(self, project_id: str, object_id: str, name: str) -> str | None:
        """The digest an alias of the object stands for."""
        with self._db.read() as connection:
            query = select(object_aliases.c.digest).where(
                *_alias_key(project_id, object_id), object_aliases.c.name == name
            )
            return connection.scalars(query).one_or_none()

    def remove_tags(self, project_id: str, object_id: str, digest: str, names: Collection[str]) -> None:
        """Forget the tags of one version; unknown ones do not matter."""
        with self._db.write() as connection:
            chosen = (*_tag_key(project_id, object_id, digest), object_tags.c.name.in_(names))
            connection.execute(delete(object_tags).where(*chosen))

    def remove_aliases(self, project_id: str, object_id: str, names: Collection[str]) -> None:
        """Forget the aliases; unknown ones do not matter."""
        with self._db.write() as connection:
            chosen = (*_alias_key(project_id, object_id), object_aliases.c.name.in_(names))
            connection.execute(delete(object_aliases).where(*chosen))


def put_tags(connection: Connection, project_id: str, object_id: str, digest: str, names: Sequence[str]) -> None:
    """Give one version the tags, whether it has them already or not."""
    query = select(object_tags.c.name).where(*_tag_key(project_id, object_id, digest))
    known = set(connection.scalars(query))
    key = {"project_id": project_id, "object_id": object_id, "digest": digest}
    rows = [{**key, "name": name} for name in dict.fromkeys(names) if name not in known]
    if rows:
        connection.execute(insert(object_tags), rows)


def put_aliases(connection: Connection, project_id: str, object_id: str, digest: str, names: Sequence[str]) -> None:
    """Let the aliases stand for this version."""
    distinct = list(dict.fromkeys(names))
    if distinct:
        chosen = (*_alias_key(project_id, object_id), object_aliases.c.name.in_(distinct))
        connection.execute(delete(object_aliases).where(*chosen))
        key = {"project_id": project_id, "object_id": object_id, "digest": digest}
        connection.execute(insert(object_aliases), [{**key, "name": name} for name in distinct])


def drop_labels(connection: Connection, project_id: str, object_id: str, digests: Collection[str]) -> None:
    """Forget every label of versions that are being deleted."""
    for table in (object_tags, object_aliases):
        chosen = (table.c.project_id == project_id, table.c.object_id == object_id, table.c.digest.in_(digests))
        connection.execute(delete(table).where(*chosen))


def has_label(table: Table, version: Table, names: Collection[str]) -> ColumnElement[bool]:
    """The SQL condition that a version carries one of the names."""
    same = [table.c[name] == version.c[name] for name in ("project_id", "object_id", "digest")]
    return exists().where(*same, table.c.name.in_(names))


def _tag_key(project_id: str, object_id: str, digest: str) -> tuple[ColumnElement[bool], ...]:
    return (
        object_tags.c.project_id == project_id,
        object_tags.c.object_id == object_id,
        object_tags.c.digest == digest,
    )


def _alias_key(project_id: str, object_id: str) -> tuple[ColumnElement[bool], ...]:
    return (object_aliases.c.project_id == project_id, object_aliases.c.object_id == object_id)
