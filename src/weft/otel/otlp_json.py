"""OTLP as JSON: camel-case names, ids in hex, 64-bit integers as texts, enums as numbers or names.

Unknown fields are ignored. What is not of the right kind makes one span unreadable, not the request.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from weft.core import jsontext
from weft.core.errors import InvalidRequest
from weft.core.ref_translation import check_depth
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

_MAX_NANOSECONDS = 2**64 - 1
_ID_BYTES = (8, 16)


class _Unreadable(ValueError):
    """A value of the wrong kind; the text says where."""


def read_json(body: bytes) -> list[ResourceSpans]:
    """The spans of an `ExportTraceServiceRequest` in JSON. Raises InvalidRequest when it is none."""
    try:
        request = jsontext.loads(body)
        check_depth(request)
        return [_resource_spans(item) for item in _list(_object(request, "the request"), "resourceSpans")]
    except ValueError as error:
        raise InvalidRequest(f"The body is not an OTLP trace request in JSON: {error}") from error


def _resource_spans(item: Any) -> ResourceSpans:
    layer = _object(item, "resourceSpans")
    message = _object(layer.get("resource"), "resource")
    resource = OtelResource(_attributes(message), _whole(message, "droppedAttributesCount"))
    scopes = [_object(scope, "scopeSpans") for scope in _list(layer, "scopeSpans")]
    opened = [(_scope(scope), _list(scope, "spans")) for scope in scopes]

    def read() -> Iterator[OtelSpan | Rejection]:
        for scope, spans in opened:
            for span in spans:
                yield _span(span, resource, scope)

    return ResourceSpans(resource, read)


def _scope(layer: dict[str, Any]) -> OtelScope:
    scope = _object(layer.get("scope"), "scope")
    return OtelScope(_text(scope, "name"), _text(scope, "version"))


def _span(item: Any, resource: OtelResource, scope: OtelScope) -> OtelSpan | Rejection:
    try:
        span = _object(item, "a span")
        status = _object(span.get("status"), "status")
        return checked(
            OtelSpan(
                trace_id=_id(span, "traceId"),
                span_id=_id(span, "spanId"),
                parent_id=_id(span, "parentSpanId"),
                trace_state=_text(span, "traceState"),
                name=_text(span, "name"),
                kind=_enum(span.get("kind"), "SPAN_KIND_", KINDS),
                start_ns=_nanoseconds(span, "startTimeUnixNano"),
                end_ns=_nanoseconds(span, "endTimeUnixNano"),
                attributes=_attributes(span),
                events=[_event(_object(event, "an event")) for event in _list(span, "events")],
                links=[_link(_object(link, "a link")) for link in _list(span, "links")],
                status=_enum(status.get("code"), "STATUS_CODE_", STATUSES),
                status_message=_text(status, "message"),
                resource=resource,
                scope=scope,
            )
        )
    except _Unreadable as error:
        shown = _clean(str(item.get("spanId"))[:80]) if isinstance(item, dict) else None
        return Rejection(f"Rejected span (span_id={shown!r}): {error}")


def _event(event: dict[str, Any]) -> OtelEvent:
    return OtelEvent(
        name=_text(event, "name"),
        time_ns=_nanoseconds(event, "timeUnixNano"),
        attributes=_attributes(event),
        dropped=_whole(event, "droppedAttributesCount"),
    )


def _link(link: dict[str, Any]) -> OtelLink:
    return OtelLink(
        trace_id=_id(link, "traceId"),
        span_id=_id(link, "spanId"),
        trace_state=_text(link, "traceState"),
        attributes=_attributes(link),
        dropped=_whole(link, "droppedAttributesCount"),
        flags=_whole(link, "flags"),
    )


def _attributes(holder: dict[str, Any]) -> Attributes:
    pairs = [_object(pair, "an attribute") for pair in _list(holder, "attributes")]
    return [(_text(pair, "key"), _value(pair.get("value"))) for pair in pairs]


def _value(value: Any) -> Any:
    held = _object(value, "the value of an attribute")
    if "stringValue" in held:
        return _text(held, "stringValue")
    if "boolValue" in held:
        if not isinstance(held["boolValue"], bool):
            raise _Unreadable("boolValue is true or false")
        return held["boolValue"]
    if "intValue" in held:
        return _whole(held, "intValue")
    if "doubleValue" in held:
        return _double(held["doubleValue"])
    if "bytesValue" in held:
        return _bytes(held["bytesValue"])
    if "arrayValue" in held:
        return [_value(item) for item in _list(_object(held["arrayValue"], "arrayValue"), "values")]
    if "kvlistValue" in held:
        pairs = [_object(pair, "kvlistValue") for pair in _list(_object(held["kvlistValue"], "kvlistValue"), "values")]
        return {_text(pair, "key"): _value(pair.get("value")) for pair in pairs}
    return None


def _object(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _Unreadable(f"{name} is not an object")
    return value


def _list(holder: dict[str, Any], name: str) -> list[Any]:
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _Unreadable(f"{name} is not a list")
    return value


def _text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Unreadable(f"{name} is not a text")
    return _clean(value)


def _clean(text: str) -> str:
    # Protobuf cannot carry half a surrogate pair, and neither can a column.
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _whole(holder: dict[str, Any], name: str) -> int:
    value = holder.get(name)
    if value is None:
        return 0
    try:
        if isinstance(value, str | int) and not isinstance(value, bool):
            return int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)
    except (ValueError, OverflowError):
        pass
    raise _Unreadable(f"{name} is not a whole number")


def _nanoseconds(holder: dict[str, Any], name: str) -> int:
    value = _whole(holder, name)
    if not 0 <= value <= _MAX_NANOSECONDS:
        raise _Unreadable(f"{name} is not a time in nanoseconds")
    return value


def _double(value: Any) -> float:
    try:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise _Unreadable("doubleValue is not a number")


def _bytes(value: Any) -> bytes:
    try:
        if isinstance(value, str):
            # Both alphabets are in use, with and without padding.
            text = value.replace("-", "+").replace("_", "/").rstrip("=")
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        pass
    raise _Unreadable("bytesValue is not base64")


def _id(holder: dict[str, Any], name: str) -> str:
    """An id in lower-case hex; also from base64, which is what generic protobuf-to-JSON converters write."""
    text = _text(holder, name)
    if text.endswith("="):
        raw = _bytes(text)
        if len(raw) in _ID_BYTES:
            return raw.hex()
    return text.lower()


def _enum(value: Any, prefix: str, names: tuple[str, ...]) -> str:
    if isinstance(value, str):
        name = value.removeprefix(prefix)
        return name if name in names else names[0]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else names[0]
