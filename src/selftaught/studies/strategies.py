"""Which strategies improvers propose, which of them survive, which are adopted, and what each gains.

R independent runs of STOP; every improver that an iteration drafts and every one that it proposes is read by
:mod:`selftaught.strategies`, which runs none of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.ledger import Ledger
from selftaught.meta import MetaTask
from selftaught.planning import Uses, uses_of_run
from selftaught.program import Program
from selftaught.run import Run
from selftaught.scoring import Result
from selftaught.statistics import mean_of
from selftaught.stop import Iteration, stop, used_at
from selftaught.strategies import NEW, STRATEGIES, Strategies, strategies_of
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
    by_run,
    interval_of,
    parts_by_run,
    summed_up,
)
from selftaught.task import Evaluation, Task

NONE, ALL = "none of them", "all"
_DRAWN = 6  # lines in a figure


def _uses(settings: Settings, budget: Budget) -> Uses:
    one = uses_of_run(1, settings.repeats, settings.iterations, budget)
    return Uses(parts_by_run(settings) * one.meta, parts_by_run(settings) * one.tasks)


async def _one(run: Run, settings: Settings, task: Task, number: int) -> list[Row]:
    here = Address(("strategies", task.name, f"run{number}"))
    meta = MetaTask((task,), settings.repeats, settings.seed_improver, run.budget, len(run.models))
    rows = []
    incumbent = settings.seed_improver
    async for each in stop(run, meta, settings.iterations, settings.adopt, here, test=False):
        if each.t:
            rows.append(_row(run.ledger, task.name, number, each, incumbent))
        incumbent = each.improver
    return rows


def _row(ledger: Ledger, task: str, number: int, each: Iteration, incumbent: Program) -> Row:
    met = each.met if each.proposed_validation is not None else None
    return _read(ledger, each.places[0], incumbent, each.proposed) | {
        "task": task, "run": number, "t": each.t, "adopted": each.adopted,
        **_compared(_known(each.proposed_validation), _known(met)),
    }  # fmt: skip


def _known(result: Result | None) -> tuple[Evaluation, ...] | None:
    return None if result is None else result.evaluations


def _read(ledger: Ledger, use: Address, incumbent: Program, proposed: Program | None) -> Row:
    """What a proposal and the drafts that were scored beside it use; of an iteration without one, None."""
    said = None if proposed is None or proposed == incumbent else _judged(proposed.normal)
    drafts = [each for each in ledger.scored(use / "utility") if each != incumbent.fingerprint]
    return {
        "proposed": None if said is None or proposed is None else proposed.fingerprint,
        "uses": [] if said is None else list(said.labels),
        "unexplained": [] if said is None else [[each.what, list(each.lines)] for each in said.unexplained],
        "judged": said is not None and not said.unread,
        "whole": said is not None and said.complete,
        "drafts": [list(_judged(ledger.program(each).normal).labels) for each in drafts],
    }


@lru_cache(4096)
def _judged(text: str) -> Strategies:
    return strategies_of(text)


def _compared(new: Sequence[Evaluation] | None, old: Sequence[Evaluation] | None) -> Row:
    """Whether a proposal survives validation, and what it gains on the incumbent's own instances."""
    if new is None or old is None:
        return {"survived": False, "gain": None}
    gain = mean_of([each.value for each in new]).mean - mean_of([each.value for each in old]).mean
    return {"survived": any(each.status == "ok" for each in new) and gain >= 0, "gain": gain}


def rows_of(ledger: Ledger, number: int = 0) -> list[Row]:
    """The same rows of a run that was recorded by ``selftaught run``, as the run ``number`` of several.

    Raises :class:`~selftaught.errors.LedgerError` where a program that it names is not kept in it.
    """
    rows = []
    iterations = ledger.iterations()
    task = ", ".join(ledger.fact("tasks") or ["?"])
    for before, each in pairwise(iterations):
        incumbent = ledger.program(before["improver"])
        proposed = ledger.program(each["proposed"]) if each["proposed"] else None
        place, t = Address(), each["t"]
        use = used_at(place, t, incumbent, incumbent) / incumbent.fingerprint
        validation = place / f"t{t}" / "validation"
        new, old = (
            None if one is None else ledger.evaluations(validation / one.fingerprint)
            for one in (proposed, incumbent)
        )
        row = {"task": task, "run": number, "t": t, "adopted": each["adopted"], **_compared(new, old)}
        rows.append(_read(ledger, use, incumbent, proposed) | row)
    return rows


# --- the report, of rows alone ----------------------------------------------------------------------------------


def _report(settings: Settings, rows: list[Row]) -> Report:
    return report_of(rows)


def report_of(rows: Sequence[Row]) -> Report:
    """Tables for each task, a figure, and in words what no rule explains."""
    of_task: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["run"], row["t"])):
        of_task.setdefault(row["task"], []).append(row)
    tables, figures, words = [], [], []
    for task, each in of_task.items():
        tables += [_by_strategy(task, each), _by_iteration(task, each)]
        figures.append(_figure(task, each))
        words += _words(task, each)
    return Report(tuple(tables), tuple(figures), tuple(words))


def _with(name: str, labels: Sequence[str]) -> bool:
    """Whether labels are of this line of a table."""
    if name == ALL:
        return True
    return not labels if name == NONE else name in labels


