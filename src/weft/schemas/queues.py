"""The words of annotation queues themselves. What is in them is queue_items.py's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator

from weft.schemas.base import Wire
from weft.schemas.sorting import SortBy


class AnnotationQueueSchema(Wire):
    """A queue as readers see it."""

    id: str
    project_id: str
    name: str
    description: str
    scorer_refs: list[str]
    created_at: datetime
    created_by: str
    updated_at: datetime
    deleted_at: datetime | None = None


class AnnotationQueueCreateReq(Wire):
    """A queue to be made."""

    project_id: str
    name: str
    description: Annotated[str, BeforeValidator(lambda value: "" if value is None else value)] = ""
    scorer_refs: list[str]
    wb_user_id: str | None = None


class AnnotationQueueCreateRes(Wire):
    """The id of the new queue."""

    id: str


class AnnotationQueuesQueryReq(Wire):
    """Which queues, in which order."""

    project_id: str
    name: str | None = None
    sort_by: list[SortBy] | None = None
    limit: int | None = None
    offset: int | None = None


class AnnotationQueueUpdateBody(Wire):
    """What to change; what is absent stays."""

    project_id: str
    name: str | None = None
    description: str | None = None
    scorer_refs: list[str] | None = None
    wb_user_id: str | None = None


class AnnotationQueueRes(Wire):
    """One queue."""

    queue: AnnotationQueueSchema
