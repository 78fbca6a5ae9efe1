"""The messages that travel over Kafka, as JSON values. Ids and refs in them are in internal form.

Shapes of `weave.score_calls` and `weave.call_ended` are those of the Weave service, so that other producers and
consumers of these topics understand them; `weft.tasks` is our own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from weft.schemas.base import Wire


class ScoreCallsMessage(Wire):
    """Calls to be scored by each of the scorers."""

    project_id: str = Field(min_length=1)
    call_ids: list[str]
    scorer_refs: list[str]
    wb_user_id: str | None = None


class CallEndedMessage(Wire):
    """A call that ended, without what it holds."""

    project_id: str = Field(min_length=1)
    id: str = Field(min_length=1)
    ended_at: datetime
    output: Any = None
    summary: dict[str, Any] = Field(default_factory=dict)
    exception: str | None = None
    trace_id: str | None = None
    started_at: datetime | None = None
    is_eval: bool | None = None
    wb_run_step_end: int | None = None


class TasksMessage(Wire):
    """Tasks of the ledger that are due, for what the other topics have no words for."""

    project_id: str = Field(min_length=1)
    task_ids: list[str]
