"""How far two raters agree on the same things: Cohen's kappa, plain and weighted, and Krippendorff's alpha. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

Table = Sequence[Sequence[int]]
"""How often the first rater said the row's category and the second the column's, in the same order of categories."""

Weights = Literal["none", "linear", "quadratic"]

_WEIGHTS: dict[Weights, Callable[[float], float]] = {
    "none": lambda distance: float(distance == 0),
    "linear": lambda distance: 1 - distance,
    "quadratic": lambda distance: 1 - distance * distance,
}


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement beyond chance: 1 is perfect, 0 what chance gives. The limits are at the confidence asked for."""

    value: float
    low: float
    high: float
    standard_error: float


def cohens_kappa(table: Table, weights: Weights = "none", confidence: float = 0.95) -> Kappa | None:
    """Cohen's kappa (Cohen 1960, weighted 1968) with its large-sample interval (Fleiss, Cohen and Everitt 1969).

    None where it is not defined: without pairs, or when both raters used one and the same category only.
    """
    count, size = sum(map(sum, table)), len(table)
    if count == 0 or size < 2:
        return None
    shares = [[number / count for number in row] for row in table]
    rows = [math.fsum(row) for row in shares]
    columns = [math.fsum(row[j] for row in shares) for j in range(size)]
    weight = [[_WEIGHTS[weights](abs(i - j) / (size - 1)) for j in range(size)] for i in range(size)]
    cells = [(i, j) for i in range(size) for j in range(size)]
    observed = math.fsum(shares[i][j] * weight[i][j] for i, j in cells)
    expected = math.fsum(rows[i] * columns[j] * weight[i][j] for i, j in cells)
    if 1 - expected < 1e-12:
        return None
    value = (observed - expected) / (1 - expected)
    of_rows = [math.fsum(columns[j] * weight[i][j] for j in range(size)) for i in range(size)]
    of_columns = [math.fsum(rows[i] * weight[i][j] for i in range(size)) for j in range(size)]
    spread = math.fsum(
        shares[i][j] * (weight[i][j] - (of_rows[i] + of_columns[j]) * (1 - value)) ** 2 for i, j in cells
    )
    variance = (spread - (value - expected * (1 - value)) ** 2) / (count * (1 - expected) ** 2)
    error = math.sqrt(max(0.0, variance))
    half = NormalDist().inv_cdf((1 + confidence) / 2) * error
    return Kappa(value, max(-1.0, value - half), min(1.0, value + half), error)


def nominal_alpha(table: Table) -> float | None:
    """Krippendorff's alpha of categories without order, for two raters who both rated everything."""
    size = len(table)
    totals = [sum(table[i]) + sum(row[i] for row in table) for i in range(size)]
    values = sum(totals)
    expected = values * values - sum(total * total for total in totals)
    if expected == 0:
        return None
    differing = 2 * sum(table[i][j] for i in range(size) for j in range(size) if i != j)
    return 1 - (values - 1) * differing / expected


def interval_alpha(pairs: Sequence[tuple[float, float, int]]) -> float | None:
    """Krippendorff's alpha of numbers, of (first, second, how often), for two raters who both rated everything."""
    values = 2 * sum(count for *_, count in pairs)
    if values == 0:
        return None
    center = math.fsum((one + other) * count for one, other, count in pairs) / values
    spread = math.fsum(((one - center) ** 2 + (other - center) ** 2) * count for one, other, count in pairs)
    if spread <= 0:
        return None
    differing = math.fsum((one - other) ** 2 * count for one, other, count in pairs)
    return 1 - (values - 1) * differing / (values * spread)
