"""Routes of evaluation runs."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from weft.api.deps import CurrentUser, ProjectRead, ProjectWrite, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines, lines_of
from weft.api.v2.list_params import AskedRuns, Repeated, split_list
from weft.api.v2.rendering import json_answer, json_line
from weft.domain import evaluation_runs
from weft.schemas.evaluation_runs import (
    EvaluationRunCreateBody,
    EvaluationRunCreateRes,
    EvaluationRunDeleteRes,
    EvaluationRunFinishBody,
    EvaluationRunFinishRes,
    EvaluationRunReadRes,
)

router = APIRouter(prefix="/v2/{entity}/{project}", route_class=WeftRoute, tags=["Evaluation Runs"])


@router.post("/evaluation_runs")
def evaluation_run_create(
    body: EvaluationRunCreateBody, project: ProjectWrite, user: CurrentUser, svc: Svc
) -> EvaluationRunCreateRes:
    """Start a run of an evaluation on a model."""
    return EvaluationRunCreateRes(evaluation_run_id=evaluation_runs.create_run(svc.stores, project, user, body))


@router.get("/evaluation_runs", response_class=StreamingResponse, responses=lines_of(EvaluationRunReadRes))
def evaluation_run_list(request: Request, project: ProjectRead, svc: Svc, asked: AskedRuns) -> StreamingResponse:
    """Runs made through the API, or with `include_sdk_runs` every run, as JSON Lines."""
    return json_lines(request, map(json_line, evaluation_runs.list_runs(svc.stores, project, asked)))


@router.get("/evaluation_runs/{evaluation_run_id}", response_model=EvaluationRunReadRes)
def evaluation_run_read(evaluation_run_id: str, project: ProjectRead, svc: Svc) -> Response:
    """One run, made through the API or by an SDK."""
    return json_answer(evaluation_runs.read_run(svc.stores, project, evaluation_run_id))


@router.delete("/evaluation_runs")
def evaluation_run_delete(evaluation_run_ids: Repeated, project: ProjectWrite, svc: Svc) -> EvaluationRunDeleteRes:
    """Delete runs with everything below them."""
    count = evaluation_runs.delete_runs(svc.stores, project, split_list(evaluation_run_ids))
    return EvaluationRunDeleteRes(num_deleted=count)


@router.post("/evaluation_runs/{evaluation_run_id}/finish")
def evaluation_run_finish(
    evaluation_run_id: str,
    project: ProjectWrite,
    user: CurrentUser,
    svc: Svc,
    body: EvaluationRunFinishBody | None = None,
) -> EvaluationRunFinishRes:
    """End a run with the summary of its scores."""
    summary = body.summary if body else None
    evaluation_runs.finish_run(svc.stores, project, user, evaluation_run_id, summary)
    return EvaluationRunFinishRes(success=True)
