"""Means with errors, intervals, paired tests, the bound of the paper's appendix.

Which is used for what, what each assumes, and how they were tried: docs/statistics.md.

The standard library only. Every probability is a fraction in [0, 1], every score is in the units it came in.
"""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

__all__ = [
    "Mean",
    "PairedTest",
    "TwoProportions",
    "bounded_interval",
    "bounded_p",
    "generalisation_bound",
    "holm",
    "mean_of",
    "paired_test",
    "smallest_n",
    "t_interval",
    "two_proportions",
    "upwards",
    "wilson",
]


@dataclass(frozen=True)
class Mean:
    """A mean, its standard error, and how many values it is of."""

    mean: float
    se: float | None
    """The values' standard deviation (with n - 1) / √n. None if there is one value: unknown, which is not 0."""
    n: int

    def to_json(self) -> dict[str, float | int | None]:
        """``{"mean", "se", "n"}``, as in ``summary.json``."""
        return {"mean": self.mean, "se": self.se, "n": self.n}


def mean_of(values: Iterable[float]) -> Mean:
    """Return the mean of at least one finite value, with its standard error.

    Raises
    ------
    ValueError
        If there is no value, or one is NaN or infinite.
    """
    numbers = _finite("values", values)
    # Shifted by the first, so that equal values have exactly that mean and exactly no error.
    first, n = numbers[0], len(numbers)
    mean = min(max(first + math.fsum(x - first for x in numbers) / n, min(numbers)), max(numbers))
    if n == 1:
        return Mean(mean, None, 1)
    return Mean(mean, math.hypot(*(x - mean for x in numbers)) / math.sqrt(n * (n - 1)), n)


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval for a rate of ``successes`` in ``n`` trials.

    With ``n`` = 0 it is (0, 1): nothing is known. Source: E. B. Wilson, JASA 22 (1927), 209-212.

    Raises
    ------
    ValueError
        If ``successes`` is not in 0…n, or ``confidence`` not between 0 and 1.
    """
    successes, n = operator.index(successes), operator.index(n)
    if n < 0:
        raise ValueError(f"n cannot be negative but got {n}.")
    if not 0 <= successes <= n:
        raise ValueError(f"successes must be between 0 and n = {n} but got {successes}.")
    _between_0_and_1("confidence", confidence)
    if n == 0:
        return 0.0, 1.0
    z2 = _normal_quantile((1 + confidence) / 2) ** 2
    rate = successes / n
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    # At the ends the exact value is known, and rounding would miss it.
    return max(middle - half, 0.0) if successes else 0.0, min(middle + half, 1.0) if successes < n else 1.0


def t_interval(values: Iterable[float], confidence: float = 0.95) -> tuple[float, float]:
    """Return Student's interval for the mean that at least two values were drawn from.

    Exact for normal values. For scores, which are bounded and often skewed, it is an approximation that no number
    of values makes safe: of a hundred runs that all scored 0 it says [0, 0], though one run in fifty might not. So
    scores have :func:`bounded_interval`. It is not cut at the ends of a score's range.

    Raises
    ------
    ValueError
        If there are fewer than two values, one is not finite, or ``confidence`` is not between 0 and 1.
    """
    _between_0_and_1("confidence", confidence)
    mean = mean_of(values)
    if mean.se is None:
        raise ValueError("an interval for a mean needs at least 2 values but got 1.")
    half = _t_two_sided(confidence, mean.n - 1) * mean.se
    return mean.mean - half, mean.mean + half


def bounded_interval(
    values: Iterable[float], low: float = 0.0, high: float = 1.0, confidence: float = 0.95
) -> tuple[float, float]:
    """Return an interval for the mean that independent values in [``low``, ``high``] were drawn from.

    Nothing is assumed of their distribution but these ends, and it holds for every number of values: Gaffke's
    interval. Each end is where :func:`bounded_p` is (1 - ``confidence``) / 2, to a billionth of the range outwards,
    so it stays in the range, and for values that are 0 or 1 it is the exact binomial interval of Clopper and Pearson.

    It is wide where there are few values, as any such interval must be: five runs that all scored 0.6 don't exclude
    that every second run would score 1.

    Raises
    ------
    ValueError
        If there is no value, one is not in the range, ``low`` is not below ``high``, or ``confidence`` is not
        between 0 and 1.
    """
    _between_0_and_1("confidence", confidence)
    numbers = _in_range(values, low, high)
    tail = (1 - confidence) / 2
    # Of values mirrored at 0 the lower end is the upper end, mirrored.
    return _lower_end(numbers, low, tail), -_lower_end([-x for x in numbers], -high, tail)


def bounded_p(values: Iterable[float], mean: float = 0.0, low: float = -1.0) -> float:
    """Return the one-sided p-value of "the mean of these is at most ``mean``", of values that can't be below ``low``.

    Of paired differences of scores, which lie in [-1, 1], it is a test of the mean that holds whatever their shape,
    also where losses are rare and large, for which :func:`paired_test` is not made. The price is power: of n gains
    that are all d it says p = (1 + d)⁻ⁿ, so that gains of 0.1 must be 32 to be found at 5%.

    Notes
    -----
    p is the probability that a mean of the values and ``low``, weighted at random (uniformly over all weights of sum
    1), is at most ``mean``: a Bayesian bootstrap with the worst value that there might have been. If all values are
    ``low`` or one other, it is the exact binomial test. That a true ``mean`` is never rejected more often than it
    says is a conjecture otherwise, against which no case is known: N. Gaffke, University of Magdeburg, preprint
    13-04; E. Learned-Miller and P. S. Thomas, arXiv 1905.06208. It is computed exactly, in a time that grows with
    the square of the number of values.

    Raises
    ------
    ValueError
        If there is no value, one is below ``low``, or something is not finite.
    """
    return _bounded_p(_in_range(values, low, math.inf), _finite("mean", [mean])[0], low)


@dataclass(frozen=True)
class PairedTest:
    """What :func:`paired_test` found."""

    p: float
    """Probability, if new and old are alike, of a mean difference at least as large."""
    n: int
    """Instances."""
    n_differing: int
    """Instances on which the two scores differ; the others say nothing."""
    mean_difference: float
    """Mean of new - old over all ``n``."""
    smallest_p: float
    """The smallest p that these differences' sizes could have given, with all signs in favour of new."""
    alpha: float
    """The level of the test."""

    @property
    def better(self) -> bool:
        """Whether new is better at this level."""
        return self.p <= self.alpha

    @property
    def too_few(self) -> bool:
        """Whether so few instances differ that new could not have been found better, whatever the signs."""
        return self.smallest_p > self.alpha

    def __str__(self) -> str:
        return self.told("instance")

    def told(self, noun: str) -> str:
        """In words, of ``noun`` as what was paired. What is found is that the two are not alike."""
        found = f"mean difference {self.mean_difference:+.4g} over {_count(self.n, noun)}"
        if self.too_few:
            needed = f"at least {smallest_n(self.alpha)} must for p ≤ {self.alpha:g}"
            return f"too few to tell: {found}, of which {self.n_differing} differ; {needed}"
        verdict = "not alike, higher" if self.better else "no gain shown"
        return f"{verdict} (one-sided p = {upwards(self.p)}): {found}, of which {self.n_differing} differ"


