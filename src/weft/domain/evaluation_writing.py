"""What the worker writes for a run that it makes: root, predict-and-score, prediction and score calls, and feedback.

An evaluation of a model looks as the SDK writes it, a rescoring as the v2 API does. Every id follows from the ledger,
so writing a part twice shows it once. How a run ends is run_summaries.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from weft.core import ids
from weft.core.clock import now
from weft.core.identity import Project
from weft.core.refs import CallRef, ObjectRef, OpRef, parse_ref, try_parse_ref
from weft.domain.calls import call_of
from weft.domain.evaluation_calls import EVALUATE, FLAG, PREDICT_AND_SCORE, SUMMARIZE
from weft.domain.placeholder_sources import PlaceholderRole
from weft.domain.score_writing import (
    ModelCall,
    ScoreError,
    call_summary,
    exception_text,
    worker_attributes,
    worker_op,
)
from weft.storage.entities.evaluation_jobs import EvaluationJob
from weft.storage.entities.ledger_tables import RESCORE, Task
from weft.storage.events.call_changes import Call, CallChange, PutCall
from weft.storage.events.feedback import Feedback
from weft.storage.stores import Stores

_OPS: Mapping[str, PlaceholderRole] = {
    EVALUATE: "evaluate",
    PREDICT_AND_SCORE: "predict_and_score",
    SUMMARIZE: "summarize",
}
_META = "_weave_eval_meta"


@dataclass(frozen=True, slots=True)
class RunFrame:
    """What all calls of a run have in common. `ops` are refs by name."""

    job: EvaluationJob
    project: Project
    ops: Mapping[str, str]

    @property
    def rescores(self) -> bool:
        """Whether the run scores the predictions of another one."""
        return self.job.kind == RESCORE

    @property
    def trace_id(self) -> str:
        """The trace of the run; a run of the v2 API is its own."""
        return self.job.id if self.rescores else ids.stable_id("evaluation trace", self.job.id)

    def attributes(self, kind: str = "", **marks: Any) -> dict[str, Any]:
        """The attributes of a call below the root; `marks` are those of the v2 API."""
        attributes = worker_attributes(kind)
        if self.rescores:
            return {"weave": {**attributes["weave"], **marks}}
        return {**attributes, _META: {"declarative": True, "evaluate_model_worker": True}}


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model answered for a row. `stored`: its call is there already and stays as it is."""

    id: str
    started_at: datetime
    ended_at: datetime
    op_name: str = ""
    inputs: Mapping[str, Any] | None = None
    output: Any = None
    error: ScoreError | None = None
    usage: Mapping[str, Mapping[str, Any]] | None = None
    stored: bool = False


@dataclass(frozen=True, slots=True)
class RowScore:
    """What one scorer, the `number`-th of the run, said about a prediction; `key` names it in the results."""

    number: int
    key: str
    scorer_ref: str
    op_name: str
    kind: str
    inputs: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime
    output: Any = None
    error: ScoreError | None = None
    model_call: ModelCall | None = None
    stored: bool = False


@dataclass(frozen=True, slots=True)
class RunRow:
    """One row of a run after an attempt. `error` is what no call below tells; `spans` are those of its source."""

    task: Task
    example: Any
    started_at: datetime
    prediction: Prediction | None = None
    scores: Sequence[RowScore] = ()
    error: ScoreError | None = None
    spans: Any = None


def pairing_id(task: Task) -> str:
    """The id of the predict-and-score call of a row."""
    return ids.stable_id("evaluation predict and score", task.id)


def prediction_id(task_id: str) -> str:
    """The id of the prediction call of the row whose task has that id."""
    return ids.stable_id("evaluation prediction", task_id)


def row_score_id(task: Task, number: int) -> str:
    """The id of the call of the `number`-th scorer for a row."""
    return ids.stable_id("evaluation score", task.id, str(number))


def frame_of(stores: Stores, project: Project, job: EvaluationJob, evaluation: Mapping[str, Any]) -> RunFrame:
    """The frame of a run; its ops are those the stored evaluation carries, as far as they have the usual names."""
    ops = {}
    for name, role in _OPS.items():
        ref = try_parse_ref(evaluation.get(role))
        carried = ref.uri() if isinstance(ref, OpRef) and ref.name == name else name
        ops[name] = worker_op(stores, project, carried, role)
    return RunFrame(job, project, ops)


def root_call(
    frame: RunFrame, started_at: datetime, display_name: str, error: ScoreError | None = None, **end: Any
) -> Call:
    """The root of a run that begins, or that is refused with an error."""
    job = frame.job
    attributes: dict[str, Any] = worker_attributes()
    if frame.rescores:
        attributes["weave"] |= {
            "evaluation_run": FLAG,
            "evaluation": job.evaluation_ref,
            "model": job.model_ref,
            "source_evaluation_run_id": job.source_run_id,
        }
    else:
        attributes[_META] = {"evaluate_model_worker": True}
    if error is not None:
        end = {"ended_at": now(), "exception": exception_text(error), "summary": call_summary([error])}
    return call_of(
        job.project_id,
        job.id,
        trace_id=frame.trace_id,
        op_name=frame.ops[EVALUATE],
        started_at=started_at,
        inputs={"self": job.evaluation_ref, "model": job.model_ref},
        attributes=attributes,
        display_name=display_name,
        wb_user_id=job.user_id,
        **end,
    )


