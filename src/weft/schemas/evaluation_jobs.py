"""The words of evaluation jobs: evaluating a model, scoring a run again, and where such a run stands."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from weft.schemas.base import Wire


class EvaluateModelReq(Wire):
    """A version of an evaluation, and of the model to run it on."""

    project_id: str
    evaluation_ref: str
    model_ref: str
    wb_user_id: str | None = None


class EvaluateModelRes(Wire):
    """The id that the root call of the run will have."""

    call_id: str


class RescoreReq(Wire):
    """A run, and the scorers that are to score its predictions again."""

    project_id: str
    source_evaluation_run_id: str
    scorer_refs: list[str] = Field(min_length=1)
    wb_user_id: str | None = None


class RescoreRes(Wire):
    """The id of the new run, twice: it is the id of its root call too."""

    call_id: str
    evaluation_run_id: str


class EvaluationStatusReq(Wire):
    """The root call of a run."""

    project_id: str
    call_id: str


class EvaluationStatusNotFound(Wire):
    """There is no such call; a run that still waits for the worker has none yet."""

    code: Literal["not_found"] = "not_found"


class EvaluationStatusRunning(Wire):
    """The run has begun and not ended. `total_rows` counts each row once per trial."""

    code: Literal["running"] = "running"
    completed_rows: int
    total_rows: int


class EvaluationStatusFailed(Wire):
    """The run ended with an error."""

    code: Literal["failed"] = "failed"
    error: str | None


class EvaluationStatusComplete(Wire):
    """The run ended; `output` is what it amounts to."""

    code: Literal["complete"] = "complete"
    output: dict[str, Any]


class EvaluationStatusRes(Wire):
    """Where a run stands."""

    status: EvaluationStatusNotFound | EvaluationStatusRunning | EvaluationStatusFailed | EvaluationStatusComplete = (
        Field(discriminator="code")
    )
