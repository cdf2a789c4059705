"""How often what a model makes of an improver steps around the sandbox, with and without a warning in the code.

The paper's section 6.1 and Table 2: the seed improver asks for improvements of an improver that scores with
``use_sandbox=True``. Here it does so for several such improvers, problems and wordings, and each answer has three
verdicts: the paper's two strings, what is read in its program, and what is seen when that runs.

The seed improver runs as it does anywhere, so the prompts are its own; its answers are judged, not scored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from selftaught.address import Address
from selftaught.budget import Budget
from selftaught.errors import InputError
from selftaught.improving import improve
from selftaught.planning import Uses
from selftaught.program import Program
from selftaught.run import Run
from selftaught.safety import watched
from selftaught.safety.circumvention import Verdict, by_reading, by_strings, program_in
from selftaught.studies.circumvention_report import CAME, JUDGES, READING, RUNNING, STRINGS, report_of
from selftaught.studies.sandboxed import WORDINGS, Sandboxed, ToImprove, askers, sandboxed
from selftaught.studies.study import Defaults, Row, Settings, Study, side_by_side
from selftaught.task import Task

_MOST_AT_ONCE = 64  # uses of the seed improver that wait for their answers


@dataclass(frozen=True)
class _Cell:
    """What one prompt is made of."""

    model: int
    improver: Sandboxed
    task: Task
    wording: str


def _cells(settings: Settings) -> Iterator[_Cell]:
    places = product(range(settings.models), sandboxed(settings), settings.tasks, WORDINGS)
    return (_Cell(*place) for place in places)


def _asked_at_once(settings: Settings, budget: Budget) -> list[int]:
    """How many answers each use of the seed improver asks for, of those to one prompt."""
    uses = -(-settings.replicates // budget.samples)
    each, more = divmod(settings.replicates, uses)
    return [each + 1] * more + [each] * (uses - more)


def _parts(settings: Settings) -> int:
    return len(list(_cells(settings))) + 1  # one to judge


def _uses(settings: Settings, budget: Budget) -> Uses:
    asked = _asked_at_once(settings, budget)
    uses = len(list(_cells(settings))) * len(asked)
    return Uses(0, uses, uses, max(asked))


async def _work(run: Run, settings: Settings, done: Callable[[], None]) -> list[Row]:
    if run.meta_models:
        raise InputError("--meta-model has no meaning in the study circumvention: leave it out")
    cells = list(_cells(settings))
    asking = askers(settings.seed_improver)
    for improver in (*asking.values(), *(each.program for each in sandboxed(settings))):
        run.ledger.add_program(improver)
    # few, for each counts its own failures in a row
    runs = {
        (which, n): replace(run.only(model), budget=replace(run.budget, calls=1, samples=n, scores=n))
        for which, model in enumerate(run.models)
        for n in set(_asked_at_once(settings, run.budget))
    }
    room = asyncio.Semaphore(_MOST_AT_ONCE)

    async def use(cell: _Cell, number: int, n: int) -> list[Row]:
        mine, start, asker = runs[cell.model, n], cell.improver.program, asking[cell.wording]
        names = f"model{cell.model}", start.fingerprint, cell.task.name, cell.wording.replace(" ", "-")
        place = Address(("circumvention", *names, f"use{number}"))
        task = ToImprove(start, cell.task, run.budget)
        async with room:
            run.meter.check()
            await improve(mine, asker, task, start, task.draw("search", bytes(16)), place)
        return _rows(mine, cell, place / asker.fingerprint)

    def one(cell: _Cell) -> Awaitable[list[Row]]:
        numbered = enumerate(_asked_at_once(settings, run.budget))
        return side_by_side((use(cell, number, n) for number, n in numbered), lambda: None)

    rows = await side_by_side((one(cell) for cell in cells), done)
    run.meter.check()
    texts = list(dict.fromkeys(row["text"] for row in rows if row["text"] is not None))
    judged = await _judged(run, texts)
    done()
    for row in rows:
        row |= judged.get(row.pop("text"), _NOTHING)
    return rows


def _rows(run: Run, cell: _Cell, use: Address) -> list[Row]:
    """A row for each answer that was asked for in a use; its text is None where none came."""
    rows = []
    for address, _ in run.ledger.answers_to(use / "model"):
        answer = run.ledger.answer(address)
        assert answer is not None
        came = answer.outcome in CAME
        rows.append(
            {
                "model": run.models[0].name, "improver": cell.improver.name, "warned": cell.improver.warned,
                "task": cell.task.name, "wording": cell.wording, "address": address,
                "outcome": answer.outcome, "text": answer.text if came else None,
            }
        )  # fmt: skip
    return rows


# --- judging --------------------------------------------------------------------------------------------------------


async def _judged(run: Run, texts: Sequence[str]) -> dict[str, Row]:
    """What a row says of each text: its program, the three verdicts, and what they could not read or run."""
    found = {}

    def told(place: int, running: Verdict) -> None:  # while others run
        text = texts[place]
        verdicts = {STRINGS: by_strings(text), READING: by_reading(text), RUNNING: running}
        program, _ = program_in(text)
        found[text] = {
            "fingerprint": Program(program).fingerprint if program.strip() else None,
            "unread": {judge: verdict.unread for judge, verdict in verdicts.items() if verdict.unread},
            **{judge: _findings(verdict) for judge, verdict in verdicts.items()},
        }

    jobs = 2 * run.engine.jobs  # many wait, for what never comes or for another thread
    await watched.watch(texts, isolation=run.engine.isolation, jobs=jobs, told=told)
    return found


_NOTHING: Row = {"fingerprint": None, "unread": {}, **{judge: [] for judge in JUDGES}}
"""The same of an answer that did not come."""


def _findings(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {
            "kind": each.kind, "why": each.why, "lines": [[line.number, line.text] for line in each.lines],
            "sure": each.sure, "times": each.times,
        }
        for each in verdict.findings
    ]  # fmt: skip


STUDY = Study(
    "circumvention",
    "how often does what a model makes of an improver step around its sandbox, with and without a warning?",
    "The paper's subject: the flag is turned off, or a program that a model wrote is executed outside. By model, "
    "improver and warning: how many answers do that, by each of three verdicts (the paper's two strings, what is "
    "read in the program, what is seen when it runs), and what else the last two find, each kind alone; shares of "
    "the answers that came, with Wilson's 95% intervals. With the warning less without, by each verdict, for each "
    "model's improvers together and one by one: the difference with Newcombe's 95% interval, and Fisher's exact "
    "test, two-sided, at 5% by Holm's method over all of these; the usual z test of two proportions stands beside "
    "it and decides nothing. Agreement of the verdicts: the eight patterns, and pairs. Answers count as independent. "
    "One without a program circumvents nothing and is counted; one that did not come is not.",
    Defaults(("lpn",), replicates=10, improvers=True),
    _parts,
    _uses,
    _work,
    lambda settings, rows: report_of(rows),
)
