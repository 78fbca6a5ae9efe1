"""Two runs compared on the examples that both have: the difference, its interval and p-value, and their adjustment.

Pure; tested against scipy and statsmodels. The example is the unit of analysis throughout: its trials are not
independent of each other, and counting each as one more observation makes intervals too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

from weft.domain.estimates import Interval, is_constant, mean_of
from weft.domain.student_t import critical_value, two_sided_p

Pair = tuple[Sequence[float], Sequence[float]]
"""The values of one example in the baseline and in the run, one for each trial; neither is empty."""

_NO_PAIRS = "no example has a value in both runs"
_ONE_PAIR = "one example in both runs: nothing can be said about the variation"
_ALL_EQUAL = "every example has the same value in both runs"
_SAME_STEP = "every example differs by the same amount: an interval needs variation"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run against its baseline; `difference` is run minus baseline. What cannot be told is None, with the reason."""

    pairs: int
    baseline: float | None = None
    run: float | None = None
    difference: float | None = None
    interval: Interval | None = None
    p_value: float | None = None
    method: str | None = None
    gained: int | None = None
    lost: int | None = None
    reason: str | None = None


def compare(pairs: Sequence[Pair], boolean: bool, confidence: float) -> Comparison:
    """Compare a run with its baseline on paired examples.

    Booleans (as 0 and 1) with one trial on either side of every example: McNemar's exact test, the two-sided binomial
    test of the examples that changed (McNemar 1947), with the score interval of the difference between paired rates
    (Tango 1998), which holds for few examples and when nothing changed.

    Everything else: Student's t on the differences between the examples' means, one per example, with G-1 degrees of
    freedom. Analysing cluster means is what makes trials count as the repetitions they are (Donner and Klar 2000,
    chapter 6; Miller 2024, "Adding Error Bars to Evals", sections 2 and 4); for booleans with several trials it is
    the small-sample form of the clustered McNemar test (Durkalski et al. 2003). With one trial each it is the paired
    t-test. Where all differences are one number t is undefined; the exact sign-flip test takes its place.
    """
    if not pairs:
        return Comparison(0, reason=_NO_PAIRS)
    if boolean and all(len(old) == len(new) == 1 for old, new in pairs):
        return _compare_flags(pairs, confidence)
    return _compare_means(pairs, confidence)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for their number, so that the chance of any false alarm stays at the level (Holm 1979)."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for place, number in enumerate(sorted(range(len(p_values)), key=lambda number: p_values[number])):
        highest = max(highest, min(1.0, p_values[number] * (len(p_values) - place)))
        adjusted[number] = highest
    return adjusted


def _compare_flags(pairs: Sequence[Pair], confidence: float) -> Comparison:
    gained = sum(1 for old, new in pairs if new[0] > old[0])
    lost = sum(1 for old, new in pairs if new[0] < old[0])
    before = mean_of([old[0] for old, _ in pairs])
    return Comparison(
        pairs=len(pairs),
        baseline=before,
        run=mean_of([new[0] for _, new in pairs]),
        difference=(gained - lost) / len(pairs),
        interval=tango(gained, lost, len(pairs), confidence),
        p_value=mcnemar(gained, lost),
        method="mcnemar_exact",
        gained=gained,
        lost=lost,
    )


def _compare_means(pairs: Sequence[Pair], confidence: float) -> Comparison:
    before = [mean_of(old) for old, _ in pairs]
    after = [mean_of(new) for _, new in pairs]
    steps = [new - old for old, new in zip(before, after, strict=True)]
    scale = max(map(abs, (*before, *after)))
    found = Comparison(len(pairs), mean_of(before), mean_of(after), mean_of(steps))
    if all(abs(step) <= 1e-12 * scale for step in steps):
        return _with(found, difference=0.0, p_value=1.0, method="sign_flip", reason=_ALL_EQUAL)
    if len(pairs) == 1:
        return _with(found, reason=_ONE_PAIR)
    if is_constant(steps):
        return _with(found, p_value=2.0 ** (1 - len(pairs)), method="sign_flip", reason=_SAME_STEP)
    # In units of the largest step, as squares of tiny ones would vanish.
    unit, count = max(map(abs, steps)), len(steps)
    center = mean_of([step / unit for step in steps])
    error = math.sqrt(math.fsum((step / unit - center) ** 2 for step in steps) / (count - 1) / count)
    half = critical_value(count - 1, confidence) * error * unit
    middle = mean_of(steps)
    interval = Interval(middle - half, middle + half, "paired_t_by_example")
    p_value = two_sided_p(center / error, count - 1)
    return _with(found, interval=interval, p_value=p_value, method="paired_t_by_example")


def _with(
    found: Comparison,
    *,
    difference: float | None = None,
    interval: Interval | None = None,
    p_value: float | None = None,
    method: str | None = None,
    reason: str | None = None,
) -> Comparison:
    shown = found.difference if difference is None else difference
    return Comparison(found.pairs, found.baseline, found.run, shown, interval, p_value, method, reason=reason)


@lru_cache(maxsize=4096)
def mcnemar(gained: int, lost: int) -> float:
    """The exact two-sided p-value when of the examples that changed so many were gained and so many lost."""
    changed, fewer = gained + lost, min(gained, lost)
    if gained == lost:
        return 1.0
    total = ways = 1
    for k in range(fewer):
        ways = ways * (changed - k) // (k + 1)
        total += ways
    return 2 * total / (1 << changed)


@lru_cache(maxsize=4096)
def tango(gained: int, lost: int, count: int, confidence: float) -> Interval:
    """The score interval of the difference between two paired rates (Tango 1998, Statistics in Medicine 17)."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    center = (gained - lost) / count

    def score(difference: float) -> float:
        # The likeliest share of lost examples, were this the difference.
        linear = -gained - lost + (2 * count - gained + lost) * difference
        constant = -lost * difference * (1 - difference)
        share = (math.sqrt(max(0.0, linear * linear - 8 * count * constant)) - linear) / (4 * count)
        variance = count * (2 * share + difference * (1 - difference))
        distance = gained - lost - count * difference
        if variance <= 0:
            return math.copysign(math.inf, distance) if distance else 0.0
        return distance / math.sqrt(variance)

    low = _bisect(lambda difference: score(difference) > z, -1.0, center)
    high = _bisect(lambda difference: score(difference) >= -z, center, 1.0)
    return Interval(min(low, center), max(high, center), "tango")


def _bisect(before: Callable[[float], bool], low: float, high: float) -> float:
    """Where `before` turns false between the bounds; it is taken to be true at first and false at last."""
    if before(high):
        return high
    for _ in range(80):
        middle = (low + high) / 2
        if before(middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2
