"""Annotation queues: made, listed, changed and deleted. What is in them is queue_items.py's."""

from __future__ import annotations

from typing import Any

from weft.core import ids
from weft.core.clock import now
from weft.core.errors import InvalidRequest, NotFound
from weft.core.identity import Project, User
from weft.domain.storable_text import storable
from weft.schemas.queues import (
    AnnotationQueueCreateReq,
    AnnotationQueueSchema,
    AnnotationQueuesQueryReq,
    AnnotationQueueUpdateBody,
)
from weft.storage.entities.queues import SORTABLE, Queue
from weft.storage.stores import Stores


def create_queue(stores: Stores, project: Project, user: User, body: AnnotationQueueCreateReq) -> str:
    """Make a queue and return its id; names need not differ."""
    moment = now()
    queue = Queue(
        id=ids.new_id(),
        project_id=project.id,
        name=storable(body.name, "name"),
        description=storable(body.description, "description"),
        scorer_refs=[storable(ref, "scorer_refs") for ref in body.scorer_refs],
        created_at=moment,
        created_by=user.id,
        updated_at=moment,
    )
    stores.queues.create(queue)
    return queue.id


def read_queue(stores: Stores, project: Project, queue_id: str) -> AnnotationQueueSchema:
    """A live queue. Raises NotFound."""
    queue = stores.queues.find(project.id, queue_id)
    if queue is None:
        raise NotFound(f"Annotation queue {queue_id[:200]} not found")
    return _shown(queue, project)


def query_queues(stores: Stores, project: Project, body: AnnotationQueuesQueryReq) -> list[AnnotationQueueSchema]:
    """The live queues of a project; sort fields that do not exist are ignored. Raises InvalidRequest."""
    for name, value in (("limit", body.limit), ("offset", body.offset)):
        if value is not None and value < 0:
            raise InvalidRequest(f"{name} cannot be negative")
    sort = [(item.field, item.direction) for item in body.sort_by or [] if item.field in SORTABLE]
    found = stores.queues.select(project.id, name=body.name, sort=sort, limit=body.limit, offset=body.offset or 0)
    return [_shown(queue, project) for queue in found]


def update_queue(
    stores: Stores, project: Project, queue_id: str, body: AnnotationQueueUpdateBody
) -> AnnotationQueueSchema:
    """Change what the body gives and note when; a body that gives nothing changes nothing. Raises NotFound."""
    values: dict[str, Any] = {}
    if body.name is not None:
        values["name"] = storable(body.name, "name")
    if body.description is not None:
        values["description"] = storable(body.description, "description")
    if body.scorer_refs is not None:
        values["scorer_refs"] = [storable(ref, "scorer_refs") for ref in body.scorer_refs]
    if not values:
        return read_queue(stores, project, queue_id)
    return _shown(stores.queues.change(project.id, queue_id, {**values, "updated_at": now()}), project)


def delete_queue(stores: Stores, project: Project, queue_id: str) -> AnnotationQueueSchema:
    """Delete a queue. Raises NotFound, also the second time."""
    moment = now()
    values = {"deleted_at": moment, "updated_at": moment}
    return _shown(stores.queues.change(project.id, queue_id, values), project)


def _shown(queue: Queue, project: Project) -> AnnotationQueueSchema:
    return AnnotationQueueSchema(
        id=queue.id,
        project_id=project.external,
        name=queue.name,
        description=queue.description,
        scorer_refs=queue.scorer_refs,
        created_at=queue.created_at,
        created_by=queue.created_by,
        updated_at=queue.updated_at,
        deleted_at=queue.deleted_at,
    )
