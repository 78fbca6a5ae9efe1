"""Structured logs: events with ids, never payloads. Whatever an exception says may quote one, so it is not written.

Of an exception its type and place are told, and its words only where they are about the world: a store that cannot
be reached, a file that cannot be opened. What libraries log goes through the same door.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal

import structlog

from weft.core.errors import QueryTimeout, Unavailable

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["console", "json"]

_SOURCES = Path(__file__).resolve().parents[2]
_DEEPEST_CHAIN = 5
# Marks an exception that was logged, for those through whose hands it passes next.
_TOLD = "_weft_logged"

# The ids of what is being done. One dictionary a request or batch, so that what a thread adds is known outside of it.
_context: ContextVar[dict[str, object] | None] = ContextVar("log_context", default=None)


def configure_logging(level: Level = "info", log_format: Format = "console") -> None:
    """Send events to standard error, as text for people or as JSON lines for machines."""
    console = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    shared: list[Any] = [
        _with_context,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler()
    handler.addFilter(_not_told_yet)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _without_arguments],
            use_get_message=False,
            pass_foreign_args=True,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer() if log_format == "json" else console,
            ],
        )
    )
    logging.root.handlers[:] = [handler]
    # On finer levels HTTP clients log addresses and headers.
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("weft").setLevel(logging.DEBUG)
    threading.excepthook = _thread_died


def log_failure(event: str, error: BaseException, **ids: object) -> None:
    """An error nobody upstream caused; with its place, without any payload."""
    structlog.get_logger("weft").error(event, exc_info=error, **ids)
    # Exceptions with slots cannot be marked, and are then told twice.
    with suppress(AttributeError):
        setattr(error, _TOLD, True)


def log_trouble(event: str, error: BaseException, **ids: object) -> None:
    """Something that is expected to go wrong at times, and passes; in the words of a failure, but no error."""
    structlog.get_logger("weft").warning(event, exc_info=error, **ids)


def log_event(event: str, **ids: object) -> None:
    """Something an operator may want to know."""
    structlog.get_logger("weft").info(event, **ids)


@contextmanager
def log_context(**ids: object) -> Iterator[None]:
    """Add these ids to every line logged inside, also by threads that are given this context."""
    token = _context.set({**(_context.get() or {}), **ids})
    try:
        yield
    finally:
        _context.reset(token)


def note(**ids: object) -> None:
    """Add ids to the lines of the context around, from now on; there may be none."""
    context = _context.get()
    if context is not None:
        context.update(ids)


def noted() -> Mapping[str, object]:
    """The ids of the context around."""
    return dict(_context.get() or {})


def described(error: BaseException) -> list[dict[str, object]]:
    """The exception and its causes without their words, the one that was raised last first."""
    told: list[dict[str, object]] = []
    current: BaseException | None = error
    while current is not None and len(told) < _DEEPEST_CHAIN:
        told.append(_one(current))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return told


def _one(error: BaseException) -> dict[str, object]:
    frames = [
        f"{_shortened(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    told: dict[str, object] = {"type": f"{type(error).__module__}.{type(error).__qualname__}", "at": frames[-8:]}
    if isinstance(error, Unavailable | QueryTimeout):
        told["reason"] = error.reason
    elif isinstance(error, OSError) and error.strerror:
        told["reason"] = error.strerror
    code = getattr(error, "code", None)
    if isinstance(code, int):
        told["code"] = code
    return told


def _shortened(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(_SOURCES):
        return path.relative_to(_SOURCES).as_posix()
    return "/".join(path.parts[-2:])


def _with_context(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in (_context.get() or {}).items():
        event.setdefault(name, value)
    return event


def _without_words(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = described(error)
    return event


def _without_arguments(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What a library wrote, as its constant text: the arguments of a message may be anything."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["event"] = str(record.msg)[:200] if event.pop("positional_args", None) else _constant(record)
        event["logger"] = record.name
    return event


def _constant(record: logging.LogRecord) -> str:
    # Without arguments the text may have been put together beforehand; uvicorn's own are known not to be.
    return str(record.msg).split("\n", 1)[0][:200] if record.name.startswith("uvicorn") else f"from {record.module}"


def _not_told_yet(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not getattr(error, _TOLD, False) or record.name == "weft"


def _thread_died(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        log_failure("thread_died", args.exc_value, thread=args.thread.name if args.thread else "")
