"""The words of lists of calls: rows with short values in place of payloads."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from weft.schemas.base import Wire
from weft.schemas.calls_query import CallsFilter
from weft.schemas.query import Query
from weft.schemas.sorting import SortBy

MOST_PATHS = 24
MOST_ROWS = 20_000


class CallPreviewsReq(Wire):
    """Which calls, in which order, and the paths whose values to show shortened."""

    project_id: str
    filter: CallsFilter | None = None
    query: Query | None = None
    sort_by: list[SortBy] | None = None
    limit: Annotated[int, Field(ge=0, le=MOST_ROWS)] = 50
    offset: Annotated[int, Field(ge=0)] = 0
    paths: list[str] = Field(default_factory=list, max_length=MOST_PATHS)
    include_scores: bool = False


class ScorePreview(Wire):
    """What one scorer, or one person, says of a call."""

    name: str
    value: Any = None
    by_person: bool = False


class CallPreview(Wire):
    """A call as a row of a list; what is absent is left out."""

    id: str
    trace_id: str
    parent_id: str | None = None
    name: str
    op: str
    started_at: datetime
    status: str
    latency_ms: int | None = None
    exception: str | None = None
    models: list[str] | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cost: float | None = None
    scores: list[ScorePreview] | None = None
    notes: int | None = None
    reactions: list[str] | None = None
    values: dict[str, Any] | None = None
