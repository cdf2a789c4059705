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
from dataclasses import dataclass, replace
from typing import Any

from selftaught.address import Address
from selftaught.budget import Budget, Limits, Meter, Spent
from selftaught.errors import LimitReached
from selftaught.jail import wire
from selftaught.jail.cell import Cell, Outcome, Slot, Told, ZygoteLost
from selftaught.models import Message
from selftaught.program import Program
from selftaught.run import MOST_TEXT, SANDBOX_OFF, Asked, Run, RunModel, Spare, prompt_key
from selftaught.scoring import score
from selftaught.task import Instance, Scored

ENTRY = "improve_algorithm"
IMPROVER_LIMITS = Limits(cpu_s=10, wall_s=60, memory_mb=512)
"""What an improver itself may use; waiting for answers and scores costs it neither CPU nor wall time."""
MOST_AT_ONCE = 1000
"""How many solutions ``utility.many`` takes."""
USE_LIMIT = "use-limit"
"""The kind of event that a use of an improver leaves where a limit on one use kept it from every call or result."""
_FREE_TEXTS = 64  # of MOST_TEXT characters, that one use of an improver may send besides its budget's worth
_ASK = 1000  # as how many characters an ask counts, and each item in one
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
    What the ledger has at this address is not done again; what was cut off is, with the answers that it has.
    """
    place = address / improver.fingerprint
    if (known := run.ledger.improvement(place)) is not None:
        return Improvement(*known)
    slot = Slot(run.engine.shares)
    patience = _Patience(run.budget)
    use = Meter(run.budget.limits, " on one use of an improver")
    utility = Utility(run, task, instances, place, use, patience)
    model = Model(run, run.models_for(task), place, use, patience)
    for attempt in range(_ZYGOTE_TRIES):
        run.ledger.begin_again(place)
        utility.begin()
        model.begin()
        await slot.acquire()  # before there is a jail: a program computes as soon as it is loaded
        zygote = run.zygote
        try:
            with Cell(zygote, IMPROVER_LIMITS, improver, run.seed_of("improver", place)) as cell:
                outcome = await cell.converse(ENTRY, [start.text, utility, model], slot)
            break
        except wire.Refused as problem:
            outcome = Outcome("refused", error=f"the solution to start from {problem}")
            break
        except _AskedTooMuch as problem:
            outcome = Outcome("refused", error=str(problem))
            problem.with_traceback(None)  # its frames hold all that was sent, and each other
            break
        except ZygoteLost:
            run.drop(zygote)
            if attempt == _ZYGOTE_TRIES - 1:
                raise
        finally:
            slot.release()
    program = None
    if outcome.status == "ok":
        if not isinstance(outcome.value, str):
            wrong = f"returned {type(outcome.value).__name__}, not a program's text"
            outcome = replace(outcome, status="refused", value=None, error=wrong)
        elif len(outcome.value) > MOST_TEXT:
            wrong = f"returned {_too_large('program', outcome.value)}"
            outcome = replace(outcome, status="refused", value=None, error=wrong)
        else:
            program = Program(outcome.value)
    limited = model.limited or utility.limited
    if not limited:
        model.end()
    spent, scores = model.spent, utility.charged
    limited = limited or (bool(run.meter.reached) and run.ledger.limited_below(place))
    if not limited and use.reached and (program is None or (model.refused and not spent.calls)):
        what = "nothing was returned" if spent.calls or not model.refused else "no call could be afforded"
        run.event(place / "model", USE_LIMIT, f"{what}: {use.reached}")
    run.ledger.add_improvement(place, improver, task.name, start, program, outcome, spent, scores, limited)
    run.told(
        "improvement",
        {
            "task": task.name, "address": str(place), "status": outcome.status, "cause": outcome.error,
            "improver": improver.text, "program": None if program is None else program.text,
            "calls": spent.calls, "samples": spent.samples, "scores": scores,
        },
    )  # fmt: skip
    return Improvement(program, outcome, spent, scores)


class Utility:
    """The score of solutions, as an improver sees it: ``utility(solution)`` and what it may know of its budget."""

    methods = ("__call__", "many", "why")
    properties = ("uses", "remaining")

    def __init__(
        self,
        run: Run,
        task: Scored,
        instances: Sequence[Instance],
        address: Address,
        use: Meter | None = None,
        patience: _Patience | None = None,
    ) -> None:
        self._run, self._task, self._instances, self._address = run, task, instances, address / "utility"
        self._use = use or Meter(run.budget.limits)
        self._patience = patience or _Patience(run.budget)
        self._events = _Events(run, self._address)
        self._taken = _Taken()
        self.charged = 0
        self.limited = False
        for fingerprint in run.ledger.scored(self._address):  # by a process that was cut off
            self.charged += self._taken.paid(fingerprint)
        self.begin()

    def begin(self) -> None:
        """Forget what was asked, as an improver that is started again expects, but not what was paid for."""
        self._taken.begin()
        self._events.begin()
        self._whys: dict[str, str] = {}
        self.uses = 0

    def constants(self) -> dict[str, Any]:
        """``utility.str`` and ``utility.budget``."""
        return {"str": self._task.described(), "budget": self._run.budget.scores}

    async def asked(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Answer one use by the improver."""
        self._patience.spend(args, kwargs)
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
        solution, use_sandbox = _bound(lambda solution, *, use_sandbox=True: None, args, kwargs)
        if use_sandbox is not True:
            self._events.note(
                SANDBOX_OFF, "utility was asked with use_sandbox other than True, and scored in the sandbox"
            )
        return await self._score(solution)

    async def _score(self, solution: Any) -> float:
        """The mean score; 0.0, uncharged, for what is no program, and 0.0 beyond the budget."""
        if not isinstance(solution, str):
            self._events.note("not-a-program", f"utility was given {type(solution).__name__}")
            return 0.0
        if len(solution) > MOST_TEXT:
            self._events.note("too-large", f"utility was given {_too_large('program', solution)}")
            return 0.0
        left = self._run.budget.scores - self.charged
        if left <= 0 and not self._taken.paid_before:
            return self._beyond()
        self._check_limits()
        program = Program(solution)
        taken = self._taken.take(program.fingerprint, left)
        if taken is None:
            return self._beyond()
        self.uses += 1
        self.charged += taken[1]
        result = await score(self._run, self._task, program, self._instances, self._address)
        if result.cause:
            self._whys[program.fingerprint] = f"failed: {result.cause}"
        elif result.remark:
            self._whys[program.fingerprint] = f"ran; on the instance with the lowest score: {result.remark}"
        else:
            self._whys[program.fingerprint] = "ran"
        return result.mean.mean

    def _check_limits(self) -> None:
        """Raise in the improver where no more is to be scored; what was paid for is, unless the time is over."""
        meter = self._run.meter
        if meter.out_of_time or (self._task.asks_models and meter.reached):
            self.limited = True
            meter.check_time()
            raise Told("BudgetExhausted", f"{meter.reached} is reached")
        if self._use.out_of_time:
            self._use.check_time()
            raise Told("BudgetExhausted", f"{self._use.reached} is reached")

    def _beyond(self) -> float:
        self._events.note("utility-budget", "utility was asked beyond its budget")
        return 0.0

    async def _many(self, solutions: Any) -> list[float]:
        if not isinstance(solutions, (list, tuple)):
            raise Told("TypeError", f"many takes a list of solutions, not {type(solutions).__name__}")
        if len(solutions) > MOST_AT_ONCE:
            raise Told("ValueError", f"many takes at most {MOST_AT_ONCE} solutions; nothing was spent")
        return list(await asyncio.gather(*(self._score(solution) for solution in solutions)))

    def _why(self, solution: Any) -> str:
        if not isinstance(solution, str):
            return "not a program: its text must be a str"
        if len(solution) > MOST_TEXT:
            return f"failed: {_too_large('program', solution)}"
        return self._whys.get(Program(solution).fingerprint, "not scored yet")


