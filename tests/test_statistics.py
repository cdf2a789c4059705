"""Means, intervals and tests, against SciPy, closed forms and simulation."""

import dataclasses
import itertools
import json
import math
import random
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from selftaught.statistics import (
    Mean,
    PairedTest,
    bounded_interval,
    bounded_p,
    generalisation_bound,
    holm,
    mean_of,
    paired_test,
    smallest_n,
    t_interval,
    two_proportions,
    upwards,
    wilson,
)

SCORES = st.floats(0, 1)
REALS = st.floats(-1e6, 1e6)


# Means


def test_mean_of_known_values():
    found = mean_of([2, 4, 4, 4, 5, 5, 7, 9])
    assert (found.mean, found.n) == (5.0, 8)
    assert found.se == pytest.approx(math.sqrt(32 / 7 / 8), rel=1e-14)


@given(st.lists(REALS, min_size=2, max_size=50))
def test_mean_is_scipys(values):
    found = mean_of(values)
    assert found.n == len(values)
    assert found.mean == pytest.approx(np.mean(values), rel=1e-12, abs=1e-9)
    assert found.se == pytest.approx(scipy.stats.sem(values), rel=1e-9, abs=1e-9)
    assert min(values) <= found.mean <= max(values)


@given(SCORES, st.integers(2, 60))
def test_equal_values_have_exactly_their_mean_and_no_error(value, n):
    assert mean_of([value] * n) == Mean(value, 0.0, n)


def test_the_error_of_one_value_is_unknown():
    assert mean_of([0.25]) == Mean(0.25, None, 1)


def test_a_mean_is_json():
    for found in (mean_of([1, 2]), mean_of([1]), mean_of(np.array([0.5, 1.0])), mean_of(x for x in (1, 0))):
        assert json.loads(json.dumps(found.to_json(), allow_nan=False)) == dataclasses.asdict(found)


@pytest.mark.parametrize(
    ("values", "words"),
    [([], "is empty"), ([1, math.nan], "got nan"), ([math.inf], "got inf"), ([-math.inf, 1], "got -inf")],
)
def test_what_has_no_mean(values, words):
    with pytest.raises(ValueError, match=words):
        mean_of(values)


# Intervals


@given(st.integers(1, 400), st.floats(0, 1), st.sampled_from([0.5, 0.8, 0.95, 0.99, 0.9999]))
def test_wilson_is_scipys(n, share, confidence):
    successes = round(share * n)
    theirs = scipy.stats.binomtest(successes, n).proportion_ci(confidence, method="wilson")
    assert wilson(successes, n, confidence) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_wilson_of_the_papers_counts():
    assert wilson(42, 10_000) == pytest.approx((0.0031, 0.0057), abs=5e-5)
    assert wilson(12, 10_000) == pytest.approx((0.0007, 0.0021), abs=5e-5)


def test_wilson_at_the_ends():
    assert wilson(0, 0) == (0.0, 1.0)
    for n in range(1, 200):
        assert wilson(0, n)[0] == 0.0
        assert wilson(n, n)[1] == 1.0
    assert wilson(np.int64(3), np.int64(9)) == wilson(3, 9)


def test_wilson_covers():
    n, p = 20, 0.3
    covered = sum(
        scipy.stats.binom.pmf(k, n, p) for k in range(n + 1) if wilson(k, n)[0] <= p <= wilson(k, n)[1]
    )
    assert covered == pytest.approx(0.95, abs=0.03)


# Two rates


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0, 1), st.floats(0, 1))
def test_two_proportions_are_scipys(n, m, share, other):
    a, b = round(share * n), round(other * m)
    test = two_proportions(a, n, b, m)
    assert test.p == pytest.approx(scipy.stats.fisher_exact([[a, n - a], [b, m - b]]).pvalue, rel=1e-6)
    if 0 < a + b < n + m:
        chi2 = scipy.stats.chi2_contingency([[a, n - a], [b, m - b]], correction=False)
        assert test.p_of_z == pytest.approx(chi2.pvalue, rel=1e-9, abs=1e-15)
    k = a + b
    falls = [two_proportions(x, n, k - x, m).p for x in range(max(0, k - m), min(n, k) + 1)]
    assert test.smallest_p == pytest.approx(min(falls), rel=1e-12)
    assert -1 <= test.low <= test.difference <= test.high <= 1


