"""JSON text in and out: fast for the usual, exact for the rest (big integers, lone surrogates, NaN)."""

from __future__ import annotations

import json
from typing import Any

import orjson

from weft.core.errors import TooLarge

# orjson turns integers beyond 64 bits into floats, so a text with a run of 19 digits goes through the exact parser.
# Mapping every digit to one and looking for the run costs a fraction of a regular expression.
_DIGITS_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")
_LONG_RUN = b"0" * 19


def loads(data: bytes | str) -> Any:
    """The value of a JSON text; accepts NaN and Infinity tokens and lone surrogate escapes.

    Raises ValueError for what is no JSON and TooLarge for nesting that would exhaust the stack.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    try:
        if _LONG_RUN not in raw.translate(_DIGITS_AS_ZERO):
            return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(raw.decode("utf-8"))
    except RecursionError as error:
        raise TooLarge("Request too large: nested too deeply") from error


def dumps(value: Any) -> str:
    """Compact JSON text. Characters UTF-8 cannot carry are written as escapes; keys become strings."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, orjson.JSONEncodeError):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def finite(value: Any) -> Any:
    """The value with every non-finite number replaced by its name as a string.

    JSON has no NaN; storing the names keeps each answer valid JSON and loses nothing.
    """
    if isinstance(value, float):
        if value != value:
            return "NaN"
        if value in (float("inf"), float("-inf")):
            return "Infinity" if value > 0 else "-Infinity"
        return value
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return value


def dumps_finite(value: Any) -> str:
    """`dumps` for user payloads, where NaN and infinities may occur."""
    text = dumps_or_none(value)
    return dumps(finite(value)) if text is None else text


def dumps_or_none(value: Any) -> str | None:
    """Compact JSON text, or None when the value might hold a non-finite number.

    orjson writes those as `null`, so a text with `null` in it is only trusted when the value holds no such float.
    """
    try:
        text = dumps(value)
    except ValueError:
        return None
    return None if "null" in text and _holds_non_finite(value) else text


def _holds_non_finite(value: Any) -> bool:
    if isinstance(value, float):
        return value != value or value in (float("inf"), float("-inf"))
    if isinstance(value, dict):
        return any(_holds_non_finite(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_non_finite(item) for item in value)
    return False
