"""Images made by a model. A failure is answered with 200 and `error` inside."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.core.identity import Role
from weft.domain import images
from weft.schemas.images import ImageGenerationCreateReq, ImageGenerationCreateRes

router = APIRouter(route_class=WeftRoute, tags=["Images"])


@router.post("/image/create", response_model=ImageGenerationCreateRes)
def image_create(body: ImageGenerationCreateReq, access: Access, svc: Svc) -> Response:
    """Have images made, with the project's keys or the operator's; they are kept as content objects."""
    project = access.project(body.project_id, Role.member)
    return json_answer(images.create_images(svc.stores, svc.llm, svc.providers, project, access.user, body))
