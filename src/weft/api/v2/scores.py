"""Routes of scores."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from weft.api.deps import CurrentUser, ProjectRead, ProjectWrite, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines, lines_of
from weft.api.v2.list_params import AskedPage, Repeated, split_list
from weft.api.v2.rendering import json_answer, json_line
from weft.domain import scores
from weft.schemas.scores import ScoreCreateBody, ScoreCreateRes, ScoreDeleteRes, ScoreReadRes

router = APIRouter(prefix="/v2/{entity}/{project}", route_class=WeftRoute, tags=["Scores"])


@router.post("/scores")
def score_create(body: ScoreCreateBody, project: ProjectWrite, user: CurrentUser, svc: Svc) -> ScoreCreateRes:
    """Store what a scorer said about a prediction."""
    return ScoreCreateRes(score_id=scores.create_score(svc.stores, project, user, body))


@router.get("/scores", response_class=StreamingResponse, responses=lines_of(ScoreReadRes))
def score_list(
    request: Request, project: ProjectRead, svc: Svc, page: AskedPage, evaluation_run_id: str | None = None
) -> StreamingResponse:
    """All scores, or those of a run, as JSON Lines."""
    return json_lines(request, map(json_line, scores.list_scores(svc.stores, project, evaluation_run_id, page)))


@router.get("/scores/{score_id}", response_model=ScoreReadRes)
def score_read(score_id: str, project: ProjectRead, svc: Svc) -> Response:
    """One score."""
    return json_answer(scores.read_score(svc.stores, project, score_id))


@router.delete("/scores")
def score_delete(score_ids: Repeated, project: ProjectWrite, svc: Svc) -> ScoreDeleteRes:
    """Delete scores with the feedback they left."""
    return ScoreDeleteRes(num_deleted=scores.delete_scores(svc.stores, project, split_list(score_ids)))
