"""Names of what a query can read: the grammar of field paths, and which columns exist with which kind of value.

Turning a field into SQL is values.py's job.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from weft.core.errors import InvalidField

ColumnKind = Literal["required_text", "text", "number", "time", "refs", "never"]

COLUMNS: dict[str, ColumnKind] = {
    "id": "required_text",
    "project_id": "required_text",
    "trace_id": "required_text",
    "op_name": "required_text",
    "parent_id": "text",
    "thread_id": "text",
    "turn_id": "text",
    "display_name": "text",
    "exception": "text",
    "wb_user_id": "text",
    "wb_run_id": "text",
    "otel_dump": "text",
    "started_at": "time",
    "ended_at": "time",
    "expire_at": "time",
    "deleted_at": "never",
    "wb_run_step": "number",
    "wb_run_step_end": "number",
    "input_refs": "refs",
    "output_refs": "refs",
}
"""Columns by name, with the kind of value they hold; `never` is a time that no visible call has."""

JSON_ROOTS = ("inputs", "output", "attributes", "summary")
DERIVED = ("status", "latency_ms", "trace_name")
MULTI_VALUE_FEEDBACK = frozenset({"wandb.reaction.1", "wandb.note.1", "wandb.agent_user_feedback"})
ANY_FEEDBACK = "*"

_FEEDBACK = re.compile(
    r"feedback\.\[(?P<type>.+?)\]\.(?P<leaf>payload(?:\.(?P<path>.+))?|runnable_ref|trigger_ref)", re.S
)
_UNESCAPED_DOT = re.compile(r"(?<!\\)\.")
_HIGHEST_INDEX = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """A plain column."""

    name: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A place in one of the JSON columns; an int is an index into an array, no segments is the whole document."""

    root: str
    segments: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Derived:
    """A key of `summary.weave`, computed from other columns."""

    name: str


@dataclass(frozen=True, slots=True)
class FeedbackPath:
    """A value of the feedback on a call: of one type, or of any with `*`."""

    type: str
    column: str
    segments: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueMembership:
    """`annotation_queue_items.queue_id`: only for equality with a literal."""


Field = Column | JsonPath | Derived | FeedbackPath | QueueMembership


def parse_field(path: str) -> Field:
    """What a field path names. Raises InvalidField for anything a query cannot read."""
    if path in COLUMNS:
        return Column(path, COLUMNS[path])
    if path == "annotation_queue_items.queue_id":
        return QueueMembership()
    if path.startswith("feedback."):
        return _feedback(path)
    root, *rest = split_path(path)
    if root not in JSON_ROOTS:
        raise InvalidField(f"Field {path[:200]!r} is not allowed")
    segments = path_segments(rest, path)
    if root == "summary" and segments[:1] == ("weave",):
        name = segments[1] if len(segments) == 2 else None
        if name not in DERIVED:
            raise InvalidField(f"Field {path[:200]!r} is not allowed: of summary.weave only {', '.join(DERIVED)}")
        return Derived(str(name))
    return JsonPath(root, segments)


def split_path(path: str) -> list[str]:
    r"""The segments between dots; `\\.` is a dot inside a segment."""
    return [part.replace("\\.", ".") for part in _UNESCAPED_DOT.split(path)]


def path_segments(parts: list[str], path: str) -> tuple[str | int, ...]:
    """Segments as keys and array indices. Raises InvalidField for a negative index."""
    return tuple(_segment(part, path) for part in parts)


def _segment(part: str, path: str) -> str | int:
    digits = part.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return part
    if part.startswith("-"):
        raise InvalidField(f"Field {path[:200]!r} is not allowed: an index cannot be negative")
    return int(digits) if len(digits) < 10 else _HIGHEST_INDEX


def _feedback(path: str) -> FeedbackPath:
    match = _FEEDBACK.fullmatch(path)
    if match is None:
        raise InvalidField(f"Field {path[:200]!r} is not allowed: use feedback.[type].payload.path or a ref of it")
    leaf: str = match["leaf"].partition(".")[0]
    inner = match["path"]
    return FeedbackPath(match["type"], leaf, path_segments(split_path(inner), path) if inner else ())
