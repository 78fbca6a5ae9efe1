"""The words of lists of feedback: rows with a short value in place of a payload, and who gave feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.query import Query
from weft.schemas.sorting import SortBy


class FeedbackPreviewsReq(NullIsAbsent):
    """Which feedback, in which order; the newest first unless another order is asked for."""

    project_id: str
    query: Query | None = None
    sort_by: list[SortBy] | None = None
    limit: Annotated[int, Field(ge=0, le=200)] = 50
    offset: Annotated[int, Field(ge=0, le=2**31)] = 0


class FeedbackPreview(Wire):
    """One feedback as a row of a list; `value` is what it says, shortened, and `annotator` the name of who said it."""

    id: str
    weave_ref: str
    feedback_type: str
    created_at: datetime
    wb_user_id: str
    annotator: str
    creator: str | None
    value: Any
    annotation_ref: str | None
    runnable_ref: str | None
    call_ref: str | None
    queue_id: str | None


class FeedbackPreviewsRes(Wire):
    """A page of rows and how many match in all. A page may end before its limit: go on at `next_offset`."""

    rows: list[FeedbackPreview]
    total: int
    next_offset: int | None


class FeedbackAnnotator(Wire):
    """Somebody who gave feedback, and how much."""

    wb_user_id: str
    name: str
    count: int


class FeedbackAnnotatorsRes(Wire):
    """Those who gave most, and how many there are."""

    annotators: list[FeedbackAnnotator]
    total: int
