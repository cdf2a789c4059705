"""One improver and one task make a better solution.

The improver is a program like any other: it runs in a jail, called as
``improve_algorithm(initial_solution, utility, language_model)``, and its two objects are proxies for
:class:`Utility` and :class:`Model` here, on the trusted side, where their budgets are counted before anything is
spent. What it returns is a claim: a text, to be scored by whoever asked for it.
"""

from __future__ import annotations

import asyncio
import inspect
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from selftaught.address import Address
from selftaught.budget import Limits, Spent
from selftaught.errors import LimitReached
from selftaught.jail import wire
from selftaught.jail.cell import Cell, Outcome, Slot, Told, ZygoteLost
from selftaught.models import Message
from selftaught.program import Program
from selftaught.run import Run, prompt_key
from selftaught.scoring import score
from selftaught.task import Instance, Scored

ENTRY = "improve_algorithm"
IMPROVER_LIMITS = Limits(cpu_s=10, wall_s=60, memory_mb=512)
"""What an improver itself may use; waiting for answers and scores costs it neither CPU nor wall time."""
MOST_AT_ONCE = 1000
"""How many solutions ``utility.many`` takes."""
_MOST_EVENTS = 100  # of one kind that one use of an improver leaves in the ledger
_ZYGOTE_TRIES = 3


@dataclass(frozen=True, slots=True)
class Improvement:
    """What one use of an improver came to: ``program``, or None where ``outcome`` says why there is none."""

    program: Program | None
    outcome: Outcome
    spent: Spent
    scores: int


async def improve(
    run: Run, improver: Program, task: Scored, start: Program, instances: Sequence[Instance], address: Address
) -> Improvement:
    """Let ``improver`` work on ``start``, with a utility over ``instances``, within the run's budget.

    An improver that raises, loops or returns no text has returned nothing; that is its outcome, never an exception.
    """
    place = address / improver.fingerprint
    slot = Slot(run.engine.shares)
    for attempt in range(_ZYGOTE_TRIES):
        utility = Utility(run, task, instances, place)
        model = Model(run, place)
        await slot.acquire()  # before there is a jail: a program computes as soon as it is loaded
        zygote = run.zygote
        try:
            with Cell(zygote, IMPROVER_LIMITS, improver, run.seed_of("improver", place)) as cell:
                outcome = await cell.converse(ENTRY, [start.text, utility, model], slot)
            break
        except wire.Refused as problem:
            outcome = Outcome("refused", error=f"the solution to start from {problem}")
            break
        except ZygoteLost:
            run.drop(zygote)
            if attempt == _ZYGOTE_TRIES - 1:
                raise
        finally:
            slot.release()
    program = None
    if outcome.status == "ok":
        if isinstance(outcome.value, str):
            program = Program(outcome.value)
        else:
            kind = type(outcome.value).__name__
            outcome = Outcome(
                "refused", error=f"returned {kind}, not a program's text", output=outcome.output
            )
    run.ledger.add_improvement(place, improver, task.name, start, program, outcome, model.spent, utility.uses)
    run.told("improvement", {"task": task.name, "status": outcome.status, "cause": outcome.error})
    return Improvement(program, outcome, model.spent, utility.uses)


