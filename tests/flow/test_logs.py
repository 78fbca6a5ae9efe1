"""No payload reaches the log: a marker goes through the whole loop, failures included, and is in no line."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live import LiveServer
from tests.llm_provider import LLMProvider, Reply
from tests.scoring_objects import builtin_scorer, judge, judge_model

MARKER = "s3cr3t-p4yl04d"
PROJECT = "logs/loop"


@pytest.fixture
def provider() -> Iterator[LLMProvider]:
    running = LLMProvider()
    yield running
    running.close()


@pytest.fixture
def server(tmp_path: Path, provider: LLMProvider) -> Iterator[LiveServer]:
    live = LiveServer(
        tmp_path / "data",
        WEFT_LOG_FORMAT="json",
        WEFT_LOG_LEVEL="debug",
        WEFT_ACCESS_LOG="true",
        WEFT_LLM_BASE_URL=provider.url,
        WEFT_LLM_API_KEY=f"key-{MARKER}",
        WEFT_SCORING_MAX_ATTEMPTS="2",
        WEFT_SCORING_BACKOFF_SECONDS="0.01",
        WEFT_SCORING_MISSING_SECONDS="0.1",
    )
    live.start(timeout=240)
    yield live
    live.kill()


class _Client:
    def __init__(self, url: str) -> None:
        headers = {"x-request-id": "request-of-the-test", "x-marker": MARKER}
        self.http = httpx.Client(base_url=url, auth=("api", f"key-{MARKER}"), headers=headers, timeout=60)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.http.post(path, json=body)

    def publish(self, name: str, value: Any) -> str:
        body = {"obj": {"project_id": PROJECT, "object_id": name, "val": value}}
        digest = self.post("/obj/create", body).raise_for_status().json()["digest"]
        return f"weave:///{PROJECT}/object/{name}:{digest}"

    def call(self, number: int) -> str:
        call_id = f"0190c6a8-0000-7000-8000-{number:012d}"
        call = {
            "project_id": PROJECT,
            "id": call_id,
            "trace_id": call_id,
            "op_name": "answer",
            "started_at": "2026-01-01T00:00:00Z",
            "ended_at": "2026-01-01T00:00:01Z",
            "attributes": {MARKER: MARKER},
            "inputs": {MARKER: MARKER, "question": MARKER},
            "output": {MARKER: MARKER},
            "summary": {"note": MARKER},
            "exception": MARKER,
        }
        self.post("/calls/complete", {"batch": [call]})
        start = {key: call[key] for key in ("project_id", "id", "trace_id", "op_name", "started_at", "inputs")}
        self.post("/call/start", {"start": {**start, "attributes": {}}}).raise_for_status()
        end = {key: call[key] for key in ("project_id", "id", "ended_at", "output", "summary", "exception")}
        self.post("/call/end", {"end": end}).raise_for_status()
        return call_id

    def wait_for_ends(self) -> dict[str, int]:
        """How many tasks ended in which state, once all have."""
        deadline = time.monotonic() + 240
        while True:
            found = self.http.get("/weft/v1/scoring/tasks", params={"project_id": PROJECT}).raise_for_status().json()
            states = [task["state"] for task in found["tasks"]]
            if states and not set(states) & {"queued", "running", "retrying"}:
                return {state: states.count(state) for state in states}
            assert time.monotonic() < deadline, found
            time.sleep(0.05)


@pytest.mark.timeout(900)
def test_a_payload_is_in_no_line_of_the_log(server: LiveServer, provider: LLMProvider) -> None:
    client = _Client(server.url)
    replies = [
        Reply(f'{{"score": "{MARKER}"}}'),
        Reply(f"no json {MARKER}"),
        Reply(status=500, body={"error": MARKER}),
        Reply(status=400, body={"error": {"message": MARKER}}),
    ]
    provider.otherwise = lambda request: replies[len(provider.requests) % len(replies)]
    model = client.publish("m", judge_model(response_format="json_object"))
    template = f"{MARKER} {{output}} {{{MARKER}}}"
    scorers = [
        client.publish("judge", judge(model, f"Rate {MARKER} {{output}}")),
        client.publish("lost", judge(model, template)),
        client.publish("strict", builtin_scorer("ValidJSONScorer")),
        client.publish("odd", {"_class_name": MARKER, "_bases": ["Scorer"], MARKER: MARKER}),
    ]
    calls = [client.call(number) for number in range(4)]
    body = {"project_id": PROJECT, "call_ids": [*calls, "0190c6a8-0000-7000-8000-999999999999"], "scorer_refs": scorers}
    client.post("/calls/score", body).raise_for_status()
    ended = client.wait_for_ends()
    assert ended.get("failed", 0) >= 5

    _refused(client, calls[0])
    server.stop()
    log = server.log.read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    assert {line["route"] for line in requests} >= {"/calls/score", "/call/start", "/feedback/create", "unmatched"}
    assert {line["request_id"] for line in requests if line["route"] == "/calls/score"} == {"request-of-the-test"}
    assert {line["project"] for line in requests if line["route"] == "/call/start"} == {PROJECT}
    assert {line["status"] for line in requests} >= {200, 400, 404, 422}
    found = [line for line in log.splitlines() if MARKER in line]
    assert found == []


def _refused(client: _Client, call_id: str) -> None:
    """Requests that fail in many ways; what each is answered does not matter here."""
    ref = f"weave:///{PROJECT}/call/{call_id}"
    note = {"project_id": PROJECT, "weave_ref": ref, "feedback_type": "wandb.note.1", "payload": {"note": MARKER}}
    assert client.post("/feedback/create", note).status_code == 200
    for path, body in (
        ("/feedback/create", {**note, "payload": MARKER}),
        ("/feedback/create", {**note, "feedback_type": f"wandb.{MARKER}"}),
        ("/feedback/create", {**note, "payload": {MARKER: [[[MARKER]] * 3]}}),
        ("/calls/stream_query", {"project_id": PROJECT, "query": {"$expr": {f"${MARKER}": [1, 2]}}}),
        ("/calls/stream_query", {"project_id": PROJECT, "columns": [f"inputs.{MARKER}"], "limit": -1}),
        ("/calls/stream_query", {"project_id": MARKER}),
        ("/call/read", {"project_id": PROJECT, "id": MARKER}),
        ("/obj/create", {"obj": {"project_id": PROJECT, "object_id": f"{MARKER} not a name!", "val": MARKER}}),
        ("/refs/read_batch", {"refs": [f"weave:///{PROJECT}/object/{MARKER}:v0"]}),
        ("/completions/create", {"project_id": PROJECT, "inputs": {"model": MARKER, "messages": [{"role": MARKER}]}}),
        (f"/nowhere/{MARKER}", {MARKER: MARKER}),
    ):
        client.post(path, body)
    client.http.post("/feedback/create", content=f'{{"broken": {MARKER}', headers={"content-type": "application/json"})
    client.http.post("/v1/traces", content=MARKER.encode(), headers={"content-type": "application/x-protobuf"})
    client.http.get("/weft/v1/scoring/tasks", params={"project_id": MARKER, "state": MARKER})
    client.http.post("/files/create", data={"project_id": PROJECT}, files={"file": (MARKER, MARKER.encode())})
