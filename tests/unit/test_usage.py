"""Usage of calls with everything below them: random trees against a plain walk, and trees that are none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.domain.costs import Price
from weft.domain.usage import own_usage, with_descendants
from weft.storage.events.usage import CallUsage

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
MODELS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 9), max_size=3)


def call(number: int, parent: int | None, usage: dict[str, int]) -> CallUsage:
    counts = {model: {"input_tokens": count, "requests": 1} for model, count in usage.items()}
    return CallUsage(str(number), "" if parent is None else str(parent), JUNE, False, counts)


@st.composite
def trees(draw: st.DrawFn) -> list[CallUsage]:
    size = draw(st.integers(0, 12))
    # A parent may be one that is not among the calls, and calls come in any order.
    calls = [
        call(n, draw(st.none() | st.integers(0, n + 2).filter(lambda p, n=n: p < n)), draw(MODELS)) for n in range(size)
    ]
    return draw(st.permutations(calls))


def below(calls: Sequence[CallUsage], call_id: str) -> list[CallUsage]:
    children = [one for one in calls if one.parent_id == call_id]
    return children + [deeper for child in children for deeper in below(calls, child.id)]


@given(trees())
def test_a_call_has_its_own_usage_and_that_of_all_below_it(calls: list[CallUsage]) -> None:
    totals = with_descendants(calls, None)
    assert totals.keys() == {one.id for one in calls}
    for one in calls:
        everything = [one, *below(calls, one.id)]
        models = {model for each in everything for model in each.usage}
        assert totals[one.id].keys() == models
        for model in models:
            parts = [each.usage[model] for each in everything if model in each.usage]
            assert totals[one.id][model]["prompt_tokens"] == sum(part["input_tokens"] for part in parts)
            assert totals[one.id][model]["requests"] == len(parts)


def test_a_parent_that_is_not_among_the_calls_is_ignored() -> None:
    totals = with_descendants([call(1, 7, {"a": 2}), call(2, 1, {"a": 3})], None)
    assert {key: models["a"]["prompt_tokens"] for key, models in totals.items()} == {"1": 5, "2": 3}


@pytest.mark.parametrize("parents", [{1: 1}, {1: 2, 2: 1}, {1: 2, 2: 3, 3: 1}])
def test_calls_that_are_their_own_ancestors_keep_what_is_theirs(parents: dict[int, int]) -> None:
    calls = [call(number, parent, {"a": 1}) for number, parent in parents.items()]
    totals = with_descendants([*calls, call(9, 1, {"a": 10})], None)
    assert totals["1"]["a"]["prompt_tokens"] == 11
    assert totals["9"]["a"]["prompt_tokens"] == 10


def test_a_chain_of_thousands_is_added_up() -> None:
    totals = with_descendants([call(number, number - 1, {"a": 1}) for number in range(20_000)], None)
    assert totals["0"]["a"]["prompt_tokens"] == 20_000


@pytest.mark.parametrize(
    ("counts", "total"),
    [
        ({"total_tokens": 5, "input_tokens": 1}, 5),
        ({"total_tokens": 0, "input_tokens": 1, "completion_tokens": 2}, 3),
        ({"total_tokens": None, "prompt_tokens": 4}, 4),
        ({"requests": 1}, 0),
    ],
)
def test_a_missing_total_is_prompt_and_completion(counts: dict[str, Any], total: int) -> None:
    assert own_usage(CallUsage("c", "", JUNE, False, {"m": counts}), None)["m"]["total_tokens"] == total


def test_costs_are_null_without_prices_and_never_negative_with_them() -> None:
    price = Price(1.0, 2.0, 0.5, 1.5, JUNE, "someone")
    counts = {"input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": 8}
    one = CallUsage("c", "", JUNE, False, {"priced": counts, "other": counts, "broken": 3, "empty": {}})
    assert "prompt_tokens_total_cost" not in own_usage(one, None)["priced"]
    totals = own_usage(one, lambda model: [price] if model == "priced" else [])
    names = ("prompt_tokens_total_cost", "completion_tokens_total_cost", "cache_read_input_tokens_total_cost")
    assert [totals["priced"][name] for name in names] == [0.0, 4.0, 4.0]
    assert [totals["other"][name] for name in names] == [0.0, 0.0, 0.0]
    assert totals.keys() == {"priced", "other"}
