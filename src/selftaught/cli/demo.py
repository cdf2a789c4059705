"""``selftaught demo``: the recorded run that comes with the package, replayed and explained."""

from __future__ import annotations

import shlex
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from selftaught.cli import options
from selftaught.cli.options import command
from selftaught.cli.output import console, emit, one_line, plural, show_facts, styled
from selftaught.cli.progress import Progress
from selftaught.cli.run import show_iterations

if TYPE_CHECKING:
    from rich.console import Console

    from selftaught.demonstration import Demonstrated

LABEL = (
    "The answers in this recording were composed one at a time by a language-model assistant that was given only the "
    "prompt. They are not independent draws from a sampled model: no rate or comparison is inferred from them."
)
_MOST_IDEA = 420  # characters of a model's own words on its idea


@command("demo", "a recorded run, replayed and explained: no key, no network")
@options.jobs
@options.isolation
@options.runs
def demo(jobs: int | None, isolation: str | None, runs: Path, as_json: bool) -> None:
    """Replay the recorded run that comes with the package, and explain what one sees.

    A strong model's words are read from a file, where a run would ask a model; every program that it wrote is
    really run and scored, in jails on this machine, and what comes out is compared with what was recorded. It leaves
    a run's folder in --runs, and says how to replay the recording with options of your own.

    For example:
      selftaught demo
      selftaught demo --json --runs /tmp/runs
    """
    from selftaught.cli.watching import watching
    from selftaught.demonstration import demonstrate, demonstration

    options.check_runs(runs)
    plan = demonstration()
    progress = Progress(plan.iterations, plan.repeats * len(plan.tasks), plan.budget.samples)
    with watching(progress, []) as told:
        shown = demonstrate(plan, runs=runs, jobs=jobs, isolation=isolation, told=told)
    if as_json:
        emit({"label": LABEL, "as_recorded": shown.as_recorded, **shown.stopped.summary})
    else:
        _show(shown)


def _show(shown: Demonstrated) -> None:
    out, plan, summary = console(), shown.plan, shown.stopped.summary
    out.print(styled(f"A recorded run of STOP on {', '.join(plan.tasks)}, replayed", "bold"))
    out.print(styled(LABEL, "yellow"))
    out.print()
    for number, words in enumerate(_story(shown), 1):
        out.print(styled(f"{number}. {words}", ""))
    out.print()
    out.print(show_iterations(summary["iterations"]))
    for t, idea in shown.ideas.items():
        out.print()
        out.print(styled(f"What made I{t}, in the words of the model that wrote it:", "bold"))
        out.print(styled(f"  {one_line(shorten(idea, _MOST_IDEA, placeholder=' ...'))}", ""))
    out.print()
    _show_facts(out, shown)


def _story(shown: Demonstrated) -> list[str]:
    plan, summary = shown.plan, shown.stopped.summary
    calls, samples, scores = plan.budget.calls, plan.budget.samples, plan.budget.scores
    answers = plural(summary["spent"]["samples"], "answer")
    test = [each["test"]["mean"] for each in summary["iterations"] if each["test"]]
    flat = len(set(test)) == 1
    back = [
        each["t"] for each in summary["iterations"] if "returned the program that it was given" in each["why"]
    ]
    more = [
        f"The improver of iteration {t} handed back what it was given: read in it when it stops."
        for t in back
    ]
    return [
        f"I0 is the seed improver: a program that asks a model for better versions of a program and keeps the best. "
        f"Its score is what it makes of the task, on instances that it did not see, in {plural(plan.repeats, 'use')} "
        f"of at most {plural(calls, 'call')} of {plural(samples, 'answer')} and {plural(scores, 'score')}.",
        "In each iteration the incumbent is given itself to improve. What it returns meets it on fresh validation "
        "instances; if it is not worse it takes over. Test is reported, and decides nothing.",
        f"A model's words ({answers}) are read from the recording. The programs in them were run and scored now.",
        (
            "On this task the model solves the whole problem in its first answer, so that every improver that asks "
            f"it comes to {test[0]:.4f} on test: one sees how improvers are rewritten, not that they get better."
            if flat and test and test[0] == 1.0
            else "The means below are of very few instances: they show that things work, not how well."
        ),
        *more,
    ]


def _show_facts(out: Console, shown: Demonstrated) -> None:
    stopped = shown.stopped
    recorded = (
        "every score is the one that was recorded" if shown.as_recorded else "DIFFERS FROM THE RECORDING"
    )
    facts: dict[str, Any] = {
        "replay": recorded,
        "folder": f"{stopped.folder} was made by this replay: a run's folder like any other, yours to delete",
        "read it": stopped.folder / stopped.summary["best"],
        "by hand": f"selftaught {shown.plan.command} --model {shlex.quote(f'recording:{shown.plan.path}')}",
        "use it": f"selftaught improve bin_packing --improver {stopped.folder}:best --model MODEL",
        "do it": "selftaught run --task lpn --model MODEL --dry-run",
    }
    show_facts(out, facts)
