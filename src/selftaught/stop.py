"""STOP, Algorithm 1 of the paper: an improver improves itself, again and again.

    I_t = I_{t-1}(meta_utility, I_{t-1}, language_model)

and, which the paper leaves out, a judgement: each proposal meets the incumbent on validation instances that neither
was made on, and :data:`ADOPT` says which of them goes on.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from selftaught.address import Address
from selftaught.improving import Improvement, improve
from selftaught.meta import MetaTask
from selftaught.program import Program
from selftaught.run import Run
from selftaught.scoring import Result, score
from selftaught.statistics import paired_test, upwards


@dataclass(frozen=True, slots=True)
class Iteration:
    """Where iteration ``t`` left the recursion: ``improver`` is the incumbent after it, the results are its own.

    ``proposed`` is what the incumbent before it returned (None: nothing), ``proposed_validation`` what that came
    to on the validation instances, ``met`` what the incumbent before it did on the same ones. ``test`` is None where
    a run's limit kept it from being measured. Below ``places`` in the ledger is all that went into the choice: not
    the first measures, and not the test.
    """

    t: int
    improver: Program
    search: Result
    validation: Result
    test: Result | None
    proposed: Program | None = None
    proposed_validation: Result | None = None
    adopted: bool = False
    why: str = ""
    met: Result | None = None
    places: tuple[Address, ...] = ()


Form = Callable[[Program, Program], tuple[Program, Program]]
"""Of the seed improver and the incumbent: which improver is to improve which solution."""
_TOP = Address()


def itself(seed: Program, incumbent: Program) -> tuple[Program, Program]:
    """STOP's form: the incumbent improves itself."""
    return incumbent, incumbent


async def stop(
    run: Run,
    meta: MetaTask,
    iterations: int,
    adopt: str = "not-worse",
    place: Address = _TOP,
    drawn: Address | None = None,
    *,
    form: Form = itself,
    test: bool = True,
) -> AsyncIterator[Iteration]:
    """Yield the state after each of ``iterations`` rounds, the seed improver's (``meta.start``) first.

    ``place`` keeps several recursions in one run apart, in addresses and seeds; those with the same ``drawn`` have
    the same instances. Several of other forms at one place, one after another, share what is the same in them.
    Without ``test`` nothing is measured on test instances.

    Raises :class:`~selftaught.errors.LimitReached` where a limit on the run made an iteration incomparable.
    """
    here, seeds = place / "t0", (drawn or place).path
    incumbent = meta.start
    tested: Result | None
    search, unseen = (meta.draw(split, run.seed_of(*seeds, split)) for split in ("search", "test"))
    validation = meta.draw("validation", run.seed_of(*seeds, "validation", 0))
    search_score, met, tested = await gather(
        score(run, meta, incumbent, search, here / "search"),
        score(run, meta, incumbent, validation, here / "validation"),
        score(run, meta, incumbent, unseen, here / "test") if test else _nothing(),
    )
    run.meter.check()
    yield Iteration(0, incumbent, search_score, met, tested, why=called(incumbent))

    for t in range(1, iterations + 1):
        here = place / f"t{t}"
        improver, solution = form(meta.start, incumbent)
        use = used_at(place, t, improver, solution)
        improvement = await improve(run, improver, meta, solution, search, use)
        use /= improver.fingerprint
        run.meter.check()
        proposal = improvement.program
        if reason := _nothing_new(improvement, incumbent):
            yield Iteration(t, incumbent, search_score, met, tested, proposal, why=reason, places=(use,))
            continue
        assert proposal is not None
        met_at = [here / "validation" / each.fingerprint for each in (incumbent, proposal)]

        validation = meta.draw("validation", run.seed_of(*seeds, "validation", t))
        met, proposed = await gather(
            score(run, meta, incumbent, validation, here / "validation"),
            score(run, meta, proposal, validation, here / "validation"),
        )
        run.meter.check()
        before, found = met, use / "utility"  # where the proposal was scored, if it was
        if adopt in ADOPT:
            adopted, why = ADOPT[adopt](proposed, met)
        else:
            adopted, why = ON_SEARCH[adopt](await score(run, meta, proposal, search, found), search_score)
            run.meter.check()
        if adopted:
            incumbent, met = proposal, proposed
            search_score = await score(run, meta, incumbent, search, found)
            new = await score(run, meta, incumbent, unseen, here / "test") if test else None
            tested = None if run.meter.reached else new
        yield Iteration(
            t, incumbent, search_score, met, tested, proposal, proposed, adopted, why, before, (use, *met_at)
        )


