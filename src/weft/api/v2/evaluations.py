"""Routes of evaluations."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from weft.api.deps import CurrentUser, ProjectRead, ProjectWrite, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines, lines_of
from weft.api.v2.list_params import AskedDigests, AskedPage
from weft.api.v2.rendering import json_answer, json_line
from weft.domain import evaluations
from weft.domain.object_resources import delete_versions, ref_of
from weft.schemas.evaluations import EvaluationCreateBody, EvaluationCreateRes, EvaluationReadRes
from weft.schemas.ops import ObjectDeleteRes

router = APIRouter(prefix="/v2/{entity}/{project}", route_class=WeftRoute, tags=["Evaluations"])


@router.post("/evaluations")
def evaluation_create(
    body: EvaluationCreateBody, project: ProjectWrite, user: CurrentUser, svc: Svc
) -> EvaluationCreateRes:
    """Publish an evaluation."""
    made = evaluations.create_evaluation(svc.stores, project, user, body)
    return EvaluationCreateRes(
        digest=made.digest, object_id=made.object_id, version_index=made.version_index, evaluation_ref=ref_of(made)
    )


@router.get("/evaluations", response_class=StreamingResponse, responses=lines_of(EvaluationReadRes))
def evaluation_list(request: Request, project: ProjectRead, svc: Svc, page: AskedPage) -> StreamingResponse:
    """All versions of all evaluations as JSON Lines."""
    return json_lines(request, map(json_line, evaluations.list_evaluations(svc.stores, project, page)))


@router.get("/evaluations/{object_id}/versions/{digest}", response_model=EvaluationReadRes)
def evaluation_read(object_id: str, digest: str, project: ProjectRead, svc: Svc) -> Response:
    """One version of an evaluation, by digest, `vN`, `latest` or another alias."""
    return json_answer(evaluations.read_evaluation(svc.stores, project, object_id, digest))


@router.delete("/evaluations/{object_id}")
def evaluation_delete(object_id: str, project: ProjectWrite, svc: Svc, digests: AskedDigests) -> ObjectDeleteRes:
    """Delete versions of an evaluation, or all of them."""
    count = delete_versions(svc.stores, project, "Evaluation", object_id, digests)
    return ObjectDeleteRes(num_deleted=count)
