"""How much the outcome hangs on the words of the seed improver's prompt.

The prompt in systematic variants, each a program made from the seed improver by a named edit of its text; each is
used on the same tasks, from the same seeds, with the same budget. Beside them stands a control: the seed improver
under another name, which asks the same and is given other answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.meta import MetaTask
from selftaught.planning import Uses
from selftaught.program import Program
from selftaught.run import Run
from selftaught.scoring import score
from selftaught.statistics import mean_of, upwards
from selftaught.studies.study import (
    COMPARED,
    COMPARED_BY,
    GAINS,
    LEVEL,
    SCORES,
    Defaults,
    Figure,
    Line,
    Report,
    Row,
    Settings,
    Study,
    Table,
    compare,
    interval_of,
    side_by_side,
    summed_up,
)
from selftaught.task import Task

SEED, CONTROL = "seed improver", "seed improver again"
_DRAWS = 5_000
_DRAWS_AT_ONCE = 100


@dataclass(frozen=True)
class Variant:
    """An edit of the seed improver: texts, each of which stands in it once, and what comes in their place.

    ``worded`` is False where something other than the prompt's text is changed.
    """

    name: str
    edits: tuple[tuple[str, str], ...]
    worded: bool = True

    def of(self, seed: Program) -> Program:
        """The edited program; raises :class:`ValueError` where a text to be replaced does not stand there once."""
        text = seed.normal
        for old, new in self.edits:
            if text.count(old) != 1:
                raise ValueError(f"{self.name}: stands {text.count(old)} times in the seed improver: {old!r}")
            text = text.replace(old, new)
        return Program(text)


_PROGRAM = "{fence}python\n{initial_solution.strip()}\n{fence}"
_HOW_SCORED = "This is how it is scored; a higher score is better:\n\n{utility.str}\n\n"
_AIM = """\
Write a version of the program that scores as high as you can make it. Think about what an ideal program would do,
and use the best method that fits well within the limits: whatever fails scores nothing.
"""
_IDEA = "First give your main idea for the improvement in a few sentences.\n"
_FORM = """\
Then write the complete improved program in one Python code block. It replaces the program above as it stands,
so keep the interface that the scoring calls, include every import, and leave nothing out."""
_STEPS = """\
Think step by step before you write any code: say what the program does and where it loses score, name three ways to
improve it, weigh them against each other, choose one, and follow it by hand on a small case.
"""

VARIANTS = (
    Variant("no expertise", (
        ('"You are an expert computer scientist and Python programmer, "\n', '""\n'),
        ('        "known for finding algorithms that are both clever and correct."\n', ""),
    )),
    Variant("no idea first", ((_IDEA + "Then write", "Write"),)),
    Variant("step by step", ((_IDEA, _STEPS),)),
    Variant("no utility.str", ((_HOW_SCORED, "It is given a score; a higher score is better.\n\n"),)),
    Variant("no word of a score", (
        (_HOW_SCORED, ""),
        (_AIM, "Write a better version of the program. Think about what an ideal program would do.\n"),
        ("keep the interface that the scoring calls", "keep its interface"),
    )),
    Variant("short", (
        ("Here is a Python program to improve", "Improve this program"),
        ("This is how it is scored; a higher score is better", "Its score, to be maximised"),
        (_AIM + _IDEA + _FORM, "Give the complete program in one Python code block."),
    )),
    Variant("program last", (
        ("Here is a Python program to improve:\n\n" + _PROGRAM + "\n\nThis is how it is scored",
         "A Python program is to be improved. This is how it is scored"),
        ("the program above as it stands", "the program below as it stands"),
        ("leave nothing out.", "leave nothing out.\n\nThis is the program to improve:\n\n" + _PROGRAM),
    )),
    Variant("temperature 0", (("temperature=0.7", "temperature=0.0"),), worded=False),
    Variant("temperature 1.2", (("temperature=0.7", "temperature=1.2"),), worded=False),
)  # fmt: skip
"""Against the seed improver, which asks for an idea first, describes the score, and asks at temperature 0.7."""
_AGAIN = Variant(CONTROL, (('"""Improve a solution:', '"""Improve a solution, again:'),))


def improvers_of(seed: Program) -> dict[str, Program]:
    """The seed improver, the control and the variants, by name."""
    return {SEED: seed, **{each.name: each.of(seed) for each in (_AGAIN, *VARIANTS)}}


def _parts(settings: Settings) -> int:
    return len(settings.tasks) * len(improvers_of(settings.seed_improver))


def _uses(settings: Settings, budget: Budget) -> Uses:
    return Uses(0, _parts(settings) * settings.replicates)


async def _work(run: Run, settings: Settings, done: Callable[[], None]) -> list[Row]:
    improvers = improvers_of(settings.seed_improver)
    return await side_by_side(
        (
            _use(run, settings, task, name, each)
            for task in settings.tasks
            for name, each in improvers.items()
        ),
        done,
    )


async def _use(run: Run, settings: Settings, task: Task, name: str, improver: Program) -> list[Row]:
    here = Address(("prompt", task.name))
    meta = MetaTask((task,), settings.replicates, settings.seed_improver, run.budget, len(run.models))
    instances = meta.draw("test", run.seed_of(*here.path))
    run.ledger.add_program(improver)
    result = await score(run, meta, improver, instances, here)
    rows = []
    for number, (instance, each) in enumerate(zip(instances, result.evaluations, strict=True)):
        place = meta.used_at(here, improver, instance)
        rows.append(
            {
                "task": task.name, "by": name, "seed": number, "score": each.value,
                "calls": run.ledger.calls_at(place), "status": each.status, "cause": each.cause or each.feedback,
            }
        )  # fmt: skip
    return rows


# --- the report ----------------------------------------------------------------------------------------------------


def _report(settings: Settings, rows: list[Row]) -> Report:
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    names = list(dict.fromkeys(row["by"] for row in rows))
    scores: dict[str, dict[str, list[float]]] = {  # by task, by improver: one value a seed
        task: {
            name: [row["score"] for row in rows if (row["task"], row["by"]) == (task, name)] for name in names
        }
        for task in tasks
    }
    overall = {name: _over_tasks([scores[task][name] for task in tasks]) for name in names}
    means = [
        (name, *summed_up(overall[name], SCORES), *_counts([row for row in rows if row["by"] == name]))
        for name in names
    ]
    tables = [
        Table(
            "each prompt", ("prompt", "meta-utility", "low", "high", "seeds", "calls", "failed"), tuple(means),
            "Mean over tasks and seeds, with 95% interval over seeds; calls: mean of a use; failed: uses "
            "that came to nothing.",
        )
    ]  # fmt: skip
    differences, moved, control = _differences(overall)
    tables.append(differences)
    if len(tasks) > 1:
        tables.append(_each_task(scores))
    spread, told = _spreads({"all tasks": overall, **(scores if len(tasks) > 1 else {})})
    tables.append(spread)
    words = (
        f"{len(moved)} of {len(names) - 2} variants differ from the seed improver after Holm's correction"
        + (f": {', '.join(moved)}" if moved else ""),
        control,
        told,
    )
    return Report(tuple(tables), (_figure(scores, overall),), words)


def _over_tasks(of_tasks: Sequence[Sequence[float]]) -> list[float]:
    """Seed by seed, the mean over tasks."""
    return [mean_of(values).mean for values in zip(*of_tasks, strict=True)]


def _counts(rows: Sequence[Row]) -> tuple[float, int]:
    """Mean calls of a use, and how many uses came to nothing."""
    return mean_of([row["calls"] for row in rows]).mean, sum(row["status"] != "ok" for row in rows)


def _differences(overall: dict[str, list[float]]) -> tuple[Table, list[str], str]:
    """The table of differences to the seed improver; the variants that differ; and what the control shows."""
    pairs = {name: (values, overall[SEED]) for name, values in overall.items() if name != SEED}
    compared = compare({name: both for name, both in pairs.items() if name != CONTROL})
    control = compare({CONTROL: pairs[CONTROL]})[CONTROL]
    lines = [(CONTROL, *control.cells()[:-2], None, "a control")]
    lines += [(name, *each.cells()) for name, each in compared.items()]
    moved = [f"{name} ({each.verdict})" for name, each in compared.items() if each.found]
    table = Table(
        "against the seed improver, paired by seed", ("prompt", *COMPARED), tuple(lines),
        f"{COMPARED_BY} The control has the seed improver's prompt and other answers, and is none of them.",
    )  # fmt: skip
    between = "" if control.low is None else f", 95% interval {control.low:+.4f} to {control.high:+.4f}"
    told = f"The control, the same prompt again, differs by {control.difference:+.4f}{between}: so much is chance."
    return table, moved, told


def _each_task(scores: dict[str, dict[str, list[float]]]) -> Table:
    lines = []
    for task, of_task in scores.items():
        for name, values in of_task.items():
            gains = [a - b for a, b in zip(values, of_task[SEED], strict=True)]
            gain = (None, None, None) if name == SEED else summed_up(gains, GAINS)[:3]
            lines.append((task, name, *summed_up(values, SCORES), *gain))
    columns = ("task", "prompt", "score", "low", "high", "seeds", "difference", "diff. low", "diff. high")
    remark = "Each task alone, with 95% intervals; nothing is tested here: what is claimed is said above."
    return Table("each task", columns, tuple(lines), remark)


def _spreads(groups: dict[str, dict[str, list[float]]]) -> tuple[Table, str]:
    """How far the prompts' means lie apart, and how far they would if no prompt mattered; the first in words too."""
    lines = []
    worded = [SEED, *(each.name for each in VARIANTS if each.worded)]
    for group, scores in groups.items():
        every = [name for name in scores if name != CONTROL]
        for what, names in (("wordings", worded), ("wordings and temperatures", every)):
            lines.append((group, what, len(names), *spread([scores[name] for name in names])))
    table = Table(
        "spread over prompts",
        ("task", "over", "prompts", "range", "SD", "SD by chance", "95% below", "p"), tuple(lines),
        "SD: the standard deviation of the prompts' means; by chance: what it would be if the prompts were alike, as "
        f"mean and 95th percentile of {_DRAWS:,} draws that exchange, seed by seed, which score is whose. p is not "
        "corrected.",
    )  # fmt: skip
    *_, reach, sd, chance, top, p = lines[0]
    verdict = "more than" if p <= LEVEL else "not shown to be more than"
    told = (
        f"Over wordings the meta-utility has a standard deviation of {sd:.4f} (range {reach:.4f}), {verdict} "
        f"chance alone gives: {chance:.4f}, 95% below {top:.4f}; p = {upwards(p)}"
    )
    return table, told


