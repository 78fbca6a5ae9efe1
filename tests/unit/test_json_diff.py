"""Where JSON values differ, and what became of rows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from weft.domain.json_diff import RowMove, differences, line_diff, path_text, row_moves

at_leisure = settings(deadline=None, derandomize=True)
leaves = some.one_of(some.none(), some.booleans(), some.integers(-3, 3), some.text(max_size=3))
values = some.recursive(
    leaves,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=2), inner, max_size=4),
    max_leaves=12,
)
digests = some.lists(some.sampled_from("abcdef"), max_size=12)


def told(before: Any, after: Any) -> list[tuple[str, str, Any, Any]]:
    return [(path_text(one.path), one.change, one.before, one.after) for one in differences(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({"a": 1}, {"a": 2}, [("a", "changed", 1, 2)]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, [("a.b[1]", "changed", 2, 3)]),
        ({"a": 1}, {"b": None}, [("a", "removed", 1, None), ("b", "added", None, None)]),
        ([1, 2, 3], [0, 1, 2, 3], [("[0]", "added", None, 0)]),
        ([1, 2, 3], [1, 3], [("[1]", "removed", 2, None)]),
        ({"a.b": 1}, {"a.b": True}, [("a\\.b", "changed", 1, True)]),
        (1, 1.0, []),
        ({"a": {}}, {"a": []}, [("a", "changed", {}, [])]),
        (None, None, []),
    ],
)
def test_differences_name_the_outermost_places(before: Any, after: Any, wanted: list[Any]) -> None:
    assert told(before, after) == wanted


@at_leisure
@given(values)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert told(value, value) == []


@at_leisure
@given(values, values)
def test_seen_from_the_other_side_differences_are_mirrored(before: Any, after: Any) -> None:
    mirrored = {"added": "removed", "removed": "added", "changed": "changed"}
    there = {(path, mirrored[change]) for path, change, *_ in told(before, after)}
    assert there == {(path, change) for path, change, *_ in told(after, before)}


def test_rows_in_the_place_of_others_are_changed() -> None:
    moves, stayed, reordered = row_moves(["a", "b", "c", "d"], ["n", "a", "x", "c"])
    assert moves == [RowMove("added", None, 0), RowMove("changed", 1, 2), RowMove("removed", 3, None)]
    assert (stayed, reordered) == (2, False)


def test_rows_in_another_order_have_not_changed() -> None:
    assert row_moves(["a", "b"], ["b", "a"]) == ([], 2, True)


@at_leisure
@given(digests, digests)
def test_every_row_is_accounted_for(before: list[str], after: list[str]) -> None:
    moves, stayed, _ = row_moves(before, after)
    assert stayed + sum(move.before is not None for move in moves) == len(before)
    assert stayed + sum(move.after is not None for move in moves) == len(after)
    assert len({move.before for move in moves if move.before is not None}) == len(
        [move for move in moves if move.before is not None]
    )
    back, _, _ = row_moves(after, before)
    assert len(back) == len(moves)


def test_long_texts_show_the_lines_that_differ() -> None:
    assert line_diff("a\nb\nc", "a\nB\nc") == "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c"
    assert line_diff("a", "b") is None
    assert line_diff(1, "a\nb") is None
    assert line_diff("a\n" * 3000, "b\n") is None
    assert len(line_diff("x" * 3000 + "\n", "y" * 3000 + "\n") or "") == 4000
