"""What creating, changing and reading tables means. Rows and digests are kept by storage/events/tables.py.

A table is addressed by its content, so changing one means making another.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weft.core import jsontext
from weft.core.digest import object_digest, table_digest
from weft.core.errors import DigestMismatch, InvalidRequest, NotFound
from weft.core.identity import Project
from weft.domain.json_order import JsonOrder, split_path
from weft.storage.events.tables import TableWrite
from weft.storage.stores import Stores

# No other text can name a table, and some texts no store takes.
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LONGEST_DIGEST = 128


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table as JSON text, and its place in the whole table."""

    digest: str
    text: str
    original_index: int

    @property
    def val(self) -> Any:
        """The parsed row."""
        return jsontext.loads(self.text)


@dataclass(frozen=True, slots=True)
class Append:
    """Add a row at the end."""

    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Insert:
    """Add a row before the one at `index`."""

    index: int
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pop:
    """Take the row at `index` away."""

    index: int


TableChange = Append | Insert | Pop


@dataclass(frozen=True, slots=True)
class TableStats:
    """The size of a table; bytes only when they were asked for."""

    digest: str
    count: int
    storage_size_bytes: int | None = None


def create_table(
    stores: Stores, project: Project, rows: Sequence[dict[str, Any]], expected_digest: str | None = None
) -> tuple[str, list[str]]:
    """Store a table; answers its digest and those of its rows, in order. Raises DigestMismatch."""
    row_digests = [object_digest(row) for row in rows]
    texts = dict(zip(row_digests, rows, strict=True))
    digest = _put(stores, project, texts, row_digests, expected_digest)
    return digest, row_digests


def create_table_from_digests(
    stores: Stores, project: Project, row_digests: Sequence[str], expected_digest: str | None = None
) -> str:
    """Store a table of rows that are sent (or will be) in other requests.

    Raises DigestMismatch, and InvalidRequest for what cannot be a row digest; whether rows exist is not asked.
    """
    if not all(digest.isprintable() and len(digest) <= _LONGEST_DIGEST for digest in row_digests):
        raise InvalidRequest("Invalid row digests: one of them cannot be a digest")
    return _put(stores, project, {}, list(row_digests), expected_digest)


def update_table(
    stores: Stores, project: Project, base_digest: str, changes: Sequence[TableChange]
) -> tuple[str, list[str]]:
    """Store the table that results from the changes, in order; answers its digest and one row digest per change.

    Raises NotFound for an unknown base and InvalidRequest for a place outside the table.
    """
    base = stores.tables.row_digests(project.id, base_digest) if _DIGEST.fullmatch(base_digest) else None
    if base is None:
        raise NotFound(f"Table {base_digest[:100]} not found")
    digests = list(base)
    added: dict[str, dict[str, Any]] = {}
    touched: list[str] = []
    for change in changes:
        if isinstance(change, Pop):
            _check_place(change.index, len(digests))
            touched.append(digests.pop(change.index))
            continue
        digest = object_digest(change.row)
        added[digest] = change.row
        touched.append(digest)
        if isinstance(change, Append):
            digests.append(digest)
        else:
            _check_place(change.index, len(digests) + 1)
            digests.insert(change.index, digest)
    return _put(stores, project, added, digests, None), touched


def table_rows(
    stores: Stores,
    project_id: str,
    digest: str,
    row_digests: Collection[str] | None = None,
    limit: int | None = None,
    offset: int | None = None,
    sort_by: Sequence[tuple[str, str]] | None = None,
) -> list[TableRow]:
    """The rows of a table in its order, or in that of the (path, direction) pairs; none for an unknown table.

    Listed digests without a stored row are skipped. Raises InvalidRequest for a bad path, limit or offset.
    """
    start = offset or 0
    if start < 0 or (limit is not None and limit < 0):
        raise InvalidRequest("limit and offset cannot be negative")
    order = [(split_path(path), direction) for path, direction in sort_by or []]
    listed = stores.tables.row_digests(project_id, digest) if _DIGEST.fullmatch(digest) else None
    if listed is None:
        return []
    wanted = set(row_digests) if row_digests else None
    # Pages are pages of the rows that are there: a short page means the end to clients.
    missing = stores.tables.missing_rows(project_id, digest)
    places = [(i, row) for i, row in enumerate(listed) if row not in missing and (wanted is None or row in wanted)]
    if order:
        places = _sorted(stores, project_id, digest, places, order)
    page = places[start : None if limit is None else start + limit]
    texts = stores.tables.rows(project_id, [row for _, row in page])
    return [TableRow(row, texts[row], index) for index, row in page]


def count_rows(stores: Stores, project_id: str, digest: str) -> int:
    """How many rows a table has; 0 for an unknown one."""
    return sum(table.count for table in table_stats(stores, project_id, [digest], with_sizes=False))


def table_stats(stores: Stores, project_id: str, digests: Sequence[str], with_sizes: bool) -> list[TableStats]:
    """The sizes of those of the tables that exist."""
    digests = [digest for digest in dict.fromkeys(digests) if _DIGEST.fullmatch(digest)]
    counts = stores.tables.counts(project_id, digests)
    sizes = stores.tables.sizes(project_id, digests) if with_sizes else {}
    known = [digest for digest in digests if digest in counts]
    return [TableStats(digest, counts[digest], sizes.get(digest, 0) if with_sizes else None) for digest in known]


def _put(
    stores: Stores,
    project: Project,
    rows: Mapping[str, dict[str, Any]],
    row_digests: Sequence[str],
    expected_digest: str | None,
) -> str:
    digest = table_digest(row_digests)
    if expected_digest is not None and expected_digest != digest:
        raise DigestMismatch(f"The table has the digest {digest}, not {expected_digest[:100]}")
    texts = {key: jsontext.dumps_finite(row) for key, row in rows.items()}
    stores.tables.put(TableWrite(project.id, texts, digest, row_digests))
    return digest


def _check_place(index: int, length: int) -> None:
    if not 0 <= index < length:
        raise InvalidRequest(f"Invalid index {index}: outside the table")


def _sorted(
    stores: Stores,
    project_id: str,
    digest: str,
    places: list[tuple[int, str]],
    order: Sequence[tuple[list[str], str]],
) -> list[tuple[int, str]]:
    """The places in that order; only the members that decide are read."""
    for path, direction in reversed(order):
        members = stores.tables.members(project_id, digest, path[0])
        order_of = JsonOrder(path[1:], descending=direction == "desc")
        keys = {row: order_of(jsontext.loads(text) if text else None) for row, text in members.items()}
        places = sorted(places, key=lambda place, keys=keys: keys[place[1]])  # type: ignore[misc]
    return places
