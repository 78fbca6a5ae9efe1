"""Which columns of an agent's span the attributes of the GenAI conventions fill."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import otlp
from weft.otel.custom_attributes import LONGEST, MOST
from weft.otel.protobuf import read_protobuf
from weft.otel.span_columns import CannotExtract, span_columns
from weft.otel.spans import OtelSpan
from weft.otel.trees import resource_tree, trees_of


def columns(attributes: Any = None, name: str = "step", **span: Any) -> dict[str, Any]:
    """The columns that something is told about."""
    (batch,) = read_protobuf(otlp.request(otlp.span(name, attributes=attributes, **span)).SerializeToString())
    (read,) = batch.read()
    assert isinstance(read, OtelSpan), read
    told = span_columns(read, trees_of(read, resource_tree(batch.resource)))
    return {column: value for column, value in told.items() if value not in ("", [], {})}


def messages(value: Any, key: str = "gen_ai.input.messages") -> list[dict[str, str]]:
    told = columns({key: value if isinstance(value, str) else json.dumps(value)})
    text = told.get("output_messages" if "output" in key or "completion" in key else "input_messages", "[]")
    read: list[dict[str, str]] = json.loads(text)
    return read


def test_a_chat_fills_its_columns() -> None:
    assert columns(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "OpenAI",
            "gen_ai.agent.name": "helper",
            "gen_ai.agent.id": "a1",
            "gen_ai.agent.description": "helps",
            "gen_ai.agent.version": 2,
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.model": "gpt-4o-2024",
            "gen_ai.response.id": "r1",
            "gen_ai.response.finish_reasons": ["stop", "length"],
            "gen_ai.conversation.id": "c1",
            "weave.conversation.name": "first talk",
            "gen_ai.usage.input_tokens": 5,
            "gen_ai.usage.output_tokens": "6",
            "gen_ai.usage.reasoning.output_tokens": 2,
            "gen_ai.usage.cache_creation.input_tokens": 1,
            "gen_ai.usage.prompt_tokens_details.cached_tokens": 4,
            "gen_ai.request.temperature": "0.5",
            "gen_ai.request.max_tokens": 10.7,
            "gen_ai.request.top_p": 1,
            "gen_ai.request.stop_sequences": '["a", "b"]',
            "gen_ai.request.choice.count": 2,
            "gen_ai.output.type": "json",
            "server.address": "api.openai.com",
            "server.port": 443,
        }
    ) == {
        "operation_name": "chat",
        "provider_name": "openai",
        "agent_name": "helper",
        "agent_id": "a1",
        "agent_description": "helps",
        "agent_version": "2",
        "request_model": "gpt-4o",
        "response_model": "gpt-4o-2024",
        "response_id": "r1",
        "finish_reasons": ["stop", "length"],
        "conversation_id": "c1",
        "conversation_name": "first talk",
        "input_tokens": 5,
        "output_tokens": 6,
        "reasoning_tokens": 2,
        "cache_creation_input_tokens": 1,
        "cache_read_input_tokens": 4,
        "request_temperature": 0.5,
        "request_max_tokens": 10,
        "request_top_p": 1.0,
        "request_stop_sequences": ["a", "b"],
        "request_choice_count": 2,
        "output_type": "json",
        "server_address": "api.openai.com",
        "server_port": 443,
    }


def test_weave_names_come_first_and_an_empty_one_says_nothing() -> None:
    told = columns(
        {"weave.request.model": "w", "gen_ai.request.model": "g", "weave.agent.name": "", "gen_ai.agent.name": "n"}
    )
    assert told == {"request_model": "w", "agent_name": "n"}


def test_evaluations_compaction_refs_and_parent_calls() -> None:
    assert columns(
        {
            "weave.eval.run_id": "r",
            "weave.eval.predict_and_score_call_id": "p",
            "weave.eval.kind": "k",
            "weave.eval.row_digest": "d",
            "weave.eval.example_id": "e",
            "weave.eval.trial_index": 0,
            "weave.eval.evaluation_name": "n",
            "weave.parent_call.id": "pc",
            "weave.parent_call.trace_id": "pt",
            "weave.compaction.summary": "short",
            "weave.compaction.items_before": 5,
            "weave.compaction.items_after": "2",
            "weave.content_refs": ["one"],
            "weave.object_refs": '["two"]',
            "weave.artifact_refs": "three",
            "gen_ai.eval.run_id": "not ours",
        }
    ) == {
        "eval_run_id": "r",
        "eval_predict_and_score_call_id": "p",
        "eval_kind": "k",
        "eval_row_digest": "d",
        "eval_example_id": "e",
        "eval_trial_index": 0,
        "eval_evaluation_name": "n",
        "parent_call_id": "pc",
        "parent_call_trace_id": "pt",
        "compaction_summary": "short",
        "compaction_items_before": 5,
        "compaction_items_after": 2,
        "content_refs": ["one"],
        "object_refs": ["two"],
        "artifact_refs": ["three"],
        "custom_attrs_string": {"gen_ai.eval.run_id": "not ours"},
    }


@pytest.mark.parametrize(
    ("name", "operation", "agent"),
    [
        ("chat gpt-4", "chat", ""),
        ("Chat x", "chat", ""),
        ("invoke_agent My Agent", "invoke_agent", "My Agent"),
        ("INVOKE_AGENT Foo", "invoke_agent", "Foo"),
        ("invoke_agent", "invoke_agent", ""),
        ("execute_tool add", "execute_tool", ""),
        ("embeddings m", "embeddings", ""),
        ("step", "", ""),
    ],
)
def test_the_name_of_a_span_tells_the_operation(name: str, operation: str, agent: str) -> None:
    told = columns({}, name=name)
    assert (told.get("operation_name", ""), told.get("agent_name", "")) == (operation, agent)


@pytest.mark.parametrize("value", ["many", "9" * 30, 2.0**70, float("nan"), True, [1], {"a": 1}, None])
def test_numbers_that_are_none_are_left_out(value: Any) -> None:
    told = columns({"gen_ai.usage.input_tokens": value, "gen_ai.request.temperature": float("inf")})
    assert "input_tokens" not in told
    assert "request_temperature" not in told


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("hello", [("user", "hello", "")]),
        (["a", "b"], [("user", "a", ""), ("user", "b", "")]),
        ({"role": "system", "content": "x"}, [("system", "x", "")]),
        ({"messages": [{"role": "tool", "content": "x"}]}, [("tool", "x", "")]),
        ([{"content": "x"}], [("user", "x", "")]),
        ([{"role": "user", "content": None}], [("user", "", "")]),
        ([{"role": "user", "content": {"a": "é"}}], [("user", '{"a": "é"}', "")]),
        ([{"role": "user", "content": 5}], [("user", "5", "")]),
        ([{"nothing": 1}, None, ""], []),
        (
            [{"role": "user", "parts": [{"type": "text", "content": "hi"}], "finish_reason": "stop"}],
            [("user", '[{"type": "text", "content": "hi"}]', "stop")],
        ),
        (
            [{"role": "user", "content": [{"type": "text", "text": "é"}]}],
            [("user", '[{"type": "text", "text": "é"}]', "")],
        ),
        ([], []),
        ("", []),
    ],
)
def test_messages_however_they_are_spelled(sent: Any, stored: list[tuple[str, str, str]]) -> None:
    assert messages(sent) == [
        {"role": role, "content": content, "finish_reason": reason} for role, content, reason in stored
    ]


def test_tool_calls_beside_the_content_become_parts() -> None:
    openai = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    (message,) = messages(
        [{"role": "assistant", "content": "let me", "tool_calls": [openai]}], "gen_ai.output.messages"
    )
    assert json.loads(message["content"]) == [
        {"type": "text", "content": "let me"},
        {"type": "tool_call", "id": "1", "name": "f", "arguments": '{"x": 1}'},
    ]
    told = columns(
        {
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.tool_calls.0.id": "2",
            "gen_ai.completion.0.tool_calls.0.name": "g",
            "gen_ai.completion.0.tool_calls.0.arguments": "{}",
        }
    )
    (message,) = json.loads(told["output_messages"])
    assert json.loads(message["content"]) == [{"type": "tool_call", "id": "2", "name": "g", "arguments": {}}]


def test_messages_of_old_conventions_and_of_events() -> None:
    told = columns(
        {
            "gen_ai.prompt.0.role": "system",
            "gen_ai.prompt.0.content": "be",
            "gen_ai.prompt.1.role": "user",
            "gen_ai.prompt.1.content": "hi",
        },
        events=[("gen_ai.content.completion", {"gen_ai.completion": "ho"})],
    )
    assert [message["role"] for message in json.loads(told["input_messages"])] == ["system", "user"]
    assert json.loads(told["output_messages"]) == [{"role": "assistant", "content": "ho", "finish_reason": ""}]
    assert "custom_attrs_string" not in told


def test_reasoning_stands_in_a_column_of_its_own() -> None:
    parts = [
        {"type": "reasoning", "content": "a"},
        {"type": "text", "content": "x"},
        {"type": "thinking", "thinking": "b"},
    ]
    said = json.dumps([{"role": "assistant", "parts": parts}])
    assert columns({"gen_ai.output.messages": said})["reasoning_content"] == "a\nb"
    assert columns({"weave.reasoning_content": "c"})["reasoning_content"] == "c"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("be kind", ["be kind"]),
        (["a", "b"], ["a", "b"]),
        ('[{"type": "text", "content": "c"}, {"text": "t"}, "s", 5, {"x": 1}]', ["c", "t", "s"]),
        ('{"content": "q"}', ["q"]),
    ],
)
def test_system_instructions_are_texts(sent: Any, stored: list[str]) -> None:
    assert columns({"gen_ai.system_instructions": sent}) == {"system_instructions": stored}


def test_tools() -> None:
    told = columns(
        {
            "gen_ai.tool.name": "add",
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.id": "t1",
            "gen_ai.tool.description": "adds",
            "gen_ai.tool.call.arguments": '{"a": "é"}',
            "gen_ai.tool.call.result": 5,
            "gen_ai.tool.definitions": '[{"name": "add"}]',
        },
        name="execute_tool add",
    )
    assert told == {
        "operation_name": "execute_tool",
        "tool_name": "add",
        "tool_type": "function",
        "tool_call_id": "t1",
        "tool_description": "adds",
        "tool_call_arguments": '{"a": "é"}',
        "tool_call_result": "5",
        "tool_definitions": '[{"name": "add"}]',
    }
    events = [
        ("gen_ai.tool.input", {"gen_ai.tool.call.arguments": "in"}),
        ("gen_ai.tool.output", {"gen_ai.tool.call.result": "first"}),
        ("gen_ai.tool.output", {"gen_ai.tool.call.result": "out"}),
    ]
    told = columns({}, events=events)
    assert (told["tool_call_arguments"], told["tool_call_result"]) == ("in", "out")


def test_a_failure_is_told_by_its_last_exception_unless_the_span_tells_it() -> None:
    events = [
        ("exception", {"exception.type": "E1", "exception.message": "m1"}),
        ("exception", {"exception.type": "E2", "exception.message": "m2"}),
    ]
    told = columns({}, status=(2, ""), events=events)
    assert (told["error_type"], told["status_message"]) == ("E2", "m2")
    told = columns({"error.type": "T"}, status=(2, "said"), events=events)
    assert (told["error_type"], told["status_message"]) == ("T", "said")
    assert columns({}, events=events) == {}


def test_other_attributes_are_sorted_by_type() -> None:
    assert columns(
        {
            "s": "x",
            "i": 5,
            "f": 1.5,
            "b": True,
            "raw": b"\xff\x00",
            "list": ["é", {"a": 1}],
            "group.a": '{"b": 1, "c": [1]}',
            "kv": {"a.b": 2},
            "too.big": 2**62,
            "empty": "",
            "none": None,
            "nan": float("nan"),
            "inf": float("-inf"),
            "gen_ai.request.model": {"not": "a model"},
            "wandb.thread_id": "t",
        }
    ) == {
        "custom_attrs_string": {
            "s": "x",
            "raw": '"/wA="',
            "list": '["é", {"a": 1}]',
            "group.a.c": "[1]",
            "gen_ai.request.model.not": "a model",
            "wandb.thread_id": "t",
        },
        "custom_attrs_int": {"i": 5, "group.a.b": 1, "kv.a.b": 2, "too.big": 2**62},
        "custom_attrs_float": {"f": 1.5},
        "custom_attrs_bool": {"b": True},
    }
    assert columns({"a": '{"big": 123456789012345678901234567890}'}) == {
        "custom_attrs_string": {"a.big": "123456789012345678901234567890"}
    }


def test_other_attributes_are_bounded() -> None:
    told = columns({"long": "x" * (LONGEST + 5)})
    assert told["custom_attrs_string"]["long"] == "x" * LONGEST + f"...[truncated from {LONGEST + 5} chars]"
    assert len(columns({f"k{number}": number for number in range(MOST + 10)})["custom_attrs_int"]) == MOST


def test_an_output_of_an_unknown_type_cannot_be_extracted() -> None:
    with pytest.raises(CannotExtract, match="bogus"):
        columns({"gen_ai.output.type": "bogus"})
