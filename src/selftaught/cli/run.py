"""``selftaught run``: an improver improves itself."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from selftaught.cli import options
from selftaught.cli.options import AtLeast, OneOf, command, option, run_options
from selftaught.cli.output import (
    console,
    duration,
    emit,
    isolation_words,
    plural,
    show_facts,
    show_mean,
    spent_words,
    styled,
    table,
)  # fmt: skip
from selftaught.cli.progress import Progress

if TYPE_CHECKING:
    from rich.console import Console

    from selftaught.api import Stopped
    from selftaught.scoring import Result
    from selftaught.stop import Iteration

_WHAT = "What to run"


@command("run", "an improver improves itself")
@option(
    "--task",
    "tasks",
    multiple=True,
    default=["bin_packing"],
    show_default=True,
    metavar="TASK",
    group=_WHAT,
    help="A built-in task or a task's folder, to judge improvers on; may be repeated.",
)
@option(
    "--iterations",
    type=AtLeast(1),
    default=3,
    show_default=True,
    group=_WHAT,
    help="Rounds of self-improvement.",
)
@option(
    "--repeats",
    type=AtLeast(1),
    default=5,
    show_default=True,
    group=_WHAT,
    help="Uses of an improver on each task, from seeds of their own, in one meta-utility.",
)
@option(
    "--adopt",
    type=OneOf(["always", "not-worse", "better"]),
    default="not-worse",
    show_default=True,
    group=_WHAT,
    help="When a proposal takes over, judged on validation: as in the paper; if its mean is no lower; "
    "or if a paired test shows it at 5%.",
)
@options.improver
@run_options
def run(
    tasks: Sequence[str], iterations: int, repeats: int, adopt: str, improver: str, as_json: bool, **shared: Any
) -> None:  # fmt: skip
    """Let an improver improve itself (STOP), judged by what it makes of tasks.

    Each iteration has the incumbent improver rewrite itself; the proposal meets the incumbent on fresh validation
    instances, and the test split is reported and never used to choose. Everything is kept in a folder: the record,
    the improvers I0.py ... IT.py, summary.json.

    For example:
      selftaught run
      selftaught run --task lpn --task bin_packing --iterations 4 --seed 1
      selftaught run --task ./my_task --model openai:gpt-4o --max-calls 500 --max-time 1h
    """
    from selftaught import api
    from selftaught.cli.asking import find_improver, find_task
    from selftaught.cli.watching import watching

    found = [find_task(name) for name in tasks]
    first = [line for _, lines in found for line in lines]
    chosen = options.read(shared)
    program = find_improver(improver, chosen.runs)
    options.check_runs(chosen.runs)
    progress = Progress(iterations, repeats * len(found), chosen.budget.samples, chosen.limits.time_s)
    with watching(progress, first) as told:
        stopped = api.stop(
            [task for task, _ in found], iterations=iterations, repeats=repeats, adopt=adopt,
            improver=program, options=chosen, told=told,
        )  # fmt: skip
    if as_json:
        emit(stopped.summary)
    else:
        _show(stopped, progress, tasks)


def _show(stopped: Stopped, progress: Progress, tasks: Sequence[str]) -> None:
    out = console()
    summary = stopped.summary
    out.print(styled(f"STOP on {', '.join(summary['tasks'])} with {summary['model']}", "bold"))
    out.print()
    out.print(_iterations(summary["iterations"]))
    n = (summary["iterations"][0]["test"] or {}).get("n", 0)
    out.print(
        styled(
            f"Meta-utility: mean ± standard error of n = {n} uses of the improver on each split"
            f" ({plural(len(summary['tasks']), 'task')} x {n // len(summary['tasks'])}). {_on_test(tasks)}",
            "dim",
        )
    )
    if len(summary["tasks"]) > 1:
        _show_by_task(out, summary["tasks"], progress)
    out.print()
    _show_facts(out, stopped, progress, tasks[0])


def _on_test(names: Sequence[str]) -> str:
    """What the column of test may claim."""
    from selftaught.task import Task

    fixed = [task.name for task in map(Task.find, names) if task.fixed]
    if not fixed:
        return "Test is reported, never used to choose."
    return f"{', '.join(fixed)}: one instance, so its splits coincide, and nothing is claimed of a test."


def _iterations(iterations: list[dict[str, Any]]) -> Any:
    rows = []
    for found in iterations:
        outcome = "" if found["t"] == 0 else "adopted: " if found["adopted"] else "kept the incumbent: "
        means = [show_mean(found[split]) for split in ("search", "validation", "test")]
        rows.append([f"I{found['t']}", *means, found["improver"][:8], outcome + found["why"]])
    return table(
        ["", "search", "validation", "test", "improver", "what happened"],
        rows,
        right="search validation test",
        whole="improver",
    )


def _show_by_task(out: Console, names: list[str], progress: Progress) -> None:
    """A row for each task and iteration: the incumbent's means on that task alone."""
    if not progress.results:
        return
    rows = [
        [name, f"I{each.t}", *(_on_task(result, place, len(names)) for result in _splits(each))]
        for place, name in enumerate(names)
        for each in progress.results
    ]
    out.print()
    out.print(table(["task", "", "search", "validation", "test"], rows))


def _splits(iteration: Iteration) -> tuple[Result | None, ...]:
    return iteration.search, iteration.validation, iteration.test


def _on_task(result: Result | None, place: int, tasks: int) -> str:
    """The mean over one task's instances, which take turns with those of the others."""
    from selftaught.statistics import mean_of

    return "-" if result is None else show_mean(mean_of(result.values[place::tasks]))


def _show_facts(out: Console, stopped: Stopped, progress: Progress, task: str) -> None:
    summary = stopped.summary
    if summary["status"] == "limit":
        out.print(
            styled("Stopped by a limit on the whole run, before all iterations were done.", "bold yellow")
        )
    facts = {
        "spent": f"{spent_words(summary['spent'])}, {duration(progress.elapsed_s())}",
        "seed": summary["seed"],
    }
    if progress.events:
        facts["events"] = progress.worth_knowing()
    facts["isolation"] = isolation_words(summary["isolation"])
    facts["best"] = stopped.folder / summary["best"]
    best = f"{stopped.folder}:best"
    facts["use it"] = f"selftaught improve {shlex.quote(task)} --improver {shlex.quote(best)}"
    show_facts(out, facts)
