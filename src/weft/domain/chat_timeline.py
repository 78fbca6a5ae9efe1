"""A trace as one line of messages: the walk through its tree, in which each kind of span says its own.

An agent's span shows its card, then what happened in it; a tool's the call, then what it caused; every other one what
the user said, what happened, then the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from weft.domain.chat_cards import Cards, WantedTexts, context_compacted
from weft.domain.chat_messages import (
    ERROR,
    Speaker,
    Usage,
    assistant_message,
    merge_answers,
    speakers_of,
    usage_of,
    usage_of_all,
    user_message,
)
from weft.domain.chat_texts import (
    USER,
    ChatText,
    ToolRequest,
    answer_text,
    last_words,
    read_messages,
    refs_in,
)
from weft.domain.chat_tool_calls import (
    ToolPlan,
    executed_tool,
    is_task_notification,
    launched_agent,
    plan_requests,
    requested_tool,
    task_notification,
)
from weft.domain.chat_tree import ChatTree
from weft.domain.span_costs import SpanPrices
from weft.schemas.agent_chats import AgentChatMessage
from weft.storage.events.chat_spans import EXECUTE_TOOL, INVOKE_AGENT, ChatSpan


@dataclass(slots=True)
class Timeline:
    """The messages of a trace; `wanted` are texts still to be put on cards, `merged` names the spans whose answer is
    shown by another span's message."""

    messages: list[AgentChatMessage] = field(default_factory=list)
    wanted: list[WantedTexts] = field(default_factory=list)
    merged: dict[str, AgentChatMessage] = field(default_factory=dict)


def build_timeline(tree: ChatTree, prices: SpanPrices, *, with_requests: bool) -> Timeline:
    """The chat of a trace; `with_requests` adds the tools that models asked for."""
    return _Walk(tree, prices, with_requests=with_requests).timeline()


