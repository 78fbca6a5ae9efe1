"""OTLP trace requests for tests, in protobuf and in JSON, from plain values."""

from __future__ import annotations

import base64
import itertools
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

START = 1_700_000_000_123_456_789
SECOND = 1_000_000_000
LATEST = 2**64 - 1
CLIENT = 3
ERROR = 2

_numbers = itertools.count(1)


def any_value(value: Any) -> AnyValue:
    """A plain value as OTLP holds it; None is a value that was not set."""
    held = AnyValue()
    if isinstance(value, bool):
        held.bool_value = value
    elif isinstance(value, int):
        held.int_value = value
    elif isinstance(value, float):
        held.double_value = value
    elif isinstance(value, str):
        held.string_value = value
    elif isinstance(value, bytes):
        held.bytes_value = value
    elif isinstance(value, list):
        held.array_value.SetInParent()
        held.array_value.values.extend(any_value(item) for item in value)
    elif isinstance(value, dict):
        held.kvlist_value.SetInParent()
        held.kvlist_value.values.extend(pairs(value))
    return held


def pairs(attributes: dict[str, Any] | list[tuple[str, Any]]) -> list[KeyValue]:
    items = attributes.items() if isinstance(attributes, dict) else attributes
    return [KeyValue(key=key, value=any_value(value)) for key, value in items]


def new_trace_id() -> str:
    return f"{0xA0000000 + next(_numbers):032x}"


def span(
    name: str = "step",
    *,
    attributes: dict[str, Any] | list[tuple[str, Any]] | None = None,
    trace_id: str | None = None,
    span_id: str | None = None,
    parent_id: str = "",
    start: int = START,
    end: int = START + SECOND,
    status: tuple[int, str] = (0, ""),
    events: list[tuple[str, dict[str, Any]]] | None = None,
    links: list[tuple[str, str, dict[str, Any]]] | None = None,
    kind: int = CLIENT,
) -> Span:
    """A span of a trace of its own, unless told otherwise."""
    made = Span(
        trace_id=bytes.fromhex(trace_id or new_trace_id()),
        span_id=bytes.fromhex(span_id or f"{0xB0000000 + next(_numbers):016x}"),
        parent_span_id=bytes.fromhex(parent_id),
        name=name,
        kind=kind,  # type: ignore[arg-type]
        start_time_unix_nano=start,
        end_time_unix_nano=end,
        attributes=pairs(attributes or {}),
    )
    made.status.code, made.status.message = status  # type: ignore[assignment]
    for event_name, told in events or []:
        made.events.add(name=event_name, time_unix_nano=min(start + 1, LATEST), attributes=pairs(told))
    for linked_trace, linked_span, told in links or []:
        made.links.add(trace_id=bytes.fromhex(linked_trace), span_id=bytes.fromhex(linked_span), attributes=pairs(told))
    return made


def request(*spans: Span, resource: dict[str, Any] | None = None) -> ExportTraceServiceRequest:
    """The spans as one program sends them."""
    made = ExportTraceServiceRequest()
    batch = made.resource_spans.add()
    batch.resource.attributes.extend(pairs({"service.name": "tests"} if resource is None else resource))
    scope = batch.scope_spans.add()
    scope.scope.name, scope.scope.version = "tests.otlp", "1"
    scope.spans.extend(spans)
    return made


def as_json(sent: ExportTraceServiceRequest) -> dict[str, Any]:
    """The request as OTLP writes it in JSON: as protobuf does, but ids in hex."""
    value = json_format.MessageToDict(sent)
    for batch in value.get("resourceSpans", []):
        for scope in batch.get("scopeSpans", []):
            for item in scope.get("spans", []):
                for holder in (item, *item.get("links", [])):
                    for name in {"traceId", "spanId", "parentSpanId"} & holder.keys():
                        holder[name] = base64.b64decode(holder[name]).hex()
    return value
