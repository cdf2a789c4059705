"""Whether the recursion is needed, which the paper's reviewers asked: STOP against four ways to spend its calls.

Each arm makes an improver from the seed improver I_0, for one task:

    STOP                I_t = I_{t-1}(u, I_{t-1})    the incumbent improves itself
    seed on last        I_t = I_0(u, I_{t-1})        what improves never gets better
    last on seed        I_t = I_{t-1}(u, I_0)        what is improved never gets better
    maximizer           M_t = M_{t-1}(u)             the incumbent makes an improver, and is shown none
    no recursion        the best of many I_0(u, I_0) best-of-n on the improver

u is the meta-utility. The first four have the same iterations, the same budget in each use of an improver, the same
instances and the same rule of adoption. No recursion has uses of the seed improver on itself until it has spent as
many calls as STOP did in the same run; the best by search is then adopted, or not, by the same rule against the seed.
What is the same in several arms (their first iteration is, in three of the four and the best-of-n) is done once and
counts in each, so that arms differ by what they are and not by the luck of the same draw.

**The maximizer form.** In the paper's theory a maximizer is given a utility and no solution, and is as general as an
improver, since a solution to start from may be a part of the utility. So a downstream task stays what it is here, a
pair (utility, start program), and the only thing that changes is the task of improving: it has no program to start
from. Our improvers take one as their first argument; the maximizer is given :data:`TO_BE_WRITTEN`, which says
nothing but the name and the arguments of the function, as the meta-utility's description does.
"""

from __future__ import annotations

from collections.abc import Sequence

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.improving import improve
from selftaught.meta import MetaTask
from selftaught.planning import Uses
from selftaught.program import Program
from selftaught.run import Run
from selftaught.scoring import Result, score
from selftaught.statistics import mean_of
from selftaught.stop import ADOPT, Form, itself, stop, used_at
from selftaught.studies.study import (
    COMPARED,
    COMPARED_BY,
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
    by_run,
    compare,
    parts_by_run,
    summed_up,
    uses_of_search,
)
from selftaught.task import Task

TO_BE_WRITTEN = Program('''\
"""This improver is yet to be written: there is no program to start from."""


def improve_algorithm(initial_solution, utility, language_model):
    raise NotImplementedError
''')
_SEED, _STOP, _NONE = "seed improver", "STOP", "no recursion"
_FORMS: dict[str, Form] = {
    _STOP: itself,
    "seed on last": lambda seed, incumbent: (seed, incumbent),
    "last on seed": lambda seed, incumbent: (incumbent, seed),
    "maximizer": lambda seed, incumbent: (incumbent, TO_BE_WRITTEN),
}
_ARMS = (*_FORMS, _NONE)


def _uses(settings: Settings, budget: Budget) -> Uses:
    each = uses_of_search(settings.iterations, settings.repeats, budget)
    # the last use of the seed improver begins while STOP's calls are not yet spent; then there is a validation
    several = uses_of_search(settings.iterations + 1, settings.repeats, budget)
    measures = (2 + 1 + len(_ARMS)) * settings.repeats  # the seed's on search and validation; tests
    one = len(_FORMS) * each.meta + several.meta, len(_FORMS) * each.tasks + several.tasks + measures
    return Uses(parts_by_run(settings) * one[0], parts_by_run(settings) * one[1])


async def _one(run: Run, settings: Settings, task: Task, number: int) -> list[Row]:
    """All arms of one run; one after another, since they share what is the same in them."""
    here = Address(("recursion", task.name, f"run{number}"))
    meta = MetaTask((task,), settings.repeats, settings.seed_improver, run.budget, len(run.models))
    most = uses_of_search(settings.iterations, settings.repeats, run.budget)
    allowed = (most.meta + most.tasks) * run.budget.calls
    unseen = meta.draw("test", run.seed_of(*here.path, "test"))
    rows = []

    async def add(arm: str, improver: Program, calls: int, proposals: int) -> None:
        run.ledger.add_program(improver)
        test = await score(run, meta, improver, unseen, here / "test")
        run.meter.check()
        rows.append(
            {
                "task": task.name, "run": number, "arm": arm, "improver": improver.fingerprint,
                "new": improver != meta.start, "test": test.mean.mean, "raw": test.raw, "proposals": proposals,
                "calls": calls, "allowed": allowed if arm != _SEED else 0,
                "failed": sum(evaluation.status != "ok" for evaluation in test.evaluations),
            }
        )  # fmt: skip

    await add(_SEED, meta.start, 0, 0)
    spent: dict[str, int] = {}
    for arm, form in _FORMS.items():
        last, proposals, spent[arm] = meta.start, 0, 0
        async for each in stop(run, meta, settings.iterations, settings.adopt, here, form=form, test=False):
            last, proposals = each.improver, proposals + (each.proposed is not None)
            spent[arm] += sum(map(run.ledger.calls_below, each.places))
        await add(arm, last, spent[arm], proposals)
    await add(_NONE, *await _best_of_many(run, meta, settings, here, spent[_STOP]))
    return rows


