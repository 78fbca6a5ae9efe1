"""Routes of monitors: which there are, back-fills over past calls, and why a call was scored or was not."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.list_params import stored_ref
from weft.core.identity import Role
from weft.domain import monitor_backfills, scoring
from weft.domain.scoring_explanation import explain_scoring
from weft.schemas.monitors import (
    MonitorBackfillItem,
    MonitorBackfillReq,
    MonitorBackfillsQuery,
    MonitorBackfillsRes,
    MonitorsRes,
)
from weft.schemas.scoring_explanation import ScoringExplanation, ScoringExplanationQuery

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1", tags=["Scoring"])


@router.get("/scoring/explain")
def explain(which: Annotated[ScoringExplanationQuery, Query()], access: Access, svc: Svc) -> ScoringExplanation:
    """Why a call was scored or was not, by every monitor or by one: decided anew now, not looked up in a log."""
    project = access.project(which.project_id, Role.viewer)
    monitor, scorer = stored_ref(which.monitor, access), stored_ref(which.scorer_ref, access)
    return explain_scoring(svc.stores, project, which.call_id, monitor, scorer)


@router.get("/monitors")
def list_monitors(project_id: str, access: Access, svc: Svc) -> MonitorsRes:
    """The latest version of every monitor of a project, and what is wrong with it."""
    project = access.project(project_id, Role.viewer)
    return MonitorsRes(monitors=monitor_backfills.list_monitors(svc.stores, project, access.user))


@router.post("/monitors/backfill")
def start_backfill(body: MonitorBackfillReq, access: Access, svc: Svc) -> MonitorBackfillItem:
    """Let a monitor look at past calls; the answer comes when the job is committed, and it survives restarts."""
    access.project(body.project_id, Role.viewer)
    project = access.project(body.project_id, Role.member)
    attempts = svc.settings.scoring_max_attempts
    return monitor_backfills.request_backfill(svc.stores, project, access.user, body, attempts)


@router.get("/monitors/backfills")
def list_backfills(which: Annotated[MonitorBackfillsQuery, Query()], access: Access, svc: Svc) -> MonitorBackfillsRes:
    """Back-fills of a project, newest first."""
    project = access.project(which.project_id, Role.viewer)
    return MonitorBackfillsRes(backfills=monitor_backfills.list_backfills(svc.stores, project, which.limit))


@router.get("/monitors/backfills/{backfill_id}")
def read_backfill(backfill_id: str, access: Access, svc: Svc) -> MonitorBackfillItem:
    """One back-fill: how far it is, and where its scores stand."""
    found = monitor_backfills.require_backfill(svc.stores, backfill_id, access.may_use)
    return monitor_backfills.backfill_item(svc.stores, found)


@router.post("/monitors/backfills/{backfill_id}/cancel")
def cancel_backfill(backfill_id: str, access: Access, svc: Svc) -> MonitorBackfillItem:
    """Let a back-fill walk no further; scores that it has asked for stay asked for."""
    found = monitor_backfills.require_backfill(svc.stores, backfill_id, access.may_use)
    access.project(scoring.project_of(svc.stores, found.project_id).external, Role.member)
    return monitor_backfills.cancel_backfill(svc.stores, found)
