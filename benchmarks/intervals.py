"""Do the intervals cover and the tests reject as often as they say, for scores such as tasks give?

    python benchmarks/intervals.py [--draws 2000] [--seed 0]

Prints the tables of docs/statistics.md, in Markdown: some minutes on one core. For each distribution, which has a
known mean, so many samples of n values are drawn, and it is counted how many intervals have the mean in them; how
many tests find a gain where there is none; and how many find one that there is. What is slow gets a quarter of the
draws: the bootstrap, sign flips for an interval, tests of more than 20 gains, families, and gains that there are. Of
rates nothing is drawn: their coverage is computed.
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import scipy.stats

from selftaught.statistics import bounded_interval, bounded_p, paired_test, smallest_n, t_interval, wilson
from selftaught.studies.study import compare, rated

Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]
SIZES = (2, 3, 5, 10, 20, 50, 100)
ALPHA = 0.05


def rare(common: float, seldom: float, share: float, spread: float = 0.0) -> Draw:
    """Mostly one value, seldom another, both perhaps spread a little."""

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        values = np.where(rng.random(shape) < share, seldom, common)
        return values + spread * rng.uniform(-1, 1, shape)

    return draw


def mostly_zero(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Scores of which four in five are 0."""
    return np.where(rng.random(shape) < 0.2, rng.random(shape), 0.0)


