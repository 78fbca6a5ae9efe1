"""Numbered forward-only SQL migrations of the event store, and the runner that applies them.

A file holds statements separated by `;` at a line's end. `{{on_cluster}}` and `{{engine:Name(args)}}` are filled in for
one node or for a replicated cluster, so that one file serves both. Applied files are recorded with their checksum.
"""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

from weft.core.errors import EngineFailure, InvalidRequest
from weft.storage.events.engine import EventsEngine

_ENGINE = re.compile(r"\{\{engine:(?P<name>\w+)\((?P<arguments>[^)]*)\)\}\}")


def migrate(engine: EventsEngine, cluster: str | None = None) -> list[str]:
    """Apply what is missing, in order; returns the names applied now.

    Raises EngineFailure on a changed old file, and InvalidRequest for a cluster that does not exist or has shards.
    """
    if cluster is not None:
        require_one_shard(engine, cluster)
    ledger = """CREATE TABLE IF NOT EXISTS weft_migrations {{on_cluster}}
        (name String, checksum String, applied_at DateTime DEFAULT now())
        ENGINE = {{engine:MergeTree()}} ORDER BY name SETTINGS fsync_after_insert = 1"""
    engine.command(render(ledger, cluster))
    known = {row["name"]: row["checksum"] for row in engine.query("SELECT name, checksum FROM weft_migrations")}
    applied = []
    for name, text in migration_files():
        checksum = hashlib.sha256(text.encode()).hexdigest()
        if name in known:
            if known[name] != checksum:
                raise EngineFailure(f"Migration {name} was changed after it had been applied")
            continue
        for statement in statements(text):
            engine.command(render(statement, cluster))
        engine.insert("weft_migrations", [{"name": name, "checksum": checksum}])
        applied.append(name)
    return applied


def missing_migrations(engine: EventsEngine) -> list[str]:
    """The names of the migrations that are not applied, without applying any."""
    there = "SELECT count() AS n FROM system.tables WHERE database = currentDatabase() AND name = 'weft_migrations'"
    known: set[str] = set()
    if engine.query(there)[0]["n"]:
        known = {row["name"] for row in engine.query("SELECT name FROM weft_migrations")}
    return [name for name, _ in migration_files() if name not in known]


def require_one_shard(engine: EventsEngine, cluster: str) -> None:
    """Raise InvalidRequest unless the server knows the cluster, and it has one shard."""
    sql = "SELECT uniqExact(shard_num) AS shards FROM system.clusters WHERE cluster = {name:String}"
    shards = engine.query(sql, {"name": cluster})[0]["shards"]
    if shards == 0:
        raise InvalidRequest(f"The event store's server knows no cluster named {cluster!r}")
    if shards > 1:
        # A call is found by its id and replaced by its newest row: both need all rows of a project in one place.
        raise InvalidRequest(
            f"The cluster {cluster!r} has {shards} shards; Weft needs one, with any number of replicas"
        )


def migration_files() -> list[tuple[str, str]]:
    """(name, text) of every migration, in order."""
    folder = files(__package__)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name, folder.joinpath(name).read_text(encoding="utf-8")) for name in names]


def statements(text: str) -> list[str]:
    """The statements of a migration file, without comments lines and blanks."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    return [part.strip() for part in re.split(r";\s*\n", "\n".join(lines) + "\n") if part.strip()]


def render(statement: str, cluster: str | None) -> str:
    """The statement with its tokens filled in for one node, or for the named cluster."""

    def engine_clause(match: re.Match[str]) -> str:
        arguments = match["arguments"].strip()
        if cluster is None:
            return f"{match['name']}({arguments})"
        replica = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
        return f"Replicated{match['name']}({', '.join(part for part in (replica, arguments) if part)})"

    on_cluster = f"ON CLUSTER '{cluster}'" if cluster else ""
    return _ENGINE.sub(engine_clause, statement).replace("{{on_cluster}}", on_cluster)
