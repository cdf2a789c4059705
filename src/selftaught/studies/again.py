"""An improver started again and again on one problem, until it has made a given number of calls.

What another improver does with so many calls, or what a run of STOP costs, is compared with it: what is left of a
gain is then not only that more samples were taken.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from selftaught.address import Address
from selftaught.improving import improve
from selftaught.meta import MetaTask
from selftaught.program import Program
from selftaught.run import Run
from selftaught.scoring import Result, score
from selftaught.task import Instance

_MOST_AT_ONCE = 16  # uses side by side


@dataclass(frozen=True)
class Bought:
    """What came of it: the best result by utility, on instances not searched on, and what was spent on it."""

    result: Result
    calls: int
    samples: int


@dataclass(frozen=True)
class _Use:
    """One use of an improver: what it made, how the utility likes it, and the calls (at least 1, lest it be free)."""

    program: Program | None
    liked: float
    calls: int
    samples: int


class Again:
    """``improver`` on one instance of ``meta``: each time from the start program, with answers of its own.

    Where no use of it returns a program, the start program is what it made.
    """

    def __init__(
        self, run: Run, meta: MetaTask, improver: Program, instance: Instance, here: Address
    ) -> None:
        task, seed = meta.task_of(instance), instance.own_seed()
        self._run, self._task, self._improver, self._here = run, task, improver, here
        self._search, self._others = task.draw("search", seed), meta.others(task, instance.split, seed)
        self._uses: list[_Use] = []

    async def spend(self, calls: int) -> Bought:
        """What so many calls make: the uses that begin before they are spent. One after another, never at once."""
        while (left := calls - sum(each.calls for each in self._uses)) > 0:
            # as many as surely stay within what is left, so that how many are side by side changes nothing
            wave = min(max(1, left // self._run.budget.calls), _MOST_AT_ONCE)
            begun = len(self._uses)
            self._uses += await asyncio.gather(*(self._use(begun + n) for n in range(wave)))
            self._run.meter.check()
        best, most_liked, made, samples = self._task.start, -math.inf, 0, 0
        for each in self._uses:
            if made >= calls:
                break
            made, samples = made + each.calls, samples + each.samples
            if each.program is not None and each.liked > most_liked:
                best, most_liked = each.program, each.liked
        result = await score(self._run, self._task, best, self._others, self._here / "other-instances")
        return Bought(result, made, samples)

    async def _use(self, number: int) -> _Use:
        run, task = self._run, self._task
        improvement = await improve(
            run, self._improver, task, task.start, self._search, self._here / f"use{number}"
        )
        calls, samples = max(1, improvement.spent.calls), improvement.spent.samples
        if improvement.program is None:
            return _Use(None, 0.0, calls, samples)
        liked = await score(run, task, improvement.program, self._search, self._here / "chosen")
        return _Use(improvement.program, liked.mean.mean, calls, samples)
