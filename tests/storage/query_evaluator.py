"""A second, naive reading of the query language over Python values; the compiler is compared with it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from weft.storage.events.call_changes import Call

TEXT_COLUMNS = ("id", "parent_id", "op_name", "display_name", "exception", "thread_id")
REQUIRED = ("id", "op_name")


class Mismatch(Exception):
    """The two sides have no common type."""


class Value:
    def __init__(self, kind: str, value: Any, is_null: bool = False) -> None:
        self.kind, self.value, self.is_null = kind, value, is_null


def holds(node: dict[str, Any], call: Call) -> bool | None:
    (name, body), *_ = node.items()
    if name == "$and":
        parts = [condition(part, call) for part in body]
        return False if False in parts else None if None in parts else True
    if name == "$or":
        parts = [condition(part, call) for part in body]
        return True if True in parts else None if None in parts else False
    if name == "$not":
        part = condition(body[0], call)
        return None if part is None else not part
    if name == "$in":
        return among(value_of(body[0], call), [option["$literal"] for option in body[1]])
    if name == "$contains":
        return contains(body, call)
    return compare(name, value_of(body[0], call), value_of(body[1], call))


def condition(node: dict[str, Any], call: Call) -> bool | None:
    if next(iter(node)) not in ("$literal", "$getField", "$convert", "$size"):
        return holds(node, call)
    value = value_of(node, call)
    if value.kind == "number":
        return None if value.value is None else value.value != 0
    if value.kind == "literal" and not isinstance(value.value, str):
        return None if value.value is None else bool(value.value)
    raise Mismatch


def compare(name: str, left: Value, right: Value) -> bool | None:
    if left.kind == "literal" and left.value is None:
        return None
    if right.kind == "literal" and right.value is None:
        if left.kind == "literal":
            return False
        return left.is_null if name == "$eq" else None
    if left.kind == "literal" and right.kind == "literal":
        left = Value("text" if isinstance(left.value, str) else "number", left.value)
    a, b = common(left, right)
    if a is None or b is None:
        return None
    return {"$eq": a == b, "$gt": a > b, "$lt": a < b, "$gte": a >= b, "$lte": a <= b}[name]


def common(left: Value, right: Value) -> tuple[Any, Any]:
    if right.kind == "literal":
        return cast(left, right.value)
    if left.kind == "literal":
        return cast(right, left.value)[::-1]
    families = ["text" if side.kind == "json" else side.kind for side in (left, right)]
    if families[0] != families[1] or families[0] == "refs":
        raise Mismatch
    if families[0] == "text":
        return tuple(None if side.value is None else encoded(side.value) for side in (left, right))
    return left.value, right.value


def cast(value: Value, literal: Any) -> tuple[Any, Any]:
    if value.kind == "json" and not isinstance(literal, str):
        # A number beyond 64 bits is compared as the nearest float.
        reader = to_bool if isinstance(literal, bool) else to_int if fits_int64(literal) else to_float
        return reader(value.value), literal
    if value.kind in ("json", "text") and isinstance(literal, str):
        return None if value.value is None else encoded(value.value), encoded(literal)
    if value.kind == "number":
        return value.value, number(literal)
    if value.kind == "time":
        return value.value, moment(literal)
    raise Mismatch


def among(needle: Value, options: list[Any]) -> bool | None:
    if needle.kind == "literal":
        if needle.value is None:
            return None
        needle = Value("text" if isinstance(needle.value, str) else "number", needle.value)
    options = [option for option in options if option is not None]
    kinds = {type(option) for option in options}
    if needle.kind == "json" and kinds <= {int, float} and not all(map(fits_int64, options)):
        options = [float(option) for option in options]
    elif needle.kind == "json" and len(kinds) > 1:
        options = [scalar(option) for option in options]
    results = [compare("$eq", needle, Value("literal", option)) for option in options]
    return True if True in results else None if None in results else False


def contains(body: dict[str, Any], call: Call) -> bool | None:
    values = [value_of(body[side], call) for side in ("input", "substr")]
    return contains_text(values, bool(body.get("case_insensitive")))


def contains_text(values: list[Value], case_insensitive: bool) -> bool | None:
    texts = []
    for value in values:
        if value.kind == "literal" and value.value is None:
            return None
        if not (value.kind in ("text", "json") or (value.kind == "literal" and isinstance(value.value, str))):
            raise Mismatch
        if value.value is not None:
            texts.append(encoded(value.value).lower() if case_insensitive else encoded(value.value))
    return texts[1] in texts[0] if len(texts) == 2 else None


def value_of(node: dict[str, Any], call: Call) -> Value:
    (name, body), *_ = node.items()
    if name == "$literal":
        return Value("literal", body)
    if name == "$getField":
        return field(body, call)
    if name == "$convert":
        return converted(value_of(body["input"], call), body["to"])
    if name == "$size":
        value = value_of(body, call)
        if value.kind in ("text", "json") or (value.kind == "literal" and isinstance(value.value, str)):
            return Value("number", len(encoded(value.value)))
        if value.kind == "refs":
            return Value("number", len(value.value))
        raise Mismatch
    raise AssertionError(name)


def converted(value: Value, to: str) -> Value:
    if value.kind == "literal":
        if value.value is None:
            return value
        value = Value("text", scalar(value.value))
    if to == "exists":
        return Value("number", int(value.kind in ("json", "refs") or not value.is_null))
    if value.kind in ("text", "json"):
        if to == "string":
            return Value("text", value.value)
        result = {"int": to_int, "double": to_float, "bool": to_small}[to](value.value)
        return Value("number", result, result is None)
    raise Mismatch


def field(path: str, call: Call) -> Value:
    if path in TEXT_COLUMNS:
        value = getattr(call, path)
        return Value("text", value, path not in REQUIRED and value == "")
    if path in ("started_at", "ended_at"):
        return Value("time", getattr(call, path), getattr(call, path) is None)
    if path == "wb_run_step":
        return Value("number", call.wb_run_step, call.wb_run_step is None)
    if path == "input_refs":
        return Value("refs", list(call.input_refs))
    if path == "summary.weave.status":
        return Value("text", status(call))
    if path == "summary.weave.latency_ms":
        ended = call.ended_at
        ms = None if ended is None else milliseconds(ended) - milliseconds(call.started_at)
        return Value("number", ms, ms is None)
    root, *segments = [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", path)]
    return Value("json", text_at(json.loads(getattr(call, root)), segments))


def status(call: Call) -> str:
    counts = json.loads(call.summary).get("status_counts", {})
    if call.exception:
        return "error"
    if counts.get("error", 0) > 0:
        return "descendant_error"
    return "running" if call.ended_at is None else "success"


def text_at(value: Any, segments: list[str]) -> str:
    for segment in segments:
        if segment.isascii() and segment.isdigit():
            value = value[int(segment)] if isinstance(value, list) and int(segment) < len(value) else None
        else:
            value = value.get(segment) if isinstance(value, dict) else None
    if value is None or value == "null":
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return scalar(value)


def scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and value < 1e21:
        return str(int(value))
    if isinstance(value, float):
        return repr(value).replace("e+", "e").replace("e-0", "e-")
    return str(value)


def fits_int64(literal: Any) -> bool:
    return isinstance(literal, int) and -(2**63) <= literal < 2**63


def to_int(text: str) -> int | None:
    if re.fullmatch(r"[+-]?[0-9]+", text) and -(2**63) <= int(text) < 2**63:
        return int(text)
    return None


def to_small(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\+?[0-9]+", text) and int(text) < 256 else None


def to_bool(text: str) -> int | None:
    return {"true": 1, "false": 0}.get(text, to_small(text))


def to_float(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text) else None


def number(literal: Any) -> int | float:
    if isinstance(literal, str):
        try:
            return float(literal)
        except ValueError:
            raise Mismatch from None
    return literal  # type: ignore[no-any-return]


def moment(literal: Any) -> datetime:
    if isinstance(literal, bool):
        raise Mismatch
    if isinstance(literal, int | float):
        return datetime.fromtimestamp(literal, UTC)
    try:
        parsed = datetime.fromisoformat(literal)
    except ValueError:
        raise Mismatch from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def milliseconds(at: datetime) -> int:
    delta = at - datetime.fromtimestamp(0, UTC)
    return (delta.days * 86400 + delta.seconds) * 1000 + delta.microseconds // 1000


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
