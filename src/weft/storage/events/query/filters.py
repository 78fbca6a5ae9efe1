"""The plain filter of call lists: fields AND-ed, the values within a field OR-ed. Becomes SQL on light columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from weft.core.errors import InvalidRequest
from weft.storage.events.query.parameters import Parameters

MAX_VALUES = 1000
_ANY_VERSION = ":*"


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What a call must match; None is no condition, and so is an empty list except for threads and turns."""

    op_names: Sequence[str] | None = None
    input_refs: Sequence[str] | None = None
    output_refs: Sequence[str] | None = None
    parent_ids: Sequence[str] | None = None
    trace_ids: Sequence[str] | None = None
    call_ids: Sequence[str] | None = None
    thread_ids: Sequence[str] | None = None
    turn_ids: Sequence[str] | None = None
    trace_roots_only: bool | None = None
    wb_user_ids: Sequence[str] | None = None
    wb_run_ids: Sequence[str] | None = None


_MEMBERSHIP = {
    "parent_ids": "parent_id",
    "trace_ids": "trace_id",
    "thread_ids": "thread_id",
    "turn_ids": "turn_id",
    "wb_user_ids": "wb_user_id",
    "wb_run_ids": "wb_run_id",
}


def filter_conditions(call_filter: CallFilter, parameters: Parameters) -> list[str]:
    """The conditions of a filter. Raises InvalidRequest for more values than allowed."""
    conditions: list[str] = []
    for name in ("op_names", "input_refs", "output_refs"):
        values = _values(call_filter, name)
        if values:
            column = "op_name" if name == "op_names" else name
            conditions.append(_with_any_version(column, values, parameters, column != "op_name"))
    for name, column in _MEMBERSHIP.items():
        values = _values(call_filter, name)
        if values:
            conditions.append(f"{column} IN {parameters.texts(values)}")
    call_ids = _values(call_filter, "call_ids")
    if call_ids:
        ids = parameters.texts(call_ids)
        # The keys come from the id index; the sort key then finds the few granules that hold them.
        keys = f"SELECT started_at, id FROM calls WHERE project_id = {{project_id:String}} AND id IN {ids}"
        conditions.append(f"(started_at, id) IN ({keys})")
    if call_filter.trace_roots_only:
        conditions.append("parent_id = ''")
    if call_filter.thread_ids is not None and not call_filter.thread_ids:
        conditions.append("0")
    if call_filter.turn_ids is not None and not call_filter.turn_ids and conditions:
        conditions.append("0")
    return conditions


def _values(call_filter: CallFilter, name: str) -> Sequence[str]:
    values: Sequence[str] = getattr(call_filter, name) or ()
    if len(values) > MAX_VALUES and name != "wb_user_ids":
        raise InvalidRequest(f"filter.{name} has {len(values)} values, at most {MAX_VALUES} are allowed")
    return values


def _with_any_version(column: str, values: Sequence[str], parameters: Parameters, many: bool) -> str:
    exact = [value for value in values if not value.endswith(_ANY_VERSION)]
    prefixes = [value.removesuffix("*") for value in values if value.endswith(_ANY_VERSION)]
    parts: list[str] = []
    if exact:
        listed = parameters.texts(exact)
        parts.append(f"hasAny({column}, {listed})" if many else f"{column} IN {listed}")
    if prefixes:
        one = "ref" if many else column
        starts = f"arrayExists(prefix -> startsWith({one}, prefix), {parameters.texts(prefixes)})"
        parts.append(f"arrayExists(ref -> {starts}, {column})" if many else starts)
    return f"({' OR '.join(parts)})"
