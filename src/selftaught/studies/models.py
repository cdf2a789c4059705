"""The same protocol for several models, each the only one of its runs; and how self-improvement fails with each.

Runs of the same number work on the same instances, whatever the model. Every proposal is looked at: was there one,
how far is it from the incumbent, and where does a loss come from.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.errors import InputError
from selftaught.meta import MetaTask
from selftaught.planning import Uses, uses_of_run
from selftaught.program import Program
from selftaught.run import Run, RunModel
from selftaught.scoring import Result
from selftaught.statistics import mean_of
from selftaught.stop import Iteration, stop
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
    compare,
    curves_of,
    interval_of,
    rated,
    side_by_side,
    summed_up,
)
from selftaught.task import Task

FEW = 10
"""An edit of fewer insertions, deletions and replacements of nodes of the syntax tree is a small one."""

NOTHING, BACK, BREAKS = "returns nothing", "hands back the improver", "fails in every use"
IMPROVER_ONLY, WORSE = "harms the improver only", "makes worse solutions"
ALIKE, BETTER = "no different", "better"
OUTCOMES = (NOTHING, BACK, BREAKS, IMPROVER_ONLY, WORSE, ALIKE, BETTER)
"""Each iteration's proposal is one of these, judged on the validation instances."""
SMALL, WORDS, BACK_TASKS = "small edit", "words only", "hands back tasks' programs"
MARKS = (SMALL, WORDS, BACK_TASKS)
"""What may be true of a proposal besides."""


def _parts(settings: Settings) -> int:
    return settings.models * len(settings.tasks) * settings.replicates


def _uses(settings: Settings, budget: Budget) -> Uses:
    one = uses_of_run(1, settings.repeats, settings.iterations, budget)
    return Uses(_parts(settings) * one.meta, _parts(settings) * one.tasks)


async def _work(run: Run, settings: Settings, done: Callable[[], None]) -> list[Row]:
    if run.meta_models:
        raise InputError(
            "--meta-model has no meaning in the study models, where each has every role: leave it out"
        )
    return await side_by_side(
        (
            _one(run.only(model), settings, model, place, task, number)
            for place, model in enumerate(run.models)
            for task in settings.tasks
            for number in range(settings.replicates)
        ),
        done,
    )


async def _one(
    run: Run, settings: Settings, model: RunModel, which: int, task: Task, number: int
) -> list[Row]:
    place = Address(("models", f"model{which}", task.name, f"run{number}"))
    drawn = Address(("models", task.name, f"run{number}"))
    meta = MetaTask((task,), settings.repeats, settings.seed_improver, run.budget)
    rows: list[Row] = []
    incumbent = meta.start
    async for each in stop(run, meta, settings.iterations, settings.adopt, place, drawn):
        assert each.test is not None  # else a limit of the run was met, which has ended this
        run.ledger.add_program(each.improver)
        row: Row = {
            "model": model.name, "task": task.name, "run": number, "t": each.t,
            "improver": each.improver.fingerprint, "test": each.test.mean.mean,
            "validation": each.validation.mean.mean, "adopted": each.adopted, "why": each.why,
        }  # fmt: skip
        if each.t:
            row["proposed"] = each.proposed and each.proposed.fingerprint
            row |= _looked_at(each, incumbent, _handed_back(run, meta, each, place))
        rows.append(row)
        incumbent = each.improver
    return rows


def _handed_back(run: Run, meta: MetaTask, each: Iteration, place: Address) -> int:
    """In how many of its uses on the validation instances a proposal returned the program that it was given."""
    if each.proposed is None or each.met is None:
        return 0
    count = 0
    for instance in meta.draw("validation", bytes(16)):  # for their names, which no seed is in
        at = meta.used_at(place / f"t{each.t}" / "validation", each.proposed, instance)
        use = run.ledger.improvement(at)
        count += use is not None and use.program == meta.task_of(instance).start
    return count


