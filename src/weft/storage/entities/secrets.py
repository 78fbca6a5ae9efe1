"""Secrets of projects: sealed values under a name, and the hosts each may be sent to. Rules are domain/secrets.py's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, PrimaryKeyConstraint, Row, Table, Text, delete, select

from weft.core import jsontext
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.sealing import Sealer
from weft.storage.entities.tables import UtcDateTime, insert_into, metadata

project_secrets = Table(
    "project_secrets",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("hosts", JSON, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("updated_by", Text, nullable=False),
    PrimaryKeyConstraint("project_id", "name"),
)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret without its value."""

    project_id: str
    name: str
    hosts: tuple[str, ...]
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True, slots=True)
class OpenedSecret:
    """A secret to be used; its value stays out of logs."""

    secret: Secret
    value: str = field(repr=False)


class SecretStore:
    """Reads and writes secrets. Values leave it only by `open_secret`."""

    def __init__(self, db: EntitiesDatabase, sealer: Sealer) -> None:
        self._db = db
        self._sealer = sealer

    def put(self, secret: Secret, value: str) -> None:
        """Store a secret in the place of one of the same name."""
        row = {
            "project_id": secret.project_id,
            "name": secret.name,
            "sealed": self._sealer.seal(value, _context(secret)),
            "hosts": list(secret.hosts),
            "updated_at": secret.updated_at,
            "updated_by": secret.updated_by,
        }
        with self._db.write() as connection:
            new = insert_into(connection, project_secrets).values(row)
            connection.execute(new.on_conflict_do_update(index_elements=["project_id", "name"], set_=row))

    def list_secrets(self, project_id: str) -> list[Secret]:
        """The secrets of a project, by name, without their values."""
        statement = select(project_secrets).where(project_secrets.c.project_id == project_id)
        with self._db.read() as connection:
            rows = connection.execute(statement.order_by(project_secrets.c.name)).all()
        return [_secret(row) for row in rows]

    def open_secret(self, project_id: str, name: str) -> OpenedSecret | None:
        """The secret with its value, or None. Raises CannotOpen when the key is not the one it was sealed with."""
        with self._db.read() as connection:
            row = connection.execute(select(project_secrets).where(*_named(project_id, name))).one_or_none()
        if row is None:
            return None
        secret = _secret(row)
        return OpenedSecret(secret, self._sealer.open(row.sealed, _context(secret)))

    def remove(self, project_id: str, name: str) -> bool:
        """Forget a secret; whether there was one."""
        with self._db.write() as connection:
            done = connection.execute(delete(project_secrets).where(*_named(project_id, name)))
        return done.rowcount > 0


def _named(project_id: str, name: str) -> Sequence[Any]:
    return project_secrets.c.project_id == project_id, project_secrets.c.name == name


def _context(secret: Secret) -> str:
    # The hosts are part of it: a binding changed in the database makes the value unreadable.
    return jsontext.dumps([secret.project_id, secret.name, list(secret.hosts)])


def _secret(row: Row[Any]) -> Secret:
    return Secret(row.project_id, row.name, tuple(row.hosts), row.updated_at, row.updated_by)
