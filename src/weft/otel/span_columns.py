"""The columns of an agent's span that its attributes fill. Which fills which is span_conventions.py's table.

The row's keys, times and expiry, and storing, are the domain's.
"""

from __future__ import annotations

from typing import Any

from weft.core import jsontext
from weft.otel.attributes import Tree, find, first_value, read_out
from weft.otel.custom_attributes import custom_attributes
from weft.otel.messages import instructions_of, json_text, messages_of, reasoning_of
from weft.otel.span_conventions import (
    DOCUMENTS,
    EVENTS,
    INPUT_MESSAGES,
    INSTRUCTIONS,
    INVOKE_AGENT,
    LISTS,
    NUMBERS,
    OPERATIONS,
    OUTPUT_MESSAGES,
    OUTPUT_TYPES,
    REASONING,
    TEXTS,
    WHOLE_NUMBERS,
    Names,
)
from weft.otel.spans import OtelSpan
from weft.otel.trees import SpanTrees

_LARGEST = 2**63


class CannotExtract(ValueError):
    """An attribute has a value its column does not take; the text says which."""


def span_columns(span: OtelSpan, trees: SpanTrees) -> dict[str, Any]:
    """Column names and values; columns nothing is told about are left out. Raises CannotExtract."""
    tree = trees.own
    columns: dict[str, Any] = {}
    columns |= {column: _text(tree, names) for column, names in TEXTS.items()}
    columns |= {column: _whole_number(tree, names) for column, names in WHOLE_NUMBERS.items()}
    columns |= {column: _number(tree, names) for column, names in NUMBERS.items()}
    columns |= {column: _texts(tree, names) for column, names in LISTS.items()}
    columns |= {column: _document(span, trees, column, names) for column, names in DOCUMENTS.items()}
    columns |= _conversation(span, trees)
    columns |= custom_attributes(tree)
    columns["provider_name"] = (columns["provider_name"] or "").lower()
    columns["operation_name"] = columns["operation_name"] or _operation(span.name)
    columns["agent_name"] = columns["agent_name"] or _agent_name(span.name)
    columns["status_message"] = span.status_message
    if span.status == "ERROR":
        _tell_failure(columns, trees.exception(span))
    if columns["output_type"] and columns["output_type"] not in OUTPUT_TYPES:
        raise CannotExtract(f"output.type {columns['output_type'][:40]!r} is not one of {_known_output_types()}")
    return {column: value for column, value in columns.items() if value is not None}


def _conversation(span: OtelSpan, trees: SpanTrees) -> dict[str, Any]:
    asked = first_value(trees.own, INPUT_MESSAGES) or _event_value(span, trees, "input_messages")
    said = first_value(trees.own, OUTPUT_MESSAGES) or _event_value(span, trees, "output_messages")
    reasoning = reasoning_of(said) or find(trees.own, REASONING)
    return {
        "input_messages": _rendered(messages_of(asked, "user")),
        "output_messages": _rendered(messages_of(said, "assistant")),
        "system_instructions": instructions_of(first_value(trees.own, INSTRUCTIONS)),
        "reasoning_content": reasoning if isinstance(reasoning, str) else None,
    }


def _rendered(messages: list[dict[str, str]]) -> str | None:
    return jsontext.dumps(messages) if messages else None


def _document(span: OtelSpan, trees: SpanTrees, column: str, names: Names) -> str | None:
    value = first_value(trees.own, names)
    if value is None:
        value = _event_value(span, trees, column)
    return value if value is None or isinstance(value, str) else json_text(value)


def _event_value(span: OtelSpan, trees: SpanTrees, column: str) -> Any:
    """What the last event says that may fill a column where no attribute does."""
    if not span.events or column not in EVENTS:
        return None
    event_name, attribute = EVENTS[column]
    told = [find(tree, attribute) for tree in trees.of_events(span, event_name)]
    return next((value for value in reversed(told) if value is not None), None)


def _tell_failure(columns: dict[str, Any], exception: dict[str, Any]) -> None:
    for column, name in (("error_type", "type"), ("status_message", "message")):
        if not columns[column] and isinstance(exception.get(name), str):
            columns[column] = exception[name]


def _operation(span_name: str) -> str | None:
    name = span_name.lower()
    return next((operation for operation in OPERATIONS if name.startswith(operation)), None)


def _agent_name(span_name: str) -> str | None:
    if not span_name.lower().startswith(f"{INVOKE_AGENT} "):
        return None
    return span_name[len(INVOKE_AGENT) :].strip() or None


def _text(tree: Tree, names: Names) -> str | None:
    for name in names:
        value = find(tree, name)
        if isinstance(value, bool | int | float):
            return jsontext.dumps_finite(value)
        if isinstance(value, str) and value:
            return value
    return None


def _whole_number(tree: Tree, names: Names) -> int | None:
    for name in names:
        value = find(tree, name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            continue
        try:
            number = int(value)
        except (ValueError, OverflowError):
            continue
        if -_LARGEST <= number < _LARGEST:
            return number
    return None


def _number(tree: Tree, names: Names) -> float | None:
    for name in names:
        value = find(tree, name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            continue
        try:
            number = float(value)
        except (ValueError, OverflowError):
            continue
        if abs(number) < float("inf"):
            return number
    return None


def _texts(tree: Tree, names: Names) -> list[str] | None:
    value = read_out(first_value(tree, names))
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    return [item if isinstance(item, str) else json_text(item) for item in items if item is not None]


def _known_output_types() -> str:
    return ", ".join(sorted(filter(None, OUTPUT_TYPES)))
