"""The route of evaluation results."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import ProjectRead, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.domain.eval_results import query_eval_results
from weft.schemas.eval_results import EvalResultsQueryBody, EvalResultsQueryRes

router = APIRouter(prefix="/v2/{entity}/{project}", route_class=WeftRoute, tags=["Eval Results"])


@router.post("/eval_results/query", response_model=EvalResultsQueryRes)
def eval_results_query(body: EvalResultsQueryBody, project: ProjectRead, svc: Svc) -> Response:
    """Evaluations side by side: one row per example, and a summary."""
    return json_answer(query_eval_results(svc.stores, project, body))
