"""Kappa and alpha against statsmodels and published examples, and what must hold for any table."""

from __future__ import annotations

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from statsmodels.stats.inter_rater import cohens_kappa as published_kappa

from weft.domain.rater_agreement import Weights, cohens_kappa, interval_alpha, nominal_alpha

TABLES = ([[20, 5], [10, 15]], [[20, 5, 1], [3, 15, 6], [0, 4, 12]], [[0, 3], [3, 0]], [[1, 2, 3, 4]] * 4)
at_leisure = settings(deadline=None, derandomize=True)


@some.composite
def tables(draw: some.DrawFn) -> list[list[int]]:
    """A square table of counts."""
    size = draw(some.integers(2, 5))
    return [[draw(some.integers(0, 30)) for _ in range(size)] for _ in range(size)]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_kappa_and_its_interval_are_those_of_statsmodels(table: list[list[int]], weights: Weights) -> None:
    scores = None if weights == "none" else numpy.arange(len(table))
    wanted = published_kappa(numpy.array(table), weights=scores, wt=None if weights == "none" else weights)
    found = cohens_kappa(table, weights)
    assert found is not None
    assert found.value == pytest.approx(wanted.kappa)
    assert found.standard_error == pytest.approx(wanted.std_kappa, abs=1e-9)
    assert found.low == pytest.approx(max(-1, wanted.kappa_low))
    assert found.high == pytest.approx(min(1, wanted.kappa_upp))


def test_alpha_is_that_of_krippendorffs_examples() -> None:
    # Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", sections A and B.
    binary = _table([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0])
    assert nominal_alpha(binary) == pytest.approx(0.095, abs=5e-4)
    letters = ("aabbdcccedda", "babbbcccedd d".replace(" ", ""))
    named = _table(*[["abcde".index(letter) for letter in letters_of] for letters_of in letters])
    assert nominal_alpha(named) == pytest.approx(0.692, abs=5e-4)


def test_alpha_of_numbers_compares_squared_distances() -> None:
    first, second = [1.0, 2.0, 3.5, 4.0, 2.5], [1.5, 2.0, 3.0, 5.0, 2.0]
    values = numpy.array(first + second)
    observed = numpy.mean((numpy.array(first) - numpy.array(second)) ** 2)
    expected = ((values[:, None] - values[None, :]) ** 2).sum() / (len(values) * (len(values) - 1))
    found = interval_alpha([(one, other, 1) for one, other in zip(first, second, strict=True)])
    assert found == pytest.approx(1 - observed / expected)


def test_two_categories_make_the_alphas_equal() -> None:
    table = TABLES[0]
    pairs = [(float(i), float(j), table[i][j]) for i in range(2) for j in range(2)]
    assert interval_alpha(pairs) == pytest.approx(nominal_alpha(table))


def test_nothing_is_told_without_variation() -> None:
    for table in ([[0, 0], [0, 0]], [[5, 0], [0, 0]], [[7]]):
        assert cohens_kappa(table) is None
        assert nominal_alpha(table) is None
    assert interval_alpha([]) is None
    assert interval_alpha([(1.0, 1.0, 4)]) is None


@at_leisure
@given(tables(), some.sampled_from(["none", "linear", "quadratic"]))
def test_exchanging_the_raters_changes_nothing(table: list[list[int]], weights: Weights) -> None:
    exchanged = [list(column) for column in zip(*table, strict=True)]
    found, other = cohens_kappa(table, weights), cohens_kappa(exchanged, weights)
    assert (found is None) == (other is None)
    if found and other:
        assert found.value == pytest.approx(other.value, abs=1e-9)
        assert found.standard_error == pytest.approx(other.standard_error, abs=1e-6)
    assert nominal_alpha(table) == nominal_alpha(exchanged)


@at_leisure
@given(tables(), some.sampled_from(["none", "linear", "quadratic"]))
def test_the_interval_holds_kappa(table: list[list[int]], weights: Weights) -> None:
    found = cohens_kappa(table, weights)
    if found:
        assert -1 <= found.low <= found.value + 1e-9
        assert found.value - 1e-9 <= found.high <= 1


@at_leisure
@given(some.lists(some.integers(1, 50), min_size=2, max_size=6))
def test_full_agreement_is_one(counts: list[int]) -> None:
    table = [[count if i == j else 0 for j in range(len(counts))] for i, count in enumerate(counts)]
    found = cohens_kappa(table)
    assert found is not None
    assert found.value == pytest.approx(1)
    assert nominal_alpha(table) == pytest.approx(1)


def _table(first: list[int], second: list[int]) -> list[list[int]]:
    size = max(*first, *second) + 1
    table = [[0] * size for _ in range(size)]
    for one, other in zip(first, second, strict=True):
        table[one][other] += 1
    return table
