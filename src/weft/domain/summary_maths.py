"""How many values of one column become a summary: the arithmetic the SDK does at the end of an evaluation. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


def summarize_column(values: Sequence[Any]) -> dict[str, Any] | None:
    """The summary of a column, or None when its values allow none.

    Nulls do not count; the type of the first value decides. Booleans give `true_count` and `true_fraction`, numbers
    `mean`, objects a summary per key; anything else gives nothing.
    """
    known = [value for value in values if value is not None]
    if not known:
        return None
    first = known[0]
    if isinstance(first, bool):
        true_count = sum(1 for value in known if value)
        return {"true_count": true_count, "true_fraction": true_count / len(known)}
    if isinstance(first, int | float):
        return {"mean": mean(known)}
    return _summarize_objects(known) if isinstance(first, dict) else None


def mean(values: Sequence[Any]) -> float | None:
    """The mean of the numbers among the values; booleans count as 0 and 1. None without any number."""
    numbers = [number for number in map(as_number, values) if number is not None]
    return sum(numbers) / len(numbers) if numbers else None


def as_number(value: Any) -> float | None:
    """A JSON number or boolean as a float; None for anything else, and for integers no float can hold."""
    if not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def number_in(text: str) -> float | None:
    """The finite number a text spells, if it spells one."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _summarize_objects(values: Sequence[Any]) -> dict[str, Any] | None:
    objects = [value for value in values if isinstance(value, dict)]
    summary: dict[str, Any] = {}
    for key in dict.fromkeys(key for item in objects for key in item):
        child = summarize_column([item.get(key) for item in objects])
        if not child:
            continue
        # A column that is itself called `mean` would nest a mean in a mean; clients expect it merged up.
        if key in child:
            summary.update(child)
        else:
            summary[key] = child
    return summary or None
