"""The scoring queue of a project, for whoever watches it."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import scoring_queue
from weft.schemas.scoring_queue import ScoringQueueRes

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1/scoring", tags=["Scoring"])


@router.get("/queue")
def scoring_queue_read(project_id: str, access: Access, svc: Svc) -> ScoringQueueRes:
    """How many tasks of the project wait and how many have ended, how old the oldest is and how fast they end."""
    return scoring_queue.scoring_queue(svc.stores, access.project(project_id, Role.viewer))
