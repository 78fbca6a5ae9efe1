"""The tables of object versions and of what `latest` names, and the two transactions that write them.

Choosing and reading versions is objects.py's. Values are canonical JSON text in the last column, so that reading
metadata never touches their pages.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Row,
    Select,
    Table,
    Text,
    UniqueConstraint,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)

from weft.core import jsontext
from weft.core.clock import now
from weft.core.errors import InvalidRequest, NotFound
from weft.storage.entities.object_labels import drop_labels
from weft.storage.entities.tables import UtcDateTime, metadata

object_versions = Table(
    "object_versions",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("version_index", Integer, nullable=False),
    Column("base_object_class", Text),
    Column("leaf_object_class", Text),
    Column("wb_user_id", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime),
    Column("size_bytes", Integer, nullable=False),
    Column("val", Text, nullable=False),
    # Two concurrent publishers cannot give out the same number: one of them is refused and counts again.
    UniqueConstraint("project_id", "object_id", "kind", "version_index"),
    Index("ix_object_versions_project_id_digest", "project_id", "digest"),
    Index("ix_object_versions_project_id_created_at", "project_id", "created_at"),
)
# Asked whenever a call ends: does its project have monitors?
_is_monitor = object_versions.c.base_object_class == "Monitor"
Index(
    "ix_object_versions_monitors",
    object_versions.c.project_id,
    sqlite_where=_is_monitor,
    postgresql_where=_is_monitor,
)

# The version `latest` names. It is always a live one; an object without live versions has no row.
object_latest = Table(
    "object_latest",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("moved_at", UtcDateTime, nullable=False),
)

_JOIN = and_(*(object_latest.c[name] == object_versions.c[name] for name in ("project_id", "object_id", "kind")))
IS_LATEST = func.coalesce(object_latest.c.digest == object_versions.c.digest, False).label("is_latest")
_METADATA = [column for column in object_versions.c if column.name != "val"]


@dataclass
class ObjectVersion:
    """One version of an object. `text` is its canonical JSON, absent when only metadata was read."""

    project_id: str
    object_id: str
    digest: str
    kind: str
    version_index: int
    is_latest: bool
    base_object_class: str | None
    leaf_object_class: str | None
    wb_user_id: str | None
    created_at: datetime
    deleted_at: datetime | None
    size_bytes: int
    text: str | None = field(default=None, repr=False)

    @cached_property
    def val(self) -> Any:
        """The parsed value; an empty dict when only metadata was read. Shared: not to be changed."""
        return {} if self.text is None else jsontext.loads(self.text)


@dataclass(frozen=True, slots=True)
class NewObject:
    """A value about to be published."""

    project_id: str
    object_id: str
    digest: str
    kind: str
    base_object_class: str | None
    leaf_object_class: str | None
    text: str
    wb_user_id: str | None


def publish(connection: Connection, new: NewObject, move_latest: bool) -> ObjectVersion:
    """Store or find the version, and move `latest`; the rules are those of `ObjectStore.publish`."""
    pointer = _pointer(connection, new.project_id, new.object_id, new.kind)
    query = versions_of(new.project_id, new.object_id, True)
    stored = connection.execute(query.where(object_versions.c.digest == new.digest)).one_or_none()
    if pointer is not None and (stored is None or stored.deleted_at is not None):
        live = connection.execute(query.where(object_versions.c.digest == pointer.digest)).one()
        if live.base_object_class != new.base_object_class:
            raise InvalidRequest(
                f"Object {new.object_id!r} holds {live.base_object_class or 'plain values'}, "
                f"so it cannot hold {new.base_object_class or 'a plain value'}: use another name"
            )
    key = {"project_id": new.project_id, "object_id": new.object_id, "digest": new.digest}
    if stored is None:
        connection.execute(insert(object_versions).values(**key, **_first_values(connection, new)))
    elif stored.deleted_at is not None:
        revived = update(object_versions).where(*(object_versions.c[name] == value for name, value in key.items()))
        connection.execute(revived.values(deleted_at=None))
    if move_latest or pointer is None:
        _point(connection, new.project_id, new.object_id, new.kind, new.digest, pointer is not None)
    version = version_of(connection.execute(query.where(object_versions.c.digest == new.digest)).one())
    version.text = new.text
    return version


def _first_values(connection: Connection, new: NewObject) -> dict[str, Any]:
    highest = select(func.max(object_versions.c.version_index)).where(
        object_versions.c.project_id == new.project_id,
        object_versions.c.object_id == new.object_id,
        object_versions.c.kind == new.kind,
    )
    last = connection.scalar(highest)
    return {
        "kind": new.kind,
        "version_index": 0 if last is None else last + 1,
        "base_object_class": new.base_object_class,
        "leaf_object_class": new.leaf_object_class,
        "wb_user_id": new.wb_user_id,
        "created_at": now(),
        "size_bytes": len(new.text),
        "val": new.text,
    }


def delete_versions(
    connection: Connection, project_id: str, object_id: str, digests: Collection[str] | None
) -> list[ObjectVersion]:
    """Mark versions as deleted; the rules are those of `ObjectStore.delete`."""
    pointers = {kind: _pointer(connection, project_id, object_id, kind) for kind in ("object", "op")}
    query = versions_of(project_id, object_id, True).where(object_versions.c.deleted_at.is_(None))
    order = (object_versions.c.created_at, object_versions.c.version_index)
    live = [version_of(row) for row in connection.execute(query.order_by(*order))]
    doomed = [version for version in live if digests is None or version.digest in digests]
    if not doomed or (digests is not None and len(doomed) != len(set(digests))):
        raise NotFound(f"Object {object_id} not found, or not all of the versions named")
    gone = [version.digest for version in doomed]
    chosen = (object_versions.c.project_id == project_id, object_versions.c.object_id == object_id)
    marked = update(object_versions).where(*chosen, object_versions.c.digest.in_(gone))
    connection.execute(marked.values(deleted_at=now()))
    drop_labels(connection, project_id, object_id, gone)
    for kind, pointer in pointers.items():
        if pointer is not None and pointer.digest in gone:
            left = [version for version in live if version.kind == kind and version.digest not in gone]
            _point(connection, project_id, object_id, kind, left[-1].digest if left else None, True)
    return doomed


def _pointer(connection: Connection, project_id: str, object_id: str, kind: str) -> Row[Any] | None:
    # Locked (where the database locks rows), so that deleting and publishing one object take turns.
    query = select(object_latest).where(*_latest_key(project_id, object_id, kind)).with_for_update()
    return connection.execute(query).one_or_none()


def _point(connection: Connection, project_id: str, object_id: str, kind: str, digest: str | None, known: bool) -> None:
    key = _latest_key(project_id, object_id, kind)
    if digest is None:
        connection.execute(delete(object_latest).where(*key))
    elif known:
        connection.execute(update(object_latest).where(*key).values(digest=digest, moved_at=now()))
    else:
        row = {"project_id": project_id, "object_id": object_id, "kind": kind, "digest": digest}
        connection.execute(insert(object_latest).values(**row, moved_at=now()))


def _latest_key(project_id: str, object_id: str, kind: str) -> tuple[ColumnElement[bool], ...]:
    return (
        object_latest.c.project_id == project_id,
        object_latest.c.object_id == object_id,
        object_latest.c.kind == kind,
    )


def require_live(connection: Connection, project_id: str, object_id: str, digest: str) -> None:
    """Raise NotFound unless the object has that version now."""
    query = versions_of(project_id, object_id, True).where(object_versions.c.digest == digest)
    if connection.execute(query.where(object_versions.c.deleted_at.is_(None))).first() is None:
        raise NotFound(f"Object {object_id}:{digest} not found")


def versions(metadata_only: bool) -> Select[Any]:
    """The query for versions, with `is_latest`; `version_of` reads its rows."""
    columns = _METADATA if metadata_only else [*_METADATA, object_versions.c.val]
    return select(*columns, IS_LATEST).select_from(object_versions.outerjoin(object_latest, _JOIN))


def versions_of(project_id: str, object_id: str, metadata_only: bool) -> Select[Any]:
    """The query for the versions of one object."""
    chosen = (object_versions.c.project_id == project_id, object_versions.c.object_id == object_id)
    return versions(metadata_only).where(*chosen)


def version_of(row: Row[Any]) -> ObjectVersion:
    """The version in a row of `versions`."""
    values = dict(row._mapping)
    text = values.pop("val", None)
    return ObjectVersion(**{**values, "is_latest": bool(values["is_latest"])}, text=text)
