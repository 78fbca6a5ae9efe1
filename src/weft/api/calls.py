"""Routes that write calls one project at a time, in the style of older clients."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.auth import Access as AccessValue
from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.errors import InvalidRequest
from weft.core.identity import Role
from weft.domain import calls
from weft.schemas.calls import (
    CallBatchEndMode,
    CallBatchStartMode,
    CallCreateBatchReq,
    CallCreateBatchRes,
    CallEndReq,
    CallEndRes,
    CallsDeleteReq,
    CallsDeleteRes,
    CallStartReq,
    CallStartRes,
    CallUpdateReq,
    CallUpdateRes,
)
from weft.storage.events.call_changes import EndCall, StartCall

router = APIRouter(route_class=WeftRoute, tags=["Calls"])


@router.post("/call/start")
def call_start(body: CallStartReq, access: Access, svc: Svc) -> CallStartRes:
    """Start a call; its end may come before or after."""
    project = access.project(body.start.project_id, Role.member)
    change = calls.start_change(project, access.user, body.start)
    calls.apply_changes(svc.stores, [change])
    return CallStartRes(id=change.call.id, trace_id=change.call.trace_id)


@router.post("/call/end")
def call_end(body: CallEndReq, access: Access, svc: Svc) -> CallEndRes:
    """End a call; an end without a start waits, unseen, for its start."""
    project = access.project(body.end.project_id, Role.member)
    calls.apply_changes(svc.stores, [calls.end_change(project, body.end)])
    return CallEndRes()


@router.post("/call/upsert_batch")
def call_start_batch(body: CallCreateBatchReq, access: Access, svc: Svc) -> CallCreateBatchRes:
    """Starts and ends in any order; all are stored or none."""
    changes = [_change(item, access) for item in body.batch]
    calls.apply_changes(svc.stores, changes)
    return CallCreateBatchRes(res=[_answer(change) for change in changes])


@router.post("/call/update")
def call_update(body: CallUpdateReq, access: Access, svc: Svc) -> CallUpdateRes:
    """Set a call's display name."""
    project = access.project(body.project_id, Role.member)
    calls.rename_call(svc.stores, project, body.call_id, body.display_name)
    return CallUpdateRes()


@router.post("/calls/delete")
def calls_delete(body: CallsDeleteReq, access: Access, svc: Svc) -> CallsDeleteRes:
    """Delete calls with all their descendants."""
    project = access.project(body.project_id, Role.member)
    return CallsDeleteRes(num_deleted=calls.delete_calls(svc.stores, project, body.call_ids))


def _change(item: CallBatchStartMode | CallBatchEndMode, access: AccessValue) -> StartCall | EndCall:
    if item.mode not in ("start", "end"):
        raise InvalidRequest(f"Unknown mode of a batch item: {item.mode[:80]!r}")
    if isinstance(item, CallBatchStartMode):
        return calls.start_change(access.project(item.req.start.project_id, Role.member), access.user, item.req.start)
    return calls.end_change(access.project(item.req.end.project_id, Role.member), item.req.end)


def _answer(change: StartCall | EndCall) -> CallStartRes | CallEndRes:
    if isinstance(change, StartCall):
        return CallStartRes(id=change.call.id, trace_id=change.call.trace_id)
    return CallEndRes()
