"""Feedback as rows of a list, small however large its payloads are, and who gave feedback.

Which feedback is meant is the query's business; how values are distributed is feedback_distributions.py's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from weft.core.identity import Project, User
from weft.domain.call_previews import shortened
from weft.domain.feedback_payloads import ANNOTATION, NOTE, REACTION, RUNNABLE
from weft.domain.previews import MOST_BYTES, fitting, preview
from weft.schemas.feedback_previews import (
    FeedbackAnnotator,
    FeedbackAnnotatorsRes,
    FeedbackPreview,
    FeedbackPreviewsReq,
    FeedbackPreviewsRes,
)
from weft.storage.events.feedback_distributions import count_annotators
from weft.storage.events.feedback_queries import FeedbackSelection, count_feedback, select_feedback
from weft.storage.stores import Stores

MOST_ANNOTATORS = 200
_VALUE = 400
_LONGEST_REF = 2000
_FIELDS = [
    "id",
    "weave_ref",
    "feedback_type",
    "created_at",
    "wb_user_id",
    "creator",
    "payload",
    "annotation_ref",
    "runnable_ref",
    "call_ref",
    "queue_id",
]
_NEWEST_FIRST = (("created_at", "desc"), ("id", "desc"))


def feedback_previews(stores: Stores, project: Project, user: User, body: FeedbackPreviewsReq) -> FeedbackPreviewsRes:
    """A page of the feedback asked for. Raises InvalidRequest for fields that do not exist."""
    selection = FeedbackSelection(
        project_id=project.id,
        query=body.query.tree() if body.query else None,
        fields=_FIELDS,
        sort=[(item.field, item.direction) for item in body.sort_by or ()] or _NEWEST_FIRST,
        limit=body.limit,
        offset=body.offset,
    )
    found = select_feedback(stores.feedback.engine, selection)
    total = count_feedback(stores.feedback.engine, selection)
    names = _names(stores, user, (row["wb_user_id"] for row in found))
    rows = fitting((_row(row, names) for row in found), MOST_BYTES)
    reached = body.offset + len(rows)
    return FeedbackPreviewsRes(rows=rows, total=total, next_offset=reached if rows and reached < total else None)


def feedback_annotators(stores: Stores, project: Project, user: User, feedback_type: str) -> FeedbackAnnotatorsRes:
    """Who gave feedback, of one type or, for the empty text, of any."""
    found, total = count_annotators(stores.feedback.engine, project.id, feedback_type, MOST_ANNOTATORS)
    names = _names(stores, user, (user_id for user_id, _ in found))
    shown = [
        FeedbackAnnotator(wb_user_id=user_id, name=names.get(user_id, user_id), count=count) for user_id, count in found
    ]
    return FeedbackAnnotatorsRes(annotators=shown, total=total)


def _names(stores: Stores, user: User, user_ids: Iterable[str]) -> dict[str, str]:
    # Without keys the only user is in no table.
    return {user.id: user.username, **stores.keys.usernames(set(user_ids))}


def _row(row: Mapping[str, Any], names: Mapping[str, str]) -> FeedbackPreview:
    return FeedbackPreview(
        id=row["id"],
        weave_ref=row["weave_ref"][:_LONGEST_REF],
        feedback_type=preview(row["feedback_type"]),
        created_at=row["created_at"],
        wb_user_id=preview(row["wb_user_id"]),
        annotator=preview(names.get(row["wb_user_id"], row["wb_user_id"])),
        creator=preview(row["creator"]) or None,
        value=shortened(_telling(row["feedback_type"], row["payload"]), _VALUE),
        annotation_ref=row["annotation_ref"][:_LONGEST_REF] or None,
        runnable_ref=row["runnable_ref"][:_LONGEST_REF] or None,
        call_ref=row["call_ref"][:_LONGEST_REF] or None,
        queue_id=row["queue_id"] or None,
    )


def _telling(feedback_type: str, payload: Mapping[str, Any]) -> Any:
    """The part of a payload that says what was meant; all of it for types that nobody here knows."""
    if feedback_type.startswith(f"{ANNOTATION}."):
        return payload.get("value")
    if feedback_type.startswith(f"{RUNNABLE}."):
        return payload.get("output")
    known = {NOTE: "note", REACTION: "emoji"}.get(feedback_type)
    return payload if known is None else payload.get(known)