async def _best_of_many(
    run: Run, meta: MetaTask, settings: Settings, here: Address, most_calls: int
) -> tuple[Program, int, int]:
    """Uses of the seed improver on itself: what is left of the best by search, all calls, how many it proposed.

    They go on until they have spent ``most_calls``, or, where proposals cost next to nothing because they fail, as
    many calls on improvers as STOP may make on them.
    """
    seed, search = meta.start, meta.draw("search", run.seed_of(*here.path, "search"))
    calls = calls_on_improvers = t = 0
    found: list[Result] = []
    while calls < most_calls and calls_on_improvers < settings.iterations * run.budget.calls:
        t += 1
        use = used_at(here, t, seed, seed)
        improvement = await improve(run, seed, meta, seed, search, use)
        run.meter.check()
        use /= seed.fingerprint
        if improvement.program is not None:
            found.append(await score(run, meta, improvement.program, search, use / "utility"))
            run.meter.check()
        now = run.ledger.calls_below(use)
        calls, calls_on_improvers = calls + now, calls_on_improvers + run.ledger.calls_at(use)
        if not now:
            break  # it asks for nothing, and would do so for ever
    if not found:
        return seed, calls, 0
    best = max(found, key=lambda result: result.mean.mean).program
    if best == seed:
        return seed, calls, len(found)
    t = settings.iterations
    validation = meta.draw("validation", run.seed_of(*here.path, "validation", t))
    at = here / f"t{t}" / "validation"
    old, new = [await score(run, meta, each, validation, at) for each in (seed, best)]
    run.meter.check()
    calls += sum(run.ledger.calls_below(at / each.fingerprint) for each in (seed, best))
    adopted, _ = ADOPT[settings.adopt](new, old)
    return best if adopted else seed, calls, len(found)


def _report(settings: Settings, rows: list[Row]) -> Report:
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    by_arm = {
        (task, arm): [row for row in rows if (row["task"], row["arm"]) == (task, arm)]
        for task in tasks
        for arm in (_SEED, *_ARMS)
    }
    tests = {key: [row["test"] for row in each] for key, each in by_arm.items()}
    others = {
        key: (values, tests[key[0], _STOP]) for key, values in tests.items() if key[1] not in (_SEED, _STOP)
    }
    compared = compare(others)
    tables, figures = [], []
    for task in tasks:
        lines = [
            (
                arm, *summed_up(tests[task, arm], SCORES), _mean(by_arm[task, arm], "raw"),
                sum(row["new"] for row in by_arm[task, arm]), _mean(by_arm[task, arm], "proposals"),
                _mean(by_arm[task, arm], "calls"), by_arm[task, arm][0]["allowed"],
            )
            for arm in (_SEED, *_ARMS)
        ]  # fmt: skip
        tables.append(
            Table(
                f"{task}: test meta-utility of what each arm ends with",
                ("arm", "test", "low", "high", "runs", "raw", "new", "proposals", "calls", "allowed"), tuple(lines),
                "Mean over runs with 95% intervals; raw: in the task's own unit. new: runs that end with "
                "another improver than the seed. Means a run: proposals, and calls that went into choosing; allowed: "
                "the most of these.",
            )
        )  # fmt: skip
        figures.append(_figure(task, by_arm, lines))
    differences = Table(
        "against STOP, paired by run",
        ("task", "arm", *COMPARED),
        tuple((*key, *each.cells()) for key, each in compared.items()),
        f"Difference: the arm less STOP. {COMPARED_BY}",
    )
    words = [_told(task, {arm: compared[task, arm] for arm in _ARMS if arm != _STOP}) for task in tasks]
    return Report((*tables, differences), tuple(figures), tuple(words))


def _mean(rows: Sequence[Row], name: str) -> float | None:
    values = [row[name] for row in rows]
    return None if None in values else mean_of(values).mean


def _figure(
    task: str, by_arm: dict[tuple[str, str], list[Row]], lines: Sequence[tuple[object, ...]]
) -> Figure:
    arms = (_SEED, *_ARMS)
    xs = tuple(range(len(arms)))
    runs = zip(*([row["test"] for row in by_arm[task, arm]] for arm in arms), strict=True)
    faint = [Line(f"run {number}", xs, tuple(each), faint=True) for number, each in enumerate(runs)]
    means = [summed_up([row["test"] for row in by_arm[task, arm]], SCORES) for arm in arms]
    intervals = tuple(None if low is None or high is None else (low, high) for _, low, high, _ in means)
    loud = Line("mean, 95% interval", xs, tuple(each[0] for each in means), intervals)
    return Figure(f"recursion-{task}", task, "", "test meta-utility", (*faint, loud), arms, kind="points")


def _told(task: str, compared: dict[str, Compared]) -> str:
    found = "; ".join(f"{arm} {each.told()}" for arm, each in compared.items())
    return f"{task}, against STOP at equal calls: {found}."


STUDY = Study(
    "recursion",
    "is the recursion needed, or do other ways to spend the same calls make as good an improver?",
    "Test meta-utility of the improver that each arm ends with, on the same test meta-instances in each run; "
    "differences to STOP paired by run, over all arms and tasks. Each arm may make as many calls to choose as STOP "
    f"may; best-of-n makes as many as STOP made in the same run. {COMPARED_BY}",
    Defaults(("lpn",), replicates=10, iterations=4, repeats=5, adopt="not-worse"),
    parts_by_run,
    _uses,
    by_run(_one),
    _report,
    lambda settings: (len(settings.tasks) * (len(_ARMS) - 1), settings.replicates),
)
