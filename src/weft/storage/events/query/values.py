"""Operands as SQL: a field, a literal, a conversion or a size, each with the kind of value it yields."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal, Protocol

from weft.core.clock import as_utc
from weft.core.errors import InvalidField, InvalidRequest
from weft.core.refs import INTERNAL
from weft.storage.events.query.expressions import Constant, Convert, FieldPath, Node, Size
from weft.storage.events.query.fields import Column, Derived, FeedbackPath, JsonPath, QueueMembership, parse_field
from weft.storage.events.query.json_text import JsonReader
from weft.storage.events.query.parameters import Parameters

Kind = Literal["text", "json", "number", "time", "refs", "literal"]

NULL_FLAG = "CAST(NULL, 'Nullable(UInt8)')"
NULL_TIME = "CAST(NULL, 'Nullable(DateTime64(6))')"
_INT64 = 1 << 63
_HIGHEST_MICROSECOND = 10**16 - 1


@dataclass(frozen=True, slots=True)
class Value:
    """SQL of an operand. `is_null` is the SQL of "equals null"; a literal keeps its constant instead of SQL."""

    sql: str
    kind: Kind
    is_null: str = "0"
    constant: str | int | float | bool | None = None


@dataclass(frozen=True, slots=True)
class Expansion:
    """Texts of a field that lies behind refs: the path that holds the refs, and the field's text for each ref."""

    path: JsonPath
    texts: Mapping[str, str]


class FeedbackReader(Protocol):
    """A way to read feedback values."""

    def text(self, path: FeedbackPath, /) -> str:
        """The SQL of one text for the path."""
        ...


@dataclass(slots=True)
class Operands:
    """Turns operands into values, within one way of reading JSON and feedback."""

    parameters: Parameters
    json: JsonReader
    feedback: FeedbackReader
    expansions: Mapping[str, Expansion] = field(default_factory=dict)

    def value(self, node: Node) -> Value:
        """The value of a literal, field, conversion or size. Raises InvalidField and InvalidRequest."""
        if isinstance(node, Constant):
            return Value("", "literal", constant=node.value)
        if isinstance(node, FieldPath):
            return self.field(node.path)
        if isinstance(node, Convert):
            return self._converted(self.value(node.input), node.to)
        if isinstance(node, Size):
            return self._size(self.value(node.input))
        raise InvalidRequest("The query cannot be evaluated: an operation stands where a value is needed")

    def field(self, path: str) -> Value:
        """The value of a field path."""
        expansion = self.expansions.get(path)
        found = parse_field(path)
        if expansion is not None and isinstance(found, JsonPath):
            return Value(self._expanded(found, expansion), "json")
        if isinstance(found, Column):
            return _column(found)
        if isinstance(found, JsonPath):
            return Value(self.json.text(found), "json")
        if isinstance(found, Derived):
            return self._derived(found.name)
        if isinstance(found, QueueMembership):
            raise InvalidField("annotation_queue_items.queue_id can only be compared with $eq to a string")
        return Value(self.feedback.text(found), "json")

    def _expanded(self, found: JsonPath, expansion: Expansion) -> str:
        refs, texts = list(expansion.texts), list(expansion.texts.values())
        direct = self.json.text(found)
        if not refs:
            return direct
        pairs = f"{self.parameters.texts(refs)}, {self.parameters.texts(texts)}"
        return f"transform({self.json.text(expansion.path)}, {pairs}, {direct})"

    def _derived(self, name: str) -> Value:
        if name == "latency_ms":
            milliseconds = "toUnixTimestamp64Milli(ended_at) - toUnixTimestamp64Milli(started_at)"
            return Value(f"({milliseconds})", "number", "isNull(ended_at)")
        if name == "trace_name":
            of_ref = "extract(op_name, '/(?:op|object)/([^/:]+):')"
            plain = f"if(startsWith(op_name, '{INTERNAL}') AND {of_ref} != '', {of_ref}, op_name)"
            return Value(f"if(display_name != '', display_name, {plain})", "text")
        errors = self.json.text(JsonPath("summary", ("status_counts", "error")))
        status = f"""multiIf(exception != '', 'error', ifNull(toFloat64OrNull({errors}), 0) > 0, 'descendant_error',
            isNull(ended_at), 'running', 'success')"""
        return Value(status, "text")

    def _converted(self, value: Value, to: str) -> Value:
        if value.kind == "literal":
            if value.constant is None:
                return value
            value = Value(self.parameters.text(literal_text(value.constant)), "text")
        if to == "exists":
            return Value(_exists(value), "number")
        if value.kind in ("text", "json"):
            casts = {"int": "toInt64OrNull", "double": "toFloat64OrNull", "bool": "toUInt8OrNull"}
            return Value(value.sql, "text") if to == "string" else _number(f"{casts[to]}({value.sql})")
        if to == "string" and value.kind in ("number", "time"):
            return Value(f"toString({value.sql})", "text", f"isNull({value.sql})")
        raise InvalidRequest(f"The query cannot be evaluated: a {value.kind} column cannot be converted to {to}")

    def _size(self, value: Value) -> Value:
        if value.kind == "literal" and isinstance(value.constant, str):
            return Value(self.parameters.integer(len(value.constant.encode("utf-8", "replace"))), "number")
        if value.kind in ("text", "json", "refs"):
            return Value(f"length({value.sql})", "number")
        raise InvalidRequest(f"The query cannot be evaluated: a {value.kind} has no size")

    def number(self, constant: object) -> str:
        """A placeholder for a numeric literal, or for a text that is one. Raises InvalidRequest for another text."""
        if isinstance(constant, str):
            constant = _parsed_number(constant)
        if isinstance(constant, bool | int):
            if -_INT64 <= constant < _INT64:
                return self.parameters.integer(int(constant))
            return self.parameters.real(as_float(constant))
        assert isinstance(constant, float)
        return self.parameters.real(constant)

    def moment(self, constant: object) -> str:
        """The SQL of a point in time: unix seconds or an ISO text. Raises InvalidRequest for anything else."""
        microseconds = self.parameters.integer(to_microseconds(constant))
        return f"fromUnixTimestamp64Micro({microseconds}, 'UTC')"


