"""The recorded run that comes with the package, and its replay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selftaught.api import Options, Stopped, Told, stop
from selftaught.budget import Budget
from selftaught.ledger import Ledger
from selftaught.models.recording import command_of
from selftaught.program import Program, extract_code

DEMONSTRATION = Path(__file__).parent / "recordings" / "lpn.sqlite"


@dataclass(frozen=True)
class Demonstration:
    """The recorded run that comes with the package: what it was begun with, and what it came to.

    ``command`` is what it was: what replays it, but for the model.
    """

    path: Path
    tasks: tuple[str, ...]
    iterations: int
    repeats: int
    adopt: str
    improver: Program
    budget: Budget
    recorded: list[dict[str, Any]]
    command: str


@dataclass(frozen=True)
class Demonstrated:
    """A replay of it: ``ideas`` are the words with which each adopted improver came, by iteration."""

    plan: Demonstration
    stopped: Stopped
    ideas: dict[int, str]

    @property
    def as_recorded(self) -> bool:
        """Whether it came to what was recorded."""
        return bool(self.stopped.summary["iterations"] == self.plan.recorded)


def demonstration(path: Path = DEMONSTRATION) -> Demonstration:
    """What the recorded run was begun with."""
    ledger = Ledger(path, new=False)
    try:
        counts = {name: ledger.fact(name) for name in ("iterations", "repeats", "adopt")}
        first, budget = ledger.fact("improver"), Budget(**ledger.fact("budget"))
        tasks, recorded = tuple(ledger.fact("tasks")), ledger.iterations()
        return Demonstration(
            path, tasks, **counts, improver=Program(first["text"], first.get("name", "")), budget=budget,
            recorded=recorded, command=command_of(ledger),
        )  # fmt: skip
    finally:
        ledger.close()


def demonstrate(
    plan: Demonstration,
    *,
    runs: Path = Path("runs"),
    jobs: int | None = None,
    isolation: str | None = None,
    told: Told | None = None,
) -> Demonstrated:
    """Replay it: a model's words are read, and every program is run and scored."""
    options = Options(f"recording:{plan.path}", plan.budget, jobs=jobs, isolation=isolation, runs=runs)
    stopped = stop(
        plan.tasks, iterations=plan.iterations, repeats=plan.repeats, adopt=plan.adopt, improver=plan.improver,
        options=options, told=told,
    )  # fmt: skip
    ledger = Ledger(stopped.folder, new=False)
    try:
        ideas = {}
        for each in stopped.summary["iterations"][1:]:
            if each["adopted"] and (idea := _idea_of(ledger, each["t"], each["improver"])):
                ideas[each["t"]] = idea
    finally:
        ledger.close()
    return Demonstrated(plan, stopped, ideas)


def _idea_of(ledger: Ledger, t: int, fingerprint: str) -> str:
    """The words before the program in the answer that a proposal came from, "" if it came from none as it stands."""
    for address in ledger.answered():
        answer = ledger.answer(address) if address.startswith(f"t{t}/search/") else None
        code = extract_code(answer.text) if answer is not None and address.split("/")[3] == "model" else None
        if answer is not None and code is not None and Program(code).fingerprint == fingerprint:
            return answer.text.partition("```")[0].strip()
    return ""
