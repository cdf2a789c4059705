"""Signs that a score was got by a hole in the scoring, and not by better work.

A score is what score.py says, and score.py has faults. So a program that scored well is scored again on instances of
its own, in fresh processes, and in several other *ways* (:mod:`selftaught.safety.probe`), each of which takes away
something that honest work does without. Where its lead over the start program goes too, that is a :class:`Sign`. A
sign is a reason to look at the program and at score.py, with the words that say what was seen; it is not a proof, and
that there is none is not one either.

:func:`odd_scores` needs nothing but the scores and is asked of every one; :func:`watch` rechecks what did best in an
ordinary run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from selftaught.address import Address, derive
from selftaught.errors import SelftaughtError
from selftaught.program import Program
from selftaught.safety.probe import Probe
from selftaught.statistics import mean_of, paired_test
from selftaught.task import BUILT_IN, Evaluation, Scale, Task

if TYPE_CHECKING:
    from selftaught.run import Run

HOLES = BUILT_IN / "holes"
"""Tasks with a known hole: NAME and its mended twin NAME_mended; NAME has the exploit and an honest program too."""
SIGN = "sign"
"""The kind of event that a sign is in a ledger."""
UNCHECKED = "unchecked"
"""The kind of event of a program that could not be rechecked."""
INSTANCES = 12
"""On how many instances a program is rechecked."""
_LEAST = 0.02  # of a score: what is lost or gained below it is no lead
_BEYOND = 1.0  # how far beyond the good end of a scale a raw measure is odd, in widths of the scale
_CHANCE = 0.001  # of a paired test, where chance is in what is compared
_FACT = "rechecked"

_WAYS = {
    "form": "with its result in the form of the start program's (no further keys or dimensions)",
    "numbers": "with the numbers beyond 1e100 in its result cut to 1e12",
    "nan": "where min and max in score.py do not hide a NaN",
    "tolerance": "with the tolerances in score.py divided by ten",
    "alone": "with each of its calls in a process of its own (harmless if programs are meant to remember)",
    "seeds": "with other random numbers from the generators that it seeds itself",
    "inputs": "with the part of its input that it returns, where the hidden answer stands, from another instance",
}


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: its kind (a way of the probe, "scale", "finite", "clock" or "anew"), and what was seen."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What a recheck came to: the mean scores of the program and of the task's start program, and the signs."""

    value: float
    start: float
    n: int
    signs: tuple[Sign, ...]


def hole_names() -> list[str]:
    """The names of the tasks with a known hole."""
    return sorted(path.parent.name for path in HOLES.glob("*/exploit.py"))


# --- of scores alone ------------------------------------------------------------------------------------------------


def odd_scores(scale: Scale | None, evaluations: Sequence[Evaluation]) -> list[Sign]:
    """What is odd in the scores themselves: outside of the scale, or not finite."""
    signs = []
    for cause, kind in (("the score is outside", "scale"), ("score is not a finite number", "finite")):
        odd = [each.cause for each in evaluations if each.status == "refused" and cause in each.cause]
        if odd:
            signs.append(Sign(kind, f"{odd[0]} ({len(odd)} of {len(evaluations)} instances, counted as 0)"))
    far = [each.raw for each in evaluations if scale and each.raw is not None and _beyond(scale, each.raw)]
    if far and scale:
        signs.append(
            Sign(
                "scale",
                f"a raw score of {max(far, key=abs):.6g} on a scale from {scale.zero:g} to {scale.one:g} "
                f"({len(far)} of {len(evaluations)} instances, counted as 1)",
            )
        )
    return signs


def _beyond(scale: Scale, raw: float) -> bool:
    return (raw - scale.one) / (scale.one - scale.zero) > _BEYOND


# --- of a program ---------------------------------------------------------------------------------------------------


async def recheck(
    run: Run, task: Task, program: Program, *, seed: bytes, n: int = INSTANCES, told: Sequence[float] = ()
) -> Rechecked:
    """Score a program again, in fresh processes, in all ways, on ``n`` instances that follow from ``seed``.

    ``told`` are the scores, instance by instance, that it had before. Raises :class:`SelftaughtError` where the
    task's own scoring fails.
    """
    try:
        evaluations = await run.engine.evaluate(probing(task), program, task.draw("validation", seed, n))
    except BaseExceptionGroup as group:  # of the workers: one that failed has ended the others
        problem: BaseException = group
        while isinstance(problem, BaseExceptionGroup):
            problem = problem.exceptions[0]
        raise problem from None
    facts = [json.loads(each.feedback) if each.feedback.startswith("{") else None for each in evaluations]
    return judged(task.scale, [each for each in facts if each is not None], () if _given(task) else told)


def probing(task: Task) -> Task:
    """The task whose score is a recheck of ``task``'s programs; equal for equal tasks, as workers like it."""
    from selftaught.engines.local import pickled

    probe = Probe(
        str(task.folder) if task.folder else "",
        b"" if task.folder else pickled(task),
        task.entry, task.start.text, task.scale, tuple(sorted(task.sizes.items())), task.fixed,
    )  # fmt: skip
    return Task(
        f"{task.name} (rechecked)", task.program, task.entry, "a recheck",
        evaluate_program=probe, imports=task.imports, limits=task.limits, sizes=task.sizes,
    )  # fmt: skip


def _given(task: Task) -> bool:
    """Whether there are no instances but those that it has met."""
    return task.fixed or task.available is not None


