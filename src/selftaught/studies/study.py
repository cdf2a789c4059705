"""What a study is: a plan that is fixed before the first result, work that is recorded, and a report of it.

All the work of a study is one run: one ledger, one seed, one meter. So it is resumed, limited and made parallel as
any run is, and the ledger is behind every number. The plan is written, and its hash told, before the first result;
a study that is resumed must have the same plan.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, TypeVar

from selftaught.budget import Budget
from selftaught.errors import LimitReached
from selftaught.planning import Uses
from selftaught.program import Program
from selftaught.run import Run
from selftaught.statistics import (
    bounded_interval,
    bounded_p,
    generalisation_bound,
    holm,
    mean_of,
    paired_test,
    smallest_n,
    upwards,
)
from selftaught.task import Task

Row = dict[str, Any]
_Key = TypeVar("_Key")

SCORES = (0.0, 1.0)
"""Between which every score lies, and the mean of scores."""
GAINS = (-1.0, 1.0)
"""Between which the difference of two scores lies."""


@dataclass(frozen=True)
class Settings:
    """What a study is made with. ``tasks`` are prepared; ``improvers`` are the given ones, the seed improver apart.

    ``replicates`` is how often what is random is repeated from seeds of its own: the n of every interval.
    ``models`` is how many there are; a plan has their names. ``names`` are those of ``improvers``, ``made_on`` the
    tasks that each was made on: "?" where that is not known, nothing where it was made on none.
    """

    tasks: tuple[Task, ...]
    replicates: int
    iterations: int
    repeats: int
    adopt: str
    seed_improver: Program
    improvers: tuple[Program, ...] = ()
    models: int = 1
    names: tuple[str, ...] = ()
    made_on: tuple[tuple[str, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it stands in the plan."""
        return {
            "tasks": [task.name for task in self.tasks],
            "replicates": self.replicates,
            "iterations": self.iterations,
            "repeats": self.repeats,
            "adopt": self.adopt,
            "seed_improver": self.seed_improver.fingerprint,
            "improvers": [improver.fingerprint for improver in self.improvers],
            "names": list(self.names),
            "made_on": [list(tasks) for tasks in self.made_on],
        }


@dataclass(frozen=True)
class Defaults:
    """What a study is made with unless told otherwise; None: it has no use for it, and an option is an error."""

    tasks: tuple[str, ...]
    replicates: int
    iterations: int | None = None
    repeats: int | None = None
    adopt: str | None = None
    improvers: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under columns. Numbers are kept as they are; a cell that is None is not known."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    remark: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a figure: ``ys`` over ``xs``, perhaps with an interval (low, high) around each."""

    label: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    intervals: tuple[tuple[float, float] | None, ...] = ()
    faint: bool = False


@dataclass(frozen=True)
class Figure:
    """What a figure shows, however it is drawn; ``kind`` is "lines" or "points" (of groups, side by side)."""

    name: str
    title: str
    x: str
    y: str
    lines: tuple[Line, ...]
    ticks: tuple[str, ...] = ()
    kind: str = "lines"


@dataclass(frozen=True)
class Report:
    """What came of a study: tables, figures, in words what may be said of it, and files (name, text) beside these."""

    tables: tuple[Table, ...]
    figures: tuple[Figure, ...] = ()
    words: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


Work = Callable[[Run, Settings, Callable[[], None]], Awaitable[list[Row]]]


@dataclass(frozen=True)
class Study:
    """One experiment.

    ``analysis`` says, before there are results, what will be compared and by which test. ``work`` does it in a run
    and returns rows, one for each measurement; ``report`` makes of rows, and of nothing else, what is said.
    ``uses`` is the most that it takes. ``comparisons`` are how many are tested together, and of how many pairs each.
    ``rechecked``: what did best is looked at for signs of reward hacking, as in any run.
    """

    name: str
    question: str
    analysis: str
    defaults: Defaults
    parts: Callable[[Settings], int]
    uses: Callable[[Settings, Budget], Uses]
    work: Work
    report: Callable[[Settings, list[Row]], Report] = field(repr=False)
    comparisons: Callable[[Settings], tuple[int, int]] | None = None
    rechecked: bool = True

    def plan(self, settings: Settings, made_with: Mapping[str, Any]) -> dict[str, Any]:
        """What is fixed before the first result, as JSON; ``hash`` is of all the rest.

        ``made_with`` is what the work depends on besides: seed, budget, models, the tasks' contents, the version.
        """
        plan = {
            "study": self.name,
            "question": self.question,
            "analysis": self.analysis,
            "settings": settings.to_json(),
            **self.tested(settings),
            **made_with,
        }
        digest = blake2b(json.dumps(plan, sort_keys=True).encode(), digest_size=8).hexdigest()
        return {**plan, "hash": digest}

    def tested(self, settings: Settings) -> dict[str, int]:
        """How many comparisons are tested together, the pairs of each, and the fewest pairs with which to find one.

        ``smallest_n`` is how many pairs must differ, all in one direction, if only one comparison has anything to it.
        """
        number, pairs = self.comparisons(settings) if self.comparisons else (0, 0)
        if not number:
            return {}
        return {"comparisons": number, "pairs": pairs, "smallest_n": smallest_runs(number)}


