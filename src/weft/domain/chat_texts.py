"""Reading stored messages: what their text is, which parts they have, which media, which tools a model asks for.

A message is `{role, content, finish_reason}`; a content of several parts is the JSON text of their list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from weft.core import jsontext
from weft.core.errors import TooLarge

USER = "user"

_TEXT_KINDS = frozenset({"text", "input_text", "output_text"})
_REQUEST_KINDS = frozenset({"tool_call", "tool_use", "function_call", "function"})
_RESPONSE_KINDS = frozenset({"tool_call_response", "tool_result"})
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
_REF = re.compile(r"weave(?:-trace-internal)?:///[\w.~%-]+/[\w.~%/:*-]+")


@dataclass(slots=True)
class ChatText:
    """One stored message: the text that people read, and what else is in it."""

    role: str
    text: str
    raw: str
    parts: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A tool that a model asks for; texts are empty where it said nothing."""

    call_id: str
    name: str
    arguments: str


def read_messages(text: str) -> list[ChatText]:
    """The messages of a stored list; what is none is left out."""
    stored = _parsed(text) if text else None
    items = stored if isinstance(stored, list) else [stored]
    return [_read(item) for item in items if isinstance(item, dict)]


def last_words(stored: Iterable[str]) -> list[ChatText]:
    """The messages at the end that a user said, of messages stored one by one or as lists."""
    messages = [message for text in stored for message in read_messages(text)]
    start = len(messages)
    while start and messages[start - 1].role == USER:
        start -= 1
    return messages[start:]


def answer_text(messages: Iterable[ChatText]) -> str:
    """What a model said: the texts that are not a user's, a blank line between them."""
    return "\n\n".join(message.text for message in messages if message.role != USER and message.text)


def tool_requests(messages: Iterable[ChatText]) -> list[ToolRequest]:
    """The tools that a model asks for, in order."""
    return [
        _request(part)
        for message in messages
        if message.role != USER
        for part in message.parts
        if part["type"] in _REQUEST_KINDS
    ]


def tool_responses(messages: Iterable[ChatText]) -> list[Any]:
    """What the tool responses among the parts of messages hold."""
    return [
        part.get("response", part.get("content"))
        for message in messages
        for part in message.parts
        if part["type"] in _RESPONSE_KINDS
    ]


def refs_in(messages: Iterable[ChatText], span_refs: Sequence[str]) -> list[str]:
    """Refs of the media of messages: those written in them, and those of the span whose digest is written there."""
    found: dict[str, None] = {}
    for message in messages:
        if not span_refs and "weave" not in message.raw:
            continue
        for ref in span_refs:
            digest = ref.rpartition(":")[2].partition("/")[0]
            if ref and (ref in message.raw or (digest and digest in message.raw)):
                found.setdefault(ref)
        for match in _REF.findall(message.raw):
            found.setdefault(match.rstrip(".:/*"))
    return list(found)


def parsed_object(text: object) -> dict[str, Any] | None:
    """The JSON object that a text is."""
    if not isinstance(text, str) or text.lstrip()[:1] != "{":
        return None
    value = _parsed(text)
    return value if isinstance(value, dict) else None


def _read(item: dict[str, Any]) -> ChatText:
    content = item.get("content")
    raw = content if isinstance(content, str) else "" if content is None else jsontext.dumps_finite(content)
    role = item.get("role")
    parts = _parts(raw)
    text = raw if parts is None else "\n".join(filter(None, map(_part_text, parts)))
    return ChatText(role if isinstance(role, str) else "", text, raw, parts or ())


def _parts(raw: str) -> list[dict[str, Any]] | None:
    """The parts of a content, None for plain text: people write JSON lists too, but not with a type in each item."""
    if not raw.startswith("["):
        return None
    value = _parsed(raw)
    if not isinstance(value, list) or not value:
        return None
    return value if all(isinstance(part, dict) and isinstance(part.get("type"), str) for part in value) else None


def _part_text(part: dict[str, Any]) -> str:
    if part["type"] not in _TEXT_KINDS:
        return ""
    for key in ("content", "text"):
        if isinstance(text := part.get(key), str):
            return text
    return ""


def _request(part: dict[str, Any]) -> ToolRequest:
    inner = part.get("function")
    told = inner if isinstance(inner, dict) else part
    arguments = next((told[key] for key in ("arguments", "input", "args") if key in told), None)
    call_id = next((part[key] for key in ("id", "call_id") if isinstance(part.get(key), str)), "")
    name = told.get("name")
    return ToolRequest(call_id, name if isinstance(name, str) else "", _as_text(arguments))


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else jsontext.dumps_finite(value)


def _parsed(text: str) -> Any:
    try:
        value = jsontext.loads(text)
        if _HALF_CHARACTER.search(text):
            # No answer can carry half a character.
            plain = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            value = jsontext.loads(plain)
    except (ValueError, TooLarge, RecursionError):
        return None
    return value