def _looked_at(each: Iteration, incumbent: Program, handed_back: int) -> Row:
    """What is counted of one proposal; None where there is nothing to count."""
    row: Row = dict.fromkeys(("edits", "words_only", "uses", "failed", "handed_back", "difference", "kept"))
    if each.proposed is None or each.met is None or each.proposed_validation is None:
        return {**row, "outcome": NOTHING if each.proposed is None else BACK}
    new, old = each.proposed_validation, each.met
    difference, kept = new.mean.mean - old.mean.mean, kept_difference(new, old)
    return {
        "edits": edits(incumbent.text, each.proposed.text),
        "words_only": words_only(incumbent.text, each.proposed.text),
        "uses": len(new.values),
        "failed": sum(use.status != "ok" for use in new.evaluations),
        "handed_back": handed_back,
        "difference": difference,
        "kept": kept,
        "outcome": outcome(new, difference, kept),
    }


def outcome(new: Result, difference: float, kept: float | None) -> str:
    """Which of :data:`OUTCOMES` a new program is."""
    if "ok" not in new.outcomes:
        return BREAKS
    if abs(difference) <= _ROUNDING:
        return ALIKE
    if difference > 0:
        return BETTER
    return IMPROVER_ONLY if kept is None or kept >= -_ROUNDING else WORSE


def kept_difference(new: Result, old: Result) -> float | None:
    """The mean difference over the instances on which both improvers worked; None where there are none."""
    both = [
        a.value - b.value
        for a, b in zip(new.evaluations, old.evaluations, strict=True)
        if a.status == b.status == "ok"
    ]
    return sum(both) / len(both) if both else None


_ROUNDING = 1e-12


# --- how far two programs are apart ---------------------------------------------------------------------------------


def edits(old: str, new: str, most: int = FEW) -> int:
    """How many nodes of the syntax tree must be inserted, deleted or replaced; ``most`` if it is that many or more.

    Comments, layout and docstrings don't count; a changed string is one node. Where either doesn't parse: words.
    """
    return _distance(*_both(old, new, words=True), most)


def words_only(old: str, new: str) -> bool:
    """Whether nothing differs but comments, layout, docstrings and the content of strings, such as prompts."""
    one, other = _both(old, new, words=False)
    return one == other


def _both(old: str, new: str, *, words: bool) -> tuple[list[str], list[str]]:
    one, other = _nodes(old, words=words), _nodes(new, words=words)
    if one is None or other is None:
        return old.split(), new.split()
    return one, other


def _nodes(text: str, *, words: bool) -> list[str] | None:
    """The syntax tree's nodes from the top down, each with its own names and values; None of what doesn't parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an escape that is none
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # a model wrote it
        return None
    return [_told(node, words=words) for node in _walk(tree)]


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but docstrings, loads and stores; without recursion, for a program may be nested deeply."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        children = list(ast.iter_child_nodes(node))
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = ast.get_docstring(node, clean=False) is not None
            children = [child for child in children if not (docstring and child is node.body[0])]
        waiting += [child for child in reversed(children) if not isinstance(child, ast.expr_context)]


def _told(node: ast.AST, *, words: bool) -> str:
    fields = [value for _, value in ast.iter_fields(node)]
    own = [repr(value) for value in fields if isinstance(value, (str, int))]
    own += [each for value in fields if isinstance(value, list) for each in value if isinstance(each, str)]
    if isinstance(node, ast.Constant):
        is_text = isinstance(node.value, (str, bytes))
        own = ["a string" if is_text and not words else repr(node.value)]
    return " ".join([type(node).__name__, *own])


def _distance(one: Sequence[str], other: Sequence[str], most: int) -> int:
    """Levenshtein's distance, or ``most`` if it is no less: in time of their length times ``most``."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    one, other = one[start : len(one) - end], other[start : len(other) - end]
    if abs(len(one) - len(other)) >= most:
        return most
    before = {j: j for j in range(min(len(other), most) + 1)}
    for i, mine in enumerate(one, 1):
        row: dict[int, int] = {}
        for j in range(max(0, i - most), min(len(other), i + most) + 1):
            if j == 0:
                row[j] = i
                continue
            replaced = before.get(j - 1, most) + (mine != other[j - 1])
            row[j] = min(replaced, before.get(j, most) + 1, row.get(j - 1, most) + 1)
        before = row
    return min(most, before[len(other)])


