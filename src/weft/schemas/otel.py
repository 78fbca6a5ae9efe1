"""The words of answers to OTLP in JSON. Requests are no schemas: they are decoded in the otel package."""

from __future__ import annotations

from pydantic import Field

from weft.schemas.base import Wire


class OtelPartialSuccess(Wire):
    """How many spans were rejected, and why."""

    rejected_spans: int
    error_message: str


class OtlpPartialSuccess(Wire):
    """The same in the words of OTLP, where a 64-bit number is a text."""

    rejected_spans: str = Field(serialization_alias="rejectedSpans")
    error_message: str = Field(serialization_alias="errorMessage")


class OtlpExportRes(Wire):
    """`ExportTraceServiceResponse`; nothing in it means that everything was taken."""

    otlp_partial_success: OtlpPartialSuccess | None = Field(None, serialization_alias="partialSuccess")


class OtelExportRes(OtlpExportRes):
    """The same, and in the words of the Weave service."""

    partial_success: OtelPartialSuccess | None = None


class AgentsOtelExportRes(OtlpExportRes):
    """The same for spans of agents."""

    accepted_spans: int
    rejected_spans: int
    error_message: str
