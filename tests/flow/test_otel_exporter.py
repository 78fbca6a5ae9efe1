"""The exporter of OpenTelemetry's own SDK against a running server that asks for keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status, StatusCode, Tracer

from tests.live import LiveServer

KEY = "k" * 40


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder: Path = tmp_path_factory.mktemp("live")
    server = LiveServer(folder / "data", WEFT_AUTH="keys", WEFT_ADMIN_KEY=KEY)
    server.start()
    yield server
    server.stop()


class Remembering(SpanExporter):
    """An exporter that remembers how each export ended."""

    def __init__(self, exporter: OTLPSpanExporter) -> None:
        self._exporter = exporter
        self.results: list[SpanExportResult] = []

    def export(self, spans: Any) -> SpanExportResult:
        self.results.append(self._exporter.export(spans))
        return self.results[-1]


def tracing(
    live: LiveServer,
    project: str,
    path: str = "/v1/traces",
    key: str = KEY,
    *,
    one_by_one: bool = False,
    **options: Any,
) -> tuple[Tracer, TracerProvider, Remembering]:
    """A tracer of a program of its own, its provider and exporter."""
    headers = {"project_id": project, "authorization": f"Bearer {key}"}
    exporter = Remembering(OTLPSpanExporter(endpoint=f"{live.url}{path}", headers=headers, **options))
    provider = TracerProvider(resource=Resource.create({"service.name": "tests"}))
    provider.add_span_processor((SimpleSpanProcessor if one_by_one else BatchSpanProcessor)(exporter))
    return provider.get_tracer("tests.flow"), provider, exporter


def calls_of(live: LiveServer, project: str) -> list[dict[str, Any]]:
    answer = httpx.post(f"{live.url}/calls/stream_query", json={"project_id": project}, auth=("api", KEY))
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize("compression", list(Compression))
def test_spans_arrive_as_they_were_made(live: LiveServer, compression: Compression) -> None:
    project = f"flow/{compression.value}"
    tracer, provider, exporter = tracing(live, project, compression=compression)
    with tracer.start_as_current_span("outer", attributes={"input.value": '{"q": "naïve 🙂"}'}) as outer:
        for number in range(1200):
            with tracer.start_as_current_span("inner") as inner:
                inner.set_attribute("output.value", number)
        outer.set_status(Status(StatusCode.ERROR, "it failed"))
    assert provider.force_flush()
    assert set(exporter.results) == {SpanExportResult.SUCCESS}
    outer_call, *inner_calls = calls_of(live, project)
    context = outer.get_span_context()
    assert (outer_call["id"], outer_call["trace_id"]) == (f"{context.span_id:016x}", f"{context.trace_id:032x}")
    assert (outer_call["inputs"], outer_call["exception"]) == ({"input.value": {"q": "naïve 🙂"}}, "it failed")
    assert sorted(call["output"]["output.value"] for call in inner_calls) == list(range(1200))
    assert {call["parent_id"] for call in inner_calls} == {outer_call["id"]}
    provider.shutdown()


def test_spans_sent_one_by_one_become_one_trace(live: LiveServer) -> None:
    tracer, provider, exporter = tracing(live, "flow/single", "/traces/otel/v1/traces", one_by_one=True)
    with tracer.start_as_current_span("outer"), tracer.start_as_current_span("inner"):
        pass
    assert exporter.results == [SpanExportResult.SUCCESS] * 2
    outer, inner = calls_of(live, "flow/single")
    assert (inner["parent_id"], inner["trace_id"]) == (outer["id"], outer["trace_id"])
    provider.shutdown()


def test_an_export_with_a_wrong_key_fails_and_leaves_nothing(live: LiveServer) -> None:
    tracer, provider, exporter = tracing(live, "flow/refused", key="w" * 40, one_by_one=True)
    tracer.start_span("step").end()
    assert exporter.results == [SpanExportResult.FAILURE]
    answer = httpx.post(f"{live.url}/calls/stream_query", json={"project_id": "flow/refused"}, auth=("api", KEY))
    assert answer.status_code == 404
    provider.shutdown()