# --- the report -----------------------------------------------------------------------------------------------------


def _report(settings: Settings, rows: list[Row]) -> Report:
    models = list(dict.fromkeys(row["model"] for row in rows))
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    curves = {
        (task, model): curves_of(row for row in rows if (row["task"], row["model"]) == (task, model))
        for task in tasks
        for model in models
    }
    compared = _compared(curves, tasks, models)
    lines = []
    for who, runs in curves.items():
        first, last = ([curve[place] for curve in runs] for place in (0, -1))
        lines.append(
            (*who, *summed_up(first, SCORES)[:3], *summed_up(last, SCORES)[:3], *compared[who].cells())
        )
    final = f"I{settings.iterations}"
    columns = (
        "task", "model", "I0", "I0 low", "I0 high", final, f"{final} low", f"{final} high", "gain", "gain low",
        "gain high", *COMPARED[3:],
    )  # fmt: skip
    tables = [
        Table(
            "test meta-utility", columns, tuple(lines),
            f"Means over independent runs, with 95% intervals. The gain is paired by run. {COMPARED_BY}",
        )
    ]  # fmt: skip
    if len(models) > 1:
        tables.append(
            Table(
                "gains of models in pairs", ("task", "first", "second", *COMPARED),
                tuple((*key, *each.cells()) for key, each in compared.items() if len(key) == 3),
                f"The gain with the first model less that with the second, paired by run. {COMPARED_BY}",
            )
        )  # fmt: skip
    groups = {task: [row for row in rows if row["task"] == task and row["t"]] for task in tasks}
    if len(tasks) > 1:
        groups["all tasks"] = [row for row in rows if row["t"]]
    proposals = list(groups.values())[-1]
    return Report(
        (*tables, _modes(groups, models), _by_iteration(groups, models)),
        (*(_figure_of(curves, task, models) for task in tasks), _figure_of_modes(proposals, models)),
        tuple(f"{task}, {model}: {compared[task, model].told()}" for task, model in curves),
    )


_Curves = dict[tuple[str, str], list[list[float]]]
_Pairs = dict[tuple[str, ...], tuple[list[float], list[float]]]


def _compared(curves: _Curves, tasks: list[str], models: list[str]) -> dict[tuple[str, ...], Compared]:
    """Each model's gain on each task, and these gains of models in pairs: all of them together."""
    alone: _Pairs = {
        who: ([curve[-1] for curve in runs], [curve[0] for curve in runs]) for who, runs in curves.items()
    }
    gains = {who: [curve[-1] - curve[0] for curve in runs] for who, runs in curves.items()}
    between: _Pairs = {
        (task, one, other): (gains[task, one], gains[task, other])
        for task in tasks
        for one, other in combinations(models, 2)
    }
    return compare(alone | between, dict.fromkeys(between, (-2.0, 2.0)))


def _shows(row: Row, mode: str) -> bool:
    """Whether an iteration is to be counted under this outcome or mark."""
    if mode in OUTCOMES:
        return bool(row["outcome"] == mode)
    if row["edits"] is None:
        return False
    if mode == SMALL:
        return bool(row["edits"] < FEW)
    if mode == WORDS:
        return bool(row["words_only"])
    worked = row["uses"] - row["failed"]
    return bool(0 < worked <= row["handed_back"])