class _Walk:
    def __init__(self, tree: ChatTree, prices: SpanPrices, *, with_requests: bool) -> None:
        self._tree = tree
        self._prices = prices
        self._speakers = speakers_of(tree)
        self._answers = _answers(tree.spans)
        self._plan = ToolPlan()
        if with_requests:
            models = {n: said for n, said in self._answers.items() if tree.spans[n].operation_name != INVOKE_AGENT}
            self._plan = plan_requests(tree, models)
        self._cards = Cards()
        self._out = Timeline(wanted=self._cards.wanted)
        self._said: list[str] = []
        self._prompts: list[tuple[ChatSpan, int]] = []
        self._answered: dict[int, AgentChatMessage] = {}
        self._launched: set[int] = set()
        self._walked = [False] * len(tree.spans)
        # Whether a model spoke in a span or below it, and the spans that were entered and not left.
        self._spoke = [False] * len(tree.spans)
        self._open: list[int] = []

    def timeline(self) -> Timeline:
        """Walk everything once."""
        self._walk(self._at_their_place(self._tree.roots()))
        for number in sorted(self._plan.moved):
            # Whoever asked for it stands below another one that was never reached: they ask for each other.
            self._walk([number])
        if not self._said:
            self._add_prompt()
        _put_card_after_first_user(self._out.messages)
        return self._out

    def _at_their_place(self, numbers: Iterable[int]) -> list[int]:
        return [number for number in numbers if number not in self._plan.moved]

    def _walk(self, numbers: Sequence[int]) -> None:
        """Go through the spans and all below them."""
        # A number is a span to enter, its inverse one to leave.
        stack: list[int | tuple[int, ToolRequest]] = list(reversed(numbers))
        while stack:
            step = stack.pop()
            if isinstance(step, tuple):
                asking, request = step
                self._add(requested_tool(self._tree.spans[asking], self._speakers[asking], request))
            elif step < 0:
                number = ~step
                self._leave(number)
                for item in reversed(self._plan.after.get(number, ())):
                    stack.append(item if isinstance(item, int) else (number, item))
            elif not self._walked[step]:
                self._walked[step] = True
                self._enter(step)
                stack.append(~step)
                stack.extend(reversed(self._at_their_place(self._tree.children[step])))

    def _enter(self, number: int) -> None:
        span, speaker = self._tree.spans[number], self._speakers[number]
        self._open.append(number)
        if span.operation_name == INVOKE_AGENT:
            if span.user_messages:
                self._prompts.append((span, len(self._out.messages)))
            self._add(self._cards.agent_start(span, speaker))
            self._add(context_compacted(span, speaker))
            launched = launched_agent(span, speaker, self._answers.get(number, ()))
            if launched is not None:
                self._launched.add(number)
                self._add(launched)
        elif span.operation_name == EXECUTE_TOOL:
            self._add(executed_tool(span, speaker))
        else:
            self._add(self._cards.instructions(span, speaker))
            self._add_words(number)

    def _leave(self, number: int) -> None:
        self._open.pop()
        operation = self._tree.spans[number].operation_name
        if operation == INVOKE_AGENT:
            self._add_final_answer(number)
        elif operation != EXECUTE_TOOL:
            self._add_answer(number)
        if self._open and self._spoke[number]:
            self._spoke[self._open[-1]] = True

    def _add_words(self, number: int) -> None:
        """What the user said before this span's model spoke, without what was shown already."""
        span = self._tree.spans[number]
        if not span.user_messages:
            return
        words = [message for message in last_words(span.user_messages) if _says_something(message, span)]
        for message in words[_overlap(self._said, [_key(message) for message in words]) :]:
            if self._said and _key(message) == self._said[-1]:
                continue
            self._said.append(_key(message))
            if is_task_notification(message.text):
                self._add(task_notification(span, self._speakers[number], message.text))
            else:
                self._add(user_message(span, message.text, refs_in([message], span.content_refs)))

    def _add_answer(self, number: int) -> None:
        """The answer of a model; one that a child gave already is said once."""
        span = self._tree.spans[number]
        said = self._answers.get(number, [])
        text = answer_text(said)
        if not (text or span.reasoning_content or span.status_code == ERROR):
            return
        message = self._answer(number, said, text, usage_of(span, self._prices))
        given = self._given_below(number, text) if text else None
        if given is None:
            self._add(message)
        else:
            merge_answers(given, message)
            self._out.merged[span.span_id] = given
        self._answered[number] = given or message
        self._spoke[number] |= bool(text)

    def _answer(self, number: int, said: Sequence[ChatText], text: str, usage: Usage) -> AgentChatMessage:
        span = self._tree.spans[number]
        refs = refs_in((message for message in said if message.role != USER), span.content_refs)
        return assistant_message(span, self._speakers[number], text, usage, refs)

    def _given_below(self, number: int, text: str) -> AgentChatMessage | None:
        for child in self._tree.children[number]:
            message = self._answered.get(child)
            if message is not None and message.assistant_message and message.assistant_message.text == text:
                return message
        return None

    def _add_final_answer(self, number: int) -> None:
        """What an agent answered in the end, where nothing below it said so; it took what all below it took."""
        said = self._answers.get(number, [])
        text = answer_text(said)
        if not text or number in self._launched:
            return
        if self._spoke[number]:
            given = self._given_below(number, text)
        else:
            whole = self._tree.spans[number : self._tree.ends[number]]
            given = self._answer(number, said, text, usage_of_all(whole, self._prices))
            self._add(given)
            self._spoke[number] = True
        if given is not None:
            self._answered[number] = given

    def _add_prompt(self) -> None:
        """Where no model's span tells what the user said, the first agent's that does is believed."""
        for span, place in self._prompts:
            messages = [message for text in span.user_messages for message in read_messages(text)]
            users = [message for message in messages if message.role == USER and _says_something(message, span)]
            if users:
                text = users[-1].text
                if is_task_notification(text):
                    message = task_notification(span, Speaker(), text)
                    message.span_id = message.status_code = None
                else:
                    message = user_message(span, text, refs_in(users[-1:], span.content_refs))
                self._out.messages.insert(place, message)
                return

    def _add(self, message: AgentChatMessage | None) -> None:
        if message is not None:
            self._out.messages.append(message)


def _answers(spans: Sequence[ChatSpan]) -> dict[int, list[ChatText]]:
    return {
        number: read_messages(span.output_messages)
        for number, span in enumerate(spans)
        if span.output_messages and span.operation_name != EXECUTE_TOOL
    }


def _says_something(message: ChatText, span: ChatSpan) -> bool:
    return bool(message.text or refs_in([message], span.content_refs))


def _key(message: ChatText) -> str:
    """What tells one message of a user from another; pictures have no text."""
    return message.text or message.raw


def _overlap(said: Sequence[str], texts: Sequence[str]) -> int:
    """How many of the texts, from the first on, are what was said last: a span within another repeats its words."""
    for count in range(min(len(said), len(texts)), 0, -1):
        if said[-count] == texts[0] and said[-count:] == texts[:count]:
            return count
    return 0


def _put_card_after_first_user(messages: list[AgentChatMessage]) -> None:
    for place, message in enumerate(messages):
        if message.type == "user_message":
            if place and messages[place - 1].type == "agent_start":
                messages[place - 1 : place + 1] = [message, messages[place - 1]]
            return