async def side_by_side(parts: Iterable[Awaitable[list[Row]]], done: Callable[[], None]) -> list[Row]:
    """The rows of all parts, in their order; ``done`` is called as each is finished."""

    async def one(part: Awaitable[list[Row]]) -> list[Row]:
        rows = await part
        done()
        return rows

    try:
        async with asyncio.TaskGroup() as group:
            working = [group.create_task(one(part)) for part in parts]
    except BaseExceptionGroup as problems:  # a limit that one part met has ended the others
        raise _of_group(problems) from None
    return [row for work in working for row in work.result()]


def _of_group(group: BaseExceptionGroup) -> BaseException:
    """The error that ended a group of parts: a limit that was met only where there is no other."""
    limits, others = group.split(LimitReached)
    problem: BaseException = others or limits or group
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem


def interval_of(values: Sequence[float], ends: tuple[float, float]) -> tuple[float, float] | None:
    """The 95% interval of the mean of values that lie between ``ends``; None, too few to tell, of fewer than two.

    Nothing but the ends is assumed: `bounded_interval`.
    """
    return bounded_interval(values, *ends) if len(values) > 1 else None


def summed_up(
    values: Sequence[float], ends: tuple[float, float]
) -> tuple[float, float | None, float | None, int]:
    """Mean, the two ends of its 95% interval, and n."""
    low, high = interval_of(values, ends) or (None, None)
    return mean_of(values).mean, low, high, len(values)


def rated(count: int, n: int) -> tuple[float | None, float, float]:
    """The share of ``count`` in ``n`` (None of none) and the two ends of its exact 95% interval (Clopper-Pearson)."""
    if not n:
        return None, 0.0, 1.0
    return (count / n, *bounded_interval([1.0] * count + [0.0] * (n - count)))


LEVEL = 0.05
"""Of all comparisons of a study together: the chance, at most, of finding anything where there is nothing."""
HIGHER, LOWER = "higher", "lower"
UNLIKE_HIGHER, UNLIKE_LOWER = "not alike, higher", "not alike, lower"
NOT_SHOWN, TOO_FEW = "no difference shown", "too few differ"


@dataclass(frozen=True)
class Compared:
    """One of several paired comparisons: the mean difference, its 95% interval, and what may be said of it.

    ``p`` is two-sided, ``corrected`` is it by Holm's method over all comparisons that were made together.
    """

    difference: float
    low: float | None
    high: float | None
    n: int
    p: float
    corrected: float
    verdict: str

    @property
    def found(self) -> bool:
        """Whether anything may be said but that nothing is shown."""
        return self.verdict not in (NOT_SHOWN, TOO_FEW)

    def cells(self) -> tuple[Any, ...]:
        """For a table: under :data:`COMPARED`."""
        return (
            self.difference,
            self.low,
            self.high,
            self.n,
            self.p,
            self.corrected,
            self.verdict,
        )

    def told(self) -> str:
        """In words."""
        between = "" if self.low is None else f", 95% interval {self.low:+.4f} to {self.high:+.4f}"
        return f"{self.difference:+.4f}{between}, p = {upwards(self.corrected)} by Holm: {self.verdict}"


COMPARED = ("difference", "low", "high", "runs", "p", "p (Holm)", "")
COMPARED_BY = (
    "Two-sided sign-flipping tests at 5%, corrected over all comparisons of this study by Holm's method; intervals "
    "are of 95% for each difference alone."
)
"""What is to be said under a table of comparisons."""


