"""OpenAI's messages as turns of a conversation, the form in which Anthropic's and Amazon's protocols want them.

Those two know two roles that alternate, keep system texts apart, and put tool calls and their results into parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from weft.core import jsontext
from weft.llm.endpoints import LLMError

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w=.+-]+)*;base64,(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An image: its type and base64, or the URL it is at."""

    media_type: str = ""
    data: str = field(default="", repr=False)
    url: str = ""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool the model called."""

    id: str
    name: str
    arguments: Any


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered."""

    id: str
    text: str


Part = Text | Picture | ToolUse | ToolResult


@dataclass(slots=True)
class Turn:
    """All that one side says before the other one speaks."""

    role: Literal["user", "assistant"]
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Conversation:
    """System texts, and turns that alternate."""

    system: list[str]
    turns: list[Turn]


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may call."""

    name: str
    description: str
    schema: dict[str, Any]


def conversation_of(messages: Sequence[Any]) -> Conversation:
    """The messages as a conversation. Raises LLMError for what is no message."""
    said = Conversation([], [])
    for message in messages:
        if not isinstance(message, dict):
            raise LLMError("A message is not an object", temporary=False, status=400)
        role = message.get("role")
        if role in ("system", "developer"):
            said.system.extend(part.text for part in _content(message.get("content")) if isinstance(part, Text))
        elif role == "assistant":
            _add(said.turns, "assistant", [*_content(message.get("content")), *_tool_uses(message)])
        elif role in ("tool", "function"):
            text = "\n".join(part.text for part in _content(message.get("content")) if isinstance(part, Text))
            _add(said.turns, "user", [ToolResult(str(message.get("tool_call_id") or message.get("name") or ""), text)])
        else:
            _add(said.turns, "user", list(_content(message.get("content"))))
    return said


def tools_of(request: Mapping[str, Any]) -> list[Tool]:
    """The functions a request offers, in either of OpenAI's spellings."""
    offered = [tool.get("function") for tool in request.get("tools") or [] if isinstance(tool, dict)]
    functions = [item for item in [*offered, *(request.get("functions") or [])] if isinstance(item, dict)]
    return [
        Tool(
            name=str(function.get("name", "")),
            description=str(function.get("description") or ""),
            schema=function.get("parameters") or {"type": "object", "properties": {}},
        )
        for function in functions
    ]


def chosen_tool(request: Mapping[str, Any]) -> str:
    """Which tool is to be called: `auto`, `none`, `required`, or `=` and its name; empty when nothing is said."""
    choice = request.get("tool_choice") or request.get("function_call")
    if isinstance(choice, str):
        return choice
    if isinstance(choice, dict):
        function = choice.get("function")
        return f"={function.get('name', '') if isinstance(function, dict) else choice.get('name', '')}"
    return ""


def stops_of(request: Mapping[str, Any]) -> list[str]:
    """The texts at which the model is to stop."""
    stop = request.get("stop")
    return [stop] if isinstance(stop, str) else [text for text in stop or [] if isinstance(text, str)]


def _add(turns: list[Turn], role: Literal["user", "assistant"], parts: list[Part]) -> None:
    if not parts:
        return
    if turns and turns[-1].role == role:
        turns[-1].parts.extend(parts)
    else:
        turns.append(Turn(role, parts))


def _content(content: Any) -> Iterator[Part]:
    for item in content if isinstance(content, list) else [content]:
        if isinstance(item, str):
            # These protocols refuse empty texts.
            yield from [Text(item)] if item else []
        elif isinstance(item, dict) and item.get("type") == "image_url":
            given = item.get("image_url")
            yield _picture(given.get("url") if isinstance(given, dict) else given)
        elif isinstance(item, dict) and isinstance(item.get("text"), str):
            yield from [Text(item["text"])] if item["text"] else []
        elif item is not None:
            kind = str(item.get("type"))[:40] if isinstance(item, dict) else type(item).__name__
            raise LLMError(f"This provider is not sent content of the type {kind!r}", temporary=False, status=400)


def _picture(url: Any) -> Picture:
    if not isinstance(url, str):
        raise LLMError("An image has no URL", temporary=False, status=400)
    inline = _DATA_URL.fullmatch(url)
    return Picture(inline[1], inline[2]) if inline else Picture(url=url)


def _tool_uses(message: Mapping[str, Any]) -> Iterator[ToolUse]:
    for call in message.get("tool_calls") or []:
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict):
            continue
        try:
            arguments = jsontext.loads(function.get("arguments") or "{}")
        except (ValueError, TypeError, AttributeError):
            arguments = {}
        yield ToolUse(str(call.get("id", "")), str(function.get("name", "")), arguments)
