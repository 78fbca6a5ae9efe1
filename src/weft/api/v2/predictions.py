"""Routes of predictions."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from weft.api.deps import CurrentUser, ProjectRead, ProjectWrite, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines, lines_of
from weft.api.v2.list_params import AskedPage, Repeated, split_list
from weft.api.v2.rendering import json_answer, json_line
from weft.domain import predictions
from weft.schemas.predictions import (
    PredictionCreateBody,
    PredictionCreateRes,
    PredictionDeleteRes,
    PredictionFinishRes,
    PredictionReadRes,
)

router = APIRouter(prefix="/v2/{entity}/{project}", route_class=WeftRoute, tags=["Predictions"])


@router.post("/predictions")
def prediction_create(
    body: PredictionCreateBody, project: ProjectWrite, user: CurrentUser, svc: Svc
) -> PredictionCreateRes:
    """Store what a model answered, alone or as part of a run."""
    return PredictionCreateRes(prediction_id=predictions.create_prediction(svc.stores, project, user, body))


@router.get("/predictions", response_class=StreamingResponse, responses=lines_of(PredictionReadRes))
def prediction_list(
    request: Request, project: ProjectRead, svc: Svc, page: AskedPage, evaluation_run_id: str | None = None
) -> StreamingResponse:
    """All predictions, or those of a run, as JSON Lines."""
    items = predictions.list_predictions(svc.stores, project, evaluation_run_id, page)
    return json_lines(request, map(json_line, items))


@router.get("/predictions/{prediction_id}", response_model=PredictionReadRes)
def prediction_read(prediction_id: str, project: ProjectRead, svc: Svc) -> Response:
    """One prediction."""
    return json_answer(predictions.read_prediction(svc.stores, project, prediction_id))


@router.delete("/predictions")
def prediction_delete(prediction_ids: Repeated, project: ProjectWrite, svc: Svc) -> PredictionDeleteRes:
    """Delete predictions with their scores and feedback."""
    count = predictions.delete_predictions(svc.stores, project, split_list(prediction_ids))
    return PredictionDeleteRes(num_deleted=count)


@router.post("/predictions/{prediction_id}/finish")
def prediction_finish(prediction_id: str, project: ProjectWrite, svc: Svc) -> PredictionFinishRes:
    """Say that all scores of a prediction are in. Takes no body and ignores any."""
    predictions.finish_prediction(svc.stores, project, prediction_id)
    return PredictionFinishRes(success=True)
