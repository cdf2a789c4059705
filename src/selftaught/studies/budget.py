"""What self-improvement costs and what it is worth: the calls of a STOP run, spent on the task itself instead.

R independent runs of STOP on a task. Then on problems that nothing was chosen by:

- the improved improver and the seed improver, which may make the same number of calls;
- the seed improver started again and again until it has made as many calls as the improved one did, of whose results
  the one counts that the utility likes best: what is left of the gain is not only more samples;
- the same with the run's own calls shared out over N later problems: the N from which on the improved improver is
  ahead is after how many later problems the run has paid for itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.meta import MetaTask
from selftaught.planning import Uses, uses_of_run
from selftaught.run import Run
from selftaught.statistics import mean_of
from selftaught.stop import stop
from selftaught.studies.again import Again
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
    interval_of,
    parts_by_run,
    summed_up,
)
from selftaught.task import Task

_SEED, _LAST, _AGAIN = "seed improver", "improved improver", "seed improver, equal calls"
LATER = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
"""Over how many later problems a run's calls are shared out, as long as each gets any."""


def _uses(settings: Settings, budget: Budget) -> Uses:
    one = uses_of_run(1, settings.repeats, settings.iterations, budget)
    calls = (one.meta + one.tasks) * budget.calls
    # the last use that begins within its share may make all its calls; one that makes none counts as one call
    again, again_calls = (
        (settings.repeats - 1) * budget.calls,
        (settings.repeats - 1) * (2 * budget.calls - 1),
    )
    direct, direct_calls = calls + budget.calls, calls + 2 * budget.calls - 1
    n = parts_by_run(settings)
    return Uses(
        n * one.meta,
        n * (one.tasks + again + direct),
        n * (one.tasks * budget.calls + again_calls + direct_calls),
    )


