from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from weft.storage.events.calls import COLUMNS
from weft.storage.events.engine import EventsEngine
from weft.storage.events.migrations import migrate, migration_files, render, statements


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


def test_one_file_serves_a_cluster_too() -> None:
    for _, text in migration_files():
        for statement in statements(text):
            single, cluster = render(statement, None), render(statement, "main")
            assert "{{" not in single + cluster
            assert "ON CLUSTER main" in cluster
            assert "Replicated" in cluster
            assert "Replicated" not in single
