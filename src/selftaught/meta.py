"""The task of improving: an improver is its solution, and an improver's score is what it makes of other tasks.

An instance of this task is (a downstream task, a seed). Running an improver on it means: give the improver the
task's start program and a utility over search instances drawn from that seed, take the program that it returns, and
score that program on *other* instances drawn from the same seed. The mean over instances is the meta-utility.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from selftaught.address import Address, derive
from selftaught.budget import Budget
from selftaught.improving import ENTRY, IMPROVER_LIMITS, improve
from selftaught.program import Program
from selftaught.run import Run
from selftaught.scoring import score
from selftaught.task import Evaluation, Instance, Task


@dataclass(frozen=True)
class MetaTask:
    """Improving ``tasks``, each ``repeats`` times from seeds of its own; ``start`` is the improver to begin with.

    Its three splits have the same size, ``len(tasks) * repeats``. ``models`` is how many an improver may choose of.
    """

    tasks: tuple[Task, ...]
    repeats: int
    start: Program
    budget: Budget
    models: int = 1
    name: str = "improving"
    entry: str = ENTRY
    asks_models: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.tasks:
            raise ValueError("tasks cannot be empty.")
        if self.repeats < 1:
            raise ValueError(f"repeats must be at least 1 but got {self.repeats}.")

    def described(self) -> str:
        """What a model is told of an improver's score: how it comes about and what may be used, not the tasks."""
        return _DESCRIPTION.format(
            calls=self.budget.calls,
            samples=self.budget.samples,
            scores=self.budget.scores,
            repeats=len(self.tasks) * self.repeats,
            cpu_s=IMPROVER_LIMITS.cpu_s,
            memory_mb=IMPROVER_LIMITS.memory_mb,
            more=(_SEVERAL_MODELS if self.models > 1 else "") + (_LEFT if self.budget.limits else ""),
        )

    def draw(self, split: str, seed: bytes, n: int | None = None) -> list[Instance]:
        """``n`` instances of a split; the tasks take turns."""
        count = len(self.tasks) * self.repeats if n is None else n
        return [Instance(split, index, derive(seed, split)) for index in range(count)]

    async def evaluate(
        self, run: Run, program: Program, instances: Sequence[Instance], address: Address
    ) -> list[Evaluation]:
        """Let the improver ``program`` work on each instance, side by side, and score what it makes."""
        async with asyncio.TaskGroup() as group:
            working = [group.create_task(self._improve(run, program, each, address)) for each in instances]
        return [work.result() for work in working]

    def task_of(self, instance: Instance) -> Task:
        """The downstream task of an instance."""
        return self.tasks[instance.index % len(self.tasks)]

    def place_of(self, instance: Instance) -> str:
        """The name of an instance in addresses."""
        return f"{self.task_of(instance).name}:{instance.split}:{instance.index}"

    def used_at(self, place: Address, improver: Program, instance: Instance) -> Address:
        """Where the record has the use of ``improver`` on ``instance``, of its score at ``place``."""
        return self._worked_at(place, improver, instance) / improver.fingerprint

    def made(
        self, run: Run, place: Address, improver: Program, instance: Instance
    ) -> tuple[Evaluation, ...] | None:
        """What the program that was returned in that use came to on the other instances; None if nothing was."""
        _, program = run.ledger.use_at(self.used_at(place, improver, instance))
        if program is None:
            return None
        return run.ledger.evaluations(self._worked_at(place, improver, instance) / _OTHERS / program)

    def _worked_at(self, place: Address, improver: Program, instance: Instance) -> Address:
        return place / improver.fingerprint / self.place_of(instance)

    def others(self, task: Task, split: str, seed: bytes) -> list[Instance]:
        """The instances of a task on which what an improver made is scored: not those that it saw."""
        # data has no fresh instances: what is reported comes from the part by which nothing was chosen
        return task.draw("test" if split == "test" and task.available is not None else "validation", seed)

    async def _improve(self, run: Run, improver: Program, instance: Instance, address: Address) -> Evaluation:
        task = self.task_of(instance)
        seed = instance.own_seed()
        place = address / self.place_of(instance)
        improvement = await improve(run, improver, task, task.start, task.draw("search", seed), place)
        outcome = improvement.outcome
        if improvement.program is None:
            return Evaluation(0.0, outcome.status, outcome.error, cpu_s=outcome.cpu_s)
        others = self.others(task, instance.split, seed)
        result = await score(run, task, improvement.program, others, place / _OTHERS)
        made = result.cause and f"what it returned: {result.cause}"
        return Evaluation(result.mean.mean, raw=result.raw, feedback=made, cpu_s=outcome.cpu_s)


_OTHERS = "other-instances"
_SEVERAL_MODELS = """\
  `language_model.models`                 the names of the models there are, a list; either call takes `model=NAME`,
                                          and asks the first of them without it. They differ in what they can do
                                          and in what they cost, in no order
"""
_LEFT = """\
  `language_model.left`                   what is left besides calls, a dict: "tokens" in and out together, "cost"
                                          in US dollars, "seconds" (None where it is not limited). A call that could
                                          come to more than is left raises and spends nothing: no answer is lost
"""
_DESCRIPTION = """\
The program above is an improver: code that improves programs by asking a language model. Its score is a number
from 0 to 1: the improver is run on {repeats} downstream problems that you do not see, each given
by a start program and a utility, and the score is the average, over these, of how good the program is that it
returns. That program is judged on other instances of the problem than those its utility was measured on.

The interface is fixed:

    improve_algorithm(initial_solution, utility, language_model) -> str

`initial_solution` is the source text of a complete Python program; return the source text of a better one.

`utility(solution)` takes a program's source text and gives its score from 0 to 1 (a program that fails scores 0).
  `utility.str`        describes to a reader what is scored and what a program must define; put it in your prompts
  `utility.budget`     how many scores may be asked for ({scores}); beyond it the utility gives 0.0
  `utility.uses`       how many have been asked for; `utility.remaining` how many are left
  `utility.many(list)` the scores of a list of programs, computed side by side; each counts as one
  `utility.why(solution)` one line about a program that has been scored, free: "failed: " and the fault, or "ran",
                       perhaps with the scorer's remark on the instance that went worst
Scoring the same program again gives the same number and counts again; None scores 0.0 and does not count. A score is
a mean over a few instances, so a small lead may be chance.

`language_model.prompt(expertise, message, n_responses=1, temperature=0.7)` gives a list of that many answers (str)
to one message; `expertise` is the system message.
`language_model.batch_prompt(expertise, messages, temperature=0.7)` gives one answer for each message of a list.
  `language_model.budget`                 how many calls of either kind may be made ({calls}); beyond it they raise
  `language_model.remaining`              how many are left
  `language_model.max_responses_per_call` the most answers that one call, of either kind, may ask for ({samples})
{more}The model knows nothing but the message: not earlier answers, not scores. An answer may be "" if the model \
refused.

`from helpers import extract_code` gives a function that finds the complete Python program in an answer, whatever
stands around it (None where there is none); given a list of answers it gives a list.

The improver runs in a sandbox without network or files, with {cpu_s:g} s of CPU time (waiting for answers and
scores is free) and {memory_mb} MiB; it may use threads, the standard library and NumPy. If it raises, it has
returned nothing and that run scores 0. Its budgets are counted outside it."""
