"""One call as the JSON that readers get. Stored JSON texts are passed on as they are; only the summary is parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from weft.core import jsontext
from weft.core.clock import iso
from weft.core.identity import Project
from weft.domain.costs import PriceSource, costs_of
from weft.domain.summaries import with_derived
from weft.storage.events.call_changes import Call
from weft.storage.events.calls import COLUMNS

_TEXTS = ("parent_id", "display_name", "exception", "wb_user_id", "wb_run_id", "thread_id", "turn_id")
_PLAIN = ("started_at", "ended_at", "expire_at", "wb_run_step", "wb_run_step_end")


@dataclass(slots=True)
class Additions:
    """What the answer shows beside the stored call: facts per call or trace, and what was asked for."""

    prices: PriceSource | None = None
    """What costs are computed with, if they are to be shown."""
    feedback: Mapping[str, list[dict[str, Any]]] | None = None
    usernames: Mapping[str, str] = field(default_factory=dict)
    sizes: bool = False
    trace_sizes: Mapping[str, int] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    """Columns that were read for the additions but not asked for."""


def call_line(project: Project, row: Mapping[str, Any], added: Additions) -> bytes:
    """The call as one JSON object; columns that were not read are null, or `{}` for inputs and attributes."""
    answer: dict[str, Any] = {
        "id": row["id"],
        "project_id": project.external,
        "op_name": row["op_name"],
        "trace_id": row["trace_id"],
    }
    for name in _TEXTS:
        answer[name] = (row.get(name) or None) if name not in added.hidden else None
    for name in _PLAIN:
        answer[name] = row.get(name)
    answer["summary"] = _summary(row, added) if "summary" in row else None
    answer["deleted_at"] = None
    answer["storage_size_bytes"] = row.get("size") if added.sizes else None
    answer["total_storage_size_bytes"] = None if row.get("parent_id") else added.trace_sizes.get(row["trace_id"])
    username = added.usernames.get(row.get("wb_user_id") or "")
    if username is not None:
        answer["wb_username"] = username
    head = jsontext.dumps(answer)[:-1]
    payloads = f'"inputs":{row.get("inputs", "{}")},"output":{row.get("output", "null")}'
    return f'{head},{payloads},"attributes":{_attributes(row)}}}'.encode()


def row_of_call(call: Call) -> dict[str, Any]:
    """A call read by its id as the same kind of row that lists are made of."""
    row: dict[str, Any] = {name: getattr(call, name) for name in COLUMNS}
    for name in ("started_at", "ended_at", "expire_at"):
        row[name] = iso(row[name]) if row[name] else None
    row["size"] = sum(len(row[name].encode()) for name in ("inputs", "output", "attributes", "summary", "otel_dump"))
    return row


def _summary(row: Mapping[str, Any], added: Additions) -> dict[str, Any]:
    stored = jsontext.loads(row["summary"])
    summary = with_derived(stored if isinstance(stored, dict) else {}, row)
    if added.prices is not None:
        costs = costs_of(summary.get("usage"), datetime.fromisoformat(row["started_at"]), added.prices)
        summary["weave"].pop("costs", None)
        if costs:
            summary["weave"]["costs"] = costs
    if added.feedback is not None:
        summary["weave"]["feedback"] = added.feedback.get(row["id"], [])
    return summary


def _attributes(row: Mapping[str, Any]) -> str:
    attributes: str = row.get("attributes", "{}")
    otel = row.get("otel_dump")
    if not otel:
        return attributes
    if '"otel_span"' in attributes:
        return jsontext.dumps({**jsontext.loads(attributes), "otel_span": jsontext.loads(otel)})
    return f'{attributes[:-1]}{"," if len(attributes) > 2 else ""}"otel_span":{otel}}}'
