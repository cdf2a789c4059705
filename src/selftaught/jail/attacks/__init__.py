"""Programs that try to get out of a jail, each in a file of its own with the verdict that is expected.

A program defines ``attack(decoys)`` and returns True if, and only if, it got what it wanted; ``decoys`` is a dict of
what there is to attack (:mod:`selftaught.jail.attacks.decoys`). Its docstring says what it tries, then, a line each:

``stopped by``
    the layers, each of which stops it alone: names of :data:`selftaught.jail.layers.LAYERS`; "watch", the clocks that
    are read from outside; "frames", the checks of what arrives from a jail. A tier that has one of them stops it.
``verdict``
    the outcomes that are right where it is stopped ("error" unless said; "a|b" for either).
``limits``
    the jail's limits, such as ``cpu_s=0.05 wall_s=5 memory_mb=64``, where they matter.
``canary``
    "quick": tried at the start of every run; "yes": also tried by ``selftaught doctor``.
``twin``
    "none: REASON" where the kernel refuses it to anyone, so that it works nowhere, jail or not.
``as``
    "root" where only root could do it at all: a plain user's attempt fails with all layers off, too. Such an attack
    asks for nothing that would last, since what only the machine's own root may do is tried as that root.
``wants``
    what its owner must not end up with (:data:`WANTS`), where it is not the program's own word that counts: a program
    may return whatever it likes.
``given``
    "a trusted object": then it is ``attack(decoys, trusted)`` (:class:`Trusted`).
"""

from __future__ import annotations

import ast
import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from selftaught.budget import Limits
from selftaught.jail import layers
from selftaught.jail.attacks.harm import MOST_GROWTH_MB, Growth, fault_of_outcome
from selftaught.jail.cell import Cell, Outcome, Slot, Zygote
from selftaught.program import Program

GROUPS = ("reading", "writing", "network", "processes", "kernel", "resources", "protocol")
OUTSIDE = ("watch", "frames")
"""What stops an attack from the trusted side, in every tier."""
WANTS = ("a value that may not cross", "the owner raises", "the owner hangs", "the owner's memory")
"""What an attack may want of its owner; each is looked for after each of these attacks."""
_LIMITS = Limits(cpu_s=2, wall_s=10, memory_mb=128)
_KEYS = ("stopped by", "verdict", "limits", "canary", "twin", "as", "wants", "given")
_KNOWN = {"wants": WANTS, "given": ("a trusted object",), "canary": ("quick", "yes"), "as": ("root",)}
_LIMIT_TYPES = {"cpu_s": float, "wall_s": float, "memory_mb": int}
_MARGIN_S = 30.0  # how much later than at its limits an attack may be over, on a busy machine


@dataclass(frozen=True, slots=True)
class Attack:
    """One program of the suite; see the module's docstring for what the fields say."""

    group: str
    name: str
    what: str
    program: Program
    stopped_by: frozenset[str]
    verdict: tuple[str, ...] = ("error",)
    limits: Limits = _LIMITS
    canary: str = ""
    no_twin: str = ""
    root_only: bool = False
    wants: str = ""
    given: str = ""

    def stopped_in(self, isolation: str) -> bool:
        """Whether this tier promises to stop it."""
        return bool(self.stopped_by & (layers.TIERS[isolation] | set(OUTSIDE)))

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one attack: ``held`` unless it got away, and in words what happened."""

    attack: Attack
    held: bool
    words: str
    outcome: Outcome

    @property
    def name(self) -> str:
        """The attack's group and name."""
        return str(self.attack)

    @property
    def right(self) -> bool:
        """Whether it was stopped with an outcome that the attack's file expects."""
        return self.held and self.outcome.status in self.attack.verdict


@cache
def suite() -> tuple[Attack, ...]:
    """Every attack, group by group."""
    here = Path(__file__).parent
    return tuple(_read(path) for group in GROUPS for path in sorted((here / group).glob("*.py")))


def canaries(*, quick: bool = False) -> list[Attack]:
    """The subset that ``selftaught doctor`` sends in, or that every run does."""
    return [attack for attack in suite() if attack.canary == "quick" or (attack.canary and not quick)]


