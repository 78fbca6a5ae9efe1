"""The statistics of runs against scipy and statsmodels on fixed data, and what must hold for any data."""

from __future__ import annotations

import itertools
import math
import random
from statistics import NormalDist

import numpy
import pytest
import statsmodels.api
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar as published_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from weft.domain.estimates import clustered_variance, estimate, mean_interval, rate_interval, wilson
from weft.domain.paired_comparison import Comparison, compare, holm, mcnemar, tango
from weft.domain.student_t import critical_value, two_sided_p

BEFORE = [[0.1, 0.4], [0.7], [0.35, 0.3, 0.5], [0.9, 0.8], [0.2], [0.6, 0.1]]
AFTER = [[0.3], [0.8, 0.9], [0.4], [0.7, 0.95], [0.5, 0.1], [0.65]]
UNEVEN = [[1.0, 2.5, 3.0], [0.5], [4.0, 4.5], [2.0, 1.5, 1.0, 3.5], [2.2]]

# A busy machine says nothing about the statistics.
at_leisure = settings(deadline=None, derandomize=True)

numbers = some.floats(-1e6, 1e6, allow_nan=False)
trials = some.lists(numbers, min_size=1, max_size=4)
pairs_of_numbers = some.lists(some.tuples(trials, trials), min_size=1, max_size=12)
flag = some.sampled_from([[0.0], [1.0]])
pairs_of_flags = some.lists(some.tuples(flag, flag), min_size=1, max_size=40)
several_flags = some.lists(some.lists(some.sampled_from([0.0, 1.0]), min_size=1, max_size=5), min_size=1, max_size=12)


@pytest.mark.parametrize("degrees", [1, 2, 3, 7, 30, 199, 5000])
def test_students_t_is_scipys(degrees: int) -> None:
    for t in (0, 1e-6, 0.3, 1, 2.5, 10, 400):
        assert two_sided_p(t, degrees) == pytest.approx(2 * stats.t.sf(t, degrees), rel=1e-7, abs=1e-15)
    for confidence in (0.5, 0.8, 0.95, 0.99, 0.999):
        assert critical_value(degrees, confidence) == pytest.approx(
            stats.t.ppf((1 + confidence) / 2, degrees), rel=1e-9
        )


def test_the_paired_comparison_is_scipys_t_test_of_the_examples_means() -> None:
    found = compare(list(zip(BEFORE, AFTER, strict=True)), False, 0.9)
    before, after = ([float(numpy.mean(values)) for values in side] for side in (BEFORE, AFTER))
    wanted = stats.ttest_rel(after, before)
    limits = wanted.confidence_interval(0.9)
    assert found.p_value == pytest.approx(wanted.pvalue)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((limits.low, limits.high))


def test_with_equal_trials_it_is_the_cluster_robust_regression_of_statsmodels() -> None:
    source = random.Random(5)
    before = [[source.random() for _ in range(3)] for _ in range(15)]
    after = [[value + source.gauss(0.1, 0.2) for value in values] for values in before]
    steps = [new - old for olds, news in zip(before, after, strict=True) for old, new in zip(olds, news, strict=True)]
    wanted = _clustered(steps, [number for number in range(15) for _ in range(3)])
    found = compare(list(zip(before, after, strict=True)), False, 0.95)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(wanted.conf_int()[0]))
    assert found.p_value == pytest.approx(float(wanted.pvalues[0]))


def test_the_interval_of_a_mean_is_cluster_robust_as_in_statsmodels() -> None:
    values = [value for group in UNEVEN for value in group]
    wanted = _clustered(values, [number for number, group in enumerate(UNEVEN) for _ in group])
    found = mean_interval(UNEVEN, 0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(tuple(wanted.conf_int()[0]))
    assert clustered_variance(UNEVEN) == pytest.approx(float(wanted.bse[0]) ** 2)


def test_one_trial_each_is_the_plain_t_interval() -> None:
    values = [0.2, 0.9, 0.4, 0.45, 0.6]
    wanted = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = mean_interval([[value] for value in values], 0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (1, 0), (3, 10), (12, 12), (40, 21), (700, 640)])
def test_mcnemar_is_the_exact_test_of_statsmodels(gained: int, lost: int) -> None:
    wanted = published_mcnemar([[5, gained], [lost, 7]], exact=True).pvalue
    assert mcnemar(gained, lost) == pytest.approx(min(1.0, wanted))


