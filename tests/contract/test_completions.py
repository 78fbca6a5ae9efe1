"""Chat completions: what the provider is asked, what the caller gets, what is traced, and what failures look like."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.llm_app import OPENAI_KEY, Playground, llm_client, playground, provider, running_provider
from tests.llm_provider import USAGE, LLMProvider, Reply, chunk, completion, streamed

__all__ = ["llm_client", "playground", "provider", "running_provider"]

PNG = "data:image/png;base64," + "iVBORw0KGgo" + "A" * 9001


def test_the_provider_is_asked_as_the_caller_asked_with_the_project_s_key(
    playground: Playground, provider: LLMProvider
) -> None:
    provider.script.append(Reply(body=completion("hello")))
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    answer = playground.complete(
        temperature=0.5, max_tokens=9, top_p=None, stop=["x"], tools=tools, response_format={"type": "json_object"},
        stream=False, timeout="30", template_vars=None, prompt=None, n=1,
    )  # fmt: skip
    assert answer["response"] == completion("hello")
    assert answer["weave_call_id"] == answer["span_id"]
    assert provider.paths == ["/v1/chat/completions"]
    assert provider.headers[0]["authorization"] == f"Bearer {OPENAI_KEY}"
    assert provider.requests == [
        {
            "model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5, "max_tokens": 9,
            "stop": ["x"], "tools": tools, "response_format": {"type": "json_object"}, "n": 1,
        }
    ]  # fmt: skip


def test_a_completion_is_traced_as_one_span_of_the_playground(playground: Playground, provider: LLMProvider) -> None:
    calls = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}]
    body = completion("hello", tool_calls=calls, reasoning_content="hm")
    body["usage"] |= {
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    provider.script.append(Reply(body=body))
    picture = {"type": "image_url", "image_url": {"url": PNG}}
    messages = [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": [{"type": "text", "text": "what is this?"}, picture]},
    ]
    answer = playground.complete(
        messages=messages, temperature=0.5, max_tokens=9, seed=2**70, stop="x",
        extra_headers={"X-Team": "secret-team"},
        body={"conversation_id": "talk", "conversation_name": "A talk", "trace_id": "a" * 32},
    )  # fmt: skip
    span = playground.span(answer)
    assert (answer["trace_id"], answer["conversation_id"]) == ("a" * 32, "talk")
    assert (span.operation_name, span.span_kind, span.agent_name) == ("chat", "CLIENT", "Weave Chat Playground")
    assert (span.status_code, span.error_type, span.conversation_name) == ("OK", "", "A talk")
    assert (span.provider_name, span.request_model) == ("openai", "gpt-4o")
    assert (span.response_model, span.finish_reasons) == ("gpt-4o-2024-08-06", ["stop"])
    assert (span.input_tokens, span.output_tokens, span.reasoning_tokens, span.cache_read_input_tokens) == (7, 3, 2, 4)
    assert (span.request_temperature, span.request_max_tokens, span.request_seed) == (0.5, 9, 0)
    assert (span.request_stop_sequences, span.reasoning_content) == (["x"], "hm")
    assert span.system_instructions == ["be kind"]
    assert json.loads(span.input_messages) == [{"role": "user", "content": "what is this?", "finish_reason": ""}]
    said = [{"role": "assistant", "content": 'hello\n[tool_call: f({"a":1})]', "finish_reason": "stop"}]
    assert json.loads(span.output_messages) == said
    assert span.started_at <= span.ended_at
    assert "secret-team" not in span.raw_span_dump
    assert "AAAAAAAA" not in span.raw_span_dump
    assert len(span.content_refs) == 1
    dump = json.loads(span.raw_span_dump)
    assert dump["response"]["choices"] == body["choices"]
    assert provider.headers[0]["x-team"] == "secret-team"


def test_a_source_names_the_agent(playground: Playground, provider: LLMProvider) -> None:
    span = playground.span(playground.complete(body={"source": "signals"}))
    assert (span.agent_name, span.custom_attrs_string) == ("Weave Signals", {"weave.source": "signals"})
    span = playground.span(playground.complete(body={"source": "other"}))
    assert (span.agent_name, span.custom_attrs_string) == ("Weave Chat Playground", {"weave.source": "other"})


def test_an_untraced_completion_has_no_ids(playground: Playground, provider: LLMProvider) -> None:
    answer = playground.complete(body={"track_llm_call": False})
    assert {name: value for name, value in answer.items() if name != "response"} == dict.fromkeys(
        ("weave_call_id", "span_id", "trace_id", "conversation_id")
    )
    assert answer["response"]["choices"][0]["message"]["role"] == "assistant"


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        (Reply(status=400, body={"error": {"message": "bad request"}}), 400, "bad request"),
        (Reply(status=401, body={"error": {"message": f"Incorrect key {OPENAI_KEY}"}}), 401, "Incorrect key ***"),
        (Reply(status=429, body={"error": {"message": "slow down"}}), 429, "slow down"),
        (Reply(status=500, body=b"<html>"), 500, "<html>"),
        (Reply(status=302, body=b"", headers={"location": "http://127.0.0.1:1/"}), 302, "302"),
        (Reply(seconds=1.5), 408, "did not answer within 1 s"),
        (Reply(body=b"not json"), 500, "not JSON"),
        (Reply(body=b"[]"), 500, "not an object"),
    ],
)
def test_a_provider_s_failure_is_an_answer_and_is_traced(
    playground: Playground, provider: LLMProvider, reply: Reply, status: int, words: str
) -> None:
    provider.script.append(reply)
    answer = playground.complete()
    assert words in answer["response"]["error"]
    assert answer["response"]["error_status_code"] == status
    assert OPENAI_KEY not in json.dumps(answer)
    span = playground.span(answer)
    assert (span.status_code, span.error_type) == ("ERROR", "LLMError")
    assert words in span.status_message
    assert span.ended_at > datetime(2020, 1, 1, tzinfo=UTC)
    assert len(provider.requests) == 1


def test_an_error_inside_a_good_answer_is_passed_on_and_traced_as_one(
    playground: Playground, provider: LLMProvider
) -> None:
    provider.script.append(Reply(body={"error": {"message": "no"}}))
    answer = playground.complete()
    assert answer["response"] == {"error": {"message": "no"}}
    assert playground.span(answer).status_code == "ERROR"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"model": "claude-3-5-sonnet-20241022"}, "No API key ANTHROPIC_API_KEY found for model claude-3-5-sonnet"),
        ({"model": "coreweave/meta/llama"}, "No API key found for model coreweave/meta/llama"),
        ({"model": "custom::nobody::nothing"}, "There is no ProviderModel 'nobody-nothing'"),
        ({"model": ""}, "No model is named"),
        ({"model": "m" * 2000}, "longer than"),
        ({"prompt": "nope"}, "Failed to resolve prompt: Object nope:latest not found"),
        ({"template_vars": {"a": 1}, "words": "{b}"}, "'b'"),
        ({"template_vars": {"a": 1}, "words": "{a.__class__}"}, "plain names"),
    ],
)
def test_what_cannot_be_asked_is_an_answer_without_ids(
    playground: Playground, provider: LLMProvider, inputs: dict[str, Any], words: str
) -> None:
    answer = playground.complete(**inputs)
    assert words in answer["response"]["error"]
    assert answer["span_id"] is answer["weave_call_id"] is answer["trace_id"] is answer["conversation_id"] is None
    assert provider.requests == []
    model = inputs.pop("model", "gpt-4o")
    inputs.pop("words", None)
    if "template_vars" not in inputs:
        assert playground.stream(model, **inputs) == [answer["response"]]


def test_a_missing_key_is_named(playground: Playground) -> None:
    assert playground.complete("gemini/gemini-2.5-flash")["response"]["api_key"] == "GEMINI_API_KEY"


def test_a_dedicated_route_is_refused(playground: Playground, provider: LLMProvider) -> None:
    route = {"connection_type": "dedicated", "connection": "c", "base_url": provider.url}
    answer = playground.complete(body={"inference_route": route})
    assert "hosted service" in answer["response"]["error"]
    assert provider.requests == []


@pytest.mark.parametrize("field", ["trace_id", "conversation_id", "source", "conversation_name"])
def test_ids_that_cannot_be_kept_are_refused(playground: Playground, field: str) -> None:
    body = {"project_id": playground.project, "inputs": {"model": "gpt-4o"}, field: "x" * 5000}
    assert playground.client.post("/completions/create", json=body).status_code == 400
    assert playground.client.post("/completions/create_stream", json=body).status_code == 400


def test_a_stored_prompt_comes_first_and_variables_are_filled_in(playground: Playground, provider: LLMProvider) -> None:
    bases = {"_bases": ["Prompt", "Object", "BaseModel"], "_class_name": "MessagesPrompt", "_type": "MessagesPrompt"}
    messages = [{"role": "system", "content": "You are {who}"}, {"role": "assistant", "content": "{as it is}"}]
    ref = playground.publish("greeting", {**bases, "name": "greeting", "messages": messages})
    text = {**bases, "_class_name": "StringPrompt", "_type": "StringPrompt", "content": "Say {word}"}
    playground.publish("plain", text)
    digest = ref.rpartition(":")[2]
    for prompt in (ref, "greeting", f"greeting:{digest}", "greeting:v0", "greeting:latest"):
        answer = playground.complete(words="hello {word}", prompt=prompt, template_vars={"who": "kind", "word": 7})
        assert "error" not in answer["response"], answer
    for request in provider.requests:
        assert [message["content"] for message in request["messages"]] == ["You are kind", "{as it is}", "hello 7"]
        assert "prompt" not in request
    playground.complete(prompt="plain", words="x", template_vars={"word": "y"})
    assert provider.requests[-1]["messages"][0] == {"role": "user", "content": "Say y"}
    said = json.loads(playground.span(answer).input_messages)
    assert [message["content"] for message in said] == ["hello {word}"]


def test_an_object_that_is_no_prompt_is_refused(playground: Playground) -> None:
    playground.publish("data", {"messages": [{"role": "user", "content": "x"}]})
    assert "not a prompt" in playground.complete(prompt="data")["response"]["error"]


def test_refs_reach_the_provider_as_the_caller_wrote_them(playground: Playground, provider: LLMProvider) -> None:
    ref = playground.publish("thing", {"a": 1})
    playground.complete(words=f"look at {ref} please")
    playground.complete(words=ref)
    assert [request["messages"][0]["content"] for request in provider.requests][1] == ref
    assert "weave-trace-internal" not in json.dumps(provider.requests)


def test_odd_answers_are_passed_on(playground: Playground, provider: LLMProvider) -> None:
    odd = {"choices": ["x", {"message": 3}, None], "usage": [1], "model": {"a": "\ud800"}}
    provider.script.append(Reply(body=json.dumps(odd).encode()))
    answer = playground.complete()
    assert answer["response"]["usage"] == [1]
    assert playground.span(answer).status_code == "OK"


# Streams.


def test_a_traced_stream_names_its_ids_then_passes_chunks_on(playground: Playground, provider: LLMProvider) -> None:
    provider.script.append(Reply(events=streamed("hel", "lo")))
    meta, *chunks = playground.stream(temperature=0.1)
    assert meta["_meta"].keys() == {"weave_call_id", "span_id", "trace_id", "conversation_id"}
    assert chunks == streamed("hel", "lo")
    assert provider.requests[0]["stream"] is True
    assert provider.requests[0]["stream_options"] == {"include_usage": True}
    span = playground.span(meta["_meta"])
    assert (span.status_code, span.finish_reasons) == ("OK", ["stop"])
    assert (span.input_tokens, span.output_tokens) == (USAGE["prompt_tokens"], USAGE["completion_tokens"])
    assert json.loads(span.output_messages)[0]["content"] == "hello"


def test_an_untraced_stream_is_chunks_only(playground: Playground, provider: LLMProvider) -> None:
    provider.script.append(Reply(events=streamed("a\u2028b\x85c")))
    assert playground.stream(body={"track_llm_call": False}) == streamed("a\u2028b\x85c")


def test_streamed_tool_calls_are_put_together(playground: Playground, provider: LLMProvider) -> None:
    pieces = [("1", "f", '{"a"'), (None, None, ": 1}")]
    deltas = [
        {"tool_calls": [{"index": 0, "id": call_id, "function": {"name": name, "arguments": text}}]}
        for call_id, name, text in pieces
    ]
    provider.script.append(Reply(events=[*map(chunk, deltas), chunk({}, "tool_calls")]))
    meta, *_ = playground.stream()
    assert json.loads(playground.span(meta["_meta"]).output_messages)[0]["content"] == '[tool_call: f({"a": 1})]'


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=429, body={"error": {"message": "slow down"}}), "slow down"),
        (Reply(events=[chunk({"content": "a"}), {"error": {"message": "overloaded"}}]), "overloaded"),
        (Reply(events=[b"data: {broken\n\n"]), "not JSON"),
        (Reply(events=[chunk({"content": "a"}), b"data: {}\n"], pause=1.5), "did not answer"),
    ],
)
def test_a_stream_that_fails_ends_with_an_error_line(
    playground: Playground, provider: LLMProvider, reply: Reply, words: str
) -> None:
    provider.script.append(reply)
    lines = playground.stream()
    assert words in lines[-1]["error"]
    span = playground.span(lines[0]["_meta"])
    assert (span.status_code, span.error_type) == ("ERROR", "LLMError")
    provider.script.append(reply)
    assert words in playground.stream(body={"track_llm_call": False})[-1]["error"]


def test_an_endpoint_that_does_not_stream_answers_in_one_chunk(playground: Playground, provider: LLMProvider) -> None:
    provider.script.append(Reply(body=completion("all at once")))
    meta, only = playground.stream()
    assert only["object"] == "chat.completion.chunk"
    assert only["choices"][0]["delta"]["content"] == "all at once"
    assert json.loads(playground.span(meta["_meta"]).output_messages)[0]["content"] == "all at once"


def test_a_span_is_open_while_its_stream_runs(playground: Playground, provider: LLMProvider) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_request: dict[str, Any]) -> Reply:
        begun.set()
        go_on.wait(10)
        return Reply(events=streamed("x"))

    provider.otherwise = slow
    lines: list[dict[str, Any]] = []
    body = {"trace_id": "b" * 32}
    running = threading.Thread(target=lambda: lines.extend(playground.stream(body=body)))
    running.start()
    assert begun.wait(10)
    (open_span,) = playground.services.stores.spans.get(_project_id(playground), "b" * 32, _spans(playground, "b" * 32))
    go_on.set()
    running.join(10)
    assert (open_span.status_code, open_span.ended_at.year) == ("UNSET", 1970)
    assert playground.span(lines[0]["_meta"]).status_code == "OK"


def _project_id(playground: Playground) -> str:
    entity, _, name = playground.project.partition("/")
    found = playground.services.stores.projects.find(entity, name)
    assert found is not None
    return found.id


def _spans(playground: Playground, trace_id: str) -> list[str]:
    rows = playground.services.engine.query(
        "SELECT span_id FROM spans FINAL WHERE project_id = {p:String} AND trace_id = {t:String}",
        {"p": _project_id(playground), "t": trace_id},
    )
    return [row["span_id"] for row in rows]


def test_bodies_of_another_shape_are_refused(llm_client: TestClient, project: str) -> None:
    body = {"project_id": "no-such-shape", "inputs": {"model": "gpt-4o"}}
    assert llm_client.post("/completions/create", json=body).status_code == 400
    assert llm_client.post("/completions/create", json={"project_id": project}).status_code == 422
