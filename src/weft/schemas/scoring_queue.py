"""The words of watching the scoring queue of a project."""

from __future__ import annotations

from datetime import datetime

from weft.schemas.base import Wire


class ScoringThroughput(Wire):
    """How many tasks ended in the last `window_seconds`."""

    window_seconds: int
    ended: int
    scored: int
    failed: int
    per_minute: float


class ScoringQueueRes(Wire):
    """Open tasks by state (`waiting` ones wait for other parts of their run), ended ones, and how fast they end.

    `per_minute` counts ends in each of the last minutes, the oldest first; `eta_seconds` assumes the throughput stays.
    """

    at: datetime
    depth: dict[str, int]
    ended: dict[str, int]
    oldest_asked_at: datetime | None
    oldest_age_seconds: float | None
    next_due_at: datetime | None
    throughput: ScoringThroughput
    per_minute: list[int]
    eta_seconds: float | None
