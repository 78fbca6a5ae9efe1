"""Lists of feedback that stay small whatever the feedback holds, and who gave it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.core.identity import Role
from weft.domain import feedback_previews as previews
from weft.schemas.feedback_previews import FeedbackAnnotatorsRes, FeedbackPreviewsReq, FeedbackPreviewsRes

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1/feedback", tags=["Feedback"])


@router.post("/previews", response_model=FeedbackPreviewsRes)
def feedback_previews(body: FeedbackPreviewsReq, access: Access, svc: Svc) -> Response:
    """Feedback with what it says in short in place of its payload."""
    project = access.project(body.project_id, Role.viewer)
    return json_answer(previews.feedback_previews(svc.stores, project, access.user, body))


@router.get("/annotators")
def feedback_annotators(project_id: str, access: Access, svc: Svc, feedback_type: str = "") -> FeedbackAnnotatorsRes:
    """Who gave feedback of a type, or any, and how much."""
    project = access.project(project_id, Role.viewer)
    return previews.feedback_annotators(svc.stores, project, access.user, feedback_type)