def send(zygote: Zygote, attack: Attack, told: Mapping[str, Any], limits: Limits | None = None) -> Finding:
    """Run one attack in a jail of ``zygote``; ``limits`` are the attack's own unless others are given."""
    if attack.wants:
        return _send_to_owner(zygote, attack, told, limits or attack.limits)
    with Cell(zygote, limits or attack.limits, attack.program, bytes(16)) as cell:
        outcome = _call(cell, attack, told)
    got_away = outcome.status == "ok" and outcome.value is not False and outcome.value is not None
    words = outcome.error or f"returned {outcome.value!r:.80}"
    return Finding(attack, not got_away, words, outcome)


def _send_to_owner(zygote: Zygote, attack: Attack, told: Mapping[str, Any], limits: Limits) -> Finding:
    """The same of an attack on this process: it got away if any harm was done here, whatever it returned."""
    growth, began = Growth(), time.monotonic()
    try:
        with Cell(zygote, limits, attack.program, bytes(16)) as cell:
            outcomes = [_call(cell, attack, told)]
            if outcomes[0].status == "ok":  # what the first call left behind meets the second
                outcomes.append(_call(cell, attack, told))
    except Exception as problem:  # noqa: BLE001  whatever an attack makes its owner raise is what it wanted
        words = f"the owner raises: {type(problem).__name__}: {problem}"
        return Finding(attack, False, words, Outcome("error", error=words))
    took, grown = time.monotonic() - began, growth.mb()
    harm = "; ".join(filter(None, map(fault_of_outcome, outcomes)))
    if took > len(outcomes) * (limits.wall_s + limits.cpu_s + _MARGIN_S):
        harm = f"the owner hangs: {took:.1f} s, {harm}"
    if grown > MOST_GROWTH_MB:
        harm = f"the owner's memory: {grown:.0f} MiB more, {harm}"
    words = harm or outcomes[0].error or f"returned {outcomes[0].value!r:.80}"
    return Finding(attack, not harm, words, outcomes[0])


def _call(cell: Cell, attack: Attack, told: Mapping[str, Any]) -> Outcome:
    if not attack.given:
        return cell.call("attack", [dict(told)])
    arguments = [dict(told), Trusted(told["words"])]
    return asyncio.run(cell.converse("attack", arguments, Slot(asyncio.Semaphore(1))))


class Trusted:
    """What some attacks are given to ask. It also knows ``secret``, which no jail is offered."""

    methods = ("echo", "wait")
    properties = ("shown",)

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def constants(self) -> dict[str, Any]:
        """What is copied in."""
        return {"kind": "trusted"}

    async def asked(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Whatever is asked for, to those who get this far: what may be is decided by others."""
        if name == "echo":
            return [*args, kwargs]
        if name == "wait":
            await asyncio.sleep(0.05)
            return None
        return "something" if name == "shown" else self.secret


def _read(path: Path) -> Attack:
    text = path.read_text()
    tells = ast.get_docstring(ast.parse(text)) or ""
    what, _, rest = tells.partition("\n\n")
    said: dict[str, str] = {}
    for line in rest.splitlines():
        key, colon, value = line.partition(": ")
        if not colon or key not in _KEYS or key in said:
            raise ValueError(f"{path}: its docstring's lines are {', '.join(_KEYS)}, each once, not {line!r}")
        said[key] = value.strip()
    stopped_by = frozenset(part.strip() for part in said["stopped by"].split(","))
    if unknown := stopped_by - {*layers.LAYERS, *OUTSIDE}:
        raise ValueError(f"{path}: no layer is called {', '.join(sorted(unknown))}")
    for key, known in _KNOWN.items():
        if said.get(key, known[0]) not in known:
            raise ValueError(f"{path}: {key} is {' or '.join(map(repr, known))}, not {said[key]!r}")
    twin = said.get("twin", "none: ")
    if not twin.startswith("none: "):
        raise ValueError(f"{path}: twin is 'none: ' and why the kernel refuses it to anyone, not {twin!r}")
    limits = dict(part.split("=") for part in said.get("limits", "").split())
    return Attack(
        group=path.parent.name,
        name=path.stem.replace("_", " "),
        what=" ".join(what.split()),
        program=Program(text),
        stopped_by=stopped_by,
        verdict=tuple(said.get("verdict", "error").split("|")),
        limits=replace(_LIMITS, **{key: _LIMIT_TYPES[key](value) for key, value in limits.items()}),
        canary=said.get("canary", ""),
        no_twin=twin.removeprefix("none: "),
        root_only=said.get("as") == "root",
        wants=said.get("wants", ""),
        given=said.get("given", ""),
    )
