"""Feedback on agents: what is said about a conversation, its turns and their spans, found by the refs of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from weft.core.refs import INTERNAL, AgentRef
from weft.schemas.agent_chats import AgentChatFeedback, AgentChatMessage
from weft.storage.events.feedback import Feedback
from weft.storage.stores import Stores

Target = tuple[Literal["agent_conversation", "agent_turn", "agent_span"], str]
"""A kind of ref and the id in it."""

_REFS_A_QUERY = 4000


def feedback_on(stores: Stores, project_id: str, targets: Iterable[Target]) -> dict[Target, list[AgentChatFeedback]]:
    """What was said about each target, oldest first; targets without feedback are absent."""
    targets_by_ref: dict[str, Target] = {}
    for kind, target_id in targets:
        targets_by_ref[AgentRef(project_id, kind, target_id).uri()] = kind, target_id
        # Not every client escapes the ids it writes into refs.
        targets_by_ref.setdefault(f"{INTERNAL}{project_id}/{kind}/{target_id}", (kind, target_id))
    refs = list(targets_by_ref)
    found: dict[Target, list[AgentChatFeedback]] = {}
    for start in range(0, len(refs), _REFS_A_QUERY):
        for row in stores.feedback.on_refs(project_id, refs[start : start + _REFS_A_QUERY]):
            found.setdefault(targets_by_ref[row.weave_ref], []).append(_shown(row))
    return found


def attach(
    messages: Sequence[AgentChatMessage],
    merged: Mapping[str, AgentChatMessage],
    feedback: Mapping[Target, list[AgentChatFeedback]],
) -> None:
    """Put feedback on the messages of the spans it is about; `merged` are spans that another's message speaks for."""
    also: dict[int, list[str]] = {}
    for span_id, message in merged.items():
        also.setdefault(id(message), []).append(span_id)
    for message in messages:
        spans = [message.span_id] if message.span_id else []
        spans += also.get(id(message), [])
        message.feedback = [row for span_id in spans for row in feedback.get(("agent_span", span_id), ())]


def _shown(row: Feedback) -> AgentChatFeedback:
    return AgentChatFeedback(
        id=row.id,
        feedback_type=row.feedback_type,
        weave_ref=row.weave_ref,
        payload=row.payload,
        creator=row.creator or None,
        created_at=row.created_at,
        wb_user_id=row.wb_user_id or None,
        runnable_ref=row.runnable_ref or None,
        call_ref=row.call_ref or None,
        trigger_ref=row.trigger_ref or None,
        annotation_ref=row.annotation_ref or None,
        scorer_tags=row.scorer_tags,
        scorer_tag_reasons=row.scorer_tag_reasons,
        scorer_tag_confidences=row.scorer_tag_confidences,
        scorer_ratings=row.scorer_ratings,
        scorer_rating_reasons=row.scorer_rating_reasons,
        scorer_rating_confidences=row.scorer_rating_confidences,
    )
