"""Routes of ops."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from weft.api.deps import CurrentUser, ProjectRead, ProjectWrite, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines, lines_of
from weft.api.v2.list_params import AskedDigests, AskedPage
from weft.api.v2.rendering import json_answer, json_line
from weft.domain import ops
from weft.domain.object_resources import delete_versions
from weft.schemas.ops import ObjectDeleteRes, OpCreateBody, OpCreateRes, OpReadRes

router = APIRouter(prefix="/v2/{entity}/{project}", route_class=WeftRoute, tags=["Ops"])


@router.post("/ops")
def op_create(body: OpCreateBody, project: ProjectWrite, user: CurrentUser, svc: Svc) -> OpCreateRes:
    """Publish an op."""
    made = ops.create_op(svc.stores, project, user, body)
    return OpCreateRes(digest=made.digest, object_id=made.object_id, version_index=made.version_index)


@router.get("/ops", response_class=StreamingResponse, responses=lines_of(OpReadRes))
def op_list(request: Request, project: ProjectRead, svc: Svc, page: AskedPage) -> StreamingResponse:
    """All versions of all ops as JSON Lines."""
    return json_lines(request, map(json_line, ops.list_ops(svc.stores, project, page)))


@router.get("/ops/{object_id}/versions/{digest}", response_model=OpReadRes)
def op_read(object_id: str, digest: str, project: ProjectRead, svc: Svc) -> Response:
    """One version of an op, by digest, `vN` or `latest`."""
    return json_answer(ops.read_op(svc.stores, project, object_id, digest))


@router.delete("/ops/{object_id}")
def op_delete(object_id: str, project: ProjectWrite, svc: Svc, digests: AskedDigests) -> ObjectDeleteRes:
    """Delete versions of an op, or all of them."""
    count = delete_versions(svc.stores, project, "Op", object_id, digests)
    return ObjectDeleteRes(num_deleted=count)
