"""Traces of Weft itself, sent over OTLP/HTTP to wherever the operator keeps them; nothing at all unless asked for.

The OpenTelemetry SDK is an extra (`weft[otel]`) and imported when tracing is switched on. Spans carry ids, counts and
route templates, never payloads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from weft.core.errors import InvalidRequest

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

Attribute = str | int | float | bool

_PATH = "/v1/traces"
_EXPORT_SECONDS = 10
_SERVER_ERROR = 500


class Span(Protocol):
    """What is being traced."""

    def update_name(self, name: str, /) -> None:
        """Call it by another name."""

    def set_attribute(self, key: str, value: Attribute, /) -> None:
        """Say something about it."""


class _Nothing:
    def update_name(self, _name: str, /) -> None:
        return

    def set_attribute(self, _key: str, _value: Attribute, /) -> None:
        return


class Tracing:
    """Makes spans; this one makes none. `on` says whether it is worth telling anything."""

    on = False

    @contextmanager
    def span(self, _name: str, _attributes: Mapping[str, Attribute], /) -> Iterator[Span]:
        """Trace what is done inside."""
        yield _Nothing()

    @contextmanager
    def request(self, _name: str, _headers: Mapping[str, str], /) -> Iterator[Span]:
        """Trace an answer to a request, as a part of the caller's trace if its headers name one."""
        yield _Nothing()

    def answered(self, _span: Span, _status: int, /) -> None:
        """The request was answered with this status."""

    def close(self) -> None:
        """Send what has not been sent."""


class _Exporting(Tracing):
    on = True

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry import propagate, trace

        self._provider = provider
        self._trace = trace
        self._tracer = provider.get_tracer("weft")
        self._extract: Callable[[Mapping[str, str]], object] = propagate.extract

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, Attribute], /) -> Iterator[Span]:
        # The words of an exception may be a payload's.
        with self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            yield span

    @contextmanager
    def request(self, name: str, headers: Mapping[str, str], /) -> Iterator[Span]:
        with self._tracer.start_as_current_span(
            name,
            # The optional library is not there for the checker, so the context is an object to it.
            context=self._extract(headers),  # type: ignore[arg-type]
            kind=self._trace.SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield span

    def answered(self, span: Span, status: int, /) -> None:
        span.set_attribute("http.response.status_code", status)
        if status >= _SERVER_ERROR and isinstance(span, self._trace.Span):
            span.set_status(self._trace.StatusCode.ERROR)

    def close(self) -> None:
        self._provider.shutdown()


def open_tracing(
    endpoint: str | None, headers: Mapping[str, str], service: str, version: str, sample_rate: float
) -> Tracing:
    """Tracing to the OTLP/HTTP receiver at `endpoint` (without it: none). Raises InvalidRequest without the extra."""
    if endpoint is None:
        return Tracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
    except ModuleNotFoundError as error:
        raise InvalidRequest("Tracing Weft itself needs OpenTelemetry: install `weft[otel]`") from error
    resource = Resource.create({"service.name": service, "service.version": version})
    provider = TracerProvider(sampler=ParentBasedTraceIdRatio(sample_rate), resource=resource)
    url = endpoint if endpoint.endswith(_PATH) else endpoint.rstrip("/") + _PATH
    exporter = OTLPSpanExporter(endpoint=url, headers=dict(headers), timeout=_EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return _Exporting(provider)
