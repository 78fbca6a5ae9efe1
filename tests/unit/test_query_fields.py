"""The grammar of field paths and the encoding of leaf paths."""

from __future__ import annotations

import pytest

from weft.core.errors import InvalidField
from weft.schemas.query import Query
from weft.storage.events.call_changes import Call
from weft.storage.events.leaves import encode_segment, leaves_of
from weft.storage.events.query.fields import Derived, FeedbackPath, JsonPath, parse_field


def test_paths_are_split_at_plain_dots() -> None:
    assert parse_field("inputs.a.b") == JsonPath("inputs", ("a", "b"))
    assert parse_field(r"inputs.a\.b.0") == JsonPath("inputs", ("a.b", 0))
    assert parse_field("output") == JsonPath("output")
    assert parse_field("summary.weave.status") == Derived("status")
    assert parse_field("feedback.[a.b].payload.x.1") == FeedbackPath("a.b", "payload", ("x", 1))
    assert parse_field("feedback.[*].runnable_ref") == FeedbackPath("*", "runnable_ref")


@pytest.mark.parametrize(
    "path",
    ["", "x", "inputs_dump", "inputs.-1", "summary.weave", "feedback.[a].id", "feedback.a.payload"],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(InvalidField):
        parse_field(path)


def test_encoded_segments_are_distinct_and_plain() -> None:
    keys = ["a", "a.b", "a%2Eb", "", "%", "é", "`", '"', "A b", "\ud800", "0"]
    encoded = [encode_segment(key) for key in keys]
    assert len(set(encoded)) == len(keys)
    assert all(character.isalnum() or character in "_%" for text in encoded for character in text)


def test_leaves_hold_short_scalars_and_name_the_rest() -> None:
    call = Call("p", "c", inputs='{"a":1,"b":"null","c":null,"d":[1],"e":5.0,"f":1e300,"g":{},"h":2500000000000000.0}')
    leaves, opaque = leaves_of(call)
    assert leaves == {"inputs.a": "1", "inputs.e": "5"}
    assert set(opaque) >= {"inputs", "inputs.d", "inputs.d.*", "inputs.f", "inputs.g", "inputs.h", "attributes"}


def test_a_query_is_given_back_in_its_dollar_spelling() -> None:
    given = {"$expr": {"and_": [{"eq_": [{"get_field_": "id"}, {"$literal": 1.0}], "extra": 1}]}}
    tree = Query.model_validate(given).tree()
    (equal,) = tree["$expr"]["$and"]
    assert list(equal["$eq"]) == [{"$getField": "id"}, {"$literal": 1.0}]
