"""What a run has done so far, from what it tells, and how long it may yet take."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from selftaught.cli.output import count, dollars, duration, plural

if TYPE_CHECKING:
    from selftaught.stop import Iteration

_META = "improving"  # the name of the task of improving: what is scored there is an improver

_WORDS = {
    "model-budget": "calls beyond an improver's budget (refused)",
    "utility-budget": "scores beyond the budget (answered 0)",
    "too-large": "scores of programs that are too large (answered 0)",
    "not-a-program": "scores of what is no program (answered 0)",
    "sandbox-off": "scores asked for outside of the sandbox (given from inside)",
    "sign": "signs of reward hacking",
    "unchecked": "programs that could not be rechecked",
    "use-limit": "uses that a limit on one use left without a call or a result",
    "asked-otherwise": "improvers that, run again, asked otherwise than before",
    "watch": "words of rules that watch",
    "improver failed": "uses in which an improver failed and returned nothing",
}


@dataclass
class Progress:
    """Counts what ``told(kind, facts)`` reports. ``iterations`` is 0 where there is no recursion.

    ``repeats`` is the number of meta-instances in a meta-utility, ``samples`` how many candidates a first iteration
    is expected to make; ``most_s`` the limit on the run's time; ``first`` what the improver it begins with is called.
    ``remark`` is to be said at the end, if there is one, and ``signs`` of reward hacking, or that none were seen.
    """

    iterations: int = 0
    repeats: int = 1
    samples: int = 6
    most_s: float | None = None
    first: str = "the seed improver"
    folder: str = ""
    isolation: str = ""
    results: list[Iteration] = field(default_factory=list)
    calls: int = 0
    answers: int = 0
    tokens: int | None = 0
    cost: float | None = 0.0
    cached: int = 0
    possibly_billed: int = 0
    programs: int = 0
    candidates: int = 0
    best: float | None = None
    improvements: int = 0
    events: Counter[str] = field(default_factory=Counter)
    remark: str = ""
    signs: str = ""
    _before: int = 0  # candidates tried before this iteration
    _most: int = 0  # most candidates of an iteration so far
    _began: float = field(default_factory=time.monotonic)

    def told(self, kind: str, facts: dict[str, Any]) -> None:
        """Count one report of the run."""
        match kind:
            case "opened":
                self.folder, self.isolation = facts["folder"], facts["isolation"]
            case "resumed":
                spent = facts["spent"]
                self.calls, self.answers = spent.calls, facts["answers"]
                known = spent.tokens_in is not None and spent.tokens_out is not None
                self.tokens = spent.tokens_in + spent.tokens_out if known else None
                self.cost, self.possibly_billed = spent.cost, facts["possibly_billed"]
                self.programs = facts["programs"]
                self.events.update(facts["counts"])
                self._began -= facts["elapsed_s"]
            case "call":
                self.calls += 1
            case "answer":
                self._answer(facts)
            case "score":
                self._score(facts)
            case "improvement":
                self.improvements += facts["task"] != _META
                if facts["status"] != "ok":
                    self.events["improver failed"] += 1
            case "event":
                self.events[facts["kind"]] += 1
            case "over":
                # by the record: what was done again once a limit was raised had been counted before
                self.events, self.remark = Counter(facts["counts"]), facts["remark"]
                self.signs = facts["signs"]
            case "iteration":
                self.results.append(facts["iteration"])
                self._most = max(self._most, self.candidates - self._before)
                self._before, self.best = self.candidates, None

    def _answer(self, facts: dict[str, Any]) -> None:
        self.answers += 1
        for name in ("tokens_in", "tokens_out"):
            tokens = facts.get(name)
            self.tokens = None if tokens is None or self.tokens is None else self.tokens + tokens
        self.cost = None if None in (self.cost, facts["cost"]) else self.cost + facts["cost"]
        self.cached += facts["cached"]
        self.possibly_billed += facts["possibly_billed"]
        if facts["outcome"] != "ok":
            self.events[f"answer {facts['outcome']}"] += 1

    def _score(self, facts: dict[str, Any]) -> None:
        path = facts["address"].split("/")
        if len(path) == 5 and path[3] == "utility":  # iteration/search/improver/utility/candidate
            self.candidates += 1
            self.best = max(facts["mean"], self.best if self.best is not None else -1.0)
        self.programs += facts["task"] != _META

    def elapsed_s(self) -> float:
        """Seconds since the run was begun."""
        return time.monotonic() - self._began

    def left_s(self) -> float | None:
        """Seconds that are probably left, from what has been done; None while that says too little."""
        done, total = self._work()
        known = done >= min(3, total) and done > 0
        left = self.elapsed_s() * (total - done) / done if known else None
        if self.most_s is None:
            return left
        most = max(self.most_s - self.elapsed_s(), 0.0)
        return most if left is None else min(left, most)

    def _work(self) -> tuple[int, int]:
        """Done and expected: uses of an improver, or, where it is used once, candidates."""
        if not self.iterations:
            return self.candidates, max(self.samples, self.candidates)
        candidates = self._most or self.samples
        begun = self.iterations - len(self.results) + 1  # iterations that are not over, the seed's counted
        this = max(candidates, self.candidates - self._before)
        expected = 3 * self.repeats + (self.iterations - 1) * (candidates + 3) * self.repeats
        expected += (this + 3) * self.repeats
        return self.improvements, max(expected, self.improvements) if begun > 0 else self.improvements

    def where(self) -> str:
        """Which part of the work is being done."""
        if not self.folder:
            return "trying the jails"
        if not self.iterations:
            return "improving"
        if not self.results:
            return f"measuring {self.first}, then {plural(self.iterations, 'iteration')}"
        if len(self.results) > self.iterations:
            return "done"
        return f"iteration {len(self.results)} of {self.iterations}"

    def tried(self) -> str:
        """Candidates of this iteration, and the best of them on search."""
        tried = self.candidates - self._before
        best = f", best {self.best:.4f} on search" if self.best is not None else ""
        return f"{plural(tried, 'candidate')} tried{best}"

    def incumbent(self) -> str:
        """The best improver so far, by what is reported of it."""
        if not self.results or self.results[-1].test is None:
            return ""
        last = self.results[-1]
        found = last.test.mean if last.test is not None else None
        return f"I{last.t} has {found.mean:.4f} on test" if found is not None else ""

    def used(self) -> str:
        """Calls, answers, tokens and scores so far."""
        parts = [plural(self.calls, "call"), plural(self.answers, "sample")]
        if self.tokens:
            parts.append(f"{count(self.tokens)} tokens")
        if self.cost:
            parts.append(dollars(self.cost))
        return ", ".join([*parts, f"{plural(self.programs, 'program')} scored"])

    def clock(self) -> str:
        """Time gone, and time left."""
        left = self.left_s()
        return f"{duration(self.elapsed_s())} gone" + (f", about {duration(left)} left" if left else "")

    def line(self) -> str:
        """All of it in one line."""
        return f"{self.where()}: {self.tried()}; {self.used()}; {self.clock()}"

    def spent_facts(self) -> dict[str, object]:
        """What is to be known beside what was spent: what may yet be charged for, and what cost nothing."""
        facts: dict[str, object] = {}
        if self.possibly_billed:
            number = plural(self.possibly_billed, "request")
            facts["perhaps"] = f"{number} that went unanswered may be charged for too"
        if self.cached:
            answers = plural(self.cached, "answer")
            facts["cache"] = f"gave {answers}: this run is not independent of those that share it"
        return facts

    def worth_knowing(self) -> str:
        """What happened besides answers and scores, counted, in one line."""
        return "; ".join(
            f"{number:,} x {_WORDS.get(kind, kind)}" for kind, number in self.events.most_common()
        )


@dataclass
class StudyProgress(Progress):
    """Counts the parts of a study too."""

    name: str = ""
    parts: int = 0
    done: int = 0
    plan: str = ""
    limit: str = ""

    def told(self, kind: str, facts: dict[str, Any]) -> None:
        """Count one report of the run."""
        if kind == "study":
            self.parts, self.plan = facts["parts"], facts["plan"]["hash"]
        elif kind == "part":
            self.done += 1
        elif kind == "limit":
            self.limit = facts["reached"]
        else:
            super().told(kind, facts)

    def where(self) -> str:
        """Which part of the work is being done."""
        if not self.folder:
            return "trying the jails"
        return f"{self.name} (plan {self.plan}): {self.done} of {plural(self.parts, 'part')} done"

    def tried(self) -> str:
        """Uses of improvers, the unit of all studies."""
        return f"{plural(self.improvements, 'use')} of improvers"

    def left_s(self) -> float | None:
        """Seconds that are probably left, once a part is done."""
        left = self.elapsed_s() * (self.parts - self.done) / self.done if self.done else None
        most = None if self.most_s is None else max(self.most_s - self.elapsed_s(), 0.0)
        return most if left is None else left if most is None else min(left, most)
