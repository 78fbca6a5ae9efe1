"""What values of one run amount to: mean, median, and intervals that know that trials of one example belong together.

Pure. Comparing two runs is paired_comparison.py's.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from weft.domain.student_t import critical_value

LARGEST = 1e100
"""Values beyond it cannot be averaged and count as missing."""

Groups = Sequence[Sequence[float]]
"""The values of each example, one for each trial; never empty ones."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure may lie, and by which method that was found."""

    low: float
    high: float
    method: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with what it is made of; the interval is None where the values do not allow one."""

    count: int
    examples: int
    mean: float | None
    median: float | None
    interval: Interval | None


def estimate(groups: Groups, boolean: bool, confidence: float) -> Estimate:
    """What the values amount to; of booleans (as 0 and 1) the mean is the rate."""
    values = [value for group in groups for value in group]
    if not values:
        return Estimate(0, 0, None, None, None)
    center = mean_of(values)
    interval = rate_interval(groups, confidence) if boolean else mean_interval(groups, confidence)
    return Estimate(len(values), len(groups), center, statistics.median(values), interval)


def mean_of(values: Sequence[float]) -> float:
    """The mean, the same in whatever order the values come."""
    return math.fsum(values) / len(values)


def clustered_variance(groups: Groups) -> float | None:
    """The variance of the mean over all values when those of a group depend on each other; None for one group.

    The cluster-robust sandwich estimator with the small-sample factor G/(G-1) (CR1; Liang and Zeger 1986, Cameron and
    Miller 2015), which is what Miller 2024, "Adding Error Bars to Evals", proposes for evaluations. With one value in
    each group it is the sample variance over n.
    """
    count = len(groups)
    if count < 2:
        return None
    values = [value for group in groups for value in group]
    center = mean_of(values)
    sums = [math.fsum(value - center for value in group) for group in groups]
    return math.fsum(one * one for one in sums) * count / (count - 1) / (len(values) * len(values))


def mean_interval(groups: Groups, confidence: float) -> Interval | None:
    """The t interval of the mean with the clustered variance and G-1 degrees of freedom; None without variation."""
    variance = clustered_variance(groups)
    values = [value for group in groups for value in group]
    if variance is None or is_constant(values):
        return None
    half = critical_value(len(groups) - 1, confidence) * math.sqrt(variance)
    center = mean_of(values)
    return Interval(center - half, center + half, "t_by_example")


def rate_interval(groups: Groups, confidence: float) -> Interval:
    """Wilson's score interval (Wilson 1927) of the share of ones.

    With several trials of an example it is taken at the effective number of values: that many independent ones would
    have the clustered variance (Korn and Graubard 1998; Franco et al. 2019). Where all values are equal the variance
    tells nothing, and every example counts once.
    """
    values = [value for group in groups for value in group]
    rate = mean_of(values)
    if len(values) == len(groups):
        return wilson(rate, len(values), confidence, "wilson")
    variance = clustered_variance(groups)
    effective: float = len(groups)
    if variance:
        effective = min(max(rate * (1 - rate) / variance, 1.0), float(len(values)))
    return wilson(rate, effective, confidence, "wilson_by_example")


def wilson(rate: float, count: float, confidence: float, method: str = "wilson") -> Interval:
    """Wilson's score interval of a rate seen in `count` independent values."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    spread = z * z / count
    center = (rate + spread / 2) / (1 + spread)
    half = math.sqrt(spread * (rate * (1 - rate) + spread / 4)) / (1 + spread)
    # Rounding must not push the limits past the rate or out of the range.
    return Interval(max(0.0, min(center - half, rate)), min(1.0, max(center + half, rate)), method)


def is_constant(values: Sequence[float]) -> bool:
    """Whether values differ by no more than rounding can make them differ."""
    low, high = min(values), max(values)
    return high - low <= 1e-12 * max(abs(low), abs(high))