def bits(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """The accuracy on 20 bits."""
    return rng.binomial(20, 0.65, shape) / 20


# Name: (draw, mean, lowest value that there could be)
SCORES: dict[str, tuple[Draw, float, float]] = {
    "uniform": (lambda rng, shape: rng.random(shape), 0.5, 0),
    "accuracy on 20 bits": (bits, 0.65, 0),
    "U-shaped: Beta(½, ½)": (lambda rng, shape: rng.beta(0.5, 0.5, shape), 0.5, 0),
    "skewed: Beta(1, 9)": (lambda rng, shape: rng.beta(1, 9, shape), 0.1, 0),
    "0 in four of five, else uniform": (mostly_zero, 0.1, 0),
    "solved (1) or not (0), half": (rare(0, 1, 0.5), 0.5, 0),
    "solved or not, one in twenty": (rare(0, 1, 0.05), 0.05, 0),
    "0.6 ± 0.02, one in eight 0.95": (rare(0.6, 0.95, 0.125, 0.02), 0.64375, 0),
}
GAINS: dict[str, tuple[Draw, float, float]] = {
    "of two accuracies on 20 bits": (lambda rng, shape: bits(rng, shape) - bits(rng, shape), 0, -1),
    "skewed, -0.1 to 0.9": (lambda rng, shape: rng.beta(1, 9, shape) - 0.1, 0, -1),
    "skewed, -0.9 to 0.1": (lambda rng, shape: 0.1 - rng.beta(1, 9, shape), 0, -1),
    "+0.1, one in ten -0.9": (rare(0.1, -0.9, 0.1), 0, -1),
}
# Two programs that are alike, on the grid of 1/20: their pairs can be told by the sign of the difference only.
ALIKE: dict[str, Draw] = {
    "accuracies on 20 bits": bits,
    "U-shaped: Beta(½, ½)": lambda rng, shape: np.round(rng.beta(0.5, 0.5, shape) * 20) / 20,
    "0 in four of five, else uniform": lambda rng, shape: np.round(mostly_zero(rng, shape) * 20) / 20,
    "solved or not, half": rare(0, 1, 0.5),
}


# Intervals: whether each holds the mean


def student(values: Sequence[float], mean: float, low: float) -> bool:
    """Student's."""
    return inside(t_interval(values), mean)


def bounded(values: Sequence[float], mean: float, low: float) -> bool:
    """Gaffke's: the mean is in it if neither one-sided test rejects it."""
    return (
        min(bounded_p(values, mean, low), bounded_p([-x for x in values], -mean, -1)) > (1 - 0.95) / 2 - 1e-12
    )


def bca(values: Sequence[float], mean: float, low: float) -> bool:
    """The bias-corrected accelerated bootstrap's; of equal values it has none, which holds nothing."""
    found = scipy.stats.bootstrap((values,), np.mean, n_resamples=999, method="BCa", rng=0)
    return inside(found.confidence_interval, mean)


def flips(values: Sequence[float], mean: float, low: float) -> bool:
    """All the means that :func:`paired_test` doesn't reject, at 2.5% each way."""
    means = [mean] * len(values)
    return min(paired_test(values, means).p, paired_test(means, values).p) > 0.025


def inside(interval: Iterable[float], mean: float) -> bool:
    low, high = interval
    return bool(low - 1e-9 <= mean <= high + 1e-9)


INTERVALS = {"Student": student, "bounded": bounded, "bootstrap (BCa)": bca, "sign flips": flips}
SLOW = ("bootstrap (BCa)", "sign flips")


def coverage(draws: int, seed: int) -> None:
    """How often each interval holds the mean."""
    found: dict[str, dict[int, dict[str, float]]] = {name: {n: {} for n in SIZES} for name in INTERVALS}
    for what, (draw, mean, low) in (SCORES | {f"gain, {name}": each for name, each in GAINS.items()}).items():
        for n in SIZES:
            samples = draw(np.random.default_rng((seed, n)), (draws, n)).tolist()
            for name, holds in INTERVALS.items():
                if name == "sign flips" and not smallest_n(0.025) <= n <= 20:
                    continue  # too few; or too slow for so many
                some = samples[: draws // 4] if name in SLOW else samples
                found[name][n][what] = np.mean([holds(each, mean, low) for each in some])
    heading("How often a 95% interval holds the mean, in %: Student's / the bounded one", "n = ", SIZES)
    for what in found["Student"][SIZES[0]]:
        cells = (
            f"{percent(found['Student'][n][what])} / {percent(found['bounded'][n][what])}" for n in SIZES
        )
        print(f"| {what} | {' | '.join(cells)} |")
    heading("The least of these, in %, of every method", "n = ", SIZES)
    for name, cases in found.items():
        cells = (percent(min(cases[n].values())) if cases[n] else "-" for n in SIZES)
        print(f"| {name} | {' | '.join(cells)} |")


def widths(draws: int, seed: int) -> None:
    """What holding always costs."""
    heading("Mean width of a 95% interval: Student's / the bounded one / Hoeffding's", "n = ", SIZES)
    for what in ("accuracy on 20 bits", "skewed: Beta(1, 9)", "solved (1) or not (0), half"):
        cells = []
        for n in SIZES:
            samples = SCORES[what][0](np.random.default_rng((seed, n)), (draws // 20, n)).tolist()
            hoeffding = 2 * math.sqrt(math.log(40) / (2 * n))
            both = (
                np.mean([np.ptp(way(each)) for each in samples]) for way in (t_interval, bounded_interval)
            )
            cells.append(" / ".join(f"{width:.2f}" for width in (*both, hoeffding)))
        print(f"| {what} | {' | '.join(cells)} |")


def rates(draws: int, seed: int) -> None:
    """How often intervals of a rate hold it: exactly, so that nothing is drawn."""
    ways = {"exact": lambda count, n: rated(count, n)[1:], "Wilson": wilson}
    true = np.arange(1, 1000) / 1000
    title = "How often a 95% interval holds a rate, in %: at worst / on average, over rates of 0.001 to 0.999"
    heading(title, "n = ", SIZES)
    for name, way in ways.items():
        cells = []
        for n in SIZES:
            held = np.zeros(len(true))
            for count in range(n + 1):
                low, high = way(count, n)
                held += scipy.stats.binom.pmf(count, n, true) * ((low <= true) & (true <= high))
            cells.append(f"{percent(held.min())} / {percent(held.mean())}")
        print(f"| {name} | {' | '.join(cells)} |")


# Tests: whether each finds a gain


def found_by_flips(gains: Sequence[float]) -> bool:
    return paired_test(gains, [0.0] * len(gains), ALPHA).better


def found_by_bounded(gains: Sequence[float]) -> bool:
    return bounded_p(gains) <= ALPHA


def found(samples: np.ndarray) -> str:
    """The shares of samples in which each test finds a gain."""
    n = samples.shape[1]
    gains = samples.tolist()
    flipped = (
        "too few" if n < smallest_n(ALPHA) else percent(np.mean([found_by_flips(each) for each in gains]))
    )
    return f"{flipped} / {percent(np.mean([found_by_bounded(each) for each in gains]))}"


def rejections(draws: int, seed: int) -> None:
    """How often a gain is found where there is none."""
    heading("A gain found where the mean gain is 0, in %: by sign flips / bounded, at 5%", "n = ", SIZES)
    cases = {
        f"alike, {name}": lambda rng, shape, draw=draw: draw(rng, shape) - draw(rng, shape)
        for name, draw in ALIKE.items()
    }
    # On a grid of 1/100 the sums of many are few enough to be counted; their mean is 0 to a thousandth still.
    cases |= {
        name: lambda rng, shape, draw=draw: np.round(draw(rng, shape), 2)
        for name, (draw, _, _) in GAINS.items()
        if name != "of two accuracies on 20 bits"
    }
    for name, draw in cases.items():
        cells = (
            found(draw(np.random.default_rng((seed, n)), (draws if n <= 20 else draws // 4, n)))
            for n in SIZES
        )
        print(f"| {name} | {' | '.join(cells)} |")


def families(draws: int, seed: int) -> None:
    """How often studies say anything of three comparisons with one base, where there is nothing to say."""
    sizes = (5, 7, 8, 10, 12, 20)
    title = "Anything found in a family of three comparisons, in %: higher or lower / that or not alike"
    heading(title, "n = ", sizes)
    cases: dict[str, Callable[[np.random.Generator, int], list[list[float]]]] = {
        f"alike, {name}": lambda rng, n, draw=draw: draw(rng, (4, n)).tolist() for name, draw in ALIKE.items()
    }
    losses = rare(0.1, -0.9, 0.1)
    cases["+0.1, one in ten -0.9"] = lambda rng, n: [*losses(rng, (3, n)).tolist(), [0.0] * n]
    for name, draw in cases.items():
        cells = []
        for n in sizes:
            rng, means, found = np.random.default_rng((seed, n)), 0, 0
            for _ in range(draws // 4):
                *arms, base = draw(rng, n)
                verdicts = compare({place: (arm, base) for place, arm in enumerate(arms)}).values()
                means += any(each.verdict in ("higher", "lower") for each in verdicts)
                found += any(each.found for each in verdicts)
            cells.append(" / ".join(percent(4 * count / draws) for count in (means, found)))
        print(f"| {name} | {' | '.join(cells)} |")


def power(draws: int, seed: int) -> None:
    """How often a gain is found that there is."""
    heading(
        "A gain found, in %: by sign flips / bounded, at 5%; gains normal, with a standard deviation of 0.1",
        "n = ",
        SIZES,
    )
    for mean in (0.02, 0.05, 0.1, 0.2, 0.4):
        cells = []
        for n in SIZES:
            rng = np.random.default_rng((seed, n))
            gains = np.clip(np.round(rng.normal(mean, 0.1, (draws // 4, n)), 2), -1, 1)
            cells.append(found(gains))
        print(f"| mean gain {mean:g} | {' | '.join(cells)} |")
    heading("The fewest gains, all of one size, that are found", "", ("at 5%", "at 1%"))
    print(f"| sign flips, any size | {smallest_n(0.05)} | {smallest_n(0.01)} |")
    for size in (1.0, 0.4, 0.2, 0.1, 0.05):
        cells = (str(math.ceil(-math.log(alpha) / math.log1p(size))) for alpha in (0.05, 0.01))
        print(f"| bounded, a size of {size:g} | {' | '.join(cells)} |")


def heading(title: str, before: str, columns: Iterable[object]) -> None:
    columns = [f"{before}{column}" for column in columns]
    print(f"\n{title}:\n\n| | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}", flush=True)


def percent(share: float) -> str:
    shown = f"{100 * share:.1f}"
    return {"100.0": "100" if share == 1 else ">99.9", "0.0": "<0.1" if share else "0"}.get(shown, shown)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # SciPy's, of samples without spread
    for table in (coverage, widths, rates, rejections, families, power):
        table(options.draws, options.seed)
