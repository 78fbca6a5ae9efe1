"""Chat views of agents: a trace, or the traces of a conversation, as messages. How a trace is told is chat_*.py's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weft.core.identity import Project
from weft.domain.chat_cards import fill_cards
from weft.domain.chat_feedback import Target, attach, feedback_on
from weft.domain.chat_messages import duration_ms, status_of
from weft.domain.chat_timeline import Timeline, build_timeline
from weft.domain.chat_tree import ChatTree, build_tree, leading_span
from weft.domain.prices import price_source
from weft.domain.span_costs import SpanPrices
from weft.domain.storable_text import storable
from weft.schemas.agent_chats import (
    AgentChatFeedback,
    AgentConversationChatReq,
    AgentConversationChatRes,
    AgentTraceChatReq,
    AgentTraceChatRes,
)
from weft.storage.events.chat_spans import ChatSpan, card_texts, chat_spans
from weft.storage.events.conversations import find_conversation
from weft.storage.stores import Stores


def trace_chat(stores: Stores, project: Project, body: AgentTraceChatReq) -> AgentTraceChatRes:
    """The chat of one trace; an unknown trace has no messages. Raises InvalidRequest for an id none can have."""
    chats = _Chats(stores, project, with_requests=body.include_model_tool_calls)
    [turn] = chats.turns([storable(body.trace_id, "trace_id")])
    if body.include_feedback:
        _add_feedback(stores, project, [turn], chats.timelines)
    return turn


def conversation_chat(stores: Stores, project: Project, body: AgentConversationChatReq) -> AgentConversationChatRes:
    """A page of a conversation's turns, counted from the newest, in the order in which they were held.

    Raises InvalidRequest for an id that no conversation can have.
    """
    storable(body.conversation_id, "conversation_id")
    conversation = find_conversation(stores.spans.engine, project.id, body.conversation_id)
    page = conversation.trace_ids[body.offset : body.offset + body.limit]
    chats = _Chats(stores, project, body.conversation_id, with_requests=body.include_model_tool_calls)
    answer = AgentConversationChatRes(
        conversation_id=body.conversation_id,
        turns=chats.turns(page[::-1]),
        total_turns=len(conversation.trace_ids),
        has_more=body.offset + len(page) < len(conversation.trace_ids),
        limit=body.limit,
        offset=body.offset,
        total_cost_usd=chats.prices.total(conversation.usage),
    )
    if body.include_feedback:
        target: Target = ("agent_conversation", body.conversation_id)
        answer.feedback = _add_feedback(stores, project, answer.turns, chats.timelines, target)
    return answer


class _Chats:
    """Traces of a project as turns; of a conversation only the spans that are not another's."""

    def __init__(
        self, stores: Stores, project: Project, conversation_id: str | None = None, *, with_requests: bool
    ) -> None:
        self.prices = SpanPrices(price_source(stores, project.id))
        self.timelines: dict[str, Timeline] = {}
        self._engine = stores.spans.engine
        self._project_id = project.id
        self._conversation_id = conversation_id
        self._with_requests = with_requests

    def turns(self, trace_ids: Sequence[str]) -> list[AgentTraceChatRes]:
        """One turn per trace, in the order given."""
        if not trace_ids:
            return []
        spans = chat_spans(self._engine, self._project_id, trace_ids, self._conversation_id)
        turns = [self._turn(trace_id, spans.get(trace_id, ())) for trace_id in trace_ids]
        wanted = [item for timeline in self.timelines.values() for item in timeline.wanted]
        fill_cards(wanted, card_texts(self._engine, self._project_id, {item.span for item in wanted}))
        return turns

    def _turn(self, trace_id: str, spans: Sequence[ChatSpan]) -> AgentTraceChatRes:
        tree = build_tree(spans)
        timeline = build_timeline(tree, self.prices, with_requests=self._with_requests)
        self.timelines[trace_id] = timeline
        turn = AgentTraceChatRes(trace_id=trace_id, total_cost_usd=self.prices.total(tree.spans))
        turn.messages = timeline.messages
        _add_facts(turn, tree)
        return turn


def _add_facts(turn: AgentTraceChatRes, tree: ChatTree) -> None:
    turn.total_input_tokens = sum(span.input_tokens for span in tree.spans)
    turn.total_output_tokens = sum(span.output_tokens for span in tree.spans)
    turn.total_reasoning_tokens = sum(span.reasoning_tokens for span in tree.spans)
    turn.total_cache_creation_input_tokens = sum(span.cache_creation_input_tokens for span in tree.spans)
    turn.total_cache_read_input_tokens = sum(span.cache_read_input_tokens for span in tree.spans)
    leading = leading_span(tree.spans)
    if leading is not None:
        turn.root_span_name = leading.agent_name or leading.span_name or None
        turn.agent_name = leading.agent_name or None
        turn.agent_version = leading.agent_version or None
        turn.status_code = status_of(leading)
        turn.provider = leading.provider_name or None
        turn.started_at = leading.started_at
        turn.ended_at = leading.ended_at
        turn.wb_user_id = leading.wb_user_id or None
        turn.total_duration_ms = duration_ms(leading)


def _add_feedback(
    stores: Stores,
    project: Project,
    turns: Sequence[AgentTraceChatRes],
    timelines: Mapping[str, Timeline],
    conversation: Target | None = None,
) -> list[AgentChatFeedback] | None:
    """Put feedback on turns and messages; answers that on the conversation, if one is given."""
    targets: list[Target] = [] if conversation is None else [conversation]
    for turn in turns:
        targets.append(("agent_turn", turn.trace_id))
        targets += [("agent_span", message.span_id) for message in turn.messages if message.span_id]
        targets += [("agent_span", span_id) for span_id in timelines[turn.trace_id].merged]
    found = feedback_on(stores, project.id, targets)
    for turn in turns:
        turn.feedback = found.get(("agent_turn", turn.trace_id), [])
        attach(turn.messages, timelines[turn.trace_id].merged, found)
    return None if conversation is None else found.get(conversation, [])
