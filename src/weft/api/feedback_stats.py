"""Statistics over feedback: buckets of numbers, totals of tags and ratings, and what payloads hold."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import feedback_stats as statistics
from weft.schemas.feedback_stats import (
    FeedbackAggregateReq,
    FeedbackAggregateRes,
    FeedbackPayloadSchemaReq,
    FeedbackPayloadSchemaRes,
    FeedbackStatsReq,
    FeedbackStatsRes,
)

router = APIRouter(route_class=WeftRoute, tags=["Feedback"])


@router.post("/feedback/stats")
def feedback_stats(body: FeedbackStatsReq, access: Access, svc: Svc) -> FeedbackStatsRes:
    """Numbers from payloads per bucket of time, and over the whole window."""
    return statistics.feedback_stats(svc.stores, access.project(body.project_id, Role.viewer), body)


@router.post("/feedback/aggregate")
def feedback_aggregate(body: FeedbackAggregateReq, access: Access, svc: Svc) -> FeedbackAggregateRes:
    """How much feedback there is, with which tags and ratings, by time and group."""
    return statistics.aggregate_feedback(svc.stores, access.project(body.project_id, Role.viewer), body)


@router.post("/feedback/payload_schema")
def feedback_payload_schema(body: FeedbackPayloadSchemaReq, access: Access, svc: Svc) -> FeedbackPayloadSchemaRes:
    """The places in payloads that statistics can be asked for."""
    return statistics.payload_schema(svc.stores, access.project(body.project_id, Role.viewer), body)
