"""Handing out the items of annotation queues, which the contract has no operation for."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import queue_items
from weft.schemas.queue_items import QueueNextReq, QueueNextRes

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1", tags=["Annotation queues"])


@router.post("/annotation_queues/{queue_id}/next")
def annotation_queue_next(queue_id: str, body: QueueNextReq, access: Access, svc: Svc) -> QueueNextRes:
    """Give the caller an item to work on that nobody else has: the one he has open, else the oldest one left."""
    project = access.project(body.project_id, Role.annotator)
    return queue_items.take_next(svc.stores, project, access.user, queue_id, body)