def spread(scores: Sequence[Sequence[float]]) -> tuple[float, float, float, float, float]:
    """How far apart the means of ``scores`` (one sequence a prompt, one value a seed) are: their range and SD.

    And the SD that there would be if no prompt mattered, as mean and 95th percentile of draws in which each seed's
    scores are dealt out anew; and p, the share of draws (and of what was found) that reach the SD found.
    """
    import numpy as np

    found = np.array(scores, dtype=float)  # (prompts, seeds)
    means = found.mean(axis=1)
    sd = float(means.std(ddof=1))
    rng = np.random.default_rng(0)  # always the same draws, so that the same scores have the same p
    many = np.broadcast_to(found, (_DRAWS_AT_ONCE, *found.shape))
    draws = [
        rng.permuted(many, axis=1).mean(axis=2).std(axis=1, ddof=1) for _ in range(_DRAWS // _DRAWS_AT_ONCE)
    ]
    dealt = np.concatenate(draws)
    reached = int(np.count_nonzero(dealt >= sd - 1e-12))
    percentile = float(np.sort(dealt)[math.ceil(0.95 * _DRAWS) - 1])
    return float(np.ptp(means)), sd, float(dealt.mean()), percentile, (reached + 1) / (_DRAWS + 1)


def _figure(scores: dict[str, dict[str, list[float]]], overall: dict[str, list[float]]) -> Figure:
    names = [name for name in overall if name != SEED]
    groups = {
        **(scores if len(scores) > 1 else {}),
        "all tasks" if len(scores) > 1 else next(iter(scores)): overall,
    }
    lines = []
    for group, of_group in groups.items():
        gains = [[a - b for a, b in zip(of_group[name], of_group[SEED], strict=True)] for name in names]
        lines.append(
            Line(
                group, tuple(range(len(names))), tuple(mean_of(each).mean for each in gains),
                tuple(interval_of(each, GAINS) for each in gains),
            )
        )  # fmt: skip
    return Figure(
        "prompt", "variants of the prompt", "", "difference to the seed improver", tuple(lines), tuple(names),
        kind="points",
    )  # fmt: skip


STUDY = Study(
    "prompt",
    "how much does the outcome hang on the words of the seed improver's prompt?",
    "Meta-utility of each variant on test meta-instances, the mean over tasks, paired by seed with the seed "
    f"improver. {COMPARED_BY} The seed improver again, with other answers, is a control and none of these. The "
    "spread over prompts is the standard deviation of their means, against that of scores exchanged between the "
    "prompts seed by seed.",
    Defaults(("bin_packing", "lpn"), replicates=10),
    _parts,
    _uses,
    _work,
    _report,
    lambda settings: (len(VARIANTS), settings.replicates),
)
