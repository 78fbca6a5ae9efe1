"""Feedback on calls, objects and agents: create, batch, replace, query, purge. Statistics come later."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.core.identity import Role
from weft.domain import feedback
from weft.schemas.feedback import (
    FeedbackCreateBatchReq,
    FeedbackCreateBatchRes,
    FeedbackCreateReq,
    FeedbackCreateRes,
    FeedbackPurgeReq,
    FeedbackPurgeRes,
    FeedbackQueryReq,
    FeedbackQueryRes,
    FeedbackReplaceReq,
)

router = APIRouter(route_class=WeftRoute, tags=["Feedback"])


@router.post("/feedback/create", response_model=FeedbackCreateRes)
def feedback_create(request: Request, body: FeedbackCreateReq, access: Access, svc: Svc) -> Response:
    """Store one feedback; unknown keys are refused."""
    project = access.project(body.project_id, Role.annotator)
    return json_answer(feedback.create_feedback(svc.stores, project, access.user, body, repeated=_is_repeated(request)))


@router.post("/feedback/batch/create", response_model=FeedbackCreateBatchRes)
def feedback_create_batch(request: Request, body: FeedbackCreateBatchReq, access: Access, svc: Svc) -> Response:
    """Store many feedbacks, all or none; the same ids sent again change nothing."""
    created = feedback.create_feedback_batch(
        svc.stores,
        lambda external: access.project(external, Role.annotator),
        access.user,
        body.batch,
        repeated=_is_repeated(request),
    )
    return json_answer(FeedbackCreateBatchRes(res=created))


@router.post("/feedback/replace", response_model=FeedbackCreateRes)
def feedback_replace(body: FeedbackReplaceReq, access: Access, svc: Svc) -> Response:
    """Put new feedback in the place of old, in one step."""
    project = access.project(body.project_id, Role.annotator)
    return json_answer(feedback.replace_feedback(svc.stores, project, access.user, body))


@router.post("/feedback/query", response_model=FeedbackQueryRes)
def feedback_query(body: FeedbackQueryReq, access: Access, svc: Svc) -> Response:
    """The feedback a query asks for, and how much there is in all."""
    project = access.project(body.project_id, Role.viewer)
    return json_answer(feedback.query_feedback(svc.stores, project, body))


@router.post("/feedback/purge")
def feedback_purge(body: FeedbackPurgeReq, access: Access, svc: Svc) -> FeedbackPurgeRes:
    """Remove feedback by its ids."""
    project = access.project(body.project_id, Role.annotator)
    feedback.purge_feedback(svc.stores, project, body)
    return FeedbackPurgeRes()


def _is_repeated(request: Request) -> bool:
    """Whether the client's own retry loop sends this request again."""
    return request.headers.get("x-stainless-retry-count", "0") != "0"
