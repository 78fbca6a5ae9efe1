"""Choosing a price and computing what tokens cost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from weft.domain.costs import Price, choose, costs_of, default_prices, todays_price

MAY, JUNE, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6, 7))


def price(since: datetime, **given: Any) -> Price:
    return Price(1.0, 2.0, 0.5, 1.5, since, "someone", **given)


def test_a_price_in_force_goes_before_the_projects_and_that_before_the_newest() -> None:
    old, newer, project = price(MAY), price(JUNE), price(MAY, level="project")
    future = price(JULY, level="project")
    assert choose([old, newer], JUNE) is newer
    assert choose([old, newer, project], JUNE) is project
    assert choose([old, future], JUNE) is old
    assert choose([future], JUNE) is future
    assert choose([], JUNE) is None


def test_sums_are_priced_by_the_projects_newest_price_even_a_coming_one() -> None:
    old, future, listed = price(MAY, level="project"), price(JULY, level="project"), price(JULY)
    assert todays_price([old, listed, future]) is future
    assert todays_price([old, listed]) is old
    assert todays_price([price(MAY), listed]) is listed
    assert todays_price([]) is None


def test_both_spellings_of_tokens_are_summed_and_cached_ones_priced_apart() -> None:
    usage = {
        "m": {
            "prompt_tokens": 10,
            "input_tokens": 5,
            "output_tokens": 3,
            "cache_read_input_tokens": 4,
            "requests": None,
        }
    }
    cost = costs_of(usage, JUNE, lambda _model: [price(MAY)])["m"]
    assert (cost["prompt_tokens"], cost["completion_tokens"], cost["requests"], cost["total_tokens"]) == (15, 3, 0, 0)
    assert cost["prompt_tokens_total_cost"] == 11
    assert cost["completion_tokens_total_cost"] == 6
    assert cost["cache_read_input_tokens_total_cost"] == 2
    assert cost["effective_date"] == "2026-05-01T00:00:00.000000Z"


@pytest.mark.parametrize("usage", [None, [], "x", {"m": None}, {"m": 3}, {}])
def test_usage_of_another_shape_costs_nothing(usage: object) -> None:
    assert costs_of(usage, JUNE, lambda _model: [price(MAY)]) == {}


def test_list_prices_are_known_by_model_and_dated() -> None:
    assert default_prices("no-such-model-anywhere") == ()
    (listed,) = default_prices("gpt-4o")
    assert (listed.prompt, listed.completion, listed.provider_id) == (2.5e-6, 1e-5, "openai")
    assert len(default_prices("o3")) > 1
