"""Filters of /eval_results/query: checked once, then evaluated per trial with SQL's three truth values.

A missing value reads as empty text. Values compare as text unless one side is a number or a boolean; what cannot be
read as a number then is neither equal nor different.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from weft.core import jsontext
from weft.core.errors import InvalidField, InvalidRequest
from weft.domain.eval_fields import Field, parse_field
from weft.domain.summary_maths import as_number, number_in

Read = Callable[[Field], Any]
"""Reads a field of the trial at hand."""

Condition = Callable[[Read], bool | None]


@dataclass(frozen=True, slots=True)
class _Operand:
    value: Callable[[Read], Any]
    # Whether comparisons with it are about numbers; None for plain text and fields.
    numeric: bool = False
    boolean: bool = False


def compile_filter(query: dict[str, Any]) -> Condition:
    """The condition of a query object `{"$expr": …}`.

    Raises InvalidRequest for unknown fields and operators, InvalidField for operands of a wrong shape.
    """
    if "$expr" not in query:
        raise InvalidField("A filter query needs $expr")
    return _condition(query["$expr"])


def fields_of(query: Any) -> set[str]:
    """The names of all fields a query reads."""
    if isinstance(query, dict):
        own = query.get("$getField")
        found = {own} if isinstance(own, str) else set()
        return found.union(*(fields_of(item) for key, item in query.items() if key != "$literal"))
    if isinstance(query, list):
        return set().union(*(fields_of(item) for item in query))
    return set()


def _condition(expression: Any) -> Condition:
    name, body = _single(expression)
    if name in ("$and", "$or"):
        parts = [_condition(item) for item in _items(name, body)]
        return (
            (lambda read: _all(part(read) for part in parts))
            if name == "$and"
            else (lambda read: _any(part(read) for part in parts))
        )
    if name == "$not":
        inner = _condition(_pair(name, body, 1)[0])
        return lambda read: _negate(inner(read))
    if name in _COMPARE:
        left, right = (_operand(item) for item in _pair(name, body, 2))
        return _comparison(name, left, right)
    if name == "$in":
        field, options = _pair(name, body, 2)
        tests = [_comparison("$eq", _operand(field), _operand(item)) for item in _items(name, options, True)]
        return lambda read: _any(test(read) for test in tests)
    if name == "$contains":
        return _contains(body)
    operand = _operand(expression)
    return lambda read: _truth(operand.value(read))


def _operand(expression: Any) -> _Operand:
    name, body = _single(expression)
    if name == "$literal":
        return _Operand(lambda _read: body, _is_number(body), isinstance(body, bool))
    if name == "$getField":
        if not isinstance(body, str):
            raise InvalidField("$getField needs a field name")
        field = parse_field(body)
        return _Operand(lambda read: read(field))
    if name == "$convert":
        return _converted(body)
    if name == "$size":
        inner = _operand(body)
        return _Operand(lambda read: _size(inner.value(read)), numeric=True)
    condition = _condition(expression) if name in _CONDITIONS else None
    if condition is None:
        raise InvalidRequest(f"Unknown operator {name[:80]!r}")
    return _Operand(condition, boolean=True)


def _converted(body: Any) -> _Operand:
    if not isinstance(body, dict) or "input" not in body or body.get("to") not in _CONVERT:
        raise InvalidField(f"$convert needs input and to, one of {', '.join(sorted(_CONVERT))}")
    inner, convert, to = _operand(body["input"]), _CONVERT[body["to"]], body["to"]
    return _Operand(lambda read: convert(inner.value(read)), to in ("int", "double"), to in ("bool", "exists"))


def _comparison(name: str, left: _Operand, right: _Operand) -> Condition:
    compare = _COMPARE[name]
    read_as: Callable[[Any], Any] = _text
    if left.boolean or right.boolean:
        read_as = _truth
    if left.numeric or right.numeric:
        read_as = _number

    def condition(read: Read) -> bool | None:
        first, second = read_as(left.value(read)), read_as(right.value(read))
        return None if first is None or second is None else compare(first, second)

    return condition


def _contains(body: Any) -> Condition:
    if not isinstance(body, dict) or "input" not in body or "substr" not in body:
        raise InvalidField("$contains needs input and substr")
    whole, part = _operand(body["input"]), _operand(body["substr"])
    fold = str.casefold if body.get("case_insensitive") else str
    return lambda read: fold(_text(part.value(read))) in fold(_text(whole.value(read)))


def _single(expression: Any) -> tuple[str, Any]:
    if not isinstance(expression, dict) or len(expression) != 1:
        raise InvalidField("A filter expression is an object with exactly one operator")
    name, body = next(iter(expression.items()))
    return name, body


def _items(name: str, body: Any, may_be_empty: bool = False) -> list[Any]:
    if not isinstance(body, list):
        raise InvalidField(f"{name} needs a list")
    if not body and not may_be_empty:
        raise InvalidRequest(f"{name} must not be empty")
    return body


def _pair(name: str, body: Any, count: int) -> list[Any]:
    if not isinstance(body, list) or len(body) != count:
        raise InvalidField(f"{name} needs a list of {count}")
    return body


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return ("true" if value else "false") if isinstance(value, bool) else jsontext.dumps(value)


def _number(value: Any) -> float | None:
    return number_in(value) if isinstance(value, str) else as_number(value)


def _truth(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False, "1": True, "0": False}.get(value)
    return {1.0: True, 0.0: False}.get(number) if (number := as_number(value)) is not None else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list | dict) else len(_text(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _negate(value: bool | None) -> bool | None:
    return None if value is None else not value


def _all(values: Any) -> bool | None:
    found: Sequence[bool | None] = list(values)
    return False if False in found else (None if None in found else True)


def _any(values: Any) -> bool | None:
    found: Sequence[bool | None] = list(values)
    return True if True in found else (None if None in found else False)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda left, right: bool(left == right),
    "$gt": lambda left, right: bool(left > right),
    "$gte": lambda left, right: bool(left >= right),
    "$lt": lambda left, right: bool(left < right),
    "$lte": lambda left, right: bool(left <= right),
}
_CONDITIONS = frozenset({"$and", "$or", "$not", "$in", "$contains", *_COMPARE})
_CONVERT: dict[str, Callable[[Any], Any]] = {
    "double": _number,
    "int": _whole,
    "string": _text,
    "bool": _truth,
    "exists": lambda value: _text(value) != "",
}
