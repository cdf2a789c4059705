"""``selftaught run``: an improver improves itself."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selftaught.cli import options
from selftaught.cli.options import AtLeast, NoChoice, OneOf, command, option, run_options
from selftaught.cli.output import (
    audit_words,
    console,
    duration,
    emit,
    isolation_words,
    note,
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
    from selftaught.task import Task

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
@options.meta_model
@option(
    "--dry-run", is_flag=True, group=_WHAT,
    help="Spend nothing: print the most that the run can come to in calls, answers, tokens and money.",
)  # fmt: skip
@option(
    "--resume",
    metavar="RUN",
    group=_WHAT,
    help="Go on with a run that was cut off, by its ID or folder; other options are the run's, and only --iterations "
    "may be raised, limits raised or added, and --jobs changed.",
)
@run_options
def run(
    tasks: Sequence[str], iterations: int, repeats: int, adopt: str, improver: str, dry_run: bool,
    resume: str | None, as_json: bool, **shared: Any,
) -> None:  # fmt: skip
    """Let an improver improve itself (STOP), judged by what it makes of tasks.

    Each iteration has the incumbent improver rewrite itself; the proposal meets the incumbent on fresh validation
    instances, and the test split is reported and never used to choose. Everything is kept in a folder: the record,
    the improvers I0.py ... IT.py, summary.json.

    For example:
      selftaught run
      selftaught run --task lpn --task bin_packing --iterations 4 --seed 1
      selftaught run --task ./my_task --model openai:gpt-4o --max-cost 5 --max-time 1h
      selftaught run --task lpn --meta-model openai:gpt-4o --model ollama:qwen3 --dry-run
      selftaught run --resume 20261121-085759-a9ec --max-calls 1000
    """
    if resume is not None:
        _resume(resume, dry_run, as_json)
        return
    from dataclasses import replace

    from selftaught import api
    from selftaught.cli.asking import find_improver, find_task
    from selftaught.cli.spending import agreed, show_most
    from selftaught.cli.watching import watching
    from selftaught.planning import uses_of_run
    from selftaught.stop import called

    found = [find_task(name) for name in tasks]
    first = [line for _, lines in found for line in lines]
    chosen = options.read(shared)
    program = find_improver(improver, chosen.runs)
    uses = uses_of_run(len(found), repeats, iterations, chosen.budget)
    if dry_run:
        show_most(uses, chosen, as_json)
        return
    agreed(uses, chosen, yes=shared["yes"])
    options.check_runs(chosen.runs)
    progress = Progress(
        iterations, repeats * len(found), chosen.budget.samples, chosen.limits.time_s, called(program)
    )
    with watching(progress, first) as told:
        stopped = api.stop(
            [task for task, _ in found], iterations=iterations, repeats=repeats, adopt=adopt,
            improver=program, options=replace(chosen, ask=told.ask), told=told,
        )  # fmt: skip
    _tell(stopped, progress, [task for task, _ in found], tasks[0], as_json)


def _tell(stopped: Stopped, progress: Progress, tasks: Sequence[Task], name: str, as_json: bool) -> None:
    if as_json:
        emit(stopped.summary)
    else:
        _show(stopped, progress, tasks, name)
    if progress.remark:
        note(progress.remark)


def _resume(name: str, dry_run: bool, as_json: bool) -> None:
    """Go on with a run: what was given besides must be the run's own, or raise what may be raised."""
    from dataclasses import replace

    from selftaught import api
    from selftaught.cli import config
    from selftaught.cli.asking import find_improver, first_use
    from selftaught.cli.watching import watching
    from selftaught.stop import called
    from selftaught.task import Task

    if dry_run:
        raise NoChoice(
            "--dry-run is of a run that is to begin, not of one that is resumed: leave out one of them"
        )
    given = options.given()
    runs = given.pop("runs", Path("runs"))
    plan = api.recorded(name, runs)
    budget, limits = plan.options.budget, plan.options.limits
    jobs, tasks = given.pop("jobs", None), given.pop("tasks", None)
    watch = given.pop("watch", None)
    most = replace(
        limits,
        calls=given.get("max_calls", limits.calls),
        total_tokens=given.get("max_total_tokens", limits.total_tokens),
        time_s=given.get("max_time", limits.time_s),
        cost=given.get("max_cost", limits.cost),
    )
    if "improver" in given:
        given["improver"] = find_improver(given["improver"], runs).fingerprint
    options.check_the_same(
        given,
        {
            "repeats": plan.repeats, "adopt": plan.adopt, "improver": plan.improver.fingerprint,
            "model": plan.options.model_names, "meta_model": plan.options.meta_model_names,
            "seed": plan.options.seed, "calls": budget.calls, "samples": budget.samples,
            "scores": budget.scores, "answer_tokens": budget.answer_tokens, "tokens": budget.tokens,
            "cost": budget.cost, "time_": budget.time_s, "isolation": plan.options.isolation,
            "cache": plan.options.cache is not None,
        },
        {
            "iterations": plan.iterations, "max_calls": limits.calls, "max_total_tokens": limits.total_tokens,
            "max_time": limits.time_s, "max_cost": limits.cost,
        },
    )  # fmt: skip
    names = (*plan.options.model_names, *plan.options.meta_model_names)
    models = options.raised(plan.options.models, names, given.get("prices", ()))
    with config.named("task"):
        found = [Task.find(each) for each in tasks] if tasks else api.same_tasks(plan)
    if {task.name for task in found} != set(plan.tasks):
        given_tasks, theirs = " --task ".join(tasks or ()), " and ".join(plan.tasks)
        raise NoChoice(f"--task {given_tasks} is not the run's, which is {theirs}: leave it out")
    iterations = given.get("iterations", plan.iterations)
    progress = Progress(
        iterations, plan.repeats * len(found), budget.samples, most.time_s, called(plan.improver)
    )
    first = [line for task in found for line in first_use(task)]
    with watching(progress, first) as told:
        stopped = api.resume(
            plan, iterations=iterations, limits=most, models=models, jobs=jobs, tasks=found, watch=watch,
            ask=told.ask, told=told,
        )  # fmt: skip
    _tell(stopped, progress, found, plan.where[0] or plan.tasks[0], as_json)


