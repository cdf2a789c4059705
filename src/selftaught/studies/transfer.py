"""Whether a frozen improver is better than the seed improver on tasks that it never saw: the paper's Table 1.

Each improver works on each task, from the same seeds, with the same budget; what it makes is scored on the same other
instances. The start program is scored on them too.
"""

from __future__ import annotations

from collections.abc import Callable

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.meta import MetaTask
from selftaught.planning import Uses
from selftaught.program import Program
from selftaught.run import Run
from selftaught.scoring import score
from selftaught.statistics import holm, mean_of, paired_test
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
    side_by_side,
    summed_up,
)
from selftaught.task import Task

_START, _SEED = "start program", "seed improver"


def _parts(settings: Settings) -> int:
    return len(settings.tasks) * (2 + len(settings.improvers))


def _uses(settings: Settings, budget: Budget) -> Uses:
    return Uses(0, len(settings.tasks) * (1 + len(settings.improvers)) * settings.replicates)


async def _work(run: Run, settings: Settings, done: Callable[[], None]) -> list[Row]:
    given = {f"improver {number}": each for number, each in enumerate(settings.improvers, 1)}
    improvers = {_SEED: settings.seed_improver, **given}
    starts = [_start(run, settings, task) for task in settings.tasks]
    uses = [
        _use(run, settings, task, name, each) for task in settings.tasks for name, each in improvers.items()
    ]
    return await side_by_side([*starts, *uses], done)


def _drawn(run: Run, settings: Settings, task: Task) -> tuple[MetaTask, list[tuple[int, bytes]], Address]:
    here = Address(("transfer", task.name))
    meta = MetaTask((task,), settings.replicates, settings.seed_improver, run.budget, len(run.models))
    seeds = [each.own_seed() for each in meta.draw("test", run.seed_of(*here.path))]
    return meta, list(enumerate(seeds)), here


async def _start(run: Run, settings: Settings, task: Task) -> list[Row]:
    meta, seeds, here = _drawn(run, settings, task)
    rows = []
    for number, seed in seeds:
        result = await score(run, task, task.start, meta.others(task, "test", seed), here / _START / number)
        rows.append(
            {
                "task": task.name, "by": _START, "seed": number, "score": result.mean.mean, "raw": result.raw,
                "calls": 0, "status": "ok", "cause": result.cause,
            }
        )  # fmt: skip
    return rows


async def _use(run: Run, settings: Settings, task: Task, name: str, improver: Program) -> list[Row]:
    meta, _, here = _drawn(run, settings, task)
    instances = meta.draw("test", run.seed_of(*here.path))
    run.ledger.add_program(improver)
    result = await score(run, meta, improver, instances, here)
    rows = []
    for number, (instance, each) in enumerate(zip(instances, result.evaluations, strict=True)):
        place = here / improver.fingerprint / meta.place_of(instance) / improver.fingerprint
        rows.append(
            {
                "task": task.name, "by": name, "seed": number, "score": each.value, "raw": each.raw,
                "calls": run.ledger.calls_at(place), "status": each.status, "cause": each.cause or each.feedback,
            }
        )  # fmt: skip
    return rows


def _report(settings: Settings, rows: list[Row]) -> Report:
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    by = list(dict.fromkeys(row["by"] for row in rows))
    scores = {
        (task, who): [row["score"] for row in rows if (row["task"], row["by"]) == (task, who)]
        for task in tasks
        for who in by
    }
    given = [who for who in by if who not in (_START, _SEED)]
    lines = [
        (task, who, *summed_up(scores[task, who], SCORES), _calls(rows, task, who))
        for task in tasks
        for who in by
    ]
    means = Table(
        "what each makes of each task", ("task", "by", "score", "low", "high", "seeds", "calls"), tuple(lines),
        "Mean over seeds on instances that no improver saw, with 95% intervals; calls: mean of a use, of "
        "the same number that all may make.",
    )  # fmt: skip
    compared, words = [], []
    for who in given:
        tests = {task: paired_test(scores[task, who], scores[task, _SEED]) for task in tasks}
        corrected = dict(zip(tasks, holm([test.p for test in tests.values()]), strict=True))
        for task in tasks:
            gains = [a - b for a, b in zip(scores[task, who], scores[task, _SEED], strict=True)]
            verdict = (
                "too few differ to tell" if tests[task].too_few
                else "better" if corrected[task] <= 0.05 else "not shown to be better"
            )  # fmt: skip
            compared.append((task, who, *summed_up(gains, GAINS), tests[task].p, corrected[task], verdict))
        overall = [
            mean_of([scores[task, who][n] - scores[task, _SEED][n] for task in tasks]).mean
            for n in range(settings.replicates)
        ]
        whole = paired_test(overall, [0.0] * len(overall))
        compared.append(("all tasks", who, *summed_up(overall, GAINS), whole.p, None, ""))
        words.append(f"{who} against the seed improver over all tasks, paired by seed: {whole.told('seed')}")
    differences = Table(
        "against the seed improver, paired by seed",
        ("task", "improver", "gain", "low", "high", "seeds", "p", "p (Holm)", ""), tuple(compared),
        "One-sided sign-flipping test at 5%, corrected over tasks by Holm's method. Every task's scale is [0, 1]. An "
        "interval above 0 holds whatever the gains' shape; p, if gains of programs that are alike are symmetric.",
    )  # fmt: skip
    lines_drawn = []
    for who in by:
        found = [summed_up(scores[task, who], SCORES) for task in tasks]
        intervals = tuple(None if low is None or high is None else (low, high) for _, low, high, _ in found)
        lines_drawn.append(Line(who, tuple(range(len(tasks))), tuple(each[0] for each in found), intervals))
    figure = Figure("transfer", "transfer", "", "score", tuple(lines_drawn), tuple(tasks), kind="points")
    return Report((means, *([differences] if compared else [])), (figure,), tuple(words))


def _calls(rows: list[Row], task: str, who: str) -> float:
    return mean_of([row["calls"] for row in rows if (row["task"], row["by"]) == (task, who)]).mean


STUDY = Study(
    "transfer",
    "is a frozen improver better than the seed improver on tasks that it never saw?",
    "Scores in [0, 1] of what each improver makes of each task, from the same seeds, with the same allowed budget; "
    "differences to the seed improver paired by seed, with Gaffke's 95% intervals, which assume nothing but the "
    "range, and the one-sided paired sign-flipping test at 5%, corrected over tasks by Holm's method; and the mean "
    "over tasks, paired by seed.",
    Defaults(("bin_packing", "lpn"), replicates=5, improvers=True),
    _parts,
    _uses,
    _work,
    _report,
)
