"""What a study is: a plan that is fixed before the first result, work that is recorded, and a report of it.

All the work of a study is one run: one ledger, one seed, one meter. So it is resumed, limited and made parallel as
any run is, and the ledger is behind every number. The plan is written, and its hash told, before the first result;
a study that is resumed must have the same plan.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, TypeVar

from selftaught.budget import Budget
from selftaught.errors import LimitReached
from selftaught.planning import Uses
from selftaught.program import Program
from selftaught.run import Run
from selftaught.statistics import bounded_interval, holm, mean_of, paired_test, t_interval, wilson
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
    """What came of a study: tables, figures, and in words what may be said of it."""

    tables: tuple[Table, ...]
    figures: tuple[Figure, ...] = ()
    words: tuple[str, ...] = ()


Done = Callable[[Iterable[Row]], None]


@dataclass(frozen=True)
class Study:
    """One experiment.

    ``analysis`` says, before there are results, what will be compared and by which test. ``work`` does it in a run
    and returns rows, one for each measurement; ``report`` makes of rows, and of nothing else, what is said.
    ``uses`` is the most that it takes.
    """

    name: str
    question: str
    analysis: str
    defaults: Defaults
    parts: Callable[[Settings], int]
    uses: Callable[[Settings, Budget], Uses]
    work: Callable[[Run, Settings, Callable[[], None]], Awaitable[list[Row]]]
    report: Callable[[Settings, list[Row]], Report] = field(repr=False)

    def plan(self, settings: Settings, budget: Budget, seed: int, models: Sequence[str]) -> dict[str, Any]:
        """What is fixed before the first result, as JSON; ``hash`` is of all the rest."""
        plan = {
            "study": self.name,
            "question": self.question,
            "analysis": self.analysis,
            "settings": settings.to_json(),
            "budget": {
                name: getattr(budget, name) for name in ("calls", "samples", "scores", "answer_tokens")
            },
            "seed": seed,
            "models": list(models),
        }
        digest = blake2b(json.dumps(plan, sort_keys=True).encode(), digest_size=8).hexdigest()
        return {**plan, "hash": digest}


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


def student(values: Sequence[float]) -> tuple[float, float | None, float | None, int]:
    """The same of values without ends, such as calls: by Student's interval, which takes them for normal."""
    low, high = t_interval(values) if len(values) > 1 else (None, None)
    return mean_of(values).mean, low, high, len(values)


def rated(count: int, n: int) -> tuple[float | None, float, float]:
    """The share of ``count`` in ``n`` (None of none) and the two ends of Wilson's 95% interval."""
    return (count / n if n else None, *wilson(count, n))


def two_sided(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return p of the paired sign-flipping test, in either direction; None where too few pairs differ.

    Of values that are 0 or 1 it is McNemar's exact test.
    """
    if not one:
        return None
    up, down = paired_test(one, other), paired_test(other, one)
    if 2 * up.smallest_p > up.alpha:
        return None
    return min(1.0, 2 * min(up.p, down.p))


def corrected(ps: Sequence[float | None]) -> list[float | None]:
    """Those of ``ps`` that are known, corrected for the number of all that were to be made (Holm)."""
    return [
        None if p is None else q for p, q in zip(ps, holm(1.0 if p is None else p for p in ps), strict=True)
    ]


LEVEL = 0.05
"""Of every two-sided comparison, after correction."""


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


COMPARED = ("difference", "low", "high", "runs", "p", "p (Holm)", "")


def compare(pairs: Mapping[_Key, tuple[Sequence[float], Sequence[float]]]) -> dict[_Key, Compared]:
    """Compare the first of each pair with the second, value by value, in both directions.

    p is twice the smaller of the two one-sided sign-flipping tests'. "too few differ to tell" stands where even with
    every difference of the same sign the corrected p could not have reached 5%.
    """
    ps, least, gains = {}, {}, {}
    for key, (one, other) in pairs.items():
        tests = paired_test(one, other), paired_test(other, one)
        ps[key] = min(1.0, 2 * min(test.p for test in tests))
        least[key] = min(1.0, 2 * tests[0].smallest_p)
        gains[key] = [a - b for a, b in zip(one, other, strict=True)]
    by_holm = dict(zip(ps, holm(ps.values()), strict=True))
    found = {}
    for key, gain in gains.items():
        best = dict(zip(ps, holm({**ps, key: least[key]}.values()), strict=True))[key]
        mean, low, high, n = summed_up(gain, GAINS)
        verdict = "no difference shown"
        if by_holm[key] <= LEVEL:
            verdict = "higher" if mean > 0 else "lower"
        elif best > LEVEL:
            verdict = "too few differ to tell"
        found[key] = Compared(mean, low, high, n, ps[key], by_holm[key], verdict)
    return found


def uses_of_search(iterations: int, each: int, budget: Budget) -> Uses:
    """The most that ``iterations`` rounds of STOP use improvers, measured on ``each`` meta-instances, to choose.

    In a round the incumbent is used once on itself, may ask for ``budget.scores`` scores, meets what it proposes on
    validation, and a proposal that is adopted is scored on search if its score was never asked for.
    """
    return Uses(iterations, iterations * (budget.scores + 3) * each)