def test_two_proportions_by_hand():
    # of 8 cups 4 had the milk first, 3 of them found: (16 + 16 + 1 + 1) of 70 ways are as odd; all found: 2 of 70
    tea = two_proportions(3, 4, 1, 4)
    assert (tea.p, tea.smallest_p) == (34 / 70, 2 / 70)
    # pooled 1/2: z = 0.5 / sqrt(1/8) = sqrt 2, two-sided p = erfc(1)
    assert tea.p_of_z == pytest.approx(math.erfc(1))
    # Newcombe's own example, method 10
    newcombe = two_proportions(56, 70, 48, 80)
    assert (newcombe.low, newcombe.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_two_proportions_of_the_papers_counts():
    # 0.42% and 0.46% of 10,000: z = 0.0004 / sqrt(2 * 0.0044 * 0.9956 / 10,000) = 0.4274
    test = two_proportions(46, 10_000, 42, 10_000)
    assert test.p_of_z == pytest.approx(0.669, abs=5e-4)
    assert test.p > test.p_of_z
    assert test.low < 0 < test.difference < test.high


def test_two_proportions_where_there_is_nothing_to_tell():
    for a in (0, 5):
        test = two_proportions(a, 5, a, 5)
        assert (test.difference, test.p, test.smallest_p, test.p_of_z) == (0, 1, 1, 1)
    with pytest.raises(ValueError, match="at least one trial of each but got 5 and 0"):
        two_proportions(1, 5, 0, 0)
    with pytest.raises(ValueError, match="between 0 and n = 5 but got 6"):
        two_proportions(6, 5, 0, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((5, 4), "between 0 and n = 4 but got 5"),
        ((-1, 4), "got -1"),
        ((0, -2), "n cannot be negative but got -2"),
        ((1, 4, 1.5), r"confidence must be between 0 and 1 but got 1\.5\."),
        ((1, 4, 0.0), r"got 0\.0"),
        ((1, 4, math.nan), "got nan"),
    ],
)
def test_what_wilson_refuses(arguments, words):
    with pytest.raises(ValueError, match=words):
        wilson(*arguments)


def test_wilson_counts_whole_successes():
    with pytest.raises(TypeError):
        wilson(1.5, 4)


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 8, 19, 30, 49, 100, 501, 998, 999, 1000, 1001, 4999])
@pytest.mark.parametrize("confidence", [0.01, 0.5, 0.8, 0.95, 0.99, 0.9999])
def test_t_interval_is_scipys(df, confidence):
    values = [math.sin(i) for i in range(df + 1)]
    theirs = scipy.stats.t.interval(confidence, df, np.mean(values), scipy.stats.sem(values))
    assert t_interval(values, confidence) == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_t_interval_of_one_degree_of_freedom_is_cauchys():
    low, high = t_interval([-1, 1], 0.9)
    assert high == pytest.approx(math.tan(0.9 * math.pi / 2), rel=1e-12)
    assert low == -high


def test_t_interval_covers():
    draw = random.Random(7)
    covered = 0
    for _ in range(2000):
        low, high = t_interval(draw.gauss(3, 2) for _ in range(6))
        covered += low <= 3 <= high
    assert abs(covered / 2000 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2000)


@pytest.mark.parametrize(
    ("values", "confidence", "words"),
    [
        ([1], 0.9, "at least 2 values but got 1"),
        ([], 0.9, "empty"),
        ([1, 2], 1.0, r"got 1\.0"),
        ([1, 2], -1, "got -1"),
    ],
)
def test_what_has_no_t_interval(values, confidence, words):
    with pytest.raises(ValueError, match=words):
        t_interval(values, confidence)


# The interval of bounded values


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 60), st.floats(0, 1), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_of_zeros_and_ones_it_is_clopper_and_pearsons(n, share, confidence):
    ones = round(share * n)
    theirs = scipy.stats.binomtest(ones, n).proportion_ci(confidence, method="exact")
    found = bounded_interval([1] * ones + [0] * (n - ones), confidence=confidence)
    assert found == pytest.approx((theirs.low, theirs.high), abs=2e-9)


