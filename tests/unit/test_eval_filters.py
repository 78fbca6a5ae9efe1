"""Conditions on trials: how values compare, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from weft.core.errors import InvalidField, InvalidRequest
from weft.domain.eval_fields import Field
from weft.domain.eval_filters import compile_filter, fields_of

VALUES: dict[str, Any] = {
    "score": 0.9,
    "text": "hello World",
    "number_text": "7",
    "flag": True,
    "list": [1, 2, 3],
    "nothing": None,
}


def read(field: Field) -> Any:
    value: Any = VALUES
    for part in field.path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def field(name: str) -> dict[str, str]:
    return {"$getField": f"output.{name}"}


def literal(value: Any) -> dict[str, Any]:
    return {"$literal": value}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ({"$gt": [field("score"), literal(0)]}, True),
        ({"$eq": [field("number_text"), literal(7)]}, True),
        ({"$eq": [field("flag"), literal(True)]}, True),
        ({"$eq": [field("flag"), literal(1)]}, True),
        ({"$eq": [field("text"), literal("hello World")]}, True),
        ({"$eq": [field("nothing"), literal("")]}, True),
        ({"$eq": [field("missing"), literal(None)]}, True),
        ({"$gt": [field("text"), literal(0)]}, None),
        ({"$not": [{"$gt": [field("text"), literal(0)]}]}, None),
        ({"$in": [field("number_text"), [literal("1"), literal("7")]]}, True),
        ({"$in": [field("number_text"), []]}, False),
        ({"$contains": {"input": field("text"), "substr": literal("world")}}, False),
        ({"$contains": {"input": field("text"), "substr": literal("world"), "case_insensitive": True}}, True),
        ({"$eq": [{"$size": field("list")}, literal(3)]}, True),
        ({"$eq": [{"$size": field("missing")}, literal(0)]}, True),
        ({"$gte": [{"$convert": {"input": field("number_text"), "to": "double"}}, literal(6.5)]}, True),
        ({"$eq": [{"$convert": {"input": field("missing"), "to": "exists"}}, literal(False)]}, True),
        ({"$and": [{"$eq": [literal(1), literal(1)]}, {"$gt": [field("text"), literal(0)]}]}, None),
        ({"$or": [{"$eq": [literal(1), literal(1)]}, {"$gt": [field("text"), literal(0)]}]}, True),
    ],
)
def test_expressions_hold_as_they_do_in_sql(expression: dict[str, Any], holds: bool | None) -> None:
    assert compile_filter({"$expr": expression})(read) is holds


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ({"$and": []}, InvalidRequest),
        ({"$like": [1, 2]}, InvalidRequest),
        ({"$eq": [literal(1)]}, InvalidField),
        ({"$eq": 3}, InvalidField),
        ({}, InvalidField),
        ({"$eq": [{"$getField": "outputs.x"}, literal(1)]}, InvalidRequest),
        ({"$eq": [{"$getField": "scores"}, literal(1)]}, InvalidRequest),
        ({"$eq": [{"$getField": "scores.a.-1"}, literal(1)]}, InvalidField),
        ({"$eq": [{"$convert": {"input": field("x"), "to": "date"}}, literal(1)]}, InvalidField),
    ],
)
def test_what_cannot_be_evaluated_is_refused_before_any_row_is_read(
    expression: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        compile_filter({"$expr": expression})


def test_fields_are_found_at_any_depth_but_not_in_literals() -> None:
    query = {"$expr": {"$and": [{"$eq": [field("a"), literal({"$getField": "x"})]}, {"$not": [field("b")]}]}}
    assert fields_of(query) == {"output.a", "output.b"}
