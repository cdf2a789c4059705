"""Whether a frozen improver is better than the seed improver on tasks that it never saw: the paper's Table 1.

Each improver works on each task, from the same seeds, with the same budget; what it makes is scored on the same other
instances. The start program is scored on them too. As improvers that may make the same calls need not make them, each
is also compared with the seed improver started again until it has made as many calls on that very problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.meta import MetaTask
from selftaught.planning import Uses
from selftaught.program import Program
from selftaught.published import NO_PROGRAM, published
from selftaught.run import Run
from selftaught.scoring import score
from selftaught.statistics import mean_of
from selftaught.studies.again import Again
from selftaught.studies.given import UNKNOWN
from selftaught.studies.study import (
    SCORES,
    Compared,
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
)
from selftaught.task import Evaluation, Instance, Task

_START, _SEED = "start program", "seed improver"
_ALL, _UNSEEN = "all tasks", "all that it never saw"


def _again(name: str) -> str:
    """The arm that the improver of this name is compared with at equal calls."""
    return f"seed, calls of {name}"


def _parts(settings: Settings) -> int:
    again = settings.replicates if settings.improvers else 0
    return len(settings.tasks) * (2 + len(settings.improvers) + again)


def _uses(settings: Settings, budget: Budget) -> Uses:
    once = 1 + len(settings.improvers)
    # with equal calls: one that makes none counts as one call, and the last that begins may make all of its own
    again, again_calls = (budget.calls, 2 * budget.calls - 1) if settings.improvers else (0, 0)
    problems = len(settings.tasks) * settings.replicates
    return Uses(0, problems * (once + again), problems * (once * budget.calls + again_calls))


async def _work(run: Run, settings: Settings, done: Callable[[], None]) -> list[Row]:
    return await side_by_side((_on(run, settings, task, done) for task in settings.tasks), lambda: None)


async def _on(run: Run, settings: Settings, task: Task, done: Callable[[], None]) -> list[Row]:
    """All that is measured on one task."""
    here = Address(("transfer", task.name))
    meta = MetaTask((task,), settings.replicates, settings.seed_improver, run.budget, len(run.models))
    instances = meta.draw("test", run.seed_of(*here.path))
    improvers = {_SEED: settings.seed_improver, **dict(zip(settings.names, settings.improvers, strict=True))}
    uses = (_use(run, meta, instances, name, each, here) for name, each in improvers.items())
    rows = await side_by_side([_start(run, meta, instances, here), *uses], done)
    calls = {(row["by"], row["seed"]): row["calls"] for row in rows}
    if settings.improvers:
        again = (
            _equal_calls(run, meta, each, {name: calls[name, each.index] for name in settings.names}, here)
            for each in instances
        )
        rows += await side_by_side(again, done)
    return rows


async def _start(run: Run, meta: MetaTask, instances: Sequence[Instance], here: Address) -> list[Row]:
    rows = []
    for instance in instances:
        task, others = meta.task_of(instance), _others(meta, instance)
        found = await score(run, task, task.start, others, here / _START / instance.index)
        rows.append(_row(task, _START, instance, found.mean.mean, found.evaluations, cause=found.cause))
    return rows


async def _use(
    run: Run, meta: MetaTask, instances: Sequence[Instance], name: str, improver: Program, here: Address
) -> list[Row]:
    run.ledger.add_program(improver)
    result = await score(run, meta, improver, instances, here)
    run.meter.check()  # else not all of it may be known
    rows = []
    for instance, each in zip(instances, result.evaluations, strict=True):
        spent, _ = run.ledger.use_at(meta.used_at(here, improver, instance))
        made = meta.made(run, here, improver, instance)
        if made is None:
            made = (NO_PROGRAM,) * len(_others(meta, instance))
        rows.append(
            _row(
                meta.task_of(instance), name, instance, each.value, made, spent.calls, spent.samples,
                each.status, each.cause or each.feedback,
            )
        )  # fmt: skip
    return rows


async def _equal_calls(
    run: Run, meta: MetaTask, instance: Instance, calls: Mapping[str, int], here: Address
) -> list[Row]:
    """What the seed improver makes with the calls that each given improver made on this problem."""
    task = meta.task_of(instance)
    again = Again(run, meta, meta.start, instance, here / "equal-calls" / instance.index)
    rows = []
    for name, most in calls.items():
        bought = await again.spend(most)
        found = bought.result
        rows.append(
            _row(
                task, _again(name), instance, found.mean.mean, found.evaluations, bought.calls, bought.samples,
                cause=found.cause,
            )
        )  # fmt: skip
    return rows


def _others(meta: MetaTask, instance: Instance) -> list[Instance]:
    return meta.others(meta.task_of(instance), instance.split, instance.own_seed())


def _row(
    task: Task, by: str, instance: Instance, value: float, evaluations: Sequence[Evaluation], calls: int = 0,
    samples: int = 0, status: str = "ok", cause: str = "",
) -> Row:  # fmt: skip
    """One program on the other instances of one seed; ``raws`` has a raw measure, or None, for each of them."""
    raws = [each.raw for each in evaluations]
    return {
        "task": task.name, "by": by, "seed": instance.index, "score": value, "n": len(raws),
        "raws": None if set(raws) == {None} else raws, "published": published(task, evaluations),
        "calls": calls, "samples": samples, "status": status, "cause": cause,
    }  # fmt: skip


# --- the report ----------------------------------------------------------------------------------------------------

_Arm = tuple[str, str]  # a task, and by whom
_Pair = tuple[str, str, str]  # a task or what stands for several, an improver, and what it is compared with


def _report(settings: Settings, rows: list[Row]) -> Report:
    found: dict[_Arm, list[Row]] = {}
    for row in rows:
        found.setdefault((row["task"], row["by"]), []).append(row)
    tasks = list(dict.fromkeys(task for task, _ in found))
    made_on = dict(zip(settings.names, settings.made_on, strict=True))
    scores = {arm: [row["score"] for row in of] for arm, of in found.items()}
    compared = _compared(scores, tasks, made_on)
    tables = [_means(found, made_on), *_in_own_units(found, settings.names)]
    if compared:
        tables.append(_differences(compared, made_on))
    words = tuple(_said(who, tasks, made_on[who], compared) for who in settings.names)
    return Report(tuple(tables), (_drawn(scores, tasks),), words)


def _means(found: Mapping[_Arm, Sequence[Row]], made_on: Mapping[str, tuple[str, ...]]) -> Table:
    lines = [
        (
            task, who, *summed_up([row["score"] for row in rows], SCORES),
            *(mean_of([row[what] for row in rows]).mean for what in ("calls", "samples")),
            (", ".join(made_on[who]) or "none") if who in made_on else "",
        )
        for (task, who), rows in found.items()
    ]  # fmt: skip
    return Table(
        "what each makes of each task",
        ("task", "by", "score", "low", "high", "seeds", "calls", "samples", "made on"), tuple(lines),
        "Mean over seeds on instances that no improver saw, with 95% intervals. Calls, samples: means of the calls "
        "made and the answers asked for on a problem, where every use may make the same. Equal calls: the seed "
        "improver again and again until it has made as many; of its results the one counts that the "
        "utility likes best. Made on: the tasks of the run that an improver came from; ?: not known.",
    )  # fmt: skip


def _never_saw(task: str, made_on: Sequence[str]) -> str:
    """Whether an improver never saw a task: yes, no, or not known."""
    if task in made_on:
        return "no"
    return UNKNOWN if UNKNOWN in made_on else "yes"


def _sets(tasks: Sequence[str], seen: Sequence[str]) -> dict[str, list[str]]:
    """Over which tasks an improver made on ``seen`` is compared: each, all, and those that it never saw."""
    sets = {task: [task] for task in tasks}
    unseen = [task for task in tasks if _never_saw(task, seen) == "yes"]
    if len(tasks) > 1:
        sets[_ALL] = list(tasks)
    if 1 < len(unseen) < len(tasks):
        sets[_UNSEEN] = unseen
    return sets


def _tested(settings: Settings) -> tuple[int, int]:
    tasks = [task.name for task in settings.tasks]
    return sum(2 * len(_sets(tasks, seen)) for seen in settings.made_on), settings.replicates


def _compared(
    scores: Mapping[_Arm, Sequence[float]], tasks: Sequence[str], made_on: Mapping[str, Sequence[str]]
) -> dict[_Pair, Compared]:
    """Each improver against the seed improver, used once and with equal calls: on each task, and over tasks."""
    pairs = {}
    for who, seen in made_on.items():
        for other in (_SEED, _again(who)):
            for name, some in _sets(tasks, seen).items():
                pairs[name, who, other] = _over(scores, some, who), _over(scores, some, other)
    return compare(pairs)


def _over(scores: Mapping[_Arm, Sequence[float]], tasks: Sequence[str], who: str) -> list[float]:
    """One value a seed: the mean over tasks, which weigh the same."""
    return [mean_of(each).mean for each in zip(*(scores[task, who] for task in tasks), strict=True)]


def _differences(compared: Mapping[_Pair, Compared], made_on: Mapping[str, Sequence[str]]) -> Table:
    lines = [
        (
            name, who, _SEED if other == _SEED else "equal calls", *each.cells(),
            {_ALL: "", _UNSEEN: "yes"}.get(name, _never_saw(name, made_on[who])),
        )
        for (name, who, other), each in compared.items()
    ]  # fmt: skip
    return Table(
        "against the seed improver, used once and with equal calls, paired by seed",
        ("task", "improver", "against", "gain", "low", "high", "seeds", "p", "p (Holm)", "", "never saw it"),
        tuple(lines),
        f"Two-sided sign-flipping tests, corrected over all {len(lines)} comparisons by Holm's method. Every task's "
        "scale is [0, 1]. Intervals and tests are over seeds of one frozen improver, not over runs that might have "
        "made another. Never saw it: whether the improver was made on that task, as far as its run's ledger tells.",
    )  # fmt: skip


def _in_own_units(found: Mapping[_Arm, Sequence[Row]], given: Sequence[str]) -> list[Table]:
    """Raw measures and the published rule; no table where no task has either."""
    again = {_again(who): who for who in given}
    lines = []
    for (task, who), rows in found.items():
        if not any(
            row["raws"] or row["published"] is not None
            for arm, of in found.items() if arm[0] == task for row in of
        ):  # fmt: skip
            continue
        once = _raw_gain(rows, found[task, _SEED]) if who in given or who in again else (None, "")
        equal = _raw_gain(rows, found[task, _again(who)]) if who in given else (None, "")
        rules = [row["published"] for row in rows if row["published"] is not None]
        lines.append((task, who, *_raw(rows), *once, *equal, mean_of(rules).mean if rules else None))
    if not lines:
        return []
    return [
        Table(
            "in each task's own unit, and by the published code's rule",
            (
                "task", "by", "raw", "of", "raw gain", "of", "at equal calls", "of", "published rule",
            ), tuple(lines),
            "Raw: the task's own measure, its mean over the instances that have one, and of how many. Raw gain: over "
            "the seed improver used once, and at equal calls, over the instances where both have one; whether higher "
            "is better is the task's affair. Published rule: what the scoring of the paper's published code gives on "
            "the instances of a seed, its mean over seeds; not comparable with scores, nor are these with the "
            "paper's tables.",
        )
    ]  # fmt: skip


def _raw(rows: Sequence[Row]) -> tuple[float | None, str]:
    raws = [raw for row in rows for raw in row["raws"] or () if raw is not None]
    return _mean_of_some(raws, sum(row["n"] for row in rows))


def _raw_gain(rows: Sequence[Row], others: Sequence[Row]) -> tuple[float | None, str]:
    """Paired by seed and instance."""
    gains = [
        one - other
        for row, against in zip(rows, others, strict=True)
        if row["raws"] and against["raws"]
        for one, other in zip(row["raws"], against["raws"], strict=True)
        if one is not None and other is not None
    ]
    return _mean_of_some(gains, sum(row["n"] for row in rows))


def _mean_of_some(values: Sequence[float], n: int) -> tuple[float | None, str]:
    """The mean, and of how many of ``n``."""
    if not values:
        return None, ""
    return mean_of(values).mean, str(n) if len(values) == n else f"{len(values)} of {n}"


def _said(who: str, tasks: Sequence[str], made_on: Sequence[str], compared: Mapping[_Pair, Compared]) -> str:
    """What may be said of one improver: over the tasks that it never saw, where these are known."""
    unseen = [task for task in tasks if _never_saw(task, made_on) == "yes"]
    seen = [task for task in tasks if task in made_on]
    name = next(
        name for name in (*(unseen if len(unseen) == 1 else ()), _UNSEEN, _ALL, *tasks)
        if (name, who, _SEED) in compared
    )  # fmt: skip
    over = name if name in tasks else f"{len(unseen) if name == _UNSEEN else len(tasks)} tasks"
    if name == _UNSEEN or name in unseen or len(unseen) == len(tasks):
        over += " that it never saw"
    told = []
    for other, words in ((_SEED, "one use of the seed improver"), (_again(who), "equal calls of it")):
        each = compared[name, who, other]
        ends = "" if each.low is None else f" ({each.low:+.4f} to {each.high:+.4f})"
        told.append(f"{each.difference:+.4f}{ends} against {words}: {each.verdict}")
    words = f"{who}, over {over}: {'; '.join(told)}"
    if seen:
        words += f". It was made on {', '.join(seen)}: what it gains there says nothing of other tasks"
    if UNKNOWN in made_on:
        words += ". Whether it never saw the others is not known" if seen else (
            ". What it was made on is not known, so that it never saw these tasks is not claimed"
        )  # fmt: skip
    return words


def _drawn(scores: Mapping[_Arm, Sequence[float]], tasks: Sequence[str]) -> Figure:
    lines = []
    for who in dict.fromkeys(who for _, who in scores):
        ends = [summed_up(scores[task, who], SCORES) for task in tasks]
        intervals = tuple(None if low is None or high is None else (low, high) for _, low, high, _ in ends)
        lines.append(Line(who, tuple(range(len(tasks))), tuple(each[0] for each in ends), intervals))
    return Figure("transfer", "transfer", "", "score", tuple(lines), tuple(tasks), kind="points")


STUDY = Study(
    "transfer",
    "is a frozen improver better than the seed improver on tasks that it never saw?",
    "Scores in [0, 1] of what each improver makes of each task, from the same seeds, with the same allowed budget, "
    "with 95% intervals that assume nothing but the range. Differences of each given improver to the seed improver "
    "used once, and to the seed improver started again until it has made as many calls on that problem (equal "
    "calls made): paired by seed, with 95% intervals and two-sided sign-flipping tests at 5%, on each task, on the "
    "mean over all tasks and over those that the improver was not made on, all in one family by Holm's method. Raw "
    "measures and the published code's rule are shown and not tested.",
    Defaults(
        (
            *("lpn", "string_grid_distance", "quadratic_assignment", "three_sat", "max_cut", "parity"),
            "bin_packing",
        ),
        replicates=10,
        improvers=True,
    ),
    _parts,
    _uses,
    _work,
    _report,
    _tested,
)
