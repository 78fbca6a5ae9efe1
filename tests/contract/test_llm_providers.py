"""Where each kind of model is asked, in which protocol, with which key, and where a key is never sent."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.llm_app import OPENAI_KEY, Playground, llm_client, playground, provider, running_provider
from tests.llm_provider import LLMProvider, Reply, streamed

__all__ = ["llm_client", "playground", "provider", "running_provider"]

TOOLS = [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}]
TALK = [
    {"role": "system", "content": "be kind"},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "look"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
        ],
    },
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}],
    },
    {"role": "tool", "tool_call_id": "t1", "content": "42"},
    {"role": "user", "content": "so?"},
]


def _text(answer: dict[str, Any]) -> str:
    return str(answer["response"]["choices"][0]["message"]["content"])


# Known providers that speak OpenAI's protocol.


def test_a_prefix_names_the_provider_and_is_taken_off(playground: Playground, provider: LLMProvider) -> None:
    playground.complete("openai/gpt-4o")
    playground.complete("mistral/mistral-large-latest")
    playground.secret("XAI_API_KEY", "sk-xai-0123456789")
    playground.complete("xai/grok-4", response_format={"type": "json_object"})
    assert [request["model"] for request in provider.requests] == ["gpt-4o", "mistral-large-latest", "grok-4"]
    sent = [headers["authorization"] for headers in provider.headers]
    assert sent == [f"Bearer {OPENAI_KEY}", "Bearer sk-operator-0123456789", "Bearer sk-xai-0123456789"]
    assert "response_format" not in provider.requests[-1]


def test_a_project_s_key_goes_before_the_operator_s(playground: Playground, provider: LLMProvider) -> None:
    playground.secret("MISTRAL_API_KEY", "sk-own-0123456789")
    playground.complete("mistral/m")
    assert provider.headers[0]["authorization"] == "Bearer sk-own-0123456789"
    provider.script.append(Reply(events=streamed("x")))
    playground.stream("mistral/m")
    assert "stream_options" not in provider.requests[-1]


def test_an_unknown_model_is_openai_s_by_protocol(playground: Playground, provider: LLMProvider) -> None:
    playground.complete("some/model")
    playground.complete("nobody-knows-it")
    assert [request["model"] for request in provider.requests] == ["some/model", "nobody-knows-it"]


def test_inference_takes_its_key_out_of_the_headers(playground: Playground, provider: LLMProvider) -> None:
    answer = playground.complete("coreweave/meta/llama", extra_headers={"api_key": "wandb-key-0123", "X-A": "b"})
    assert provider.requests[0]["model"] == "meta/llama"
    assert provider.headers[0]["authorization"] == "Bearer wandb-key-0123"
    assert "api_key" not in provider.headers[0]
    assert provider.headers[0]["x-a"] == "b"
    assert "wandb-key-0123" not in playground.span(answer).raw_span_dump
    playground.complete(extra_headers={"api_key": "wandb-key-0123"})
    assert "wandb-key-0123" not in json.dumps(provider.headers[1])


def test_ollama_needs_no_key(playground: Playground, provider: LLMProvider) -> None:
    playground.complete("ollama/llama3")
    assert provider.requests[0]["model"] == "llama3"
    assert "authorization" not in provider.headers[0]


def test_azure_names_the_deployment_in_the_path_when_a_version_is_given(
    playground: Playground, provider: LLMProvider
) -> None:
    playground.secret("AZURE_API_KEY", "azure-key-0123")
    playground.complete("azure/my-deployment")
    playground.complete("azure/my-deployment", api_version="2024-10-21")
    playground.secret("AZURE_API_VERSION", "2025-01-01-preview")
    playground.complete("azure/my-deployment")
    base = "/v1/openai"
    assert provider.paths == [
        f"{base}/v1/chat/completions",
        f"{base}/deployments/my-deployment/chat/completions?api-version=2024-10-21",
        f"{base}/deployments/my-deployment/chat/completions?api-version=2025-01-01-preview",
    ]
    assert {headers["api-key"] for headers in provider.headers} == {"azure-key-0123"}
    assert all("authorization" not in headers for headers in provider.headers)
    assert "not one" in playground.complete("azure/d", api_version="a&b=c")["response"]["error"]


# Anthropic.


def test_anthropic_is_spoken_to_in_its_own_protocol(playground: Playground, provider: LLMProvider) -> None:
    playground.secret("ANTHROPIC_API_KEY", "sk-ant-0123456789")
    provider.script.append(
        Reply(
            body={
                "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x-1",
                "content": [
                    {"type": "thinking", "thinking": "hm"},
                    {"type": "text", "text": "yes"},
                    {"type": "tool_use", "id": "t2", "name": "f", "input": {"b": 2}},
                ],
                "stop_reason": "tool_use",
                "usage": {
                    "input_tokens": 5, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 2,
                    "output_tokens": 4,
                },
            }
        )
    )  # fmt: skip
    answer = playground.complete(
        "claude-sonnet-4-5", messages=TALK, tools=TOOLS, tool_choice="required", stop="x", temperature=0.2, user="u"
    )
    assert provider.paths == ["/v1/messages"]
    assert provider.headers[0]["x-api-key"] == "sk-ant-0123456789"
    assert provider.headers[0]["anthropic-version"] == "2023-06-01"
    assert "authorization" not in provider.headers[0]
    image = {"type": "base64", "media_type": "image/png", "data": "aGk="}
    assert provider.requests == [
        {
            "model": "claude-sonnet-4-5", "max_tokens": 4096, "temperature": 0.2, "system": "be kind",
            "stop_sequences": ["x"], "metadata": {"user_id": "u"}, "tool_choice": {"type": "any"},
            "tools": [{"name": "f", "description": "d", "input_schema": {"type": "object"}}],
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "image", "source": image}]},
                {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}}]},
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "t1", "content": "42"},
                        {"type": "text", "text": "so?"},
                    ],
                },
            ],
        }
    ]  # fmt: skip
    response = answer["response"]
    (choice,) = response["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert (choice["message"]["content"], choice["message"]["reasoning_content"]) == ("yes", "hm")
    assert choice["message"]["tool_calls"] == [
        {"id": "t2", "type": "function", "function": {"name": "f", "arguments": '{"b":2}'}}
    ]
    assert (response["usage"]["prompt_tokens"], response["usage"]["completion_tokens"]) == (10, 4)
    span = playground.span(answer)
    assert (span.provider_name, span.response_model, span.cache_read_input_tokens) == ("anthropic", "claude-x-1", 3)


def test_anthropic_s_stream_becomes_chunks(playground: Playground, provider: LLMProvider) -> None:
    playground.secret("ANTHROPIC_API_KEY", "sk-ant-0123456789")
    events = [
        {"type": "message_start", "message": {"id": "msg_1", "model": "claude-x", "usage": {"input_tokens": 5}}},
        {"type": "ping"},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "he"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "y"}},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t", "name": "f"}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"a":1}'}},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 4}},
        {"type": "message_stop"},
    ]
    lines = [b"event: %s\ndata: %s\n\n" % (event["type"].encode(), json.dumps(event).encode()) for event in events]  # type: ignore[attr-defined]
    provider.script.append(Reply(events=lines))
    meta, *chunks = playground.stream("anthropic/claude-x")
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert "".join(c["delta"].get("content") or "" for chunk in chunks for c in chunk["choices"]) == "hey"
    assert chunks[-1]["usage"]["total_tokens"] == 9
    span = playground.span(meta["_meta"])
    assert (span.finish_reasons, span.input_tokens, span.output_tokens) == (["tool_calls"], 5, 4)
    assert json.loads(span.output_messages)[0]["content"] == 'hey\n[tool_call: f({"a":1})]'


def test_anthropic_s_errors_are_errors(playground: Playground, provider: LLMProvider) -> None:
    playground.secret("ANTHROPIC_API_KEY", "sk-ant-0123456789")
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    provider.script.append(Reply(status=529, body=overloaded))
    assert "Overloaded" in playground.complete("claude-x")["response"]["error"]
    provider.script.append(Reply(events=[overloaded]))
    assert "Overloaded" in playground.stream("claude-x")[-1]["error"]
    provider.script.append(Reply(body={"content": "what?", "usage": 3}))
    assert _text(playground.complete("claude-x")) == ""
    provider.script.append(Reply(body={"content": 3}))
    assert "not understood" in playground.complete("claude-x")["response"]["error"]
    sound = [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}]}]
    assert "input_audio" in playground.complete("claude-x", messages=sound)["response"]["error"]


# Bedrock.


def _event(kind: str, payload: dict[str, Any], header: str = ":event-type") -> bytes:
    def text(name: str, value: str) -> bytes:
        return struct.pack(">B", len(name)) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()

    headers = text(header, kind) + text(":content-type", "application/json") + b"\x04flag\x00"
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + body
    return message + struct.pack(">I", zlib.crc32(message))


def _aws(playground: Playground, host: str) -> None:
    for name, value in (("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "aws-secret-0123456789")):
        playground.secret(name, value, host)
    playground.secret("AWS_REGION_NAME", "eu-west-1")


def test_bedrock_is_signed_and_spoken_to_in_its_own_protocol(playground: Playground, provider: LLMProvider) -> None:
    _aws(playground, provider.host)
    content = [{"text": "yes"}, {"toolUse": {"toolUseId": "t2", "name": "f", "input": {"b": 2}}}]
    usage = {"inputTokens": 5, "outputTokens": 4, "totalTokens": 9, "cacheReadInputTokens": 1}
    provider.script.append(
        Reply(body={"output": {"message": {"content": content}}, "stopReason": "tool_use", "usage": usage})
    )
    model = "us.anthropic.claude-3-5-haiku-20241022-v1:0"
    answer = playground.complete(model, messages=TALK, tools=TOOLS, max_tokens=7, stop=["x"])
    assert provider.paths == ["/v1/model/us.anthropic.claude-3-5-haiku-20241022-v1%3A0/converse"]
    proof = provider.headers[0]["authorization"]
    assert proof.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/bedrock/aws4_request" in proof
    assert "aws-secret" not in json.dumps(provider.headers)
    assert provider.requests == [
        {
            "system": [{"text": "be kind"}],
            "inferenceConfig": {"maxTokens": 7, "stopSequences": ["x"]},
            "toolConfig": {
                "tools": [{"toolSpec": {"name": "f", "description": "d", "inputSchema": {"json": {"type": "object"}}}}]
            },
            "messages": [
                {
                    "role": "user",
                    "content": [{"text": "look"}, {"image": {"format": "png", "source": {"bytes": "aGk="}}}],
                },
                {
                    "role": "assistant",
                    "content": [{"toolUse": {"toolUseId": "t1", "name": "f", "input": {"a": 1}}}],
                },
                {
                    "role": "user",
                    "content": [
                        {"toolResult": {"toolUseId": "t1", "content": [{"text": "42"}]}},
                        {"text": "so?"},
                    ],
                },
            ],
        }
    ]
    (choice,) = answer["response"]["choices"]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", "yes")
    assert answer["response"]["usage"]["prompt_tokens"] == 6


def test_bedrock_s_stream_of_binary_events_becomes_chunks(playground: Playground, provider: LLMProvider) -> None:
    _aws(playground, provider.host)
    stream = b"".join(
        [
            _event("messageStart", {"role": "assistant"}),
            _event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "he"}}),
            _event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "y"}}),
            _event(
                "contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t", "name": "f"}}}
            ),
            _event("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"a":1}'}}}),
            _event("messageStop", {"stopReason": "tool_use"}),
            _event("metadata", {"usage": {"inputTokens": 5, "outputTokens": 4}}),
        ]
    )
    # Events arrive cut anywhere.
    pieces = [stream[start : start + 41] for start in range(0, len(stream), 41)]
    provider.script.append(Reply(events=list(pieces)))
    meta, *chunks = playground.stream("amazon.nova-lite-v1:0")
    assert provider.paths == ["/v1/model/amazon.nova-lite-v1%3A0/converse-stream"]
    assert chunks[-1]["usage"]["total_tokens"] == 9
    span = playground.span(meta["_meta"])
    assert json.loads(span.output_messages)[0]["content"] == 'hey\n[tool_call: f({"a":1})]'
    for events, words in (
        ([_event("throttlingException", {"message": "too fast"}, ":exception-type")], "too fast"),
        ([b"\x00" * 64], "no event"),
        ([_event("messageStart", {})[:-8] + b"\xff" * 80], "LLM endpoint"),
    ):
        provider.script.append(Reply(events=events))
        assert words in playground.stream("amazon.nova-lite-v1:0")[-1].get("error", ""), words


def test_bedrock_takes_a_key_of_its_own_and_no_odd_region(playground: Playground, provider: LLMProvider) -> None:
    assert "BEDROCK_API_KEY" in playground.complete("bedrock/m")["response"]["error"]
    playground.secret("BEDROCK_API_KEY", "bedrock-key-0123", provider.host)
    playground.complete("bedrock/m")
    assert provider.headers[-1]["authorization"] == "Bearer bedrock-key-0123"
    playground.secret("AWS_REGION_NAME", "evil.example/")
    assert "no region" in playground.complete("bedrock/m")["response"]["error"]


# Vertex.


def _service_account() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return json.dumps(
        {"project_id": "my-project", "client_email": "me@x", "private_key": text, "token_uri": "http://127.0.0.1:1/"}
    )


def test_vertex_is_asked_with_a_token_for_the_service_account(playground: Playground, provider: LLMProvider) -> None:
    playground.secret("VERTEXAI_JSON_CREDENTIALS", _service_account())
    provider.script.append(Reply(body={"access_token": "ya29.token-0123", "expires_in": 3600}))
    for _ in range(2):
        assert "error" not in playground.complete("vertex_ai/gemini-2.5-pro")["response"]
    path = "/v1/projects/my-project/locations/global/endpoints/openapi/chat/completions"
    assert provider.paths == ["/token", path, path]
    assert provider.requests[1]["model"] == "google/gemini-2.5-pro"
    assert provider.headers[1]["authorization"] == "Bearer ya29.token-0123"
    claims = provider.requests[0]["form"].rpartition("assertion=")[2].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(claims + "=="))["iss"] == "me@x"


def test_vertex_credentials_of_a_request_are_used_and_not_kept(playground: Playground, provider: LLMProvider) -> None:
    account = _service_account()
    provider.script.append(Reply(body={"access_token": "ya29.other"}))
    answer = playground.complete("vertex_ai/gemini-2.5-pro", vertex_credentials=account)
    assert provider.headers[1]["authorization"] == "Bearer ya29.other"
    assert "private_key" not in json.dumps(provider.requests[1])
    assert "PRIVATE" not in playground.span(answer).raw_span_dump
    for broken in ("{", "[]", '{"project_id": "a/../b"}', '{"project_id": "p"}'):
        assert playground.complete("vertex_ai/g", vertex_credentials=broken)["response"]["error"]


# Providers a project stores.


def test_a_custom_provider_is_asked_with_the_secret_it_names(playground: Playground, provider: LLMProvider) -> None:
    playground.secret("MY_KEY", "my-key-0123456789", provider.host)
    playground.runtime("my.prov", provider.url, "a/b", api_key_secret="MY_KEY", headers={"X-Team": "a"})
    answer = playground.complete("custom::my.prov::a/b")
    assert provider.requests[0]["model"] == "a/b"
    assert provider.headers[0]["authorization"] == "Bearer my-key-0123456789"
    assert provider.headers[0]["x-team"] == "a"
    span = playground.span(answer)
    assert (span.request_model, span.provider_name) == ("my.prov/a/b", "my_prov")
    playground.secret("MY_KEY", "changed-0123456789", provider.host)
    playground.complete("custom::my.prov::a/b")
    assert provider.headers[1]["authorization"] == "Bearer changed-0123456789"


def test_a_model_may_be_named_by_the_ref_of_its_object(playground: Playground, provider: LLMProvider) -> None:
    playground.runtime("mine", provider.url, "tiny-model")
    body = {"project_id": playground.project, "object_id": "mine-tiny-model", "digest": "latest"}
    digest = playground.client.post("/obj/read", json=body).json()["obj"]["digest"]
    playground.complete(f"weave:///{playground.project}/object/mine-tiny-model:{digest}")
    assert provider.requests[0]["model"] == "tiny-model"
    assert "authorization" not in provider.headers[0]


def test_a_custom_provider_without_its_secret_is_not_asked(playground: Playground, provider: LLMProvider) -> None:
    playground.runtime("mine", provider.url, "tiny", api_key_secret="NOT_THERE")
    error = playground.complete("custom::mine::tiny")["response"]["error"]
    assert error == "No API key NOT_THERE found for model custom::mine::tiny"
    assert provider.requests == []


def test_a_secret_is_sent_to_no_host_but_its_own(playground: Playground, provider: LLMProvider) -> None:
    playground.secret("MY_KEY", "my-key-0123456789", "api.example.com")
    playground.secret("OPENAI_API_KEY", "sk-bound-0123456789", "api.example.com")
    playground.runtime("mine", provider.url, "tiny", api_key_secret="MY_KEY")
    playground.runtime("thief", provider.url, "tiny", api_key_secret="OPENAI_API_KEY")
    for model in ("custom::mine::tiny", "custom::thief::tiny", "gpt-4o"):
        assert "may not be sent to 127.0.0.1" in playground.complete(model)["response"]["error"]
    playground.runtime("bare", "http://api.example.com/v1", "tiny", api_key_secret="MY_KEY")
    assert "https only" in playground.complete("custom::bare::tiny")["response"]["error"]
    assert provider.requests == []


def test_an_operator_s_key_goes_to_no_host_a_project_names(playground: Playground, provider: LLMProvider) -> None:
    playground.runtime("thief", "https://api.example.com/v1", "tiny", api_key_secret="MISTRAL_API_KEY")
    assert "No API key MISTRAL_API_KEY" in playground.complete("custom::thief::tiny")["response"]["error"]
    playground.runtime("listed", provider.url, "tiny", api_key_secret="MISTRAL_API_KEY")
    playground.complete("custom::listed::tiny")
    assert provider.headers[0]["authorization"] == "Bearer sk-operator-0123456789"


def test_headers_that_would_change_whom_a_request_reaches_are_not_sent(
    playground: Playground, provider: LLMProvider
) -> None:
    names = ("Host", "Content-Length", "Transfer-Encoding", "Metadata-Flavor", "X-aws-ec2-metadata-token", "Proxy-A")
    playground.complete(extra_headers=dict.fromkeys(names, "7"))
    assert provider.headers[0]["host"] == provider.host
    assert not {"metadata-flavor", "x-aws-ec2-metadata-token", "proxy-a", "transfer-encoding"} & set(
        provider.headers[0]
    )


@pytest.mark.parametrize(
    "base_url",
    [
        "http://169.254.169.254/v1", "http://127.0.0.1:9/v1", "http://localhost/v1", "http://[::1]/v1",
        "http://10.0.0.1/v1", "http://2130706433/v1", "http://0x7f.1/v1", "http://[::ffff:127.0.0.1]/v1",
        "file:///etc/passwd", "http://[", "ftp://example.com", "http://user:pass@example.com/v1", "http://0.0.0.0/",
        "http://[64:ff9b::7f00:1]/", "http://metadata.google.internal/",
    ],
)  # fmt: skip
def test_a_stored_provider_leads_to_no_private_host(
    playground: Playground, provider: LLMProvider, base_url: str
) -> None:
    bases = ["BaseObject", "BaseModel"]
    # As an SDK publishes it: nothing was checked when it was stored.
    value = {"name": "mine", "base_url": base_url, "api_key_name": "", "extra_headers": {}, "return_type": "openai"}
    stored = playground.publish("mine", {**value, "_class_name": "Provider", "_type": "Provider", "_bases": bases})
    model = {"name": "tiny", "provider": stored.rpartition(":")[2], "max_tokens": 10}
    playground.publish("mine-tiny", {**model, "_class_name": "ProviderModel", "_bases": bases})
    answer = playground.complete("custom::mine::tiny")
    assert "WEFT_LLM_ALLOWED_HOSTS" in answer["response"]["error"]
    assert answer["span_id"] is None
    playground.runtime("mine", base_url, "tiny", status=400)


def test_a_host_that_cannot_be_found_is_a_failure_of_the_provider(playground: Playground) -> None:
    playground.runtime("mine", "https://nobody.invalid/v1", "tiny")
    answer = playground.complete("custom::mine::tiny")
    assert "cannot be found" in answer["response"]["error"]
    assert playground.span(answer).status_code == "ERROR"
