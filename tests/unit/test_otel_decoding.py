"""Decoding OTLP: protobuf and JSON say the same, and what is broken costs no more than itself."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests import otlp
from weft.core.errors import InvalidRequest, TooLarge
from weft.otel.otlp_json import read_json
from weft.otel.protobuf import read_protobuf
from weft.otel.spans import OtelSpan, Rejection, ResourceSpans

TRACE, SPAN, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"


def read(batches: list[ResourceSpans]) -> list[OtelSpan | Rejection]:
    return [span for batch in batches for span in batch.read()]


def only(batches: list[ResourceSpans]) -> OtelSpan:
    (span,) = read(batches)
    assert isinstance(span, OtelSpan), span
    return span


FULL = otlp.request(
    otlp.span(
        "chat gpt",
        trace_id=TRACE,
        span_id=SPAN,
        parent_id=PARENT,
        attributes={
            "text": "naïve 🙂",
            "yes": True,
            "whole": -(2**60),
            "half": 0.5,
            "raw": b"\xff\x00",
            "list": ["a", 1, [b"x"]],
            "group": {"a.b": 1, "inner": {"c": []}},
            "nothing": None,
        },
        events=[("exception", {"exception.type": "E"})],
        links=[(TRACE, PARENT, {"why": "because"})],
        status=(2, "boom"),
    ),
    resource={"service.name": "svc", "wandb.entity": "e"},
)


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_a_span_is_read_with_everything_it_has(encoding: str) -> None:
    if encoding == "protobuf":
        batches = read_protobuf(FULL.SerializeToString())
    else:
        batches = read_json(json.dumps(otlp.as_json(FULL)).encode())
    span = only(batches)
    assert (span.trace_id, span.span_id, span.parent_id, span.name) == (TRACE, SPAN, PARENT, "chat gpt")
    assert (span.kind, span.status, span.status_message) == ("CLIENT", "ERROR", "boom")
    assert (span.start_ns, span.end_ns) == (otlp.START, otlp.START + otlp.SECOND)
    assert span.attributes == [
        ("text", "naïve 🙂"),
        ("yes", True),
        ("whole", -(2**60)),
        ("half", 0.5),
        ("raw", b"\xff\x00"),
        ("list", ["a", 1, [b"x"]]),
        ("group", {"a.b": 1, "inner": {"c": []}}),
        ("nothing", None),
    ]
    assert [(event.name, event.time_ns, event.attributes) for event in span.events] == [
        ("exception", otlp.START + 1, [("exception.type", "E")])
    ]
    assert [(link.trace_id, link.span_id, link.attributes) for link in span.links] == [
        (TRACE, PARENT, [("why", "because")])
    ]
    assert span.resource.text("wandb.entity") == "e"
    assert span.resource.text("no such") == ""
    assert (span.scope.name, span.scope.version) == ("tests.otlp", "1")


_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(min_value=-(2**63), max_value=2**63 - 1),
        st.floats(),
        st.text(),
        st.binary(),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), _VALUES, max_size=5), st.text(), st.integers(0, 2**64 - 1), st.integers(0, 9))
def test_json_and_protobuf_say_the_same(attributes: dict[str, Any], name: str, start: int, kind: int) -> None:
    sent = otlp.request(
        otlp.span(name, attributes=attributes, start=start, events=[(name, attributes)], kind=kind), resource=attributes
    )
    one = only(read_protobuf(sent.SerializeToString()))
    other = only(read_json(json.dumps(otlp.as_json(sent)).encode()))
    # NaN equals nothing, itself included; its text does.
    assert repr(one) == repr(other)
    assert one.attributes == list(attributes.items()) or "nan" in repr(attributes)


@pytest.mark.parametrize(
    ("change", "kind", "status"),
    [
        ({"kind": 3, "status": {"code": 2}}, "CLIENT", "ERROR"),
        ({"kind": "SPAN_KIND_SERVER", "status": {"code": "STATUS_CODE_OK"}}, "SERVER", "OK"),
        ({"kind": "CONSUMER", "status": {"code": "ERROR"}}, "CONSUMER", "ERROR"),
        ({"kind": 99, "status": {"code": 99}}, "UNSPECIFIED", "UNSET"),
        ({"kind": "NEW_KIND", "status": {"code": "NEW_CODE"}}, "UNSPECIFIED", "UNSET"),
        ({"kind": None, "status": None}, "UNSPECIFIED", "UNSET"),
    ],
)
def test_enums_are_numbers_or_names_and_unknown_ones_are_unset(change: dict[str, Any], kind: str, status: str) -> None:
    span = only(read_json(_json_span(**change)))
    assert (span.kind, span.status) == (kind, status)


def test_json_as_different_programs_write_it() -> None:
    span = only(
        read_json(
            _json_span(
                traceId=TRACE.upper(),
                parentSpanId="",
                startTimeUnixNano=str(otlp.START),
                endTimeUnixNano=None,
                unknownField={"x": 1},
                attributes=[
                    {"key": "a", "value": {"intValue": 5}},
                    {"key": "b", "value": {"intValue": "6"}},
                    {"key": "c", "value": {"doubleValue": "NaN"}},
                    {"key": "d", "value": {"doubleValue": 2}},
                    {"key": "e"},
                    {"key": "f", "value": {"stringValue": "\ud800!"}},
                    {"key": "g", "value": {"bytesValue": "_-8"}},
                    {"key": "h", "value": {"newKindOfValue": 1}},
                ],
            )
        )
    )
    told = dict(span.attributes)
    assert span.trace_id == TRACE
    assert (span.parent_id, span.end_ns) == ("", 0)
    assert math.isnan(told.pop("c"))
    assert told == {"a": 5, "b": 6, "d": 2.0, "e": None, "f": "�!", "g": b"\xff\xef", "h": None}


def test_ids_in_base64_are_understood() -> None:
    span = only(read_json(_json_span(traceId="CvdlGRbNQ92ESOshHIAxnA==", spanId="t61rcWkgMzE=")))
    assert (span.trace_id, span.span_id) == (TRACE, SPAN)


@pytest.mark.parametrize(
    "change",
    [
        {"traceId": "0" * 32},
        {"traceId": "abc"},
        {"traceId": 5},
        {"spanId": "0" * 16},
        {"spanId": ""},
        {"parentSpanId": "xyz"},
        {"name": ["x"]},
        {"startTimeUnixNano": "soon"},
        {"startTimeUnixNano": -1},
        {"startTimeUnixNano": 2**64},
        {"attributes": {"a": 1}},
        {"attributes": [{"key": "a", "value": {"intValue": 1.5}}]},
        {"attributes": [{"key": "a", "value": {"boolValue": "true"}}]},
        {"attributes": [{"key": "a", "value": {"doubleValue": "x"}}]},
        {"attributes": [{"key": "a", "value": {"bytesValue": "!"}}]},
        {"attributes": [{"key": "a", "value": {"arrayValue": {"values": [5]}}}]},
        {"attributes": [5]},
        {"events": [{"timeUnixNano": True}]},
        {"links": "x"},
    ],
)
def test_one_bad_span_costs_only_itself(change: dict[str, Any]) -> None:
    good = json.loads(_json_span())
    bad = json.loads(_json_span(**change))
    good["resourceSpans"][0]["scopeSpans"][0]["spans"] += bad["resourceSpans"][0]["scopeSpans"][0]["spans"]
    first, second = read(read_json(json.dumps(good).encode()))
    assert isinstance(first, OtelSpan)
    assert isinstance(second, Rejection)
    assert second.reason.startswith("Rejected span")


def test_a_span_that_is_no_protobuf_costs_only_itself() -> None:
    spoilt = otlp.span("ab")
    text_that_is_no_utf8 = spoilt.SerializeToString().replace(b"ab", b"\xff\xfe")
    sent = otlp.request(otlp.span("first"), spoilt, otlp.span("last"))
    body = sent.SerializeToString().replace(spoilt.SerializeToString(), text_that_is_no_utf8)
    first, second, last = read(read_protobuf(body))
    assert isinstance(second, Rejection)
    assert [span.name for span in (first, last) if isinstance(span, OtelSpan)] == ["first", "last"]


def test_ids_of_the_wrong_length_are_rejected_in_protobuf_too() -> None:
    short = otlp.span()
    short.trace_id = b"abc"
    nameless = otlp.span()
    nameless.span_id = b""
    rootless = otlp.span(parent_id="0" * 16)
    one, two, three = read(read_protobuf(otlp.request(short, nameless, rootless).SerializeToString()))
    assert isinstance(one, Rejection)
    assert "trace id" in one.reason
    assert isinstance(two, Rejection)
    assert isinstance(three, OtelSpan)
    assert three.parent_id == ""


@pytest.mark.parametrize("body", [b"not protobuf", b"\x0a\xff", b"\x0a\x02\x12\xff", b'{"resourceSpans": []}'])
def test_what_is_no_protobuf_request_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_protobuf(body)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"5", b"[]", b'{"resourceSpans": 5}', b'{"resourceSpans": [{"scopeSpans": [5]}]}'],
)
def test_what_is_no_json_request_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_json(body)


def test_json_nested_too_deeply_is_refused() -> None:
    with pytest.raises(TooLarge):
        read_json(b'{"resourceSpans":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def test_an_empty_request_has_no_spans() -> None:
    assert read_protobuf(b"") == []
    assert read_protobuf(ExportTraceServiceRequest().SerializeToString()) == []
    assert read_json(b"{}") == []
    assert read_json(b'{"resourceSpans": null}') == []


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for reader in (read_protobuf, read_json):
        try:
            read(reader(body))
        except InvalidRequest:
            continue


def _json_span(**change: Any) -> bytes:
    span = {"traceId": TRACE, "spanId": SPAN, "name": "step", "startTimeUnixNano": otlp.START} | change
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
