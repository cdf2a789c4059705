"""Whether an improver that improves itself on a task gets better on that task: the paper's Figure 4.

R independent runs of STOP on one task; the test meta-utility of each run's improver after each iteration.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.meta import MetaTask
from selftaught.planning import Uses, uses_of_run
from selftaught.run import Run
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
    by_run,
    compare,
    curves_of,
    generalisation_told,
    interval_of,
    parts_by_run,
    spelled,
    summed_up,
)
from selftaught.task import Task


def _uses(settings: Settings, budget: Budget) -> Uses:
    one = uses_of_run(1, settings.repeats, settings.iterations, budget)
    return Uses(parts_by_run(settings) * one.meta, parts_by_run(settings) * one.tasks)


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
                "raw": each.test.raw, "raws": sum(evaluation.raw is not None for evaluation in each.test.evaluations),
                "uses": len(each.test.evaluations), "spelled": spelled(each.improver.text),
                "failed": sum(evaluation.status != "ok" for evaluation in each.test.evaluations),
            }
        )  # fmt: skip
    return rows


def _report(settings: Settings, rows: list[Row]) -> Report:
    of_task: dict[str, list[Row]] = {}
    for row in rows:
        of_task.setdefault(row["task"], []).append(row)
    curves = {task: curves_of(each) for task, each in of_task.items()}
    compared = compare(
        {task: ([curve[-1] for curve in each], [curve[0] for curve in each]) for task, each in curves.items()}
    )
    last = f"I{settings.iterations} against I0"
    tables = [_by_iteration(task, each, curves[task]) for task, each in of_task.items()]
    differences = Table(
        f"{last}, paired by run",
        ("task", *COMPARED),
        tuple((task, *each.cells()) for task, each in compared.items()),
        COMPARED_BY,
    )
    words = []
    for task, each in of_task.items():
        words.append(f"{task}: {last}, paired by run: {compared[task].told()}")
        ends = (row["spelled"] for row in each if row["t"] == settings.iterations)
        length, alphabet = map(max, zip(*ends, strict=True))
        words.append(f"{task}: {generalisation_told(length, alphabet, settings.repeats)}")
    figures = tuple(_figure(task, each) for task, each in curves.items())
    return Report((*tables, differences), figures, tuple(words))


def _by_iteration(task: str, rows: Sequence[Row], curves: Sequence[Sequence[float]]) -> Table:
    """A line for each iteration; in the task's own unit too where it has one."""
    of_t: dict[int, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["run"]):
        of_t.setdefault(row["t"], []).append(row)
    has_raw = any(row["raw"] is not None for row in rows)
    lacks = has_raw and any(row["raws"] < row["uses"] for row in rows)
    lines = []
    for t, each in sorted(of_t.items()):
        gains = [curve[t] - curve[0] for curve in curves]
        gained = summed_up(gains, GAINS)[:3] if t else (None, None, None)
        changed = sum(
            any(row["adopted"] for row in rows if row["run"] == one["run"] and row["t"] <= t) for one in each
        )
        raw: tuple[float | None, ...] = ()
        if has_raw:
            pairs = [
                (one["raw"], first["raw"])
                for one, first in zip(each, of_t[0], strict=True)
                if None not in (one["raw"], first["raw"])
            ]
            raw = (_mean(one["raw"] for one in each), _mean(a - b for a, b in pairs) if t else None)
        if lacks:
            raw += (sum(one["raws"] for one in each),)
        lines.append((f"I{t}", *summed_up([curve[t] for curve in curves], SCORES), *gained, changed, *raw))
    columns = ["", "test", "low", "high", "runs", "gain", "gain low", "gain high", "adopted"]
    remark = (
        f"Test meta-utility over {len(curves)} independent runs, with 95% intervals; adopted: runs that had adopted "
        "anything by then."
    )
    if has_raw:
        columns += ["raw", "raw gain"]
        remark += " raw: in the task's own unit, the mean over runs."
    if lacks:
        columns.append("with raw")
        uses = sum(row["uses"] for row in of_t[0])
        remark += f" with raw: of {uses} uses, those that have one: a use that came to nothing has none."
    return Table(task, tuple(columns), tuple(lines), remark)


def _mean(values: Iterable[float | None]) -> float | None:
    """The mean of those that are known."""
    known = [value for value in values if value is not None]
    return mean_of(known).mean if known else None


def _figure(task: str, curves: Sequence[Sequence[float]]) -> Figure:
    faint = [
        Line(f"run {number}", tuple(range(len(curve))), tuple(curve), faint=True)
        for number, curve in enumerate(curves)
    ]
    steps = list(zip(*curves, strict=True))
    mean = Line(
        "mean",
        tuple(range(len(steps))),
        tuple(mean_of(values).mean for values in steps),
        tuple(interval_of(values, SCORES) for values in steps),
    )
    return Figure(f"fixed-task-{task}", task, "iteration", "test meta-utility", (*faint, mean))


STUDY = Study(
    "fixed-task",
    "does an improver that improves itself on a task get better on that task?",
    "Test meta-utility of the incumbent after each iteration, one value a run; mean and Gaffke's 95% interval over "
    "runs, which assumes nothing but a score's range. I_T against I_0, paired by run, each task alone: "
    f"{COMPARED_BY}",
    Defaults(("lpn",), replicates=10, iterations=4, repeats=5, adopt="not-worse"),
    parts_by_run,
    _uses,
    by_run(_one),
    _report,
    lambda settings: (len(settings.tasks), settings.replicates),
)
