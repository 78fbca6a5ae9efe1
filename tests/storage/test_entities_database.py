"""The entity store's transactions and migrations, on real SQLite files."""

from __future__ import annotations

import importlib
import pkgutil
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

import weft.storage.entities
from weft.core.errors import InvalidRequest, Unavailable
from weft.storage.entities.database import EntitiesDatabase, take_turns
from weft.storage.entities.projects import projects
from weft.storage.entities.tables import metadata


def test_migrating_twice_changes_nothing(database: EntitiesDatabase) -> None:
    database.migrate()
    current, newest = database.revisions()
    assert current == newest is not None


@pytest.mark.parametrize("served", [False, True])
def test_an_empty_database_has_no_revision(tmp_path: Path, request: pytest.FixtureRequest, served: bool) -> None:
    empty = EntitiesDatabase(request.getfixturevalue("postgres_url") if served else f"sqlite:///{tmp_path}/e.db")
    assert empty.revisions()[0] is None
    empty.close()


def test_a_database_of_a_newer_version_is_refused_in_words(database: EntitiesDatabase) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="another version"):
        database.migrate()


def test_declared_tables_equal_the_migrated_ones(database: EntitiesDatabase) -> None:
    for module in pkgutil.iter_modules(weft.storage.entities.__path__):
        if not module.ispkg:
            importlib.import_module(f"weft.storage.entities.{module.name}")
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("entities_url", ["sqlite"], indirect=True)
def test_commits_are_fsynced_and_foreign_keys_hold(database: EntitiesDatabase) -> None:
    with database.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_a_write_that_raises_leaves_nothing(database: EntitiesDatabase) -> None:
    row = {"id": "x", "entity": "e", "name": "p", "created_at": "2026-01-01 00:00:00"}
    statement = text("INSERT INTO projects (id, entity, name, created_at) VALUES (:id, :entity, :name, :created_at)")

    def fail_half_way() -> None:
        with database.write() as connection:
            connection.execute(statement, row)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with database.read() as connection:
        assert connection.execute(select(projects)).all() == []


def test_writers_take_turns(database: EntitiesDatabase) -> None:
    with database.write() as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def add() -> None:
        for _ in range(20):
            with database.write() as connection:
                take_turns(connection, "counter")
                n = connection.execute(text("SELECT n FROM counter")).scalar_one()
                connection.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.execute(text("SELECT n FROM counter")).scalar_one() == 120


def test_a_second_process_can_write_while_the_first_has_it_open(database: EntitiesDatabase, entities_url: str) -> None:
    other = EntitiesDatabase(entities_url)
    other.migrate()
    with other.write() as connection:
        connection.execute(text("CREATE TABLE seen (n INTEGER)"))
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM seen")).scalar_one() == 0
    other.close()


def test_driver_failures_become_unavailable(database: EntitiesDatabase) -> None:
    with pytest.raises(Unavailable), database.read() as connection:
        connection.execute(text("SELECT * FROM no_such_table"))


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/db", "what is this"])
def test_urls_that_cannot_hold_entities_are_refused(url: str) -> None:
    with pytest.raises(InvalidRequest):
        EntitiesDatabase(url)
