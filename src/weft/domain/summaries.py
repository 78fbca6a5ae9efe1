"""The derived part of a summary, `summary.weave`, made anew on every read. Costs and feedback are added elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from weft.core.refs import ObjectRef, try_parse_ref

_DERIVED = ("status", "trace_name", "latency_ms", "display_name")


def with_derived(summary: dict[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The summary with `weave` recomputed; other keys that a client put there are kept."""
    stored = summary.get("weave")
    weave = {key: value for key, value in stored.items() if key not in _DERIVED} if isinstance(stored, dict) else {}
    ended_at = row.get("ended_at")
    weave["status"] = status_of(summary, row.get("exception") or "", bool(ended_at))
    if ended_at:
        weave["latency_ms"] = _milliseconds(row["started_at"], ended_at)
    if row.get("display_name"):
        weave["display_name"] = row["display_name"]
    else:
        weave["trace_name"] = trace_name(row["op_name"])
    return {**summary, "weave": weave}


def status_of(summary: Mapping[str, Any], exception: str, ended: bool) -> str:
    """How a call went: error, running, descendant_error or success."""
    if exception:
        return "error"
    if not ended:
        return "running"
    counts = summary.get("status_counts")
    errors = counts.get("error") if isinstance(counts, Mapping) else None
    return "descendant_error" if isinstance(errors, int | float) and errors > 0 else "success"


def trace_name(op_name: str) -> str:
    """The name within an op's or object's ref, else the op name as it is."""
    ref = try_parse_ref(op_name)
    return ref.name if isinstance(ref, ObjectRef) else op_name


def _milliseconds(started_at: str, ended_at: str) -> int:
    elapsed = datetime.fromisoformat(ended_at) - datetime.fromisoformat(started_at)
    return (elapsed.days * 86_400_000_000 + elapsed.seconds * 1_000_000 + elapsed.microseconds) // 1000