def _lines_for(rows: Iterable[Row]) -> list[str]:
    """The lines that have anything to say: what was drafted or proposed at all."""
    seen = Counter(label for row in rows for labels in (*row["drafts"], row["uses"]) for label in labels)
    return [ALL, *(name for name in (*STRATEGIES, NEW) if seen[name]), NONE]


def _by_strategy(task: str, rows: Sequence[Row]) -> Table:
    proposals = [row for row in rows if row["proposed"]]
    runs = sorted({row["run"] for row in proposals})
    lines = []
    for name in _lines_for(rows):
        of = [row for row in proposals if _with(name, row["uses"])]
        drafted = sum(_with(name, labels) for row in rows for labels in row["drafts"])
        shares = [
            mean_of([float(_with(name, row["uses"])) for row in proposals if row["run"] == run]).mean
            for run in runs
        ]
        share = summed_up(shares, SCORES)[:3] if shares else (None, None, None)
        lines.append(
            (name, drafted, len(of), *share, _count(of, "survived"), _count(of, "adopted"), *_gain(of))
        )
    return Table(
        f"{task}: strategies",
        ("", "drafted", "proposed", "share", "low", "high", "survived", "adopted", "gain", "gain low",
         "gain high", "runs"),
        tuple(lines),
        "drafted: improvers that an iteration scored; proposed: what it returned; share: of a run's proposals, the "
        "mean over runs with its 95% interval; survived: worked, and was not worse than the incumbent on the same "
        "validation instances; gain: on these, the mean over runs of a run's mean, with its 95% interval, and how "
        "many runs have one. A proposal that uses several strategies counts for each.",
    )  # fmt: skip


def _by_iteration(task: str, rows: Sequence[Row]) -> Table:
    lines = []
    for t in sorted({row["t"] for row in rows}):
        here = [row for row in rows if row["t"] == t]
        for name in _lines_for(here):
            of = [row for row in here if row["proposed"] and _with(name, row["uses"])]
            drafted = sum(_with(name, labels) for row in here for labels in row["drafts"])
            if of or drafted:
                mean = _gain(of)[0]
                lines.append((t, name, drafted, len(of), _count(of, "survived"), _count(of, "adopted"), mean))
    columns = ("iteration", "", "drafted", "proposed", "survived", "adopted", "gain")
    return Table(f"{task}: by iteration", columns, tuple(lines))


def _count(rows: Iterable[Row], what: str) -> int:
    return sum(bool(row[what]) for row in rows)


def _gain(rows: Iterable[Row]) -> tuple[float | None, float | None, float | None, int]:
    """The mean over runs of the mean gain in a run; its interval; the runs."""
    of_run: dict[int, list[float]] = {}
    for row in rows:
        if row["gain"] is not None:
            of_run.setdefault(row["run"], []).append(row["gain"])
    means = [mean_of(gains).mean for gains in of_run.values()]
    return summed_up(means, GAINS) if means else (None, None, None, 0)


def _figure(task: str, rows: Sequence[Row]) -> Figure:
    """How often the commonest strategies are proposed, by iteration."""
    proposals = [row for row in rows if row["proposed"]]
    often = Counter(label for row in proposals for label in row["uses"])
    names = [name for name, _ in sorted(often.items(), key=lambda item: (-item[1], item[0]))[:_DRAWN]]
    lines = []
    for name in names or [NONE]:
        xs, ys, intervals = [], [], []
        for t in sorted({row["t"] for row in proposals}):
            values = [float(_with(name, row["uses"])) for row in proposals if row["t"] == t]
            xs.append(float(t))
            ys.append(mean_of(values).mean)
            intervals.append(interval_of(values, SCORES))
        lines.append(Line(name.replace("_", " "), tuple(xs), tuple(ys), tuple(intervals)))
    return Figure(f"strategies-{task}", task, "iteration", "share of proposals", tuple(lines))


def _words(task: str, rows: Sequence[Row]) -> list[str]:
    proposals = [row for row in rows if row["proposed"]]
    lost = len(rows) - len(proposals)
    part = [row for row in proposals if not row["judged"] or not row["whole"]]
    words = [
        f"{task}: {len(proposals)} proposals in {len(rows)} iterations of {len({row['run'] for row in rows})} runs; "
        f"in {lost} nothing new was returned. Strategies are those that the program's text shows, by rules that are "
        "sometimes wrong; they were chosen by the model, not assigned, so that a gain beside one is not the gain "
        "because of it, and nothing is tested."
    ]
    if part:
        words.append(f"{task}: {len(part)} proposals could not be read or followed to the end.")
    odd: dict[str, list[str]] = {}
    for row in proposals:
        for what, lines in row["unexplained"]:
            odd.setdefault(what, []).append(f"{row['proposed']}, line {', '.join(map(str, lines)) or '?'}")
    for what, places in sorted(odd.items(), key=lambda item: (-len(item[1]), item[0])):
        words.append(f"{task}: no rule explains, in {len(places)} of them: {what} ({'; '.join(places[:3])}).")
    return words


STUDY = Study(
    "strategies",
    "which strategies are proposed, survive, are adopted, and what do they gain?",
    "Each proposal's strategies by the rules of the version that the plan names. By strategy and by iteration: how "
    "many improvers that use it were drafted, proposed, not worse than the incumbent on validation, adopted; the "
    "mean gain on the same validation instances, one value a run, with Gaffke's 95% interval. Nothing is tested.",
    Defaults(("lpn",), replicates=10, iterations=4, repeats=5, adopt="not-worse"),
    parts_by_run,
    _uses,
    by_run(_one),
    _report,
)
