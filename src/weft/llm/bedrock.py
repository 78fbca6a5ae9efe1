"""Amazon Bedrock's Converse, said and understood in terms of chat completions, and its stream of binary events.

Signing is aws_signature.py's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from weft.core import jsontext
from weft.llm.answers import Chunks, Usage, completion
from weft.llm.aws_signature import signed_headers
from weft.llm.endpoints import Endpoint, LLMError, Prepared
from weft.llm.turns import Part, Picture, Text, Tool, ToolUse, chosen_tool, conversation_of, stops_of, tools_of

_FINISHED = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}
_PRELUDE = struct.Struct(">III")
_CHECKSUM_BYTES = 4
_STRING = 7
# Widths of the other types a header value may have: booleans, byte, short, integer, long, timestamp, UUID.
_WIDTHS = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}


class BedrockSpeech:
    """Says it in turns of content."""

    def prepare(self, endpoint: Endpoint, request: Mapping[str, Any], stream: bool) -> Prepared:
        """The request to send, signed unless it has a key of Bedrock's own."""
        said = conversation_of(request.get("messages") or [])
        body: dict[str, Any] = {
            "messages": [{"role": turn.role, "content": [_block(part) for part in turn.parts]} for turn in said.turns]
        }
        if said.system:
            body["system"] = [{"text": text} for text in said.system]
        if settings := _inference_settings(request):
            body["inferenceConfig"] = settings
        if tools := tools_of(request):
            body["toolConfig"] = {"tools": [_tool(tool) for tool in tools], **_choice(request)}
        operation = "converse-stream" if stream else "converse"
        url = endpoint.url(f"/model/{quote(str(request['model']), safe='')}/{operation}")
        content = jsontext.dumps_finite(body).encode()
        headers = endpoint.request_headers()
        if endpoint.aws is not None:
            headers |= signed_headers(endpoint.aws, "bedrock", url, content)
        return Prepared(url, headers, content)

    def answer(self, body: dict[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
        """The completion an answer holds."""
        message = (body.get("output") or {}).get("message") or {}
        blocks = [block for block in message.get("content") or [] if isinstance(block, dict)]
        uses = [block["toolUse"] for block in blocks if isinstance(block.get("toolUse"), dict)]
        return completion(
            model=str(request["model"]),
            text="".join(str(block["text"]) for block in blocks if "text" in block),
            tool_uses=[
                ToolUse(str(use.get("toolUseId", "")), str(use.get("name", "")), use.get("input", {})) for use in uses
            ],
            finish_reason=_FINISHED.get(str(body.get("stopReason")), "stop"),
            usage=_usage(body.get("usage")),
            reasoning="".join(map(_reasoning, blocks)),
        )

    def chunks(self, data: Iterator[bytes], request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The chunks of a streamed answer."""
        made = Chunks(str(request["model"]))
        for kind, event in events_of(data):
            if kind == "messageStart":
                yield made.begin()
            elif kind == "contentBlockStart":
                use = (event.get("start") or {}).get("toolUse")
                if use:
                    yield made.tool(
                        int(event.get("contentBlockIndex", 0)), use.get("toolUseId", ""), use.get("name", "")
                    )
            elif kind == "contentBlockDelta":
                yield from _piece(made, event)
            elif kind == "messageStop":
                yield made.end(_FINISHED.get(str(event.get("stopReason")), "stop"))
            elif kind == "metadata":
                yield made.usage(_usage(event.get("usage")))
            elif kind.endswith("Exception"):
                raise LLMError(f"The LLM endpoint broke off: {str(event.get('message', kind))[:300]}", temporary=True)


def events_of(data: Iterator[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The kind and the content of each event of a binary stream."""
    buffer = b""
    for piece in data:
        buffer += piece
        while len(buffer) >= _PRELUDE.size:
            total, header_bytes, _ = _PRELUDE.unpack_from(buffer)
            if total < _PRELUDE.size + header_bytes + _CHECKSUM_BYTES:
                raise LLMError("The LLM endpoint streamed something that is no event", temporary=True)
            if len(buffer) < total:
                break
            end = _PRELUDE.size + header_bytes
            headers = _headers(buffer[_PRELUDE.size : end])
            payload = jsontext.loads(buffer[end : total - _CHECKSUM_BYTES] or b"{}")
            buffer = buffer[total:]
            kind = headers.get(":event-type") or headers.get(":exception-type") or headers.get(":error-code") or ""
            yield kind, payload if isinstance(payload, dict) else {}


def _headers(data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    place = 0
    while place < len(data):
        name_end = place + 1 + data[place]
        name, kind = data[place + 1 : name_end].decode("utf-8", "replace"), data[name_end]
        place = name_end + 1
        if kind in _WIDTHS:
            place += _WIDTHS[kind]
            continue
        size = int.from_bytes(data[place : place + 2])
        if kind == _STRING:
            found[name] = data[place + 2 : place + 2 + size].decode("utf-8", "replace")
        place += 2 + size
    return found


def _piece(made: Chunks, event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    delta = event.get("delta") or {}
    if "text" in delta:
        yield made.text(str(delta["text"]))
    elif "toolUse" in delta:
        yield made.arguments(int(event.get("contentBlockIndex", 0)), str(delta["toolUse"].get("input", "")))
    elif "reasoningContent" in delta:
        yield made.reasoning(str(delta["reasoningContent"].get("text", "")))


def _inference_settings(request: Mapping[str, Any]) -> dict[str, Any]:
    settings = {
        "maxTokens": request.get("max_completion_tokens") or request.get("max_tokens"),
        "temperature": request.get("temperature"),
        "topP": request.get("top_p"),
        "stopSequences": stops_of(request) or None,
    }
    return {name: value for name, value in settings.items() if value is not None}


def _block(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"text": part.text}
    if isinstance(part, Picture):
        if part.url:
            raise LLMError("Bedrock takes images inline only, as data: URLs", temporary=False, status=400)
        kind = part.media_type.removeprefix("image/").replace("jpg", "jpeg")
        return {"image": {"format": kind, "source": {"bytes": part.data}}}
    if isinstance(part, ToolUse):
        return {"toolUse": {"toolUseId": part.id, "name": part.name, "input": part.arguments}}
    return {"toolResult": {"toolUseId": part.id, "content": [{"text": part.text}]}}


def _tool(tool: Tool) -> dict[str, Any]:
    described = {"description": tool.description} if tool.description else {}
    return {"toolSpec": {"name": tool.name, **described, "inputSchema": {"json": tool.schema}}}


def _choice(request: Mapping[str, Any]) -> dict[str, Any]:
    asked = chosen_tool(request)
    if asked.startswith("="):
        return {"toolChoice": {"tool": {"name": asked[1:]}}}
    return {"toolChoice": {"any": {}}} if asked == "required" else {}


def _usage(given: Any) -> Usage:
    counts = given if isinstance(given, dict) else {}
    read, written = int(counts.get("cacheReadInputTokens") or 0), int(counts.get("cacheWriteInputTokens") or 0)
    # As with Anthropic, cached tokens are counted apart.
    prompt = int(counts.get("inputTokens") or 0) + read + written
    return Usage(prompt, int(counts.get("outputTokens") or 0), read, written)


def _reasoning(block: Mapping[str, Any]) -> str:
    content = block.get("reasoningContent")
    text = content.get("reasoningText") if isinstance(content, dict) else None
    return str(text.get("text", "")) if isinstance(text, dict) else ""
