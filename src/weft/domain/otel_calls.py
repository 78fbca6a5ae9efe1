"""Spans as calls: a span becomes one call under its own id, so sending it again replaces it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from weft.core.identity import Project, User
from weft.domain.calls import call_of
from weft.otel.call_fields import call_fields
from weft.otel.dump import span_dump
from weft.otel.spans import OtelSpan
from weft.otel.trees import SpanTrees
from weft.storage.events.call_changes import Call, PutCall


def call_from_span(project: Project, user: User, span: OtelSpan, trees: SpanTrees, run_id: str) -> Call:
    """The call of a span; its op name is still the span's name. `run_id` is what the request said.

    Raises InvalidRequest for times that no column holds.
    """
    told = call_fields(span, trees)
    return call_of(
        project.id,
        span.span_id,
        trace_id=span.trace_id,
        op_name=span.name,
        started_at=told.started_at,
        inputs=told.inputs,
        attributes=told.attributes,
        output=told.output,
        summary=told.summary,
        otel_dump=span_dump(span, trees),
        parent_id=span.parent_id,
        ended_at=told.ended_at,
        exception=told.exception,
        display_name=told.display_name,
        thread_id=told.thread_id,
        turn_id=told.turn_id,
        wb_user_id=user.id,
        wb_run_id=run_id or (f"{project.external}/{told.run}" if told.run else ""),
        wb_run_step=told.run_step,
        wb_run_step_end=told.run_step_end,
    )


def put_call(call: Call, ops: Mapping[str, str]) -> PutCall:
    """The change that stores the call, under the ref of its op."""
    return PutCall(replace(call, op_name=ops[call.op_name]))
