"""Programs traced by OpenTelemetry, told only by environment variables where Weft is: what Weft makes of their spans.

The model they talk to is played over HTTP; the libraries and their instrumentations are real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.llm_provider import LLMProvider, Reply
from tests.sdk.running import NEWEST, Programs
from tests.sdk.target import Target

pytestmark = pytest.mark.beyond_reference

TEXT = "naïve 🙂"
ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"Say {TEXT}"}]
MODEL = "gpt-4o-mini"
ANSWERED_BY = f"{MODEL}-2024"

Call = dict[str, Any]


@pytest.fixture(scope="module")
def provider() -> Iterator[LLMProvider]:
    """Answers with a text, after a tool call where tools are offered; one model does not exist."""
    played = LLMProvider()
    played.otherwise = _reply
    yield played
    played.close()


def _reply(request: dict[str, Any]) -> Reply:
    if request["model"] != MODEL:
        return Reply(status=404, body={"error": {"message": "no such model", "type": "invalid_request_error"}})
    message: dict[str, Any] = {"role": "assistant", "content": TEXT}
    reason = "stop"
    if request.get("tools") and all(message["role"] != "tool" for message in request["messages"]):
        function = {"name": "add", "arguments": '{"left": 2, "right": 3}'}
        message |= {"content": None, "tool_calls": [{"id": "c1", "type": "function", "function": function}]}
        reason = "tool_calls"
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": ANSWERED_BY,
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15},
    }
    return Reply(body=body)


@pytest.fixture(scope="module")
def traced(programs: Programs, live_server: Target, provider: LLMProvider) -> Callable[..., tuple[str, list[Call]]]:
    """Run a program; its project and its calls, first started first."""

    def run(environment: str, program: str, **variables: str) -> tuple[str, list[Call]]:
        project = f"otel/{'-'.join([program, *variables.values()])}"
        headers = f"project_id={project.replace('/', '%2F')},authorization=Bearer%20{live_server.key}"
        ended = programs.run(
            environment,
            program,
            PROJECT=project,
            OPENAI_BASE_URL=provider.url,
            OPENAI_API_KEY="sk-none",
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="{url}/v1/traces",
            OTEL_EXPORTER_OTLP_HEADERS=headers,
            OTEL_EXPORTER_OTLP_COMPRESSION="gzip",
            **variables,
        )
        assert ended.result
        return project, live_server.calls(project)

    return run


def _op(call: Call) -> str:
    return str(call["op_name"]).rpartition("/")[2].partition(":")[0]


def _usage(call: Call) -> dict[str, dict[str, int]]:
    return {
        model: {name: count for name, count in counts.items() if count is not None}
        for model, counts in call["summary"].get("usage", {}).items()
    }


def test_openinference(traced: Any) -> None:
    _, (outer, chat, _, failed) = traced("otel", "otel_instrumented", INSTRUMENTATION="openinference")
    assert (_op(outer), outer["parent_id"], outer["thread_id"]) == ("answer_a_question", None, "s1")
    assert (chat["parent_id"], chat["trace_id"]) == (outer["id"], outer["trace_id"])
    assert chat["inputs"]["input.value"]["messages"] == ASKED
    assert chat["output"]["output.value"]["choices"][0]["message"]["content"] == TEXT
    assert chat["attributes"]["kind"] == "LLM"
    assert chat["attributes"]["model"] == ANSWERED_BY
    assert chat["attributes"]["model_parameters"]["temperature"] == 0.25
    assert _usage(chat) == {ANSWERED_BY: {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}}
    assert "no such model" in failed["exception"]
    assert failed["summary"]["weave"]["status"] == "error"


def test_traceloop(traced: Any, live_server: Target) -> None:
    project, (outer, chat, _, failed) = traced("otel", "otel_instrumented", INSTRUMENTATION="traceloop")
    assert (_op(chat), chat["parent_id"]) == ("openai.chat", outer["id"])
    assert [message["role"] for message in chat["inputs"]["gen_ai.input.messages"]] == ["system", "user"]
    (said,) = chat["output"]["gen_ai.output.messages"]
    assert said["parts"][0]["content"] == TEXT
    assert chat["attributes"]["model"] == ANSWERED_BY
    assert chat["attributes"]["model_parameters"]["temperature"] == 0.25
    assert _usage(chat) == {ANSWERED_BY: {"input_tokens": 11, "output_tokens": 4, "total_tokens": 15}}
    assert "no such model" in failed["exception"]
    spans = live_server.post("/agents/spans/query", {"project_id": project, "include_details": True})["spans"]
    told = {span["status_code"]: span for span in spans}
    assert told["UNSET"]["response_model"] == ANSWERED_BY
    assert (told["UNSET"]["input_tokens"], told["UNSET"]["output_tokens"]) == (11, 4)
    assert TEXT in told["UNSET"]["output_messages"][0]["content"]
    assert told["ERROR"]["error_type"] == "NotFoundError"


def test_an_agent_of_pydantic_ai(traced: Any, live_server: Target) -> None:
    project, calls = traced("otel", "otel_pydantic_ai")
    assert [_op(call) for call in calls] == [
        "invoke_agent_adder",
        f"chat_{MODEL}",
        "execute_tool_add",
        f"chat_{MODEL}",
    ]
    agent, asked, tool, answered = calls
    assert {call["parent_id"] for call in (asked, tool, answered)} == {agent["id"]}
    assert len(agent["inputs"]["pydantic_ai.all_messages"]) == 4
    assert agent["output"] == {"final_result": TEXT}
    assert (tool["inputs"], tool["output"]) == (
        {"gen_ai.tool.call.arguments": {"left": 2, "right": 3}},
        {"gen_ai.tool.call.result": "5"},
    )
    assert _usage(answered) == {ANSWERED_BY: {"input_tokens": 11, "output_tokens": 4, "total_tokens": 15}}
    agents = live_server.post("/agents/query", {"project_id": project})["agents"]
    assert [(found["agent_name"], found["invocation_count"]) for found in agents] == [("adder", 1)]
    chat = live_server.post("/agents/traces/chat", {"project_id": project, "trace_id": agent["trace_id"]})
    told = {message["type"]: message[message["type"]] for message in chat["messages"]}
    assert told["user_message"]["text"] == "What is 2 + 3?"
    assert (told["tool_call"]["tool_name"], told["tool_call"]["tool_result"]) == ("add", "5")
    assert told["assistant_message"]["text"] == TEXT


def test_a_conversation_of_the_weave_sdk(programs: Programs, live_server: Target) -> None:
    run = programs.run(NEWEST, "conversation", OTEL_EXPORTER_OTLP_COMPRESSION="gzip")
    assert run.result == {"conversation": "talk-1"}
    assert live_server.calls(run.project) == []
    asked = {"project_id": run.project, "include_details": True}
    spans = {span["span_name"]: span for span in live_server.post("/agents/spans/query", asked)["spans"]}
    assert set(spans) == {"invoke_agent helper", f"chat {MODEL}", "execute_tool add"}
    chat, tool = spans[f"chat {MODEL}"], spans["execute_tool add"]
    assert {span["conversation_id"] for span in spans.values()} == {"talk-1"}
    assert (chat["request_model"], chat["provider_name"], chat["input_tokens"]) == (MODEL, "openai", 11)
    assert chat["system_instructions"] == ["Add."]
    (ref,) = chat["content_refs"]
    assert ref.startswith(f"weave:///{run.project}/object/")
    assert (tool["tool_call_id"], tool["tool_call_result"]) == ("c1", "5")


@pytest.mark.parametrize("protocol", ["protobuf", "json"])
def test_a_program_in_typescript(traced: Any, protocol: str) -> None:
    _, calls = traced("typescript", "openTelemetry", PROTOCOL=protocol)
    # They begin in the same millisecond.
    inner, outer = sorted(calls, key=_op)
    assert (_op(inner), _op(outer)) == ("inner", "outer")
    assert (inner["parent_id"], inner["trace_id"]) == (outer["id"], outer["trace_id"])
    assert inner["inputs"] == {"input.value": {"question": TEXT}}
    assert inner["output"] == {"output.value": 42}
    assert inner["exception"] == "it failed"
    dump = inner["attributes"]["otel_span"]
    assert dump["attributes"]["tags"] == ["a", "b"]
    assert dump["events"][0]["attributes"]["exception"]["message"] == "it broke"
