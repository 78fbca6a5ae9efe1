"""Structured logs: events with ids, never payloads."""

from __future__ import annotations

import logging

import structlog


def configure_logging(level: str = "info", json_lines: bool = False) -> None:
    """Send structlog events to standard error, as text for people or as JSON lines for machines."""
    # The default console traceback shows local variables, which hold payloads.
    console = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    renderer = structlog.processors.JSONRenderer() if json_lines else console
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if json_lines else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(),
    )


def log_failure(event: str, error: BaseException, **ids: object) -> None:
    """An error nobody upstream caused; with its traceback, without any payload."""
    structlog.get_logger("weft").error(event, exc_info=error, **ids)


def log_event(event: str, **ids: object) -> None:
    """Something an operator may want to know."""
    structlog.get_logger("weft").info(event, **ids)