def _show(stopped: Stopped, progress: Progress, tasks: Sequence[Task], name: str) -> None:
    out = console()
    summary = stopped.summary
    out.print(styled(f"STOP on {', '.join(summary['tasks'])} with {summary['model']}", "bold"))
    out.print()
    out.print(show_iterations(summary["iterations"]))
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
    _show_facts(out, stopped, progress, name)


def _on_test(tasks: Sequence[Task]) -> str:
    """What the column of test may claim."""
    fixed = [task.name for task in tasks if task.fixed]
    if not fixed:
        return "Test is reported, never used to choose."
    return f"{', '.join(fixed)}: one instance, so its splits coincide, and nothing is claimed of a test."


def show_iterations(iterations: list[dict[str, Any]]) -> Any:
    """A row for each iteration of a summary: the incumbent after it, and what happened."""
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
        out.print(styled(f"Stopped by {stopped.limit}, before all iterations were done.", "bold yellow"))
    facts: dict[str, object] = {"spent": f"{spent_words(summary['spent'])}, {duration(progress.elapsed_s())}"}
    facts |= progress.spent_facts()
    if summary["status"] == "limit":
        facts["to go on"] = _to_go_on(stopped)
    facts["seed"] = summary["seed"]
    if progress.events:
        facts["events"] = progress.worth_knowing()
    if progress.signs:
        facts["hacking"] = progress.signs
    facts["isolation"] = isolation_words(summary["isolation"])
    facts["audit"] = audit_words(summary["audit"])
    facts["best"] = stopped.folder / summary["best"]
    best = f"{stopped.folder}:best"
    facts["use it"] = f"selftaught improve {shlex.quote(task)} --improver {shlex.quote(best)}"
    show_facts(out, facts)


def _to_go_on(stopped: Stopped) -> str:
    """What the rest of a run that met a limit takes at most, and how it is resumed."""
    from selftaught.safety.monitor import BY_RULE

    assert stopped.left is not None
    spent, left = stopped.summary["spent"], stopped.left
    raised = {
        " model calls": f"--max-calls {spent['calls'] + left.calls}", " tokens": "--max-total-tokens MORE",
        "limit of $": "--max-cost MORE", " s": "--max-time LONGER",
    }  # fmt: skip
    limit = stopped.limit.partition(" (")[0]
    option = "" if limit.startswith(BY_RULE) else next(raised[words] for words in raised if words in limit)
    rest = f"the {plural(stopped.iterations_left, 'iteration')} left may take {plural(left.calls, 'call')}"
    command = f"selftaught run --resume {shlex.quote(str(stopped.folder))} {option}".rstrip()
    return f"{rest} and {plural(left.answers, 'answer')} at most: {command}"