def compare(
    pairs: Mapping[_Key, tuple[Sequence[float], Sequence[float]]],
    ends: Mapping[_Key, tuple[float, float]] | None = None,
) -> dict[_Key, Compared]:
    """Compare the first of each pair with the second, value by value, in both directions; all of them together.

    p is twice the smaller of the two one-sided sign-flipping tests'. The verdicts, each by Holm's method at 5%:

    - "higher", "lower": the mean difference is not 0, by the test that its bounded interval is of, which holds
      whatever the differences' shape; so the interval lies on one side of 0. And what follows holds too.
    - "not alike, higher" or "lower" (on average): by p. The two are not alike; that their *means* differ follows only
      if differences of what is alike in the mean are symmetric around 0.
    - "too few differ": had all differences that there are had one sign, p could not have shown it.
    - "no difference shown".

    ``ends`` are those between which the differences of a pair lie, of pairs where these are not :data:`GAINS`.
    """
    between = dict.fromkeys(pairs, GAINS) | dict(ends or {})
    ps, least, of_means, gains = {}, {}, {}, {}
    for key, (one, other) in pairs.items():
        tests = paired_test(one, other), paired_test(other, one)
        ps[key] = min(1.0, 2 * min(test.p for test in tests))
        least[key] = min(1.0, 2 * tests[0].smallest_p)
        low, high = between[key]
        gains[key] = [
            round(a - b, 12) for a, b in zip(one, other, strict=True)
        ]  # not beyond an end by a rounding
        tails = bounded_p(gains[key], 0.0, low), bounded_p([-gain for gain in gains[key]], 0.0, -high)
        of_means[key] = min(1.0, 2 * min(tails))
    by_holm, means_by_holm = _by_holm(ps), _by_holm(of_means)
    found = {}
    for key, gain in gains.items():
        mean, lowest, highest, n = summed_up(gain, between[key])
        verdict = NOT_SHOWN
        if by_holm[key] <= LEVEL and means_by_holm[key] <= LEVEL:
            verdict = HIGHER if mean > 0 else LOWER
        elif by_holm[key] <= LEVEL:
            verdict = UNLIKE_HIGHER if mean > 0 else UNLIKE_LOWER
        elif _by_holm({**ps, key: least[key]})[key] > LEVEL:
            verdict = TOO_FEW
        found[key] = Compared(mean, lowest, highest, n, ps[key], by_holm[key], verdict)
    return found


def _by_holm(ps: Mapping[_Key, float]) -> dict[_Key, float]:
    return dict(zip(ps, holm(ps.values()), strict=True))


def smallest_runs(comparisons: int) -> int:
    """How many runs must differ, all in one direction, for one of so many comparisons to be found alone."""
    return smallest_n(LEVEL / 2 / comparisons)


def spelled(improver: str) -> tuple[int, int]:
    """An improver's length in characters, and the size of the alphabet it is written in: ASCII's, or Unicode's."""
    return len(improver), 128 if improver.isascii() else sys.maxunicode + 1


def generalisation_told(length: int, alphabet: int, n: int) -> str:
    """In words, the paper's bound for improvers of so many characters of an alphabet, chosen by ``n`` uses."""
    bound = generalisation_bound(n, length, alphabet, LEVEL)
    says = (
        "which says nothing, for scores lie in [0, 1] anyway" if bound >= 1
        else "which holds for every improver of that length at once, however it was chosen"
    )  # fmt: skip
    return (
        f"The paper's generalisation bound (improvers of at most {length:,} characters of {alphabet:,}, chosen by "
        f"n = {n} uses, delta = {LEVEL:g}): the meta-utility by which one is chosen is within {bound:.3g} of its "
        f"expectation, {says}."
    )


def generalisation_of(improver: str, n: int) -> str:
    """The same for the text of one improver."""
    return generalisation_told(*spelled(improver), n)


def parts_by_run(settings: Settings) -> int:
    """The parts of a study whose parts are runs, each of one task."""
    return len(settings.tasks) * settings.replicates


def by_run(one: Callable[[Run, Settings, Task, int], Awaitable[list[Row]]]) -> Work:
    """The work of such a study, of what is done in one run."""

    async def work(run: Run, settings: Settings, done: Callable[[], None]) -> list[Row]:
        parts = (
            one(run, settings, task, number)
            for task in settings.tasks
            for number in range(settings.replicates)
        )
        return await side_by_side(parts, done)

    return work


def curves_of(rows: Iterable[Row]) -> list[list[float]]:
    """The test meta-utilities of each run, by iteration."""
    runs: dict[int, dict[int, float]] = {}
    for row in rows:
        runs.setdefault(row["run"], {})[row["t"]] = row["test"]
    return [[curve[t] for t in sorted(curve)] for _, curve in sorted(runs.items())]


def uses_of_search(iterations: int, each: int, budget: Budget) -> Uses:
    """The most that ``iterations`` rounds of STOP use improvers, measured on ``each`` meta-instances, to choose.

    In a round the incumbent is used once on itself, may ask for ``budget.scores`` scores, meets what it proposes on
    validation, and a proposal that is adopted is scored on search if its score was never asked for.
    """
    return Uses(iterations, iterations * (budget.scores + 3) * each)
