"""The words of threads: which ones, and what each is made of."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.moments import Moment
from weft.schemas.sorting import SortBy


class ThreadsQueryFilter(NullIsAbsent):
    """Bounds on when a turn started, both excluded, and the threads wanted; no ids are no condition."""

    after_datetime: Moment | None = None
    before_datetime: Moment | None = None
    thread_ids: list[str] | None = None


class ThreadsQueryReq(NullIsAbsent):
    """Which threads, in which order; by default the last updated come first."""

    project_id: str
    filter: ThreadsQueryFilter | None = None
    limit: int | None = None
    offset: int | None = None
    sort_by: list[SortBy] | None = None


class ThreadSchema(Wire):
    """A thread by its turns; durations are null when none has ended."""

    thread_id: str
    turn_count: int
    start_time: datetime
    last_updated: datetime
    first_turn_id: str | None
    last_turn_id: str | None
    p50_turn_duration_ms: float | None
    p99_turn_duration_ms: float | None


class ThreadsUsageReq(Wire):
    """Which threads."""

    project_id: str
    thread_ids: list[str] = Field(max_length=200)


class ThreadUsage(Wire):
    """What a thread took. Of the cost, the part whose models have a price; null when none has."""

    thread_id: str
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cost: float | None = None
    failed_turns: int = 0


class ThreadsUsageRes(Wire):
    """The threads in the order of the request."""

    threads: list[ThreadUsage]
