"""A server that is killed again and again while it sweeps: in the end all that expired is gone, and nothing else."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.live import LiveServer
from weft.core.ids import new_id

PROJECT = "faults/retention"
KILLS = 3
CALLS_A_ROUND = 8
PATIENCE_SECONDS = 120
START = datetime.now(UTC)


class Ground:
    """What was acknowledged: calls that stay and the files they name."""

    def __init__(self) -> None:
        self.calls: set[str] = set()
        self.files: dict[str, bytes] = {}

    def write(self, client: httpx.Client) -> None:
        """A call that stays, one that has expired, a file for each and one for both."""
        own, doomed, both = (self._upload(client, new_id().encode()) for _ in range(3))
        staying = _call(START, [own[0], both[0]])
        assert _store(client, staying)
        self.calls.add(staying["id"])
        self.files |= dict((own, both))
        assert _store(client, _call(START - timedelta(days=9), [doomed[0], both[0]]))

    @staticmethod
    def _upload(client: httpx.Client, content: bytes) -> tuple[str, bytes]:
        answer = client.post("/file/create", data={"project_id": PROJECT}, files={"file": ("f", content)})
        return answer.raise_for_status().json()["digest"], content


def _call(started: datetime, digests: list[str]) -> dict[str, Any]:
    moment = started.isoformat()
    times = {"started_at": moment, "ended_at": moment}
    ids = {"project_id": PROJECT, "id": new_id(), "trace_id": new_id(), "op_name": "op"}
    files = {f"{number}": digest for number, digest in enumerate(digests)}
    return {**ids, **times, "attributes": {}, "inputs": {"files": files}, "output": "x" * 2000, "summary": {}}


def _store(client: httpx.Client, call: dict[str, Any]) -> bool:
    return client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": [call]}).status_code == 200


def _left(client: httpx.Client, data: Path) -> tuple[set[str], set[str]]:
    """(ids of calls, digests of files on the disk)."""
    answer = client.post("/calls/stream_query", json={"project_id": PROJECT, "columns": ["id"]})
    ids = {json.loads(line)["id"] for line in answer.raise_for_status().text.splitlines()}
    blobs = data / "blobs"
    files = {path.name for path in blobs.rglob("*") if path.is_file() and ".incoming" not in path.parts}
    return ids, files


def test_killed_sweeps_take_all_that_expired_and_nothing_else(tmp_path: Path) -> None:
    chance = random.Random(7)
    ground = Ground()
    server = LiveServer(
        tmp_path / "data",
        WEFT_RETENTION_SWEEP_SECONDS="0.3",
        WEFT_RETENTION_GRACE_SECONDS="0",
        WEFT_SCORING_WORKER="false",
    )
    for _ in range(KILLS):
        server.start(timeout=180)
        with httpx.Client(base_url=server.url, auth=("api", "key"), timeout=60) as client:
            client.post(
                "/project/ttl_settings/update", json={"project_id": PROJECT, "retention_days": 3}
            ).raise_for_status()
            for _ in range(CALLS_A_ROUND):
                ground.write(client)
        time.sleep(chance.random() * 0.5)
        server.kill()
    server.start(timeout=180)
    expected = (ground.calls, set(ground.files))
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        with httpx.Client(base_url=server.url, auth=("api", "key"), timeout=60) as client:
            while (left := _left(client, server.data)) != expected and time.monotonic() < deadline:
                time.sleep(0.2)
            assert left == expected
            for digest, content in ground.files.items():
                read = client.post("/file/content", json={"project_id": PROJECT, "digest": digest})
                assert read.content == content
    finally:
        server.stop()
    assert "retention_sweep_failed" not in server.log.read_text(errors="replace")