def paired_test(new: Iterable[float], old: Iterable[float], alpha: float = 0.05) -> PairedTest:
    """Test whether new is better than old, from their scores on the same instances: one-sided, by flipping signs.

    Parameters
    ----------
    new, old : floats, equally many
        The i-th of each is the score on the i-th instance. Independent instances, please: seeds, not repeats.
    alpha : float
        The largest p that counts as better.

    Notes
    -----
    If the two programs are alike, then on each instance either score might as well have been the other's: the
    difference has its size, and its sign is a fair coin's. p is the share of the 2ᵐ sign patterns (m: instances
    that differ) whose sum reaches the observed one. No shape is assumed of the scores, which are bounded, skewed
    and tied: Student's test assumes one, and the signed-rank test drops the sizes, though the mean is what is
    adopted.

    What is assumed is that differences are *symmetric* around 0 if there is nothing to find. A program that wins
    a little often and loses a lot rarely, with a mean difference of 0, is not, and is called better too often
    (by Student's test, too, at such n): read the mean beside p, and its :func:`bounded_interval`, which holds then
    too. If new is worse, the test is conservative.

    It is exact up to 32 differences, and beyond as long as they are tied enough for their sums to be few (the
    accuracy on 20 bits has 20 sizes). Otherwise 99,999 patterns are drawn, always the same ones, and p is
    (k + 1) / 100,000, k of them reaching the observed sum: still a valid test (Phipson and Smyth, Stat. Appl.
    Genet. Mol. Biol. 9 (2010), 39). Scores that differ by rounding only are equal, and so are such sums.

    Raises
    ------
    ValueError
        If there are no scores, not equally many, one is not finite, or ``alpha`` is not between 0 and 1.
    """
    _between_0_and_1("alpha", alpha)
    ours, theirs = _finite("new", new), _finite("old", old)
    if len(ours) != len(theirs):
        sizes = f"{len(ours)} and {len(theirs)} scores"
        raise ValueError(f"new and old must be of the same instances but got {sizes}.")
    pairs = zip(ours, theirs, strict=True)
    differences = [0.0 if math.isclose(a, b, rel_tol=1e-12) else a - b for a, b in pairs]
    signed = _on_a_grid(differences)
    p, smallest_p = _sign_flip_p(signed)
    return PairedTest(p, len(differences), len(signed), mean_of(differences).mean, smallest_p, alpha)