def weighted_at_most(values, mean):
    """P(Σ wᵢxᵢ ≤ mean) for weights uniform over a simplex and distinct x, by partial fractions."""
    from_mean = [Fraction(x) - mean for x in values]
    return 1 - sum(
        math.prod(c / (c - other) for other in from_mean if other != c) for c in from_mean if c > 0
    )


@settings(deadline=None)
@given(st.sets(st.integers(1, 40), min_size=1, max_size=8), st.integers(0, 40))
def test_p_is_the_probability_of_a_mean_weighted_at_random(values, mean):
    exact = weighted_at_most([0, *values], mean)
    assert bounded_p(values, mean, 0) == pytest.approx(float(exact), rel=1e-9, abs=1e-15)


def test_p_of_values_that_are_tied():
    draw = np.random.default_rng(3)
    values = [0.2, 0.2, 0.2, 0.5, 0.5, 0.9]
    means = draw.dirichlet(np.ones(7), 200_000) @ [0, *values]
    for mean in (0.1, 0.2, 0.3, 0.5, 0.7):
        share = np.mean(means <= mean)
        error = math.sqrt(share * (1 - share) / 200_000)
        assert abs(bounded_p(values, mean, 0) - share) <= 5 * error


def test_ends_by_hand():
    # Below all values p is the product of m / x: one value, or two, have the square, or the root, of it.
    assert bounded_interval([0.6]) == pytest.approx((0.025 * 0.6, 1 - 0.025 * 0.4))
    assert bounded_interval([0.5, 0.8]) == pytest.approx((0.1, 1 - (0.025 * 0.1) ** 0.5))
    assert bounded_interval([0.0] * 5) == pytest.approx((0, 1 - 0.025 ** (1 / 5)))
    for n in (1, 7, 60):  # gains that are all d
        assert bounded_p([0.25] * n) == pytest.approx(1.25**-n)


@settings(deadline=None)
@given(st.lists(SCORES, min_size=1, max_size=12), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_holds_the_mean_and_nothing_outside_the_range(values, confidence):
    low, high = bounded_interval(values, confidence=confidence)
    assert 0 <= low <= mean_of(values).mean <= high <= 1
    mirrored = bounded_interval([1 - x for x in values], confidence=confidence)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=3e-9)
    scaled = bounded_interval([10 * x - 5 for x in values], -5, 5, confidence)
    assert scaled == pytest.approx((10 * low - 5, 10 * high - 5), abs=3e-8)
    for end, numbers, sign in ((low, values, 1), (-high, [-x for x in values], -1)):
        lowest = 0 if sign == 1 else -1
        if end > lowest:
            assert bounded_p(numbers, end, lowest) <= (1 - confidence) / 2
        assert bounded_p(numbers, end + 1e-6, lowest) > (1 - confidence) / 2


def test_a_range_that_is_wider_says_less():
    values = [0.2, 0.4, 0.7]
    (low, high), (lower, higher) = bounded_interval(values), bounded_interval(values, -1, 2)
    assert lower < low < high < higher


def outcomes(support, weights, n):
    """All samples of n from these values, but for their order, each with its probability."""
    for counts in itertools.product(range(n + 1), repeat=len(support)):
        if sum(counts) == n:
            ways = math.factorial(n) / math.prod(map(math.factorial, counts))
            probability = ways * math.prod(w**count for w, count in zip(weights, counts, strict=True))
            yield [x for x, count in zip(support, counts, strict=True) for _ in range(count)], probability


def rejected(support, weights, n, rejects):
    """The probability that a sample of n is rejected, exactly."""
    return math.fsum(probability for values, probability in outcomes(support, weights, n) if rejects(values))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 6, 8])
def test_a_true_mean_is_rejected_no_more_often_than_said_whatever_the_distribution(n):
    draw = np.random.default_rng(n)
    for alpha in (0.025, 0.05, 0.2):
        for _ in range(40):
            support = [0, *draw.random(2)] if draw.random() < 0.5 else draw.random(3)
            weights = draw.dirichlet([0.5, 0.5, 0.5])
            mean = float(np.dot(support, weights))
            assert rejected(support, weights, n, lambda x: bounded_p(x, mean, 0) <= alpha) <= alpha + 1e-12  # noqa: B023


