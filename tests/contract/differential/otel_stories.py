"""Stories of traces over OTLP: as calls, and as spans of agents."""

from __future__ import annotations

import json
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tests import otlp
from tests.contract.differential.telling import Teller

CALLS = "/otel/v1/traces"
AGENTS = "/agents/otel/v1/traces"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "00f067aa0ba902b7"
PART = {"type": "text", "content": "hi"}


def otel_conventions(tell: Teller) -> None:
    """Inputs, output, attributes and tokens under the names of each convention."""
    _calls(
        tell,
        {"input.value": '{"q": 1}', "output.value": "a", "openinference.span.kind": "LLM", "llm.model_name": "m"},
        {"llm.token_count.prompt": 3, "llm.token_count.completion": 0, "llm.invocation_parameters": '{"model": "p"}'},
        {"ai.prompt": '{"prompt": "q"}', "ai.response.text": "t", "ai.model.id": "m", "ai.usage.promptTokens": 1},
        {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hi", "gen_ai.completion.0.content": "ho"},
        {"gen_ai.request.model": "m", "gen_ai.request.temperature": 0.5, "gen_ai.response.finish_reasons": ["stop"]},
        {"gen_ai.input.messages": json.dumps([{"role": "user", "parts": [PART]}]), "gen_ai.system": "openai"},
        {"gen_ai.usage.input_tokens": "7", "gen_ai.usage.output_tokens": 3.0, "gen_ai.response.model": "m"},
        {"gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 0, "llm.usage.total_tokens": 9},
        {"gen_ai.usage.cache_read.input_tokens": 1, "gen_ai.usage.cache_creation.input_tokens": 2},
        {"mlflow.spanInputs": '{"a": 1}', "mlflow.spanOutputs": '{"b": 2}'},
        {"pydantic_ai.all_messages": "[1]", "final_result": "ok", "gen_ai.agent.name": "a"},
        {"traceloop.entity.input": "in", "traceloop.entity.output": "out", "traceloop.span.kind": "task"},
        {"gcp.vertex.agent.llm_request": '{"a": 1}', "gcp.vertex.agent.llm_response": '{"b": 1}'},
        {"input": '{"q": 1}', "output": '{"r": 1}'},
        {"inputs.0": "q", "outputs.0": "r"},
        {"wandb.attributes": '{"x": 1, "kind": "mine"}', "weave.span.kind": "llm", "wandb.attributes.y": 2},
        {"foo.bar": 1, "raw": b"\xff\x00"},
        {},
    )


def otel_trees(tell: Teller) -> None:
    """Dotted names, JSON texts, lists with numbered names, and values of every kind."""
    _calls(
        tell,
        {"a.b": 1, "a.c.d": "x", "j": '{"k": [1, {"z": 2}]}', "n": "[not json", "q": '"text"'},
        {"a": [1, 2], "a.5": 3, "b": [1, 2], "b.0": "w"},
        {"a": '{"x.y": 1}', "a.x.z": 2, "kv": {"a.b": 1}, "l": [1, "a", [True]]},
        {"big": 2**62, "half": 0.5, "yes": True, "text": "naïve 🙂"},
    )


def otel_conflicts(tell: Teller) -> None:
    """A name that is a value and a group rejects its span only."""
    for number, attributes in enumerate(
        [
            {"error": True, "error.type": "x"},
            {"a.b": 1, "a": 2},
            {"a": '{"x": 1}', "a.x.y": 1},
            {"a": [1, 2], "a.b": 3},
        ]
    ):
        for path in (CALLS, AGENTS):
            _export(tell, f"conflict {number} {path}", path, otlp.span("bad", attributes=attributes), otlp.span("good"))


def otel_fields(tell: Teller) -> None:
    """Names, threads, runs, failures and times."""
    attributes: list[dict[str, Any]] = [
        {"gen_ai.conversation.id": "c", "wandb.thread_id": "t"},
        {"wandb.thread_id": "t", "wandb.is_turn": False},
        {"wandb.thread_id": "t", "wandb.is_turn": "false"},
        {"wandb.is_turn": True},
        {"wandb.wb_run_id": "r1", "wandb.wb_run_step": 3, "wandb.wb_run_step_end": 4, "wandb.display_name": "shown"},
        {"wandb.wb_run_id": "a/b/r1"},
        {"langfuse.startTime": "2023-11-14T22:13:00Z", "langfuse.endTime": 1_700_000_005_000_000_000},
        {"langfuse.startTime": 1_699_999_990.5},
        {"api_key": "hush", "input.value": '{"authorization": "hush"}'},
    ]
    spans = [_span(number, told) for number, told in enumerate(attributes)]
    spans += [
        _span(20, {}, name="Été Größe/ß:x(1)"),
        _span(21, {}, name="A" * 200),
        _span(22, {}, parent_id=PARENT, status=(2, "boom"), events=[("exception", {"exception.type": "E"})]),
        _span(23, {}, status=(1, "fine"), links=[(TRACE, PARENT, {"l.m": 1})], kind=5),
    ]
    _export(tell, "export", CALLS, *spans)
    tell.post("calls", "/calls/stream_query", {})


def otel_agents(tell: Teller) -> None:
    """The columns of an agent's span."""
    _spans(
        tell,
        {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "OpenAI", "gen_ai.request.model": "m"},
        {"weave.request.model": "w", "gen_ai.request.model": "g", "gen_ai.agent.name": "a", "gen_ai.agent.id": "1"},
        {"gen_ai.usage.input_tokens": "12", "gen_ai.usage.output_tokens": "x", "gen_ai.request.temperature": "0.5"},
        {"gen_ai.usage.reasoning_tokens": 3, "gen_ai.usage.prompt_tokens_details.cached_tokens": 4},
        {"gen_ai.input.messages": json.dumps([{"role": "user", "parts": [PART], "finish_reason": "stop"}])},
        {"gen_ai.input.messages": json.dumps(["a", {"role": "system", "content": "b"}, {"content": "c"}])},
        {"gen_ai.input.messages": "hello", "gen_ai.output.messages": "ho"},
        {"gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [PART, {**PART, "type": "reasoning"}]}])},
        {"gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "z"},
        {"gen_ai.system_instructions": '[{"type": "text", "content": "c"}, {"text": "t"}, "s"]'},
        {"gen_ai.tool.name": "n", "gen_ai.tool.call.id": "i", "gen_ai.tool.call.arguments": '{"a": 1}'},
        {"gen_ai.tool.call.result": 5, "gen_ai.tool.definitions": '[{"name": "x"}]', "gen_ai.tool.type": "function"},
        {"gen_ai.response.finish_reasons": "stop", "gen_ai.request.stop_sequences": '["a"]', "server.port": "80"},
        {"weave.eval.run_id": "r", "weave.eval.trial_index": 0, "weave.parent_call.id": "pc"},
        {"weave.compaction.summary": "s", "weave.compaction.items_before": 5, "weave.content_refs": ["x"]},
        {"gen_ai.conversation.id": "c", "weave.conversation.name": "cn", "wandb.thread_id": "t"},
    )


def otel_agents_named(tell: Teller) -> None:
    """What names, events and the status of a span tell."""
    failed = [
        ("exception", {"exception.type": "E1"}),
        ("exception", {"exception.type": "E2", "exception.message": "m"}),
    ]
    told = [
        ("gen_ai.tool.input", {"gen_ai.tool.call.arguments": "in"}),
        ("gen_ai.tool.output", {"gen_ai.tool.call.result": "out"}),
        ("gen_ai.content.completion", {"gen_ai.completion": "said"}),
    ]
    names = ("chat x", "invoke_agent My Agent", "EXECUTE_TOOL add", "embeddings", "chatty", "step")
    spans = [_span(number, {}, name=name) for number, name in enumerate(names)]
    spans += [
        _span(20, {}, status=(2, ""), events=failed),
        _span(21, {"error.type": "T"}, status=(2, "said"), events=failed),
        _span(22, {}, events=[*failed, *told], kind=0),
        _span(23, {}, end=0),
    ]
    _export(tell, "export", AGENTS, *spans)
    tell.post("spans", "/agents/spans/query", {"include_details": True})


def _calls(tell: Teller, *attributes: dict[str, Any]) -> None:
    _export(tell, "export", CALLS, *(_span(number, told) for number, told in enumerate(attributes)))
    tell.post("calls", "/calls/stream_query", {})


def _spans(tell: Teller, *attributes: dict[str, Any]) -> None:
    _export(tell, "export", AGENTS, *(_span(number, told) for number, told in enumerate(attributes)))
    tell.post("spans", "/agents/spans/query", {"include_details": True})


def _span(number: int, attributes: dict[str, Any], *, name: str = "My Step/x", **options: Any) -> Any:
    """A span with ids and a start of its own, the same for both servers."""
    start = otlp.START + number * otlp.SECOND
    options = {"end": start + otlp.SECOND, **options}
    ids = {"trace_id": f"{number + 1:032x}", "span_id": f"{number + 1:016x}"}
    return otlp.span(name, attributes=attributes, start=start, **ids, **options)


def _export(tell: Teller, step: str, path: str, *spans: Any) -> None:
    """Send spans; of the answer only the number of rejected spans is compared, the words are each server's own."""
    headers = {"content-type": "application/x-protobuf", "project_id": tell.project}
    tell.send(step, "POST", path, content=otlp.request(*spans).SerializeToString(), headers=headers)
    tell.keep(lambda raw: ExportTraceServiceResponse.FromString(raw).partial_success.rejected_spans)
