"""The application: services, routers, middleware, the scoring worker, the sweeper and the built UI, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI

from weft import __version__
from weft.api.errors import install_error_handlers
from weft.api.middleware import BodyLimit, PathSpelling, RequestId
from weft.api.openapi import install_openapi
from weft.api.router import routers
from weft.domain.retention import RetentionSweeper
from weft.scoring.worker import ScoringWorker
from weft.services import Services, build_services
from weft.settings import Settings


def create_app(settings: Settings, services: Services | None = None) -> FastAPI:
    """The ASGI application. Opens the stores (unless given) now and closes them when it shuts down."""
    opened = services or build_services(settings)
    worker = ScoringWorker(opened.stores, settings, opened.metrics)
    sweeper = RetentionSweeper(opened.stores, settings.retention_sweep_seconds, settings.retention_grace_seconds)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # Routes wait for disks, not for processors: many may wait at once.
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        if settings.scoring_worker:
            worker.start()
        sweeper.start()
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(worker.stop)
            await anyio.to_thread.run_sync(sweeper.stop)
            await anyio.to_thread.run_sync(opened.close)

    app = FastAPI(
        title="Weft",
        version=__version__,
        lifespan=lifespan,
        # FastAPI's own page loads its scripts from elsewhere; ours is part of the web UI.
        docs_url=None,
        redoc_url=None,
    )
    _with_routes(app)
    app.state.services = opened
    app.state.worker = worker
    install_error_handlers(app)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes, upload_limit=settings.max_upload_bytes)
    app.add_middleware(RequestId)
    app.add_middleware(PathSpelling)
    return app


def openapi_document() -> dict[str, Any]:
    """The API's description; needs no store and no running server."""
    return _with_routes(FastAPI(title="Weft", version=__version__)).openapi()


def _with_routes(app: FastAPI) -> FastAPI:
    for router in routers():
        # Flat, so that everything that walks the routes (our OpenAPI, the door test) sees each of them.
        app.router.routes.extend(router.routes)
    install_openapi(app)
    return app
