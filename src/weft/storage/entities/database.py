"""The connection to the entity store: SQLite in the data folder, or PostgreSQL.

Owns the engine, transactions, SQLite's pragmas, migrations and the translation of driver errors. Knows no table.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    TimeoutError,
)

from weft.core.errors import InvalidRequest, Unavailable
from weft.storage.reasons import of_entities

_BUSY_SECONDS = 30
_CONNECT_SECONDS = 10
_MIGRATIONS = Path(__file__).parent / "alembic"
# Any constant does; it keeps two starting processes from migrating one PostgreSQL database at once.
_MIGRATION_LOCK = 7_366_110_411
_PRAGMAS = (
    # First, so that the next ones wait for a process that is just opening the file too.
    f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}",
    "PRAGMA journal_mode=WAL",
    # In WAL mode only FULL fsyncs at every commit, and an answered request has to survive a power cut.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)


class EntitiesDatabase:
    """One engine; `read()` and `write()` give a connection inside a transaction. Safe for concurrent threads."""

    def __init__(self, url: str) -> None:
        self._url = _parse_url(url)
        self.embedded = self._url.get_backend_name() == "sqlite"
        self.engine = _open_engine(self._url)
        # SQLite has one writer: waiting here is fair and cheap, waiting in the database polls and may time out.
        self._writer = threading.Lock()

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database; None for a server's."""
        return Path(self._url.database or "") if self.embedded else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one snapshot; nothing it does is kept."""
        with _translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose work is committed, on disk, when the block ends, and undone if it raises.

        SQLite has one writer; on PostgreSQL others write meanwhile, so what is decided by reading first needs a locked
        row or `take_turns`. Not to be nested in one thread: the inner one would wait for the outer one, then fail.
        """
        with self._turn(), _translated(), self.engine.connect() as connection:
            writing = connection.execution_options(weft_write=True)
            with writing.begin():
                yield writing

    @contextmanager
    def alone(self, subject: str) -> Iterator[bool]:
        """Whether nobody else is in such a block with the same subject; does not wait. It ends with the process."""
        if self.file is not None:
            with Path(f"{self.file}.{subject}.lock").open("a") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    yield False
                else:
                    yield True
            return
        with self.read() as connection:
            taken = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:subject, 0))")
            yield bool(connection.execute(taken, {"subject": subject}).scalar_one())

    def migrate(self) -> None:
        """Bring the schema to the newest revision; safe to repeat and to run from several processes."""
        with self.write() as connection:
            if not self.embedded:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            try:
                command.upgrade(_alembic_config(connection), "head")
            except CommandError as error:
                raise Unavailable(f"The entity store was made by another version of Weft: {error}") from error

    def revisions(self) -> tuple[str | None, str | None]:
        """The revision the database is at, and the newest one this version of Weft knows."""
        with self.read() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        return current, ScriptDirectory(str(_MIGRATIONS)).get_current_head()

    def ping(self) -> None:
        """Ask the store for nothing; raises Unavailable when it does not answer."""
        with self.read() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Release every connection."""
        self.engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.embedded:
            yield
            return
        if not self._writer.acquire(timeout=_BUSY_SECONDS):
            raise Unavailable("The entity store is busy: another write has not ended")
        try:
            yield
        finally:
            self._writer.release()


def take_turns(connection: Connection, *subject: str) -> None:
    """From here to the end of the transaction, let nobody else be past this line with the same subject.

    What is read after it includes what the others have committed. SQLite's writers take turns anyway.
    """
    if connection.dialect.name == "postgresql":
        key = "\x1f".join(subject)
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, InternalError, ProgrammingError) as error:
        raise Unavailable(f"The entity store cannot be used: {of_entities(error.orig)}") from error
    except TimeoutError as error:
        raise Unavailable("The entity store is busy: no connection became free") from error
    except (UnicodeEncodeError, OverflowError, DataError) as error:
        # Lone surrogates, NUL (in PostgreSQL) and numbers beyond 64 bits: valid JSON, but in no column.
        raise InvalidRequest("Invalid text or number: one in the request is outside what can be stored") from error


def _parse_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidRequest(
            "The entity store URL is not one: use sqlite:////file or postgresql://host/name"
        ) from error
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise InvalidRequest(f"The entity store is SQLite or PostgreSQL, not {parsed.get_backend_name()}")
    return parsed


def _open_engine(url: URL) -> Engine:
    sizes = {"pool_size": 16, "max_overflow": 64, "pool_timeout": _BUSY_SECONDS}
    if url.get_backend_name() != "sqlite":
        try:
            patience = {} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT_SECONDS}
            return create_engine(url, pool_pre_ping=True, connect_args=patience, **sizes)
        except ModuleNotFoundError as error:
            raise InvalidRequest("PostgreSQL needs its driver: install `psycopg[binary]` beside Weft") from error
    if not url.database or url.database == ":memory:":
        raise InvalidRequest("The entity store needs a file: a SQLite database in memory forgets what was acknowledged")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, **sizes)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own BEGIN comes too late (at the first write); transactions are opened in _begin_sqlite.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and locks later can fail half-way with "locked", whatever the timeout.
    writing = connection.get_execution_options().get("weft_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
