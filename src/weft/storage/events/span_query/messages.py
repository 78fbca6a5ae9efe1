"""The spans of conversations in which the first and the last words may have been said, with their messages.

Which message it is, and what its text is, the domain decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from weft.storage.events.engine import EventsEngine
from weft.storage.events.span_query.groups import key_text
from weft.storage.events.span_query.scope import SpanScope, SpanSource

# A tool call has no words, so one candidate is not enough; more than a few in a row are rare.
_CANDIDATES = 4


@dataclass(frozen=True, slots=True)
class SpanMessages:
    """Messages of a span, as JSON texts; empty ones are none."""

    input: str
    output: str


@dataclass(slots=True)
class Words:
    """The spans with messages that began first, and those that ended last, nearest first."""

    first: list[SpanMessages] = field(default_factory=list)
    last: list[SpanMessages] = field(default_factory=list)


def conversation_words(engine: EventsEngine, scope: SpanScope, conversations: Sequence[str]) -> dict[str, Words]:
    """The words of each of the conversations that has any; they are named by the texts of their keys."""
    source = SpanSource(engine, scope)
    key = key_text(source.fields.column("conversation_id"))
    began = "toUnixTimestamp64Micro(s.started_at)"
    # A span that has not ended counts from its start.
    ended = f"-greatest({began}, toUnixTimestamp64Micro(s.ended_at))"
    candidates = [
        f"groupArraySorted({_CANDIDATES})(({moment}, s.trace_id, s.span_id)) AS {name}"
        for name, moment in (("first", began), ("last", ended))
    ]
    # Two characters are an empty list.
    sql = f"""SELECT {key} AS conversation, {", ".join(candidates)} FROM {source.from_sql()}
        WHERE {source.where} AND (s.input_messages.size > 2 OR s.output_messages.size > 2)
          AND {key} IN {source.parameters.texts(conversations)} GROUP BY conversation"""
    rows = source.query(sql)
    wanted = {(trace, span) for row in rows for side in ("first", "last") for _, trace, span in map(_parts, row[side])}
    messages = _messages(source, sorted(wanted)) if wanted else {}
    return {
        row["conversation"]: Words(
            *([messages[key] for key in map(_key, row[side]) if key in messages] for side in ("first", "last"))
        )
        for row in rows
    }


def _messages(source: SpanSource, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], SpanMessages]:
    traces = source.parameters.texts(sorted({trace for trace, _ in keys}))
    sql = f"""SELECT s.trace_id AS trace, s.span_id AS span, s.input_messages AS input, s.output_messages AS output
        FROM spans AS s FINAL WHERE s.project_id = {{project_id:String}} AND s.deleted = 0
          AND s.trace_id IN {traces} AND (s.trace_id, s.span_id) IN {source.parameters.pairs(keys)}"""
    return {(row["trace"], row["span"]): SpanMessages(row["input"], row["output"]) for row in source.query(sql)}


def _parts(found: object) -> tuple[int, str, str]:
    moment, trace, span = found if isinstance(found, list) else (0, "", "")
    return moment, trace, span


def _key(found: object) -> tuple[str, str]:
    _, trace, span = _parts(found)
    return trace, span
