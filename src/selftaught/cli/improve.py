"""``selftaught improve``: one improver, one task, a better program."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from selftaught.cli import options
from selftaught.cli.options import NoChoice, command, option, run_options
from selftaught.cli.output import (
    audit_words,
    coloured_diff,
    console,
    duration,
    emit,
    isolation_words,
    note,
    show_facts,
    show_mean,
    spent_words,
    styled,
    table,
)  # fmt: skip
from selftaught.cli.progress import Progress

if TYPE_CHECKING:
    from selftaught.api import Improved
    from selftaught.task import Task


@command("improve", "one improver, one task, a better program")
@click.argument("task_name", metavar="TASK")
@options.improver
@option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    group="Output",
    help="Also write the program to FILE.",
)
@options.force
@run_options
def improve(
    task_name: str, improver: str, output: Path | None, force: bool, as_json: bool, **shared: Any
) -> None:
    """Let one improver work on one task, and keep the program that it makes.

    The improver sees search instances only; start and result then meet on validation instances, and what is not
    better there is not handed back: "no improvement" is an answer.

    For example:
      selftaught improve bin_packing
      selftaught improve ./my_task --improver runs/20261101-093000-1f2e:best -o better.py
      selftaught improve lpn --model http://localhost:8000/v1#qwen --calls 8
    """
    from dataclasses import replace

    from selftaught import api
    from selftaught.cli.asking import find_improver, find_task
    from selftaught.cli.spending import agreed
    from selftaught.cli.watching import watching
    from selftaught.planning import Uses

    task, first = find_task(task_name)
    check_output(output, force)
    chosen = options.read(shared)
    program = find_improver(improver, chosen.runs)
    agreed(Uses(0, 1), chosen, yes=shared["yes"])
    options.check_runs(chosen.runs)
    progress = Progress(samples=chosen.budget.samples, most_s=chosen.limits.time_s)
    with watching(progress, first) as told:
        improved = api.improve(task, program, replace(chosen, ask=told.ask), told)
    if output is not None:
        output.write_text(improved.program.text, encoding="utf-8")
    if as_json:
        emit(improved.to_json())
        if improved.start.cause:
            note(f"the start program: {improved.start.cause}")
    else:
        _show(task, improved, progress, output)
    if progress.remark:
        note(progress.remark)


def check_output(output: Path | None, force: bool) -> None:
    """Refuse a file that could not be written, or that holds something unless ``force``, before any work is done."""
    if output is None:
        return
    if output.is_dir():
        raise NoChoice(f"--output {output} is a folder: give a file's name")
    if output.is_file() and output.stat().st_size and not force:
        raise NoChoice(f"--output {output} is there already: give another name, or --force to write over it")
    if not output.parent.is_dir():
        raise NoChoice(f"--output {output}: there is no folder {output.parent}: make it first")
    if not os.access(output if output.exists() else output.parent, os.W_OK):
        raise NoChoice(f"--output {output} cannot be written: give another file")


def _show(task: Task, improved: Improved, progress: Progress, output: Path | None) -> None:
    from selftaught.program import diff

    out = console()
    better = improved.program.fingerprint != task.start.fingerprint
    out.print(styled(f"{improved.task}: {improved.why}", "bold green" if better else "bold"))
    out.print()
    rows = [["start", show_mean(improved.start.mean)]]
    if better:
        rows.append(["best", show_mean(improved.best.mean)])
    out.print(table(["", "validation"], rows, right="validation"))
    where = "the task's one instance" if task.fixed else f"n = {improved.start.mean.n} validation instances"
    out.print(styled(f"Mean ± standard error over {where}.", "dim"))
    if better:
        out.print()
        out.print(coloured_diff(diff(task.start.text, improved.program.text, "start", "best")))
    out.print()
    facts: dict[str, object] = {"start": improved.start.cause} if improved.start.cause else {}
    facts["spent"] = f"{spent_words(improved.spent)}, {duration(progress.elapsed_s())}"
    facts |= progress.spent_facts()
    if progress.events:
        facts["events"] = progress.worth_knowing()
    if progress.signs:
        facts["hacking"] = progress.signs
    facts |= {"isolation": isolation_words(progress.isolation), "audit": audit_words(improved.audit)}
    facts["program"] = improved.folder / "best.py"
    if output is not None:
        facts["written"] = f"{output}{'' if better else ' (the start program, unchanged)'}"
    show_facts(out, facts)
