"""Links from rows of datasets to what the rows were made from: calls, spans, conversations.

Owns the table and its reads in both directions. Whether a source exists, and the ids of links, are the domain's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Index,
    Row,
    Select,
    Table,
    Text,
    bindparam,
    case,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from weft.core.errors import InvalidRequest
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.tables import UtcDateTime, metadata

T = TypeVar("T")

SHOWN_ROWS = 100
"""How many rows of a dataset a membership names at most."""

# One statement takes so many values at most; both databases allow more.
_VALUES_AT_ONCE = 10_000
_BIGGEST = (1 << 63) - 1
# Ordered by code point in both databases; PostgreSQL would follow a language.
_Ordered = Text().with_variant(Text(collation="C"), "postgresql")

links = Table(
    "dataset_source_links",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("dataset_object_id", _Ordered, nullable=False),
    Column("row_digest", _Ordered, nullable=False),
    Column("source_kind", _Ordered, nullable=False),
    Column("source_id", _Ordered, nullable=False),
    Column("source_trace_id", _Ordered, nullable=False),
    Column("source_started_at", UtcDateTime, nullable=False),
    Column("source_display_name", Text, nullable=False),
    Column("link_metadata", JSON, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime, nullable=True),
    Index("ix_dataset_source_links_rows", "project_id", "dataset_object_id", "row_digest"),
    Index("ix_dataset_source_links_sources", "project_id", "source_kind", "source_id"),
)

_SOURCE = (links.c.source_kind, links.c.source_id, links.c.source_trace_id)


@dataclass(frozen=True, slots=True)
class Source:
    """What a row was made from: its kind, its id, and the trace it is in (empty for conversations)."""

    kind: str
    id: str
    trace_id: str


@dataclass(frozen=True, slots=True)
class Link:
    """One row of a dataset, of whatever version, and one source; name and start are those when it was linked."""

    id: str
    project_id: str
    dataset_object_id: str
    row_digest: str
    source_kind: str
    source_id: str
    source_trace_id: str
    source_started_at: datetime
    source_display_name: str
    link_metadata: dict[str, Any] | None
    added_by: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkSelection:
    """Which links of a dataset; empty means any."""

    project_id: str
    dataset_object_id: str
    row_digests: Sequence[str] = ()
    source_kinds: Sequence[str] = ()
    include_deleted: bool = False
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Membership:
    """A dataset that has rows made from a source: the first of the rows, how many there are, and since when."""

    source: Source
    dataset_object_id: str
    row_digests: list[str]
    row_count: int
    first_seen_at: datetime


class DatasetSourceStore:
    """Durable links. Linking again revives a deleted link and never makes it younger."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def link(self, given: Sequence[Link]) -> set[str]:
        """Store the links in one step; of those with the same id the last. The ids that did not exist before."""
        # In one order, so that two requests never wait for each other.
        rows = [_row_of(link) for _, link in sorted({link.id: link for link in given}.items())]
        if not rows:
            return set()
        with self._db.write() as connection:
            dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
            new = dialect.insert(links).on_conflict_do_nothing(index_elements=["id"]).returning(links.c.id)
            created = set(connection.execute(new, rows).scalars())
            again = [_renewed(row) for row in rows if row["id"] not in created]
            if again:
                connection.execute(_LINK_AGAIN, again)
        return created

    def delete(self, project_id: str, ids: Sequence[str], at: datetime) -> set[str]:
        """Delete links, all or none; the ids of those that were not deleted before. Raises InvalidRequest."""
        with self._db.write() as connection:
            stored: dict[str, datetime | None] = {}
            for some in _portions(sorted(set(ids))):
                known = select(links.c.id, links.c.deleted_at).where(links.c.project_id == project_id)
                locked = known.where(links.c.id.in_(some)).order_by(links.c.id).with_for_update()
                stored |= {row.id: row.deleted_at for row in connection.execute(locked)}
            unknown = next((link_id for link_id in ids if link_id not in stored), None)
            if unknown is not None:
                raise InvalidRequest(f"Link {unknown[:200]} not found; nothing was deleted")
            live = [link_id for link_id, deleted_at in stored.items() if deleted_at is None]
            for some in _portions(live):
                connection.execute(update(links).where(links.c.id.in_(some)).values(deleted_at=at, updated_at=at))
        return set(live)

    def select(self, selection: LinkSelection) -> list[Link]:
        """The links by row, then kind, id and trace of the source."""
        first = min(selection.offset, _BIGGEST)
        last = None if selection.limit is None else min(first + selection.limit, _BIGGEST)
        if last == first:
            return []
        with self._db.read() as connection:
            return list(islice(_selected(connection, selection, last), first, last))

    def memberships(self, project_id: str, sources: Sequence[Source], *, include_deleted: bool) -> list[Membership]:
        """The datasets with rows made from the sources, by kind, id and trace of the source, then dataset."""
        found: list[Membership] = []
        with self._db.read() as connection:
            wanted = sorted({(source.kind, source.id, source.trace_id) for source in sources})
            for some in _portions(wanted, _VALUES_AT_ONCE // 3):
                rows = connection.execute(_memberships(project_id, some, include_deleted))
                found += _grouped(rows)
        return found


_RENEWED = ("source_started_at", "source_display_name", "link_metadata", "added_by", "updated_at")
_LINK_AGAIN = (
    update(links)
    .where(links.c.id == bindparam("known_id"))
    .values(
        **{name: bindparam(f"new_{name}") for name in _RENEWED},
        # A clock set back may make a later request the earlier one.
        created_at=case(
            (links.c.created_at > bindparam("new_created_at", type_=UtcDateTime), bindparam("new_created_at")),
            else_=links.c.created_at,
        ),
        deleted_at=None,
    )
)


def _renewed(row: dict[str, Any]) -> dict[str, Any]:
    return {"known_id": row["id"], **{f"new_{name}": row[name] for name in (*_RENEWED, "created_at")}}


def _row_of(link: Link) -> dict[str, Any]:
    return {column.name: getattr(link, column.name) for column in links.columns}


def _selected(connection: Connection, selection: LinkSelection, last: int | None) -> Iterator[Link]:
    base = select(links).where(
        links.c.project_id == selection.project_id, links.c.dataset_object_id == selection.dataset_object_id
    )
    if selection.source_kinds:
        base = base.where(links.c.source_kind.in_(sorted(set(selection.source_kinds))))
    if not selection.include_deleted:
        base = base.where(links.c.deleted_at.is_(None))
    base = base.order_by(links.c.row_digest, *_SOURCE).limit(last)
    if not selection.row_digests:
        yield from (Link(**row._mapping) for row in connection.execute(base))
        return
    # Portions of sorted digests follow each other in the order of the whole.
    for some in _portions(sorted(set(selection.row_digests))):
        rows = connection.execute(base.where(links.c.row_digest.in_(some)))
        yield from (Link(**row._mapping) for row in rows)


def _memberships(project_id: str, sources: Sequence[tuple[str, str, str]], include_deleted: bool) -> Select[Any]:
    group = [*_SOURCE, links.c.dataset_object_id]
    rows = select(
        *group,
        links.c.row_digest,
        func.row_number().over(partition_by=group, order_by=links.c.row_digest).label("place"),
        func.count().over(partition_by=group).label("row_count"),
        func.min(links.c.created_at, type_=UtcDateTime).over(partition_by=group).label("first_seen_at"),
    ).where(links.c.project_id == project_id, tuple_(*_SOURCE).in_(sources))
    if not include_deleted:
        rows = rows.where(links.c.deleted_at.is_(None))
    of_rows = rows.subquery()
    ordered = [of_rows.c[column.name] for column in group]
    return select(of_rows).where(of_rows.c.place <= SHOWN_ROWS).order_by(*ordered, of_rows.c.place)


def _grouped(rows: Any) -> list[Membership]:
    found: dict[tuple[str, ...], Membership] = {}
    row: Row[Any]
    for row in rows:
        source = Source(row.source_kind, row.source_id, row.source_trace_id)
        key = (row.source_kind, row.source_id, row.source_trace_id, row.dataset_object_id)
        new = Membership(source, row.dataset_object_id, [], row.row_count, row.first_seen_at)
        found.setdefault(key, new).row_digests.append(row.row_digest)
    return list(found.values())


def _portions(values: Sequence[T], size: int = _VALUES_AT_ONCE) -> Iterator[Sequence[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))
