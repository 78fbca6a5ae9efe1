"""A span as people read it in full: everything that came, under the names the Weave service gives it."""

from __future__ import annotations

from typing import Any

from weft.otel.attributes import plain
from weft.otel.moments import naive_iso
from weft.otel.spans import OtelSpan
from weft.otel.trees import SpanTrees


def span_dump(span: OtelSpan, trees: SpanTrees) -> dict[str, Any]:
    """The span as a JSON value, all attributes as trees."""
    return {
        "name": span.name,
        "context": {"trace_id": span.trace_id, "span_id": span.span_id, "trace_state": span.trace_state},
        "kind": span.kind,
        "parent_id": span.parent_id or None,
        "start_time": naive_iso(span.start_ns),
        "end_time": naive_iso(span.end_ns),
        "status": {"code": span.status, "message": span.status_message},
        "attributes": plain(trees.own),
        "events": [
            {
                "name": event.name,
                "timestamp": event.time_ns,
                "attributes": plain(tree),
                "dropped_attributes_count": event.dropped,
            }
            for event, tree in zip(span.events, trees.events, strict=True)
        ],
        "links": [
            {
                "trace_id": link.trace_id,
                "span_id": link.span_id,
                "trace_state": link.trace_state,
                "attributes": plain(tree),
                "dropped_attributes_count": link.dropped,
                "flags": link.flags,
            }
            for link, tree in zip(span.links, trees.links, strict=True)
        ],
        "resource": {
            "attributes": plain(trees.resource),
            "dropped_attributes_count": span.resource.dropped,
        },
        "scope": {"name": span.scope.name, "version": span.scope.version},
    }
