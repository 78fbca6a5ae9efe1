"""A run of the server is summed up as the SDK sums it up."""

from __future__ import annotations

from typing import Any

import pytest

from weft.core.refs import ObjectRef
from weft.domain.run_summaries import condense, run_summary
from weft.scoring.evaluations.model import messages_of
from weft.scoring.evaluations.run import result_key
from weft.scoring.retry import CannotWork


@pytest.mark.parametrize(
    ("values", "summary"),
    [
        # Observed with the SDK's own function.
        ([{}, {"ok": True}, {"ok": None}, {"ok": False}], {"ok": {"true_count": 1, "true_fraction": 1 / 3}}),
        ([True, {}, None], {"true_count": 1, "true_fraction": 0.5}),
        ([{}, True], {"true_count": 1, "true_fraction": 0.5}),
        ([{}, {"n": 1}, {"n": 2}, {"n": None}], {"n": {"mean": 1.5}}),
        ([None, True, True], {"true_count": 2, "true_fraction": 1.0}),
        ([1, None, 3], {"mean": 2.0}),
        ([1, {}, 3], {"mean": 2.0}),
        (
            [{"a": {"b": True}}, {}, {"a": {"b": False}}],
            {"a": {"b": {"true_count": 1, "true_fraction": 1 / 3}}},
        ),
        ([{"mean": 1}, {}], {"mean": 1.0}),
        (["x", 1], None),
        ([{"ok": True, "why": "x"}], {"ok": {"true_count": 1, "true_fraction": 1.0}}),
        ([{}], None),
        ([], None),
        ([{"a": {"a": 1}}], {"a": {"mean": 1.0}}),
    ],
)
def test_a_column_is_condensed_as_the_sdk_does_it(values: list[Any], summary: Any) -> None:
    assert condense(values) == summary


def test_a_summary_has_an_entry_for_each_scorer_and_only_what_can_be_condensed_beside_them() -> None:
    rows = [
        {"output": "a", "scores": {"s": True}, "model_latency": 1.0},
        {"output": None, "scores": {}, "model_latency": 3.0},
        {"output": None, "scores": None, "model_latency": None},
    ]
    assert run_summary(rows, ["s", "none"]) == {
        "s": {"true_count": 1, "true_fraction": 1 / 3},
        "none": None,
        "model_latency": {"mean": 2.0},
    }
    assert run_summary([{"output": 2, "scores": {}, "model_latency": 1}], [])["output"] == {"mean": 2.0}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("My judge: good?", "My-judge-good"), ("a__b", "a-b"), ("x.y", "x.y"), ("-a-", "a"), ("ä ö", "ä-ö"),
        ("a/b c", "a-b-c"), ("..a", "a"), ("a - b", "a-b"), ("_a", "a"), ("日本", "日本"), ("a_b", "a_b"),
        ("a.-b", "a-b"), ("x" * 130, "x" * 128), ("", "Judge"), ("???", "obj"),
    ],
)  # fmt: skip
def test_a_scorer_s_key_is_its_name_made_safe_as_the_sdk_does_it(name: str, key: str) -> None:
    assert result_key(ObjectRef("p", "obj", "d"), {"name": name, "_class_name": "Judge"}) == key


def test_a_row_s_input_is_text_or_messages() -> None:
    assert messages_of(None) == []
    assert messages_of("hi") == [{"role": "user", "content": "hi"}]
    assert messages_of([{"role": "system", "content": "s"}, "hi"]) == [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "hi"},
    ]
    for value in (5, [5], True):
        with pytest.raises(CannotWork):
            messages_of(value)