@pytest.mark.parametrize("n", [*range(1, 13), 20, 30, 50, 100])
def test_a_gain_that_is_mostly_small_and_seldom_a_large_loss_is_not_found(n):
    # What breaks the paired test's assumption, at every n: the mean of +0.1, and -0.9 one time in ten, is 0.
    found = sum(
        scipy.stats.binom.pmf(losses, n, 0.1)
        for losses in range(n + 1)
        if bounded_p([0.1] * (n - losses) + [-0.9] * losses) <= 0.05
    )
    assert found <= 0.05


DISTRIBUTIONS = {
    "uniform": (lambda draw, shape: draw.random(shape), 0.5),
    "accuracy on 20 bits": (lambda draw, shape: draw.binomial(20, 0.65, shape) / 20, 0.65),
    "skewed": (lambda draw, shape: draw.beta(1, 9, shape), 0.1),
    "many zeros": (lambda draw, shape: np.where(draw.random(shape) < 0.2, draw.random(shape), 0.0), 0.1),
    "solved or not": (lambda draw, shape: draw.integers(0, 2, shape).astype(float), 0.5),
    "seldom a breakthrough": (lambda draw, shape: np.where(draw.random(shape) < 0.125, 0.95, 0.6), 0.64375),
}


def coverage(name, n, draws=1000):
    """The shares of samples whose interval has the mean in it: the bounded one's, Student's."""
    draw, mean = DISTRIBUTIONS[name]
    samples = draw(np.random.default_rng(n), (draws, n)).tolist()
    held = sum(
        # in the interval, as it is defined: without looking for its ends, which takes far longer
        min(bounded_p(x, mean, 0), bounded_p([-v for v in x], -mean, -1)) > 0.025
        for x in samples
    )
    students = sum(low <= mean <= high for low, high in map(t_interval, samples))
    return held / draws, students / draws


@pytest.mark.parametrize("n", [2, 3, 5, 10, 20, 40])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_the_bounded_interval_covers(name, n):
    assert coverage(name, n)[0] >= 0.93


@pytest.mark.parametrize("name", ["accuracy on 20 bits", "many zeros", "seldom a breakthrough"])
def test_the_bounded_interval_covers_with_a_hundred_values(name):
    assert coverage(name, 100)[0] >= 0.93


def test_where_students_interval_does_not_cover():
    # The twin of the tests above: what they ask for isn't easy.
    for name in ("skewed", "many zeros", "seldom a breakthrough"):
        assert coverage(name, 5)[1] < 0.93
    zeros = 0.98**100  # of a hundred runs, none that succeeds one time in fifty
    assert t_interval([0] * 100) == (0, 0)
    assert bounded_interval([0] * 100)[1] > 0.02
    assert 1 - zeros < 0.93


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bounded_interval([]), "values must hold at least one number"),
        (lambda: bounded_interval([0.5, 1.5]), r"values must be between 0 and 1 but got 1\.5\."),
        (lambda: bounded_interval([0.5, -0.1], -0.05), r"between -0\.05 and 1 but got -0\.1"),
        (lambda: bounded_interval([math.nan]), "got nan"),
        (lambda: bounded_interval([0.5], 1, 0), "low must be finite and below high but got 1 and 0"),
        (lambda: bounded_interval([0.5], -math.inf), "low must be finite"),
        (lambda: bounded_interval([0.5], high=math.nan), "below high but got 0.0 and nan"),
        (lambda: bounded_interval([0.5], confidence=1), "confidence must be between 0 and 1"),
        (lambda: bounded_p([-2.0]), "between -1 and inf but got -2"),
        (lambda: bounded_p([0.5], math.nan), "mean must be finite"),
    ],
)
def test_what_the_bounded_interval_refuses(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# The paired test


def by_force(differences):
    """The share of sign patterns that reach the observed sum, in whole numbers."""
    sizes = [abs(d) for d in differences]
    patterns = (
        [size if bits >> i & 1 else -size for i, size in enumerate(sizes)] for bits in range(2 ** len(sizes))
    )
    return sum(sum(pattern) >= sum(differences) for pattern in patterns) / 2 ** len(sizes)


@settings(deadline=None)
@given(st.lists(st.integers(-6, 6), min_size=1, max_size=9), st.sampled_from([1, 0.05, 1 / 3, 1e-9, 1e6]))
def test_p_is_the_share_of_sign_patterns(differences, unit):
    # In units such as 0.05 sums that are equal differ by rounding, and must count as equal still.
    found = paired_test([0.3 * unit + d * unit for d in differences], [0.3 * unit] * len(differences))
    assert found.p == by_force(differences)
    assert found.n_differing == sum(d != 0 for d in differences)
    assert found.mean_difference == pytest.approx(sum(differences) / len(differences) * unit, abs=1e-9 * unit)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 64), st.integers(0, 64)), min_size=2, max_size=10))
