"""Statistics over feedback: agreement of two sources, and distributions of values."""

from __future__ import annotations

from fastapi import APIRouter, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.core.identity import Role
from weft.domain import feedback_agreement as agreement
from weft.domain import feedback_distributions as distributions
from weft.schemas.feedback_statistics import (
    FeedbackAgreementReq,
    FeedbackAgreementRes,
    FeedbackDistributionsReq,
    FeedbackDistributionsRes,
)

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1/feedback", tags=["Feedback"])


@router.post("/agreement", response_model=FeedbackAgreementRes)
def feedback_agreement(body: FeedbackAgreementReq, access: Access, svc: Svc) -> Response:
    """How far two sources of feedback agree about the same calls, beyond chance."""
    project = access.project(body.project_id, Role.viewer)
    return json_answer(agreement.feedback_agreement(svc.stores, project, body))


@router.post("/distributions", response_model=FeedbackDistributionsRes)
def feedback_distributions(body: FeedbackDistributionsReq, access: Access, svc: Svc) -> Response:
    """How much feedback there is of each type over time, and how the values of one type are distributed."""
    project = access.project(body.project_id, Role.viewer)
    return json_answer(distributions.feedback_distributions(svc.stores, project, body))
