"""The words of writing calls: start, end, batch, complete, update, delete. Reading them is calls_query.py's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from weft.schemas.base import Wire

_COUNTERS = frozenset(
    {
        "prompt_tokens",
        "input_tokens",
        "completion_tokens",
        "output_tokens",
        "requests",
        "total_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
    }
)
_STATUSES = frozenset({"success", "error", "running", "descendant_error"})
_MAX_STEP = 2**63 - 1


def _check_summary(summary: dict[str, Any]) -> dict[str, Any]:
    """Token counts are whole numbers and status counts have known names; everything else is the caller's."""
    usage = summary.get("usage")
    if usage is not None:
        if not isinstance(usage, dict):
            raise ValueError("usage must be an object of model to counts")
        summary = {**summary, "usage": {model: _check_usage(counts) for model, counts in usage.items()}}
    counts = summary.get("status_counts")
    if counts is not None:
        if not isinstance(counts, dict) or not _STATUSES.issuperset(counts):
            raise ValueError(f"status_counts may only hold {', '.join(sorted(_STATUSES))}")
        if not all(_is_count(value) for value in counts.values()):
            raise ValueError("status_counts must be whole numbers")
    return summary


def _check_usage(counts: Any) -> Any:
    if not isinstance(counts, dict):
        raise ValueError("usage of a model must be an object")
    for name in _COUNTERS & counts.keys():
        value = counts[name]
        if isinstance(value, float) and value.is_integer():
            counts = {**counts, name: int(value)}
        elif value is not None and not _is_count(value):
            raise ValueError(f"usage {name} must be a whole number")
    return counts


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


Summary = Annotated[dict[str, Any], AfterValidator(_check_summary)]
Step = Annotated[int, Field(ge=0, le=_MAX_STEP)]


class StartedCallSchemaForInsert(Wire):
    """The start part of a call; the server chooses missing ids."""

    project_id: str
    id: str | None = None
    op_name: str
    display_name: str | None = None
    trace_id: str | None = None
    parent_id: str | None = None
    thread_id: str | None = None
    turn_id: str | None = None
    started_at: datetime
    attributes: dict[str, Any]
    inputs: dict[str, Any]
    otel_dump: dict[str, Any] | None = None
    wb_user_id: str | None = None
    wb_run_id: str | None = None
    wb_run_step: Step | None = None


class EndedCallSchemaForInsert(Wire):
    """The end part of a call."""

    project_id: str
    id: str
    trace_id: str | None = None
    is_eval: bool | None = None
    ended_at: datetime
    started_at: datetime | None = None
    exception: str | None = None
    output: Any | None = None
    summary: Summary
    wb_run_step_end: Step | None = None


class EndedCallSchemaForInsertWithStartedAt(EndedCallSchemaForInsert):
    """The end part as v2 clients send it: with the start time, which older storage needed to find the call."""


class CompletedCallSchemaForInsert(Wire):
    """A finished call in one piece."""

    project_id: str
    id: str
    trace_id: str
    op_name: str
    started_at: datetime
    ended_at: datetime
    display_name: str | None = None
    parent_id: str | None = None
    thread_id: str | None = None
    turn_id: str | None = None
    attributes: dict[str, Any]
    inputs: dict[str, Any]
    output: Any | None = None
    summary: Summary
    otel_dump: dict[str, Any] | None = None
    exception: str | None = None
    wb_user_id: str | None = None
    wb_run_id: str | None = None
    wb_run_step: Step | None = None
    wb_run_step_end: Step | None = None


class CallStartReq(Wire):
    """Body of /call/start."""

    start: StartedCallSchemaForInsert


class CallStartRes(Wire):
    """The ids of the started call."""

    id: str
    trace_id: str


class CallEndReq(Wire):
    """Body of /call/end."""

    end: EndedCallSchemaForInsert


class CallEndRes(Wire):
    """Nothing to say."""


class CallBatchStartMode(Wire):
    """A start inside a batch."""

    mode: str
    req: CallStartReq


class CallBatchEndMode(Wire):
    """An end inside a batch."""

    mode: str
    req: CallEndReq


class CallCreateBatchReq(Wire):
    """Body of /call/upsert_batch."""

    batch: list[CallBatchStartMode | CallBatchEndMode]


class CallCreateBatchRes(Wire):
    """One answer per item, in order."""

    res: list[CallStartRes | CallEndRes]


class CallsUpsertCompleteReq(Wire):
    """Body of /v2/{entity}/{project}/calls/complete."""

    batch: list[CompletedCallSchemaForInsert]


class CallsUpsertCompleteRes(Wire):
    """Nothing to say."""


class CallEndV2Req(Wire):
    """Body of /v2/{entity}/{project}/call/end."""

    end: EndedCallSchemaForInsertWithStartedAt


class CallUpdateReq(Wire):
    """Body of /call/update; only the display name can change."""

    project_id: str
    call_id: str
    display_name: str | None = None
    wb_user_id: str | None = None


class CallUpdateRes(Wire):
    """Nothing to say."""


class CallsDeleteReq(Wire):
    """Body of /calls/delete."""

    project_id: str
    call_ids: list[str]
    wb_user_id: str | None = None


class CallsDeleteRes(Wire):
    """How many calls the deletion named, descendants included."""

    num_deleted: int
