"""Reading calls: one by id, lists, and how many there are. Turns requests into selections and rows into answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from weft.core.clock import iso
from weft.core.errors import InvalidField
from weft.core.identity import Project
from weft.domain.call_expansion import expand_rows, expansions_for
from weft.domain.call_lines import Additions, call_line, row_of_call
from weft.domain.costs import PriceSource
from weft.domain.prices import price_source
from weft.domain.queue_items import queue_members
from weft.schemas.calls_query import CallReadReq, CallsFilter, CallsQueryReq, CallsQueryStatsReq
from weft.storage.events.call_queries import CallFilter, CallSelection
from weft.storage.events.calls import COLUMNS
from weft.storage.events.feedback import Feedback
from weft.storage.stores import Stores

CanRead = Callable[[str], bool]
_ALWAYS = ("id", "project_id", "trace_id", "op_name", "started_at")
# Columns of the answer that are no columns of the table.
_COMPUTED = ("deleted_at", "storage_size_bytes", "total_storage_size_bytes", "wb_username")
_FEEDBACK_KEYS = (
    "id", "feedback_type", "weave_ref", "payload", "creator", "wb_user_id", "runnable_ref", "call_ref", "trigger_ref",
    "annotation_ref", "scorer_tags", "scorer_tag_reasons", "scorer_tag_confidences", "scorer_ratings",
    "scorer_rating_reasons", "scorer_rating_confidences",
)  # fmt: skip


def stream_calls(stores: Stores, project: Project, req: CallsQueryReq, can_read: CanRead) -> Iterator[bytes]:
    """The calls asked for, each as one JSON object. Raises the errors of a bad query when the first is asked for."""
    selection = selection_of(stores, project, req, can_read)
    expand = req.expand_columns if req.return_expanded_column_values is not False else None
    prices = price_source(stores, project.id) if req.include_costs else None
    for rows in stores.call_queries.rows(selection, size=bool(req.include_storage_size)):
        if expand:
            expand_rows(stores, project, rows, expand, can_read)
        added = _additions(stores, project, req, rows, prices)
        for row in rows:
            yield call_line(project, row, added)


def read_call(stores: Stores, project: Project, req: CallReadReq) -> bytes | None:
    """One call as a JSON object, None when it does not exist."""
    call = stores.calls.get(project.id, req.id)
    if call is None:
        return None
    row = row_of_call(call)
    traces = [call.trace_id] if req.include_total_storage_size and not call.parent_id else []
    added = Additions(
        prices=price_source(stores, project.id) if req.include_costs else None,
        sizes=bool(req.include_storage_size),
        trace_sizes=stores.call_queries.trace_sizes(project.id, traces) if traces else {},
    )
    return call_line(project, row, added)


def count_calls(
    stores: Stores, project: Project, req: CallsQueryStatsReq, can_read: CanRead
) -> tuple[int, bool, int | None]:
    """How many calls match, up to the limit; whether the limit was reached; the bytes of their traces if asked for."""
    query = req.query.tree() if req.query else None
    members = queue_members(stores, project, query)
    selection = CallSelection(project.id, call_filter(project, req.filter), query, queue_members=members)
    if req.expand_columns:
        expansions = expansions_for(stores, project, selection, req.expand_columns, can_read)
        selection = replace(selection, expansions=expansions)
    count = stores.call_queries.count(replace(selection, limit=req.limit))
    size = stores.call_queries.total_size(selection) if req.include_total_storage_size else None
    return count, req.limit is not None and count >= req.limit, size


def selection_of(stores: Stores, project: Project, req: CallsQueryReq, can_read: CanRead) -> CallSelection:
    """The calls that a request means, with the columns to read. Raises the errors of a bad query."""
    query = req.query.tree() if req.query else None
    selection = CallSelection(
        project_id=project.id,
        filter=call_filter(project, req.filter),
        query=query,
        sort=[(key.field, key.direction) for key in req.sort_by] if req.sort_by else None,
        limit=req.limit,
        offset=req.offset,
        columns=_columns(req),
        queue_members=queue_members(stores, project, query),
    )
    if not req.expand_columns:
        return selection
    return replace(selection, expansions=expansions_for(stores, project, selection, req.expand_columns, can_read))


def call_filter(project: Project, given: CallsFilter | None) -> CallFilter:
    """The filter as the event store takes it; a run named without its project is one of this project."""
    if given is None:
        return CallFilter()
    runs = given.wb_run_ids
    if runs:
        runs = [run if "/" in run else f"{project.external}/{run}" for run in runs]
    return CallFilter(**{**given.model_dump(), "wb_run_ids": runs})


def _columns(req: CallsQueryReq) -> Sequence[str] | None:
    """The columns to read; None for all. Raises InvalidField for an unknown one."""
    if not req.columns:
        return None
    asked = {_table_column(name) for name in req.columns} - {""}
    if req.include_costs or req.include_feedback:
        asked.add("summary")
    if "summary" in asked:
        asked |= {"ended_at", "exception", "display_name"}
    if "attributes" in asked:
        asked.add("otel_dump")
    if req.include_usernames:
        asked.add("wb_user_id")
    if req.include_total_storage_size:
        asked.add("parent_id")
    asked.update(_ALWAYS)
    return [name for name in COLUMNS if name in asked]


def _table_column(name: str) -> str:
    top = name.partition(".")[0]
    column = top if top in COLUMNS else top.removesuffix("_dump")
    if column in COLUMNS:
        return column
    if column in _COMPUTED:
        return ""
    raise InvalidField(f"Column {name[:200]!r} cannot be selected")


def _additions(
    stores: Stores, project: Project, req: CallsQueryReq, rows: Sequence[dict[str, Any]], prices: PriceSource | None
) -> Additions:
    added = Additions(prices=prices, sizes=bool(req.include_storage_size))
    if req.include_feedback:
        found = stores.feedback.for_calls(project.id, [row["id"] for row in rows])
        added.feedback = {call_id: [_shown(item) for item in items] for call_id, items in found.items()}
    if req.include_usernames:
        users = {row["wb_user_id"] for row in rows if row.get("wb_user_id")}
        added.usernames = stores.keys.usernames(users) if users else {}
    if req.include_total_storage_size:
        traces = {row["trace_id"] for row in rows if not row["parent_id"]}
        added.trace_sizes = stores.call_queries.trace_sizes(project.id, sorted(traces)) if traces else {}
        asked = {_table_column(name) for name in req.columns or ()}
        added.hidden = frozenset({"parent_id"}) if asked and "parent_id" not in asked else frozenset()
    return added


def _shown(item: Feedback) -> dict[str, Any]:
    shown = {name: None if (value := getattr(item, name)) == "" else value for name in _FEEDBACK_KEYS}
    return {**shown, "created_at": iso(item.created_at)}