def test_p_is_scipys(pairs):
    new, old = np.array(pairs).T / 64  # sums of these are exact, so that both see the same ties
    theirs = scipy.stats.permutation_test(
        (new, old),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        alternative="greater",
    )
    assert paired_test(new, old).p == pytest.approx(theirs.pvalue, abs=1e-12)


def scores(seed, n, grid=None):
    draw = random.Random(seed)
    return [draw.randrange(grid + 1) / grid if grid else draw.random() for _ in range(n)]


@pytest.mark.parametrize(
    ("n", "grid"), [(32, None), (33, None), (60, None), (61, 20), (200, 20), (100, 1000)]
)
def test_many_instances_agree_with_the_normal_limit(n, grid):
    new, old = [x + 0.04 for x in scores(n, n, grid)], scores(-n, n, grid)
    differences = np.subtract(new, old)
    lattice = min(abs(differences[differences != 0])) if grid == 20 else 0  # a sum moves by two of them
    z = (sum(differences) - lattice) / math.sqrt(sum(differences**2))
    assert paired_test(new, old).p == pytest.approx(scipy.stats.norm.sf(z), abs=0.012)


def test_drawn_patterns_agree_with_counted_ones(monkeypatch):
    new, old = [x + 0.1 for x in scores(1, 30)], scores(2, 30)
    exact = paired_test(new, old)
    monkeypatch.setattr("selftaught.statistics._MOST_SUMS", 100)
    drawn = paired_test(new, old)
    assert drawn.smallest_p == 1e-5
    assert drawn.p == paired_test(new, old).p
    assert 0 < abs(drawn.p - exact.p) < 4 * math.sqrt(exact.p * (1 - exact.p) / 1e5)


def test_drawn_patterns_count_ties_and_are_never_impossible(monkeypatch):
    monkeypatch.setattr("selftaught.statistics._MOST_SUMS", 2)
    tied = paired_test([1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1])
    assert tied.p == pytest.approx(by_force([1, 1, 1, 1, -1, -1]), abs=4 * math.sqrt(0.25 / 1e5))
    assert paired_test([1 + i / 100 for i in range(40)], [0] * 40).p == 1e-5


def test_type_one_rate_is_held_and_gains_are_found():
    draw = random.Random(11)
    false = found = 0
    for _ in range(3000):
        old = [draw.betavariate(0.5, 0.5) for _ in range(10)]
        false += paired_test([draw.betavariate(0.5, 0.5) for _ in old], old).better
        found += paired_test([x + draw.gauss(0.1, 0.1) for x in old], old).better
    assert false / 3000 < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 3000)
    assert false / 3000 > 0.03  # it is a test of 5%, not one that never rejects
    assert found / 3000 > 0.8


