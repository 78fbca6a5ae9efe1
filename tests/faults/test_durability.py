"""A 200 means durable: the server is killed during concurrent ingest and every acknowledged row is there afterwards."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import httpx

from tests.live import LiveServer
from weft.core.ids import new_id

ROUNDS = 20
WRITERS = 6
PROJECT = "faults/durability"


def _complete(call_id: str) -> dict[str, object]:
    return {
        "project_id": PROJECT,
        "id": call_id,
        "trace_id": new_id(),
        "op_name": "ingest",
        "started_at": "2026-01-01T00:00:00Z",
        "ended_at": "2026-01-01T00:00:01Z",
        "attributes": {},
        "inputs": {"text": "x" * 1000},
        "output": call_id,
        "summary": {},
    }


class _Ingest:
    """Writers that remember what was acknowledged, by kind of write."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[str] = []
        self.open_calls: list[str] = []
        self.feedback: list[str] = []
        self.objects: list[tuple[str, str]] = []
        self.tables: list[str] = []
        self.files: list[tuple[str, bytes]] = []

    def run(self, number: int, stop: threading.Event) -> None:
        with httpx.Client(base_url=self.url, auth=("api", "key"), timeout=30) as client:
            while not stop.is_set():
                try:
                    self._write(client, number)
                except httpx.HTTPError:
                    return

    def _write(self, client: httpx.Client, number: int) -> None:
        if number % 3 == 0:
            ids = [new_id() for _ in range(5)]
            if _ok(client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": [_complete(i) for i in ids]})):
                self.calls += ids
        elif number % 3 == 1:
            body = {
                "project_id": PROJECT,
                "id": new_id(),
                "weave_ref": f"weave:///{PROJECT}/call/{new_id()}",
                "feedback_type": "wandb.note.1",
                "payload": {"note": "kept"},
            }
            if _ok(client.post("/feedback/create", json=body)):
                self.feedback.append(str(body["id"]))
            start = {
                key: value for key, value in _complete(new_id()).items() if key not in ("ended_at", "output", "summary")
            }
            if _ok(client.post("/call/start", json={"start": start})):
                self.open_calls.append(str(start["id"]))
        else:
            value = new_id()
            answer = client.post(
                "/obj/create", json={"obj": {"project_id": PROJECT, "object_id": "thing", "val": {"v": value}}}
            )
            if _ok(answer):
                self.objects.append((answer.json()["digest"], value))
            table = client.post("/table/create", json={"table": {"project_id": PROJECT, "rows": [{"v": value}]}})
            if _ok(table):
                self.tables.append(table.json()["digest"])
            content = value.encode()
            file = client.post("/file/create", data={"project_id": PROJECT}, files={"file": ("f", content)})
            if _ok(file):
                self.files.append((file.json()["digest"], content))


def _ok(answer: httpx.Response) -> bool:
    assert answer.status_code in (200, 503), answer.text
    return answer.status_code == 200


def _check(client: httpx.Client, ingest: _Ingest) -> int:
    for name in ("calls", "open_calls"):
        ids: list[str] = getattr(ingest, name)
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            answer = client.post(
                "/calls/query_stats", json={"project_id": PROJECT, "filter": {"call_ids": part}}
            ).json()
            assert answer["count"] == len(part), name
    for start in range(0, len(ingest.feedback), 200):
        part = ingest.feedback[start : start + 200]
        query = {"$expr": {"$in": [{"$getField": "id"}, [{"$literal": i} for i in part]]}}
        answer = client.post("/feedback/query", json={"project_id": PROJECT, "query": query}).json()
        assert len(answer["result"]) == len(part)
    for digest, value in ingest.objects:
        body = {"project_id": PROJECT, "object_id": "thing", "digest": digest}
        assert client.post("/obj/read", json=body).json()["obj"]["val"] == {"v": value}
    for digest in ingest.tables:
        body = {"project_id": PROJECT, "digest": digest}
        assert client.post("/table/query_stats", json=body).json() == {"count": 1}
    for digest, content in ingest.files:
        assert client.post("/file/content", json={"project_id": PROJECT, "digest": digest}).content == content
    return sum(len(getattr(ingest, n)) for n in ("calls", "open_calls", "feedback", "objects", "tables", "files"))


def test_no_acknowledged_row_is_lost_by_a_kill(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data", WEFT_AUTH="off")
    acknowledged = 0
    chance = random.Random(7)
    server.start()
    try:
        for _ in range(ROUNDS):
            ingest = _Ingest(server.url)
            stop = threading.Event()
            writers = [threading.Thread(target=ingest.run, args=(n, stop)) for n in range(WRITERS)]
            for writer in writers:
                writer.start()
            time.sleep(0.5 + chance.random() * 0.5)
            server.kill()
            stop.set()
            for writer in writers:
                writer.join()
            server.start()
            with httpx.Client(base_url=server.url, auth=("api", "key"), timeout=60) as client:
                acknowledged += _check(client, ingest)
        assert acknowledged > ROUNDS * WRITERS
    finally:
        server.kill()
