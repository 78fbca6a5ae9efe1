"""OTLP as protobuf. A request is opened layer by layer, so that one span that cannot be read costs only itself.

The outer layers are read with messages of our own in which the inner ones are plain bytes: the wire is the same, and
a request of many spans never stands decoded in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from weft.core.errors import InvalidRequest
from weft.otel.spans import (
    KINDS,
    STATUSES,
    Attributes,
    OtelEvent,
    OtelLink,
    OtelResource,
    OtelScope,
    OtelSpan,
    Rejection,
    ResourceSpans,
    checked,
)

_LAYERS = {"Request": ("resource_spans",), "ResourceLayer": ("resource", "spans"), "ScopeLayer": ("scope", "spans")}


def read_protobuf(body: bytes) -> list[ResourceSpans]:
    """The spans of an `ExportTraceServiceRequest`. Raises InvalidRequest when it is none."""
    try:
        return [_resource_spans(raw) for raw in _REQUEST.FromString(body).resource_spans]
    except (DecodeError, ValueError) as error:
        raise InvalidRequest("The body is not an OTLP trace request") from error


def _resource_spans(raw: bytes) -> ResourceSpans:
    layer = _RESOURCE_LAYER.FromString(raw)
    message = Resource.FromString(layer.resource)
    resource = OtelResource(_attributes(message.attributes), message.dropped_attributes_count)
    # Opened here, so that what is broken on the outside is said before anything is stored.
    scopes = [_SCOPE_LAYER.FromString(scope) for scope in layer.spans]

    def read() -> Iterator[OtelSpan | Rejection]:
        for layer in scopes:
            scope = _scope(layer.scope)
            for span in layer.spans:
                yield _span(span, resource, scope)

    return ResourceSpans(resource, read)


def _scope(raw: bytes) -> OtelScope:
    try:
        scope = InstrumentationScope.FromString(raw)
    except DecodeError:
        return OtelScope()
    return OtelScope(scope.name, scope.version)


def _span(raw: bytes, resource: OtelResource, scope: OtelScope) -> OtelSpan | Rejection:
    try:
        span = Span.FromString(raw)
    except DecodeError:
        return Rejection("Rejected span: it is not a protobuf message of that kind")
    return checked(
        OtelSpan(
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            trace_state=span.trace_state,
            name=span.name,
            kind=KINDS[span.kind] if 0 <= span.kind < len(KINDS) else KINDS[0],
            start_ns=span.start_time_unix_nano,
            end_ns=span.end_time_unix_nano,
            attributes=_attributes(span.attributes),
            events=[
                OtelEvent(
                    event.name, event.time_unix_nano, _attributes(event.attributes), event.dropped_attributes_count
                )
                for event in span.events
            ],
            links=[_link(link) for link in span.links],
            status=STATUSES[span.status.code] if 0 <= span.status.code < len(STATUSES) else STATUSES[0],
            status_message=span.status.message,
            resource=resource,
            scope=scope,
        )
    )


def _link(link: Span.Link) -> OtelLink:
    return OtelLink(
        trace_id=link.trace_id.hex(),
        span_id=link.span_id.hex(),
        trace_state=link.trace_state,
        attributes=_attributes(link.attributes),
        dropped=link.dropped_attributes_count,
        flags=link.flags,
    )


def _attributes(pairs: Any) -> Attributes:
    return [(pair.key, _value(pair.value)) for pair in pairs]


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    held = getattr(value, kind)
    if kind == "array_value":
        return [_value(item) for item in held.values]
    if kind == "kvlist_value":
        pairs: list[KeyValue] = list(held.values)
        return {pair.key: _value(pair.value) for pair in pairs}
    return held


def _layers() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="weft/otlp_layers.proto", package="weft.otlp", syntax="proto3")
    for name, fields in _LAYERS.items():
        layer = file.message_type.add(name=name)
        for number, field in enumerate(fields, 1):
            # The last field of each layer is the repeated one that holds the next layer.
            label = "LABEL_REPEATED" if number == len(fields) else "LABEL_OPTIONAL"
            layer.field.add(name=field, number=number, type="TYPE_BYTES", label=label)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"weft.otlp.{name}")) for name in _LAYERS}


_REQUEST, _RESOURCE_LAYER, _SCOPE_LAYER = _layers().values()