@dataclass(frozen=True)
class TwoProportions:
    """What :func:`two_proportions` found of two rates."""

    difference: float
    """The first rate less the second."""
    low: float
    high: float
    """The ends of an interval for it: Newcombe's."""
    p: float
    """Two-sided, by Fisher's exact test."""
    smallest_p: float
    """The smallest p that so many successes in all could have given, however they fell."""
    p_of_z: float
    """Two-sided, by the pooled z test: an approximation for many successes and many failures."""


def two_proportions(
    successes: int, n: int, of_other: int, other_n: int, confidence: float = 0.95
) -> TwoProportions:
    """Compare the rates of ``successes`` in ``n`` trials and of ``of_other`` in ``other_n``.

    Fisher's test asks how the successes that there were could have fallen. It holds for every number of trials, and
    is cautious where successes are few. It is computed in whole numbers, so that what is as probable as what was seen
    counts in full. The interval (R. G. Newcombe, Statist. Med. 17 (1998), 873,
    method 10, of two of Wilson's) is an approximation, which may exclude 0 where the test finds nothing.

    Raises
    ------
    ValueError
        If there are no trials of one of them, successes are not among the trials, or ``confidence`` is not between
        0 and 1.
    """
    if n < 1 or other_n < 1:
        raise ValueError(f"there must be at least one trial of each but got {n} and {other_n}.")
    (low, high), (other_low, other_high) = (
        wilson(successes, n, confidence), wilson(of_other, other_n, confidence),
    )  # fmt: skip
    rate, other = successes / n, of_other / other_n
    difference = rate - other
    weights = _of_tables(successes + of_other, n, other_n)
    seen = weights[successes - max(0, successes + of_other - other_n)]
    least, total = min(weights), sum(weights)
    pooled = (successes + of_other) / (n + other_n)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / other_n))
    return TwoProportions(
        difference,
        max(-1.0, difference - math.hypot(rate - low, other_high - other)),
        min(1.0, difference + math.hypot(high - rate, other - other_low)),
        sum(weight for weight in weights if weight <= seen) / total,
        sum(weight for weight in weights if weight <= least) / total,
        math.erfc(abs(difference) / deviation / math.sqrt(2)) if deviation else 1.0,
    )


