"""What all layers of the machine stand on: the state of a program that is read, and what the layers can do.

Each layer is a class that builds on the one below it, from here up: ``containers``, ``objects``, ``calls``,
``conditions``, ``operators``, ``expressions``, ``statements``; ``machine`` is the whole. What knows libraries is
written against :class:`Core` alone. Everything that changes lies in dicts, and every change goes through
:meth:`Core.put` and :meth:`Core.drop`, so that :meth:`Core.fork` can take each way from the same state.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from selftaught.safety.reading.marks import CONTROL
from selftaught.safety.reading.values import (
    ABSENT,
    NONE,
    Arguments,
    Choice,
    Contents,
    Function,
    Generator,
    Given,
    Items,
    Scope,
    Table,
    Value,
    join,
    join_contents,
    same,
    same_contents,
)

# How a statement may end; a set of these is an int.
FALL, BREAK, CONTINUE, RETURN, RAISE = 1, 2, 4, 8, 16
UNROLLED = 24  # a list of so many is gone through one by one
_MISSING: Any = object()


class Exhausted(Exception):
    """The program takes more steps than were allowed."""


@dataclass
class Sign:
    """Something that was seen: its kind, why it counts, the numbers of the lines that show it."""

    kind: str
    why: str
    lines: set[int]
    sure: bool = True


@dataclass
class Loop:
    """A loop that is gone through: how often at most, and what was asked for in it with no look at a budget."""

    line: int
    bound: float | None  # how often; None: as often as there are data; infinity: nothing ends it
    guarded: bool = False
    events: dict[tuple[str, int], float] = field(default_factory=dict)


@dataclass
class Frame:
    """A call that is carried out."""

    scope: Scope
    function: Function | None
    loops: int
    forks: int
    returns: list[Value] = field(default_factory=list)
    control: int = 0
    guarded: bool = False
    yields: list[Value] | None = None
    exact: bool = True
    sent: Value = NONE
    asked: int = 0


@dataclass
class _End:
    outcome: int
    changes: dict[tuple[int, Any], tuple[dict[Any, Any], Any, Any, Any]]


class Core(ABC):
    """What is known of a program at one moment. ``signs`` are what was seen, ``steps`` what it took."""

    def __init__(self, most_steps: int) -> None:
        self.most_steps = most_steps
        self.steps = 0
        self.signs: dict[tuple[str, str], Sign] = {}
        self.line = 0
        self.quoted = (
            0  # the line of the call that executes the program's own text, whose lines are not the file's
        )
        self.trail: list[tuple[dict[Any, Any], Any, Any]] = []
        self.changed = False
        self.forks = 0
        self.loops: list[Loop] = []
        self.events: dict[tuple[str, int], float] = {}
        self.frames: list[Frame] = []
        self.governed = 0
        self.asked = 0
        self.utility, self.model = Given("utility"), Given("model")
        self.module = Scope("module")
        self.called = ""  # the path of the function of a library that is carried out
        self.own_files: set[str] = set()  # names of files that the program writes
        self.written = 0  # marks of what was written to files
        self.hooks: list[Value] = []  # what was put where imports are looked up
        self.later: list[tuple[Value, Arguments]] = []  # what runs beside the program
        self.whole = False  # some prompt has the whole description
        self.cuts: dict[int, bool] = {}  # lines of prompts with a part of it: whether chosen against limits

    def see(self, kind: str, why: str, lines: Iterable[int] = (), sure: bool = True) -> None:
        """Note a sign, at the line that is carried out and those from which it was called."""
        places = {*lines, self.line} - {0}
        sign = self.signs.setdefault((kind, why), Sign(kind, why, set(), sure))
        sign.lines |= places
        sign.sure |= sure

    def step(self) -> None:
        """Count a step; raises Exhausted where there are none left."""
        self.steps += 1
        if self.steps > self.most_steps:
            raise Exhausted

    def at(self, node: ast.AST) -> None:
        """The line that is carried out is this one's."""
        self.line = self.quoted or getattr(node, "lineno", self.line)

    # Changes

    def put(self, place: dict[Any, Any], key: Any, value: Any) -> None:
        """Set an entry, so that it can be taken back."""
        self.trail.append((place, key, place.get(key, _MISSING)))
        place[key] = value

    def drop(self, place: dict[Any, Any], key: Any) -> None:
        """Remove an entry, so that it can be taken back."""
        if key in place:
            self.trail.append((place, key, place[key]))
            del place[key]

    def fork(self, arms: Sequence[Callable[[], int]], control: int = 0, wide: bool = False) -> list[int]:
        """Take each way from the same state, and join what they come to. Gives how each may end."""
        outer, ends = self.trail, list[_End]()
        self.forks += 1
        try:
            for arm in arms:
                self.trail = []
                try:
                    outcome = arm()
                finally:
                    trail, self.trail = self.trail, outer
                changes: dict[tuple[int, Any], tuple[dict[Any, Any], Any, Any, Any]] = {}
                for place, key, old in trail:
                    spot = (id(place), key)
                    if spot not in changes:
                        changes[spot] = (place, key, old, place.get(key, _MISSING))
                for place, key, old, _ in changes.values():
                    if old is _MISSING:
                        place.pop(key, None)
                    else:
                        place[key] = old
                ends.append(_End(outcome, changes))
        finally:
            self.forks -= 1
        self.changed = False
        own = id(self.frames[-1].scope.variables)
        for spot in {spot: None for end in ends for spot in end.changes}:
            place, key, old, _ = next(end.changes[spot] for end in ends if spot in end.changes)
            found: list[Any] = []
            for end in ends:
                if spot[0] == own and not end.outcome & (FALL | BREAK | CONTINUE):
                    continue  # the call or the program ends there, and its variables with it
                found.append(end.changes[spot][3] if spot in end.changes else old)
            if not found:
                continue
            new = found[0]
            for one in found[1:]:
                new = self._joined(new, one, isinstance(key, str) and key == "contents", wide, control)
            if new is old:
                continue
            if isinstance(old, Contents) and isinstance(new, Contents):
                self.changed |= not same_contents(old, new)
            elif old is _MISSING or not isinstance(old, Value) or not same(old, new):
                self.changed = True
            if new is _MISSING:
                self.drop(place, key)
            else:
                self.put(place, key, new)
        return [end.outcome for end in ends]

    def _joined(self, a: Any, b: Any, contents: bool, wide: bool, control: int) -> Any:
        if a is b:
            return a
        if isinstance(a, Contents) and isinstance(b, Contents):
            if wide and a.items is not None and b.items is not None and len(a.items) != len(b.items):
                both = join_contents(a, b)
                return Contents(None, both.each, both.marks, None)
            return join_contents(a, b)
        if a is _MISSING or b is _MISSING:
            present = b if a is _MISSING else a
            return present if not isinstance(present, Value) else join(ABSENT, present)
        if isinstance(a, Value) and isinstance(b, Value):
            joined = join(a, b, wide)
            if control & CONTROL and isinstance(joined, Choice):
                return Choice(joined.options, joined.marks | control & CONTROL)
            return joined
        return b

    # Loops, and what is asked for in them with no look at a budget

    def again(self, once: Callable[[], int]) -> int:
        """Go through a loop of unknown length until nothing changes; three times at most, two in a loop."""
        outcome = 0
        for _ in range(3 if len(self.loops) < 2 else 2):
            outcome |= self.fork([once, lambda: FALL], wide=True)[0]
            if not self.changed:
                break
        return outcome

    def spend(self, role: str, times: float = 1.0) -> None:
        """The utility or the model is asked here."""
        self.asked += 1
        if self.governed or any(frame.guarded for frame in self.frames):
            return
        events = self.loops[-1].events if self.loops else self.events
        place = (role, self.line)
        events[place] = events.get(place, 0) + times if self.forks == 0 else max(events.get(place, 0), times)

    def guard(self, ends: Iterable[int]) -> None:
        """Something ends here when a budget is used up."""
        frame = self.frames[-1]
        for end in ends:
            if end & FALL:
                continue
            if end & (RETURN | RAISE):
                frame.guarded = True
                for loop in self.loops[frame.loops :]:
                    loop.guarded = True
            elif end & (BREAK | CONTINUE) and len(self.loops) > frame.loops:
                self.loops[-1].guarded = True

    def leave(self, loop: Loop) -> None:
        """What was asked for in a loop counts for the one around it."""
        if loop.guarded or not loop.events:
            return
        if loop.bound == float("inf"):
            asked = {line for _, line in loop.events}
            what = " and ".join(sorted({role for role, _ in loop.events}))
            self.see(
                "budget",
                f"a loop asks the {what} with nothing that ends it when the budget is used up",
                {*asked, loop.line},
            )
            return
        around = self.loops[-1].events if self.loops else self.events
        for place, times in loop.events.items():
            around[place] = min(around.get(place, 0) + times * (loop.bound or 1.0), 1e9)

    def settle(self, events: dict[tuple[str, int], float]) -> None:
        """What was asked for outside loops, or in loops of a constant length, with no look at a budget."""
        for role, most in (("model", 8.0), ("utility", 40.0)):
            asked = {line: times for (who, line), times in events.items() if who == role}
            if sum(asked.values()) >= most:
                what = "calls of the model" if role == "model" else "scores"
                self.see("budget", f"asks for {sum(asked.values()):g} {what} whatever the budget is", asked)

    # What the layers above can do, for each other and for the library

    # In expressions.py

    @abstractmethod
    def value(self, node: ast.expr) -> Value:
        """What an expression gives."""

    # In statements.py

    @abstractmethod
    def block(self, statements: Sequence[ast.stmt]) -> int:
        """Carry out statements: how they may end."""

    @abstractmethod
    def assign(self, target: ast.expr, value: Value) -> None:
        """Assign to a target."""

    @abstractmethod
    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Function:
        """The function that a definition makes."""

    # In calls.py

    @abstractmethod
    def call(self, function: Value, arguments: Arguments) -> Value:
        """Carry out a call of whatever may be called."""

    @abstractmethod
    def run_generator(self, generator: Generator) -> Contents:
        """What a generator yields."""

    @abstractmethod
    def execute_text(self, text: str, scope: Scope, single: bool) -> Value:
        """Carry out text of the program's own, as ``exec`` and ``eval`` would."""

    # In conditions.py

    @abstractmethod
    def true(self, value: Value) -> bool | None:
        """Whether the value is true; None if it may be either."""

    @abstractmethod
    def negated(self, value: Value) -> Value:
        """``not value``."""

    # In operators.py

    @abstractmethod
    def binary(self, op: ast.operator, left: Value, right: Value) -> Value:
        """What a binary operator gives."""

    @abstractmethod
    def compare(self, op: ast.cmpop, left: Value, right: Value) -> Value:
        """What a comparison gives."""

    # In objects.py

    @abstractmethod
    def attribute(self, owner: Value, name: str) -> Value:
        """``owner.name``."""

    @abstractmethod
    def named_attribute(self, owner: Value, name: Value, default: Value | None = None) -> Value:
        """``getattr``."""

    @abstractmethod
    def set_attribute(self, owner: Value, name: str, value: Value) -> None:
        """``owner.name = value``."""

    # In containers.py

    @abstractmethod
    def contents(self, value: Value) -> Contents:
        """What there is when the value is gone through."""

    @abstractmethod
    def extend(self, items: Items, more: Contents) -> None:
        """Add to a list or set."""

    @abstractmethod
    def subscript(self, owner: Value, key: Value) -> Value:
        """``owner[key]``."""

    @abstractmethod
    def set_item(self, owner: Value, key: Value, value: Value) -> None:
        """``owner[key] = value``."""

    @abstractmethod
    def update(self, table: Table, value: Value) -> None:
        """``dict.update`` with a dict, or with pairs."""

    @abstractmethod
    def table(self, value: Value) -> Table:
        """A value as a dict."""

    @abstractmethod
    def spread(self, arguments: Arguments, value: Value) -> None:
        """``**value``."""

    @abstractmethod
    def present(self, value: Value) -> Value:
        """The value of an entry where it is there."""

    @abstractmethod
    def holds(self, container: Value, one: Value) -> bool | None:
        """Whether a thing is in a container; None where that is not known."""
