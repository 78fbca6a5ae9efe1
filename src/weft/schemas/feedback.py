"""The words of feedback: create, batch, replace, query, purge. What fits together is domain/feedback.py's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from weft.schemas.base import Wire
from weft.schemas.query import Query
from weft.schemas.sorting import SortBy

# An optional field may be sent as null; it then has its default.
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
StatusCode = Annotated[str, BeforeValidator(lambda value: "UNSET" if value is None else value)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Texts = Annotated[list[str], BeforeValidator(lambda value: [] if value is None else value)]
TextByName = Annotated[dict[str, str], BeforeValidator(lambda value: {} if value is None else value)]
NumberByName = Annotated[dict[str, Number], BeforeValidator(lambda value: {} if value is None else value)]


class FeedbackFields(Wire):
    """One feedback as a client describes it; the server adds who and when."""

    id: str | None = None
    project_id: str
    weave_ref: str
    creator: str | None = None
    feedback_type: str
    payload: dict[str, Any]
    annotation_ref: str | None = None
    runnable_ref: str | None = None
    call_ref: str | None = None
    trigger_ref: str | None = None
    queue_id: str | None = None
    scorer_tags: Texts = Field(default_factory=list)
    scorer_tag_reasons: TextByName = Field(default_factory=dict)
    scorer_tag_confidences: NumberByName = Field(default_factory=dict)
    scorer_ratings: NumberByName = Field(default_factory=dict)
    scorer_rating_reasons: TextByName = Field(default_factory=dict)
    scorer_rating_confidences: NumberByName = Field(default_factory=dict)
    span_agent_name: Text = ""
    span_agent_version: Text = ""
    span_status_code: StatusCode = "UNSET"
    span_conversation_id: Text = ""
    span_trace_id: Text = ""
    scorer_trace_id: Text = ""
    wb_user_id: str | None = None


class FeedbackCreateReq(FeedbackFields):
    """A single feedback; a key nobody knows is an error here."""

    model_config = ConfigDict(extra="forbid")


class FeedbackCreateRes(Wire):
    """What the server made of a feedback: its id, moment and user, and the payload as it is stored."""

    id: str
    created_at: datetime
    wb_user_id: str
    payload: dict[str, Any]


class FeedbackCreateBatchReq(Wire):
    """Many feedbacks, stored together or not at all. Clients newer than the server may send more keys."""

    batch: list[FeedbackFields]


class FeedbackCreateBatchRes(Wire):
    """One answer per item, in the order of the items."""

    res: list[FeedbackCreateRes]


class FeedbackReplaceReq(FeedbackFields):
    """A feedback that takes the place of another."""

    feedback_id: str


class FeedbackQueryReq(Wire):
    """Which rows, which of their fields, in which order."""

    project_id: str
    fields: list[str] | None = None
    query: Query | None = None
    sort_by: list[SortBy] | None = None
    limit: int | None = None
    offset: int | None = None


class FeedbackQueryRes(Wire):
    """A page of rows, and how many match in all."""

    result: list[dict[str, Any]]
    total_count: int = Field(ge=0)


class FeedbackPurgeReq(Wire):
    """Which rows to remove; only ids can be asked for."""

    project_id: str
    query: Query


class FeedbackPurgeRes(Wire):
    """Nothing to say."""
