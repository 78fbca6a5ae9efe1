"""Routes of scorers."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from weft.api.deps import CurrentUser, ProjectRead, ProjectWrite, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines, lines_of
from weft.api.v2.list_params import AskedDigests, AskedPage
from weft.api.v2.rendering import json_answer, json_line
from weft.domain import scorers
from weft.domain.object_resources import delete_versions, ref_of
from weft.schemas.ops import ObjectDeleteRes
from weft.schemas.scorers import ScorerCreateBody, ScorerCreateRes, ScorerReadRes

router = APIRouter(prefix="/v2/{entity}/{project}", route_class=WeftRoute, tags=["Scorers"])


@router.post("/scorers")
def scorer_create(body: ScorerCreateBody, project: ProjectWrite, user: CurrentUser, svc: Svc) -> ScorerCreateRes:
    """Publish a scorer."""
    made = scorers.create_scorer(svc.stores, project, user, body)
    return ScorerCreateRes(
        digest=made.digest, object_id=made.object_id, version_index=made.version_index, scorer=ref_of(made)
    )


@router.get("/scorers", response_class=StreamingResponse, responses=lines_of(ScorerReadRes))
def scorer_list(request: Request, project: ProjectRead, svc: Svc, page: AskedPage) -> StreamingResponse:
    """All versions of all scorers as JSON Lines."""
    return json_lines(request, map(json_line, scorers.list_scorers(svc.stores, project, page)))


@router.get("/scorers/{object_id}/versions/{digest}", response_model=ScorerReadRes)
def scorer_read(object_id: str, digest: str, project: ProjectRead, svc: Svc) -> Response:
    """One version of a scorer, by digest, `vN`, `latest` or another alias."""
    return json_answer(scorers.read_scorer(svc.stores, project, object_id, digest))


@router.delete("/scorers/{object_id}")
def scorer_delete(object_id: str, project: ProjectWrite, svc: Svc, digests: AskedDigests) -> ObjectDeleteRes:
    """Delete versions of a scorer, or all of them."""
    count = delete_versions(svc.stores, project, "Scorer", object_id, digests)
    return ObjectDeleteRes(num_deleted=count)
