"""Statistics over evaluation runs: comparing them, listing them, and which way their metrics are better."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.core.identity import Role
from weft.domain import eval_comparison, eval_run_lists, eval_run_table, leaderboards, metric_directions
from weft.schemas.eval_comparison import (
    EvaluationsCompareReq,
    EvaluationsCompareRes,
    MetricDirectionsReq,
    MetricDirectionsRes,
)
from weft.schemas.eval_run_lists import EvaluationRunListReq, EvaluationRunListRes, LeaderboardReq, LeaderboardRes
from weft.schemas.eval_run_table import EvaluationRunTableReq, EvaluationRunTableRes

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1", tags=["Evaluations"])


@router.post("/evaluations/compare", response_model=EvaluationsCompareRes)
def evaluations_compare(body: EvaluationsCompareReq, access: Access, svc: Svc) -> Response:
    """Two to six runs against one of them: every metric with its uncertainty, and the examples side by side."""
    project = access.project(body.project_id, Role.viewer)
    return json_answer(eval_comparison.compare_runs(svc.stores, project, body))


@router.get("/evaluations/metric_directions")
def metric_directions_read(project_id: str, access: Access, svc: Svc) -> MetricDirectionsRes:
    """Every metric of which the project has decided which way it is better."""
    project = access.project(project_id, Role.viewer)
    return MetricDirectionsRes(directions=metric_directions.stored_directions(svc.stores, project))


@router.put("/evaluations/metric_directions")
def metric_directions_set(body: MetricDirectionsReq, access: Access, svc: Svc) -> MetricDirectionsRes:
    """Decide which way metrics are better; null gives one back to the default."""
    access.project(body.project_id, Role.viewer)
    project = access.project(body.project_id, Role.member)
    return MetricDirectionsRes(directions=metric_directions.set_directions(svc.stores, project, body))


@router.post("/evaluations/runs", response_model=EvaluationRunListRes)
def evaluation_runs_list(body: EvaluationRunListReq, access: Access, svc: Svc) -> Response:
    """Runs by dataset, evaluation and model, newest first, with the figures of their summaries."""
    return json_answer(eval_run_lists.list_runs(svc.stores, access.project(body.project_id, Role.viewer), body))


@router.post("/evaluations/run", response_model=EvaluationRunTableRes)
def evaluation_run_table(body: EvaluationRunTableReq, access: Access, svc: Svc) -> Response:
    """One run: every metric with its uncertainty, and its examples with their trials in previews."""
    return json_answer(eval_run_table.run_table(svc.stores, access.project(body.project_id, Role.viewer), body))


@router.post("/leaderboard", response_model=LeaderboardRes)
def leaderboard_read(body: LeaderboardReq, access: Access, svc: Svc) -> Response:
    """A published leaderboard with the values of the newest finished runs."""
    return json_answer(leaderboards.read_leaderboard(svc.stores, access.project(body.project_id, Role.viewer), body))
