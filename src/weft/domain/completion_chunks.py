"""A completion put together again from the chunks that were streamed, as a whole answer would have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class _Choice:
    content: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    tools: dict[int, dict[str, Any]] = field(default_factory=dict)
    finish_reason: str | None = None


class GatheredCompletion:
    """Gathers chunks; whatever in them has an unexpected shape is left out."""

    def __init__(self) -> None:
        self._about: dict[str, Any] = {}
        self._choices: dict[int, _Choice] = {}

    def add(self, chunk: Mapping[str, Any]) -> None:
        """Take one chunk in."""
        for name in ("id", "created", "model", "usage"):
            if chunk.get(name) is not None:
                self._about[name] = chunk[name]
        for given in _dicts(chunk.get("choices")):
            index = given.get("index")
            choice = self._choices.setdefault(index if isinstance(index, int) else 0, _Choice())
            if isinstance(given.get("finish_reason"), str):
                choice.finish_reason = given["finish_reason"]
            delta = given.get("delta")
            if isinstance(delta, dict):
                _add_delta(choice, delta)

    def completion(self) -> dict[str, Any]:
        """What has been gathered so far."""
        choices = [
            {"index": index, "message": _message(choice), "finish_reason": choice.finish_reason}
            for index, choice in sorted(self._choices.items())
        ]
        return {"object": "chat.completion", **self._about, "choices": choices}


def _add_delta(choice: _Choice, delta: Mapping[str, Any]) -> None:
    if isinstance(delta.get("content"), str):
        choice.content.append(delta["content"])
    for name in ("reasoning_content", "reasoning"):
        if isinstance(delta.get(name), str):
            choice.reasoning.append(delta[name])
            break
    for position, call in enumerate(_dicts(delta.get("tool_calls"))):
        index = call.get("index")
        tool = choice.tools.setdefault(index if isinstance(index, int) else position, {"name": "", "arguments": []})
        if isinstance(call.get("id"), str):
            tool["id"] = call["id"]
        function = call.get("function")
        if isinstance(function, dict):
            tool["name"] += str(function.get("name") or "")
            tool["arguments"].append(str(function.get("arguments") or ""))


def _message(choice: _Choice) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": "".join(choice.content)}
    if choice.reasoning:
        message["reasoning_content"] = "".join(choice.reasoning)
    if choice.tools:
        message["tool_calls"] = [
            {
                "id": tool.get("id", ""),
                "type": "function",
                "function": {"name": tool["name"], "arguments": "".join(tool["arguments"])},
            }
            for _, tool in sorted(choice.tools.items())
        ]
    return message


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
