"""``selftaught score``: what a program is worth on a task, and what went wrong if something did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from selftaught.cli import options
from selftaught.cli.options import AtLeast, OneOf, command, option
from selftaught.cli.output import console, emit, isolation_words, note, show_facts, show_mean, styled

if TYPE_CHECKING:
    from selftaught.scoring import Result
    from selftaught.task import Task

_WHAT = "What to score"


@command("score", "the score of a program, and what went wrong")
@click.argument("task_name", metavar="TASK")
@click.argument("program", metavar="PROGRAM", type=click.Path(path_type=Path))
@option(
    "--split",
    type=OneOf(["search", "validation", "test"]),
    default="validation",
    show_default=True,
    group=_WHAT,
    help="Which instances; the three never share any.",
)
@option(
    "--n", type=AtLeast(1), group=_WHAT, help="How many instances. Default: the split's size in the task."
)
@option(
    "--seed",
    type=AtLeast(0),
    default=0,
    show_default=True,
    group=_WHAT,
    help="The instances follow from it: programs scored with the same seed meet the same instances.",
)
@options.jobs
@options.isolation
def score(
    task_name: str, program: Path, split: str, n: int | None, seed: int,
    jobs: int | None, isolation: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Score a program on a task: mean ± standard error, how its instances ended, and the cause if any failed.

    A program that fails scores 0 on that instance and the exit code is still 0: that is its score. If the task's
    own score.py fails there is no score, and the exit code is 1.

    For example:
      selftaught score bin_packing best.py
      selftaught score ./my_task ./my_task/program.py --split test --n 200
    """
    from selftaught import api
    from selftaught.cli.asking import find_task
    from selftaught.program import Program

    task, first = find_task(task_name)
    result = api.score(
        task, Program.read(program), split=split, n=n, seed=seed, jobs=jobs, isolation=isolation
    )
    if isolation == "weak":
        note(f"isolation: {isolation_words('weak')}")
    for notice in first:
        note(notice.words)
        notice.said()
    if as_json:
        emit(_document(task, split, result))
    else:
        _show(task, split, result)


def _document(task: Task, split: str, result: Result) -> dict[str, object]:
    from selftaught.published import published

    mean, rule = result.mean, published(task, result.evaluations)
    return {
        "task": task.name,
        "split": split,
        "score": {"mean": mean.mean, "se": mean.se, "n": mean.n},
        "raw": result.raw,
        **({"raw_n": result.raws} if 0 < result.raws < mean.n else {}),
        **({} if rule is None else {"published": rule}),
        "outcomes": result.outcomes,
        "error": result.cause or None,
    }


def _show(task: Task, split: str, result: Result) -> None:
    from selftaught.published import published

    out = console()
    mean = result.mean
    where = "its one instance, which is all three splits" if task.fixed else f"{split}, n = {mean.n}"
    out.print(styled(f"{task.name} ({where}): {show_mean(mean)}", "bold"))
    facts: dict[str, object] = {}
    if result.raw is not None:
        some = "" if result.raws == mean.n else f" (of the {result.raws} of {mean.n} instances that have one)"
        facts["raw"] = f"{result.raw:.6g}{some}"
    if (rule := published(task, result.evaluations)) is not None:
        facts["published"] = f"the published code's rule: {rule:.6g}; not comparable"
    facts["outcomes"] = ", ".join(f"{status} {number}" for status, number in result.outcomes.items())
    if result.cause:
        failed = set(result.outcomes) != {"ok"}
        facts["cause" if failed else "remark"] = result.cause
    show_facts(out, facts)
