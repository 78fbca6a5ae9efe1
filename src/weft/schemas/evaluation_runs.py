"""The words of the v2 evaluation run routes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from weft.schemas.base import Wire


class EvaluationRunCreateBody(Wire):
    """A run of an evaluation on a model."""

    evaluation: str
    model: str
    source_evaluation_run_id: str | None = None


class EvaluationRunCreateRes(Wire):
    """The id of the run, which is also its call id and trace id."""

    evaluation_run_id: str


class EvaluationRunReadRes(Wire):
    """A run as stored."""

    evaluation_run_id: str
    evaluation: str
    model: str
    status: Literal["running", "failed", "completed"] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    summary: dict[str, Any] | None = None
    source_evaluation_run_id: str | None = None


class EvaluationRunFinishBody(Wire):
    """What the caller wants to keep beside the computed results."""

    summary: dict[str, Any] | None = None


class EvaluationRunFinishRes(Wire):
    """The run is finished."""

    success: bool


class EvaluationRunDeleteRes(Wire):
    """How many of the named runs existed."""

    num_deleted: int
