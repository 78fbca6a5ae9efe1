"""A second, naive reading of what can be asked of spans, over Python values; the compiled SQL is compared with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.storage.query_evaluator import Mismatch, Value, among, compare, contains_text, converted, encoded
from weft.storage.events.spans import EPOCH, Span

MAPS = {str: "custom_attrs_string", int: "custom_attrs_int", float: "custom_attrs_float", bool: "custom_attrs_bool"}
TEXTS = ("trace_id", "span_id", "span_name", "operation_name", "agent_name", "agent_version", "conversation_id",
         "status_code", "request_model", "tool_name", "wb_user_id")  # fmt: skip
NUMBERS = ("input_tokens", "output_tokens", "reasoning_tokens", "cache_read_input_tokens", "request_temperature")
SPELLINGS = {"gen_ai.agent.name": "agent_name", "agent.name": "agent_name", "weave.conversation.id": "conversation_id",
             "usage.input_tokens": "input_tokens", "gen_ai.request.temperature": "request_temperature"}  # fmt: skip
REQUIRED = ("trace_id", "span_id", "status_code")
HOUR = timedelta(hours=1)


def attributed(spans: Sequence[Span], after: datetime | None, before: datetime | None) -> list[Span]:
    """The spans within the bounds, each with the identity that it has or inherits."""
    donors = within(spans, after and after - HOUR, before and before + HOUR)
    donors.sort(key=lambda span: (span.started_at, span.span_id))
    result = []
    for span in within(spans, after, before):
        trace = [donor for donor in donors if donor.trace_id == span.trace_id]
        if not span.agent_name:
            named = next((donor for donor in trace if donor.agent_name), None)
            identity = (named.agent_name, named.agent_version, named.agent_id) if named else ("", "", "")
            span = replace(span, agent_name=identity[0], agent_version=identity[1], agent_id=identity[2])
        if not span.conversation_id:
            span = replace(span, conversation_id=next((d.conversation_id for d in trace if d.conversation_id), ""))
        result.append(span)
    return result


def within(spans: Iterable[Span], after: datetime | None, before: datetime | None) -> list[Span]:
    """The spans that began in [after, before)."""
    return [
        span
        for span in spans
        if (after is None or span.started_at >= after) and (before is None or span.started_at < before)
    ]


def holds(node: dict[str, Any], span: Span) -> bool | None:
    """Whether the condition holds; None where a value is missing. Raises Mismatch where it has no meaning."""
    (name, body), *_ = node.items()
    if name in ("$and", "$or", "$not"):
        parts = [condition(part, span) for part in body]
        if name == "$not":
            return None if parts[0] is None else not parts[0]
        decisive = name == "$or"
        return decisive if decisive in parts else None if None in parts else not decisive
    if name == "$contains":
        sides = [value_of(body[side], span, str) for side in ("input", "substr")]
        if any(side.kind == "literal" and side.value is None for side in sides):
            raise Mismatch
        return contains_text(sides, bool(body.get("case_insensitive")))
    if name == "$in":
        return _among(body[0], [option["$literal"] for option in body[1]], span)
    return _compare(name, body[0], body[1], span)


def condition(node: dict[str, Any], span: Span) -> bool | None:
    if next(iter(node)) not in ("$literal", "$getField", "$convert", "$size"):
        return holds(node, span)
    value = value_of(node, span, None)
    if value.kind == "number":
        return None if value.value is None else value.value != 0
    if value.kind == "literal" and not isinstance(value.value, str):
        return None if value.value is None else bool(value.value)
    raise Mismatch


def _compare(name: str, left: dict[str, Any], right: dict[str, Any], span: Span) -> bool | None:
    if _is_null(left) and not _is_null(right):
        left, right = right, left
    if _is_null(right) and name != "$eq":
        raise Mismatch
    return compare(name, value_of(left, span, _type_of(right)), value_of(right, span, _type_of(left)))


def _among(needle: dict[str, Any], options: list[Any], span: Span) -> bool | None:
    kinds = {type(option) for option in options}
    bare = "$getField" in needle and _is_bare(needle["$getField"])
    if not options or None in options or (len(kinds) > 1 and (bare or kinds != {int, float})):
        raise Mismatch
    return among(value_of(needle, span, kinds.pop()), options)


def value_of(node: dict[str, Any], span: Span, beside: type | None) -> Value:
    (name, body), *_ = node.items()
    if name == "$literal":
        return Value("literal", body)
    if name == "$getField":
        return field(body, span, beside)
    if name == "$convert":
        value = value_of(body["input"], span, None)
        if value.kind == "text" and value.value is None and body["to"] != "exists":
            return Value("text" if body["to"] == "string" else "number", None, True)
        return converted(value, body["to"])
    value = value_of(body, span, str)
    if value.kind == "text" or (value.kind == "literal" and isinstance(value.value, str)):
        length = None if value.value is None else len(encoded(value.value))
        return Value("number", length, length is None)
    raise Mismatch


def field(path: str, span: Span, beside: type | None) -> Value:
    name = SPELLINGS.get(path, path)
    if name in TEXTS:
        text = getattr(span, name)
        return Value("text", text, name not in REQUIRED and text == "")
    if name in NUMBERS or name in ("duration_ms", "total_tokens", "eval_trial_index"):
        number = number_of(name, span)
        return Value("number", number, number is None)
    if name in ("started_at", "ended_at"):
        moment = None if getattr(span, name) == EPOCH else getattr(span, name)
        return Value("time", moment, moment is None)
    for kind, column in MAPS.items():
        if path.startswith(column + "."):
            return _attribute(getattr(span, column).get(path.removeprefix(column + ".")), kind)
    if beside in MAPS:
        return _attribute(getattr(span, MAPS[beside]).get(path), beside)
    found = [getattr(span, column)[path] for column in MAPS.values() if path in getattr(span, column)]
    text = None if not found else str(found[0]).lower() if isinstance(found[0], bool) else _printed(found[0])
    return Value("text", text, text is None)


def number_of(name: str, span: Span) -> int | float | None:
    if name == "duration_ms":
        return None if span.ended_at < span.started_at else _ms(span.ended_at) - _ms(span.started_at)
    if name == "total_tokens":
        return span.input_tokens + span.output_tokens + span.reasoning_tokens
    if name == "eval_trial_index":
        return None if span.eval_trial_index == -1 else span.eval_trial_index
    number: int | float = getattr(span, name)
    return number


def measured(aggregation: str, values: Sequence[Any]) -> Any:
    """An aggregation of the values that are there."""
    present = [value for value in values if value is not None]
    computed: dict[str, Callable[[], Any]] = {
        "count": lambda: len(present),
        "count_distinct": lambda: len(set(present)),
        "sum": lambda: sum(present),
        "avg": lambda: sum(present) / len(present) if present else None,
        "min": lambda: min(present, default=None),
        "max": lambda: max(present, default=None),
        "count_true": lambda: sum(value is True for value in present),
        "count_false": lambda: sum(value is False for value in present),
    }
    return computed[aggregation]()


def _attribute(value: Any, kind: type) -> Value:
    if kind is str:
        return Value("text", value, value is None)
    return Value("number", value if value is None else int(value) if kind is bool else value, value is None)


def _printed(value: Any) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _type_of(node: dict[str, Any]) -> type | None:
    return type(node["$literal"]) if "$literal" in node else None


def _is_null(node: dict[str, Any]) -> bool:
    return "$literal" in node and node["$literal"] is None


def _is_bare(path: str) -> bool:
    known = (*TEXTS, *NUMBERS, *SPELLINGS, "duration_ms", "total_tokens", "eval_trial_index", "started_at", "ended_at")
    return path not in known and not any(path.startswith(column + ".") for column in MAPS.values())


def _ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)
