"""Completions in OpenAI's form, put together from what other protocols answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from weft.core import jsontext
from weft.core.ids import new_id
from weft.llm.turns import ToolUse


@dataclass(slots=True)
class Usage:
    """Tokens, the cached ones counted into `prompt`."""

    prompt: int = 0
    completion: int = 0
    cache_read: int = 0
    cache_creation: int = 0

    def shown(self) -> dict[str, Any]:
        """As OpenAI counts them."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {"cached_tokens": self.cache_read},
            "cache_read_input_tokens": self.cache_read,
            "cache_creation_input_tokens": self.cache_creation,
        }


def completion(
    model: str,
    text: str,
    tool_uses: Sequence[ToolUse],
    finish_reason: str,
    usage: Usage,
    completion_id: str = "",
    reasoning: str = "",
) -> dict[str, Any]:
    """A whole completion of one choice."""
    message: dict[str, Any] = {"role": "assistant", "content": text if text or not tool_uses else None}
    if reasoning:
        message["reasoning_content"] = reasoning
    if tool_uses:
        message["tool_calls"] = [
            {
                "id": use.id,
                "type": "function",
                "function": {"name": use.name, "arguments": jsontext.dumps_finite(use.arguments)},
            }
            for use in tool_uses
        ]
    return {
        "id": completion_id or f"chatcmpl-{new_id()}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": usage.shown(),
    }


@dataclass(slots=True)
class Chunks:
    """Makes the chunks of one streamed completion."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{new_id()}")
    created: int = field(default_factory=lambda: int(time.time()))
    _tools: dict[int, int] = field(default_factory=dict)

    def begin(self) -> dict[str, Any]:
        """The first one, which names the role."""
        return self._chunk({"role": "assistant", "content": ""})

    def text(self, text: str) -> dict[str, Any]:
        """A piece of the text."""
        return self._chunk({"content": text})

    def reasoning(self, text: str) -> dict[str, Any]:
        """A piece of the reasoning."""
        return self._chunk({"reasoning_content": text})

    def tool(self, block: int, use_id: str, name: str) -> dict[str, Any]:
        """The beginning of a tool call, which is the content block of that number."""
        index = self._tools.setdefault(block, len(self._tools))
        function = {"name": name, "arguments": ""}
        return self._chunk({"tool_calls": [{"index": index, "id": use_id, "type": "function", "function": function}]})

    def arguments(self, block: int, text: str) -> dict[str, Any]:
        """A piece of the arguments of a tool call."""
        index = self._tools.get(block, 0)
        return self._chunk({"tool_calls": [{"index": index, "function": {"arguments": text}}]})

    def end(self, finish_reason: str) -> dict[str, Any]:
        """The last one of the choice."""
        return self._chunk({}, finish_reason)

    def usage(self, usage: Usage) -> dict[str, Any]:
        """The one after that, which counts tokens."""
        return {**self._chunk({}), "choices": [], "usage": usage.shown()}

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        }
