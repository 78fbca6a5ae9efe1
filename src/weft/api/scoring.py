"""The route that asks for scores of stored calls. Following what comes of it is api/weft/scoring.py's."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import scoring
from weft.schemas.scoring import CallsScoreReq, CallsScoreRes

router = APIRouter(route_class=WeftRoute, tags=["Scores"])


@router.post("/calls/score")
def calls_score(body: CallsScoreReq, access: Access, svc: Svc) -> CallsScoreRes:
    """Queue the scoring of stored calls; the answer comes when every task is committed."""
    access.project(body.project_id, Role.viewer)
    project = access.project(body.project_id, Role.member)
    attempts = svc.settings.scoring_max_attempts
    scoring.request_scores(svc.stores, project, access.user, body, access.may_use, attempts)
    return CallsScoreRes()
