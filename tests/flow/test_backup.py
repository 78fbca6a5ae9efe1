"""What docs/operations/backup.md says is done here: a folder is copied, a database is dumped, and both are restored."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.conftest import BASIC
from tests.live import LiveServer
from tests.services.postgres import Postgres, postgres_binaries
from weft.core.identity import Role
from weft.core.ids import new_id
from weft.services import Services, build_services
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine

pytestmark = pytest.mark.timeout(900)

PROJECT = "backup/p"
CALL = "0190c6a8-0000-7000-8000-000000000001"
SECRETS_KEY = "a-key-that-is-kept-beside-the-backup"


def _client(server: LiveServer) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers=BASIC, timeout=240)


def _fill(server: LiveServer) -> str:
    """An object, a call with feedback, and a file; the file's digest."""
    with _client(server) as client:
        value = {"project_id": PROJECT, "object_id": "prompt", "val": {"text": "hello"}}
        client.post("/obj/create", json={"obj": value}).raise_for_status()
        call = {"project_id": PROJECT, "id": CALL, "trace_id": CALL, "op_name": "f", "attributes": {}}
        start = {**call, "started_at": "2026-01-01T00:00:00Z", "inputs": {"q": 1}}
        client.post("/call/start", json={"start": start}).raise_for_status()
        end = {"project_id": PROJECT, "id": CALL, "ended_at": "2026-01-01T00:00:01Z", "summary": {}, "output": "a"}
        client.post("/call/end", json={"end": end}).raise_for_status()
        note = {
            "weave_ref": f"weave:///{PROJECT}/call/{CALL}",
            "feedback_type": "wandb.note.1",
            "payload": {"note": "n"},
        }
        client.post("/feedback/create", json={"project_id": PROJECT, **note}).raise_for_status()
        sent = client.post("/files/create", data={"project_id": PROJECT}, files={"file": ("f", b"bytes")})
        return str(sent.raise_for_status().json()["digest"])


def _told(server: LiveServer, file: str) -> dict[str, Any]:
    """What the server answers about all of it."""
    with _client(server) as client:
        calls = client.post("/calls/stream_query", json={"project_id": PROJECT}).raise_for_status().text
        feedback = client.post("/feedback/query", json={"project_id": PROJECT}).raise_for_status().json()
        objects = client.post("/objs/query", json={"project_id": PROJECT}).raise_for_status().json()
        content = client.post("/files/content", json={"project_id": PROJECT, "digest": file}).raise_for_status().content
    return {"calls": calls, "feedback": feedback, "objects": objects, "content": content}


def test_a_copied_folder_is_a_backup(tmp_path: Path) -> None:
    original = LiveServer(tmp_path / "data")
    original.start(timeout=240)
    file = _fill(original)
    before = _told(original, file)
    original.stop()
    # Its symbolic links are part of it: a copy that follows them does not open.
    shutil.copytree(original.data, tmp_path / "restored", symlinks=True)

    original.start(timeout=240)
    with _client(original) as client:
        client.post("/calls/delete", json={"project_id": PROJECT, "call_ids": [CALL]}).raise_for_status()
    original.stop()

    restored = LiveServer(tmp_path / "restored")
    restored.start(timeout=240)
    try:
        assert _told(restored, file) == before
        assert CALL in before["calls"]
        assert before["content"] == b"bytes"
    finally:
        restored.kill()


def _opened(tmp_path: Path, url: str, events_url: str) -> Services:
    return build_services(
        Settings(
            data=tmp_path / "data",
            entities_url=url,
            events_url=events_url,
            blobs_url=f"file://{tmp_path / 'blobs'}",
            auth="keys",
            host="127.0.0.1",
            secrets_key=SECRETS_KEY,
        )
    )


def test_a_dumped_database_is_restored(
    tmp_path: Path, postgres: Postgres, events_engine: EventsEngine, events_url: str
) -> None:
    url, restored_url = postgres.create_database(), postgres.create_database()
    services = _opened(tmp_path, url, events_url)
    key = services.stores.keys.create_key("someone", Role.admin, name="of the backup")
    project = services.stores.projects.ensure("backup", f"p-{new_id()}")
    services.close()

    dump = tmp_path / "entities.dump"
    binaries = postgres_binaries()
    subprocess.run([binaries / "pg_dump", "--format=custom", f"--file={dump}", f"--dbname={url}"], check=True)
    subprocess.run(
        [binaries / "pg_restore", "--exit-on-error", "--no-owner", f"--dbname={restored_url}", dump], check=True
    )

    restored = _opened(tmp_path, restored_url, events_url)
    try:
        credential = restored.stores.keys.authenticate(key)
        assert credential is not None
        assert credential.user.username == "someone"
        assert restored.stores.projects.by_id(project.id) == project
        current, newest = restored.database.revisions()
        assert current == newest
    finally:
        restored.close()
    with psycopg.connect(url) as before, psycopg.connect(restored_url) as after:
        assert _counts(before) == _counts(after)


def _counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert len(names) > 10
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # type: ignore[index]
