"""A trace as a chat, rule by rule: cards, words of users, answers, tools, and what is said only once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chat_spans import agent, answer, ask, chat, line, lines, messages, price_of_m, said, span, timeline, tool
from weft.schemas.agent_chats import AgentChatAssistantMessage, AgentChatMessage, AgentChatToolCall


def assistant(message: AgentChatMessage) -> AgentChatAssistantMessage:
    assert message.assistant_message is not None
    return message.assistant_message


def call(message: AgentChatMessage) -> AgentChatToolCall:
    assert message.tool_call is not None
    return message.tool_call


def test_a_turn_reads_in_the_order_in_which_it_happened() -> None:
    spans = [
        agent("a", agent_name="Travel", request_model="m"),
        chat("c1", "a", 1, user_messages=ask("Where to?"), output_messages=answer("Let me look.")),
        tool("t", "a", 2, tool_name="search"),
        chat("c2", "a", 3, output_messages=answer("To Rome.")),
    ]
    assert lines(*spans) == [
        "user: Where to?",
        "agent_start: Travel",
        "assistant: Let me look.",
        "tool: search",
        "assistant: To Rome.",
    ]


def test_every_message_has_only_the_payload_of_its_type() -> None:
    spans = [
        agent("a", agent_name="A", compaction_summary="short", tool_call_id="x"),
        chat("c", "a", 1, user_messages=ask("u"), output_messages=answer("b")),
        tool("t", "a", 2),
    ]
    payloads = ("user_message", "assistant_message", "tool_call", "agent_start", "agent_handoff", "context_compacted")
    for message in timeline(*spans).messages:
        assert [name for name in payloads if getattr(message, name) is not None] == [message.type]


def test_an_agent_without_facts_of_its_own_has_no_card() -> None:
    assert lines(agent("a"), chat("c", "a", output_messages=answer("x"))) == ["assistant: x"]


@pytest.mark.parametrize(
    "fields",
    [
        {"agent_name": "A"},
        {"agent_id": "7"},
        {"request_model": "m"},
        {"instructions_hash": 5},
        {"has_tool_definitions": True},
    ],
    ids=repr,
)
def test_any_fact_about_the_agent_makes_a_card(fields: dict[str, object]) -> None:
    [message] = timeline(agent("a", **fields)).messages
    assert message.type == "agent_start"


def test_instructions_of_a_model_fill_the_card_of_its_agent() -> None:
    found = timeline(
        agent("a", agent_name="A"),
        chat("c", "a", 1, request_model="m", instructions_hash=5, has_tool_definitions=True),
        chat("d", "a", 2, instructions_hash=5),
    )
    [card] = found.messages
    [wanted] = found.wanted
    assert card.agent_start is wanted.card
    assert (wanted.span, wanted.instructions, wanted.tools) == (("t", "c"), True, True)
    assert wanted.card.model == "m"


def test_changed_instructions_have_a_card_and_unchanged_ones_none() -> None:
    found = [
        chat(str(n), at=n, instructions_hash=key, output_messages=answer("x" * n))
        for n, key in ((1, 5), (2, 5), (3, 6))
    ]
    assert lines(*found) == ["agent_start", "assistant: x", "assistant: xx", "agent_start", "assistant: xxx"]


def test_instructions_of_one_agent_are_not_taken_for_anothers() -> None:
    found = [
        agent("a", agent_name="A"),
        agent("b", "a", 1, agent_name="B"),
        chat("c", "b", 2, instructions_hash=5),
        chat("d", "a", 3, instructions_hash=5),
    ]
    chats = timeline(*found)
    assert [line(message) for message in chats.messages] == ["agent_start: A", "agent_start: B"]
    assert [wanted.span for wanted in chats.wanted] == [("t", "c"), ("t", "d")]
    assert [
        wanted.card is message.agent_start for wanted, message in zip(chats.wanted, chats.messages[::-1], strict=True)
    ]


@pytest.mark.parametrize(("before", "shown"), [(0, False), (1, True)])
def test_a_shortened_context_is_shown_when_it_held_something(before: int, shown: bool) -> None:
    found = lines(agent("a", compaction_items_before=before, compaction_items_after=3))
    assert found == (["context_compacted"] if shown else [])


def test_an_agents_own_answer_is_shown_when_nothing_below_gave_one() -> None:
    spans = [
        agent("a", output_messages=answer("done"), response_model="m", input_tokens=1, output_tokens=2),
        chat("c", "a", 1, response_model="m", input_tokens=10, output_tokens=20, reasoning_tokens=3),
        tool("t", "c", 2),
    ]
    chats = timeline(*spans, prices=price_of_m)
    assert [line(message) for message in chats.messages] == ["tool: look", "assistant: done"]
    shown = assistant(chats.messages[1])
    assert (shown.input_tokens, shown.output_tokens, shown.reasoning_tokens) == (11, 22, 3)
    assert shown.total_cost_usd == pytest.approx(11 * 0.001 + 22 * 0.002)


def test_an_agents_own_answer_is_left_out_when_something_below_gave_one() -> None:
    spans = [
        agent("a", output_messages=answer("done")),
        tool("t", "a", 1),
        chat("c", "t", 2, output_messages=answer("x")),
    ]
    assert lines(*spans) == ["tool: look", "assistant: x"]


def test_a_tool_is_named_by_its_column_else_by_its_span() -> None:
    spans = [
        tool("1", at=1, tool_name="search"),
        tool("2", at=2),
        tool("3", at=3, span_name="Execute_Tool find"),
        tool("4", at=4, span_name="plain"),
        tool("5", at=5, span_name="execute_tool"),
    ]
    assert lines(*spans) == ["tool: search", "tool: look", "tool: find", "tool: plain", "tool: execute_tool"]


def test_a_tool_shows_what_went_in_and_out() -> None:
    found = timeline(
        tool("t", took=0.25, tool_call_arguments="{}", tool_call_result="5", status_code="OK", content_refs=["r"])
    )
    assert call(found.messages[0]) == AgentChatToolCall("look", "{}", "5", 250, "OK", ["r"])


def test_an_open_span_has_no_duration() -> None:
    assert call(timeline(tool("t", took=None)).messages[0]).duration_ms is None


def test_a_user_who_repeats_himself_between_answers_is_heard_twice_but_not_at_once() -> None:
    spans = [
        chat("1", at=1, user_messages=ask("yes"), output_messages=answer("a")),
        chat("2", at=2, user_messages=ask("no")),
        chat("3", at=3, user_messages=ask("no")),
        chat("4", at=4, user_messages=ask("yes")),
    ]
    assert lines(*spans) == ["user: yes", "assistant: a", "user: no", "user: yes"]


def test_several_words_are_not_repeated_by_the_span_within() -> None:
    spans = [
        span("outer", user_messages=ask("a", "b")),
        chat("inner", "outer", 1, user_messages=ask("a", "b", "c")),
        chat("next", at=2, user_messages=ask("c")),
    ]
    assert lines(*spans) == ["user: a", "user: b", "user: c"]


def test_a_picture_without_words_is_a_message() -> None:
    parts = [{"type": "uri", "uri": "weave-trace-internal:///p/object/photo:Abc"}]
    [message] = timeline(chat("c", user_messages=[messages(said("user", parts))])).messages
    assert message.user_message is not None
    assert message.user_message.content_refs == ["weave-trace-internal:///p/object/photo:Abc"]


def test_a_tool_result_in_a_users_place_is_no_message() -> None:
    parts = [{"type": "tool_result", "content": "5"}]
    assert lines(chat("c", user_messages=[messages(said("user", parts))])) == []


def test_a_user_has_no_span_and_no_status() -> None:
    [message] = timeline(chat("c", user_messages=ask("x"), agent_name="A", status_code="OK")).messages
    assert (message.agent_name, message.span_id, message.status_code) == ("User", None, None)


def test_an_answer_shows_model_tokens_costs_and_time() -> None:
    spans = [
        chat(
            "c",
            request_model="asked",
            response_model="m",
            input_tokens=100,
            output_tokens=10,
            reasoning_tokens=4,
            cache_read_input_tokens=20,
            cache_creation_input_tokens=30,
            reasoning_content="hm",
            output_messages=answer("x"),
            status_code="OK",
        )
    ]
    shown = assistant(timeline(*spans, prices=price_of_m).messages[0])
    assert shown.total_cost_usd == pytest.approx(0.05 + 0.02 + 20 * 0.0001 + 30 * 0.0005)
    assert shown.input_cost_usd == pytest.approx(0.05)
    assert replace(shown, input_cost_usd=None, output_cost_usd=None, total_cost_usd=None) == AgentChatAssistantMessage(
        "x", "m", "hm", 4, 100, 10, None, None, None, 1000, "OK", []
    )


def test_an_answer_of_a_model_without_a_price_has_no_costs() -> None:
    shown = assistant(
        timeline(chat("c", response_model="other", output_messages=answer("x")), prices=price_of_m).messages[0]
    )
    assert (shown.input_cost_usd, shown.output_cost_usd, shown.total_cost_usd) == (None, None, None)


@pytest.mark.parametrize("fields", [{"reasoning_content": "hm"}, {"status_code": "ERROR"}], ids=repr)
def test_thoughts_and_failures_are_answers_too(fields: dict[str, str]) -> None:
    assert lines(chat("c", **fields)) == ["assistant: "]


def test_a_failure_says_why() -> None:
    [message] = timeline(chat("c", status_code="ERROR", error_type="E", status_message="broke")).messages
    assert (message.status_code, message.error_type, message.status_message) == ("ERROR", "E", "broke")


def test_a_span_without_anything_to_say_says_nothing() -> None:
    assert lines(chat("c"), span("x", "c", operation_name="retrieval", status_code="OK")) == []


def test_a_message_is_from_the_nearest_agent_that_is_named() -> None:
    spans = [
        agent("a", agent_name="A", agent_version="1"),
        chat("c", "a", 1, output_messages=answer("x")),
        agent("b", "a", 2, agent_name="B"),
        tool("t", "b", 3),
        chat("d", "b", 4, agent_name="D", output_messages=answer("y")),
    ]
    found = [(line(message), message.agent_name, message.agent_version) for message in timeline(*spans).messages]
    assert found[1:] == [
        ("assistant: x", "A", "1"),
        ("agent_start: B", "B", None),
        ("tool: look", "B", None),
        ("assistant: y", "D", None),
    ]


def test_the_same_answer_of_parent_and_child_is_one_with_the_tokens_of_whoever_counted() -> None:
    spans = [
        chat("c", response_model="m", input_tokens=5, output_tokens=6, output_messages=answer("x"), took=4),
        span("d", "c", 1, operation_name="assistant_text", output_messages=answer("x")),
    ]
    chats = timeline(*spans, prices=price_of_m)
    [message] = chats.messages
    shown = assistant(message)
    assert (message.span_id, shown.input_tokens, shown.model, shown.duration_ms) == ("d", 5, "m", 4000)
    assert shown.total_cost_usd == pytest.approx(0.017)
    assert chats.merged == {"c": message}


def test_the_tokens_of_a_child_that_counted_stay() -> None:
    spans = [
        chat("c", input_tokens=9, output_messages=answer("x"), status_code="ERROR", error_type="E"),
        chat("d", "c", 1, input_tokens=5, output_messages=answer("x"), status_code="OK"),
    ]
    [message] = timeline(*spans).messages
    assert assistant(message).input_tokens == 5
    assert (message.status_code, message.error_type) == ("ERROR", "E")


def test_the_same_answer_through_three_levels_is_one() -> None:
    spans = [
        span("w", output_messages=answer("x")),
        agent("a", "w", 1, output_messages=answer("x")),
        chat("c", "a", 2, output_messages=answer("x")),
    ]
    assert lines(*spans) == ["assistant: x"]


def test_other_answers_are_all_shown() -> None:
    spans = [chat("c", output_messages=answer("x")), chat("d", "c", 1, output_messages=answer("y"))]
    assert lines(*spans) == ["assistant: y", "assistant: x"]


def test_without_words_of_a_model_the_agent_tells_what_the_user_said() -> None:
    spans = [
        agent("a", agent_name="A", user_messages=ask("hello"), status_code="OK"),
        chat("c", "a", 1, output_messages=answer("x")),
        agent("b", "a", 2, user_messages=ask("inner")),
    ]
    chats = timeline(*spans)
    assert [line(message) for message in chats.messages] == ["user: hello", "agent_start: A", "assistant: x"]
    assert (chats.messages[0].agent_name, chats.messages[0].span_id, chats.messages[0].status_code) == (
        "User",
        None,
        None,
    )


def test_the_agents_version_of_the_words_is_not_added_to_the_models() -> None:
    spans = [agent("a", user_messages=ask("hello")), chat("c", "a", 1, user_messages=ask("hello there"))]
    assert lines(*spans) == ["user: hello there"]


NOTIFICATION = "<task-notification>\n<status>completed</status>\n</task-notification>"


def test_a_report_of_background_work_is_no_users_message() -> None:
    [message] = timeline(chat("c", user_messages=ask(f" {NOTIFICATION}\n"))).messages
    assert call(message).tool_name == "Task notification"
    assert NOTIFICATION in (call(message).tool_result or "")
    assert message.span_id == "c"


def test_a_report_that_only_the_agent_tells_of_is_shown_as_one() -> None:
    [message, _] = timeline(agent("a", agent_name="A", user_messages=ask(NOTIFICATION))).messages
    assert call(message).tool_name == "Task notification"
    assert (message.span_id, message.status_code) == (None, None)


def test_a_text_about_notifications_stays_a_text() -> None:
    assert lines(chat("c", user_messages=ask(f"what is {NOTIFICATION}?"))) == [f"user: what is {NOTIFICATION}?"]


RECEIPT = '{"isAsync": true, "status": "async_launched", "agentId": "7"}'


@pytest.mark.parametrize("name", ["Scout", ""])
@pytest.mark.parametrize(
    "output",
    [
        answer(RECEIPT),
        messages(said("assistant", [{"type": "text", "content": RECEIPT}])),
        messages(said("tool", [{"type": "tool_call_response", "id": "1", "response": RECEIPT}])),
    ],
)
def test_the_receipt_of_an_agent_in_the_background_is_a_tool_call(name: str, output: str) -> None:
    found = timeline(agent("a", agent_name=name, output_messages=output, tool_call_arguments="{}"))
    message = found.messages[-1]
    assert line(message) == f"tool: Start {name or 'subagent'}"
    assert (call(message).tool_arguments, call(message).tool_result) == ("{}", RECEIPT)
    assert not [shown for shown in found.messages if shown.type == "assistant_message"]


def test_the_card_right_before_the_first_words_comes_after_them() -> None:
    spans = [tool("t"), chat("c", at=1, instructions_hash=5, user_messages=ask("u"), output_messages=answer("x"))]
    assert lines(*spans) == ["tool: look", "user: u", "agent_start", "assistant: x"]


def asking(*requests: tuple[str, str]) -> str:
    """The answer of a model that asks for tools, by id and name."""
    parts = [{"type": "tool_call", "id": call_id, "name": name, "arguments": "{}"} for call_id, name in requests]
    return messages(said("assistant", [{"type": "text", "content": "wait"}, *parts]))


def test_tools_that_were_asked_for_and_not_run_are_added_on_demand() -> None:
    spans = [chat("c", status_code="OK", output_messages=asking(("1", "f"), ("", "g"))), chat("d", at=5)]
    assert lines(*spans) == ["assistant: wait"]
    chats = timeline(*spans, with_requests=True)
    assert [line(message) for message in chats.messages] == ["assistant: wait", "tool: f", "tool: g"]
    assert call(chats.messages[1]) == AgentChatToolCall("f", "{}")
    assert (chats.messages[1].span_id, chats.messages[1].status_code) == ("c", None)


def test_tools_that_ran_follow_the_model_that_asked_for_them() -> None:
    spans = [
        tool("early", at=0, tool_name="first", tool_call_id="1"),
        chat("c", at=1, output_messages=asking(("2", "sub"), ("1", "first"), ("3", "never"))),
        chat("d", at=2, output_messages=answer("done")),
        agent("sub", at=3, agent_name="Sub", tool_call_id="2"),
        chat("e", "sub", 4, output_messages=answer("inner")),
    ]
    assert lines(*spans, with_requests=True) == [
        "assistant: wait",
        "agent_start: Sub",
        "assistant: inner",
        "tool: first",
        "tool: never",
        "assistant: done",
    ]


def test_a_tool_inside_the_span_that_asked_for_it_comes_after_the_answer() -> None:
    spans = [chat("c", output_messages=asking(("1", "f"))), tool("t", "c", 1, tool_call_id="1")]
    assert lines(*spans) == ["tool: look", "assistant: wait"]
    assert lines(*spans, with_requests=True) == ["assistant: wait", "tool: look"]


def test_a_request_told_by_wrapper_and_model_is_one() -> None:
    outputs = asking(("1", "f"))
    spans = [span("w", output_messages=outputs), chat("c", "w", 1, output_messages=outputs)]
    assert lines(*spans, with_requests=True) == ["assistant: wait", "tool: f"]


def test_an_agent_asked_for_by_a_model_within_it_stays_where_it_is() -> None:
    spans = [agent("a", agent_name="A", tool_call_id="1"), chat("c", "a", 1, output_messages=asking(("1", "f")))]
    assert lines(*spans, with_requests=True) == ["agent_start: A", "assistant: wait"]


def test_agents_that_ask_for_each_other_are_shown_once() -> None:
    spans = [
        agent("a", agent_name="A", tool_call_id="1"),
        chat("ca", "a", 1, output_messages=asking(("2", "b"))),
        agent("b", at=2, agent_name="B", tool_call_id="2"),
        chat("cb", "b", 3, output_messages=asking(("1", "a"))),
    ]
    found = lines(*spans, with_requests=True)
    assert sorted(found) == ["agent_start: A", "agent_start: B", "assistant: wait", "assistant: wait"]


def test_nothing_has_an_empty_chat() -> None:
    assert lines() == []