def called(improver: Program) -> str:
    """What the improver that a run begins with is called in words."""
    return "the seed improver" if improver.name in ("", "seed") else f"the improver {improver.name}"


def used_at(place: Address, t: int, improver: Program, solution: Program) -> Address:
    """Where, in iteration ``t`` of a recursion, ``improver`` works on ``solution``."""
    here = place / f"t{t}"
    return here / "search" if improver == solution else here / f"search-on-{solution.fingerprint}"


async def _nothing() -> None:
    return None


def _nothing_new(improvement: Improvement, incumbent: Program) -> str:
    if improvement.program is None:
        return f"the improver returned nothing: {improvement.outcome.status}: {improvement.outcome.error}"
    if improvement.program.fingerprint == incumbent.fingerprint:
        return "the improver returned the program that it was given"
    return ""


# --- adoption: the proposal's and the incumbent's results on the same validation instances -> adopted?, why ---------


def _always(new: Result, old: Result) -> tuple[bool, str]:
    return True, f"always adopted ({_difference(new, old)})"


def _not_worse(new: Result, old: Result) -> tuple[bool, str]:
    if "ok" not in new.outcomes:  # an incumbent with bad luck may score 0 too, and it works
        return False, f"failed in every use: {new.cause}"
    adopted = sum(new.values) >= sum(old.values)
    return adopted, f"{'not worse' if adopted else 'worse'} ({_difference(new, old)})"


def _better(new: Result, old: Result) -> tuple[bool, str]:
    test = paired_test(new.values, old.values)
    if test.too_few:
        return (
            False,
            f"too few to tell at 5%: {test.n_differing} of {test.n} pairs differ ({_difference(new, old)})",
        )
    words = "better" if test.better else "not shown to be better"
    return test.better, f"{words} ({_difference(new, old)}, p = {upwards(test.p)})"


def _higher_once(new: Result, old: Result) -> tuple[bool, str]:
    adopted = sum(new.values) > sum(old.values)
    return adopted, f"{'higher' if adopted else 'not higher'} on search ({_difference(new, old)})"


def _difference(new: Result, old: Result) -> str:
    return f"{new.mean.mean - old.mean.mean:+.4f}"


ADOPT: dict[str, Callable[[Result, Result], tuple[bool, str]]] = {
    "always": _always,
    "not-worse": _not_worse,
    "better": _better,
}
"""What happens after validation: the paper's choice, the default (what failed in every use is never adopted), and a
one-sided paired test at 5%."""

ON_SEARCH: dict[str, Callable[[Result, Result], tuple[bool, str]]] = {"higher-once": _higher_once}
"""What is done elsewhere, of results on the search instances, by which the proposal was chosen: to be studied (the
study ``adoption``), not to be used."""


def summary(iteration: Iteration) -> dict[str, Any]:
    """One of a run's ``iterations`` as in ``summary.json``."""

    def told(result: Result | None) -> dict[str, Any] | None:
        return None if result is None else result.mean.to_json()

    return {
        "t": iteration.t,
        "improver": iteration.improver.fingerprint,
        "proposed": iteration.proposed and iteration.proposed.fingerprint,
        "search": told(iteration.search),
        "validation": told(iteration.validation),
        "test": told(iteration.test),
        "proposed_validation": told(iteration.proposed_validation),
        "adopted": iteration.adopted,
        "why": iteration.why,
    }
