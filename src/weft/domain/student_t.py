"""Student's t distribution: two-sided tail probabilities and critical values. Pure; tested against scipy."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

_TINY = 1e-300
_PRECISION = 1e-15
_MOST_STEPS = 10_000


def two_sided_p(t: float, degrees: float) -> float:
    """How probable a value at least as far from 0 as `t` is."""
    if math.isinf(t):
        return 0.0
    return _incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t))


@lru_cache(maxsize=4096)
def critical_value(degrees: float, confidence: float) -> float:
    """The value that |t| does not exceed with that probability."""
    tail = 1 - confidence
    # The tail is convex in t and the normal's lies below it, so Newton's steps approach from the left and never pass.
    t = NormalDist().inv_cdf(1 - tail / 2)
    for _ in range(_MOST_STEPS):
        step = (two_sided_p(t, degrees) - tail) / (2 * _density(t, degrees))
        t += step
        if abs(step) <= _PRECISION * t:
            break
    return t


def _density(t: float, degrees: float) -> float:
    log = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - math.log(degrees * math.pi) / 2
    return math.exp(log - (degrees + 1) / 2 * math.log1p(t * t / degrees))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return min(max(x, 0.0), 1.0)
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    front = math.exp(log)
    if x < (a + 1) / (a + b + 2):
        return front / (a * _fraction(a, b, x))
    return 1 - front / (b * _fraction(b, a, 1 - x))


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction 1 + d1/(1 + d2/(1 + …)) of I_x(a, b), by the modified Lentz algorithm."""
    value, c, d = 1.0, 1.0, 0.0
    for step in range(1, _MOST_STEPS):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + term * d or _TINY)
        c = 1 + term / c or _TINY
        value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return value
