"""`GET /metrics`: this process's metrics for Prometheus. What they are is core/metrics.py's."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from weft.api.auth import resolve_access
from weft.api.deps import Svc

router = APIRouter(tags=["Service"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request, svc: Svc) -> Response:
    """What this process counts, for Prometheus. Needs an administrator's key, unless `WEFT_METRICS_OPEN` is true."""
    if not svc.settings.metrics_open:
        (await resolve_access(request)).require_administrator()
    text, content_type = await run_in_threadpool(svc.metrics.render, request.headers.get("accept", ""))
    return Response(text, headers={"content-type": content_type})
