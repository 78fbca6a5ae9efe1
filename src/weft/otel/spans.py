"""A span as it came, whatever its encoding: ids in hex, times in nanoseconds since 1970, attributes as plain values.

Attributes keep their order and their dotted names here; the tree they make is attributes.py's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Attributes = list[tuple[str, Any]]
"""Names and values: texts, numbers, booleans, bytes, lists, dicts, or None for an empty value."""

KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
STATUSES = ("UNSET", "OK", "ERROR")
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}")


@dataclass(slots=True)
class OtelEvent:
    """Something that happened during a span."""

    name: str
    time_ns: int
    attributes: Attributes
    dropped: int = 0


@dataclass(slots=True)
class OtelLink:
    """A span that another one names beside its parent."""

    trace_id: str
    span_id: str
    trace_state: str
    attributes: Attributes
    dropped: int = 0
    flags: int = 0


@dataclass(slots=True)
class OtelResource:
    """The program that made the spans."""

    attributes: Attributes = field(default_factory=list)
    dropped: int = 0

    def text(self, name: str) -> str:
        """A text among its attributes, empty when there is none."""
        found = dict(self.attributes).get(name)
        return found if isinstance(found, str) else ""


@dataclass(slots=True)
class OtelScope:
    """The library that made the spans."""

    name: str = ""
    version: str = ""


@dataclass(slots=True)
class OtelSpan:
    """One span. `parent_id` is empty for a root; `end_ns` is 0 while it runs."""

    trace_id: str
    span_id: str
    parent_id: str
    trace_state: str
    name: str
    kind: str
    start_ns: int
    end_ns: int
    attributes: Attributes
    events: list[OtelEvent]
    links: list[OtelLink]
    status: str
    status_message: str
    resource: OtelResource
    scope: OtelScope


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one span is not stored."""

    reason: str


@dataclass(frozen=True, slots=True)
class ResourceSpans:
    """The spans of one program. They are decoded while they are read, as often as they are read."""

    resource: OtelResource
    read: Callable[[], Iterator[OtelSpan | Rejection]]


def rejected(span: OtelSpan, reason: str) -> Rejection:
    """The span is not stored, in a sentence that names it."""
    return Rejection(
        f"Rejected span (name={span.name[:200]!r} trace_id={span.trace_id!r} span_id={span.span_id!r}): {reason}"
    )


def checked(span: OtelSpan) -> OtelSpan | Rejection:
    """The span, if its ids may name one."""
    if not _TRACE_ID.fullmatch(span.trace_id):
        return rejected(span, "a trace id is 16 bytes and not all zero")
    if not _SPAN_ID.fullmatch(span.span_id):
        return rejected(span, "a span id is 8 bytes and not all zero")
    if span.parent_id.strip("0") == "":
        span.parent_id = ""
    elif not _SPAN_ID.fullmatch(span.parent_id):
        return rejected(span, "a parent span id is 8 bytes")
    return span
