"""What all studies compare by: verdicts by hand, how often they are wrong, and what else studies share."""

import math

import numpy as np
import pytest
import scipy.stats

from selftaught.statistics import bounded_p, paired_test, wilson
from selftaught.studies.study import (
    compare,
    curves_of,
    generalisation_of,
    generalisation_told,
    rated,
    smallest_runs,
    spelled,
)


def of(*gains):
    """A pair with these differences."""
    return list(gains), [0.0] * len(gains)


def verdict(*gains):
    return compare({"it": of(*gains)})["it"].verdict


def test_the_four_verdicts_by_hand():
    # ten of one size d: p = 2 / 2^10, and by the bounded test 2 (1 + d)^-10, which is 0.0499 at d = 0.446
    assert verdict(*[0.45] * 10) == "higher"
    assert verdict(*[0.44] * 10) == "not alike, higher"
    assert verdict(*[-0.45] * 10) == "lower"
    assert verdict(*[-0.44] * 10) == "not alike, lower"
    assert verdict(*[0.4] * 5, *[-0.4] * 5) == "no difference shown"
    assert verdict(*[1.0] * 5, *[0.0] * 5) == "too few differ", "2 / 2^5 is more than 5%"


def test_what_is_higher_has_an_interval_above_0_and_what_is_not_alike_has_not():
    for gains in ([0.45] * 10, [0.44] * 10):
        found = compare({"it": of(*gains)})["it"]
        assert (found.low > 0) == (found.verdict == "higher")
        # the end m of the interval of n equal gains d: ((1 + m) / (1 + d))^n = 0.025
        assert found.low == pytest.approx((1 + gains[0]) * 0.025 ** (1 / 10) - 1)


def test_gains_that_are_mostly_small_with_a_rare_large_loss_are_not_called_higher():
    # no loss was met in nine: all nine signs are one, and yet nothing is shown of the mean
    assert verdict(*[0.1] * 9) == "not alike, higher"


def test_both_tests_are_corrected_for_the_family():
    # alone: p = 2 / 2^6 of either; of two such 4 / 64 is more than 5%
    ones = of(*[1.0] * 6)
    assert compare({"a": ones})["a"].verdict == "higher"
    assert [each.verdict for each in compare({"a": ones, "b": ones}).values()] == ["too few differ"] * 2
    # ten of 0.46 are higher alone, and of three comparisons only not alike
    three = compare({name: of(*[0.46] * 10) for name in "abc"})
    assert [each.verdict for each in three.values()] == ["not alike, higher"] * 3
    assert [each.corrected for each in three.values()] == [6 / 1024] * 3


def test_a_gain_of_gains_lies_between_minus_2_and_2():
    pair = {"it": ([1.0] * 6, [-1.0] * 6)}
    with pytest.raises(ValueError, match="values must be between"):
        compare(pair)
    found = compare(pair, {"it": (-2.0, 2.0)})["it"]
    assert (found.difference, found.high) == (2.0, 2.0)
    assert found.low == pytest.approx(4 * 0.025 ** (1 / 6) - 2)


def test_a_comparison_in_words():
    assert compare({"it": of(*[0.1] * 6)})["it"].told() == (
        "+0.1000, 95% interval -0.4052 to +0.5133, p = 0.032 by Holm: not alike, higher"
    )
    assert compare({"it": of(0.1)})["it"].told() == "+0.1000, p = 1 by Holm: too few differ"


@pytest.mark.parametrize(("number", "needed"), [(1, 6), (2, 7), (4, 8), (9, 9), (18, 10)])
def test_the_smallest_number_of_runs_is_the_smallest(number, needed):
    assert smallest_runs(number) == needed
    for n, found in ((needed - 1, False), (needed, True)):
        pairs = {0: of(*[0.1] * n)} | {k: of(*[0.0] * n) for k in range(1, number)}
        assert compare(pairs)[0].found is found


# --- how often it is wrong, by simulation ---------------------------------------------------------------------------


def accuracies(draw, shape):
    return draw.binomial(20, 0.65, shape) / 20


def skewed(draw, shape):
    return np.round(draw.beta(0.4, 3, shape), 2)


def mostly_zero(draw, shape):
    return np.where(draw.random(shape) < 0.3, np.round(draw.random(shape), 1), 0.0)


ALIKE = {"accuracies on 20 bits": accuracies, "skewed": skewed, "tied at zero": mostly_zero}


