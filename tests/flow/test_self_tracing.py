"""Traces of Weft itself: sent over OTLP to a real receiver, off by default, and never of their own arrival."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import BASIC
from tests.live import LiveServer
from tests.scoring_objects import builtin_scorer
from weft.core.errors import InvalidRequest
from weft.core.tracing import open_tracing

pytestmark = pytest.mark.timeout(900)

MARKER = "s3cr3t-p4yl04d"
CALL = "0190c6a8-0000-7000-8000-000000000001"
RECEIVED = "ops/weft"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[LiveServer]:
    live = LiveServer(tmp_path / "receiver")
    live.start(timeout=240)
    yield live
    live.kill()


@pytest.fixture
def traced(tmp_path: Path, receiver: LiveServer) -> Iterator[LiveServer]:
    live = LiveServer(
        tmp_path / "traced",
        WEFT_OTEL_EXPORTER_ENDPOINT=f"{receiver.url}/otel",
        WEFT_OTEL_EXPORTER_HEADERS=f"authorization={BASIC['authorization'].replace(' ', '%20')},project_id={RECEIVED}",
        OTEL_SERVICE_NAME="weft-of-the-test",
    )
    live.start(timeout=240)
    yield live
    live.kill()


def _spans(receiver: LiveServer) -> list[dict[str, Any]]:
    answer = httpx.post(
        f"{receiver.url}/calls/stream_query", json={"project_id": RECEIVED}, headers=BASIC, timeout=240
    ).raise_for_status()
    return [httpx.Response(200, content=line).json() for line in answer.text.splitlines() if line]


def _score_once(server: LiveServer) -> None:
    """Ask for a score and wait until it is there."""
    project = "traced/p"
    with httpx.Client(base_url=server.url, headers=BASIC, timeout=240) as client:
        value = {"obj": {"project_id": project, "object_id": "s", "val": builtin_scorer("ValidJSONScorer")}}
        digest = client.post("/obj/create", json=value).raise_for_status().json()["digest"]
        call = {"project_id": project, "id": CALL, "trace_id": CALL, "op_name": "f", "attributes": {}}
        start = {**call, "started_at": "2026-01-01T00:00:00Z", "inputs": {"q": MARKER}}
        client.post("/call/start", json={"start": start}).raise_for_status()
        end = {"project_id": project, "id": CALL, "ended_at": "2026-01-01T00:00:01Z", "summary": {}}
        client.post("/call/end", json={"end": {**end, "output": f'"{MARKER}"'}}).raise_for_status()
        asked = {"project_id": project, "call_ids": [CALL], "scorer_refs": [f"weave:///{project}/object/s:{digest}"]}
        client.post("/calls/score", json=asked).raise_for_status()
        while True:
            tasks = client.get("/weft/v1/scoring/tasks", params={"project_id": project}).json()["tasks"]
            if [task["state"] for task in tasks] == ["scored"]:
                break
        client.get(
            "/nowhere/at/all", headers={"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
        )
        # What sends spans must not be traced itself.
        client.post("/v1/traces", content=b"", headers={"content-type": "application/x-protobuf"})


def test_requests_and_batches_arrive_as_spans_without_payloads(traced: LiveServer, receiver: LiveServer) -> None:
    _score_once(traced)
    traced.stop()
    spans = _spans(receiver)
    names = {span["attributes"]["otel_span"]["name"] for span in spans}
    assert names >= {"POST /calls/score", "GET unmatched", "scoring: begin", "scoring: write"}
    assert not {name for name in names if name.endswith(("/v1/traces", "/ready", "/health", "/metrics"))}
    (lost,) = [span for span in spans if span["attributes"]["otel_span"]["name"] == "GET unmatched"]
    assert lost["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    (asked,) = [span for span in spans if span["attributes"]["otel_span"]["name"] == "POST /calls/score"]
    told = asked["attributes"]["otel_span"]["attributes"]
    assert told["http"]["response"]["status_code"] == 200
    assert told["weft"]["project"] == "traced/p"
    assert asked["attributes"]["otel_span"]["resource"]["attributes"]["service"]["name"] == "weft-of-the-test"
    assert MARKER not in str(spans)


def test_a_receiver_that_is_gone_costs_no_request_and_no_shutdown(tmp_path: Path) -> None:
    live = LiveServer(tmp_path / "alone", WEFT_OTEL_EXPORTER_ENDPOINT="http://127.0.0.1:9")
    live.start(timeout=240)
    assert httpx.get(f"{live.url}/server_info", timeout=60).status_code == 200
    live.stop()


def test_nothing_of_opentelemetry_is_imported_when_it_is_off() -> None:
    tracing = open_tracing(None, {}, "weft", "1", 1.0)
    assert not tracing.on
    with tracing.request("GET", {}) as span, tracing.span("inner", {}) as inner:
        span.set_attribute("a", 1)
        inner.update_name("b")
    tracing.close()


def test_without_the_extra_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(InvalidRequest, match=r"install `weft\[otel\]`"):
        open_tracing("http://127.0.0.1:9", {}, "weft", "1", 1.0)
