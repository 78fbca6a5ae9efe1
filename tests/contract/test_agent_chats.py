"""Chat views over HTTP: traces and conversations of stored spans. How a chat is told is tested in tests/unit."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.agent_projects import T0, AgentProject, at, moment, new_trace, said
from weft.core.refs import AgentRef
from weft.storage.events.feedback import Feedback

TRACE = "/agents/traces/chat"
CONVERSATION = "/agents/conversations/chat"
TURN_FIELDS = {
    "trace_id",
    "root_span_name",
    "agent_name",
    "agent_version",
    "status_code",
    "provider",
    "started_at",
    "ended_at",
    "wb_user_id",
    "total_duration_ms",
    "total_cost_usd",
    "total_input_tokens",
    "total_output_tokens",
    "total_reasoning_tokens",
    "total_cache_creation_input_tokens",
    "total_cache_read_input_tokens",
    "messages",
    "feedback",
}


@pytest.fixture
def agents(app_client: TestClient, project: str) -> AgentProject:
    return AgentProject(app_client, project)


def turn(agents: AgentProject, trace_id: str, start: float = 0, said_by_user: str = "Where to?", **fields: Any) -> None:
    """A whole turn: an agent, a model that asks for a tool, the tool, the model again."""
    wants = [{"type": "tool_call", "id": "k", "name": "search", "arguments": "{}"}]
    history = [said("user", "old"), said("assistant", "old"), said("user", said_by_user)]
    prefix = trace_id[-8:]
    agents.put(
        agents.span(
            trace_id,
            start,
            10,
            span_id=f"{prefix}-a",
            operation_name="invoke_agent",
            span_name="invoke_agent Travel",
            agent_name="Travel",
            agent_version="2",
            provider_name="local",
            status_code="OK",
            wb_user_id="u1",
            input_messages=[said("user", said_by_user)],
            **fields,
        ),
        agents.span(
            trace_id,
            start + 1,
            2,
            span_id=f"{prefix}-b",
            parent_span_id=f"{prefix}-a",
            operation_name="chat",
            response_model="m",
            input_tokens=100,
            output_tokens=20,
            reasoning_tokens=3,
            cache_read_input_tokens=10,
            cache_creation_input_tokens=5,
            system_instructions=["Be brief.", "Be kind."],
            tool_definitions='[{"name":"search"}]',
            input_messages=history,
            output_messages=[said("assistant", wants)],
            **fields,
        ),
        agents.span(
            trace_id,
            start + 3,
            0.5,
            span_id=f"{prefix}-c",
            parent_span_id=f"{prefix}-a",
            operation_name="execute_tool",
            tool_name="search",
            tool_call_id="k",
            tool_call_arguments="{}",
            tool_call_result="Rome",
            **fields,
        ),
        agents.span(
            trace_id,
            start + 4,
            1,
            span_id=f"{prefix}-d",
            parent_span_id=f"{prefix}-a",
            operation_name="chat",
            response_model="m",
            input_tokens=120,
            output_tokens=30,
            system_instructions=["Be brief.", "Be kind."],
            input_messages=[*history, said("assistant", wants), said("tool", "Rome")],
            output_messages=[said("assistant", "To Rome.")],
            **fields,
        ),
    )


def told(chat: dict[str, Any]) -> list[Any]:
    """The types of the messages, with the texts of people and models."""
    lines = []
    for message in chat["messages"]:
        payload = message[message["type"]]
        lines.append(payload.get("text") or payload.get("tool_name") or message["type"])
    return lines


def test_a_trace_is_told_as_a_chat_with_facts_and_sums(agents: AgentProject) -> None:
    agents.price("m", 0.001, 0.002)
    trace = new_trace()
    turn(agents, trace)
    chat = agents.ask(TRACE, trace_id=trace)
    assert set(chat) == TURN_FIELDS
    assert told(chat) == ["Where to?", "agent_start", "search", "To Rome."]
    assert (chat["root_span_name"], chat["agent_name"], chat["agent_version"]) == ("Travel", "Travel", "2")
    assert (chat["status_code"], chat["provider"], chat["wb_user_id"]) == ("OK", "local", "u1")
    assert (moment(chat["started_at"]), moment(chat["ended_at"])) == (T0, T0 + timedelta(seconds=10))
    assert chat["total_duration_ms"] == 10_000
    assert chat["total_cost_usd"] == pytest.approx((205 + 0) * 0.001 + 50 * 0.002)
    sums = [chat[name] for name in sorted(TURN_FIELDS) if name.endswith("_tokens")]
    assert sums == [5, 10, 220, 50, 3]
    assert chat["feedback"] is None
    assert all(message["feedback"] is None for message in chat["messages"])


def test_the_card_of_an_agent_shows_the_long_texts_of_its_model(agents: AgentProject) -> None:
    trace = new_trace()
    turn(agents, trace)
    [card] = [item for item in agents.ask(TRACE, trace_id=trace)["messages"] if item["type"] == "agent_start"]
    assert card["agent_start"] == {
        "model": "m",
        "system_instructions": "Be brief.\n\nBe kind.",
        "tool_definitions": '[{"name":"search"}]',
        "status": "OK",
    }


def test_each_message_has_every_key_and_one_payload(agents: AgentProject) -> None:
    trace = new_trace()
    turn(agents, trace)
    for message in agents.ask(TRACE, trace_id=trace)["messages"]:
        payloads = {
            "user_message",
            "assistant_message",
            "tool_call",
            "agent_start",
            "agent_handoff",
            "context_compacted",
        }
        assert set(message) == payloads | {
            "type",
            "span_id",
            "agent_name",
            "agent_version",
            "status_code",
            "error_type",
            "status_message",
            "started_at",
            "feedback",
        }
        assert [name for name in payloads if message[name] is not None] == [message["type"]]


def test_tools_that_a_model_asked_for_are_added_on_demand(agents: AgentProject) -> None:
    trace = new_trace()
    parts = [{"type": "tool_call", "id": "k", "name": "never_ran", "arguments": "{}"}]
    agents.store(trace, operation_name="chat", output_messages=[said("assistant", parts)])
    assert told(agents.ask(TRACE, trace_id=trace)) == []
    assert told(agents.ask(TRACE, trace_id=trace, include_model_tool_calls=True)) == ["never_ran"]


def test_an_unknown_trace_has_an_empty_chat(agents: AgentProject) -> None:
    chat = agents.ask(TRACE, trace_id=new_trace())
    empty = dict.fromkeys(TURN_FIELDS) | {name: 0 for name in TURN_FIELDS if name.endswith("_tokens")}
    assert chat == empty | {"trace_id": chat["trace_id"], "messages": []}


def test_an_open_trace_has_no_end(agents: AgentProject) -> None:
    trace = new_trace()
    agents.store(trace, took=None, span_name="work")
    chat = agents.ask(TRACE, trace_id=trace)
    assert (chat["root_span_name"], chat["ended_at"], chat["total_duration_ms"]) == ("work", None, None)


def test_words_of_users_arrive_from_every_stored_form(agents: AgentProject) -> None:
    history = [said("assistant", "x")] * 3
    stored = {
        "plain": json.dumps([*history, said("user", "plain")]),
        "parts": json.dumps([*history, said("user", [{"type": "text", "content": "parts"}])]),
        "half a character": '[{"role":"user","content":"half a character \\ud800"}]',
        "many digits": '[{"role":"user","content":"many digits","n":123456789012345678901234567890}]',
    }
    for number, (text, messages) in enumerate(stored.items()):
        trace = new_trace()
        agents.store(trace, number, operation_name="chat", input_messages=messages)
        assert told(agents.ask(TRACE, trace_id=trace))[0].startswith(text)


def test_media_are_shown_with_the_message_that_holds_them(agents: AgentProject) -> None:
    trace = new_trace()
    photo, sound, chart = (
        f"weave-trace-internal:///{agents.id}/object/{name}:{name * 8}" for name in ("photo", "sound", "chart")
    )
    agents.store(
        trace,
        operation_name="chat",
        input_messages=[said("user", [{"type": "text", "content": "See"}, {"type": "uri", "uri": photo}])],
        output_messages=[said("assistant", [{"type": "text", "content": "So"}, {"type": "blob", "content": sound}])],
        content_refs=[photo, sound],
    )
    agents.store(trace, 1, operation_name="execute_tool", tool_name="draw", content_refs=[chart])
    messages = agents.ask(TRACE, trace_id=trace)["messages"]
    shown = {message["type"]: message[message["type"]]["content_refs"] for message in messages}
    outside = {name: [f"weave:///{agents.name}/object/{name}:{name * 8}"] for name in ("photo", "sound", "chart")}
    assert shown == {
        "user_message": outside["photo"],
        "assistant_message": outside["sound"],
        "tool_call": outside["chart"],
    }


def test_a_conversation_is_told_turn_by_turn(agents: AgentProject) -> None:
    agents.price("m", 1.0, 0.0)
    traces = [new_trace() for _ in range(3)]
    for number, trace in enumerate(traces):
        turn(agents, trace, number * 100, f"question {number}", conversation_id="c")
    chat = agents.ask(CONVERSATION, conversation_id="c")
    assert [item["trace_id"] for item in chat["turns"]] == traces
    assert [told(item)[0] for item in chat["turns"]] == ["question 0", "question 1", "question 2"]
    assert {name: chat[name] for name in chat if name != "turns"} == {
        "conversation_id": "c",
        "total_turns": 3,
        "has_more": False,
        "limit": 50,
        "offset": 0,
        "total_cost_usd": 3 * 205.0,
        "feedback": None,
    }


def test_pages_skip_the_newest_turns_and_keep_the_order(agents: AgentProject) -> None:
    traces = [new_trace() for _ in range(5)]
    agents.price("m", 1.0, 0.0)
    for number, trace in enumerate(traces):
        agents.store(trace, number, conversation_id="c", request_model="m", input_tokens=1)
    for limit in (0, 1, 2, 50):
        for offset in (0, 1, 4, 9):
            chat = agents.ask(CONVERSATION, conversation_id="c", limit=limit, offset=offset)
            page = traces[::-1][offset : offset + limit]
            assert [item["trace_id"] for item in chat["turns"]] == page[::-1]
            assert chat["has_more"] == (offset + len(page) < 5)
            assert (chat["total_turns"], chat["total_cost_usd"]) == (5, 5.0)


def test_spans_of_another_conversation_in_the_same_trace_do_not_count(agents: AgentProject) -> None:
    trace = new_trace()
    for number, name in enumerate(["c", "", "d"]):
        words = [said("assistant", name or "none")]
        agents.store(trace, number, conversation_id=name, operation_name="chat", output_messages=words, input_tokens=1)
    [shown] = agents.ask(CONVERSATION, conversation_id="c")["turns"]
    assert told(shown) == ["c", "none"]
    assert shown["total_input_tokens"] == 2
    assert told(agents.ask(TRACE, trace_id=trace)) == ["c", "none", "d"]


def test_an_unknown_conversation_has_no_turns(agents: AgentProject) -> None:
    chat = agents.ask(CONVERSATION, conversation_id="nobody", include_feedback=True)
    assert (chat["turns"], chat["total_turns"], chat["has_more"], chat["total_cost_usd"]) == ([], 0, False, None)
    assert chat["feedback"] == []


def test_feedback_is_attached_to_what_it_is_about(agents: AgentProject) -> None:
    trace = new_trace()
    turn(agents, trace, conversation_id="a talk / 1")
    refs = {
        "conversation": AgentRef(agents.id, "agent_conversation", "a talk / 1").uri(),
        "turn": AgentRef(agents.id, "agent_turn", trace).uri(),
        "tool": AgentRef(agents.id, "agent_span", f"{trace[-8:]}-c").uri(),
        "other": AgentRef(agents.id, "agent_span", "nobody").uri(),
    }
    for name, ref in refs.items():
        row = Feedback(agents.id, name, ref, "wandb.note.1", {"note": name}, wb_user_id="u", created_at=T0)
        agents.services.stores.feedback.put([row])
    chat = agents.ask(CONVERSATION, conversation_id="a talk / 1", include_feedback=True)
    [shown] = chat["turns"]
    assert [item["id"] for item in chat["feedback"]] == ["conversation"]
    assert [item["id"] for item in shown["feedback"]] == ["turn"]
    by_type = {message["type"]: [item["id"] for item in message["feedback"]] for message in shown["messages"]}
    assert by_type == {"user_message": [], "agent_start": [], "tool_call": ["tool"], "assistant_message": []}
    [note] = agents.ask(TRACE, trace_id=trace, include_feedback=True)["feedback"]
    assert moment(note.pop("created_at")) == moment(at(0))
    assert note == {
        "id": "turn",
        "feedback_type": "wandb.note.1",
        "weave_ref": f"weave:///{agents.name}/agent_turn/{trace}",
        "payload": {"note": "turn"},
        "creator": None,
        "wb_user_id": "u",
        "runnable_ref": None,
        "call_ref": None,
        "trigger_ref": None,
        "annotation_ref": None,
        "scorer_tags": [],
        "scorer_tag_reasons": {},
        "scorer_tag_confidences": {},
        "scorer_ratings": {},
        "scorer_rating_reasons": {},
        "scorer_rating_confidences": {},
    }


def test_feedback_on_a_span_whose_answer_another_shows_is_on_that_answer(agents: AgentProject) -> None:
    trace = new_trace()
    same = [said("assistant", "same")]
    agents.store(trace, 0, span_id="outer", operation_name="chat", output_messages=same)
    agents.store(trace, 1, span_id="inner", parent_span_id="outer", operation_name="chat", output_messages=same)
    for span_id in ("outer", "inner"):
        ref = AgentRef(agents.id, "agent_span", span_id).uri()
        agents.services.stores.feedback.put([Feedback(agents.id, span_id, ref, "wandb.note.1", {"note": "n"})])
    [message] = agents.ask(TRACE, trace_id=trace, include_feedback=True)["messages"]
    assert sorted(item["id"] for item in message["feedback"]) == ["inner", "outer"]


def test_feedback_with_half_a_character_can_be_shown(agents: AgentProject) -> None:
    trace = new_trace()
    turn(agents, trace)
    ref = AgentRef(agents.id, "agent_turn", trace).uri()
    row = Feedback(agents.id, "f", ref, "wandb.note.1", {"note": "\ud800"}, created_at=T0)
    agents.services.stores.feedback.put([row])
    response = agents.client.post(TRACE, json={"project_id": agents.name, "trace_id": trace, "include_feedback": True})
    assert response.status_code == 200
    assert '"\\ud800"' in response.text
    assert response.json()["feedback"][0]["created_at"] == at(0).replace("Z", ".000000Z")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (TRACE, {}, 422),
        (TRACE, {"trace_id": "\udc00"}, 400),
        (TRACE, {"trace_id": "'\\\n{x:String}", "include_feedback": True}, 200),
        (TRACE, {"trace_id": "x", "include_feedback": None, "include_model_tool_calls": None}, 200),
        (CONVERSATION, {"conversation_id": "\ud800"}, 400),
        (CONVERSATION, {"conversation_id": "'\\\n{x:String}", "include_feedback": True}, 200),
        (CONVERSATION, {"conversation_id": "x", "limit": 51}, 422),
        (CONVERSATION, {"conversation_id": "x", "limit": -1}, 422),
        (CONVERSATION, {"conversation_id": "x", "offset": -1}, 422),
        (CONVERSATION, {"conversation_id": "x", "offset": 10**30, "limit": None}, 200),
    ],
    ids=str,
)
def test_odd_questions_get_their_status(agents: AgentProject, path: str, body: dict[str, Any], status: int) -> None:
    assert agents.status(path, **body) == status
