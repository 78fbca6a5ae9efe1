"""The search in what agents, users and tools said, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.agent_projects import AgentProject, at, moment, new_trace, said


@pytest.fixture
def agents(app_client: TestClient, project: str) -> AgentProject:
    return AgentProject(app_client, project)


def found(agents: AgentProject, **body: Any) -> list[tuple[str, str]]:
    """(role, text) of every message, in the order of the answer."""
    return [
        (message["role"], message["content_preview"])
        for result in agents.ask("/agents/search", **body)["results"]
        for message in result["matched_messages"]
    ]


def full(agents: AgentProject, **fields: Any) -> None:
    """A span with something in every place where words are."""
    agents.store(
        new_trace(),
        system_instructions=["Be the lamp.", ""],
        input_messages=[said("user", "Where is the lamp?"), said("user", ""), said("tool", "lamp: on")],
        output_messages=[said("assistant", [{"type": "text", "content": "The lamp is here."}])],
        tool_call_arguments='{"find": "lamp"}',
        tool_call_result="lamp found",
        **fields,
    )


EVERYTHING = [
    ("system", "Be the lamp."),
    ("user", "Where is the lamp?"),
    ("tool", "lamp: on"),
    ("assistant", "The lamp is here."),
    ("tool_call", '{"find": "lamp"}'),
    ("tool_result", "lamp found"),
]


@pytest.mark.parametrize("query", ["lamp", ""])
def test_everything_that_was_said_is_found_in_the_order_in_which_it_was(agents: AgentProject, query: str) -> None:
    full(agents)
    assert found(agents, query=query) == EVERYTHING
    assert found(agents, query="Lamp") == []


@pytest.mark.parametrize("query", ["lamp", ""])
@pytest.mark.parametrize(
    ("roles", "kept"),
    [
        ([], {"system", "user", "tool", "assistant", "tool_call", "tool_result"}),
        (["user"], {"user"}),
        (["system", "assistant"], {"system", "assistant"}),
        (["tool_call"], {"tool_call"}),
        (["tool"], {"tool", "tool_call", "tool_result"}),
        ([""], set()),
    ],
    ids=str,
)
def test_roles_choose_among_messages(agents: AgentProject, query: str, roles: list[str], kept: set[str]) -> None:
    full(agents)
    assert found(agents, query=query, roles=roles) == [pair for pair in EVERYTHING if pair[0] in kept]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("100% of a_b", "% of a_"),
        ('say "hello" \\ back', '"hello" \\'),
        ("line\nbreak\ttab", "line\nbreak\tt"),
        ("naïve 🙂 日本語", "🙂 日本"),
        ("a/b <c>", "/b <c>"),
        ("o'clock", "o'clock"),
        ("[1, 2]", "[1, 2]"),
    ],
)
@pytest.mark.parametrize("parts", [False, True])
def test_a_text_is_found_by_any_part_of_it(agents: AgentProject, text: str, query: str, parts: bool) -> None:
    content = [{"type": "reasoning", "content": "hm"}, {"type": "text", "content": text}] if parts else text
    agents.store(new_trace(), input_messages=json.dumps([said("user", content)]))
    agents.store(new_trace(), input_messages=json.dumps([said("user", content)], ensure_ascii=False))
    agents.store(new_trace(), input_messages=[said("user", "100X of aXb")])
    shown = f"hm\n{text}" if parts else text
    assert found(agents, query=query) == [("user", shown), ("user", shown)]


def test_what_is_no_text_is_found_as_it_is_stored(agents: AgentProject) -> None:
    agents.store(new_trace(), output_messages=[said("assistant", [{"type": "tool_call", "name": "find_lamp"}])])
    agents.store(new_trace(), 1, output_messages=[said("assistant", '[{"name": "a list that somebody typed"}]')])
    assert found(agents, query="find_lamp") == [("assistant", '{"type":"tool_call","name":"find_lamp"}')]
    assert found(agents, query="somebody typed") == [("assistant", '[{"name": "a list that somebody typed"}]')]


def test_messages_are_told_by_conversation_the_latest_first(agents: AgentProject) -> None:
    trace = new_trace()
    agents.put(
        agents.span(trace, 1, conversation_id="c1", output_messages=[said("assistant", "one")]),
        agents.span(
            trace, 2, conversation_id="c2", output_messages=[said("assistant", "two")], conversation_name="Two"
        ),
        agents.span(trace, 3, conversation_id="c1", output_messages=[said("assistant", "three")], agent_name="A"),
        agents.span(trace, 0, output_messages=[said("assistant", "zero")], agent_name="A"),
    )
    answer = agents.ask("/agents/search")
    shown = [
        (
            result["conversation_id"],
            result["conversation_name"],
            result["agent_name"],
            moment(result["last_activity"]),
            [message["content_preview"] for message in result["matched_messages"]],
        )
        for result in answer["results"]
    ]
    assert shown == [
        ("c1", "", "A", moment(at(3)), ["three", "one"]),
        ("c2", "Two", "", moment(at(2)), ["two"]),
        ("__NO_CONVERSATION__", "", "A", moment(at(0)), ["zero"]),
    ]
    assert answer["total_conversations"] == 3


def test_a_conversation_is_called_as_other_spans_of_it_say(agents: AgentProject) -> None:
    trace = new_trace()
    agents.store(trace, 0, conversation_id="c", conversation_name="Old", agent_name="A")
    agents.store(trace, 1, conversation_id="c", conversation_name="New", agent_name="B")
    agents.store(trace, 2, conversation_id="c", output_messages=[said("assistant", "x")])
    [result] = agents.ask("/agents/search", query="x")["results"]
    assert (result["conversation_name"], result["agent_name"]) == ("New", "A")


def test_a_message_names_its_span_and_equal_texts_share_a_digest(agents: AgentProject) -> None:
    spans = [
        agents.store(new_trace(), number, output_messages=[said("assistant", text)])
        for number, text in enumerate(["same", "same", "other"])
    ]
    matched = agents.ask("/agents/search")["results"][0]["matched_messages"]
    assert [message["span_id"] for message in matched] == [span.span_id for span in spans[::-1]]
    assert [message["trace_id"] for message in matched] == [span.trace_id for span in spans[::-1]]
    assert [moment(message["started_at"]) for message in matched] == [span.started_at for span in spans[::-1]]
    other, again, first = (message["content_digest"] for message in matched)
    assert first == again != other
    assert len(first) == 32


def test_pages_count_messages(agents: AgentProject) -> None:
    for number in range(5):
        words = [said("user", f"{number}a"), said("user", f"{number}b")]
        agents.store(new_trace(), number, conversation_id=str(number), input_messages=words)
    for query in ("", "a"):
        texts = [text for _, text in found(agents, query=query)]
        assert texts == [f"{n}{k}" for n in range(4, -1, -1) for k in "ab" if query in k]
        for limit in (1, 2, 3):
            for offset in (0, 1, 4, 99):
                page = [text for _, text in found(agents, query=query, limit=limit, offset=offset)]
                assert page == texts[offset : offset + limit]
    assert agents.ask("/agents/search", limit=0) == {"results": [], "total_conversations": 0}


def test_spans_whose_messages_are_all_empty_do_not_shorten_a_page(agents: AgentProject) -> None:
    for number in range(4):
        agents.store(new_trace(), 10 + number, input_messages=[said("user", "")])
    agents.store(new_trace(), 0, input_messages=[said("user", "old")])
    assert found(agents, limit=2) == [("user", "old")]


def test_long_texts_are_cut_unless_asked_for_whole(agents: AgentProject) -> None:
    text = "é" * 600
    agents.store(new_trace(), output_messages=[said("assistant", text)])
    assert found(agents) == [("assistant", "é" * 500)]
    assert found(agents, truncate_content=False) == [("assistant", text)]


@pytest.mark.parametrize(
    "fields",
    [
        {"conversation_id": "c"},
        {"agent_name": "A"},
        {"provider_name": "p"},
        {"request_model": "m"},
    ],
    ids=str,
)
def test_spans_are_chosen_by_their_own_fields(agents: AgentProject, fields: dict[str, str]) -> None:
    trace = new_trace()
    agents.put(
        agents.span(trace, 0, output_messages=[said("assistant", "yes")], **fields),
        agents.span(trace, 1, output_messages=[said("assistant", "no")]),
    )
    assert found(agents, **fields) == [("assistant", "yes")]


def test_spans_are_chosen_by_trace_and_time(agents: AgentProject) -> None:
    spans = [agents.store(new_trace(), number, output_messages=[said("assistant", str(number))]) for number in range(4)]
    assert found(agents, trace_id=spans[2].trace_id) == [("assistant", "2")]
    assert found(agents, started_after=at(1), started_before=at(3)) == [("assistant", "2"), ("assistant", "1")]
    assert found(agents, started_after="0001-01-01T00:00:00", started_before="9999-12-31T23:59:59Z", limit=1) == [
        ("assistant", "3")
    ]


def test_a_span_that_is_sent_again_is_found_as_it_is_now(agents: AgentProject) -> None:
    trace = new_trace()
    agents.store(trace, span_id="s", output_messages=[said("assistant", "before")])
    agents.store(trace, span_id="s", output_messages=[said("assistant", "after")])
    assert found(agents) == [("assistant", "after")]
    assert found(agents, query="before") == []


@pytest.mark.parametrize("stored", ["[", "5", '{"role": "user"}', '[null, 7, {"role": "user"}, []]'])
def test_what_is_no_list_of_messages_is_not_found(agents: AgentProject, stored: str) -> None:
    agents.store(new_trace(), input_messages=stored, tool_call_result="kept")
    assert found(agents) == [("tool_result", "kept")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"roles": ["robot"]}, 422),
        ({"limit": 1001}, 422),
        ({"limit": -1}, 422),
        ({"offset": -1}, 422),
        ({"offset": 10**30}, 200),
        ({"query": None, "roles": None, "limit": None, "truncate_content": None, "started_after": None}, 200),
        ({"query": "\udc00\0'\\", "trace_id": "\udc00\0'\\"}, 200),
        ({"started_after": "yesterday"}, 422),
    ],
    ids=str,
)
def test_odd_questions_get_their_status(agents: AgentProject, body: dict[str, Any], status: int) -> None:
    full(agents)
    assert agents.status("/agents/search", **body) == status
