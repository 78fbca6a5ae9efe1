"""The arithmetic of evaluation summaries."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.summary_maths import number_in, summarize_column


@pytest.mark.parametrize(
    ("values", "summary"),
    [
        ([], None),
        ([None, None], None),
        ([True, False, True, None], {"true_count": 2, "true_fraction": 2 / 3}),
        ([1, 2.0, None], {"mean": 1.5}),
        ([1.0, True], {"mean": 1.0}),
        ([0.5, "NaN"], {"mean": 0.5}),
        (["a", 1], None),
        ([[1]], None),
        ([{"a": 1, "ok": True}, {"a": 3}], {"a": {"mean": 2.0}, "ok": {"true_count": 1, "true_fraction": 1.0}}),
        ([{"text": "x"}], None),
        ([{"x": {"y": 2}}, None], {"x": {"y": {"mean": 2.0}}}),
        ([{"mean": 4}, {"mean": 6}], {"mean": 5.0}),
        ([10**400, 1], {"mean": 1.0}),
    ],
)
def test_a_column_is_summarized_by_the_type_of_its_first_value(values: list[Any], summary: Any) -> None:
    assert summarize_column(values) == summary


@pytest.mark.parametrize(("text", "number"), [("1.5", 1.5), ("nan", None), ("inf", None), ("", None), ("x", None)])
def test_only_finite_texts_are_numbers(text: str, number: float | None) -> None:
    assert number_in(text) == number
