"""The applications: services, routers, middleware, the scoring worker, the relay, the sweeper and the built UI, put
together; and the small one by which a worker of its own shows its health."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI

from weft import __version__
from weft.api.errors import install_error_handlers
from weft.api.middleware import BodyLimit, PathSpelling, RequestId
from weft.api.observing import Observed
from weft.api.openapi import install_openapi
from weft.api.router import health_routes, routers
from weft.domain.retention import RetentionSweeper
from weft.scoring.transport.relay import Relay
from weft.scoring.worker import ScoringWorker
from weft.services import Services, build_services
from weft.settings import Settings


def create_app(settings: Settings, services: Services | None = None) -> FastAPI:
    """The ASGI application. Opens the stores (unless given) now and closes them when it shuts down."""
    opened = services or build_services(settings)
    worker = ScoringWorker(opened.stores, settings, opened.metrics, opened.tracing)
    relay = Relay(opened.stores, settings) if settings.kafka_brokers is not None else None
    sweeper = RetentionSweeper(opened.stores, settings.retention_sweep_seconds, settings.retention_grace_seconds)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # Routes wait for disks, not for processors: many may wait at once.
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        if settings.scoring_worker:
            worker.start()
        if relay is not None:
            relay.start()
        sweeper.start()
        try:
            yield
        finally:
            if relay is not None:
                await anyio.to_thread.run_sync(relay.stop)
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
    app.state.relay = relay
    app.state.draining = False
    install_error_handlers(app)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes, upload_limit=settings.max_upload_bytes)
    app.add_middleware(Observed, metrics=opened.metrics.http, tracing=opened.tracing, log=settings.access_log)
    app.add_middleware(RequestId)
    app.add_middleware(PathSpelling)
    return app


def create_worker_app(settings: Settings, services: Services | None = None) -> FastAPI:
    """A worker of its own, and the routes that show its health; it works while the application lives."""
    opened = services or build_services(settings)
    worker = ScoringWorker(opened.stores, settings, opened.metrics, opened.tracing)
    relay = Relay(opened.stores, settings) if settings.kafka_brokers is not None else None

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        worker.start()
        if relay is not None:
            relay.start()
        try:
            yield
        finally:
            if relay is not None:
                await anyio.to_thread.run_sync(relay.stop)
            await anyio.to_thread.run_sync(worker.stop)
            await anyio.to_thread.run_sync(opened.close)

    app = FastAPI(title="Weft worker", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.router.routes.extend(health_routes())
    app.state.services = opened
    app.state.worker = worker
    app.state.relay = relay
    app.state.draining = False
    install_error_handlers(app)
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