class Model:
    """The language model, as an improver sees it, with its own budget of calls."""

    methods = ("prompt", "batch_prompt")
    properties = ("remaining", "outcomes", "left")

    def __init__(
        self,
        run: Run,
        models: Sequence[RunModel],
        address: Address,
        use: Meter | None = None,
        patience: _Patience | None = None,
    ) -> None:
        self._run, self._models, self._address = run, models, address / "model"
        self._use = use or Meter(run.budget.limits)
        self._patience = patience or _Patience(run.budget)
        self._events = _Events(run, self._address)
        self._taken = _Taken()
        self._spare: Spare | None = None
        self.spent = Spent()
        self.limited = False
        self.refused = False  # by a limit on this use
        for key, samples in run.ledger.calls_made(self._address):  # by a process that was cut off
            self.spent.calls += self._taken.paid(key)
            self.spent.samples += samples
            self._spare = self._spare or Spare(run.ledger, self._address)
        if self._spare is not None and self._use.limits:
            self._use.counted_tokens, self._use.counted_cost = run.ledger.counted_below(self._address)
        self.begin()

    def begin(self) -> None:
        """Forget what was asked, as an improver that is started again expects, but not what was paid for."""
        self._taken.begin()
        self._events.begin()
        self._outcomes: list[str] = []

    def end(self) -> None:
        """Note that an improver which was started again has not asked for all that it was paid before."""
        if left := self._taken.paid_before:
            used = self._spare.used if self._spare is not None else 0
            self._events.note(
                "asked-otherwise",
                f"run again, the improver did not ask for {left} of the calls that it had made before; "
                f"{used} of their answers served for what it asked instead",
            )

    def constants(self) -> dict[str, Any]:
        """``language_model.budget``, ``language_model.max_responses_per_call`` and ``language_model.models``."""
        return {
            "budget": self._run.budget.calls,
            "max_responses_per_call": self._run.budget.samples,
            "models": [model.name for model in self._models],
        }

    async def asked(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Answer one use by the improver."""
        self._patience.spend(args, kwargs)
        match name:
            case "remaining":
                return self._run.budget.calls - self.spent.calls + self._taken.paid_before
            case "outcomes":
                return self._outcomes
            case "left":
                return self._left()
            case "prompt":
                expertise, message, n, temperature, model = _bound(
                    lambda expertise, message, n_responses=1, temperature=0.7, model=None: None, args, kwargs
                )
                if isinstance(n, bool) or not isinstance(n, int):
                    raise Told("TypeError", f"n_responses must be an int but got {type(n).__name__}")
                # a wild n must not be multiplied out before it is checked
                messages = [message] * max(0, min(n, self._run.budget.samples + 1))
            case _:
                expertise, messages, temperature, model = _bound(
                    lambda expertise, messages, temperature=0.7, model=None: None, args, kwargs
                )
        return await self._call(name, expertise, messages, temperature, model)

    async def _call(
        self, kind: str, expertise: Any, messages: Any, temperature: Any, model: Any
    ) -> list[str]:
        temperature = self._checked(expertise, messages, temperature)
        which = self._chosen(model)
        left = self._run.budget.calls - self.spent.calls
        if left <= 0 and not self._taken.paid_before:
            raise self._beyond()
        prompts = [(Message("system", expertise), Message("user", message)) for message in messages]
        key = prompt_key(
            [message for prompt in prompts for message in prompt], temperature, len(prompts), which
        )
        taken = self._taken.take(key, left)
        if taken is None:
            raise self._beyond()
        occurrence, cost = taken
        self.spent.calls += cost
        self.spent.samples += cost * len(prompts)
        try:
            # once: an improver that is started again after a lost zygote finds what was paid for
            place = self._address / key / occurrence
            asked = Asked(place, kind, prompts, temperature, self._models[which], which)
            due = [] if self._run.begun(place) else await self._run.reserve(asked, self._use)
            answers = await self._run.once(place, lambda: self._run.ask(asked, due, self._use, self._spare))
        except LimitReached as limit:
            if self._run.meter.reached:
                self.limited = True
            else:
                self.refused = True
                self._events.note("model-budget", "the language model was asked beyond its budget")
            self._taken.give_back(key, cost)
            self.spent.calls -= cost
            self.spent.samples -= cost * len(prompts)
            raise Told("BudgetExhausted", str(limit)) from None
        self._outcomes += [f"{answer.outcome}: {answer.cause}".removesuffix(": ") for answer in answers]
        return [answer.text for answer in answers]

    def _chosen(self, model: Any) -> int:
        """The place of the model that the improver names, the first if it names none."""
        names = [each.name for each in self._models]
        if model is None:
            return 0
        if not isinstance(model, str) or model not in names:
            raise Told("ValueError", f"model must be one of {', '.join(names)}; nothing was spent")
        return names.index(model)

    def _left(self) -> dict[str, float | None]:
        """What is left of this use's budgets besides calls: tokens, US dollars, seconds; None where not limited."""
        limits, use = self._use.limits, self._use
        return {
            "tokens": None
            if limits.total_tokens is None
            else max(0, limits.total_tokens - use.counted_tokens),
            "cost": None if limits.cost is None else max(0.0, limits.cost - use.counted_cost),
            "seconds": None if limits.time_s is None else max(0.0, limits.time_s - use.elapsed_s()),
        }

    def _beyond(self) -> Told:
        self._events.note("model-budget", "the language model was asked beyond its budget")
        return Told("BudgetExhausted", f"all {self._run.budget.calls} calls of the language model are spent")

    def _checked(self, expertise: Any, messages: Any, temperature: Any) -> float:
        most = self._run.budget.samples
        if not isinstance(expertise, str):
            raise Told("TypeError", f"expertise must be a str but got {type(expertise).__name__}")
        if not isinstance(messages, (list, tuple)) or not all(isinstance(m, str) for m in messages):
            raise Told("TypeError", "each message must be a str, and batch_prompt takes a list of them")
        if not 1 <= len(messages) <= most:
            raise Told("ValueError", f"a call may ask for 1 to {most} answers; nothing was spent")
        for text in (expertise, *messages):
            if len(text) > MOST_TEXT:
                raise Told("ValueError", f"{_too_large('message', text)}; nothing was spent")
        if isinstance(temperature, bool) or not isinstance(temperature, (int, float)):
            raise Told("TypeError", f"temperature must be a number but got {type(temperature).__name__}")
        if not (math.isfinite(temperature) and 0 <= temperature <= 2):
            raise Told("ValueError", f"temperature must be between 0 and 2 but got {temperature}")
        return float(temperature)


class _Taken:
    """What one use of an improver has taken out of a budget, by name.

    An improver that is started again, because its warm process was lost, does not pay again for what it paid for;
    it pays for what it asks instead, or else to lose that process would be a way to a second budget.
    """

    def __init__(self) -> None:
        self._paid: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()  # since it was last started
        self.paid_before = 0

    def paid(self, name: str) -> int:
        """Count one of this name as paid for, before anything is asked."""
        self._paid[name] += 1
        return 1

    def begin(self) -> None:
        self._asked.clear()
        self.paid_before = self._paid.total()

    def take(self, name: str, left: int) -> tuple[int, int] | None:
        """Which of this name it is and what it costs, 0 or 1; None where that is more than is ``left``."""
        occurrence = self._asked[name]
        cost = int(occurrence == self._paid[name])
        if cost > left:
            return None
        self._asked[name] += 1
        self._paid[name] += cost
        self.paid_before -= 1 - cost
        return occurrence, cost

    def give_back(self, name: str, cost: int) -> None:
        """Undo a ``take`` that cost so much."""
        self.paid_before += 1 - cost
        for counter in (self._asked, self._paid) if cost else (self._asked,):
            counter[name] -= 1
            if not counter[name]:
                del counter[name]  # a loop must not fill the memory


class _Patience:
    """How much one use of an improver may send, whether a budget pays for it or not.

    While it waits for us its clocks stand still, and what it asks may cost us far more time than it does the
    improver: without an end of this kind, one could hold up a run for hours.
    """

    def __init__(self, budget: Budget) -> None:
        self._left = MOST_TEXT * (_FREE_TEXTS + budget.scores + budget.calls * budget.samples)

    def spend(self, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self._left -= _ASK + _weight(args) + _weight(kwargs)
        if self._left < 0:
            raise _AskedTooMuch("asked without end: for more than all that its budget is for")


class _AskedTooMuch(Exception):
    """Ends the use of an improver; ``str()`` is its cause."""


def _weight(value: Any) -> int:
    """Of an argument, in characters, as a measure of what it costs to look at."""
    if isinstance(value, (list, tuple)):
        return sum(_ASK + _weight(item) for item in value)
    if isinstance(value, dict):
        return sum(_ASK + len(name) + _weight(item) for name, item in value.items())
    return len(value) if isinstance(value, (str, bytes)) else getattr(value, "nbytes", 0)


def _too_large(what: str, text: str) -> str:
    return f"a {what} that is too large: {len(text):,} characters, of at most {MOST_TEXT:,}"


class _Events:
    """What one use of an improver did that is worth recording, up to a number: a loop must not fill the disk."""

    def __init__(self, run: Run, address: Address) -> None:
        self._run, self._address = run, address
        self._noted: Counter[str] = Counter()

    def begin(self) -> None:
        self._noted.clear()

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
