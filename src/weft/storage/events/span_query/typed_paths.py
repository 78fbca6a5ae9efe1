"""Gives custom attributes of a query the type of the literal beside them, and refuses what has no meaning for spans.

A bare name stands for an attribute whose map follows from the JSON type of what it is compared with: 2 means the
integers, 2.0 the floats.
"""

from __future__ import annotations

from datetime import datetime

from weft.core.errors import InvalidRequest
from weft.schemas.span_fields import (
    FIELD_KINDS,
    AttributeSource,
    CustomAttribute,
    SpanColumn,
    SpanList,
    parse_span_field,
)
from weft.storage.events.query.expressions import (
    Among,
    Compare,
    Constant,
    Contains,
    Convert,
    FieldPath,
    Logic,
    Node,
    Size,
)

_SOURCE_OF: dict[type, AttributeSource] = {
    bool: "custom_attrs_bool",
    int: "custom_attrs_int",
    float: "custom_attrs_float",
    str: "custom_attrs_string",
}


def with_types(node: Node) -> Node:
    """The tree with every attribute that stands beside a literal named by its map. Raises InvalidRequest."""
    if isinstance(node, Logic):
        return Logic(node.operator, tuple(with_types(part) for part in node.parts))
    if isinstance(node, Compare):
        return _compare(node)
    if isinstance(node, Among):
        return _among(node)
    if isinstance(node, Contains):
        if _is_null(node.input) or _is_null(node.substr):
            raise _null_refused()
        return Contains(_as_type(node.input, str), _as_type(node.substr, str), node.case_insensitive)
    if isinstance(node, Convert):
        return Convert(with_types(node.input), node.to)
    if isinstance(node, Size):
        return Size(_as_type(node.input, str))
    if isinstance(node, FieldPath):
        _check_readable(node)
    return node


def _compare(node: Compare) -> Compare:
    left, right = node.left, node.right
    if _is_null(left) and not _is_null(right):
        left, right = right, left
    if _is_null(right):
        if node.operator != "$eq":
            raise _null_refused()
        return Compare(node.operator, with_types(left), right)
    return Compare(node.operator, _beside(left, right), _beside(right, left))


def _among(node: Among) -> Among:
    if not node.options:
        raise InvalidRequest("query: empty $in")
    constants = [option.value for option in node.options if isinstance(option, Constant)]
    if None in constants:
        raise _null_refused()
    kinds = {type(constant) for constant in constants}
    numbers_of_a_column = kinds == {int, float} and not _is_bare(node.needle)
    if len(kinds) > 1 and not numbers_of_a_column:
        raise InvalidRequest("query: the options of $in must be of one type")
    for constant in constants:
        _check_moment(node.needle, constant)
    needle = _as_type(node.needle, kinds.pop()) if kinds else with_types(node.needle)
    return Among(needle, tuple(with_types(option) for option in node.options))


def _beside(node: Node, other: Node) -> Node:
    if not isinstance(other, Constant):
        return with_types(node)
    _check_moment(node, other.value)
    return _as_type(node, type(other.value))


def _as_type(node: Node, kind: type) -> Node:
    if isinstance(node, FieldPath) and _is_bare(node) and kind in _SOURCE_OF:
        return FieldPath(f"{_SOURCE_OF[kind]}.{node.path}")
    return with_types(node)


def _is_bare(node: Node) -> bool:
    if not isinstance(node, FieldPath):
        return False
    field = parse_span_field(node.path)
    return isinstance(field, CustomAttribute) and field.source is None


def _is_null(node: Node) -> bool:
    return isinstance(node, Constant) and node.value is None


def _check_readable(node: FieldPath) -> None:
    field = parse_span_field(node.path)
    if isinstance(field, SpanList):
        raise InvalidRequest(f"Field {field.name!r} holds a list or a document and cannot be queried")


def _check_moment(node: Node, constant: object) -> None:
    """Times in queries are naive UTC; the bounds of a request take any offset."""
    if not isinstance(node, FieldPath) or not isinstance(constant, str):
        return
    field = parse_span_field(node.path)
    if not isinstance(field, SpanColumn) or FIELD_KINDS[field.name] != "time":
        return
    try:
        offset = datetime.fromisoformat(constant).tzinfo
    except ValueError:
        return
    if offset is not None:
        raise InvalidRequest(
            f"{constant[:80]!r} has an offset, which {field.name} in a query has not: "
            "leave it out, or use started_after and started_before"
        )


def _null_refused() -> InvalidRequest:
    return InvalidRequest("query: null can only be compared with $eq")
