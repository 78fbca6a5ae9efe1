"""Routes of evaluations that the server runs by itself. Following their tasks is api/weft/scoring.py's."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import evaluation_jobs
from weft.schemas.evaluation_jobs import (
    EvaluateModelReq,
    EvaluateModelRes,
    EvaluationStatusReq,
    EvaluationStatusRes,
    RescoreReq,
    RescoreRes,
)

router = APIRouter(route_class=WeftRoute, prefix="/evaluations", tags=["Evaluations"])


@router.post("/evaluate_model")
def evaluate_model(body: EvaluateModelReq, access: Access, svc: Svc) -> EvaluateModelRes:
    """Queue the evaluation of a model; the answer comes when the job is committed."""
    access.project(body.project_id, Role.viewer)
    project = access.project(body.project_id, Role.member)
    attempts = svc.settings.scoring_max_attempts
    call_id = evaluation_jobs.request_evaluation(svc.stores, project, access.user, body, access.may_use, attempts)
    return EvaluateModelRes(call_id=call_id)


@router.post("/rescore")
def rescore(body: RescoreReq, access: Access, svc: Svc) -> RescoreRes:
    """Queue a run that scores the predictions of another one again; the answer comes when the job is committed."""
    access.project(body.project_id, Role.viewer)
    project = access.project(body.project_id, Role.member)
    attempts = svc.settings.scoring_max_attempts
    run_id = evaluation_jobs.request_rescoring(svc.stores, project, access.user, body, access.may_use, attempts)
    return RescoreRes(call_id=run_id, evaluation_run_id=run_id)


@router.post("/status")
def evaluation_status(body: EvaluationStatusReq, access: Access, svc: Svc) -> EvaluationStatusRes:
    """Where a run of an evaluation stands, whoever makes it."""
    project = access.project(body.project_id, Role.viewer)
    return evaluation_jobs.evaluation_status(svc.stores, project, body.call_id)
