"""Listing threads. What a thread is made of, storage/events/threads.py knows."""

from __future__ import annotations

from weft.core.identity import Project
from weft.schemas.threads import ThreadSchema, ThreadsQueryFilter, ThreadsQueryReq
from weft.storage.events.threads import ThreadSelection, select_threads
from weft.storage.stores import Stores


def query_threads(stores: Stores, project: Project, body: ThreadsQueryReq) -> list[ThreadSchema]:
    """The threads asked for. Raises InvalidRequest."""
    wanted = body.filter or ThreadsQueryFilter()
    selection = ThreadSelection(
        project_id=project.id,
        thread_ids=wanted.thread_ids or (),
        after=wanted.after_datetime,
        before=wanted.before_datetime,
        sort=[(key.field, key.direction) for key in body.sort_by or ()],
        limit=body.limit,
        offset=body.offset or 0,
    )
    return [ThreadSchema(**row) for row in select_threads(stores.calls.engine, selection)]
