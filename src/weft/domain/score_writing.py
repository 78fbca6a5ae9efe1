"""What a worker writes for a scored call: the score call and the runnable feedback, as `call.apply_scorer` writes them.

Every id follows from the task, so doing a task twice writes the same score twice and shows it once. Which outcome
deserves which writing is the worker's to decide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from weft import __version__
from weft.core import ids
from weft.core.clock import now
from weft.core.identity import Project
from weft.core.refs import INTERNAL, CallRef, ObjectRef, OpRef, parse_ref
from weft.domain.calls import begin_changes, call_of
from weft.domain.ops import ensure_placeholder_op
from weft.domain.placeholder_sources import PlaceholderRole
from weft.storage.entities.ledger_tables import Task
from weft.storage.events.call_changes import Call, CallChange, DeleteCall, PutCall
from weft.storage.events.feedback import Feedback
from weft.storage.stores import Stores

SOURCE = "weft-scoring-worker"


@dataclass(frozen=True, slots=True)
class ScoreError:
    """Why there is no score: the name of the exception the SDK would have raised, and a sentence."""

    type: str
    message: str


@dataclass(frozen=True, slots=True)
class ModelCall:
    """The call of a model inside a scorer, traced as a child of the score call.

    `usage` holds what it used by the name of the model, as summaries of calls do.
    """

    op_name: str
    inputs: dict[str, Any]
    started_at: datetime
    ended_at: datetime
    output: Any = None
    error: ScoreError | None = None
    usage: Mapping[str, Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class TypedScores:
    """What a scorer says in tags and ratings, which feedback keeps in columns; maps are by tag or rating."""

    tags: Sequence[str] = ()
    tag_reasons: Mapping[str, str] = field(default_factory=dict)
    tag_confidences: Mapping[str, float] = field(default_factory=dict)
    ratings: Mapping[str, float] = field(default_factory=dict)
    rating_reasons: Mapping[str, str] = field(default_factory=dict)
    rating_confidences: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """The outcome of a task: an output, or an error.

    `op_name` is the ref of the score op, or the plain name of one that is to be made. `kind` is the traced kind of
    that op, empty for a plain function. One that is not `traced` leaves feedback and no calls. `function` is
    what the SDK calls its kind of Python function.
    """

    task: Task
    op_name: str
    kind: str
    inputs: dict[str, Any]
    started_at: datetime
    ended_at: datetime
    output: Any = None
    error: ScoreError | None = None
    model_call: ModelCall | None = None
    traced: bool = True
    typed: TypedScores | None = None
    function: str = "function"


def score_call_id(task: Task, failed: bool) -> str:
    """The id of the task's score call. A failure has one of its own, so that it never covers an earlier score."""
    return ids.stable_id("failed score call" if failed else "score call", task.id)


def feedback_id(task: Task) -> str:
    """The id of the task's feedback."""
    return ids.stable_id("score feedback", task.id)


def write_together(stores: Stores, changes: Sequence[CallChange], rows: Sequence[Feedback]) -> None:
    """Make calls and feedback durable, in one insert a table. Repeating it changes nothing that is seen."""
    # Both tables have a writer of their own: handing over first and waiting after costs one wait instead of two.
    called = begin_changes(stores, changes) if changes else None
    said = stores.feedback.begin(rows) if rows else None
    if called is not None:
        called.wait()
    if said is not None:
        said.wait()


def score_changes(stores: Stores, project: Project, score: Score) -> list[CallChange]:
    """The calls of a score or of a failure to give one."""
    task, fresh = score.task, score.task.first_try
    written = [_score_call(stores, project, score)]
    if score.model_call is not None:
        written.append(_model_call(stores, project, score, score.model_call))
    changes: list[CallChange] = [PutCall(call, fresh) for call in written]
    if fresh:
        return changes
    # What an earlier try may have left of a failure is replaced by this outcome.
    stale = {score_call_id(task, True), _model_call_id(task, True)} - {call.id for call in written}
    return [*changes, *(DeleteCall(task.project_id, call_id) for call_id in sorted(stale))]


