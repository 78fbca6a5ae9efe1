"""Object versions by name and version, and lists of them. What a value means is the domain's.

The transactions behind publishing and deleting are in object_versions.py, tags and aliases in object_labels.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select
from sqlalchemy.exc import IntegrityError

from weft.core.errors import Unavailable
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.object_labels import (
    ObjectLabels,
    has_label,
    object_aliases,
    object_tags,
    put_aliases,
    put_tags,
)
from weft.storage.entities.object_lists import ObjectLists
from weft.storage.entities.object_versions import (
    IS_LATEST,
    NewObject,
    ObjectVersion,
    delete_versions,
    object_latest,
    object_versions,
    publish,
    require_live,
    version_of,
    versions,
    versions_of,
)

__all__ = ["NewObject", "ObjectSelection", "ObjectStore", "ObjectVersion"]

_ATTEMPTS = 20
_IDS_PER_QUERY = 500
_MOST_KNOWN = 100_000
_SORTABLE = ("object_id", "created_at")
# Base classes of which others remember what they read, until it changes.
_COUNTED_CLASSES = ("Monitor",)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ObjectSelection:
    """Which live versions of a project are wanted; an empty list means no condition."""

    project_id: str
    object_ids: Sequence[str] = ()
    base_object_classes: Sequence[str] = ()
    exclude_base_object_classes: Sequence[str] = ()
    leaf_object_classes: Sequence[str] = ()
    kind: str | None = None
    latest_only: bool = False
    tags: Sequence[str] = ()
    aliases: Sequence[str] = ()
    sort: Sequence[tuple[str, str]] = ()
    limit: int | None = None
    offset: int = 0
    metadata_only: bool = False


class ObjectStore:
    """Durable object versions; each write is one transaction."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db
        self.labels = ObjectLabels(db)
        self.lists = ObjectLists(db)
        self._known: set[tuple[str, str, str]] = set()
        self._changes = dict.fromkeys(_COUNTED_CLASSES, 0)

    def publish(self, new: NewObject, *, move_latest: bool = True) -> ObjectVersion:
        """Store the value as a version, or find it already stored; `latest` moves to it.

        A version keeps its number and time of first writing for good, also when it had been deleted since. Without
        `move_latest` it only becomes the latest of an object that has none. Raises InvalidRequest when live versions
        of the object have another base class.
        """
        known = self.by_digest(new.project_id, new.object_id, new.digest)
        if known is not None and known.deleted_at is None and (known.is_latest or not move_latest):
            return known
        published = self._retried(lambda connection: publish(connection, new, move_latest))
        self._count([published])
        return published

    def publish_all(self, news: Sequence[tuple[NewObject, bool]]) -> list[ObjectVersion]:
        """Publish several values, each with whether `latest` moves to it, in one transaction: all of them or none."""
        published = self._retried(lambda connection: [publish(connection, new, move) for new, move in news])
        self._count(published)
        return published

    def ensure(self, project_id: str, object_id: str, digest: str, make: Callable[[], object]) -> None:
        """Call `make`, which publishes the version, unless this process has seen it live since the last deletion.

        Spares the hot path a read. Another process may delete the version meanwhile; then it stays deleted.
        """
        key = (project_id, object_id, digest)
        if key in self._known:
            return
        make()
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known.add(key)

    def values(self, project_id: str) -> Iterator[str]:
        """The JSON text of every version of every object of the project, deleted ones too, for looking through."""
        with self._db.read() as connection:
            found = connection.execute(select(object_versions.c.val).where(object_versions.c.project_id == project_id))
            yield from found.scalars()

    def by_digest(
        self, project_id: str, object_id: str, digest: str, *, metadata_only: bool = False
    ) -> ObjectVersion | None:
        """The version of that content, deleted or not."""
        return self._first(versions_of(project_id, object_id, metadata_only).where(object_versions.c.digest == digest))

    def by_index(
        self, project_id: str, object_id: str, index: int, kind: str | None = None, *, metadata_only: bool = False
    ) -> ObjectVersion | None:
        """The version of that number, deleted or not; of an op and an object of one name, the live and newer one."""
        query = versions_of(project_id, object_id, metadata_only).where(object_versions.c.version_index == index)
        query = query if kind is None else query.where(object_versions.c.kind == kind)
        order = (object_versions.c.deleted_at.is_(None).desc(), object_versions.c.created_at.desc())
        return self._first(query.order_by(*order))

    def latest(
        self, project_id: str, object_id: str, kind: str | None = None, *, metadata_only: bool = False
    ) -> ObjectVersion | None:
        """The version `latest` names: the one published last, or None when no version is live."""
        query = versions_of(project_id, object_id, metadata_only).where(IS_LATEST)
        query = query if kind is None else query.where(object_versions.c.kind == kind)
        return self._first(query.order_by(object_latest.c.moved_at.desc()))

    def newest_deleted(self, project_id: str, object_id: str, kind: str | None = None) -> ObjectVersion | None:
        """The version of the object deleted last, without its value."""
        query = versions_of(project_id, object_id, True).where(object_versions.c.deleted_at.is_not(None))
        query = query if kind is None else query.where(object_versions.c.kind == kind)
        return self._first(query.order_by(object_versions.c.deleted_at.desc()))

    def by_digests(self, project_id: str, digests: Collection[str]) -> list[ObjectVersion]:
        """Every version of the project with one of the digests, under whatever name, deleted or not."""
        wanted = list(dict.fromkeys(digests))
        found: list[ObjectVersion] = []
        with self._db.read() as connection:
            for start in range(0, len(wanted), _IDS_PER_QUERY):
                some = wanted[start : start + _IDS_PER_QUERY]
                query = versions(False).where(object_versions.c.project_id == project_id)
                found += map(version_of, connection.execute(query.where(object_versions.c.digest.in_(some))))
        return found

    def select(self, selection: ObjectSelection) -> list[ObjectVersion]:
        """The live versions wanted, oldest first unless sorted otherwise."""
        query = versions(selection.metadata_only).where(*_conditions(selection)).order_by(*_order(selection.sort))
        if selection.limit is not None:
            query = query.limit(selection.limit)
        if selection.offset:
            # SQLite has no OFFSET without LIMIT; SQLAlchemy writes one that does not limit.
            query = query.offset(selection.offset)
        with self._db.read() as connection:
            return [version_of(row) for row in connection.execute(query)]

    def delete(self, project_id: str, object_id: str, digests: Collection[str] | None) -> list[ObjectVersion]:
        """Delete the versions (all with None), their labels too; the newest that is left becomes the latest.

        Raises NotFound, and deletes nothing, when one of them is not live or none is.
        """
        deleted = self._retried(lambda connection: delete_versions(connection, project_id, object_id, digests))
        self._known.difference_update((project_id, object_id, version.digest) for version in deleted)
        self._count(deleted)
        return deleted

    def add_tags(self, project_id: str, object_id: str, digest: str, names: Sequence[str]) -> None:
        """Tag a version. Raises NotFound unless it is live."""

        def work(connection: Connection) -> None:
            require_live(connection, project_id, object_id, digest)
            put_tags(connection, project_id, object_id, digest, names)

        self._retried(work)

    def set_aliases(self, project_id: str, object_id: str, digest: str, names: Sequence[str]) -> None:
        """Let aliases stand for a version. Raises NotFound unless it is live."""

        def work(connection: Connection) -> None:
            require_live(connection, project_id, object_id, digest)
            put_aliases(connection, project_id, object_id, digest, names)

        self._retried(work)

    def changes(self, base_object_class: str) -> int:
        """How often this process has published or deleted objects of that class, which is one of those counted."""
        return self._changes[base_object_class]

    def latest_since(self, project_id: str, object_id: str, kind: str) -> datetime | None:
        """Since when `latest` names the version that it names now; None without live versions."""
        latest = object_latest.c
        moved = select(latest.moved_at).where(
            latest.project_id == project_id, latest.object_id == object_id, latest.kind == kind
        )
        with self._db.read() as connection:
            return connection.execute(moved).scalar()

    def has_live(self, project_id: str) -> bool:
        """Whether the project has any object."""
        query = select(object_latest.c.object_id).where(object_latest.c.project_id == project_id).limit(1)
        with self._db.read() as connection:
            return connection.execute(query).first() is not None

    def total_size(self, project_id: str) -> int:
        """The bytes of all live versions of a project."""
        live = (object_versions.c.project_id == project_id) & object_versions.c.deleted_at.is_(None)
        with self._db.read() as connection:
            return int(connection.execute(select(func.sum(object_versions.c.size_bytes)).where(live)).scalar() or 0)

    def _count(self, changed: Sequence[ObjectVersion]) -> None:
        # Not exact when threads meet here, but different from before, which is all that matters.
        for name in {version.base_object_class for version in changed} & self._changes.keys():
            self._changes[name or ""] += 1

    def _first(self, query: Select[Any]) -> ObjectVersion | None:
        with self._db.read() as connection:
            row = connection.execute(query.limit(1)).one_or_none()
        return None if row is None else version_of(row)

    def _retried(self, work: Callable[[Connection], T]) -> T:
        for _ in range(_ATTEMPTS):
            try:
                with self._db.write() as connection:
                    return work(connection)
            except IntegrityError:
                # Another process wrote the same key first; with its row in sight the work comes out right.
                continue
        raise Unavailable("The object is being written by too many others at once")


