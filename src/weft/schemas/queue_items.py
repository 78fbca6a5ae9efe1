"""The words of what is in annotation queues: items, everybody's progress, taking the next one, and counts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.sorting import SortBy

AnnotationState = Literal["unstarted", "in_progress", "completed", "skipped"]


class AnnotationQueueItemSchema(Wire):
    """A call in a queue as readers see it; what is said of the call is how it was when it was added."""

    id: str
    project_id: str
    queue_id: str
    call_id: str
    call_started_at: datetime
    call_ended_at: datetime | None = None
    call_op_name: str
    call_trace_id: str
    display_fields: list[str]
    added_by: str | None = None
    annotation_state: AnnotationState
    annotator_user_id: str | None = None
    created_at: datetime
    created_by: str
    updated_at: datetime
    deleted_at: datetime | None = None
    position_in_queue: int | None = None


class AnnotationQueueAddCallsBody(Wire):
    """Calls to add, and the fields of them that annotators are to see."""

    project_id: str
    call_ids: list[str]
    display_fields: list[str]
    wb_user_id: str | None = None


class AnnotationQueueAddCallsRes(Wire):
    """How many calls are new in the queue, and how many different ones were there already."""

    added_count: int
    duplicates: int


class AnnotationQueueItemsFilter(Wire):
    """What an item must be; what is absent does not matter."""

    id: str | None = None
    call_id: str | None = None
    call_op_name: str | None = None
    call_trace_id: str | None = None
    added_by: str | None = None
    annotation_states: list[AnnotationState] | None = None


class AnnotationQueueItemsQueryBody(NullIsAbsent):
    """Which items, in which order, and whether to number them."""

    project_id: str
    filter: AnnotationQueueItemsFilter | None = None
    sort_by: list[SortBy] | None = None
    limit: int | None = None
    offset: int | None = None
    include_position: bool = False


class AnnotationQueueItemsQueryRes(Wire):
    """The items of a page."""

    items: list[AnnotationQueueItemSchema]


class AnnotatorQueueItemsProgressUpdateBody(Wire):
    """What the caller did with an item."""

    project_id: str
    annotation_state: str
    wb_user_id: str | None = None


class AnnotatorQueueItemsProgressUpdateRes(Wire):
    """The item with the state it has for the caller."""

    item: AnnotationQueueItemSchema


class AnnotationQueuesStatsReq(Wire):
    """Of which queues."""

    project_id: str
    queue_ids: list[str]


class AnnotationQueueStatsSchema(Wire):
    """How many items a queue holds, and how many of them somebody completed or skipped."""

    queue_id: str
    total_items: int
    completed_items: int


class AnnotationQueuesStatsRes(Wire):
    """One entry per asked queue, in the order asked."""

    stats: list[AnnotationQueueStatsSchema]


class QueueNextReq(NullIsAbsent):
    """Give the caller an item to work on, his alone for so many seconds."""

    project_id: str
    lease_seconds: float = Field(1800, ge=10, le=86_400, allow_inf_nan=False)


class QueueNextRes(Wire):
    """The item, and until when nobody else is given it. No item and unfinished ones: others hold what is left."""

    item: AnnotationQueueItemSchema | None
    held_until: datetime | None
    unfinished_items: int


class QueueAnnotator(Wire):
    """What one annotator did in a queue."""

    user_id: str
    name: str
    completed: int
    skipped: int


class QueueHeldItem(Wire):
    """An item that somebody has on the screen; nobody else is given it before `held_until`."""

    item_id: str
    call_id: str
    user_id: str
    name: str
    held_until: datetime


class QueueWorkRes(Wire):
    """How far a queue is, who did what, and who holds what (the 50 taken last). `you` is the caller's user id."""

    you: str
    total_items: int
    states: dict[AnnotationState, int]
    annotators: list[QueueAnnotator]
    held: list[QueueHeldItem]
