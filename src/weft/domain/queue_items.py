"""What is in annotation queues: adding calls, lists, everybody's progress, handing out the next item, counts.

The queues themselves are queues.py's. That two people never get one item is seen to in storage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from weft.core import ids
from weft.core.clock import now
from weft.core.errors import InvalidRequest
from weft.core.identity import Project, User
from weft.domain.queues import read_queue
from weft.domain.storable_text import storable
from weft.schemas.queue_items import (
    AnnotationQueueAddCallsBody,
    AnnotationQueueAddCallsRes,
    AnnotationQueueItemSchema,
    AnnotationQueueItemsFilter,
    AnnotationQueueItemsQueryBody,
    AnnotationQueuesStatsReq,
    AnnotationQueueStatsSchema,
    AnnotationState,
    AnnotatorQueueItemsProgressUpdateBody,
    QueueAnnotator,
    QueueHeldItem,
    QueueNextReq,
    QueueNextRes,
    QueueWorkRes,
)
from weft.storage.entities.queue_items import (
    COMPLETED,
    IN_PROGRESS,
    SKIPPED,
    SORTABLE,
    STATES,
    ItemSelection,
    QueueItem,
)
from weft.storage.events.call_changes import Call
from weft.storage.events.call_queries import CallFilter, CallSelection
from weft.storage.events.query.filters import MAX_VALUES
from weft.storage.events.query.queue_membership import queues_in_query
from weft.storage.stores import Stores

LEASE = timedelta(minutes=30)
"""How long an item that somebody opened is given to nobody else."""

_REACHABLE = (IN_PROGRESS, COMPLETED, SKIPPED)
_MOST_HELD = 50
_SNAPSHOT = ("started_at", "ended_at", "op_name", "trace_id")


def add_calls(
    stores: Stores, project: Project, user: User, queue_id: str, body: AnnotationQueueAddCallsBody
) -> AnnotationQueueAddCallsRes:
    """Put calls into a queue, each once however often it is sent; calls that do not exist are left out.

    Raises NotFound for the queue and InvalidRequest for text that cannot be stored.
    """
    read_queue(stores, project, queue_id)
    fields = [storable(name, "display_fields") for name in body.display_fields]
    asked = list(dict.fromkeys(storable(call_id, "call_ids") for call_id in body.call_ids))
    known = stores.queue_items.present(project.id, queue_id, asked)
    calls = {call.id: call for call in _calls(stores, project, [call_id for call_id in asked if call_id not in known])}
    moment = now()
    # Ids that sort like the request keep its order among items added at the same moment.
    new_ids = sorted(ids.new_id() for _ in calls)
    found = [calls[call_id] for call_id in asked if call_id in calls]
    items = [
        QueueItem(
            id=item_id,
            project_id=project.id,
            queue_id=queue_id,
            call_id=call.id,
            call_started_at=call.started_at,
            call_ended_at=call.ended_at,
            call_op_name=call.op_name,
            call_trace_id=call.trace_id,
            display_fields=fields,
            added_by=user.id,
            created_at=moment,
            updated_at=moment,
        )
        for item_id, call in zip(new_ids, found, strict=True)
    ]
    added = stores.queue_items.add(project.id, queue_id, items)
    # What somebody else added in the meantime was there already too.
    return AnnotationQueueAddCallsRes(added_count=added, duplicates=len(known) + len(items) - added)


def query_items(
    stores: Stores, project: Project, queue_id: str, body: AnnotationQueueItemsQueryBody
) -> list[AnnotationQueueItemSchema]:
    """The items of a queue; sort fields that do not exist are ignored. Raises NotFound and InvalidRequest."""
    for name, value in (("limit", body.limit), ("offset", body.offset)):
        if value is not None and value < 0:
            raise InvalidRequest(f"{name} cannot be negative")
    read_queue(stores, project, queue_id)
    wanted = body.filter or AnnotationQueueItemsFilter()
    equal = wanted.model_dump(exclude={"annotation_states"}, exclude_none=True)
    selection = ItemSelection(
        project_id=project.id,
        queue_id=queue_id,
        equal={name: storable(value, f"filter.{name}") for name, value in equal.items()},
        states=wanted.annotation_states or (),
        sort=[(key.field, key.direction) for key in body.sort_by or [] if key.field in SORTABLE],
        limit=body.limit,
        offset=body.offset or 0,
        positions=body.include_position,
    )
    return [_shown(item, project) for item in stores.queue_items.select(selection)]


def update_progress(
    stores: Stores,
    project: Project,
    user: User,
    path: tuple[str, str],
    body: AnnotatorQueueItemsProgressUpdateBody,
) -> AnnotationQueueItemSchema:
    """Record what the caller did with the item of that queue and id, and show it with the caller's state.

    Raises NotFound for the queue, InvalidRequest for an unknown item, an unknown state or a step back.
    """
    if body.annotation_state not in _REACHABLE:
        raise InvalidRequest(
            f"annotation_state must be one of {', '.join(_REACHABLE)}, not {body.annotation_state[:80]!r}"
        )
    moment = now()
    item = (project.id, *path)
    changed = stores.queue_progress.advance(item, user.id, body.annotation_state, moment, moment + LEASE)
    return _shown(changed, project)


def take_next(stores: Stores, project: Project, user: User, queue_id: str, body: QueueNextReq) -> QueueNextRes:
    """Give the caller the item he holds, else one that is open and held by nobody else. Raises NotFound."""
    moment = now()
    until = moment + timedelta(seconds=body.lease_seconds)
    taken = stores.queue_progress.take(project.id, queue_id, user.id, moment, until)
    item = None if taken.item is None else _shown(taken.item, project)
    return QueueNextRes(item=item, held_until=until if item else None, unfinished_items=taken.unfinished)


def take_back(stores: Stores, project: Project, user: User, queue_id: str, body: QueueNextReq) -> QueueNextRes:
    """Give the caller the item again that he finished last, to say something else of it. Raises NotFound."""
    moment = now()
    until = moment + timedelta(seconds=body.lease_seconds)
    taken = stores.queue_progress.take_back(project.id, queue_id, user.id, moment, until)
    # Somebody else may have finished it too; for the caller it is open.
    item = None if taken.item is None else _shown(replace(taken.item, state=IN_PROGRESS, annotator_id=user.id), project)
    return QueueNextRes(item=item, held_until=until if item else None, unfinished_items=taken.unfinished)


def queue_work(stores: Stores, project: Project, user: User, queue_id: str) -> QueueWorkRes:
    """How far a queue is, what everybody did, and who has which item now. Raises NotFound."""
    read_queue(stores, project, queue_id)
    work = stores.queue_progress.work(project.id, queue_id, now(), _MOST_HELD)
    ids_of_users = {*work.by_annotator, *(item.held_by for item in work.held)}
    # Without keys the only user is in no table.
    names = {user.id: user.username, **stores.keys.usernames(ids_of_users)}
    annotators = [
        QueueAnnotator(
            user_id=user_id,
            name=names.get(user_id, user_id),
            completed=states.get(COMPLETED, 0),
            skipped=states.get(SKIPPED, 0),
        )
        for user_id, states in work.by_annotator.items()
    ]
    held = [
        QueueHeldItem(
            item_id=item.id,
            call_id=item.call_id,
            user_id=item.held_by,
            name=names.get(item.held_by, item.held_by),
            held_until=item.held_until,
        )
        for item in work.held
        if item.held_until is not None
    ]
    return QueueWorkRes(
        you=user.id,
        total_items=sum(work.states.values()),
        states={cast(AnnotationState, state): work.states.get(state, 0) for state in STATES},
        annotators=sorted(annotators, key=lambda one: (-one.completed, -one.skipped, one.name)),
        held=held,
    )


def count_items(stores: Stores, project: Project, body: AnnotationQueuesStatsReq) -> list[AnnotationQueueStatsSchema]:
    """How far each queue is, in the order asked; a queue that does not exist has nothing in it."""
    asked = [storable(queue_id, "queue_ids") for queue_id in body.queue_ids]
    counts = stores.queue_items.counts(project.id, asked)
    return [_counted(queue_id, *counts.get(queue_id, (0, 0))) for queue_id in asked]


def queue_members(stores: Stores, project: Project, query: Mapping[str, Any] | None) -> dict[str, list[str]]:
    """For each queue a query of calls asks about: the ids of the calls in it; for `CallSelection.queue_members`."""
    if query is None:
        return {}
    asked = [queue_id for queue_id in queues_in_query(query) if _can_be_id(queue_id)]
    return {queue_id: stores.queue_items.members(project.id, queue_id) for queue_id in asked}


def _can_be_id(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _calls(stores: Stores, project: Project, call_ids: Sequence[str]) -> Iterator[Call]:
    for start in range(0, len(call_ids), MAX_VALUES):
        some = CallFilter(call_ids=call_ids[start : start + MAX_VALUES])
        yield from stores.call_queries.select(CallSelection(project.id, some, columns=_SNAPSHOT))


def _counted(queue_id: str, total: int, finished: int) -> AnnotationQueueStatsSchema:
    return AnnotationQueueStatsSchema(queue_id=queue_id, total_items=total, completed_items=finished)


def _shown(item: QueueItem, project: Project) -> AnnotationQueueItemSchema:
    return AnnotationQueueItemSchema(
        id=item.id,
        project_id=project.external,
        queue_id=item.queue_id,
        call_id=item.call_id,
        call_started_at=item.call_started_at,
        call_ended_at=item.call_ended_at,
        call_op_name=item.call_op_name,
        call_trace_id=item.call_trace_id,
        display_fields=item.display_fields,
        added_by=item.added_by,
        annotation_state=cast(AnnotationState, item.state),
        annotator_user_id=item.annotator_id,
        created_at=item.created_at,
        created_by=item.added_by,
        updated_at=item.updated_at,
        position_in_queue=item.position,
    )