def _conditions(wanted: ObjectSelection) -> list[ColumnElement[bool]]:
    columns = object_versions.c
    conditions = [columns.project_id == wanted.project_id, columns.deleted_at.is_(None)]
    if wanted.object_ids:
        conditions.append(columns.object_id.in_(wanted.object_ids))
    if wanted.base_object_classes:
        conditions.append(columns.base_object_class.in_(wanted.base_object_classes))
    if wanted.exclude_base_object_classes:
        conditions.append(columns.base_object_class.not_in(wanted.exclude_base_object_classes))
    if wanted.leaf_object_classes:
        conditions.append(columns.leaf_object_class.in_(wanted.leaf_object_classes))
    if wanted.kind is not None:
        conditions.append(columns.kind == wanted.kind)
    if wanted.latest_only:
        conditions.append(object_latest.c.digest == columns.digest)
    if wanted.tags:
        conditions.append(has_label(object_tags, object_versions, wanted.tags))
    if wanted.aliases:
        named = has_label(object_aliases, object_versions, wanted.aliases)
        latest = object_latest.c.digest == columns.digest
        conditions.append(or_(named, latest) if "latest" in wanted.aliases else named)
    return conditions


def _order(sort: Sequence[tuple[str, str]]) -> list[ColumnElement[Any]]:
    columns = object_versions.c
    known = [(columns[name], direction) for name, direction in sort if name in _SORTABLE]
    order = [column.desc() if direction == "desc" else column.asc() for column, direction in known]
    return [*order, columns.created_at.asc(), columns.object_id.asc(), columns.version_index.asc()]
