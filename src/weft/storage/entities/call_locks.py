"""Who may change which calls, where several processes write to one event store.

A call is one row that is composed from the one before it, and an event store has no transactions: two processes that
changed one call at once would each lose what the other did. They take turns here. Owns no data: a lock is a row that
is never committed, so that nothing is left when its holder dies.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import BigInteger, Column, Table, text

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.tables import metadata
from weft.storage.events.call_changes import CallKey

call_locks = Table(
    "call_locks",
    metadata,
    # Made of the call's project and id; two calls with one number wait for each other, and are right all the same.
    Column("call_number", BigInteger, primary_key=True, autoincrement=False),
)

# A row that somebody else has inserted and not committed is waited for; advisory locks would do the same, but those of
# all processes together have to fit into a table of fixed size, and a group holds thousands of calls.
_TAKE = text(
    """INSERT INTO call_locks (call_number) SELECT number FROM unnest(CAST(:numbers AS bigint[])) AS number ORDER BY 1
    ON CONFLICT DO NOTHING"""
)
# Longer than any insert takes; whoever stands still for longer than the second loses what it holds.
_PATIENCE = (text("SET LOCAL lock_timeout = '60s'"), text("SET LOCAL idle_in_transaction_session_timeout = '120s'"))


class CallLocks:
    """Turns at changing calls: between processes on PostgreSQL, between those of one machine on SQLite."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db
        self._file = None if db.file is None else Path(f"{db.file}.calls.lock")

    @contextmanager
    def hold(self, keys: Collection[CallKey]) -> Iterator[None]:
        """Until the block ends nobody else changes these calls. Raises Unavailable after a minute of waiting."""
        if not keys:
            yield
        elif self._file is not None:
            with self._file.open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        else:
            with self._in_database(sorted({_number(key) for key in keys})):
                yield

    @contextmanager
    def _in_database(self, numbers: list[int]) -> Iterator[None]:
        # A transaction of a reader's kind: it is rolled back, and with it every lock.
        with self._db.read() as connection:
            for statement in _PATIENCE:
                connection.execute(statement)
            connection.execute(_TAKE, {"numbers": numbers})
            yield
            # Raises when the connection was lost meanwhile, and with it the locks: then nothing may be promised.
            connection.execute(text("SELECT 1"))


def _number(key: CallKey) -> int:
    digest = hashlib.blake2b("\x1f".join(key).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
