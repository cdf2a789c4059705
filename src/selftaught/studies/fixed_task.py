"""Whether an improver that improves itself on a task gets better on that task: the paper's Figure 4.

R independent runs of STOP on one task; the test meta-utility of each run's improver after each iteration.
"""

from __future__ import annotations

from collections.abc import Callable

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.meta import MetaTask
from selftaught.planning import Uses, uses_of_run
from selftaught.run import Run
from selftaught.statistics import paired_test
from selftaught.stop import stop
from selftaught.studies.study import (
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
    interval_of,
    side_by_side,
    summed_up,
)
from selftaught.task import Task


def _parts(settings: Settings) -> int:
    return len(settings.tasks) * settings.replicates


def _uses(settings: Settings, budget: Budget) -> Uses:
    one = uses_of_run(1, settings.repeats, settings.iterations, budget)
    return Uses(_parts(settings) * one.meta, _parts(settings) * one.tasks)


async def _work(run: Run, settings: Settings, done: Callable[[], None]) -> list[Row]:
    return await side_by_side(
        (
            _one(run, settings, task, number)
            for task in settings.tasks
            for number in range(settings.replicates)
        ),
        done,
    )


async def _one(run: Run, settings: Settings, task: Task, number: int) -> list[Row]:
    here = Address(("fixed-task", task.name, f"run{number}"))
    meta = MetaTask((task,), settings.repeats, settings.seed_improver, run.budget, len(run.models))
    rows = []
    async for each in stop(run, meta, settings.iterations, settings.adopt, here):
        assert each.test is not None  # else a limit of the run was met, which has ended this
        run.ledger.add_program(each.improver)
        rows.append(
            {
                "task": task.name, "run": number, "t": each.t, "improver": each.improver.fingerprint,
                "adopted": each.adopted, "why": each.why, "test": each.test.mean.mean,
                "validation": each.validation.mean.mean, "search": each.search.mean.mean,
                "failed": sum(evaluation.status != "ok" for evaluation in each.test.evaluations),
            }
        )  # fmt: skip
    return rows


def _report(settings: Settings, rows: list[Row]) -> Report:
    tables, figures, words = [], [], []
    for task in dict.fromkeys(row["task"] for row in rows):
        curves = _curves([row for row in rows if row["task"] == task])
        lines, figure = [], []
        for t in range(settings.iterations + 1):
            values = [curve[t] for curve in curves]
            gains = [curve[t] - curve[0] for curve in curves]
            gained = summed_up(gains, GAINS)[:3] if t else (None, None, None)
            lines.append((f"I{t}", *summed_up(values, SCORES), *gained))
        for number, curve in enumerate(curves):
            figure.append(Line(f"run {number}", tuple(range(len(curve))), tuple(curve), faint=True))
        means = tuple(line[1] for line in lines)
        intervals = tuple(interval_of([curve[t] for curve in curves], SCORES) for t in range(len(means)))
        figure.append(Line("mean", tuple(range(len(means))), means, intervals))
        remark = f"Test meta-utility over {len(curves)} independent runs, with 95% intervals."
        columns = ("", "test", "low", "high", "runs", "gain", "gain low", "gain high")
        tables.append(Table(task, columns, tuple(lines), remark))
        figures.append(Figure(f"fixed-task-{task}", task, "iteration", "test meta-utility", tuple(figure)))
        test = paired_test([curve[-1] for curve in curves], [curve[0] for curve in curves])
        words.append(f"{task}: I{settings.iterations} against I0, paired by run: {test.told('run')}")
    return Report(tuple(tables), tuple(figures), tuple(words))


def _curves(rows: list[Row]) -> list[list[float]]:
    """The test meta-utilities of each run, by iteration."""
    runs: dict[int, dict[int, float]] = {}
    for row in rows:
        runs.setdefault(row["run"], {})[row["t"]] = row["test"]
    return [[curve[t] for t in sorted(curve)] for _, curve in sorted(runs.items())]


STUDY = Study(
    "fixed-task",
    "does an improver that improves itself on a task get better on that task?",
    "Test meta-utility of the incumbent after each iteration, one value a run; mean and Gaffke's 95% interval over "
    "runs, which assumes nothing but a score's range. I_T against I_0 by the one-sided paired sign-flipping test at "
    "5%, paired by run, each task alone.",
    Defaults(("lpn",), replicates=5, iterations=4, repeats=5, adopt="not-worse"),
    _parts,
    _uses,
    _work,
    _report,
)
