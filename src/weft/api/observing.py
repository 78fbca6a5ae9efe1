"""Every request as seen from outside: counted, timed, traced and (on demand) logged, by the template of its route."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from weft.core.logging import log_event, noted
from weft.core.metrics import HttpMetrics
from weft.core.tracing import Span, Tracing

UNMATCHED = "unmatched"
"""Stands for everything that no route is for; its paths are whatever strangers send."""

# Probes say nothing about use, and traces of traces would never end.
_PROBES = frozenset({"/health", "/ready", "/metrics"})
_UNTRACED = _PROBES | {"/v1/traces", "/otel/v1/traces", "/agents/otel/v1/traces"}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNANSWERED = 500


def route_of(scope: Scope) -> str:
    """The template of the route that a request matched."""
    return str(getattr(scope.get("route"), "path", UNMATCHED))


class Observed:
    """Watch requests from their first byte to the last of their answers."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics, tracing: Tracing, log: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._tracing = tracing
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._tracing.on and scope["path"] not in _UNTRACED:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            with self._tracing.request(str(scope["method"]), headers) as span:
                await self._counted(scope, receive, send, span)
        else:
            await self._counted(scope, receive, send, None)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, span: Span | None) -> None:
        began = time.perf_counter()
        # What the server answers when nothing was: it failed on the way.
        status = _UNANSWERED

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if scope["app"].state.draining:
                    # The client's next request should find another server.
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        self._metrics.in_progress.inc()
        try:
            await self._app(scope, receive, watched)
        finally:
            self._metrics.in_progress.dec()
            self._tell(scope, status, time.perf_counter() - began, span)

    def _tell(self, scope: Scope, status: int, seconds: float, span: Span | None) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = route_of(scope)
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
        if span is not None:
            span.update_name(f"{method} {route}")
            for name, value in (("http.request.method", method), ("http.route", route)):
                span.set_attribute(name, value)
            for name, noted_value in noted().items():
                span.set_attribute(f"weft.{name}", str(noted_value))
            self._tracing.answered(span, status)
        if self._log and route not in _PROBES:
            log_event("request", method=method, route=route, status=status, seconds=round(seconds, 4))