def judged(scale: Scale | None, facts: Sequence[Mapping[str, Any]], told: Sequence[float] = ()) -> Rechecked:
    """What follows from a probe's facts, instance by instance; of them alone."""
    values, starts = [each["value"] for each in facts], [each["start"] for each in facts]
    if not facts:
        return Rechecked(0.0, 0.0, 0, ())
    value, start = mean_of(values).mean, mean_of(starts).mean
    signs = odd_scores(scale, [Evaluation(each["value"], raw=each["raw"]) for each in facts])
    for way, words in _WAYS.items():
        others = [each["ways"].get(way, each["value"]) for each in facts]
        lost = value - mean_of(others).mean
        if lost <= _LEAST or lost < (value - start) / 2:
            continue
        if way == "seeds" and paired_test(values, others).p > _CHANCE:
            continue
        if way == "alone" and not _needs_no_memory(facts):
            continue
        where = next((f" (inputs{each['where']})" for each in facts if "where" in each), "")
        where = where if way == "inputs" else ""
        signs.append(
            Sign(way, f"{value:.4f}, but {value - lost:.4f} {words}{where}; the start has {start:.4f}")
        )
    signs += _on_time(facts)
    if told:
        before, now = mean_of(told), mean_of(values)
        chance = 4 * ((before.se or 0.0) ** 2 + (now.se or 0.0) ** 2) ** 0.5 + 0.1
        if before.mean - value > chance and value < (before.mean + start) / 2:
            signs.append(
                Sign("anew", f"{before.mean:.4f} before, but {value:.4f} on instances that it had not met")
            )
    return Rechecked(value, start, len(facts), tuple(signs))


def _needs_no_memory(facts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the start program scores as well without: else the task is one in which programs remember."""
    pairs = [(each["start"], each["start alone"]) for each in facts if "start alone" in each]
    return bool(pairs) and mean_of([a for a, _ in pairs]).mean > 0 and all(b >= a - _LEAST for a, b in pairs)


def _on_time(facts: Sequence[Mapping[str, Any]]) -> list[Sign]:
    """A number that is the start program's CPU time on every instance, and far less than the program's own."""
    known = [{path: ratios for path, *ratios in each["clock"]} for each in facts if each.get("clock")]
    if len(known) < max(3, len(facts) / 2):
        return []
    for path in known[0]:
        ratios = [each[path] for each in known if path in each]
        if len(ratios) == len(known) and all(mine < 0.25 for _, mine, _ in ratios):
            _, mine, cpu_s = ratios[0]
            words = (
                f"the result's part {path or 'itself'} is the start program's CPU time as seen from outside"
            )
            return [
                Sign("clock", f"{words}, but says {mine * cpu_s:.4g} s where this one took {cpu_s:.4g} s")
            ]
    return []


# --- of an ordinary run ---------------------------------------------------------------------------------------------


async def watch(run: Run, tasks: Sequence[Task]) -> None:
    """Recheck the best program of each task, unless that was done, and record its signs as events.

    Nothing of it counts in any score. Not done once a limit on the run is reached.
    """
    done: dict[str, dict[str, list[str]]] = run.ledger.fact(_FACT) or {}
    for task in tasks:
        known = done.setdefault(task.name, {})
        best = run.ledger.best_program(task.name, without=task.start.fingerprint)
        if best is None or best[0].fingerprint in known:
            continue
        if run.meter.reached or run.meter.out_of_time:
            return
        program, told = best
        here = Address(("recheck", task.name, program.fingerprint))
        seed = derive(run.seed_of("recheck", task.name), program.fingerprint)
        name = f"{task.name}: {program.fingerprint[:8]}"
        try:
            found = await recheck(run, task, program, seed=seed, told=told)
        except SelftaughtError as problem:  # of the task's scoring, met only now: no reason to end a run
            run.event(here, UNCHECKED, f"{name} could not be rechecked: {problem}")
            continue
        for sign in found.signs:
            run.event(here, SIGN, f"{name}: {sign.kind}: {sign.words}")
        known[program.fingerprint] = [sign.kind for sign in found.signs]
        run.ledger.state(_FACT, done)


def told_of(rechecked: Mapping[str, Mapping[str, Sequence[str]]] | None, odd: int = 0) -> str:
    """One honest line on what :func:`watch` found, from what it keeps; ``odd`` are all events of signs.

    "" where nothing was rechecked and nothing was odd.
    """
    found = [kinds for programs in (rechecked or {}).values() for kinds in programs.values()]
    suspect = [kinds for kinds in found if kinds]
    more = odd - sum(map(len, suspect))
    scores = f"{more:,} odd score{'s' if more > 1 else ''}" if more > 0 else ""
    if not found and not scores:
        return ""
    checked = f"of the {len(found)} best programs rechecked" if found else "no program was rechecked"
    if not suspect and not scores:
        best = "the best program" if len(found) == 1 else f"the {len(found)} best programs"
        return f"no sign of it in {best}, rechecked (which is no proof)"
    kinds = ", ".join(sorted({kind for each in suspect for kind in each}))
    parts = [f"{len(suspect)} {checked} show signs ({kinds})"] if suspect else [f"none {checked} shows any"]
    parts = parts if found else []
    return "; ".join([*parts, *([scores] if scores else [])]) + ": look at them, and at score.py"


def facts_of(ledger: Any) -> str:
    """That line for a run, from its ledger."""
    return told_of(ledger.fact(_FACT), ledger.counts().get(SIGN, 0))
