"""Tool calls of a chat: executed ones, ones a model only asked for, background work that starts or reports back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from weft.core import jsontext
from weft.domain.chat_messages import Speaker, duration_ms, message_of, status_of
from weft.domain.chat_texts import ChatText, ToolRequest, answer_text, parsed_object, tool_requests, tool_responses
from weft.domain.chat_tree import ChatTree
from weft.schemas.agent_chats import AgentChatMessage, AgentChatToolCall
from weft.storage.events.chat_spans import EXECUTE_TOOL, INVOKE_AGENT, ChatSpan

_NOTIFICATION_NAME = "Task notification"
_UNNAMED_AGENT = "subagent"
_LAUNCHED = "async_launched"


@dataclass(slots=True)
class ToolPlan:
    """What follows a model's answer: executions by number, which are then not shown where the tree has them, and
    requests that nobody executed."""

    after: dict[int, list[int | ToolRequest]] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)


def plan_requests(tree: ChatTree, answers: Mapping[int, Sequence[ChatText]]) -> ToolPlan:
    """Where the tools go that models asked for; `answers` are what the spans of models said.

    The innermost span that asks for a call gets it. An execution never moves below itself.
    """
    executions: dict[str, list[int]] = {}
    for number, span in enumerate(tree.spans):
        if span.tool_call_id and span.operation_name in (EXECUTE_TOOL, INVOKE_AGENT):
            executions.setdefault(span.tool_call_id, []).append(number)
    plan = ToolPlan()
    asked: set[str] = set()
    for number in sorted(answers, key=lambda n: (tree.ends[n], -n)):
        for request in tool_requests(answers[number]):
            if request.call_id and request.call_id in asked:
                continue
            asked.add(request.call_id)
            follows: list[int | ToolRequest] = []
            for found in executions.get(request.call_id, ()) if request.call_id else ():
                inside = any(isinstance(other, int) and tree.is_above(other, found) for other in follows)
                if not inside and not tree.is_above(found, number):
                    follows.append(found)
                    plan.moved.add(found)
            if request.call_id not in executions:
                follows.append(request)
            plan.after.setdefault(number, []).extend(follows)
    return plan


def executed_tool(span: ChatSpan, speaker: Speaker) -> AgentChatMessage:
    """The call of a tool that ran."""
    return _call(span, speaker, _tool_name(span), span.tool_call_result)


def requested_tool(span: ChatSpan, speaker: Speaker, request: ToolRequest) -> AgentChatMessage:
    """A tool that a model asked for and of whose execution nothing is known."""
    payload = AgentChatToolCall(tool_name=request.name or None, tool_arguments=request.arguments or None)
    message = message_of("tool_call", span, speaker, payload)
    # The status of the model's span says nothing about the tool.
    message.status_code = message.error_type = message.status_message = None
    return message


def launched_agent(span: ChatSpan, speaker: Speaker, answer: Sequence[ChatText]) -> AgentChatMessage | None:
    """The start of an agent in the background, None when the answer is not the receipt of one."""
    said = [answer_text(answer), *tool_responses(answer)]
    for item in said:
        payload = item if isinstance(item, dict) else parsed_object(item)
        if payload is not None and payload.get("status") == _LAUNCHED:
            receipt = item if isinstance(item, str) else jsontext.dumps_finite(item)
            return _call(span, speaker, f"Start {span.agent_name or _UNNAMED_AGENT}", receipt)
    return None


def is_task_notification(text: str) -> bool:
    """Whether a text in a user's place is a report of background work."""
    text = text.strip()
    return text.startswith("<task-notification>") and text.endswith("</task-notification>")


def task_notification(span: ChatSpan, speaker: Speaker, text: str) -> AgentChatMessage:
    """The report of background work, which nobody typed."""
    payload = AgentChatToolCall(tool_name=_NOTIFICATION_NAME, tool_result=text)
    return message_of("tool_call", span, speaker, payload)


def _call(span: ChatSpan, speaker: Speaker, name: str, result: str) -> AgentChatMessage:
    payload = AgentChatToolCall(
        tool_name=name or None,
        tool_arguments=span.tool_call_arguments or None,
        tool_result=result or None,
        duration_ms=duration_ms(span),
        status=status_of(span),
        content_refs=span.content_refs,
    )
    return message_of("tool_call", span, speaker, payload)


def _tool_name(span: ChatSpan) -> str:
    if span.tool_name:
        return span.tool_name
    head, _, tail = span.span_name.partition(" ")
    return tail.strip() or head if head.lower() == EXECUTE_TOOL else span.span_name