def _of_tables(successes: int, n: int, other_n: int) -> list[int]:
    """In how many ways the successes can fall, by how many of them fall in the first ``n`` trials."""
    first, last = max(0, successes - other_n), min(n, successes)
    weights = [math.comb(n, first) * math.comb(other_n, successes - first)]
    for x in range(first, last):
        weights.append(weights[-1] * (n - x) * (successes - x) // ((x + 1) * (other_n - successes + x + 1)))
    return weights


def upwards(p: float) -> str:
    """Return a p-value as text, of two digits and rounded up, so that none seems to reach a level that it doesn't."""
    from decimal import ROUND_CEILING, Context, Decimal  # slow to import

    # of twelve digits first: what is beyond them is of binary fractions, and no part of a p
    shown = Context(prec=2, rounding=ROUND_CEILING).plus(Decimal(f"{p:.12g}"))
    return f"{float(shown):.2g}"


def holm(ps: Iterable[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's method, in the order given.

    Rejecting those of at most alpha keeps the probability of any false rejection at most alpha, whatever the tests'
    dependence. S. Holm, Scand. J. Statist. 6 (1979), 65.

    Raises
    ------
    ValueError
        If a value is not a probability.
    """
    given = _finite("ps", ps) if (ps := list(ps)) else []
    for p in given:
        if not 0 <= p <= 1:
            raise ValueError(f"a p-value must be between 0 and 1 but got {p}.")
    corrected, largest = [0.0] * len(given), 0.0
    for rank, place in enumerate(sorted(range(len(given)), key=given.__getitem__)):
        largest = max(largest, min(1.0, (len(given) - rank) * given[place]))
        corrected[place] = largest
    return corrected


def smallest_n(alpha: float = 0.05) -> int:
    """Return how many instances must differ before :func:`paired_test` can find anything at this level.

    With m of them the smallest p is 2⁻ᵐ, so 5 at 5% and 7 at 1%.
    """
    _between_0_and_1("alpha", alpha)
    n = 1
    while 0.5**n > alpha:
        n += 1
    return n


def generalisation_bound(n_tasks: int, length: int, alphabet: int, delta: float) -> float:
    """Return how far a meta-utility on ``n_tasks`` tasks can be from its expectation, for every improver at once.

    The paper's appendix: with tasks drawn independently, utilities in [0, 1], and improvers of at most ``length``
    characters of an ``alphabet`` of so many, all are closer than √((l·ln|Σ| + ln(1/δ)) / n) with probability
    1 - ``delta``. A value of 1 or more promises nothing.

    Raises
    ------
    ValueError
        If ``n_tasks`` or ``alphabet`` is less than 1, ``length`` is negative, or ``delta`` not between 0 and 1.
    """
    for name, value, least in (("n_tasks", n_tasks, 1), ("length", length, 0), ("alphabet", alphabet, 1)):
        if operator.index(value) < least:
            raise ValueError(f"{name} must be at least {least} but got {value}.")
    _between_0_and_1("delta", delta)
    return math.sqrt((length * math.log(alphabet) - math.log(delta)) / n_tasks)


def _between_0_and_1(name: str, value: float) -> None:
    if not 0 < value < 1:  # NaN is not, either
        raise ValueError(f"{name} must be between 0 and 1 but got {value!r}.")


def _finite(name: str, values: Iterable[float]) -> list[float]:
    numbers = [float(value) for value in values]
    if not numbers:
        raise ValueError(f"{name} must hold at least one number but is empty.")
    for number in numbers:
        if not math.isfinite(number):
            raise ValueError(f"{name} must be finite but got {number!r}.")
    return numbers


def _in_range(values: Iterable[float], low: float, high: float) -> list[float]:
    if not (math.isfinite(low) and low < high):  # NaN is not, either
        raise ValueError(f"low must be finite and below high but got {low!r} and {high!r}.")
    numbers = _finite("values", values)
    for number in numbers:
        if not low <= number <= high:
            raise ValueError(f"values must be between {low:g} and {high:g} but got {number!r}.")
    return numbers


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


# Bounded values


def _lower_end(values: Sequence[float], low: float, p: float) -> float:
    """Return the largest mean, but for a billionth of the range, whose p-value is at most ``p``."""
    rejected, not_rejected = low, max(values)
    for _ in range(30):
        middle = (rejected + not_rejected) / 2
        if _bounded_p(values, middle, low) <= p:
            rejected = middle
        else:
            not_rejected = middle
    return rejected


def _bounded_p(values: Sequence[float], mean: float, low: float) -> float:
    # Weights that are uniform over a simplex are exponential variables over their sum, which doesn't change a sign.
    above = [x - mean for x in values if x > mean]
    below = [mean - x for x in values if x <= mean]
    return _race(above, [*below, mean - low]) if mean >= low else 0.0


def _race(first: Sequence[float], second: Sequence[float]) -> float:
    """Return P(Σ aᵢEᵢ ≤ Σ bⱼEⱼ): a of ``first``, all positive, b of ``second``, E exponential and of mean 1.

    Two runners have stretches to run, which take times of these means. The stretches under way, a and b, have no
    memory: the first runner is the next to finish one with probability b / (a + b), and all begins again without it.
    """
    # wins[j]: the first runner's chances with the stretches up to here left to run, and the second with j + 1
    wins = [1.0] * len(second)
    for a in first:
        chance = 0.0  # with no stretch left the second has won
        for j, b in enumerate(second):
            chance = wins[j] = (b * wins[j] + a * chance) / (a + b)
    return wins[-1]


# Quantiles


def _normal_quantile(probability: float) -> float:
    from statistics import NormalDist  # the standard library's; slow to import

    return NormalDist().inv_cdf(probability)


@lru_cache(maxsize=256)
def _t_two_sided(confidence: float, df: int) -> float:
    """Return t so that Student's variable with ``df`` degrees of freedom is within ±t with this probability."""
    if df >= 1000:
        return _t_expanded(_normal_quantile((1 + confidence) / 2), df)
    low, high = 0.0, math.pi / 2  # of θ = atan(t / √df)
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _t_within(middle, df) < confidence else (low, middle)
    return math.sqrt(df) * math.tan(low)


def _t_within(theta: float, df: int) -> float:
    """Return P(|T| ≤ √df·tan θ) by the finite sums of Abramowitz and Stegun 26.7.3-4, all terms positive."""
    sine, cosine = math.sin(theta), math.cos(theta)
    odd = df % 2
    factors = (cosine * cosine * (k - 1) / k for k in range(2 + odd, df - 1, 2))
    terms = math.fsum(accumulate(factors, operator.mul, initial=cosine if odd else 1.0))
    if not odd:
        return sine * terms
    return 2 / math.pi * (theta + (sine * terms if df > 1 else 0.0))


def _t_expanded(z: float, df: int) -> float:
    """Return Student's quantile from the normal one, to 1e-10 from 1000 on: Abramowitz and Stegun 26.7.5."""
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    g4 = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + g1 / df + g2 / df**2 + g3 / df**3 + g4 / df**4


# Flipping signs

_GRID = 2**40
_MOST_SUMS = 2**16  # 16 differences without ties
_DRAWS = 99_999


def _on_a_grid(differences: Sequence[float]) -> list[int]:
    """Return the differences that are not 0, as integers of which the largest is ±2⁴⁰."""
    largest = max(map(abs, differences))
    scaled = [round(d / largest * _GRID) for d in differences if d] if largest else []
    return [d for d in scaled if d]


def _sign_flip_p(signed: Sequence[int]) -> tuple[float, float]:
    """Return the share of sign patterns whose sum reaches the observed one, and the smallest that could be."""
    sizes = sorted(map(abs, signed))
    # Each size was rounded by half a unit at most, so equal sums are apart by no more than this.
    threshold = sum(signed) - len(signed)
    # Equal sizes in one half have few sums; alternate ones would need both halves large.
    halves = [_sums(sizes[: len(sizes) // 2]), _sums(sizes[len(sizes) // 2 :])]
    if halves[0] is None or halves[1] is None:
        smallest = 1 / (_DRAWS + 1)
        return (_count_drawn(sizes, threshold) + 1) * smallest, smallest
    reaching = _count_pairs(halves[0], halves[1], threshold)
    return reaching / 2 ** len(sizes), 0.5 ** len(sizes)


def _sums(sizes: Sequence[int]) -> dict[int, int] | None:
    """Return how many sign patterns give each sum, or None if there are too many sums."""
    sums = {0: 1}
    for size in sizes:
        more: dict[int, int] = {}
        for total, count in sums.items():
            more[total + size] = more.get(total + size, 0) + count
            more[total - size] = more.get(total - size, 0) + count
        if len(more) > _MOST_SUMS:
            return None
        sums = more
    return sums


def _count_pairs(left: dict[int, int], right: dict[int, int], threshold: int) -> int:
    """Count the patterns, one of each side, whose sums together reach the threshold."""
    falling = sorted(right.items(), reverse=True)
    reached = at = pairs = 0
    for total in sorted(left):
        while at < len(falling) and total + falling[at][0] >= threshold:
            reached += falling[at][1]
            at += 1
        pairs += left[total] * reached
    return pairs


def _count_drawn(sizes: Sequence[int], threshold: int) -> int:
    """Count, of the drawn sign patterns, those whose sums reach the threshold."""
    # Eight signs at a time: a table of the sums of each eight sizes, indexed by a random byte.
    tables = []
    for start in range(0, len(sizes), 8):
        table = [0]
        for size in sizes[start : start + 8]:
            table = [total - size for total in table] + [total + size for total in table]
        tables.append(table * (256 // len(table)))
    draw = random.Random(0).randbytes  # always the same patterns, so that the same scores have the same p
    rows = (draw(len(tables)) for _ in range(_DRAWS))
    return sum(sum(map(list.__getitem__, tables, row)) >= threshold for row in rows)
