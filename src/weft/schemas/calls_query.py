"""The words of reading calls: one by id, lists, and their statistics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from weft.schemas.base import Wire
from weft.schemas.query import Query
from weft.schemas.sorting import SortBy


class CallsFilter(Wire):
    """Plain conditions; fields are AND-ed, the values within one are OR-ed."""

    op_names: list[str] | None = None
    input_refs: list[str] | None = None
    output_refs: list[str] | None = None
    parent_ids: list[str] | None = None
    trace_ids: list[str] | None = None
    call_ids: list[str] | None = None
    thread_ids: list[str] | None = None
    turn_ids: list[str] | None = None
    trace_roots_only: bool | None = None
    wb_user_ids: list[str] | None = None
    wb_run_ids: list[str] | None = None


class CallsQueryReq(Wire):
    """Which calls, in which order, with which columns and additions."""

    project_id: str
    filter: CallsFilter | None = None
    limit: int | None = None
    offset: int | None = None
    latest_only: bool | None = False
    sort_by: list[SortBy] | None = None
    query: Query | None = None
    include_costs: bool | None = False
    include_feedback: bool | None = False
    include_storage_size: bool | None = False
    include_total_storage_size: bool | None = False
    include_usernames: bool | None = False
    columns: list[str] | None = None
    expand_columns: list[str] | None = None
    return_expanded_column_values: bool | None = True


class CallSchema(Wire):
    """A call as readers see it."""

    id: str
    project_id: str
    op_name: str
    display_name: str | None = None
    trace_id: str
    parent_id: str | None = None
    thread_id: str | None = None
    turn_id: str | None = None
    started_at: datetime
    attributes: dict[str, Any]
    inputs: dict[str, Any]
    ended_at: datetime | None = None
    exception: str | None = None
    output: Any | None = None
    summary: dict[str, Any] | None = None
    wb_user_id: str | None = None
    wb_username: str | None = None
    wb_run_id: str | None = None
    wb_run_step: int | None = None
    wb_run_step_end: int | None = None
    deleted_at: datetime | None = None
    expire_at: datetime | None = None
    storage_size_bytes: int | None = None
    total_storage_size_bytes: int | None = None


class CallsQueryRes(Wire):
    """A list of calls in one answer."""

    calls: list[CallSchema]


class CallReadReq(Wire):
    """One call by its id."""

    project_id: str
    id: str
    include_costs: bool | None = False
    include_storage_size: bool | None = False
    include_total_storage_size: bool | None = False


class CallReadRes(Wire):
    """The call, or null when there is none."""

    call: CallSchema | None


class CallsQueryStatsReq(Wire):
    """Which calls to count."""

    project_id: str
    filter: CallsFilter | None = None
    query: Query | None = None
    limit: int | None = None
    include_total_storage_size: bool | None = False
    expand_columns: list[str] | None = None


class CallsQueryStatsRes(Wire):
    """How many there are, counted up to the limit."""

    count: int
    has_more: bool = False
    total_storage_size_bytes: int | None = None
