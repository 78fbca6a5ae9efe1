"""Feedback: creating it one by one and in batches, replacing, querying and purging it.

What each type must carry is feedback_payloads.py's, annotated values annotation_specs.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from weft.core import ids
from weft.core.clock import iso, now
from weft.core.errors import InvalidRequest, NotFound
from weft.core.identity import Project, User
from weft.domain.annotation_specs import check_annotation
from weft.domain.feedback_payloads import agent_span, check_feedback, processed_payload
from weft.schemas.feedback import (
    FeedbackCreateRes,
    FeedbackFields,
    FeedbackPurgeReq,
    FeedbackQueryReq,
    FeedbackQueryRes,
    FeedbackReplaceReq,
)
from weft.storage.events.feedback import Feedback
from weft.storage.events.feedback_queries import FeedbackSelection, count_feedback, ids_in_query, select_feedback
from weft.storage.stores import Stores

LONGEST_ID = 128
REPEAT_WINDOW = timedelta(minutes=2)
"""How long after the first attempt a repeated request may still arrive."""

_SHOWN_WHEN_SET = frozenset({"span_conversation_id", "span_trace_id", "scorer_trace_id"})
"""Columns that the oldest supported client refuses to see in a whole row, so an empty one is left out."""
_NULL_WHEN_EMPTY = frozenset({"creator", "annotation_ref", "runnable_ref", "call_ref", "trigger_ref", "queue_id"})


def create_feedback(
    stores: Stores, project: Project, user: User, body: FeedbackFields, *, repeated: bool = False
) -> FeedbackCreateRes:
    """Store one feedback; it can be read when this returns. `repeated` says the client sends it not for the first time.

    Raises InvalidRequest for what its type does not allow and NotFound for an unknown annotation spec.
    """
    row = feedback_of(stores, project, user, body)
    _store(stores, [row], [body], repeated)
    return _created(row)


def create_feedback_batch(
    stores: Stores,
    project_of: Callable[[str], Project],
    user: User,
    items: Sequence[FeedbackFields],
    *,
    repeated: bool = False,
) -> list[FeedbackCreateRes]:
    """Store all of the items, or none of them; `project_of` finds an item's project or refuses it.

    Raises InvalidRequest for any fault in the data: clients take a NotFound for a server without this operation.
    """
    try:
        rows = [feedback_of(stores, project_of(item.project_id), user, item) for item in items]
    except NotFound as error:
        raise InvalidRequest(error.reason) from error
    _store(stores, rows, items, repeated)
    return [_created(row) for row in rows]


def replace_feedback(stores: Stores, project: Project, user: User, body: FeedbackReplaceReq) -> FeedbackCreateRes:
    """Put new feedback in the place of old, in one step; an unknown `feedback_id` makes it a plain creation."""
    row = feedback_of(stores, project, user, body)
    stores.feedback.replace(project.id, body.feedback_id, row)
    return _created(row)


def purge_feedback(stores: Stores, project: Project, body: FeedbackPurgeReq) -> None:
    """Remove the rows whose ids the query lists; unknown ids are no error. Raises InvalidRequest for other queries."""
    stores.feedback.purge(project.id, ids_in_query(body.query.tree()))


def query_feedback(stores: Stores, project: Project, body: FeedbackQueryReq) -> FeedbackQueryRes:
    """The rows a query asks for, each with the fields asked for, and how many match regardless of the page."""
    selection = FeedbackSelection(
        project_id=project.id,
        query=body.query.tree() if body.query else None,
        fields=body.fields or None,
        sort=[(item.field, item.direction) for item in body.sort_by or []],
        limit=body.limit,
        offset=body.offset or 0,
    )
    rows = select_feedback(stores.feedback.engine, selection)
    is_whole = body.limit is None and not body.offset
    total = len(rows) if is_whole and not selection.counts else count_feedback(stores.feedback.engine, selection)
    if selection.counts:
        rows = [{"count(*)": total}] if body.limit != 0 else []
    return FeedbackQueryRes(result=[_shown(row, project, whole=not body.fields) for row in rows], total_count=total)


def feedback_of(stores: Stores, project: Project, user: User, body: FeedbackFields) -> Feedback:
    """The row a body describes, completely checked; nothing is written."""
    feedback_id = ids.new_id() if body.id is None else _checked_id(body.id)
    check_feedback(body)
    payload = processed_payload(body)
    conversation, trace = agent_span(body)
    if body.annotation_ref:
        check_annotation(stores, project, body.annotation_ref, body.payload["value"])
    if body.queue_id and stores.queues.find(project.id, body.queue_id) is None:
        raise InvalidRequest(f"Annotation queue {body.queue_id[:200]} not found")
    return Feedback(
        project_id=project.id,
        id=feedback_id,
        weave_ref=body.weave_ref,
        feedback_type=body.feedback_type,
        payload=payload,
        wb_user_id=user.id,
        created_at=now(),
        creator=body.creator or "",
        annotation_ref=body.annotation_ref or "",
        runnable_ref=body.runnable_ref or "",
        call_ref=body.call_ref or "",
        trigger_ref=body.trigger_ref or "",
        queue_id=body.queue_id or "",
        scorer_tags=body.scorer_tags,
        scorer_tag_reasons=body.scorer_tag_reasons,
        scorer_tag_confidences=body.scorer_tag_confidences,
        scorer_ratings=body.scorer_ratings,
        scorer_rating_reasons=body.scorer_rating_reasons,
        scorer_rating_confidences=body.scorer_rating_confidences,
        span_agent_name=body.span_agent_name,
        span_agent_version=body.span_agent_version,
        span_conversation_id=conversation,
        span_trace_id=trace,
        span_status_code=body.span_status_code,
        scorer_trace_id=body.scorer_trace_id,
    )


def _store(stores: Stores, rows: list[Feedback], items: Sequence[FeedbackFields], repeated: bool) -> None:
    chosen = [row for row, item in zip(rows, items, strict=True) if item.id is not None]
    if repeated:
        chosen += _recognised(stores, [row for row, item in zip(rows, items, strict=True) if item.id is None])
    stores.feedback.put(rows, resent=chosen)


def _recognised(stores: Stores, rows: Sequence[Feedback]) -> list[Feedback]:
    """Those of the rows that an earlier attempt has stored already; they take over its ids.

    Some clients send no ids, so a repeated request can only be told by its content.
    """
    stored: dict[tuple[str, str], list[Feedback]] = {}
    for project_id, ref in {(row.project_id, row.weave_ref) for row in rows}:
        oldest = now() - REPEAT_WINDOW
        stored[project_id, ref] = [
            row for row in stores.feedback.on_refs(project_id, [ref]) if row.created_at >= oldest
        ]
    found = []
    for row in rows:
        alike = next((old for old in stored[row.project_id, row.weave_ref] if _is_alike(old, row)), None)
        if alike is not None:
            # Two equal items of one batch are two rows.
            stored[row.project_id, row.weave_ref].remove(alike)
            row.id = alike.id
            found.append(row)
    return found


def _is_alike(old: Feedback, new: Feedback) -> bool:
    return all(
        getattr(old, field.name) == getattr(new, field.name)
        for field in fields(Feedback)
        if field.name not in ("id", "created_at")
    )


def _checked_id(feedback_id: str) -> str:
    if not 0 < len(feedback_id) <= LONGEST_ID or not feedback_id.isprintable():
        raise InvalidRequest(f"Invalid id: it must be printable text of 1 to {LONGEST_ID} characters")
    return feedback_id


def _created(row: Feedback) -> FeedbackCreateRes:
    return FeedbackCreateRes(id=row.id, created_at=row.created_at, wb_user_id=row.wb_user_id, payload=row.payload)


def _shown(row: Mapping[str, Any], project: Project, *, whole: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in row.items():
        if whole and name in _SHOWN_WHEN_SET and value == "":
            continue
        if name == "project_id":
            value = project.external
        elif isinstance(value, datetime):
            value = iso(value)
        elif value == "" and name in _NULL_WHEN_EMPTY:
            value = None
        shown[name] = value
    return shown
