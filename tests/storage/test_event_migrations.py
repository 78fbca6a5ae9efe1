from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.clickhouse_front import ClickHouseFront
from weft.core.errors import InvalidRequest
from weft.core.ids import new_id
from weft.storage.events.calls import COLUMNS
from weft.storage.events.engine import EventsEngine
from weft.storage.events.migrations import migrate, migration_files, missing_migrations, render, statements


def test_migrations_are_numbered_without_gaps() -> None:
    assert [int(name[:4]) for name, _ in migration_files()] == list(range(1, len(migration_files()) + 1))


def test_migrating_twice_applies_nothing_more(events_engine: EventsEngine) -> None:
    assert migrate(events_engine) == []


def test_a_changed_old_migration_is_refused(tmp_path: Path) -> None:
    # In a process of its own: one process can open one embedded engine.
    program = """
import sys
from weft.core.errors import EngineFailure
from weft.storage.events.engine import EventsEngine
from weft.storage.events.migrations import migrate, migration_files
engine = EventsEngine(sys.argv[1])
migrate(engine)
engine.command("ALTER TABLE weft_migrations DELETE WHERE 1 SETTINGS mutations_sync = 2")
engine.insert("weft_migrations", [{"name": migration_files()[0][0], "checksum": "other"}])
try:
    migrate(engine)
except EngineFailure as error:
    print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", program, f"chdb://{tmp_path / 'chdb'}"], capture_output=True, text=True, check=True
    )
    assert "was changed after it had been applied" in run.stdout


def test_the_code_names_every_column_of_calls(events_engine: EventsEngine) -> None:
    rows = events_engine.query("SELECT name FROM system.columns WHERE table = 'calls' ORDER BY position")
    internal = {"leaves", "opaque", "deleted", "orphan", "version"}
    assert [row["name"] for row in rows if row["name"] not in internal] == list(COLUMNS)


def test_one_file_serves_a_cluster_too(events_engine: EventsEngine) -> None:
    for _, text in migration_files():
        for statement in statements(text):
            single, cluster = render(statement, None), render(statement, "main-1")
            assert "{{" not in single + cluster
            assert "ON CLUSTER 'main-1'" in cluster
            assert "Replicated" not in single
            assert ("ENGINE = Replicated" in cluster) == ("ENGINE = " in single)
            # Only an engine that is part of a cluster can run it, but any can read it.
            [parsed] = events_engine.query("SELECT formatQuery({sql:String}) AS sql", {"sql": cluster})
            assert "ON CLUSTER" in parsed["sql"]


def test_a_cluster_that_is_not_there_is_refused_before_anything_is_made(events_engine: EventsEngine) -> None:
    with pytest.raises(InvalidRequest, match="no cluster named 'nowhere'"):
        migrate(events_engine, "nowhere")


def test_what_is_missing_is_said_without_being_applied(
    clickhouse: ClickHouseFront, events_engine: EventsEngine
) -> None:
    assert missing_migrations(events_engine) == []
    name = f"empty_{new_id()}".replace("-", "")
    events_engine.command(f"CREATE DATABASE {name}")
    if not events_engine.embedded:
        empty = EventsEngine(clickhouse.url_of(name))
        assert missing_migrations(empty) == [name for name, _ in migration_files()]
        assert migrate(empty) == [name for name, _ in migration_files()]
        assert missing_migrations(empty) == []
        empty.close()
    events_engine.command(f"DROP DATABASE {name}")
