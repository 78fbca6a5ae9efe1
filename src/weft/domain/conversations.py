"""Conversations of agents in short: their spans, and the tags and ratings that were given to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from weft.core import jsontext
from weft.core.identity import Project
from weft.domain.feedback_payloads import AGENT_MONITOR, AGENT_USER_FEEDBACK
from weft.domain.storable_text import storable
from weft.schemas.conversations import AgentConversationSpansReq
from weft.storage.events.conversations import signals_of_conversations, spans_of_conversations
from weft.storage.events.time_range import TimeRange
from weft.storage.stores import Stores

_IDS_A_QUERY = 200


def conversation_spans(stores: Stores, project: Project, body: AgentConversationSpansReq) -> Iterator[bytes]:
    """Each conversation asked for as one JSON object, in the order of the request; an unknown one is empty.

    Ten thousand conversations with two hundred spans each are too many to hold as values. Raises InvalidRequest for
    an id that cannot be stored.
    """
    asked = [storable(conversation_id, "conversation_ids") for conversation_id in body.conversation_ids]
    times = TimeRange(body.started_after, body.started_before)
    engine = stores.spans.engine
    for start in range(0, len(asked), _IDS_A_QUERY):
        ids = asked[start : start + _IDS_A_QUERY]
        spans = spans_of_conversations(engine, project.id, ids, times)
        signals = signals_of_conversations(engine, project.id, ids, (AGENT_USER_FEEDBACK, AGENT_MONITOR))
        for conversation_id in ids:
            entry = {
                "conversation_id": conversation_id,
                "spans": spans.get(conversation_id, []),
                "spans_feedback": [_signal(row) for row in signals.get(conversation_id, ())],
            }
            yield jsontext.dumps(entry).encode()


def _signal(row: Mapping[str, Any]) -> dict[str, Any]:
    reasons, confidences = row["scorer_rating_reasons"], row["scorer_rating_confidences"]
    return {
        "trace_id": row["span_trace_id"] or None,
        "feedback_type": row["feedback_type"],
        "tags": row["scorer_tags"],
        "ratings": [
            {"name": name, "value": value, "reason": reasons.get(name), "confidence": confidences.get(name)}
            for name, value in row["scorer_ratings"].items()
        ],
    }
