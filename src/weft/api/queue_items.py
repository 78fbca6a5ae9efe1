"""What is in annotation queues: items, progress, counts. Handing out the next item is weft/queue_items.py's."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import queue_items
from weft.schemas.queue_items import (
    AnnotationQueueAddCallsBody,
    AnnotationQueueAddCallsRes,
    AnnotationQueueItemsQueryBody,
    AnnotationQueueItemsQueryRes,
    AnnotationQueuesStatsReq,
    AnnotationQueuesStatsRes,
    AnnotatorQueueItemsProgressUpdateBody,
    AnnotatorQueueItemsProgressUpdateRes,
)

router = APIRouter(route_class=WeftRoute, tags=["Annotation queues"])


@router.post("/annotation_queues/stats")
def annotation_queues_stats(body: AnnotationQueuesStatsReq, access: Access, svc: Svc) -> AnnotationQueuesStatsRes:
    """Count the items of queues, and those somebody is done with."""
    project = access.project(body.project_id, Role.viewer)
    return AnnotationQueuesStatsRes(stats=queue_items.count_items(svc.stores, project, body))


@router.post("/annotation_queues/{queue_id}/items")
def annotation_queue_add_calls(
    queue_id: str, body: AnnotationQueueAddCallsBody, access: Access, svc: Svc
) -> AnnotationQueueAddCallsRes:
    """Put calls into a queue; those in it already stay as they are."""
    project = access.project(body.project_id, Role.member)
    return queue_items.add_calls(svc.stores, project, access.user, queue_id, body)


@router.post("/annotation_queues/{queue_id}/items/query")
def annotation_queue_items_query(
    queue_id: str, body: AnnotationQueueItemsQueryBody, access: Access, svc: Svc
) -> AnnotationQueueItemsQueryRes:
    """List the items of a queue."""
    project = access.project(body.project_id, Role.viewer)
    return AnnotationQueueItemsQueryRes(items=queue_items.query_items(svc.stores, project, queue_id, body))


@router.post("/annotation_queues/{queue_id}/items/{item_id}/progress")
def annotator_queue_items_progress_update(
    queue_id: str, item_id: str, body: AnnotatorQueueItemsProgressUpdateBody, access: Access, svc: Svc
) -> AnnotatorQueueItemsProgressUpdateRes:
    """Record that the caller opened, completed or skipped an item; nobody goes back."""
    project = access.project(body.project_id, Role.annotator)
    item = queue_items.update_progress(svc.stores, project, access.user, (queue_id, item_id), body)
    return AnnotatorQueueItemsProgressUpdateRes(item=item)
