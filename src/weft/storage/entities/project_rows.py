"""All rows of one project, table by table, for moving projects. What the rows mean is the noun's own file's.

Tables are found by walking the metadata, so that a new one cannot be forgotten: it is moved, or named in `NOT_MOVED`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Table, insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

from weft.core.clock import iso
from weft.core.errors import InvalidRequest
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.tables import UtcDateTime, metadata

NOT_MOVED = {
    "projects": "the project gets a name and an id of its own where it goes",
    "users": "people are known to a server, not to a project",
    "api_keys": "keys open one server",
    "key_roles": "keys open one server",
    "ended_calls": "what monitors have still to look at; where the project goes, back-filling finds it",
    "call_locks": "never holds a row",
    "project_secrets": "sealed with the key of one server, and not to be read by whoever holds the folder",
}
"""The tables that stay, and why."""

_WRITTEN_AT_ONCE = 500


def moved_tables() -> list[str]:
    """The names of the tables that are moved; one that others refer to comes before them."""
    return [table.name for table in metadata.sorted_tables if table.name not in NOT_MOVED]


class ProjectRows:
    """Reads and writes whole rows, as JSON values, without the column that names the project."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def read(self, name: str, project_id: str, size: int = 1000) -> Iterator[list[dict[str, Any]]]:
        """The project's rows of a table in the order of its key, in batches of at most `size`."""
        table = metadata.tables[name]
        key = list(table.primary_key.columns)
        shown = [column for column in table.columns if column.name != "project_id"]
        last: Sequence[Any] | None = None
        while True:
            after = [] if last is None else [tuple_(*key) > tuple_(*last)]
            query = select(table).where(_of_project(table, project_id), *after).order_by(*key).limit(size)
            with self._db.read() as connection:
                rows = connection.execute(query).all()
            if rows:
                yield [{column.name: _as_json(row._mapping[column]) for column in shown} for row in rows]
            if len(rows) < size:
                return
            last = [rows[-1]._mapping[column] for column in key]

    def taken(self, name: str, project_id: str, rows: Sequence[Mapping[str, Any]]) -> str | None:
        """An id among the rows that another project on this server has, or None."""
        table = metadata.tables[name]
        if [column.name for column in table.primary_key] != ["id"] or "project_id" not in table.c:
            return None
        with self._db.read() as connection:
            for start in range(0, len(rows), _WRITTEN_AT_ONCE):
                ids = [row["id"] for row in rows[start : start + _WRITTEN_AT_ONCE]]
                query = select(table.c.id).where(table.c.id.in_(ids), table.c.project_id != project_id).limit(1)
                found = connection.execute(query).scalar()
                if found is not None:
                    return str(found)
        return None

    def write(self, name: str, project_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Put the rows in, all or none; one that is there under its key is replaced, and unknown keys are ignored.

        Raises InvalidRequest for rows that cannot be rows of the table.
        """
        table = metadata.tables[name]
        values = [_as_stored(table, row, project_id) for row in rows]
        try:
            with self._db.write() as connection:
                for start in range(0, len(values), _WRITTEN_AT_ONCE):
                    batch = values[start : start + _WRITTEN_AT_ONCE]
                    if _is_numbered(table):
                        _append(connection, table, project_id, batch)
                    else:
                        _upsert(connection, table, batch)
        except StatementError as error:
            raise InvalidRequest(f"A row cannot be stored in {name}: {error.orig}") from error

    def is_empty(self, project_id: str) -> bool:
        """Whether the project has no row in any table that is moved."""
        with self._db.read() as connection:
            for name in moved_tables():
                table = metadata.tables[name]
                if connection.execute(
                    select(*table.primary_key).where(_of_project(table, project_id)).limit(1)
                ).first():
                    return False
        return True


def _of_project(table: Table, project_id: str) -> ColumnElement[bool]:
    if "project_id" in table.c:
        return table.c.project_id == project_id
    # A row without a project of its own belongs to that of the row it refers to.
    column = next(column for column in table.columns if column.foreign_keys)
    target = next(iter(column.foreign_keys)).column
    return column.in_(select(target).where(target.table.c.project_id == project_id))


def _is_numbered(table: Table) -> bool:
    """Whether the database itself numbers the rows, which have no other key: a history."""
    return [type(column.type) for column in table.primary_key] == [Integer]


def _append(connection: Connection, table: Table, project_id: str, rows: list[dict[str, Any]]) -> None:
    known = connection.execute(select(table).where(table.c.project_id == project_id)).mappings().all()
    names = [column.name for column in table.columns if not column.primary_key]
    there = [[row[name] for name in names] for row in known]
    for row in rows:
        if [row.get(name) for name in names] not in there:
            connection.execute(insert(table).values({name: row.get(name) for name in names}))


def _upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    key = [column.name for column in table.primary_key]
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=key, set_=others)
        if others
        else statement.on_conflict_do_nothing(index_elements=key),
        rows,
    )


def _as_json(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value


def _as_stored(table: Table, row: Mapping[str, Any], project_id: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in table.columns:
        value = project_id if column.name == "project_id" else row.get(column.name)
        if isinstance(column.type, UtcDateTime) and isinstance(value, str):
            value = datetime.fromisoformat(value)
        values[column.name] = value
    return values
