from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.errors import InvalidRequest, TooLarge
from weft.core.ref_translation import check_depth, inward, may_hold_refs, outward

IDS = {("acme", "shop"): "P1"}


def _in(value: object) -> object:
    return inward(value, lambda entity, name: IDS.get((entity, name)), lambda project: project == "P1")


def _out(value: object) -> object:
    body = json.dumps(value, separators=(",", ":")).encode()
    return json.loads(outward(body, lambda project: "acme/shop" if project == "P1" else None))


def test_refs_are_translated_at_any_depth_and_back() -> None:
    value = {"a": ["weave:///acme/shop/object/x:v1", {"b": "weave:///acme/shop/call/1"}], "c": 1}
    stored = _in(copy.deepcopy(value))
    assert stored == {
        "a": ["weave-trace-internal:///P1/object/x:v1", {"b": "weave-trace-internal:///P1/call/1"}],
        "c": 1,
    }
    assert _out(stored) == value


def test_refs_inside_json_text_are_translated() -> None:
    value = {"text": json.dumps({"ref": "weave:///acme/shop/call/1"})}
    stored = _in(copy.deepcopy(value))
    assert "weave-trace-internal:///P1/call/1" in stored["text"]  # type: ignore[index]
    assert _out(stored) == value


def test_text_that_merely_mentions_a_ref_stays() -> None:
    value = {"text": "see weave:///acme/shop/call/1 for more"}
    assert _in(copy.deepcopy(value)) == value


def test_refs_of_unknown_projects_stay_as_they_came() -> None:
    assert _in("weave:///other/place/object/x:v1") == "weave:///other/place/object/x:v1"


def test_a_project_the_reader_may_not_see_is_hidden() -> None:
    assert _out(["weave-trace-internal:///SECRET/object/x:v1"]) == ["weave-private://///object/x:v1"]


@pytest.mark.parametrize("text", ["weave:///x", "weave:///a/b"])
def test_a_ref_with_too_few_parts_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        _in({"a": [text]})


def test_a_stored_ref_of_a_foreign_project_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        _in("weave-trace-internal:///OTHER/object/x:v1")


def test_nesting_limit() -> None:
    value: object = 1
    for _ in range(200):
        value = [value]
    check_depth(value)
    with pytest.raises(TooLarge):
        check_depth([value])


@given(st.recursive(st.text() | st.integers(), lambda c: st.lists(c) | st.dictionaries(st.text(), c), max_leaves=10))
def test_bodies_without_refs_are_left_alone(value: object) -> None:
    assert _in(copy.deepcopy(value)) == value


@pytest.mark.parametrize("body", [b'"weave:\\/\\/\\/a/b/c"', b'"\\u0077eave:///a/b/c"', b'"weave:///a/b/c"'])
def test_no_spelling_of_a_ref_escapes_the_quick_test(body: bytes) -> None:
    assert may_hold_refs(body)
