"""What a server answers, as the rows that a folder has: absent values are what the columns say, JSON becomes text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from weft.core import jsontext
from weft.core.clock import as_utc, iso
from weft.core.digest import canonical_json
from weft.core.refs import ARTIFACT, EXTERNAL, INTERNAL, try_parse_ref
from weft.transfer.format import EVENT_COLUMNS, Kind
from weft.transfer.source import Row

_EPOCH = "1970-01-01T00:00:00.000000Z"
_ABSENT: dict[Kind, Any] = {"text": "", "int": 0, "float": 0.0, "uint": None, "time": None, "texts": []}
# What a server adds to a summary each time it is read.
_DERIVED = {"status", "trace_name", "latency_ms", "display_name", "costs", "feedback"}


def moment(value: Any) -> str | None:
    """A time as the folder has it."""
    return iso(as_utc(datetime.fromisoformat(value))) if isinstance(value, str) and value else None


def version_row(item: Row) -> Row:
    """A version of an object."""
    val = canonical_json(item["val"])
    return {
        "object_id": item["object_id"],
        "digest": item["digest"],
        "kind": item["kind"],
        "version_index": item["version_index"],
        "base_object_class": item.get("base_object_class"),
        "leaf_object_class": item.get("leaf_object_class"),
        "wb_user_id": item.get("wb_user_id"),
        "created_at": moment(item["created_at"]),
        "deleted_at": None,
        "size_bytes": item.get("size_bytes") or len(val.encode()),
        "val": val,
    }


def call_row(call: Row) -> Row:
    """A call."""
    row = _event_row("calls", call)
    for name, empty in (("inputs", {}), ("output", None), ("attributes", {})):
        row[name] = jsontext.dumps_finite(call.get(name) if call.get(name) is not None else empty)
    row["summary"] = jsontext.dumps_finite(_stored_summary(call.get("summary")))
    row["input_refs"] = refs_in(call.get("inputs"))
    row["output_refs"] = refs_in(call.get("output"))
    return row


def feedback_row(item: Row) -> Row:
    """Feedback."""
    row = _event_row("feedback", item)
    row["payload"] = jsontext.dumps_finite(item.get("payload") or {})
    row["span_status_code"] = row["span_status_code"] or "UNSET"
    return row


def span_row(span: Row) -> Row:
    """A span of an agent."""
    row = _event_row("spans", span)
    for name in ("input_messages", "output_messages"):
        row[name] = jsontext.dumps(span[name]) if span.get(name) else ""
    row["ended_at"] = row["ended_at"] or _EPOCH
    row["eval_trial_index"] = -1 if span.get("eval_trial_index") is None else span["eval_trial_index"]
    row["span_kind"] = row["span_kind"] or "UNSPECIFIED"
    row["status_code"] = row["status_code"] or "UNSET"
    return row


def price_row(price: Row) -> Row:
    """A price of a model."""
    day = moment(price.get("effective_date")) or _EPOCH
    costs = ("prompt_token_cost", "completion_token_cost", "cache_read_input_token_cost")
    return {
        "id": price["id"],
        "llm_id": price["llm_id"],
        "provider_id": price.get("provider_id") or "default",
        "effective_date": day,
        **{name: price.get(name) or 0.0 for name in (*costs, "cache_creation_input_token_cost")},
        **{name: price.get(name) or "USD" for name in ("prompt_token_cost_unit", "completion_token_cost_unit")},
        "created_by": price.get("created_by") or "",
        "created_at": moment(price.get("created_at")) or day,
    }


def queue_row(queue: Row) -> Row:
    """An annotation queue."""
    return {
        **{name: queue.get(name) or "" for name in ("id", "name", "description", "created_by")},
        "scorer_refs": queue.get("scorer_refs") or [],
        **{name: moment(queue.get(name)) for name in ("created_at", "updated_at", "deleted_at")},
    }


def item_row(item: Row) -> Row:
    """An item of an annotation queue."""
    state = item.get("annotation_state") or "unstarted"
    texts = ("id", "queue_id", "call_id", "call_op_name", "call_trace_id")
    return {
        **{name: item.get(name) or "" for name in texts},
        **{name: moment(item.get(name)) for name in ("call_started_at", "call_ended_at", "created_at", "updated_at")},
        "display_fields": item.get("display_fields") or [],
        "added_by": item.get("added_by") or item.get("created_by") or "",
        "state": state,
        "annotator_id": item.get("annotator_user_id") or "",
        "finished_at": moment(item.get("updated_at")) if state in ("completed", "skipped") else None,
        "held_by": "",
        "held_until": None,
    }


def progress_row(item: Row) -> Row:
    """What the last annotator did with an item."""
    return {
        "item_id": item["id"],
        "annotator_id": item["annotator_user_id"],
        "state": item["annotation_state"],
        "created_at": moment(item["created_at"]),
        "updated_at": moment(item["updated_at"]),
    }


def link_row(link: Row, dataset: str) -> Row:
    """A source of a dataset's row."""
    times = ("source_started_at", "created_at", "updated_at", "deleted_at")
    texts = ("id", "row_digest", "source_kind", "source_id", "source_trace_id", "source_display_name", "added_by")
    return {
        "dataset_object_id": dataset,
        **{name: link.get(name) or "" for name in texts},
        **{name: moment(link.get(name)) for name in times},
        "link_metadata": link.get("link_metadata"),
    }


def refs_in(value: Any) -> list[str]:
    """Every ref in a payload in its outside form, in order of first sight, without repeats."""
    found: dict[str, None] = {}
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if _is_ref(item):
                found.setdefault(item)
        elif isinstance(item, dict | list):
            stack.extend(reversed(list(item.values()) if isinstance(item, dict) else item))
    return list(found)


def _is_ref(text: str) -> bool:
    if text.startswith(ARTIFACT):
        return text.count("/") == 5
    if not text.startswith(EXTERNAL):
        return False
    # The grammar is that of stored refs, which have one part for the project.
    parts = text.removeprefix(EXTERNAL).split("/", 2)
    inside = f"{INTERNAL}p/{parts[-1]}"
    ref = try_parse_ref(inside) if len(parts) == 3 else None
    return ref is not None and ref.uri() == inside


def _event_row(table: str, given: Row) -> Row:
    row: Row = {}
    for name, kind in EVENT_COLUMNS[table].items():
        value = given.get(name)
        if kind == "time":
            row[name] = moment(value)
        else:
            row[name] = _ABSENT.get(kind, {}) if value is None else value
    return row


def _stored_summary(summary: Any) -> dict[str, Any]:
    if not isinstance(summary, dict):
        return {}
    stored = {name: value for name, value in summary.items() if name != "weave"}
    weave = summary.get("weave")
    kept = {name: value for name, value in weave.items() if name not in _DERIVED} if isinstance(weave, dict) else {}
    return stored | ({"weave": kept} if kept else {})
