"""``selftaught study``: an experiment, and ``selftaught studies``: which there are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from selftaught.cli import options
from selftaught.cli.options import AtLeast, NoChoice, OneOf, command, option, run_options
from selftaught.cli.output import (
    audit_words,
    console,
    duration,
    emit,
    isolation_words,
    note,
    show_facts,
    spent_words,
    styled,
    table,
)  # fmt: skip
from selftaught.cli.progress import StudyProgress

if TYPE_CHECKING:
    from rich.console import Console

    from selftaught.api import Options
    from selftaught.studies.running import Studied
    from selftaught.studies.study import Settings, Study, Table

_WHAT = "What to study"


@command("studies", "the experiments there are")
def studies(as_json: bool) -> None:
    """List the experiments, each with its question and what it is made with unless told otherwise.

    For example:
      selftaught studies
    """
    from selftaught.studies import HOMES, find_study

    found = [find_study(name) for name in HOMES]
    if as_json:
        emit(
            [
                {
                    "study": each.name, "question": each.question, "analysis": each.analysis,
                    "tasks": each.defaults.tasks, "replicates": each.defaults.replicates,
                }
                for each in found
            ]
        )  # fmt: skip
        return
    rows = [
        [each.name, each.question, ", ".join(each.defaults.tasks), each.defaults.replicates] for each in found
    ]
    console().print(
        table(["study", "question", "tasks", "replicates"], rows, right="replicates", whole="study")
    )


@command("study", "an experiment: planned, recorded, with intervals")
@click.argument("name", metavar="NAME")
@option(
    "--task",
    "tasks",
    multiple=True,
    metavar="TASK",
    group=_WHAT,
    help="A built-in task or a task's folder; may be repeated. Default: the study's own.",
)
@option(
    "--replicates",
    type=AtLeast(1),
    group=_WHAT,
    help="How often what is random is repeated, from seeds of its own: the n of every interval.",
)
@option("--iterations", type=AtLeast(1), group=_WHAT, help="Rounds of self-improvement.")
@option(
    "--repeats", type=AtLeast(1), group=_WHAT, help="Uses of an improver on each task in one meta-utility."
)
@option("--adopt", type=OneOf(["always", "not-worse", "better"]), group=_WHAT, help="As in `selftaught run`.")
@option(
    "--improver",
    "improvers",
    multiple=True,
    metavar="NAME|FILE|RUN:best",
    group=_WHAT,
    help="A frozen improver to compare with the seed improver, or to be improved; may be repeated.",
)
@option(
    "--dry-run",
    is_flag=True,
    group=_WHAT,
    help="Spend nothing: print the most that the study can come to.",
)
@option(
    "--resume", metavar="RUN", group=_WHAT, help="Go on with a study that was cut off; limits may be raised."
)
@run_options
def study(
    name: str, tasks: Sequence[str], replicates: int | None, iterations: int | None, repeats: int | None,
    adopt: str | None, improvers: Sequence[str], dry_run: bool, resume: str | None, as_json: bool, **shared: Any,
) -> None:  # fmt: skip
    """Do an experiment whose plan is fixed before the first result.

    Its folder has the tables, the figures, the rows behind them, and the ledger behind every number.

    For example:
      selftaught studies
      selftaught study fixed-task --task lpn --replicates 10
      selftaught study transfer --improver runs/20261101-093000-1f2e:best --task lpn --task bin_packing
      selftaught study fixed-task --model openai:gpt-4o --dry-run
    """
    from selftaught.cli.asking import find_task
    from selftaught.cli.spending import agreed, show_most
    from selftaught.studies.given import find_given
    from selftaught.studies.running import known_study, settings_of

    chosen_study = known_study(name)
    if resume is not None:
        _resume(chosen_study, resume, dry_run, as_json)
        return
    found = [find_task(each) for each in tasks]
    chosen = options.read(shared)
    programs = [find_given(each, chosen.runs) for each in improvers]
    settings = settings_of(
        chosen_study, tasks=[task for task, _ in found], replicates=replicates, iterations=iterations,
        repeats=repeats, adopt=adopt, improvers=programs, models=len(chosen.model_names),
    )  # fmt: skip
    uses = chosen_study.uses(settings, chosen.budget)
    if dry_run:
        show_most(uses, chosen, as_json, **_planned(chosen_study, settings, as_json))
        return
    agreed(uses, chosen, yes=shared["yes"])
    options.check_runs(chosen.runs)
    _run(chosen_study, settings, chosen, None, [line for _, lines in found for line in lines], as_json)


def _planned(chosen: Study, settings: Settings, as_json: bool) -> dict[str, Any]:
    """What a dry run says of the plan: how much must differ for anything to be found."""
    tested = chosen.tested(settings)
    if as_json or not tested:
        return tested
    needed, pairs, number = tested["smallest_n"], tested["pairs"], tested["comparisons"]
    enough = "" if pairs >= needed else ", so that nothing can be found: raise --replicates"
    return {
        "tests": f"{number}, each of {pairs} pairs; {needed} must differ, all in one direction, "
        f"for one of them to be found{enough}"
    }


def _resume(chosen: Study, name: str, dry_run: bool, as_json: bool) -> None:
    from dataclasses import replace

    from selftaught.studies.running import begun

    if dry_run:
        raise NoChoice("--dry-run is of a study that is to begin: leave out one of them")
    given = options.given()
    was = begun(name, given.pop("runs", Path("runs")))
    if was.study.name != chosen.name:
        raise NoChoice(f"{was.folder} is a study of {was.study.name}, not {chosen.name}")
    limits = was.options.limits
    most = {
        "max_calls": "calls",
        "max_total_tokens": "total_tokens",
        "max_time": "time_s",
        "max_cost": "cost",
    }
    jobs, watch = given.pop("jobs", None), given.pop("watch", was.options.watch)
    given.pop("name", None)
    options.check_the_same(given, {}, {option: getattr(limits, field) for option, field in most.items()})
    if other := [option for option in given if option not in most]:
        raise NoChoice(
            f"{options.flag(other[0])} is the study's own: with --resume only limits, --jobs and --watch may be given"
        )
    raised = replace(limits, **{most[option]: value for option, value in given.items()})
    _run(
        was.study,
        was.settings,
        replace(was.options, limits=raised, jobs=jobs, watch=watch),
        was.folder,
        [],
        as_json,
    )


def _run(
    chosen: Study, settings: Settings, given: Options, resumed: Path | None, first: list[Any], as_json: bool
) -> None:
    from dataclasses import replace

    from selftaught.cli.watching import watching
    from selftaught.studies.running import run_study

    progress = StudyProgress(name=chosen.name, most_s=given.limits.time_s)
    with watching(progress, first) as told:
        studied = run_study(chosen, settings, replace(given, ask=told.ask), told, resumed)
    if as_json:
        emit(studied.to_json())
    else:
        _show(studied, progress)
    if progress.remark:
        note(progress.remark)
    if studied.report is None:
        note(
            f"stopped by {progress.limit}: `selftaught study {chosen.name} --resume {studied.folder}` goes on"
        )
        raise SystemExit(1)


def _show(studied: Studied, progress: StudyProgress) -> None:
    from selftaught.studies.rendering import can_draw

    out = console()
    out.print(styled(f"{studied.study.name}: {studied.study.question}", "bold"))
    for each in studied.report.tables if studied.report else ():
        out.print()
        out.print(styled(each.title, "bold"))
        _show_table(out, each)
        out.print(styled(each.remark, "dim"))
    for words in studied.report.words if studied.report else ():
        out.print()
        out.print(styled(words, ""))
    out.print()
    facts: dict[str, object] = {
        "spent": f"{spent_words(studied.spent)}, {duration(progress.elapsed_s())}",
        **progress.spent_facts(),
        "seed": studied.plan["seed"],
        "plan": f"{studied.plan['hash']}, fixed before the first result",
    }
    if progress.events:
        facts["events"] = progress.worth_knowing()
    if progress.signs:
        facts["hacking"] = progress.signs
    facts |= {"isolation": isolation_words(progress.isolation), "folder": studied.folder}
    facts["audit"] = audit_words(studied.audit)
    facts["files"] = ", ".join(path.name for path in studied.written)
    if not can_draw():
        facts["figures"] = 'are drawn where matplotlib is installed: pip install "selftaught[figures]"'
    show_facts(out, facts)


def _show_table(out: Console, shown: Table) -> None:
    """A table as it is; where it is too wide, one for each value of its first column, under that value."""
    from rich.measure import Measurement

    from selftaught.studies.rendering import texts

    rows = [texts(shown.columns, row) for row in shown.rows]
    numbers = [
        column for place, column in enumerate(shown.columns)
        if all(row[place] is None or isinstance(row[place], (int, float)) for row in shown.rows)
    ]  # fmt: skip
    whole = table(shown.columns, rows, right=numbers)
    width = Measurement.get(out, out.options.update(max_width=10_000), whole).maximum
    groups = list(dict.fromkeys(row[0] for row in rows))
    if width <= out.width or len(groups) == len(rows):
        out.print(whole)
        return
    for group in groups:
        out.print()
        out.print(styled(f"{shown.columns[0]}: {group}", ""))
        out.print(table(shown.columns[1:], [row[1:] for row in rows if row[0] == group], right=numbers))
