"""What the stores tell of themselves when somebody scrapes, as readings of the families that metrics.py declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from weft.core.clock import now
from weft.core.scraping import Reading
from weft.storage.entities.backlog import BacklogReader, Line
from weft.storage.events.engine import EventsEngine
from weft.storage.events.parts import table_parts


def backlog_readings(reader: BacklogReader, publishes: bool) -> Iterator[Reading]:
    """What is waiting in the whole deployment; `publishes`: whether tasks go through a broker. Raises Unavailable."""
    at = now()
    backlog = reader.read(at)
    for labels, rows in backlog.depth.items():
        yield Reading("weft_scoring_queue_depth", rows, labels)
    yield Reading("weft_scoring_oldest_pending_seconds", _age(backlog.oldest_asked, at))
    yield Reading("weft_scoring_oldest_due_seconds", _age(backlog.oldest_due, at))
    yield from _line("ended_calls", backlog.ended_calls, at)
    if publishes:
        yield from _line("tasks", backlog.unpublished, at)


def parts_readings(engine: EventsEngine) -> Iterator[Reading]:
    """What the engine keeps of each table. Raises what the engine raises."""
    for found in table_parts(engine):
        yield Reading("weft_events_parts", found.parts, (found.table,))
        yield Reading("weft_events_rows", found.rows, (found.table,))
        yield Reading("weft_events_bytes", found.bytes, (found.table,))


def store_readings(problems: Mapping[str, str]) -> Iterator[Reading]:
    """Which stores answer, given why each does not."""
    for store, problem in problems.items():
        yield Reading("weft_store_up", 0 if problem else 1, (store,))


def _line(outbox: str, line: Line, at: datetime) -> Iterator[Reading]:
    yield Reading("weft_outbox_pending", line.rows, (outbox,))
    yield Reading("weft_outbox_oldest_seconds", _age(line.since, at), (outbox,))


def _age(since: datetime | None, at: datetime) -> float:
    return 0.0 if since is None else max(0.0, (at - since).total_seconds())
