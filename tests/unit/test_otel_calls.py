"""What spans of each convention mean as calls. Attributes are as the libraries named write them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests import otlp
from weft.otel.call_fields import COUNTERS, CallFields, call_fields
from weft.otel.protobuf import read_protobuf
from weft.otel.spans import OtelSpan
from weft.otel.trees import resource_tree, trees_of


def fields(attributes: Any = None, **span: Any) -> CallFields:
    (batch,) = read_protobuf(otlp.request(otlp.span(attributes=attributes, **span)).SerializeToString())
    (read,) = batch.read()
    assert isinstance(read, OtelSpan), read
    return call_fields(read, trees_of(read, resource_tree(batch.resource)))


def usage(told: CallFields) -> dict[str, dict[str, int]]:
    """The known counts of each model."""
    every = told.summary.get("usage", {})
    assert all(set(counts) == set(COUNTERS) for counts in every.values())
    return {
        model: {name: count for name, count in counts.items() if count is not None} for model, counts in every.items()
    }


def test_openinference() -> None:
    told = fields(
        {
            "openinference.span.kind": "LLM",
            "input.value": '{"messages": [{"role": "user", "content": "hi"}]}',
            "input.mime_type": "application/json",
            "output.value": "hello",
            "llm.model_name": "gpt-4o-mini",
            "llm.provider": "openai",
            "llm.system": "openai",
            "llm.invocation_parameters": '{"model": "gpt-4o-mini", "temperature": 0.1}',
            "llm.token_count.prompt": 11,
            "llm.token_count.completion": 0,
            "llm.token_count.total": 11,
            "llm.token_count.prompt_details.cache_read": 4,
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "hi",
            "session.id": "s1",
        }
    )
    assert told.inputs == {"input.value": {"messages": [{"role": "user", "content": "hi"}]}}
    assert told.output == {"output.value": "hello"}
    assert told.attributes == {
        "system": "openai",
        "kind": "LLM",
        "model": "gpt-4o-mini",
        "provider": "openai",
        "model_parameters": {"model": "gpt-4o-mini", "temperature": 0.1},
    }
    assert usage(told) == {
        "gpt-4o-mini": {"prompt_tokens": 11, "completion_tokens": 0, "total_tokens": 11, "cache_read_input_tokens": 4}
    }
    assert told.thread_id == "s1"


def test_openinference_messages_are_read_when_nothing_else_tells_them() -> None:
    told = fields(
        {
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "hi",
            "retrieval.documents.0.document.content": "page",
        }
    )
    assert told.inputs == {"llm.input_messages": [{"message": {"role": "user", "content": "hi"}}]}
    assert told.output == {"retrieval.documents": [{"document": {"content": "page"}}]}


def test_genai_semantic_conventions() -> None:
    asked = [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]
    said = [{"role": "assistant", "parts": [{"type": "text", "content": "ho"}], "finish_reason": "stop"}]
    told = fields(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.model": "gpt-4o-2024-08-06",
            "gen_ai.response.id": "chatcmpl-1",
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.request.temperature": 0.5,
            "gen_ai.request.max_tokens": 100,
            "gen_ai.usage.input_tokens": 12,
            "gen_ai.usage.output_tokens": 5,
            "gen_ai.usage.cache_read.input_tokens": 2,
            "gen_ai.system_instructions": '[{"type": "text", "content": "be kind"}]',
            "gen_ai.input.messages": json.dumps(asked),
            "gen_ai.output.messages": json.dumps(said),
            "gen_ai.conversation.id": "conv",
            "gen_ai.agent.name": "helper",
            "gen_ai.agent.id": "a1",
        }
    )
    assert told.inputs == {"gen_ai.input.messages": asked}
    assert told.output == {"gen_ai.output.messages": said}
    assert told.attributes == {
        "system": [{"type": "text", "content": "be kind"}],
        "model": "gpt-4o-2024-08-06",
        "provider": "openai",
        "model_parameters": {"model": "gpt-4o", "temperature": 0.5, "max_tokens": 100},
        "operation_name": "chat",
        "response_id": "chatcmpl-1",
        "finish_reasons": ["stop"],
        "agent_name": "helper",
        "agent_id": "a1",
    }
    assert usage(told) == {
        "gpt-4o-2024-08-06": {
            "input_tokens": 12,
            "output_tokens": 5,
            "total_tokens": 17,
            "cache_read_input_tokens": 2,
        }
    }


def test_genai_tools_tell_arguments_and_result() -> None:
    told = fields(
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "add",
            "gen_ai.tool.call.arguments": '{"a": 1}',
            "gen_ai.tool.call.result": "2",
        }
    )
    assert told.inputs == {"gen_ai.tool.call.arguments": {"a": 1}}
    assert told.output == {"gen_ai.tool.call.result": "2"}


def test_vercel_ai_sdk() -> None:
    told = fields(
        {
            "operation.name": "ai.generateText.doGenerate",
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.model.id": "gpt-4o",
            "ai.model.provider": "openai.chat",
            "ai.prompt.messages": '[{"role": "user", "content": [{"type": "text", "text": "hi"}]}]',
            "ai.response.text": "ho",
            "ai.response.finishReason": "stop",
            "ai.usage.promptTokens": 9,
            "ai.usage.completionTokens": 2,
            "gen_ai.system": "openai.chat",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.usage.input_tokens": 9,
            "gen_ai.usage.output_tokens": 2,
        }
    )
    assert told.inputs == {"ai.prompt": {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]}}
    assert told.output == {"ai.response": {"text": "ho", "finishReason": "stop"}}
    assert told.attributes["model"] == "gpt-4o"
    assert told.attributes["provider"] == "openai.chat"
    # Both spellings of one count would be added up by readers.
    assert usage(told) == {"gpt-4o": {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11}}


def test_vercel_outer_spans_tools_and_embeddings() -> None:
    outer = fields({"ai.prompt": '{"prompt": "hi"}', "ai.response.text": "ho", "ai.usage.promptTokens": 1})
    assert outer.inputs == {"ai.prompt": {"prompt": "hi"}}
    assert usage(outer) == {"usage": {"prompt_tokens": 1, "total_tokens": 1}}
    tool = fields({"ai.toolCall.name": "t", "ai.toolCall.args": '{"q": 1}', "ai.toolCall.result": '{"r": 2}'})
    assert (tool.inputs, tool.output) == ({"ai.toolCall.args": {"q": 1}}, {"ai.toolCall.result": {"r": 2}})
    embedding = fields({"ai.value": '"words"', "ai.embedding": "[0.5,1.5]"})
    assert (embedding.inputs, embedding.output) == ({"ai.value": '"words"'}, {"ai.embedding": [0.5, 1.5]})


def test_traceloop() -> None:
    told = fields(
        {
            "gen_ai.system": "OpenAI",
            "gen_ai.request.model": "gpt-3.5-turbo",
            "gen_ai.response.model": "gpt-3.5-turbo-0125",
            "llm.request.type": "chat",
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": "hi",
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "ho",
            "gen_ai.completion.0.finish_reason": "stop",
            "gen_ai.usage.prompt_tokens": 3,
            "gen_ai.usage.completion_tokens": 4,
            "llm.usage.total_tokens": 7,
        }
    )
    assert told.inputs == {"gen_ai.prompt": [{"role": "user", "content": "hi"}]}
    assert told.output == {"gen_ai.completion": [{"role": "assistant", "content": "ho", "finish_reason": "stop"}]}
    assert usage(told) == {"gpt-3.5-turbo-0125": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}
    workflow = fields(
        {
            "traceloop.span.kind": "workflow",
            "traceloop.entity.input": '{"args": [1]}',
            "traceloop.entity.output": '{"out": 2}',
        }
    )
    assert workflow.attributes == {"kind": "workflow"}
    assert workflow.inputs == {"traceloop.entity.input": {"args": [1]}}
    assert workflow.output == {"traceloop.entity.output": {"out": 2}}


def test_mlflow() -> None:
    told = fields(
        {
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.spanInputs": '{"q": "hi"}',
            "mlflow.spanOutputs": '"ho"',
            "mlflow.llm.model": '"gpt-4o"',
            "mlflow.chat.tokenUsage": '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}',
        }
    )
    assert told.inputs == {"mlflow.spanInputs": {"q": "hi"}}
    assert told.output == {"mlflow.spanOutputs": "ho"}
    assert told.attributes == {"kind": "CHAT_MODEL", "model": "gpt-4o"}
    assert usage(told) == {"gpt-4o": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}


def test_pydantic_ai() -> None:
    run = fields(
        {
            "agent_name": "agent",
            "model_name": "gpt-4o",
            "pydantic_ai.all_messages": '[{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]',
            "final_result": "ho",
            "gen_ai.usage.input_tokens": 5,
            "logfire.msg": "agent run",
        }
    )
    assert run.inputs == {"pydantic_ai.all_messages": [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]}
    assert run.output == {"final_result": "ho"}
    tool = fields({"tool_arguments": '{"x": 1}', "tool_response": "done", "gen_ai.tool.name": "t"})
    assert (tool.inputs, tool.output) == ({"tool_arguments": {"x": 1}}, {"tool_response": "done"})


def test_agent_development_kit() -> None:
    told = fields(
        {
            "gen_ai.system": "gcp.vertex.agent",
            "gcp.vertex.agent.llm_request": '{"model": "gemini", "contents": []}',
            "gcp.vertex.agent.llm_response": '{"content": {"parts": [{"text": "ho"}]}}',
            "gcp.vertex.agent.session_id": "sess",
        },
        span_id="00f067aa0ba902b7",
    )
    assert told.inputs == {"gcp.vertex.agent.llm_request": {"model": "gemini", "contents": []}}
    assert told.output == {"gcp.vertex.agent.llm_response": {"content": {"parts": [{"text": "ho"}]}}}
    assert (told.thread_id, told.turn_id) == ("sess", "00f067aa0ba902b7")
    tool = fields({"gcp.vertex.agent.tool_call_args": '{"a": 1}', "gcp.vertex.agent.tool_response": '{"b": 2}'})
    assert (tool.inputs, tool.output) == (
        {"gcp.vertex.agent.tool_call_args": {"a": 1}},
        {"gcp.vertex.agent.tool_response": {"b": 2}},
    )


@pytest.mark.parametrize(
    ("attributes", "inputs", "output"),
    [
        ({"input": '{"q": 1}', "output": '{"r": 1}'}, {"q": 1}, {"r": 1}),
        ({"input": "q", "output": "r"}, {"input": "q"}, "r"),
        ({"inputs": "[1]", "outputs": "[2]"}, {"inputs": [1]}, [2]),
        ({"inputs.0": "q", "outputs.0": "r"}, {"inputs": ["q"]}, ["r"]),
        ({"input.value": "", "output.value": 0}, {"value": ""}, {"output.value": 0}),
        ({}, {}, {}),
    ],
)
def test_bare_inputs_and_outputs(attributes: dict[str, Any], inputs: Any, output: Any) -> None:
    told = fields(attributes)
    assert (told.inputs, told.output) == (inputs, output)


def test_what_no_convention_explains_is_kept_as_attributes() -> None:
    assert fields({"foo.bar": 1, "raw": b"\x00"}).attributes == {"foo": {"bar": 1}, "raw": "AA=="}
    assert fields({"foo.bar": 1, "output": False}).attributes == {}


def test_own_attributes_lie_on_top() -> None:
    told = fields({"wandb.attributes": '{"x": 1, "kind": "mine"}', "wandb.attributes.y": 2, "weave.span.kind": "llm"})
    assert told.attributes == {"kind": "mine", "x": 1, "y": 2}


@pytest.mark.parametrize(
    ("attributes", "counts"),
    [
        ({"gen_ai.usage.input_tokens": "7"}, {"input_tokens": 7, "total_tokens": 7}),
        (
            {"gen_ai.usage.input_tokens": 1.0, "gen_ai.usage.output_tokens": 3},
            {"input_tokens": 1, "output_tokens": 3, "total_tokens": 4},
        ),
        ({"gen_ai.usage.input_tokens": "many"}, None),
        ({"gen_ai.usage.input_tokens": -1}, None),
        ({"gen_ai.usage.input_tokens": True}, None),
        ({"gen_ai.usage.input_tokens": float("nan")}, None),
        ({"gen_ai.usage.input_tokens": 0}, {"input_tokens": 0, "total_tokens": 0}),
        ({"gen_ai.usage.prompt_tokens": "x", "llm.token_count.prompt": 5}, {"prompt_tokens": 5, "total_tokens": 5}),
        ({}, None),
    ],
)
def test_token_counts(attributes: dict[str, Any], counts: dict[str, int] | None) -> None:
    assert usage(fields(attributes)) == ({"usage": counts} if counts else {})


def test_the_model_of_the_parameters_names_the_usage() -> None:
    told = fields({"llm.invocation_parameters": '{"model": "gpt"}', "gen_ai.usage.input_tokens": 7})
    assert list(usage(told)) == ["gpt"]


@pytest.mark.parametrize(
    ("attributes", "parent", "thread", "is_turn"),
    [
        ({"gen_ai.conversation.id": "c", "wandb.thread_id": "t"}, "", "c", True),
        ({"gcp.vertex.agent.session_id": "g", "wandb.thread_id": "t"}, "", "g", True),
        ({"wandb.thread_id": "t"}, "00f067aa0ba902b7", "t", True),
        ({"wandb.thread_id": "t", "wandb.is_turn": False}, "", "t", False),
        ({"wandb.thread_id": "t", "wandb.is_turn": "false"}, "", "t", True),
        ({"wandb.is_turn": True}, "", "", False),
        ({"gen_ai.conversation.id": 5}, "", "5", True),
        ({"session.id": "s"}, "", "s", True),
        ({"session.id": "s"}, "00f067aa0ba902b7", "s", False),
    ],
)
def test_threads_and_turns(attributes: dict[str, Any], parent: str, thread: str, is_turn: bool) -> None:
    told = fields(attributes, parent_id=parent, span_id="b7ad6b7169203331")
    assert (told.thread_id, told.turn_id) == (thread, "b7ad6b7169203331" if is_turn else "")


def test_times_are_rounded_to_the_microsecond_and_an_open_span_runs() -> None:
    told = fields({}, start=1_700_000_000_123_456_789, end=0)
    assert told.started_at == datetime(2023, 11, 14, 22, 13, 20, 123457, UTC)
    assert told.ended_at is None


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-01-01T00:00:00Z", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-01-01T01:00:00+01:00", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-01-01T00:00:00", datetime(2024, 1, 1, tzinfo=UTC)),
        (1_700_000_005_000_000_000, datetime(2023, 11, 14, 22, 13, 25, tzinfo=UTC)),
        ("1700000005000000000", datetime(2023, 11, 14, 22, 13, 25, tzinfo=UTC)),
        (1_700_000_005.5, datetime(2023, 11, 14, 22, 13, 25, 500_000, UTC)),
    ],
)
def test_times_that_langfuse_tells_win(value: Any, moment: datetime) -> None:
    told = fields({"langfuse.startTime": value, "langfuse.endTime": value})
    assert (told.started_at, told.ended_at) == (moment, moment)


@pytest.mark.parametrize("value", ["soon", "9" * 40, True, 1e300, "", [1]])
def test_times_that_are_none_are_ignored(value: Any) -> None:
    assert fields({"langfuse.startTime": value}, start=0).started_at == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "events", "attributes", "exception"),
    [
        ((2, "boom"), [], {}, "boom"),
        ((2, ""), [("exception", {"exception.type": "E", "exception.message": "bad"})], {}, "E: bad"),
        (
            (2, ""),
            [("exception", {"exception.message": "one"}), ("exception", {"exception.message": "two"})],
            {},
            "two",
        ),
        ((2, ""), [], {"error.type": "timeout"}, "timeout"),
        ((2, ""), [], {}, "error"),
        ((1, "fine"), [("exception", {"exception.message": "handled"})], {}, ""),
        ((0, "whatever"), [], {"error.type": "timeout"}, ""),
    ],
)
def test_only_a_failed_span_is_a_failed_call(
    status: tuple[int, str], events: list[Any], attributes: dict[str, Any], exception: str
) -> None:
    assert fields(attributes, status=status, events=events).exception == exception


def test_run_steps_and_names() -> None:
    told = fields(
        {
            "wandb.wb_run_id": "r1",
            "wandb.wb_run_step": 0,
            "wandb.wb_run_step_end": "4",
            "wandb.display_name": "d" * 2000,
        }
    )
    assert (told.run, told.run_step, told.run_step_end) == ("r1", 0, 4)
    assert len(told.display_name) == 1024
    assert fields({"wandb.wb_run_id": "a/b/r1"}).run == ""
    assert fields({"wandb.wb_run_step": -1}).run_step is None
