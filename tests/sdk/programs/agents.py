"""Conversations of agents told with the SDK's conversation API, and read back with the client's own methods."""

from __future__ import annotations

import os
from typing import Any

import weave
from checking import eventually, exactly, report
from weave.conversation import Message, Reasoning, ToolCallPart, Usage, start_conversation

client = weave.init(os.environ["PROJECT"])
PROJECT = f"{client.entity}/{client.project}"


def ask(name: str, **fields: Any) -> Any:
    """Call a method of the client's server with what this version of the client wants to be given."""
    body: Any = {"project_id": PROJECT, **fields}
    method = getattr(client.server, name)
    try:
        return method(body)
    except AttributeError:
        request = method.__annotations__["req"]
        return method(request.model_validate(body) if hasattr(request, "model_validate") else request(**body))


def tell(question: str, place: str) -> None:
    """A turn with a sub-agent: a model that asks for a tool, the tool, the model's answer."""
    call = ToolCallPart(id=f"call-{place}", name="look_up", arguments={"place": place})
    asked = Message.user(question)
    with conversation.start_turn(user_message=question) as turn:
        turn.record(agent_version="7", system_instructions=["Plan."])
        with turn.start_llm(model="loom-1", provider_name="loom", system_instructions=["Plan."]) as llm:
            llm.record(
                input_messages=[asked],
                output_messages=[Message.assistant("", tool_calls=[call])],
                usage=Usage(input_tokens=100, output_tokens=10, reasoning_tokens=5),
            )
        with turn.start_tool(name="look_up", arguments='{"place": "x"}', tool_call_id=call.id) as tool:
            tool.result = f"{place} is warm"
        with turn.start_subagent(name="scout") as scout, scout.start_llm(model="loom-1", provider_name="loom") as llm:
            llm.record(
                input_messages=[Message.user(f"Scout {place}")], output_messages=[Message.assistant(f"{place}!")]
            )
        with turn.start_llm(model="loom-1", provider_name="loom", system_instructions=["Plan."]) as llm:
            llm.record(
                input_messages=[asked, Message.assistant("", tool_calls=[call]), Message.tool_result(call.id, "warm")],
                output_messages=[Message.assistant(f"Go to {place}.")],
                reasoning=Reasoning(content="It is warm."),
                usage=Usage(input_tokens=120, output_tokens=20),
            )


with start_conversation(
    agent_name="planner", model="loom-1", conversation_id="trip", conversation_name="A trip"
) as conversation:
    tell("Where to in May?", "Rome")
    tell("And in June?", "Oslo")
client.flush()

exactly(12, lambda: list(client.get_agent_spans()))

planner, scout = sorted(client.get_agents(), key=lambda agent: agent.agent_name)
assert (planner.agent_name, planner.invocation_count, planner.error_count) == ("planner", 2, 0), planner
assert (scout.agent_name, scout.invocation_count) == ("scout", 2), scout
assert len(client.get_agents()) == 2
assert [agent.agent_name for agent in client.get_agents(agent_name="scout")] == ["scout"]
assert [
    agent.agent_name for agent in client.get_agents(limit=1, sort_by=[{"field": "first_seen", "direction": "asc"}])
] == ["planner"]
(version,) = client.get_agent_versions(agent_name="planner")
assert (version.agent_version, version.span_count) == ("7", 2), version

told = client.get_agent_turns(conversation_id="trip")
assert (told.total_turns, told.has_more, len(told.turns)) == (2, False, 2), told
first, second = told.turns
assert [message.type for message in first.messages] == [
    "user_message",
    "agent_start",
    "tool_call",
    "agent_start",
    "user_message",
    "assistant_message",
    "assistant_message",
], [message.type for message in first.messages]
question, start, tool_call, _, inner, scouted, answer = first.messages
assert question.user_message.text == "Where to in May?"
assert (start.agent_name, start.agent_version, start.agent_start.system_instructions) == ("planner", "7", "Plan."), (
    start
)
assert (tool_call.tool_call.tool_name, tool_call.tool_call.tool_result) == ("look_up", "Rome is warm"), tool_call
assert (inner.user_message.text, scouted.assistant_message.text, scouted.agent_name) == ("Scout Rome", "Rome!", "scout")
assert answer.assistant_message.text == "Go to Rome."
assert answer.assistant_message.reasoning_content == "It is warm.", answer
assert (answer.assistant_message.input_tokens, answer.assistant_message.output_tokens) == (120, 20), answer
assert (first.total_input_tokens, first.total_output_tokens, first.total_reasoning_tokens) == (220, 30, 5), first
assert second.messages[0].user_message.text == "And in June?"
(latest,) = client.get_agent_turns(conversation_id="trip", limit=1).turns
assert latest.trace_id == second.trace_id

turn = client.get_agent_turn(trace_id=first.trace_id)
assert [message.type for message in turn.messages] == [message.type for message in first.messages]
assert turn.feedback is None

(found,) = ask("agent_search", query="Rome is", roles=["assistant", "tool"]).results
assert (found.conversation_id, found.conversation_name, found.agent_name) == ("trip", "A trip", "planner"), found
assert [(message.role, message.content_preview) for message in found.matched_messages] == [
    ("tool_result", "Rome is warm")
], found
assert ask("agent_search", query="rome is").results == []

(short, unknown) = ask("agent_conversation_spans", conversation_ids=["trip", "nobody"]).conversations
assert [span.operation_name for span in short.spans] == [
    "invoke_agent",
    "chat",
    "execute_tool",
    "invoke_agent",
    "chat",
    "chat",
] * 2
assert (unknown.conversation_id, unknown.spans) == ("nobody", [])

reacted = ask(
    "feedback_create",
    weave_ref=f"weave:///{PROJECT}/agent_turn/{first.trace_id}",
    feedback_type="wandb.agent_user_feedback",
    payload={"emoji": "👍", "scorer_tags": ["👍"]},
    scorer_tags=["👍"],
    span_conversation_id="trip",
)
again = eventually(lambda: client.get_agent_turn(trace_id=first.trace_id, include_feedback=True).feedback)
assert [item.scorer_tags for item in again] == [["👍"]], again
(short,) = ask("agent_conversation_spans", conversation_ids=["trip"]).conversations
assert [(item.trace_id, item.tags) for item in short.spans_feedback] == [(first.trace_id, ["👍"])], short

report(conversation="trip", trace=first.trace_id, reaction=reacted.id)
