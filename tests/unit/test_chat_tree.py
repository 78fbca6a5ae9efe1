"""The tree of a trace: siblings in order, orphans and circles as roots, the same for every order of rows."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.chat_spans import chat, span
from weft.domain.chat_tree import ChatTree, build_tree, leading_span
from weft.storage.events.chat_spans import ChatSpan


def outline(tree: ChatTree) -> list[tuple[str, str | None]]:
    """Each span's id and the id of its parent, in the order of the tree."""
    return [
        (item.span_id, None if parent is None else tree.spans[parent].span_id)
        for item, parent in zip(tree.spans, tree.parents, strict=True)
    ]


@pytest.mark.parametrize("rows", list(permutations([span("a", at=0), span("b", "a", at=2), span("c", "a", at=1)])))
def test_siblings_come_by_start_whatever_the_order_of_rows(rows: tuple[ChatSpan, ...]) -> None:
    assert outline(build_tree(rows)) == [("a", None), ("c", "a"), ("b", "a")]


def test_of_siblings_with_one_start_the_first_to_end_comes_first_then_the_id_decides() -> None:
    spans = [span("a", took=5), span("z", took=1), span("y", took=2), span("x", took=2), span("o", took=None)]
    assert [found.span_id for found in build_tree(spans).spans] == ["z", "x", "y", "a", "o"]


def test_a_span_without_a_start_comes_last() -> None:
    assert [found.span_id for found in build_tree([span("a", at=None), span("b", at=9)]).spans] == ["b", "a"]


def test_a_model_that_streams_is_placed_by_its_first_text() -> None:
    late = chat("late", at=5)
    text = span("text", "late", at=1, operation_name="assistant_text")
    other = span("other", "late", at=0)
    assert [found.span_id for found in build_tree([late, text, other, span("early", at=2)]).spans] == [
        "late",
        "other",
        "text",
        "early",
    ]


def test_a_span_whose_parent_is_not_there_is_a_root() -> None:
    assert outline(build_tree([span("a", "gone", at=1), span("b", "a")])) == [("a", None), ("b", "a")]


def test_a_span_that_is_its_own_parent_is_a_root() -> None:
    assert outline(build_tree([span("a", "a"), span("b", "a", at=1)])) == [("a", None), ("b", "a")]


def test_of_a_circle_the_first_span_becomes_the_root() -> None:
    spans = [span("a", "c", at=3), span("b", "a", at=1), span("c", "b", at=2), span("early", "c", at=0)]
    expected = [("b", None), ("c", "b"), ("early", "c"), ("a", "c")]
    assert all(outline(build_tree(rows)) == expected for rows in permutations(spans))


def test_of_a_span_that_comes_twice_the_version_that_ended_stays() -> None:
    spans = [span("a", took=None, span_name="open"), span("a", took=1, span_name="ended")]
    assert all([found.span_name for found in build_tree(rows).spans] == ["ended"] for rows in permutations(spans))


def test_a_chain_of_ten_thousand_is_a_tree() -> None:
    tree = build_tree(span(f"{n:05}", f"{n - 1:05}" if n else "") for n in range(10_000))
    assert len(tree.spans) == 10_000
    assert tree.ends == [10_000] * 10_000


def test_who_is_above_whom() -> None:
    tree = build_tree([span("a"), span("b", "a", at=1), span("c", "b", at=1), span("d", "a", at=2)])
    above = {
        (up.span_id, low.span_id)
        for i, up in enumerate(tree.spans)
        for j, low in enumerate(tree.spans)
        if tree.is_above(i, j)
    }
    proper = {pair for pair in above if pair[0] != pair[1]}
    assert proper == {("a", "b"), ("a", "c"), ("a", "d"), ("b", "c")}


def test_the_only_span_without_a_parent_leads() -> None:
    leading = leading_span([span("root", took=1), span("orphan", "gone", took=9), span("b", "root", took=99)])
    assert leading is not None
    assert leading.span_id == "root"


@pytest.mark.parametrize(
    "spans", [[span("a", took=1), span("b", took=2)], [span("a", "x", took=1), span("b", "x", took=2)]]
)
def test_without_one_such_span_the_last_to_end_leads(spans: list[ChatSpan]) -> None:
    leading = leading_span([*spans, span("open", "a", took=None)])
    assert leading is not None
    assert leading.span_id == "b"


def test_no_spans_have_no_leader() -> None:
    assert leading_span([]) is None
    assert build_tree([]).roots() == []
