"""The order of JSON values: existing ones first, then by number, then by text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.errors import InvalidRequest
from weft.domain.json_order import JsonOrder, json_as_text, split_path

values = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


def ordered(items: list[Any], *path: str, descending: bool = False) -> list[Any]:
    return sorted(items, key=JsonOrder(path, descending=descending))


def test_numbers_then_texts_then_nothing() -> None:
    items = ["b", 10, None, "a", "9", 9.5, ""]
    assert ordered(items) == ["9", 9.5, 10, "a", "b", None, ""]
    assert ordered(items, descending=True) == [10, 9.5, "9", "b", "a", None, ""]


def test_paths_lead_through_objects_and_lists() -> None:
    items = [{"a": [{"b": 2}]}, {"a": [{"b": 1}]}, {"a": []}, {"a": 5}, 7]
    assert ordered(items, "a", "0", "b") == [items[1], items[0], items[2], items[3], items[4]]


@given(st.lists(values), st.booleans())
def test_nothing_is_always_last(items: list[Any], descending: bool) -> None:
    exists = [json_as_text(item) != "" for item in ordered(items, descending=descending)]
    assert exists == sorted(exists, reverse=True)


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b"])
def test_paths_without_a_name_are_refused(path: str) -> None:
    with pytest.raises(InvalidRequest):
        split_path(path)