def literal_text(constant: str | int | float | bool) -> str:
    """A literal as the text that a JSON field with the same value reads as."""
    if isinstance(constant, bool):
        return "true" if constant else "false"
    if isinstance(constant, float) and constant.is_integer() and abs(constant) < 1e15:
        return str(int(constant))
    return str(constant)


def fits_int64(constant: int) -> bool:
    """Whether the engine's widest common integer can hold it."""
    return -_INT64 <= constant < _INT64


def as_float(constant: int) -> float:
    """The nearest float, infinite beyond the largest."""
    try:
        return float(constant)
    except OverflowError:
        return math.inf if constant > 0 else -math.inf


def to_microseconds(constant: object) -> int:
    """Microseconds since 1970, clamped to what the engine can hold."""
    if isinstance(constant, str):
        moment = _parsed_moment(constant)
        delta = moment - datetime.fromtimestamp(0, UTC)
        microseconds: float = (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
    elif isinstance(constant, int | float) and not isinstance(constant, bool) and not math.isnan(constant):
        microseconds = constant * 1_000_000
    else:
        raise InvalidRequest(f"The query cannot be evaluated: {str(constant)[:80]!r} is not a point in time")
    return round(max(-2_208_988_800_000_000, min(_HIGHEST_MICROSECOND, microseconds)))


def _parsed_moment(text: str) -> datetime:
    try:
        return as_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    try:
        parsed = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(f"The query cannot be evaluated: {text[:80]!r} is not a date and time") from error
    return datetime(parsed.year, parsed.month, parsed.day, tzinfo=UTC)


def _parsed_number(text: str) -> int | float:
    try:
        return int(text) if text.lstrip("-").isdecimal() and len(text) < 40 else float(text)
    except ValueError as error:
        raise InvalidRequest(f"The query cannot be evaluated: {text[:80]!r} is not a number") from error


def _column(column: Column) -> Value:
    name = column.name
    if column.kind == "required_text":
        return Value(name, "text")
    if column.kind == "text":
        return Value(name, "text", f"({name} = '')")
    if column.kind == "never":
        return Value(NULL_TIME, "time", "1")
    if column.kind == "refs":
        return Value(name, "refs")
    return Value(name, "time" if column.kind == "time" else "number", f"isNull({name})")


def _number(sql: str) -> Value:
    return Value(sql, "number", f"isNull({sql})")


def _exists(value: Value) -> str:
    if value.kind in ("json", "refs"):
        return "1"
    return f"(NOT {value.is_null})"