@pytest.mark.parametrize("n", range(1, 7))
def test_of_two_programs_that_are_alike_neither_is_found_better_more_often_than_said(n):
    # Exactly: pairs of scores with three values, of every shape, so with ties and many zeros.
    draw = random.Random(n)
    for values, alpha in itertools.product(((0, 1, 2), (0, 1, 5)), (0.05, 0.2)):
        weights = [draw.random() ** 3 for _ in values]
        chance: dict[int, float] = {}
        for (x, p), (y, q) in itertools.product(zip(values, weights, strict=True), repeat=2):
            chance[x - y] = chance.get(x - y, 0.0) + p * q / sum(weights) ** 2
        found = rejected(
            chance,
            chance.values(),
            n,
            lambda gains: paired_test(gains, [0] * n, alpha).better,  # noqa: B023
        )
        assert found <= alpha + 1e-12
        assert (found > 0) is (n >= smallest_n(alpha))


def test_too_few_is_said_below_the_smallest_number_and_only_there():
    for n in range(1, 101):
        assert paired_test([1] * n, [0] * n).too_few is (n < 5)


def test_a_worse_program_is_hardly_ever_called_better():
    draw = random.Random(12)
    called = 0
    for _ in range(1000):
        old = [draw.random() for _ in range(10)]
        called += paired_test([x - 0.1 + draw.gauss(0, 0.2) for x in old], old).better
    assert called < 10


def test_wins_that_are_small_and_losses_that_are_large_break_the_assumption():
    # The docstring says so; with a mean difference of 0 this is called better far more often than 5%.
    draw = random.Random(13)
    called = 0
    for _ in range(500):
        new = [-0.9 if draw.random() < 0.1 else 0.1 for _ in range(10)]
        called += paired_test(new, [0] * 10).better
    assert called / 500 > 0.2


def test_the_smallest_number_that_can_reject():
    assert smallest_n() == 5
    assert (smallest_n(0.5), smallest_n(0.25), smallest_n(0.0625), smallest_n(0.01)) == (1, 2, 4, 7)
    for alpha in (0.5, 0.2, 0.05, 0.03125, 0.01, 0.001):
        n = smallest_n(alpha)
        enough = paired_test([1] * n, [0] * n, alpha)
        short = paired_test([1] * (n - 1) + [0], [0] * n, alpha)
        assert enough.better
        assert not enough.too_few
        assert short.too_few
        assert not short.better


def test_instances_that_do_not_differ_say_nothing():
    few = paired_test([1, 1, 1, 1, 0.5, 0.5, 0.5], [0, 0, 0, 0, 0.5, 0.5, 0.5])
    assert (few.p, few.n, few.n_differing, few.too_few) == (1 / 16, 7, 4, True)
    same = paired_test([0.5] * 50, [0.5] * 50)
    assert (same.p, same.n_differing, same.mean_difference, same.too_few, same.better) == (
        1.0,
        0,
        0.0,
        True,
        False,
    )


def test_rounding_is_no_difference():
    assert paired_test([0.1 + 0.2] * 10, [0.3] * 10).n_differing == 0
    assert paired_test([0.1 + 0.2] * 10 + [0.5], [0.3] * 10 + [0.4]).n_differing == 1


@given(st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=12))
def test_p_is_a_valid_probability(pairs):
    new, old = zip(*pairs, strict=True)
    forth, back = paired_test(new, old), paired_test(old, new)
    assert forth.smallest_p <= forth.p <= 1
    assert forth.p + back.p >= 1  # the observed pattern is in both tails
    assert isinstance(forth, PairedTest)


def test_words():
    assert str(paired_test([1, 1], [0, 0])) == (
        "too few to tell: mean difference +1 over 2 instances, of which 2 differ; "
        "at least 5 must for p ≤ 0.05"
    )
    assert str(paired_test([0.5] * 8, [0.25] * 8)) == (
        "not alike, higher (one-sided p = 0.004): mean difference +0.25 over 8 instances, of which 8 differ"
    )
    worse = str(paired_test([0.25] * 8, [0.5] * 8))
    assert worse.startswith("no gain shown (one-sided p = 1): mean difference -0.25 over 8")


@pytest.mark.parametrize(
    ("p", "shown"),
    [(0.0504, "0.051"), (0.05, "0.05"), (0.0500001, "0.051"), (0.1, "0.1"), (1, "1"), (0.996, "1"),
     (18 / 1024, "0.018"), (3 * 1e-5, "3e-05"), (1.21e-5, "1.3e-05"), (0.010001, "0.011")],
)  # fmt: skip
def test_a_p_is_shown_rounded_up(p, shown):
    assert upwards(p) == shown


