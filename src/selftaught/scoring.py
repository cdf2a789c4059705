"""One program and some instances make a score, kept in the ledger before it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from selftaught.address import Address
from selftaught.program import Program
from selftaught.run import Run
from selftaught.safety.recheck import SIGN, odd_scores
from selftaught.statistics import Mean, mean_of
from selftaught.task import Evaluation, Instance, Scored


@dataclass(frozen=True, slots=True)
class Result:
    """A program's evaluations, in the order of the instances."""

    program: Program
    evaluations: tuple[Evaluation, ...]

    @property
    def values(self) -> list[float]:
        """The scores, each in [0, 1]."""
        return [evaluation.value for evaluation in self.evaluations]

    @property
    def mean(self) -> Mean:
        """Their mean, its standard error, and how many there are."""
        return mean_of(self.values)

    @property
    def raw(self) -> float | None:
        """The mean raw measure over the instances that have one."""
        raws = [evaluation.raw for evaluation in self.evaluations if evaluation.raw is not None]
        return sum(raws) / len(raws) if raws else None

    @property
    def raws(self) -> int:
        """How many instances have a raw measure."""
        return sum(evaluation.raw is not None for evaluation in self.evaluations)

    @property
    def outcomes(self) -> dict[str, int]:
        """How many evaluations ended in which way, most frequent first."""
        return dict(Counter(evaluation.status for evaluation in self.evaluations).most_common())

    @property
    def cause(self) -> str:
        """What went wrong on most of the instances where something did, or why most zeros are zeros; else ""."""
        for zeros in (False, True):
            causes = Counter(
                (each.status, each.cause or each.feedback)
                for each in self.evaluations
                if (each.status != "ok" or (zeros and each.value == 0)) and (each.cause or each.feedback)
            )
            if causes:
                (status, cause), times = causes.most_common(1)[0]
                kind = f"{status}: " if status != "ok" else ""
                return f"{kind}{cause} ({times} of {len(self.evaluations)} instances)"
        return ""

    @property
    def remark(self) -> str:
        """The scorer's own words on the instance with the lowest score."""
        worst = min(self.evaluations, key=lambda each: each.value, default=None)
        return worst.feedback if worst else ""


async def score(
    run: Run, task: Scored, program: Program, instances: Sequence[Instance], address: Address
) -> Result:
    """Score ``program`` on ``instances``; what the ledger has at this address is not scored again."""
    place = address / program.fingerprint

    # what is kept for as long as the run; the program is not
    async def evaluate() -> tuple[Evaluation, ...]:
        if (known := run.ledger.evaluations(place)) is not None:
            return known
        evaluations = tuple(await task.evaluate(run, program, instances, place))
        limited = bool(run.meter.reached) and run.ledger.limited_below(place)
        run.ledger.add_score(place, task.name, program, evaluations, limited)
        for sign in odd_scores(getattr(task, "scale", None), evaluations):
            run.event(place, SIGN, f"{task.name}: {program.fingerprint[:8]}: {sign.kind}: {sign.words}")
        mean = Result(program, evaluations).mean.mean
        facts = {"task": task.name, "address": str(place), "mean": mean}
        run.told("score", facts | {"program": program.text, "evaluations": evaluations})
        return evaluations

    return Result(program, await run.once(place, evaluate))
