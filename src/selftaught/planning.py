"""The most that a run can come to, before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from selftaught.budget import Budget, RunLimits
from selftaught.models.prices import FREE, context_window
from selftaught.roster import Roster
from selftaught.run import MOST_TEXT, RunModel

_MOST_PROMPT_TOKENS = 2 * 4 * MOST_TEXT  # two texts, of characters of four bytes, each byte a token


@dataclass(frozen=True)
class Uses:
    """How often improvers are used at most: on improvers (``meta``), and on tasks.

    ``task_calls`` is the most that those on tasks make together, where this is less than all that each may make;
    ``samples`` the most answers that one of their calls asks for, where this is less than it may.
    """

    meta: int
    tasks: int
    task_calls: int | None = None
    samples: int | None = None


def uses_of_run(tasks: int, repeats: int, iterations: int, budget: Budget, *, seed: bool = True) -> Uses:
    """Of a run of :func:`selftaught.stop.stop`; without ``seed`` the seed improver is already measured.

    An iteration is one use on the improver, whose every score is a use on each meta-instance; proposal and incumbent
    on fresh validation instances; and of a proposal that is adopted search, if its score was never asked for, and
    test.
    """
    each = tasks * repeats
    return Uses(iterations, (3 * seed + iterations * (budget.scores + 4)) * each)


@dataclass(frozen=True)
class Most:
    """The most of everything; None where it is not known. ``cost`` is in US dollars.

    ``calls``, ``answers`` and tokens follow from the budget of an improver's use and the limits on the run;
    ``within`` are the limits that make any of them less than the plan alone would.
    """

    calls: int
    answers: int
    tokens_in: int
    tokens_out: int | None
    cost: float | None
    within: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The ``most`` of ``--dry-run --json``."""
        return {
            "calls": self.calls,
            "answers": self.answers,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "cost": self.cost,
        }


def most(uses: Uses, budget: Budget, limits: RunLimits, roster: Roster) -> Most:
    """What so many uses of improvers can come to with these models, within these budgets and limits."""
    if uses.samples is not None:
        budget = replace(budget, samples=min(uses.samples, budget.samples))
    meta_calls, task_calls = uses.meta * budget.calls, uses.tasks * budget.calls
    if uses.task_calls is not None:
        task_calls = min(task_calls, uses.task_calls)
    within = []
    limits = _together(limits, roster)
    if limits.calls is not None and limits.calls < meta_calls + task_calls:
        within.append("calls")
        meta_calls = min(meta_calls, limits.calls)
        task_calls = limits.calls - meta_calls
    of_meta = _most_of(meta_calls, uses.meta, budget, roster.meta_models or roster.models)
    of_tasks = _most_of(task_calls, uses.tasks, budget, roster.models)
    tokens_in = of_meta[0] + of_tasks[0]
    tokens_out = None if of_meta[1] is None or of_tasks[1] is None else of_meta[1] + of_tasks[1]
    cost = None if of_meta[2] is None or of_tasks[2] is None else of_meta[2] + of_tasks[2]
    if limits.total_tokens is not None:
        if tokens_out is None or tokens_in + tokens_out > limits.total_tokens:
            within.append("tokens")
        tokens_in = min(tokens_in, limits.total_tokens)
        tokens_out = min(tokens_out or limits.total_tokens, limits.total_tokens)
        cost = _less(cost, _cost_of_tokens(limits.total_tokens, roster.all))
    if limits.cost is not None and (cost is None or cost > limits.cost):
        within.append("cost")
        cost = limits.cost
    calls = meta_calls + task_calls
    return Most(calls, calls * budget.samples, tokens_in, tokens_out, cost, tuple(within))


def _together(limits: RunLimits, roster: Roster) -> RunLimits:
    """The run's limits, and those of its models where every model has one."""
    found = {}
    for name in ("calls", "total_tokens", "cost"):
        own = [getattr(model.meter.limits, name) for model in roster.all]
        of_all = None if None in own else sum(own)
        found[name] = _less(getattr(limits, name), of_all)
    return replace(limits, **found)


def _cost_of_tokens(tokens: int, models: Sequence[RunModel]) -> float | None:
    """The most that so many tokens can cost, in or out; None where a price is not known."""
    prices = [model.price for model in models if model.price is not None]
    if len(prices) < len(models):
        return None
    return max(max(price.of(tokens, 0), price.of(0, tokens)) for price in prices)


def _less(one: Any, other: Any) -> Any:
    """The less of two, of which None is without end."""
    return min((each for each in (one, other) if each is not None), default=None)


def _most_of(
    calls: int, uses: int, budget: Budget, models: Sequence[RunModel]
) -> tuple[int, int | None, float | None]:
    """Tokens in and out and US dollars of so many calls, in so many uses, each of whichever model comes to most."""
    answers = calls * budget.samples
    each = [_most_each(model, budget) for model in models]
    tokens_in = answers * max(of_in for of_in, _, _ in each)
    outs, costs = (
        [out for _, out, _ in each if out is not None],
        [cost for *_, cost in each if cost is not None],
    )
    tokens_out = answers * max(outs) if len(outs) == len(each) else None
    cost = answers * max(costs) if len(costs) == len(each) else None
    if budget.tokens is not None:
        tokens_in = min(tokens_in, uses * budget.tokens)
        tokens_out = min(tokens_out or uses * budget.tokens, uses * budget.tokens)
        cost = _less(cost, _cost_of_tokens(uses * budget.tokens, models))
    if budget.cost is not None:
        cost = min(cost if cost is not None else uses * budget.cost, uses * budget.cost)
    return tokens_in, tokens_out, cost


def _most_each(model: RunModel, budget: Budget) -> tuple[int, int | None, float | None]:
    """Tokens in and out and US dollars of one answer of this model."""
    window = context_window(model.name)
    tokens_in = min(window or _MOST_PROMPT_TOKENS, _MOST_PROMPT_TOKENS)
    known = [
        each for each in (budget.answer_tokens, model.model.most_answer_tokens, window) if each is not None
    ]
    tokens_out = min(known) if known else None
    if model.price is FREE:
        return tokens_in, tokens_out, 0.0
    if model.price is None or tokens_out is None:
        return tokens_in, tokens_out, None
    return tokens_in, tokens_out, model.price.of(tokens_in, tokens_out)