def within(count, draws, share, errors=3.5):
    """Whether so many of so many are no more than a share of them, within the simulation's error."""
    return count / draws <= share + errors * math.sqrt(share * (1 - share) / draws)


@pytest.mark.parametrize(("n", "draws"), [(7, 2000), (8, 2000), (12, 1500), (20, 600), (40, 120)])
@pytest.mark.parametrize("name", ALIKE)
def test_of_what_is_alike_no_gain_is_found_more_often_than_said(name, n, draws):
    rng = np.random.default_rng(n)
    new, old = (ALIKE[name](rng, (draws, n)).tolist() for _ in range(2))
    assert within(sum(paired_test(a, b).better for a, b in zip(new, old, strict=True)), draws, 0.05)


@pytest.mark.parametrize("n", [7, 10])
@pytest.mark.parametrize("name", ALIKE)
def test_of_a_family_that_is_alike_nothing_is_found_more_often_than_said(name, n):
    rng, draws = np.random.default_rng(n), 300
    wrong = apart = 0
    for _ in range(draws):
        base, *arms = ALIKE[name](
            rng, (4, n)
        ).tolist()  # of one base, so that comparisons depend on each other
        found = compare({k: (arm, base) for k, arm in enumerate(arms)}).values()
        wrong += any(each.found for each in found)
        apart += any(each.p <= 0.05 for each in found)
    assert within(wrong, draws, 0.05)
    assert wrong <= apart


@pytest.mark.parametrize("n", [7, 10, 20])
def test_of_a_family_whose_means_are_0_with_rare_large_losses_nothing_is_called_higher(n):
    rng, draws = np.random.default_rng(n), 200
    called = unlike = 0
    for _ in range(draws):
        found = compare(
            {k: of(*np.where(rng.random(n) < 0.1, -0.9, 0.1).tolist()) for k in range(3)}
        ).values()
        called += any(each.verdict in ("higher", "lower") for each in found)
        unlike += any(each.found for each in found)
    assert within(called, draws, 0.05)
    if n == 10:
        assert unlike / draws > 0.2, "the twin: it is the sign flips that are fooled"


# --- rates ----------------------------------------------------------------------------------------------------------


def test_a_rate_has_the_exact_binomial_interval():
    assert rated(0, 0) == (None, 0.0, 1.0)
    assert rated(0, 10) == (0.0, 0.0, pytest.approx(1 - 0.025 ** (1 / 10)))
    assert rated(10, 10) == (1.0, pytest.approx(0.025 ** (1 / 10)), 1.0)
    # Clopper and Pearson, 1 of 2: the ends are where (1 - p)^2 is 0.975, and p^2
    assert rated(1, 2) == (0.5, pytest.approx(1 - 0.975**0.5), pytest.approx(0.975**0.5))


def least_coverage(way, n):
    """How often the interval of a rate holds it where it does so least, exactly."""
    rates = np.arange(1, 1000) / 1000
    held = np.zeros(len(rates))
    for count in range(n + 1):
        low, high = way(count, n)
        held += scipy.stats.binom.pmf(count, n, rates) * ((low <= rates) & (rates <= high))
    return held.min()


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 12, 20, 40])
def test_the_interval_of_a_rate_always_covers_and_wilsons_does_not(n):
    assert least_coverage(lambda count, n: rated(count, n)[1:], n) >= 0.95
    assert least_coverage(wilson, n) < 0.93


# --- the paper's bound ----------------------------------------------------------------------------------------------


def test_the_papers_bound_in_words():
    assert (spelled("abc"), spelled("ab\u00df")) == ((3, 128), (3, 0x110000))
    bound = math.sqrt((3 * math.log(128) + math.log(20)) / 40)
    assert generalisation_of("abc", 40) == generalisation_told(3, 128, 40)
    assert f"within {bound:.3g} of its expectation, which holds" in generalisation_of("abc", 40)
    assert "says nothing" in generalisation_of("abc", 4)


def test_curves_are_by_run_and_iteration():
    rows = [{"run": run, "t": t, "test": run + t / 10} for run, t in ((1, 1), (0, 0), (1, 0), (0, 1))]
    assert curves_of(rows) == [[0.0, 0.1], [1.0, 1.1]]


def test_the_bounded_test_of_a_pair_is_the_one_that_its_interval_is_of():
    gains = [0.9, 0.8, 1.0, 0.7, 0.9, 0.95]
    found = compare({"it": of(*gains)})["it"]
    assert bounded_p(gains, found.low) <= 0.025 < bounded_p(gains, found.low + 1e-6)
