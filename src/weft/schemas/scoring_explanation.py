"""The words of the answer to "why was this call scored, or not?"."""

from __future__ import annotations

from datetime import datetime

from weft.schemas.base import Wire
from weft.schemas.scoring import ScoringTask


class ScoringExplanationQuery(Wire):
    """A call, and perhaps one monitor (name or ref) or one scorer (name or ref, any version) to explain it for."""

    project_id: str
    call_id: str
    monitor: str | None = None
    scorer_ref: str | None = None


class ExplainedCall(Wire):
    """What is known of the call. `excluded` is a sentence when no monitor may score it."""

    found: bool
    says: str
    op_name: str | None = None
    trace_id: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    excluded: str | None = None


class ExplainedCheck(Wire):
    """One question that decides whether a monitor asks for a score.

    `check` is `usable`, `active`, `ended`, `op`, `sample`, `query`, `not_own` or `time`. `passed` is null where the
    question cannot be answered for this call.
    """

    check: str
    passed: bool | None
    says: str


class ExplainedScore(Wire):
    """A score that was asked for, in a sentence and as its task."""

    says: str
    task: ScoringTask


class ExplainedMonitor(Wire):
    """Why a monitor asked for scores of the call, or did not. `place` is where the call stands in the sample.

    A call is sampled if its `place`, from 0 to 1, is below the `sampling_rate`. What holds now is told: a monitor that
    was changed since may have decided differently then.
    """

    name: str
    ref: str
    active: bool
    asked: bool
    says: str
    sampling_rate: float
    place: float
    checks: list[ExplainedCheck]
    scores: list[ExplainedScore]


class ScoringExplanation(Wire):
    """Why the call was scored, or not: by each monitor, and by whoever asked for scores of it by name."""

    project_id: str
    call_id: str
    says: str
    call: ExplainedCall
    monitors: list[ExplainedMonitor]
    requested: list[ExplainedScore]
