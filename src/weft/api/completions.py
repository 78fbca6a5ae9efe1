"""Chat completions through the server, whole and streamed. A failure is answered with 200 and `error` inside."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import live_json_lines
from weft.api.v2.rendering import json_answer
from weft.core import jsontext
from weft.core.identity import Role
from weft.domain import completions
from weft.schemas.completions import CompletionsCreateReq, CompletionsCreateRes

router = APIRouter(route_class=WeftRoute, tags=["Completions"])


@router.post("/completions/create", response_model=CompletionsCreateRes)
def completions_create(body: CompletionsCreateReq, access: Access, svc: Svc) -> Response:
    """Ask a model, with the project's keys or the operator's."""
    project = access.project(body.project_id, Role.member)
    return json_answer(completions.create_completion(svc.stores, svc.llm, svc.providers, project, access.user, body))


@router.post("/completions/create_stream", response_model=None)
def completions_create_stream(
    request: Request, body: CompletionsCreateReq, access: Access, svc: Svc
) -> StreamingResponse:
    """Ask a model and pass its answer on as it comes, chunk by chunk."""
    project = access.project(body.project_id, Role.member)
    chunks = completions.stream_completion(svc.stores, svc.llm, svc.providers, project, access.user, body)
    return live_json_lines(request, (jsontext.dumps_finite(chunk).encode() for chunk in chunks))
