"""The scoring queue of a project, for whoever watches it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.list_params import stored_ref
from weft.core.identity import Role
from weft.domain import scoring_queue
from weft.schemas.scoring import ScoringTaskCountsQuery, ScoringTaskCountsRes
from weft.schemas.scoring_queue import ScoringQueueRes
from weft.storage.entities.ledger_tables import TaskFilter

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1/scoring", tags=["Scoring"])


@router.get("/queue")
def scoring_queue_read(project_id: str, access: Access, svc: Svc) -> ScoringQueueRes:
    """How many tasks of the project wait and how many have ended, how old the oldest is and how fast they end."""
    return scoring_queue.scoring_queue(svc.stores, access.project(project_id, Role.viewer))


@router.get("/task_counts")
def count_tasks(which: Annotated[ScoringTaskCountsQuery, Query()], access: Access, svc: Svc) -> ScoringTaskCountsRes:
    """Tasks by state, and the largest groups of them by state, scorer and reason: what failed, and why."""
    project = access.project(which.project_id, Role.viewer)
    trigger_ref = stored_ref(which.trigger_ref, access) or ""
    wanted = TaskFilter([project.id], job_id=which.job_id, trigger_ref=trigger_ref, asked_since=which.since)
    return scoring_queue.task_counts(svc.stores, wanted)
