"""Annotated values against the JSON Schema of their spec."""

from __future__ import annotations

from typing import Any

import pytest

from weft.core.errors import InvalidRequest
from weft.domain.annotation_specs import check_value


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({}, {"anything": None}),
        ({"type": "integer"}, 3.0),
        ({"type": "integer", "minimum": 1}, 1),
        ({"type": ["string", "null"]}, None),
        ({"enum": ["good", "bad"]}, "bad"),
        ({"type": "string", "format": "date"}, "no date at all"),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "maximum": 3, "exclusiveMaximum": True}, 2),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "number"}}}, {"a": 1}),
    ],
)
def test_a_fitting_value_passes(schema: dict[str, Any], value: Any) -> None:
    check_value(schema, value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, True),
        ({"type": "number"}, False),
        ({"type": "integer"}, 3.5),
        ({"type": "string"}, None),
        ({"type": "string", "maxLength": 2}, "abc"),
        ({"enum": ["good", "bad"]}, "Good"),
        ({"type": "object", "required": ["a"]}, {}),
    ],
)
def test_another_value_is_refused(schema: dict[str, Any], value: Any) -> None:
    with pytest.raises(InvalidRequest, match="does not fit"):
        check_value(schema, value)


@pytest.mark.parametrize(
    "schema",
    [
        None,
        [],
        {"type": "nothing"},
        {"minimum": "x"},
        {"$schema": 5},
        {"$schema": "http://["},
        {"$ref": "#/$defs/missing"},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "#"},
        {"pattern": "("},
        {"multipleOf": 0},
    ],
)
def test_a_broken_schema_is_a_bad_request_and_nothing_is_fetched(schema: Any) -> None:
    with pytest.raises(InvalidRequest, match="broken"):
        check_value(schema, "value")
