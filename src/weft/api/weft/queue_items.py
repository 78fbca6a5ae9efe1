"""Handing out the items of annotation queues, and who has them, which the contract has no operations for."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import queue_items
from weft.schemas.queue_items import QueueNextReq, QueueNextRes, QueueWorkRes

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1", tags=["Annotation queues"])


@router.post("/annotation_queues/{queue_id}/next")
def annotation_queue_next(queue_id: str, body: QueueNextReq, access: Access, svc: Svc) -> QueueNextRes:
    """Give the caller an item to work on that nobody else has: the one he has open, else the oldest one left."""
    project = access.project(body.project_id, Role.annotator)
    return queue_items.take_next(svc.stores, project, access.user, queue_id, body)


@router.post("/annotation_queues/{queue_id}/back")
def annotation_queue_back(queue_id: str, body: QueueNextReq, access: Access, svc: Svc) -> QueueNextRes:
    """Open the item again that the caller finished last, and give it to him."""
    project = access.project(body.project_id, Role.annotator)
    return queue_items.take_back(svc.stores, project, access.user, queue_id, body)


@router.get("/annotation_queues/{queue_id}/work")
def annotation_queue_work(queue_id: str, project_id: str, access: Access, svc: Svc) -> QueueWorkRes:
    """How far the queue is, what every annotator did, and who has which item now."""
    project = access.project(project_id, Role.viewer)
    return queue_items.queue_work(svc.stores, project, access.user, queue_id)
