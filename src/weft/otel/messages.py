"""The messages of a conversation, however a convention spells them, as `{role, content, finish_reason}`, all texts.

A content of several parts (media, tool calls, reasoning) is the JSON text of their list. Where messages stand among the
attributes is span_columns.py's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from weft.core import jsontext
from weft.otel.attributes import read_out

Message = dict[str, str]

_REASONING = frozenset({"reasoning", "thinking"})
_REASONING_TEXTS = ("content", "text", "thinking", "reasoning")
_CONTENTS = ("parts", "content", "tool_calls")


def messages_of(value: Any, role: str) -> list[Message]:
    """The messages of an attribute; those that name nobody are of `role`, and what is no message is left out."""
    return [message for item in _items(value) if (message := _message(item, role)) is not None]


def reasoning_of(value: Any) -> str:
    """The reasoning among the parts of the messages, part by part on lines of their own."""
    told = [
        next((part[key] for key in _REASONING_TEXTS if isinstance(part.get(key), str)), "")
        for item in _items(value)
        if isinstance(item, dict)
        for part in [*_parts(item), {"type": "reasoning", "content": item.get("reasoning_content")}]
        if isinstance(part, dict) and part.get("type") in _REASONING
    ]
    return "\n".join(filter(None, told))


def instructions_of(value: Any) -> list[str]:
    """The system instructions as texts: each text, and the text of each object."""
    found: list[str] = []
    for item in _items(value):
        told = (item.get("content"), item.get("text")) if isinstance(item, dict) else (item,)
        found += [text for text in told if isinstance(text, str) and text][:1]
    return found


def json_text(value: Any) -> str:
    """The value as JSON text as people search it: its letters as they are."""
    return json.dumps(jsontext.finite(read_out(value)), ensure_ascii=False)


def _items(value: Any) -> list[Any]:
    value = read_out(value)
    if isinstance(value, dict) and "role" not in value and isinstance(value.get("messages"), list):
        value = value["messages"]
    items = value if isinstance(value, list) else [value]
    return [item for item in items if item is not None and item != ""]


def _message(item: Any, role: str) -> Message | None:
    if not isinstance(item, dict):
        content = item if isinstance(item, str) else json_text(item)
        return {"role": role, "content": content, "finish_reason": ""}
    given = item.get("role")
    if given is None and not any(name in item for name in _CONTENTS):
        return None
    reason = item.get("finish_reason")
    return {
        "role": given if isinstance(given, str) and given else role,
        "content": _content(item),
        "finish_reason": reason if isinstance(reason, str) else "" if reason is None else json_text(reason),
    }


def _content(message: dict[str, Any]) -> str:
    parts = _parts(message)
    if parts:
        return json_text(parts)
    content = message.get("content")
    if content is None:
        return ""
    return content if isinstance(content, str) else json_text(content)


def _parts(message: dict[str, Any]) -> list[Any]:
    """The parts of a message, tool calls that stand beside its content among them; empty for plain text."""
    for name in ("parts", "content"):
        if isinstance(message.get(name), list):
            parts = list(message[name])
            break
    else:
        parts = []
    calls = [*_tool_calls(message.get("tool_calls"))]
    if calls and not parts and isinstance(content := message.get("content"), str) and content:
        parts = [{"type": "text", "content": content}]
    return parts + calls


def _tool_calls(calls: Any) -> Iterator[dict[str, Any]]:
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, dict):
            inner = call.get("function")
            told = inner if isinstance(inner, dict) else call
            yield {
                "type": "tool_call",
                "id": call.get("id"),
                "name": told.get("name"),
                "arguments": told.get("arguments"),
            }
