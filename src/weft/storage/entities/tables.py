"""The metadata every entity table is declared on, and the column types they share.

The tables themselves are declared in the file that writes them; importing this package's files fills `metadata`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, DateTime, MetaData, Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from weft.core.clock import as_utc

# Constraints need names of their own, or a later migration cannot drop them on both databases.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes on every database; SQLite itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """The moment as stored."""
        return None if value is None else as_utc(value)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """The moment as read."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT; PostgreSQL and SQLite spell it alike, but SQLAlchemy keeps two of it."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def among_locked(column: ColumnElement[Any], chosen: Select[Any]) -> ColumnElement[bool]:
    """Whether the column is one of those that `chosen` selects, locked and skipping what others have locked.

    Evaluated once, as a common table expression: as a plain subquery PostgreSQL may run it again and lock more rows
    than its limit says.
    """
    locked = chosen.with_for_update(skip_locked=True).cte("locked")
    return column.in_(select(*locked.columns))