def _score_call(stores: Stores, project: Project, score: Score) -> Call:
    task, failed = score.task, score.error is not None
    inner = () if score.model_call is None else (score.model_call.error,)
    # As the SDK does it, a call's summary includes that of the calls below it.
    usage = None if score.model_call is None else score.model_call.usage
    return call_of(
        task.project_id,
        score_call_id(task, failed),
        trace_id=score_trace_id(task, failed),
        op_name=worker_op(stores, project, score.op_name, "score"),
        started_at=score.started_at,
        ended_at=score.ended_at,
        inputs=score.inputs,
        output=score.output,
        attributes=worker_attributes(score.kind, score.function),
        summary=call_summary([score.error, *inner], usage),
        exception=exception_text(score.error),
        wb_user_id=task.user_id,
    )


def _model_call(stores: Stores, project: Project, score: Score, call: ModelCall) -> Call:
    task, failed = score.task, score.error is not None
    return call_of(
        task.project_id,
        _model_call_id(task, failed),
        trace_id=score_trace_id(task, failed),
        parent_id=score_call_id(task, failed),
        op_name=worker_op(stores, project, call.op_name, "predict"),
        started_at=call.started_at,
        ended_at=call.ended_at,
        inputs=call.inputs,
        output=call.output,
        attributes=worker_attributes(""),
        summary=call_summary([call.error], call.usage),
        exception=exception_text(call.error),
        wb_user_id=task.user_id,
    )


def score_feedback(score: Score) -> Feedback:
    """The feedback that a score leaves on its call."""
    task = score.task
    scorer = parse_ref(task.scorer_ref)
    name = scorer.name if isinstance(scorer, ObjectRef) else ""
    typed = score.typed or TypedScores()
    return Feedback(
        project_id=task.project_id,
        id=feedback_id(task),
        weave_ref=CallRef(task.project_id, task.call_id).uri(),
        wb_user_id=task.user_id,
        created_at=now(),
        feedback_type=f"wandb.runnable.{name}",
        payload={"output": score.output},
        runnable_ref=task.scorer_ref,
        call_ref=CallRef(task.project_id, score_call_id(task, False)).uri() if score.traced else "",
        trigger_ref=task.trigger_ref,
        scorer_tags=list(typed.tags),
        scorer_tag_reasons=dict(typed.tag_reasons),
        scorer_tag_confidences=dict(typed.tag_confidences),
        scorer_ratings=dict(typed.ratings),
        scorer_rating_reasons=dict(typed.rating_reasons),
        scorer_rating_confidences=dict(typed.rating_confidences),
    )


def worker_op(stores: Stores, project: Project, op_name: str, role: PlaceholderRole) -> str:
    """The ref of an op: as it is, or of a placeholder of that name."""
    if op_name.startswith(INTERNAL):
        return op_name
    return ensure_placeholder_op(stores, project, op_name, role)


def worker_attributes(kind: str = "", function: str = "function") -> dict[str, Any]:
    """The attributes of a call that the worker writes, of an op of that traced kind."""
    weave: dict[str, Any] = {"python": {"type": function}, "source": SOURCE, "client_version": __version__}
    return {"weave": {"kind": kind, **weave} if kind else weave}


def call_summary(
    errors: Sequence[ScoreError | None], usage: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """The summary of a call, from the errors of itself and of every call below it, None for each success."""
    failed = sum(error is not None for error in errors)
    counts = {"status_counts": {"success": len(errors) - failed, "error": failed}}
    return {**counts, "usage": {name: dict(used) for name, used in usage.items()}} if usage else counts


def exception_text(error: ScoreError | None) -> str:
    """An error as calls keep it; empty for none."""
    return "" if error is None else json.dumps({"type": error.type, "message": error.message, "traceback": []})


def score_trace_id(task: Task, failed: bool) -> str:
    """The id of the trace that the score call begins."""
    return ids.stable_id("failed score trace" if failed else "score trace", task.id)


def _model_call_id(task: Task, failed: bool) -> str:
    return ids.stable_id("failed model call" if failed else "model call", task.id)


def score_op_of(value: Any) -> str:
    """The ref of the `score` op that a published scorer carries, empty for one published without code."""
    op = value.get("score") if isinstance(value, dict) else None
    if isinstance(op, str) and op.startswith(INTERNAL) and isinstance(parse_ref(op), OpRef):
        return op
    return ""
