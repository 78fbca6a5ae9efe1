"""The query language as a tree: parsing and shape checks. Knows neither the fields nor any SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from weft.core.errors import InvalidField, InvalidRequest, TooLarge

MAX_DEPTH = 120
MAX_NODES = 20_000
MAX_CONDITIONS = 1_000

CompareOperator = Literal["$eq", "$gt", "$lt", "$gte", "$lte"]
ConvertTarget = Literal["double", "string", "int", "bool", "exists"]
Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Constant:
    """A `$literal`."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A `$getField`, unparsed."""

    path: str


@dataclass(frozen=True, slots=True)
class Convert:
    """A `$convert`."""

    input: Node
    to: ConvertTarget


@dataclass(frozen=True, slots=True)
class Size:
    """A `$size`."""

    input: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """`$and`, `$or` and `$not`; `$not` has one part."""

    operator: Literal["$and", "$or", "$not"]
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """One of the five comparisons."""

    operator: CompareOperator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Among:
    """An `$in`."""

    needle: Node
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """A `$contains`."""

    input: Node
    substr: Node
    case_insensitive: bool


Node = Constant | FieldPath | Convert | Size | Logic | Compare | Among | Contains


def parse_query(query: Mapping[str, Any]) -> Node:
    """The tree of `{"$expr": …}`. Raises InvalidField for a malformed shape, TooLarge beyond the limits."""
    if not isinstance(query, Mapping) or set(query) not in ({"$expr"}, {"expr_"}):
        raise InvalidField("query must be an object with the one key $expr")
    node = _Parser().node(next(iter(query.values())), 0)
    if isinstance(node, Constant | FieldPath | Convert | Size):
        raise InvalidField("query.$expr must be an operation, not an operand")
    return node


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below one."""
    if isinstance(node, Convert | Size):
        return (node.input,)
    if isinstance(node, Logic):
        return node.parts
    if isinstance(node, Compare):
        return (node.left, node.right)
    if isinstance(node, Among):
        return (node.needle, *node.options)
    if isinstance(node, Contains):
        return (node.input, node.substr)
    return ()


def field_paths(node: Node) -> list[str]:
    """Every field the tree reads, in order of first sight."""
    found: dict[str, None] = {}
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, FieldPath):
            found.setdefault(item.path)
        stack.extend(reversed(children(item)))
    return list(found)


class _Parser:
    def __init__(self) -> None:
        self._nodes = 0
        self._conditions = 0
        self._shapes: dict[str, Callable[[Any, str, int], Node]] = {
            "$literal": self._literal,
            "$getField": self._field,
            "$convert": self._convert,
            "$size": lambda body, _name, depth: Size(self.node(body, depth)),
            "$and": self._logic,
            "$or": self._logic,
            "$not": self._logic,
            "$eq": self._compare,
            "$gt": self._compare,
            "$lt": self._compare,
            "$gte": self._compare,
            "$lte": self._compare,
            "$in": self._among,
            "$contains": self._contains,
        }

    def node(self, value: Any, depth: int) -> Node:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES or self._conditions > MAX_CONDITIONS:
            limits = f"{MAX_CONDITIONS} conditions, {MAX_NODES} parts, {MAX_DEPTH} levels"
            raise TooLarge(f"Query too large: at most {limits} are allowed")
        if isinstance(value, dict):
            for name, parse in self._shapes.items():
                for spelling in (name, _python_spelling(name)):
                    if spelling in value:
                        return parse(value[spelling], name, depth + 1)
        raise InvalidField(f"query: no operation or operand in {_shown(value)}")

    def _literal(self, body: Any, _name: str, _depth: int) -> Node:
        if isinstance(body, dict | list):
            raise InvalidRequest("query: $literal must be a string, a number, a boolean or null")
        return Constant(cast(Scalar, body))

    def _field(self, body: Any, _name: str, _depth: int) -> Node:
        if not isinstance(body, str):
            raise InvalidField(f"query: $getField must be a string, not {_shown(body)}")
        return FieldPath(body)

    def _convert(self, body: Any, _name: str, depth: int) -> Node:
        if not isinstance(body, dict) or "input" not in body:
            raise InvalidField("query: $convert needs input and to")
        to = body.get("to")
        if to not in ("double", "string", "int", "bool", "exists"):
            raise InvalidField(f"query: $convert cannot convert to {_shown(to)}")
        return Convert(self.node(body["input"], depth), to)

    def _logic(self, body: Any, name: str, depth: int) -> Node:
        operator = cast(Literal["$and", "$or", "$not"], name)
        if not isinstance(body, list | tuple) or (operator == "$not" and len(body) != 1):
            raise InvalidField(f"query: {name} must be a list" + (" of exactly one" if operator == "$not" else ""))
        if not body:
            raise InvalidRequest(f"query: empty {name}")
        return Logic(operator, tuple(self.node(part, depth) for part in body))

    def _compare(self, body: Any, name: str, depth: int) -> Node:
        self._conditions += 1
        if not isinstance(body, list | tuple) or len(body) != 2:
            raise InvalidField(f"query: {name} must be a list of two operands")
        return Compare(cast(CompareOperator, name), self.node(body[0], depth), self.node(body[1], depth))

    def _among(self, body: Any, _name: str, depth: int) -> Node:
        self._conditions += 1
        if not isinstance(body, list | tuple) or len(body) != 2 or not isinstance(body[1], list | tuple):
            raise InvalidField("query: $in must be an operand and a list of operands")
        return Among(self.node(body[0], depth), tuple(self.node(option, depth) for option in body[1]))

    def _contains(self, body: Any, _name: str, depth: int) -> Node:
        self._conditions += 1
        if not isinstance(body, dict) or "input" not in body or "substr" not in body:
            raise InvalidField("query: $contains needs input and substr")
        folded = body.get("case_insensitive")
        if not isinstance(folded, bool | None):
            raise InvalidField(f"query: case_insensitive must be a boolean, not {_shown(folded)}")
        return Contains(self.node(body["input"], depth), self.node(body["substr"], depth), bool(folded))


def _python_spelling(name: str) -> str:
    return "get_field_" if name == "$getField" else name.removeprefix("$") + "_"


def _shown(value: Any) -> str:
    return repr(value)[:80] if isinstance(value, str | int | float | bool | None) else type(value).__name__