@pytest.mark.parametrize(("true", "count"), [(0, 1), (0, 10), (3, 10), (10, 10), (617, 1000)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilsons_interval_is_that_of_statsmodels(true: int, count: int, confidence: float) -> None:
    low, high = proportion_confint(true, count, alpha=1 - confidence, method="wilson")
    found = wilson(true / count, count, confidence)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


def test_trials_of_one_example_count_as_fewer() -> None:
    alike = [[1.0] * 5] * 8 + [[0.0] * 5] * 4
    independent = rate_interval([[value] for group in alike for value in group], 0.95)
    clustered = rate_interval(alike, 0.95)
    wanted = _clustered([value for group in alike for value in group], [n for n in range(12) for _ in range(5)])
    effective = (8 / 12) * (4 / 12) / float(wanted.bse[0]) ** 2
    low, high = proportion_confint(effective * 8 / 12, effective, alpha=0.05, method="wilson")
    assert (clustered.low, clustered.high) == pytest.approx((low, high))
    assert clustered.high - clustered.low > 1.8 * (independent.high - independent.low)


@pytest.mark.parametrize(("gained", "lost", "count"), [(0, 0, 10), (1, 0, 30), (12, 2, 50), (5, 5, 12), (9, 0, 9)])
def test_tangos_interval_holds_the_differences_whose_score_test_does_not_reject(
    gained: int, lost: int, count: int
) -> None:
    found = tango(gained, lost, count, 0.95)
    z = NormalDist().inv_cdf(0.975)
    for limit in (found.low, found.high):
        if abs(limit) < 1 - 1e-9:
            assert abs(_score(gained, lost, count, limit)) == pytest.approx(z, rel=1e-4)


def test_holm_is_that_of_statsmodels() -> None:
    p_values = [0.01, 0.04, 0.03, 0.005, 0.04, 0.9, 0.2]
    assert holm(p_values) == pytest.approx(list(multipletests(p_values, method="holm")[1]))
    assert holm([]) == []


def test_a_constant_step_is_told_by_its_signs() -> None:
    found = compare([([0.1 * n], [0.1 * n + 0.5]) for n in range(6)], False, 0.95)
    wanted = stats.permutation_test(([0.5] * 6,), numpy.mean, permutation_type="samples", n_resamples=numpy.inf)
    assert found.p_value == pytest.approx(2 / 2**6) == pytest.approx(wanted.pvalue)
    assert (found.difference, found.interval) == (pytest.approx(0.5), None)


@at_leisure
@given(pairs_of_numbers, some.randoms(use_true_random=False))
def test_the_order_of_examples_and_trials_does_not_matter(
    pairs: list[tuple[list[float], list[float]]], source: random.Random
) -> None:
    shuffled = [(source.sample(old, len(old)), source.sample(new, len(new))) for old, new in pairs]
    source.shuffle(shuffled)
    assert compare(shuffled, False, 0.95) == compare(pairs, False, 0.95)


@at_leisure
@given(some.one_of(pairs_of_numbers, pairs_of_flags), some.booleans())
def test_exchanging_the_runs_exchanges_the_sign(pairs: list[tuple[list[float], list[float]]], boolean: bool) -> None:
    boolean = boolean and all(value in (0, 1) for pair in pairs for side in pair for value in side)
    one = compare(pairs, boolean, 0.95)
    other = compare([(new, old) for old, new in pairs], boolean, 0.95)
    assert one.p_value == other.p_value
    assert one.difference == -(other.difference or 0.0)
    assert (one.gained, one.lost) == (other.lost, other.gained)
    if one.interval and other.interval:
        assert one.interval.low == pytest.approx(-other.interval.high, rel=1e-9, abs=1e-9)
        assert one.interval.high == pytest.approx(-other.interval.low, rel=1e-9, abs=1e-9)


@at_leisure
@given(some.lists(trials, min_size=1, max_size=12))
def test_identical_runs_do_not_differ(groups: list[list[float]]) -> None:
    found = compare([(group, group) for group in groups], False, 0.95)
    assert (found.difference, found.p_value) == (0, 1)


@at_leisure
@given(some.lists(flag, min_size=1, max_size=40))
def test_identical_flags_do_not_differ(groups: list[list[float]]) -> None:
    found = compare([(group, group) for group in groups], True, 0.95)
    assert (found.difference, found.p_value) == (0, 1)
    assert found.interval is not None
    assert found.interval.low < 0 < found.interval.high


@at_leisure
@given(pairs_of_numbers, some.floats(0.5, 0.999))
def test_an_interval_holds_its_difference_and_agrees_with_the_p_value(
    pairs: list[tuple[list[float], list[float]]], confidence: float
) -> None:
    found = compare(pairs, False, confidence)
    _check(found)
    if found.interval and found.p_value is not None and abs(found.p_value - (1 - confidence)) > 1e-6:
        assert (found.p_value < 1 - confidence) == (found.interval.low > 0 or found.interval.high < 0)


@at_leisure
@given(pairs_of_flags, some.floats(0.5, 0.999))
def test_an_interval_of_flags_holds_its_difference(
    pairs: list[tuple[list[float], list[float]]], confidence: float
) -> None:
    found = compare(pairs, True, confidence)
    _check(found)
    assert found.interval is not None
    assert -1 <= found.interval.low <= found.interval.high <= 1


@at_leisure
@given(several_flags, some.floats(0.5, 0.999))
def test_an_interval_holds_its_rate(groups: list[list[float]], confidence: float) -> None:
    found = estimate(groups, True, confidence)
    assert found.interval is not None
    assert found.mean is not None
    assert 0 <= found.interval.low <= found.mean <= found.interval.high <= 1
    assert (found.count, found.examples) == (sum(map(len, groups)), len(groups))


@at_leisure
@given(some.lists(trials, min_size=1, max_size=12))
def test_an_interval_holds_its_mean(groups: list[list[float]]) -> None:
    found = estimate(groups, False, 0.95)
    assert found.mean is not None
    assert found.median == pytest.approx(float(numpy.median([value for group in groups for value in group])))
    if found.interval:
        assert found.interval.low <= found.mean <= found.interval.high


@at_leisure
@given(some.lists(some.floats(0, 1), max_size=20))
def test_adjusted_p_values_are_no_smaller_and_keep_their_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(raw <= one <= 1 for raw, one in zip(p_values, adjusted, strict=True))
    by_raw = [one for _, one in sorted(zip(p_values, adjusted, strict=True))]
    assert all(one <= other for one, other in itertools.pairwise(by_raw))


def test_nothing_is_told_of_runs_without_a_common_example() -> None:
    found = compare([], False, 0.95)
    assert (found.pairs, found.difference, found.p_value) == (0, None, None)
    assert found.reason


def test_tiny_values_are_compared_like_others() -> None:
    pairs = [([0.0], [step]) for step in (1.0, 2.0, 4.0, 3.0)]
    tiny = [([0.0], [new[0] * 1e-250]) for _, new in pairs]
    found, wanted = compare(tiny, False, 0.95), compare(pairs, False, 0.95)
    assert found.p_value == pytest.approx(wanted.p_value)
    assert found.interval is not None
    assert found.interval.low < (found.difference or 0) < found.interval.high


def test_one_example_gives_a_difference_and_no_more() -> None:
    found = compare([([1.0], [2.0])], False, 0.95)
    assert (found.difference, found.p_value, found.interval) == (1, None, None)
    assert found.reason


def _check(found: Comparison) -> None:
    assert found.p_value is None or 0 <= found.p_value <= 1
    if found.interval:
        assert found.difference is not None
        assert found.interval.low <= found.difference <= found.interval.high


def _clustered(values: list[float], groups: list[int]) -> statsmodels.api.regression.linear_model.RegressionResults:
    model = statsmodels.api.OLS(values, numpy.ones(len(values)))
    return model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)


def _score(gained: int, lost: int, count: int, difference: float) -> float:
    """The score statistic of a difference, its nuisance parameter found by maximising the likelihood."""

    def unlikelihood(share: float) -> float:
        parts = ((gained, share + difference), (lost, share), (count - gained - lost, 1 - 2 * share - difference))
        return -sum(number * math.log(max(chance, 1e-300)) for number, chance in parts if number)

    bounds = (max(0.0, -difference), (1 - difference) / 2)
    best = optimize.minimize_scalar(unlikelihood, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    return (gained - lost - count * difference) / math.sqrt(count * (2 * best + difference * (1 - difference)))
