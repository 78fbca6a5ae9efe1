"""The words of tables: create, update, query and sizes. What they mean is domain/tables.py's."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from weft.schemas.base import Wire
from weft.schemas.sorting import SortBy


class TableSchemaForInsert(Wire):
    """Rows to store as a table."""

    project_id: str
    rows: list[dict[str, Any]]
    expected_digest: str | None = None


class TableCreateReq(Wire):
    """Body of /table/create."""

    table: TableSchemaForInsert


class TableCreateRes(Wire):
    """The digests of the table and of its rows, in order."""

    digest: str
    row_digests: list[str] = Field(default_factory=list)


class TableCreateFromDigestsReq(Wire):
    """Body of /table/create_from_digests; the rows are sent in other requests."""

    project_id: str
    row_digests: list[str]
    expected_digest: str | None = None


class TableCreateFromDigestsRes(Wire):
    """The digest of the table."""

    digest: str


class TableAppendSpecPayload(Wire):
    """A row for the end."""

    row: dict[str, Any]


class TableAppendSpec(Wire):
    """Add a row at the end."""

    append: TableAppendSpecPayload


class TablePopSpecPayload(Wire):
    """The place of a row."""

    index: int


class TablePopSpec(Wire):
    """Take a row away."""

    pop: TablePopSpecPayload


class TableInsertSpecPayload(Wire):
    """A row and its place."""

    index: int
    row: dict[str, Any]


class TableInsertSpec(Wire):
    """Add a row before another."""

    insert: TableInsertSpecPayload


class TableUpdateReq(Wire):
    """Body of /table/update; the changes are made in order."""

    project_id: str
    base_digest: str
    updates: list[TableAppendSpec | TablePopSpec | TableInsertSpec]


class TableUpdateRes(Wire):
    """The digest of the new table, and that of the row of each change."""

    digest: str
    updated_row_digests: list[str] = Field(default_factory=list)


class TableRowFilter(Wire):
    """Which rows; an empty list is no condition."""

    row_digests: list[str] | None = None


class TableQueryReq(Wire):
    """Body of /table/query and /table/query_stream."""

    project_id: str
    digest: str
    filter: TableRowFilter | None = None
    limit: int | None = None
    offset: int | None = None
    sort_by: list[SortBy] | None = None


class TableRowSchema(Wire):
    """A row and its place in the whole table."""

    digest: str
    val: Any
    original_index: int | None = None


class TableQueryRes(Wire):
    """The rows found."""

    rows: list[TableRowSchema]


class TableQueryStatsReq(Wire):
    """Body of /table/query_stats."""

    project_id: str
    digest: str


class TableQueryStatsRes(Wire):
    """How many rows a table has."""

    count: int


class TableQueryStatsBatchReq(Wire):
    """Body of /table/query_stats_batch."""

    project_id: str
    digests: list[str] | None = Field(default_factory=list)
    include_storage_size: bool | None = False


class TableStatsRow(Wire):
    """The size of one table."""

    count: int
    digest: str
    storage_size_bytes: int | None = None


class TableQueryStatsBatchRes(Wire):
    """The sizes of the tables that exist."""

    tables: list[TableStatsRow]
