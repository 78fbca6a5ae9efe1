"""Routes of the measured server that authenticate, parse the body and answer: what any request costs at least."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, ProjectWrite
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.schemas.feedback import FeedbackCreateReq
from weft.schemas.predictions import PredictionCreateBody
from weft.schemas.scores import ScoreCreateBody

router = APIRouter(route_class=WeftRoute)


@router.post("/bench/feedback")
def noop_feedback(body: FeedbackCreateReq, access: Access) -> dict[str, str]:
    """As `/feedback/create`, without creating any."""
    return {"id": access.project(body.project_id, Role.annotator).id}


@router.post("/bench/{entity}/{project}/predictions")
def noop_prediction(body: PredictionCreateBody, project: ProjectWrite) -> dict[str, str]:
    """As the creation of a prediction, without creating any."""
    return {"prediction_id": project.id + body.model[:0]}


@router.post("/bench/{entity}/{project}/scores")
def noop_score(body: ScoreCreateBody, project: ProjectWrite) -> dict[str, str]:
    """As the creation of a score, without creating any."""
    return {"score_id": project.id + body.scorer[:0]}
