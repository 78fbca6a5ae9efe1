"""Routes of models."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from weft.api.deps import CurrentUser, ProjectRead, ProjectWrite, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines, lines_of
from weft.api.v2.list_params import AskedDigests, AskedPage
from weft.api.v2.rendering import json_answer, json_line
from weft.domain import models
from weft.domain.object_resources import delete_versions, ref_of
from weft.schemas.models import ModelCreateBody, ModelCreateRes, ModelReadRes
from weft.schemas.ops import ObjectDeleteRes

router = APIRouter(prefix="/v2/{entity}/{project}", route_class=WeftRoute, tags=["Models"])


@router.post("/models")
def model_create(body: ModelCreateBody, project: ProjectWrite, user: CurrentUser, svc: Svc) -> ModelCreateRes:
    """Publish a model."""
    made = models.create_model(svc.stores, project, user, body)
    return ModelCreateRes(
        digest=made.digest, object_id=made.object_id, version_index=made.version_index, model_ref=ref_of(made)
    )


@router.get("/models", response_class=StreamingResponse, responses=lines_of(ModelReadRes))
def model_list(request: Request, project: ProjectRead, svc: Svc, page: AskedPage) -> StreamingResponse:
    """All versions of all models as JSON Lines."""
    return json_lines(request, map(json_line, models.list_models(svc.stores, project, page)))


@router.get("/models/{object_id}/versions/{digest}", response_model=ModelReadRes)
def model_read(object_id: str, digest: str, project: ProjectRead, svc: Svc) -> Response:
    """One version of a model, by digest, `vN`, `latest` or another alias."""
    return json_answer(models.read_model(svc.stores, project, object_id, digest))


@router.delete("/models/{object_id}")
def model_delete(object_id: str, project: ProjectWrite, svc: Svc, digests: AskedDigests) -> ObjectDeleteRes:
    """Delete versions of a model, or all of them."""
    count = delete_versions(svc.stores, project, "Model", object_id, digests)
    return ObjectDeleteRes(num_deleted=count)
