"""Objects as a list of names: the newest version of each, how many versions it has, how many names of each class.

Single versions, and lists of versions in the contract's words, are objects.py's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.object_versions import IS_LATEST, ObjectVersion, object_versions, version_of, versions

ObjectKey = tuple[str, str]
"""(object_id, kind) inside one project: an op and an object may share a name."""


@dataclass(frozen=True, slots=True)
class NamesWanted:
    """Which names: of one class or kind, without some classes, with a text in the name or class; in which order."""

    project_id: str
    kind: str | None = None
    base_object_class: str | None = None
    without_classes: Collection[str] = ()
    text: str = ""
    newest_first: bool = True
    by_name: bool = False
    limit: int = 50
    offset: int = 0


class ObjectLists:
    """Reads lists of names; each is one statement."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def newest(self, wanted: NamesWanted) -> list[ObjectVersion]:
        """The version that `latest` names of each object, without its value."""
        column = func.lower(object_versions.c.object_id) if wanted.by_name else object_versions.c.created_at
        order = column.desc() if wanted.newest_first else column.asc()
        query = versions(True).where(IS_LATEST, *_matching(wanted), *_of_kind(wanted))
        query = query.order_by(order, object_versions.c.object_id, object_versions.c.kind)
        with self._db.read() as connection:
            return [version_of(row) for row in connection.execute(query.limit(wanted.limit).offset(wanted.offset))]

    def classes(self, wanted: NamesWanted) -> dict[tuple[str, str | None], int]:
        """How many names there are of each (kind, base class), whatever kind and class are wanted."""
        kind, base = object_versions.c.kind, object_versions.c.base_object_class
        chosen = versions(True).where(IS_LATEST, *_matching(wanted)).with_only_columns(kind, base, func.count())
        with self._db.read() as connection:
            return {(row[0], row[1]): int(row[2]) for row in connection.execute(chosen.group_by(kind, base))}

    def version_counts(self, project_id: str, object_ids: Collection[str]) -> dict[ObjectKey, int]:
        """How many live versions those objects have."""
        columns = object_versions.c
        live: Select[Any] = select(columns.object_id, columns.kind, func.count()).where(
            columns.project_id == project_id, columns.object_id.in_(object_ids), columns.deleted_at.is_(None)
        )
        with self._db.read() as connection:
            rows = connection.execute(live.group_by(columns.object_id, columns.kind))
            return {(row[0], row[1]): int(row[2]) for row in rows}


def _matching(wanted: NamesWanted) -> list[ColumnElement[bool]]:
    columns = object_versions.c
    conditions: list[ColumnElement[bool]] = [columns.project_id == wanted.project_id, columns.deleted_at.is_(None)]
    for word in wanted.text.lower().split():
        named = func.lower(columns.object_id).contains(word, autoescape=True)
        of_class = func.lower(columns.leaf_object_class).contains(word, autoescape=True)
        conditions.append(or_(named, and_(columns.leaf_object_class.is_not(None), of_class)))
    return conditions


def _of_kind(wanted: NamesWanted) -> list[ColumnElement[bool]]:
    columns = object_versions.c
    conditions: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        conditions.append(columns.kind == wanted.kind)
    if wanted.base_object_class is not None:
        conditions.append(columns.base_object_class == wanted.base_object_class)
    if wanted.without_classes:
        rest = columns.base_object_class.not_in(wanted.without_classes)
        conditions.append(or_(columns.base_object_class.is_(None), rest))
    return conditions
