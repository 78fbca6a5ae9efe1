"""The answer to an export in protobuf."""

from __future__ import annotations

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse


def protobuf_answer(rejected: int, message: str) -> bytes:
    """`ExportTraceServiceResponse`; empty bytes when nothing was rejected, as OTLP wants it."""
    answer = ExportTraceServiceResponse()
    if rejected:
        answer.partial_success.rejected_spans = rejected
        answer.partial_success.error_message = message
    return answer.SerializeToString()
