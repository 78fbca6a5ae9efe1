"""Anthropic's Messages, said and understood in terms of chat completions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from weft.core import jsontext
from weft.llm.answers import Chunks, Usage, completion
from weft.llm.endpoints import Endpoint, Prepared
from weft.llm.openai import server_sent_events, stream_error
from weft.llm.turns import (
    Part,
    Picture,
    Text,
    Tool,
    ToolResult,
    ToolUse,
    chosen_tool,
    conversation_of,
    stops_of,
    tools_of,
)

_VERSION = "2023-06-01"
# The protocol wants a limit; OpenAI's has none.
_MAX_TOKENS = 4096
_SAME = ("temperature", "top_p")
_FINISHED = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


class AnthropicSpeech:
    """Says it in messages of content blocks."""

    def prepare(self, endpoint: Endpoint, request: Mapping[str, Any], stream: bool) -> Prepared:
        """The request to send."""
        said = conversation_of(request.get("messages") or [])
        body: dict[str, Any] = {
            "model": request["model"],
            "max_tokens": request.get("max_completion_tokens") or request.get("max_tokens") or _MAX_TOKENS,
            "messages": [{"role": turn.role, "content": [_block(part) for part in turn.parts]} for turn in said.turns],
        }
        body |= {name: request[name] for name in _SAME if request.get(name) is not None}
        if said.system:
            body["system"] = "\n\n".join(said.system)
        if stops := stops_of(request):
            body["stop_sequences"] = stops
        if tools := tools_of(request):
            body["tools"] = [_tool(tool) for tool in tools]
            body |= _choice(request)
        if isinstance(request.get("user"), str):
            body["metadata"] = {"user_id": request["user"]}
        if stream:
            body["stream"] = True
        headers = {"anthropic-version": _VERSION, **endpoint.request_headers()}
        return Prepared(endpoint.url("/messages"), headers, jsontext.dumps_finite(body).encode())

    def answer(self, body: dict[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
        """The completion an answer holds."""
        blocks = [block for block in body.get("content") or [] if isinstance(block, dict)]
        usage = Usage()
        _count(usage, body.get("usage"))
        return completion(
            model=str(body.get("model") or request["model"]),
            text="".join(str(block.get("text", "")) for block in blocks if block.get("type") == "text"),
            tool_uses=[
                ToolUse(str(block.get("id", "")), str(block.get("name", "")), block.get("input", {}))
                for block in blocks
                if block.get("type") == "tool_use"
            ],
            finish_reason=_FINISHED.get(str(body.get("stop_reason")), "stop"),
            usage=usage,
            completion_id=str(body.get("id") or ""),
            reasoning="".join(str(block.get("thinking", "")) for block in blocks if block.get("type") == "thinking"),
        )

    def chunks(self, data: Iterator[bytes], request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The chunks of a streamed answer."""
        made = Chunks(str(request["model"]))
        usage = Usage()
        finished = "stop"
        for event in server_sent_events(data):
            kind = event.get("type")
            if kind == "error":
                raise stream_error(event)
            if kind == "message_start":
                message = event.get("message") or {}
                made.id, made.model = str(message.get("id") or made.id), str(message.get("model") or made.model)
                _count(usage, message.get("usage"))
                yield made.begin()
            elif kind == "message_delta":
                finished = _FINISHED.get(str((event.get("delta") or {}).get("stop_reason")), finished)
                _count(usage, event.get("usage"))
            elif kind == "message_stop":
                yield made.end(finished)
                yield made.usage(usage)
            else:
                yield from _piece(made, event)


def _piece(made: Chunks, event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    number = int(event.get("index") or 0)
    if event.get("type") == "content_block_start":
        block = event.get("content_block") or {}
        if block.get("type") == "tool_use":
            yield made.tool(number, str(block.get("id", "")), str(block.get("name", "")))
    elif event.get("type") == "content_block_delta":
        delta = event.get("delta") or {}
        if delta.get("type") == "text_delta":
            yield made.text(str(delta.get("text", "")))
        elif delta.get("type") == "thinking_delta":
            yield made.reasoning(str(delta.get("thinking", "")))
        elif delta.get("type") == "input_json_delta":
            yield made.arguments(number, str(delta.get("partial_json", "")))


def _block(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Picture):
        if part.url:
            return {"type": "image", "source": {"type": "url", "url": part.url}}
        return {"type": "image", "source": {"type": "base64", "media_type": part.media_type, "data": part.data}}
    if isinstance(part, ToolUse):
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": part.arguments}
    return _result(part)


def _result(part: ToolResult) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": part.id, "content": part.text}


def _tool(tool: Tool) -> dict[str, Any]:
    described = {"description": tool.description} if tool.description else {}
    return {"name": tool.name, **described, "input_schema": tool.schema}


def _choice(request: Mapping[str, Any]) -> dict[str, Any]:
    asked = chosen_tool(request)
    alone = {"disable_parallel_tool_use": True} if request.get("parallel_tool_calls") is False else {}
    if asked.startswith("="):
        return {"tool_choice": {"type": "tool", "name": asked[1:], **alone}}
    if asked == "none":
        return {"tool_choice": {"type": "none"}}
    if asked == "required":
        return {"tool_choice": {"type": "any", **alone}}
    return {"tool_choice": {"type": "auto", **alone}} if asked or alone else {}


def _count(usage: Usage, given: Any) -> None:
    """Add what an answer, or a part of a streamed one, says of its tokens; later parts say the sum."""
    counts = given if isinstance(given, dict) else {}
    if "input_tokens" in counts:
        usage.cache_read = int(counts.get("cache_read_input_tokens") or 0)
        usage.cache_creation = int(counts.get("cache_creation_input_tokens") or 0)
        # Cached tokens are not among this protocol's input tokens.
        usage.prompt = int(counts["input_tokens"] or 0) + usage.cache_read + usage.cache_creation
    usage.completion = int(counts.get("output_tokens") or usage.completion)
