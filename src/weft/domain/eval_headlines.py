"""The figures that the summary of an evaluation run holds, as the SDKs and this server write it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from weft.domain.estimates import LARGEST
from weft.domain.eval_metrics import Kind, is_name, score_name
from weft.domain.summary_maths import as_number


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure: the share of true of booleans or the mean of numbers; `count` where the summary tells it."""

    name: str
    kind: Kind
    value: float
    count: int | None


def headlines(summary: Mapping[str, Any]) -> list[Headline]:
    """Every `{true_count, true_fraction}` and `{mean}` in a summary by scorers, in order."""
    found: list[Headline] = []
    waiting: list[tuple[tuple[str, ...], Any]] = []
    waiting.extend(((scorer,), summary[scorer]) for scorer in reversed(list(summary)))
    while waiting:
        path, value = waiting.pop()
        if not isinstance(value, dict):
            continue
        name = score_name(path[0], path[1:])
        share, mean = _number(value.get("true_fraction")), _number(value.get("mean"))
        if share is not None and is_name(name):
            found.append(Headline(name, "boolean", share, _count(value.get("true_count"), share)))
        elif mean is not None and is_name(name):
            found.append(Headline(name, "number", mean, None))
        else:
            waiting.extend(((*path, key), inner) for key, inner in reversed(value.items()))
    return found


def _number(value: Any) -> float | None:
    number = None if isinstance(value, bool) else as_number(value)
    return number if number is not None and abs(number) <= LARGEST else None


def _count(true_count: Any, share: float) -> int | None:
    """How many booleans there were; a share of 0 does not tell."""
    count = _number(true_count)
    return round(count / share) if count is not None and share > 0 else None