class Utility:
    """The score of solutions, as an improver sees it: ``utility(solution)`` and what it may know of its budget."""

    methods = ("__call__", "many", "why")
    properties = ("uses", "remaining")

    def __init__(self, run: Run, task: Scored, instances: Sequence[Instance], address: Address) -> None:
        self._run, self._task, self._instances, self._address = run, task, instances, address / "utility"
        self._events = _Events(run, self._address)
        self._whys: dict[str, str] = {}
        self.uses = 0

    def constants(self) -> dict[str, Any]:
        """``utility.str`` and ``utility.budget``."""
        return {"str": self._task.described(), "budget": self._run.budget.scores}

    async def asked(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Answer one use by the improver."""
        match name:
            case "uses":
                return self.uses
            case "remaining":
                return self._run.budget.scores - self.uses
            case "many":
                (solutions,) = _bound(lambda solutions: None, args, kwargs)
                return await self._many(solutions)
            case "why":
                (solution,) = _bound(lambda solution: None, args, kwargs)
                return self._why(solution)
        (solution,) = _bound(lambda solution: None, args, kwargs)
        return await self._score(solution)

    async def _score(self, solution: Any) -> float:
        """The mean score; 0.0, uncharged, for what is no program, and 0.0 beyond the budget."""
        if not isinstance(solution, str):
            self._events.note("not-a-program", f"utility was given {type(solution).__name__}")
            return 0.0
        if self.uses >= self._run.budget.scores:
            self._events.note("utility-budget", "utility was asked beyond its budget")
            return 0.0
        try:
            self._run.meter.check()
        except LimitReached as limit:
            raise Told("BudgetExhausted", str(limit)) from None
        self.uses += 1
        program = Program(solution)
        result = await score(self._run, self._task, program, self._instances, self._address)
        if result.cause:
            self._whys[program.fingerprint] = f"failed: {result.cause}"
        elif result.remark:
            self._whys[program.fingerprint] = f"ran; on the instance with the lowest score: {result.remark}"
        else:
            self._whys[program.fingerprint] = "ran"
        return result.mean.mean

    async def _many(self, solutions: Any) -> list[float]:
        if not isinstance(solutions, (list, tuple)):
            raise Told("TypeError", f"many takes a list of solutions, not {type(solutions).__name__}")
        if len(solutions) > MOST_AT_ONCE:
            raise Told("ValueError", f"many takes at most {MOST_AT_ONCE} solutions; nothing was spent")
        return list(await asyncio.gather(*(self._score(solution) for solution in solutions)))

    def _why(self, solution: Any) -> str:
        if not isinstance(solution, str):
            return "not a program: its text must be a str"
        return self._whys.get(Program(solution).fingerprint, "not scored yet")


class Model:
    """The language model, as an improver sees it, with its own budget of calls."""

    methods = ("prompt", "batch_prompt")
    properties = ("remaining", "outcomes")

    def __init__(self, run: Run, address: Address) -> None:
        self._run, self._address = run, address / "model"
        self._events = _Events(run, self._address)
        self._outcomes: list[str] = []
        self._asked: dict[str, int] = {}
        self.spent = Spent()

    def constants(self) -> dict[str, Any]:
        """``language_model.budget`` and ``language_model.max_responses_per_call``."""
        return {"budget": self._run.budget.calls, "max_responses_per_call": self._run.budget.samples}

    async def asked(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Answer one use by the improver."""
        match name:
            case "remaining":
                return self._run.budget.calls - self.spent.calls
            case "outcomes":
                return self._outcomes
            case "prompt":
                expertise, message, n, temperature = _bound(
                    lambda expertise, message, n_responses=1, temperature=0.7: None, args, kwargs
                )
                if isinstance(n, bool) or not isinstance(n, int):
                    raise Told("TypeError", f"n_responses must be an int but got {type(n).__name__}")
                # a wild n must not be multiplied out before it is checked
                messages = [message] * max(0, min(n, self._run.budget.samples + 1))
            case _:
                expertise, messages, temperature = _bound(
                    lambda expertise, messages, temperature=0.7: None, args, kwargs
                )
        return await self._call(name, expertise, messages, temperature)

    async def _call(self, kind: str, expertise: Any, messages: Any, temperature: Any) -> list[str]:
        temperature = self._checked(expertise, messages, temperature)
        budget = self._run.budget
        if self.spent.calls >= budget.calls:
            self._events.note("model-budget", "the language model was asked beyond its budget")
            raise Told("BudgetExhausted", f"all {budget.calls} calls of the language model are spent")
        prompts = [(Message("system", expertise), Message("user", message)) for message in messages]
        key = prompt_key([message for prompt in prompts for message in prompt], temperature, len(prompts))
        occurrence = self._asked.get(key, 0)
        self._asked[key] = occurrence + 1
        self.spent.calls += 1
        self.spent.samples += len(prompts)
        try:
            # once: an improver that is started again after a lost zygote finds what was paid for
            place = self._address / key / occurrence
            answers = await self._run.once(place, lambda: self._run.ask(place, kind, prompts, temperature))
        except LimitReached as limit:
            self.spent.calls -= 1
            self.spent.samples -= len(prompts)
            raise Told("BudgetExhausted", str(limit)) from None
        self._outcomes += [f"{answer.outcome}: {answer.cause}".removesuffix(": ") for answer in answers]
        return [answer.text for answer in answers]

    def _checked(self, expertise: Any, messages: Any, temperature: Any) -> float:
        most = self._run.budget.samples
        if not isinstance(expertise, str):
            raise Told("TypeError", f"expertise must be a str but got {type(expertise).__name__}")
        if not isinstance(messages, (list, tuple)) or not all(isinstance(m, str) for m in messages):
            raise Told("TypeError", "each message must be a str, and batch_prompt takes a list of them")
        if not 1 <= len(messages) <= most:
            raise Told("ValueError", f"a call may ask for 1 to {most} answers; nothing was spent")
        if isinstance(temperature, bool) or not isinstance(temperature, (int, float)):
            raise Told("TypeError", f"temperature must be a number but got {type(temperature).__name__}")
        if not (math.isfinite(temperature) and 0 <= temperature <= 2):
            raise Told("ValueError", f"temperature must be between 0 and 2 but got {temperature}")
        return float(temperature)


class _Events:
    """What one use of an improver did that is worth recording, up to a number: a loop must not fill the disk."""

    def __init__(self, run: Run, address: Address) -> None:
        self._run, self._address = run, address
        self._noted: Counter[str] = Counter()

    def note(self, kind: str, words: str) -> None:
        self._noted[kind] += 1
        if self._noted[kind] < _MOST_EVENTS:
            self._run.event(self._address, kind, words)
        elif self._noted[kind] == _MOST_EVENTS:
            self._run.event(self._address, kind, f"{words}; further ones are not recorded")


def _bound(signature: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
    """Arguments in the order of ``signature``'s parameters, as a call inside would bind them."""
    try:
        bound = inspect.signature(signature).bind(*args, **kwargs)
    except TypeError as problem:
        raise Told("TypeError", str(problem)) from None
    bound.apply_defaults()
    return list(bound.arguments.values())