_COUNTED = f"""\
{BREAKS}: on validation; {IMPROVER_ONLY}: its meta-utility there is lower than the incumbent's, but not where \
both worked, so that what is lost is lost by failing; {SMALL}: fewer than {FEW} nodes of the syntax tree; {WORDS}: \
nothing but comments, layout and strings; {BACK_TASKS}: in every use that worked. {BETTER} and {WORSE} are no more \
than the sign of a mean with noise: of proposals that change nothing about half count as either. Exact 95% \
intervals, as if iterations of one run were independent, which they are not."""


def _modes(groups: dict[str, list[Row]], models: list[str]) -> Table:
    lines = []
    for task, rows in groups.items():
        for model in models:
            asked = [row for row in rows if row["model"] == model]
            for mode in (*OUTCOMES, *MARKS):
                count = sum(_shows(row, mode) for row in asked)
                lines.append((task, model, mode, count, len(asked), *rated(count, len(asked))))
    columns = ("task", "model", "proposals", "count", "iterations", "share", "low", "high")
    return Table("what was proposed", columns, tuple(lines), _COUNTED)


def _by_iteration(groups: dict[str, list[Row]], models: list[str]) -> Table:
    lines = []
    for task, rows in groups.items():
        for model in models:
            mine = [row for row in rows if row["model"] == model]
            for mode in (*OUTCOMES, *MARKS):
                if not any(_shows(row, mode) for row in mine):
                    continue
                for t in sorted({row["t"] for row in mine}):
                    of_t = [_shows(row, mode) for row in mine if row["t"] == t]
                    lines.append((task, model, mode, t, sum(of_t), len(of_t), *rated(sum(of_t), len(of_t))))
    return Table(
        "what was proposed, by iteration",
        ("task", "model", "proposals", "t", "count", "runs", "share", "low", "high"), tuple(lines),
        "What a model never did on a task is left out. Exact 95% intervals.",
    )  # fmt: skip


def _figure_of(curves: _Curves, task: str, models: list[str]) -> Figure:
    lines = []
    for model in models:
        steps = list(zip(*curves[task, model], strict=True))
        lines.append(
            Line(
                model,
                tuple(range(len(steps))),
                tuple(mean_of(values).mean for values in steps),
                tuple(interval_of(values, SCORES) for values in steps),
            )
        )
    return Figure(f"models-{task}", task, "iteration", "test meta-utility", tuple(lines))


def _figure_of_modes(rows: list[Row], models: list[str]) -> Figure:
    modes = (*OUTCOMES, *MARKS)
    lines = []
    for model in models:
        mine = [row for row in rows if row["model"] == model]
        counts = [rated(sum(_shows(row, mode) for row in mine), len(mine)) for mode in modes]
        intervals = tuple((low, high) for _, low, high in counts)
        lines.append(
            Line(model, tuple(range(len(modes))), tuple(share or 0.0 for share, *_ in counts), intervals)
        )
    return Figure(
        "models-proposals", "what was proposed", "", "share of iterations", tuple(lines), modes, "points"
    )


STUDY = Study(
    "models",
    "does self-improvement work with each model, and how does it fail where it doesn't?",
    "The same runs for each model, alone in every role, on the same instances. Gain: test meta-utility of I_T "
    "less that of I_0, paired by run, for each model and task; and these gains of models in pairs. "
    f"{COMPARED_BY} Each iteration's "
    f"proposal is counted, by task, model and iteration, as one of: {', '.join(OUTCOMES)}; and besides as: "
    f"{', '.join(MARKS)}; shares with exact 95% intervals, without tests. A small edit has fewer than {FEW} "
    "insertions, deletions and replacements of nodes of the syntax tree; a proposal harms the improver only if it "
    "is lower than the incumbent on validation, but not over the instances where both worked.",
    Defaults(("lpn",), replicates=10, iterations=4, repeats=5, adopt="not-worse"),
    _parts,
    _uses,
    _work,
    _report,
    # models alone, and in pairs
    lambda settings: (
        len(settings.tasks) * settings.models * (settings.models + 1) // 2,
        settings.replicates,
    ),
)