@given(st.floats(1e-6, 1))
def test_no_p_is_shown_below_what_it_is(p):
    assert p * (1 - 1e-11) <= float(upwards(p)) <= p * 1.1 + 1e-9


@pytest.mark.parametrize(
    ("new", "old", "alpha", "words"),
    [
        ([1, 2], [1, 2, 3], 0.05, "same instances but got 2 and 3 scores"),
        ([], [], 0.05, "new must hold at least one number"),
        ([1, math.nan], [1, 2], 0.05, "new must be finite but got nan"),
        ([1, 2], [1, math.inf], 0.05, "old must be finite but got inf"),
        ([1, 2], [1, 2], 0, "alpha must be between 0 and 1 but got 0"),
    ],
)
def test_what_the_paired_test_refuses(new, old, alpha, words):
    with pytest.raises(ValueError, match=words):
        paired_test(new, old, alpha)


# Many tests


def test_holm_by_hand():
    # 4 x 0.005, 3 x 0.01, 2 x 0.03, and 1 x 0.04, which may not be less than the one before
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.4]) == pytest.approx([0.8, 0.8])
    assert holm([0.7]) == [0.7]
    assert holm([0.9, 0.9, 0.01]) == pytest.approx([1, 1, 0.03])
    assert holm([]) == []
    assert holm(iter([0.01, 0.01])) == pytest.approx([0.02, 0.02])


@settings(deadline=None)
@given(st.lists(SCORES, min_size=1, max_size=7))
def test_holm_is_bonferroni_of_every_set_of_tests(ps):
    """Closed testing: a hypothesis is rejected if every set that it is in is, each by its smallest p."""
    sets = [each for size in range(1, len(ps) + 1) for each in itertools.combinations(range(len(ps)), size)]
    corrected = [
        max(min(1, len(each) * min(ps[k] for k in each)) for each in sets if i in each)
        for i in range(len(ps))
    ]
    assert holm(ps) == pytest.approx(corrected)


def test_holm_rejects_a_true_hypothesis_as_seldom_as_it_says_and_uncorrected_tests_do_not():
    draw = np.random.default_rng(5)
    ps = draw.random((5000, 7))
    ps[:, 5:] /= 1000  # two that are false
    corrected = np.array([holm(each) for each in ps])
    assert np.mean((corrected[:, :5] <= 0.05).any(1)) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 5000)
    assert np.mean((ps[:, :5] <= 0.05).any(1)) > 0.2
    assert np.mean(corrected[:, 5:] <= 0.05) > 0.99


@pytest.mark.parametrize(
    ("ps", "words"), [([0.5, 1.1], "got 1.1"), ([-0.1], "got -0.1"), ([math.nan], "got nan")]
)
def test_what_holm_refuses(ps, words):
    with pytest.raises(ValueError, match=words):
        holm(ps)


# The bound


def test_generalisation_bound():
    assert generalisation_bound(100, 1000, 128, 0.05) == pytest.approx(
        math.sqrt((1000 * math.log(128) + math.log(20)) / 100)
    )
    assert generalisation_bound(50, 0, 128, 0.1) == pytest.approx(math.sqrt(math.log(10) / 50))
    assert generalisation_bound(400, 9, 2, 0.1) == pytest.approx(generalisation_bound(100, 9, 2, 0.1) / 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 1, 2, 0.1), "n_tasks must be at least 1 but got 0"),
        ((1, -1, 2, 0.1), "length must be at least 0 but got -1"),
        ((1, 1, 0, 0.1), "alphabet must be at least 1 but got 0"),
        ((1, 1, 2, 1.5), r"delta must be between 0 and 1 but got 1\.5"),
    ],
)
def test_what_the_bound_refuses(arguments, words):
    with pytest.raises(ValueError, match=words):
        generalisation_bound(*arguments)


def test_the_module_is_light():
    code = f"import sys; sys.path[:] = {sys.path!r}; import selftaught.statistics; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "selftaught.statistics" in run.stdout.split()
    assert {"numpy", "scipy", "statistics"}.isdisjoint(run.stdout.split())
