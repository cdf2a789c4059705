"""What is best done more of at the same cost: iterations, instances, or tasks.

Every arm is STOP from the seed improver, and uses improvers on tasks equally often at most: iterations x repeats x
tasks is the same in all. The first arm has the iterations and repeats that are given, with all tasks. Each further
one has fewer iterations (the divisors of the given number), and so many times more repeats of each task; and where
there are several tasks, one more has the given iterations and the first task alone, with so many times more repeats.

The improver that each ends with is measured on the same test meta-instances of all tasks: as many of each as the
arm with one iteration is judged on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.errors import InputError
from selftaught.meta import MetaTask
from selftaught.planning import Uses
from selftaught.program import Program
from selftaught.run import Run
from selftaught.scoring import Result, score
from selftaught.statistics import mean_of
from selftaught.stop import stop
from selftaught.studies.study import (
    COMPARED,
    COMPARED_BY,
    GAINS,
    SCORES,
    Defaults,
    Figure,
    Line,
    Report,
    Row,
    Settings,
    Study,
    Table,
    compare,
    side_by_side,
    summed_up,
    uses_of_search,
)
from selftaught.task import Task

_SEED = "seed improver"


@dataclass(frozen=True)
class _Arm:
    """One way to spend the calls: so many iterations, judged by so many repeats of each of these tasks."""

    name: str
    iterations: int
    repeats: int
    tasks: tuple[Task, ...]

    @property
    def place(self) -> str:
        """Its name in addresses."""
        return f"{self.iterations}x{self.repeats}x{len(self.tasks)}"

    def uses(self, budget: Budget) -> Uses:
        """The most that it uses improvers to choose."""
        return uses_of_search(self.iterations, self.repeats * len(self.tasks), budget)


def _arms(settings: Settings) -> tuple[_Arm, ...]:
    deep, several = settings.iterations, len(settings.tasks) > 1
    if deep < 2 and not several:
        raise InputError(
            "breadth with one task needs at least 2 iterations, to have fewer of them in another arm"
        )
    what = f", {len(settings.tasks)} tasks" if several else ""
    arms = [
        _Arm(
            f"{each} x {settings.repeats * deep // each}{what}",
            each,
            settings.repeats * deep // each,
            settings.tasks,
        )
        for each in range(deep, 0, -1)
        if deep % each == 0
    ]
    if several:
        first, repeats = settings.tasks[0], settings.repeats * len(settings.tasks)
        arms.append(_Arm(f"{deep} x {repeats}, {first.name} alone", deep, repeats, (first,)))
    return tuple(arms)


def _parts(settings: Settings) -> int:
    return settings.replicates * (1 + len(_arms(settings)))


def _uses(settings: Settings, budget: Budget) -> Uses:
    arms = _arms(settings)
    each = [arm.uses(budget) for arm in arms]
    firsts = sum(2 * arm.repeats * len(arm.tasks) for arm in arms)  # the seed's, on search and validation
    tests = (1 + len(arms)) * settings.iterations * settings.repeats * len(settings.tasks)
    meta, tasks = sum(use.meta for use in each), sum(use.tasks for use in each) + firsts + tests
    return Uses(settings.replicates * meta, settings.replicates * tasks)


async def _work(run: Run, settings: Settings, done: Callable[[], None]) -> list[Row]:
    return await side_by_side(
        (
            _one(run, settings, arm, number)
            for number in range(settings.replicates)
            for arm in (None, *_arms(settings))
        ),
        done,
    )


async def _one(run: Run, settings: Settings, arm: _Arm | None, number: int) -> list[Row]:
    """One arm of one run; without an arm, the seed improver."""
    improver, calls, allowed = settings.seed_improver, 0, 0
    here = Address(("breadth", f"run{number}"))
    if arm is not None:
        meta = MetaTask(arm.tasks, arm.repeats, improver, run.budget, len(run.models))
        most = arm.uses(run.budget)
        allowed = (most.meta + most.tasks) * run.budget.calls
        async for each in stop(run, meta, arm.iterations, settings.adopt, here / arm.place, test=False):
            improver = each.improver
            calls += sum(map(run.ledger.calls_below, each.places))
    run.meter.check()
    run.ledger.add_program(improver)
    name = _SEED if arm is None else arm.name
    return [
        {
            "run": number, "arm": name, "improver": improver.fingerprint, "new": improver != settings.seed_improver,
            **measured, "calls": calls, "allowed": allowed,
        }
        for measured in await _tested(run, settings, improver, here)
    ]  # fmt: skip


async def _tested(run: Run, settings: Settings, improver: Program, here: Address) -> list[Row]:
    """What the improver came to on the test instances of each task, which are the same for all arms of a run."""
    widest = settings.iterations * settings.repeats
    meta = MetaTask(settings.tasks, widest, settings.seed_improver, run.budget, len(run.models))
    instances = meta.draw("test", run.seed_of(*here.path, "test"))
    whole = await score(run, meta, improver, instances, here / "test")
    rows = []
    for task in settings.tasks:
        own = Result(
            improver,
            tuple(
                evaluation
                for instance, evaluation in zip(instances, whole.evaluations, strict=True)
                if meta.task_of(instance).name == task.name
            ),
        )
        rows.append(
            {
                "task": task.name, "test": own.mean.mean, "raw": own.raw,
                "failed": sum(evaluation.status != "ok" for evaluation in own.evaluations),
            }
        )  # fmt: skip
    return rows


def _report(settings: Settings, rows: list[Row]) -> Report:
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    deepest, *others = [arm for arm in arms if arm != _SEED]
    firsts = {arm: [row for row in rows if row["arm"] == arm and row["task"] == tasks[0]] for arm in arms}
    overall = {arm: _by_run(rows, arm, tasks) for arm in arms}
    means = Table(
        "test meta-utility of what each arm ends with",
        ("iterations x repeats", "test", "low", "high", "runs", "new", "calls", "allowed"),
        tuple(
            (
                arm, *summed_up(overall[arm], SCORES), sum(row["new"] for row in firsts[arm]),
                mean_of([row["calls"] for row in firsts[arm]]).mean, firsts[arm][0]["allowed"],
            )
            for arm in arms
        ),
        "Mean over tasks and runs with 95% intervals over runs. new: runs that end with another improver "
        "than the seed. calls: mean of those that went into choosing; allowed: the most of these, which differs "
        "between arms by the calls on improvers alone.",
    )  # fmt: skip
    compared = compare({arm: (overall[arm], overall[deepest]) for arm in others})
    differences = Table(
        f"against {deepest}, paired by run",
        ("iterations x repeats", *COMPARED),
        tuple((arm, *each.cells()) for arm, each in compared.items()),
        COMPARED_BY,
    )
    tables = [means, differences]
    if len(tasks) > 1:
        tables.append(_task_by_task(rows, arms, tasks, deepest))
    found = "; ".join(f"{arm} {each.told()}" for arm, each in compared.items())
    words = f"Against {deepest}, at equal cost: {found}."
    return Report(tuple(tables), (_figure(overall),), (words,))


def _by_run(rows: Sequence[Row], arm: str, tasks: Sequence[str]) -> list[float]:
    """The mean over tasks of each run."""
    found: dict[int, list[float]] = {}
    for row in rows:
        if row["arm"] == arm and row["task"] in tasks:
            found.setdefault(row["run"], []).append(row["test"])
    return [mean_of(values).mean for _, values in sorted(found.items())]


def _task_by_task(rows: Sequence[Row], arms: Sequence[str], tasks: Sequence[str], deepest: str) -> Table:
    lines = []
    for task in tasks:
        for arm in arms:
            values, base = _by_run(rows, arm, [task]), _by_run(rows, deepest, [task])
            raws = [row["raw"] for row in rows if (row["arm"], row["task"]) == (arm, task)]
            gains = summed_up([a - b for a, b in zip(values, base, strict=True)], GAINS)[:3]
            lines.append(
                (
                    task, arm, *summed_up(values, SCORES)[:3], None if None in raws else mean_of(raws).mean,
                    *(gains if arm != deepest else (None, None, None)),
                )
            )  # fmt: skip
    return Table(
        "task by task",
        (
            "task",
            "iterations x repeats",
            "test",
            "low",
            "high",
            "raw",
            "difference",
            "diff. low",
            "diff. high",
        ),
        tuple(lines),
        f"raw: in the task's own unit. Differences to {deepest}, paired by run, not tested: to be read, not counted.",
    )


def _figure(overall: dict[str, list[float]]) -> Figure:
    xs = tuple(range(len(overall)))
    faint = [
        Line(f"run {number}", xs, tuple(each), faint=True)
        for number, each in enumerate(zip(*overall.values(), strict=True))
    ]
    means = [summed_up(values, SCORES) for values in overall.values()]
    intervals = tuple(None if low is None or high is None else (low, high) for _, low, high, _ in means)
    loud = Line("mean, 95% interval", xs, tuple(each[0] for each in means), intervals)
    return Figure(
        "breadth",
        "breadth",
        "iterations x repeats",
        "test meta-utility",
        (*faint, loud),
        tuple(overall),
        "points",
    )


STUDY = Study(
    "breadth",
    "what is best done more of at the same cost: iterations, instances, or tasks?",
    "Test meta-utility of the improver that each arm ends with, on the same test meta-instances of all tasks in each "
    "run, all tasks weighing the same; differences to the arm with the most iterations and all tasks, paired by run. "
    "Iterations x repeats x tasks, and so the most uses of improvers on tasks, are the same in all arms. "
    f"{COMPARED_BY}",
    Defaults(("lpn", "bin_packing"), replicates=10, iterations=4, repeats=2, adopt="not-worse"),
    _parts,
    _uses,
    _work,
    _report,
    lambda settings: (len(_arms(settings)) - 1, settings.replicates),
)
