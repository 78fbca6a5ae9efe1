"""The tree that dotted attribute names make."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.otel.attributes import AttributeConflict, find, first, nest, nest_or_keep, plain, read_out


@pytest.mark.parametrize(
    ("attributes", "tree"),
    [
        ([("a.b", 1), ("a.c.d", "x")], {"a": {"b": 1, "c": {"d": "x"}}}),
        ([("a", '{"b": [1, {"c": 2}]}')], {"a": {"b": [1, {"c": 2}]}}),
        ([("a", '{"b": 1'), ("c", "[not json")], {"a": '{"b": 1', "c": "[not json"}),
        ([("a", '"text"'), ("b", "1")], {"a": '"text"', "b": "1"}),
        ([("a", '{"x": {"y": 1}}'), ("a", '{"x": {"z": 2}}')], {"a": {"x": {"y": 1, "z": 2}}}),
        ([("a", '{"x": 1}'), ("a.y", 2)], {"a": {"x": 1, "y": 2}}),
        ([("a", 1), ("a", 2)], {"a": 2}),
        ([("a", [1, 2]), ("a.0", 9)], {"a": {"0": 9, "1": 2}}),
        ([("a.1", 9), ("a", [1])], {"a": {"1": 9, "0": 1}}),
        ([("a", [1, 2, 3]), ("a", [4])], {"a": [4, 2, 3]}),
        ([("a", None), ("a.b", 1)], {"a": {"b": 1}}),
        ([("a.b", 1), ("a", None)], {"a": {"b": 1}}),
        ([("a", {"b.c": 1})], {"a": {"b.c": 1}}),
        ([("", 1), ("a..b", 2)], {"": 1, "a": {"": {"b": 2}}}),
        ([("a", '["\\ud800"]')], {"a": ["�"]}),
    ],
)
def test_dots_separate_levels_and_json_texts_become_what_they_spell(
    attributes: list[tuple[str, Any]], tree: dict[str, Any]
) -> None:
    assert nest(attributes) == tree


@pytest.mark.parametrize(
    "attributes",
    [
        [("error", True), ("error.type", "x")],
        [("a.b", 1), ("a", 2)],
        [("a", '{"x": 1}'), ("a", 2)],
        [("a", [1, 2]), ("a.b", 3)],
        [("a.b", 3), ("a", [1, 2])],
        [("a", [1, 2]), ("a.5", 3), ("a.b", 4)],
        [("a", [1]), ("a", "x")],
        [(".".join("a" * 300), 1)],
        [(".".join("a" * 150), "[" * 150 + "]" * 150)],
    ],
)
def test_a_name_that_is_a_value_and_a_group_is_a_conflict(attributes: list[tuple[str, Any]]) -> None:
    with pytest.raises(AttributeConflict):
        nest(attributes)
    assert nest_or_keep(attributes) == dict(attributes)


def test_a_text_that_spells_something_too_deep_stays_a_text() -> None:
    deep = "[" * 5000 + "]" * 5000
    assert nest([("a", deep)]) == {"a": deep}


def test_groups_named_by_numbers_are_read_out_as_lists() -> None:
    tree = nest([("m.0.role", "user"), ("m.1.role", "tool"), ("m.1.calls.0.id", "x"), ("n.0", 1), ("n.2", 3)])
    assert read_out(tree) == {
        "m": [{"role": "user"}, {"role": "tool", "calls": [{"id": "x"}]}],
        "n": {"0": 1, "2": 3},
    }
    assert read_out({"b": b"\xff\x00", "e": {}}) == {"b": "/wA=", "e": {}}
    assert plain({"l": [b"hi"], "0": 1}) == {"l": ["aGk="], "0": 1}


def test_the_first_name_that_says_something_counts() -> None:
    tree = nest([("a.empty", ""), ("a.list", []), ("b.zero", 0), ("c", "x")])
    assert first(tree, ("a.empty", "a.list", "no", "b.zero", "c")) == ("b.zero", 0)
    assert first(tree, ("no.such", "c.deeper")) is None
    assert find(tree, "b") == {"zero": 0}


_SEGMENT = st.sampled_from(["a", "b", "c", "0", "1", ""])
_NAME = st.lists(_SEGMENT, min_size=1, max_size=4).map(".".join)
_SCALAR = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(alphabet="xyz", max_size=3))


@given(st.dictionaries(_NAME, _SCALAR, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_attributes_does_not_matter(attributes: dict[str, Any], random: Any) -> None:
    items = list(attributes.items())
    shuffled = random.sample(items, len(items))
    assert _nested(items) == _nested(shuffled)


@given(st.dictionaries(_NAME, _SCALAR, max_size=8))
def test_nothing_is_lost_or_made_up(attributes: dict[str, Any]) -> None:
    tree = _nested(list(attributes.items()))
    if tree is None:
        prefixes = {name.rsplit(".", cut)[0] for name in attributes for cut in range(1, name.count(".") + 1)}
        assert prefixes & attributes.keys(), "only a name that others begin with is a conflict"
    else:
        assert dict(_leaves(tree)) == attributes


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(st.tuples(_NAME, st.one_of(_SCALAR, _JSON.map(json.dumps), _JSON)), max_size=8))
def test_any_attributes_make_a_tree_or_a_conflict(attributes: list[tuple[str, Any]]) -> None:
    tree = _nested(attributes)
    if tree is not None:
        json.dumps(plain(tree))
        json.dumps(read_out(tree))


def _nested(items: list[tuple[str, Any]]) -> dict[str, Any] | None:
    try:
        return nest(items)
    except AttributeConflict:
        return None


def _leaves(tree: dict[str, Any], prefix: str = "") -> Any:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
