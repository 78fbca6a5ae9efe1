"""Cards of a chat: an agent begins, an agent's instructions change, its context was made shorter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from weft.domain.chat_messages import Speaker, message_of, status_of
from weft.schemas.agent_chats import AgentChatAgentStart, AgentChatContextCompacted, AgentChatMessage
from weft.storage.events.chat_spans import CardTexts, ChatSpan

SpanKey = tuple[str, str]
"""(trace id, span id)"""


@dataclass(frozen=True, slots=True)
class WantedTexts:
    """A card that shows long texts of a span, which are read once it is known which cards there are."""

    card: AgentChatAgentStart
    span: SpanKey
    instructions: bool
    tools: bool

    def fill(self, texts: CardTexts) -> None:
        """Put the texts on the card."""
        if self.instructions:
            self.card.system_instructions = "\n\n".join(texts.system_instructions) or None
        if self.tools:
            self.card.tool_definitions = texts.tool_definitions or None


class Cards:
    """Which cards a trace has shown so far: instructions are shown again only when they are others."""

    def __init__(self) -> None:
        self.wanted: list[WantedTexts] = []
        self._shown: dict[str, int] = {}
        # By agent: its last card without instructions, and whether tool definitions are on it.
        self._bare: dict[str, tuple[AgentChatAgentStart, bool]] = {}

    def agent_start(self, span: ChatSpan, speaker: Speaker) -> AgentChatMessage | None:
        """The card of an agent's span, None when it says nothing about the agent."""
        told = span.agent_name or span.agent_id or span.request_model
        if not (told or span.instructions_hash or span.has_tool_definitions):
            return None
        return self._begin(span, speaker)

    def instructions(self, span: ChatSpan, speaker: Speaker) -> AgentChatMessage | None:
        """The card of a model's span, None when it has no instructions or another card shows them."""
        if not span.instructions_hash:
            return None
        if speaker.name in self._bare:
            card, has_tools = self._bare[speaker.name]
            card.model = card.model or span.model or None
            self._want(card, span, speaker, tools=span.has_tool_definitions and not has_tools)
            return None
        if self._shown.get(speaker.name) == span.instructions_hash:
            return None
        return self._begin(span, speaker)

    def _begin(self, span: ChatSpan, speaker: Speaker) -> AgentChatMessage:
        card = AgentChatAgentStart(model=span.model or None, status=status_of(span))
        self._want(card, span, speaker, tools=span.has_tool_definitions)
        if not span.instructions_hash:
            self._bare[speaker.name] = card, span.has_tool_definitions
        return message_of("agent_start", span, speaker, card)

    def _want(self, card: AgentChatAgentStart, span: ChatSpan, speaker: Speaker, *, tools: bool) -> None:
        if span.instructions_hash:
            self._shown[speaker.name] = span.instructions_hash
            self._bare.pop(speaker.name, None)
        if span.instructions_hash or tools:
            key = (span.trace_id, span.span_id)
            self.wanted.append(WantedTexts(card, key, bool(span.instructions_hash), tools))


def fill_cards(wanted: Iterable[WantedTexts], texts: Mapping[SpanKey, CardTexts]) -> None:
    """Put the texts that were read on the cards that show them."""
    for item in wanted:
        if item.span in texts:
            item.fill(texts[item.span])


def context_compacted(span: ChatSpan, speaker: Speaker) -> AgentChatMessage | None:
    """The message about a context that was made shorter, None when it was not."""
    if not span.compaction_summary and span.compaction_items_before <= 0:
        return None
    payload = AgentChatContextCompacted(
        compaction_summary=span.compaction_summary or None,
        compaction_items_before=span.compaction_items_before,
        compaction_items_after=span.compaction_items_after,
    )
    return message_of("context_compacted", span, speaker, payload)