def row_changes(stores: Stores, frame: RunFrame, row: RunRow, ended: bool) -> list[CallChange]:
    """What an attempt at a row adds to its calls. A row that will be tried again stays open, and keeps what worked."""
    prediction, scores = row.prediction, [score for score in row.scores if not score.stored]
    if not ended:
        scores = [score for score in scores if score.error is None]
        if prediction is None or prediction.error is not None:
            return []
    calls = [_pairing_call(frame, row, ended)]
    if prediction is not None and not prediction.stored:
        calls.append(_prediction_call(stores, frame, row, prediction))
    for score in scores:
        calls.append(_score_call(stores, frame, row, score))
        if score.model_call is not None:
            calls.append(_judging_call(stores, frame, row, score, score.model_call))
    return [PutCall(call, fresh=row.task.first_try) for call in calls]


def row_feedback(frame: RunFrame, row: RunRow) -> list[Feedback]:
    """The feedback that an attempt at a row leaves on its prediction: one for each new score."""
    told = [score for score in row.scores if score.error is None and not score.stored]
    return [] if row.prediction is None else [_feedback(frame, row, row.prediction, score) for score in told]


def row_error(row: RunRow) -> ScoreError | None:
    """The error of the predict-and-score call: that of a scorer, or what no call below it tells."""
    return next((score.error for score in row.scores if score.error is not None), row.error)


def _pairing_call(frame: RunFrame, row: RunRow, ended: bool) -> Call:
    marks: dict[str, Any] = {}
    if row.task.call_id != row.task.subject:
        marks["predict_call_id"] = row.task.call_id
    if row.spans is not None:
        marks["genai_span_ref"] = row.spans
    error = row_error(row)
    end: dict[str, Any] = {}
    if ended:
        end = {
            "ended_at": now(),
            "output": _result(frame, row) if error is None else None,
            "exception": exception_text(error),
            "summary": call_summary([error, *_errors_below(frame, row)]),
        }
    return call_of(
        frame.job.project_id,
        pairing_id(row.task),
        trace_id=frame.trace_id,
        parent_id=frame.job.id,
        op_name=frame.ops[PREDICT_AND_SCORE],
        started_at=row.started_at,
        inputs={"self": frame.job.evaluation_ref, "model": frame.job.model_ref, "example": row.example},
        attributes=frame.attributes(**marks),
        wb_user_id=frame.job.user_id,
        **end,
    )


def _result(frame: RunFrame, row: RunRow) -> dict[str, Any]:
    prediction = row.prediction
    if prediction is None:
        return {"output": None, "scores": {}, "model_latency": None}
    seconds = (prediction.ended_at - prediction.started_at).total_seconds()
    return {
        "output": prediction.output,
        "scores": {score.key: score.output for score in row.scores},
        "model_latency": {"mean": seconds} if frame.rescores else seconds,
    }


def _errors_below(frame: RunFrame, row: RunRow) -> list[ScoreError | None]:
    below = [] if frame.rescores or row.prediction is None else [row.prediction.error]
    for score in row.scores:
        below += [score.error] if score.model_call is None else [score.error, score.model_call.error]
    return below


def _prediction_call(stores: Stores, frame: RunFrame, row: RunRow, prediction: Prediction) -> Call:
    return call_of(
        frame.job.project_id,
        prediction.id,
        trace_id=frame.trace_id,
        parent_id=pairing_id(row.task),
        op_name=worker_op(stores, frame.project, prediction.op_name, "predict"),
        started_at=prediction.started_at,
        ended_at=prediction.ended_at,
        inputs=dict(prediction.inputs or {}),
        output=prediction.output,
        attributes=frame.attributes(),
        summary=call_summary([prediction.error], prediction.usage),
        exception=exception_text(prediction.error),
        wb_user_id=frame.job.user_id,
    )


def _score_call(stores: Stores, frame: RunFrame, row: RunRow, score: RowScore) -> Call:
    marks = {
        "score": FLAG,
        "prediction_id": row.task.call_id,
        "scorer": score.scorer_ref,
        "evaluation_run_id": frame.job.id,
    }
    inner = [] if score.model_call is None else [score.model_call.error]
    return call_of(
        frame.job.project_id,
        row_score_id(row.task, score.number),
        trace_id=frame.trace_id,
        parent_id=pairing_id(row.task),
        op_name=worker_op(stores, frame.project, score.op_name, "score"),
        started_at=score.started_at,
        ended_at=score.ended_at,
        inputs=dict(score.inputs),
        output=score.output,
        attributes=frame.attributes(score.kind, **marks),
        summary=call_summary([score.error, *inner]),
        exception=exception_text(score.error),
        wb_user_id=frame.job.user_id,
    )


def _judging_call(stores: Stores, frame: RunFrame, row: RunRow, score: RowScore, call: ModelCall) -> Call:
    return call_of(
        frame.job.project_id,
        ids.stable_id("evaluation judging", row.task.id, str(score.number)),
        trace_id=frame.trace_id,
        parent_id=row_score_id(row.task, score.number),
        op_name=worker_op(stores, frame.project, call.op_name, "predict"),
        started_at=call.started_at,
        ended_at=call.ended_at,
        inputs=call.inputs,
        output=call.output,
        attributes=frame.attributes(),
        summary=call_summary([call.error], call.usage),
        exception=exception_text(call.error),
        wb_user_id=frame.job.user_id,
    )


def _feedback(frame: RunFrame, row: RunRow, prediction: Prediction, score: RowScore) -> Feedback:
    scorer = parse_ref(score.scorer_ref)
    project_id = frame.job.project_id
    return Feedback(
        project_id=project_id,
        id=ids.stable_id("evaluation feedback", row.task.id, str(score.number)),
        weave_ref=CallRef(project_id, prediction.id).uri(),
        wb_user_id=frame.job.user_id,
        created_at=score.ended_at,
        feedback_type=f"wandb.runnable.{scorer.name if isinstance(scorer, ObjectRef) else ''}",
        payload={"output": score.output},
        runnable_ref=score.scorer_ref,
        call_ref=CallRef(project_id, row_score_id(row.task, score.number)).uri(),
    )