async def _one(run: Run, settings: Settings, task: Task, number: int) -> list[Row]:
    """One run of STOP, and what its calls would have bought."""
    here = Address(("budget", task.name, f"run{number}"))
    recursion = here / "stop"
    meta = MetaTask((task,), settings.repeats, settings.seed_improver, run.budget, len(run.models))
    iterations = [each async for each in stop(run, meta, settings.iterations, settings.adopt, recursion)]
    for each in iterations:
        run.ledger.add_program(each.improver)
    # what the test measurements cost is this study's, not the run's
    cost = run.ledger.calls_below(recursion) - sum(
        run.ledger.calls_below(recursion / f"t{each.t}" / "test") for each in iterations
    )
    adopted = [each for each in iterations if each.adopted]
    about = {"task": task.name, "run": number}
    rows: list[Row] = [{**about, "what": "run", "calls": cost, "adopted": len(adopted)}]

    instances = meta.draw("test", run.seed_of(*recursion.path, "test"))
    made: dict[str, list[tuple[float, int]]] = {}  # by each improver, on each instance: score and calls
    for name, each in ((_SEED, iterations[0]), (_LAST, adopted[-1] if adopted else iterations[0])):
        assert each.test is not None  # else a limit of the run was met, which has ended this
        below = recursion / f"t{each.t}" / "test"
        places = [meta.used_at(below, each.improver, instance) for instance in instances]
        made[name] = list(zip(each.test.values, map(run.ledger.calls_at, places), strict=True))
    again = [
        Again(run, meta, meta.start, each, here / "direct" / index) for index, each in enumerate(instances)
    ]
    bought = await asyncio.gather(
        *(each.spend(calls) for each, (_, calls) in zip(again, made[_LAST], strict=True))
    )
    made[_AGAIN] = [(each.result.mean.mean, each.calls) for each in bought]
    for name, found in made.items():
        rows += [
            {**about, "what": "use", "by": name, "instance": index, "score": value, "calls": calls}
            for index, (value, calls) in enumerate(found)
        ]

    improved, own = made[_LAST][0]
    await again[0].spend(own + cost)  # all of it at once, side by side; the shares are its beginnings
    shares = [(later, cost // later) for later in LATER if later <= cost]
    for later, share in (*shares, (None, 0)):
        shared = await again[0].spend(own + share)
        rows.append(
            {
                **about, "what": "shared", "later": later, "score": shared.result.mean.mean, "calls": shared.calls,
                "improved": improved,
            }
        )  # fmt: skip
    return rows


# --- the report ----------------------------------------------------------------------------------------------------


def _report(settings: Settings, rows: list[Row]) -> Report:
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    of_task = {task: [row for row in rows if row["task"] == task] for task in tasks}
    tables = [_costs(of_task), _one_use(of_task), _gains(of_task)]
    figures, words = [], []
    for task in tasks:
        table, figure, told = _shared(task, of_task[task])
        tables.append(table)
        figures.append(figure)
        words += [_samples_told(task, of_task[task]), told]
    return Report(tuple(tables), tuple(figures), tuple(words))


def _costs(of_task: dict[str, list[Row]]) -> Table:
    lines = []
    for task, rows in of_task.items():
        runs = [row for row in rows if row["what"] == "run"]
        changed, calls = sum(row["adopted"] > 0 for row in runs), [row["calls"] for row in runs]
        lines.append((task, mean_of(calls).mean, min(calls), max(calls), len(runs), changed))
    return Table(
        "what a run of STOP costs", ("task", "calls", "least", "most", "runs", "runs that adopted"), tuple(lines),
        "Calls on improvers and for search and validation scores; those for test scores are not counted. Mean, least "
        "and most of the runs. A run that adopted nothing has the seed improver at its end.",
    )  # fmt: skip


def _by_run(rows: Sequence[Row], by: str, field: str = "score") -> list[float]:
    """One value a run: the mean over its uses."""
    uses = [row for row in rows if row["what"] == "use" and row["by"] == by]
    runs = dict.fromkeys(row["run"] for row in uses)
    return [mean_of([row[field] for row in uses if row["run"] == run]).mean for run in runs]


def _one_use(of_task: dict[str, list[Row]]) -> Table:
    lines = [
        (task, by, *summed_up(_by_run(rows, by), SCORES), mean_of(_by_run(rows, by, "calls")).mean)
        for task, rows in of_task.items()
        for by in (_SEED, _LAST, _AGAIN)
    ]
    return Table(
        "one later use", ("task", "by", "score", "low", "high", "runs", "calls"), tuple(lines),
        "Test scores, one value a run (the mean over its test problems), with 95% interval over runs. "
        "Calls: the mean of what was made on a problem. Equal calls: the seed improver again and again until it has "
        "made as many.",
    )  # fmt: skip


def _parts_of_gain(rows: Sequence[Row]) -> dict[str, tuple[list[float], list[float]]]:
    """What is compared, one value a run: the whole gain of the improved improver, and its two parts."""
    seed, last, again = (_by_run(rows, by) for by in (_SEED, _LAST, _AGAIN))
    return {
        "whole gain": (last, seed),
        "only more samples": (again, seed),
        "beyond more samples": (last, again),
    }


def _gains_of(rows: Sequence[Row]) -> dict[str, list[float]]:
    """The same as differences: the parts add up to the whole."""
    parts = _parts_of_gain(rows)
    return {part: [a - b for a, b in zip(*both, strict=True)] for part, both in parts.items()}


_TESTED = ("whole gain", "beyond more samples")


def _gains(of_task: dict[str, list[Row]]) -> Table:
    pairs = {
        (task, part): both for task, rows in of_task.items() for part, both in _parts_of_gain(rows).items()
    }
    compared = compare({key: both for key, both in pairs.items() if key[1] in _TESTED})
    lines: list[tuple[object, ...]] = []
    for task, rows in of_task.items():
        for part, values in _gains_of(rows).items():
            tested = compared.get((task, part))
            cells = tested.cells() if tested else (*summed_up(values, GAINS), None, None, "")
            lines.append((task, part, *cells))
    return Table(
        "the gain of one later use", ("task", "of it", *COMPARED), tuple(lines),
        "Paired by run. The whole gain is over one use of the seed improver, which may make as many calls; beyond "
        "more samples is over the seed improver with equal calls made; only more samples is what is left of the "
        f"whole, and not tested. {COMPARED_BY}",
    )  # fmt: skip


def _samples_told(task: str, rows: Sequence[Row]) -> str:
    told = {part: _told(values) for part, values in _gains_of(rows).items()}
    return (
        f"{task}: of a gain of {told['whole gain']} a use, {told['only more samples']} is what more samples alone "
        f"bring, {told['beyond more samples']} is not"
    )


def _told(values: Sequence[float]) -> str:
    mean, low, high, _ = summed_up(values, GAINS)
    return f"{mean:+.4f}" + ("" if low is None else f" ({low:+.4f} to {high:+.4f})")


def _shared(task: str, rows: Sequence[Row]) -> tuple[Table, Figure, str]:
    """The run's calls shared out over later problems; the same drawn; and from how many on the run has paid."""
    shared = [row for row in rows if row["what"] == "shared"]
    runs = list(dict.fromkeys(row["run"] for row in shared))
    of_run = {run: {row["later"]: row for row in shared if row["run"] == run} for run in runs}
    levels = [*sorted({row["later"] for row in shared} - {None}), None]
    lines, gains = [], []
    for later in levels:
        # where a run had fewer calls than that, there is nothing to share out
        found = [of_run[run].get(later, of_run[run][None]) for run in runs]
        gain = summed_up([row["improved"] - row["score"] for row in found], GAINS)
        calls = mean_of([row["calls"] for row in found]).mean
        name = "no end" if later is None else str(later)
        lines.append((name, calls, *summed_up([row["score"] for row in found], SCORES)[:3], *gain))
        gains.append(gain)
    columns = (
        "later problems",
        "calls on each",
        "score",
        "low",
        "high",
        "gain",
        "gain low",
        "gain high",
        "runs",
    )
    table = Table(
        f"{task}: the run's calls spent on the task itself", columns, tuple(lines),
        "The seed improver again and again on one test problem of each run, with the improved improver's calls there "
        "and its share of the run's calls; gain: of one use of the improved improver over that, paired by run. "
        "95% intervals. No end: nothing is left to share out.",
    )  # fmt: skip
    cost = mean_of([row["calls"] for row in rows if row["what"] == "run"]).mean
    improved = [of_run[run][None]["improved"] for run in runs]
    figure = _drawn(task, lines, improved)
    return table, figure, f"{task}: a run of {cost:.4g} calls {_paid(levels, gains)}"


def _paid(
    levels: Sequence[int | None], gains: Sequence[tuple[float, float | None, float | None, int]]
) -> str:
    """After how many later problems a run has paid for itself, with the 95% set of this number.

    A number is in the set where the interval of the gain there holds 0: which is to say neither that by then the
    run has not paid nor that it has can be excluded.
    """

    def told(after: int | None) -> str:
        if after is None:
            return "never"
        level = levels[after]
        return f"more than {levels[-2]}" if level is None and len(levels) > 1 else str(level or 1)

    mean = _from(gain[0] for gain in gains)
    words = (
        "never pays for itself at this gain, however many later problems follow" if mean is None
        else f"pays for itself, by the mean, after {told(mean)} later problem{'' if told(mean) == '1' else 's'}"
    )  # fmt: skip
    lows = [gain[1] for gain in gains if gain[1] is not None]
    highs = [gain[2] for gain in gains if gain[2] is not None]
    if not lows:
        return f"{words} (one run: no interval)"
    first, last = told(_from(highs)), told(_from(lows))
    return f"{words} (95%: {first if first == last else f'{first} to {last}'}; of the numbers in the table)"


def _from(values: Iterable[float]) -> int | None:
    """The place from which on all values are above 0; None: the last is not."""
    place = None
    for at, value in enumerate(values):
        if value <= 0:
            place = None
        elif place is None:
            place = at
    return place


def _drawn(task: str, lines: Sequence[tuple[Any, ...]], improved: Sequence[float]) -> Figure:
    xs = tuple(range(len(lines)))
    again = Line(
        "seed improver, with its share of the run's calls", xs, tuple(line[2] for line in lines),
        tuple(None if line[3] is None else (line[3], line[4]) for line in lines),
    )  # fmt: skip
    mean, interval = mean_of(improved).mean, interval_of(improved, SCORES)
    last = Line("improved improver, one use", xs, (mean,) * len(xs), (interval, *[None] * (len(xs) - 1)))
    ticks = tuple(str(line[0]) for line in lines)
    return Figure(
        f"budget-{task}",
        task,
        "later problems that share the run's calls",
        "test score",
        (again, last),
        ticks,
    )


STUDY = Study(
    "budget",
    "what would the calls of self-improvement have bought if they had been spent on the task itself?",
    "Test scores of R independent runs, paired by run, with 95% intervals over runs. The gain of the "
    "improved improver over one use of the seed improver (equal calls allowed) and over the seed improver repeated "
    f"until it has made as many calls (equal calls made), for each task. {COMPARED_BY} "
    "The run has paid for itself after N later problems if from "
    "N on the improved improver is ahead, in the mean, of the seed improver repeated with its calls and an N-th of "
    "the run's; the 95% set of N is that at which the interval of this difference holds 0.",
    Defaults(("lpn",), replicates=10, iterations=3, repeats=5, adopt="not-worse"),
    parts_by_run,
    _uses,
    by_run(_one),
    _report,
    lambda settings: (len(settings.tasks) * len(_TESTED), settings.replicates),
)
