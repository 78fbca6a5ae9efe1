"""Annotation queues themselves. What is in them is queue_items.py's."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines
from weft.core.identity import Role
from weft.domain import queues
from weft.schemas.queues import (
    AnnotationQueueCreateReq,
    AnnotationQueueCreateRes,
    AnnotationQueueRes,
    AnnotationQueueSchema,
    AnnotationQueuesQueryReq,
    AnnotationQueueUpdateBody,
)

router = APIRouter(route_class=WeftRoute, tags=["Annotation queues"])


@router.post("/annotation_queues")
def annotation_queue_create(body: AnnotationQueueCreateReq, access: Access, svc: Svc) -> AnnotationQueueCreateRes:
    """Make a queue."""
    project = access.project(body.project_id, Role.member)
    return AnnotationQueueCreateRes(id=queues.create_queue(svc.stores, project, access.user, body))


@router.post("/annotation_queues/query", response_model=AnnotationQueueSchema)
def annotation_queues_query_stream(
    request: Request, body: AnnotationQueuesQueryReq, access: Access, svc: Svc
) -> StreamingResponse:
    """Stream the live queues of a project, one a line."""
    project = access.project(body.project_id, Role.viewer)
    found = queues.query_queues(svc.stores, project, body)
    return json_lines(request, (queue.model_dump_json().encode() for queue in found))


@router.get("/annotation_queues/{queue_id}")
def annotation_queue_read(queue_id: str, project_id: str, access: Access, svc: Svc) -> AnnotationQueueRes:
    """Read a queue."""
    project = access.project(project_id, Role.viewer)
    return AnnotationQueueRes(queue=queues.read_queue(svc.stores, project, queue_id))


@router.put("/annotation_queues/{queue_id}")
def annotation_queue_update(
    queue_id: str, body: AnnotationQueueUpdateBody, access: Access, svc: Svc
) -> AnnotationQueueRes:
    """Change a queue."""
    project = access.project(body.project_id, Role.member)
    return AnnotationQueueRes(queue=queues.update_queue(svc.stores, project, queue_id, body))


@router.delete("/annotation_queues/{queue_id}")
def annotation_queue_delete(queue_id: str, project_id: str, access: Access, svc: Svc) -> AnnotationQueueRes:
    """Delete a queue; what was collected in it stays."""
    project = access.project(project_id, Role.member)
    return AnnotationQueueRes(queue=queues.delete_queue(svc.stores, project, queue_id))
