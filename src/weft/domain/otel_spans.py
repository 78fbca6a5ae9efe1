"""Spans as rows of the agents' table, for programs that follow the GenAI conventions."""

from __future__ import annotations

from weft.core import jsontext
from weft.core.identity import Project, User
from weft.domain.ingest_policy import SAMPLE_RATE_KEY, IngestPolicy
from weft.otel.dump import span_dump
from weft.otel.moments import moment
from weft.otel.span_columns import span_columns
from weft.otel.spans import OtelSpan
from weft.otel.trees import SpanTrees
from weft.storage.events.spans import EPOCH, Span

_SPEAKS_OF_AGENTS = ("gen_ai", "weave")


def speaks_of_agents(trees: SpanTrees) -> bool:
    """Whether any attribute follows a convention that the agents' table knows."""
    return any(name in trees.own for name in _SPEAKS_OF_AGENTS)


def row_from_span(
    project: Project, user: User, span: OtelSpan, trees: SpanTrees, policy: IngestPolicy, run_id: str
) -> Span:
    """The row of a span. Raises CannotExtract for a value that a column does not take."""
    columns = span_columns(span, trees)
    started_at = moment(span.start_ns)
    if policy.marks(span.trace_id):
        floats = columns.get("custom_attrs_float", {})
        columns["custom_attrs_float"] = {**floats, SAMPLE_RATE_KEY: policy.sample_rate}
    return Span(
        project_id=project.id,
        trace_id=span.trace_id,
        span_id=span.span_id,
        started_at=started_at,
        ended_at=moment(span.end_ns) if span.end_ns else EPOCH,
        parent_span_id=span.parent_id,
        span_name=span.name,
        span_kind=span.kind,
        status_code=span.status,
        wb_user_id=user.id,
        wb_run_id=run_id,
        raw_span_dump=jsontext.dumps_finite(span_dump(span, trees)),
        expire_at=policy.expire_at(started_at),
        **columns,
    )
