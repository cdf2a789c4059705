"""What is known of a value: tags; and what is written down of prompts, scores and stops.

A tag is a tuple whose first item is its kind. Kinds in :data:`PICKS` say how a value was chosen and pass from a
container to what is taken out of it; all others say what it was made of, and pass to whatever is made of it. In a
text that is composed of several, the picks of a program are kept as ``("prog", kind, …)`` and those of anything else
as ``("arg", kind, …)``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Tag = tuple[Any, ...]
Loops = tuple[int, ...]
MOST_TAGS = 80
MOST_CONSTANTS = 12
PICKS = frozenset({
    "best", "worst", "top", "heap", "random", "stat", "turn", "other", "better", "metropolis", "eps",
    "restart", "explore", "was-best", "was-top", "was-heap", "was-random", "was-stat", "was-other",
})  # fmt: skip

RANKED = frozenset({"best", "top", "heap", "stat", "was-best", "was-top", "was-heap", "was-stat"})
"""Kinds of picks by scores: what was picked so had been scored before."""

_OF_THIS_ROUND = frozenset({"best", "top", "heap", "random", "stat", "other"})
_NOT_KEPT = frozenset({"turn", "explore"})
PROGRAM = frozenset({"initial", "ans", "spliced"})
MADE = frozenset({"ans", "spliced"})
"""Kinds of what an improver has made, unlike the program that it was given."""


class Value(NamedTuple):
    """``parts`` are those of a tuple, ``refs`` the containers and objects that it may be, ``funcs`` what it calls."""

    tags: frozenset[Tag] = frozenset()
    consts: frozenset[Any] = frozenset()
    refs: frozenset[int] = frozenset()
    parts: tuple[Value, ...] | None = None
    funcs: frozenset[Any] = frozenset()


NOTHING = Value()
NOWHERE = ast.Pass()


@dataclass
class Cell:
    """A list, set, dict or object that may change; ``attrs`` are an object's, or what stands under constant keys."""

    kind: str
    elem: Value = NOTHING
    keys: Value = NOTHING
    attrs: dict[Any, Value] = field(default_factory=dict)
    tags: set[Tag] = field(default_factory=set)
    of: Class | None = None
    shown: tuple[Value, ...] | None = None
    made_in: Loops = ()
    under: list[dict[int, bool]] = field(default_factory=list)
    """Of each program's text that was put into it: under which conditions, and whether they held."""


@dataclass(eq=False)
class Function:
    """A function or lambda of the program, with the frame around it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    frame: Frame
    defaults: dict[str, Value]
    kind: str = ""
    cached: bool = False
    of: Class | None = None


@dataclass(eq=False)
class Class:
    """A class of the program."""

    name: str
    body: dict[str, Value]
    fields: list[str]
    bases: list[Class]

    def find(self, name: str, deep: int = 8) -> Value | None:
        """What a name stands for in the class or one that it inherits from."""
        if name in self.body:
            return self.body[name]
        for base in self.bases if deep else ():
            if (found := base.find(name, deep - 1)) is not None:
                return found
        return None


class Bound(NamedTuple):
    """A method of an object."""

    function: Any
    self_: Value


class Partial(NamedTuple):
    """functools.partial."""

    function: Any
    args: tuple[Value, ...]
    named: tuple[tuple[str, Value], ...]


class Lib(NamedTuple):
    """Something of a library, by its path."""

    name: str


class Method(NamedTuple):
    """A method of a container, a text or a number, or of what is not known."""

    name: str
    self_: Value


class Mine(NamedTuple):
    """Of the two objects that an improver is given: ``utility`` or ``model``, and which method."""

    whose: str
    name: str


@dataclass(eq=False)
class Frame:
    """The names of a module, class, call or comprehension, and what was met in it."""

    names: dict[str, Value]
    above: Frame | None
    function: Function | None = None
    returns: list[tuple[Value, tuple[Control, ...]]] = field(default_factory=list)
    yields: Value | None = None
    foreign: dict[str, Frame] = field(default_factory=dict)
    floor: int = 0
    loops_at: int = 0


class Control(NamedTuple):
    """A condition under which something is done. ``rest``: it is what is left where the other branch has ended."""

    tags: frozenset[Tag]
    node: ast.AST
    holds: bool
    rest: bool
    loops: int


class Prompt(NamedTuple):
    """One call of the model: ``site`` is its number in the tags of its answers."""

    site: int
    line: int
    message: frozenset[Tag]
    temperature: Value
    model: Value
    loops: Loops


class Scored(NamedTuple):
    """A text that is scored, or handed back as the result (``returned``)."""

    line: int
    tags: frozenset[Tag]
    loops: Loops
    lookups: frozenset[tuple[int, int]]
    returned: bool = False


class Stop(NamedTuple):
    """A condition on scores or progress that ends the loop ``loop``, which lies in ``loops``."""

    line: int
    loop: int
    loops: Loops


class TooMuch(Exception):
    """The program takes more steps than are followed."""


def kinds(tags: Iterable[Tag]) -> set[str]:
    """The kinds of tags."""
    return {tag[0] for tag in tags}


def few(values: frozenset[Any]) -> frozenset[Any]:
    """No more than the most that a value may have of anything; which are left out is fixed."""
    if len(values) <= MOST_TAGS:
        return values
    return frozenset(sorted(values, key=repr)[:MOST_TAGS])


def parts_of(tags: frozenset[Tag]) -> frozenset[Tag]:
    """The tags of a program's parts: how the program was chosen is kept apart from how a part is."""
    mark = "prog" if kinds(tags) & MADE else "arg"
    return few(frozenset((mark, *tag) if tag[0] in PICKS else tag for tag in tags) | {("part",)})


def is_best(tags: Iterable[Tag]) -> bool:
    """Whether a text shows the best program, and not another of the best."""
    how = programs_picks(tags)
    return "best" in how and "top" not in how


def programs_picks(tags: Iterable[Tag]) -> set[str]:
    """How the programs in a text, or the one that it is, were picked."""
    own = kinds(tags) & RANKED if kinds(tags) & MADE else set()
    return own | {tag[1] for tag in tags if tag[0] == "prog"}


def beside(tag: Tag) -> Tag:
    """What is left of a pick where another program is the one that is built upon."""
    return ("with", *tag[1:]) if tag[:2] == ("prog", "top") else tag


def varies(value: Value) -> bool:
    """Whether it is now one and now another of several constant texts."""
    if len(value.consts) < 2 or not kinds(value.tags) & {"turn", "random", "stat", "best", "other"}:
        return False
    return sum(isinstance(each, str) for each in value.consts) > 1


def is_stat(tags: Iterable[Tag]) -> bool:
    """Whether it is made of scores, or of successes, that were added up or averaged."""
    of = kinds(tags)
    return bool(of & {"sum", "mean", "stats"})


def is_of_arms(tags: Iterable[Tag], chosen: Iterable[Tag]) -> bool:
    """Whether a choice by ``tags`` is one by rewards. The mean of a program's own scores is only its score."""
    of = kinds(tags)
    return is_stat(tags) and ("reward" in of or not ("own" in of or kinds(chosen) & PROGRAM))


def without_numbers_choice(tags: frozenset[Tag]) -> frozenset[Tag]:
    """What goes into a text: the highest of some means is a number there, and no arm that was chosen."""
    if not is_stat(tags) or kinds(tags) & PROGRAM:
        return tags
    return frozenset(tag for tag in tags if tag[0] not in ("stat", "was-stat"))


def picked_at(tags: Iterable[Tag]) -> set[tuple[str, int]]:
    """How and where something was chosen, in this round or before."""
    return {
        (tag[0].removeprefix("was-"), tag[1])
        for tag in tags
        if tag[0] in PICKS and len(tag) > 1 and isinstance(tag[1], int)
    }


def aged(value: Value) -> Value:
    """A value of the last round, in this one."""
    if not any(tag[0] in _OF_THIS_ROUND or tag[0] in _NOT_KEPT for tag in value.tags) and not value.parts:
        return value
    tags = frozenset(
        (f"was-{tag[0]}", *tag[1:]) if tag[0] in _OF_THIS_ROUND else tag
        for tag in value.tags
        if tag[0] not in _NOT_KEPT
    )
    parts = None if value.parts is None else tuple(aged(part) for part in value.parts)
    return value._replace(tags=tags, parts=parts)


def varying(values: Sequence[Value]) -> frozenset[Any]:
    """Of a text that is composed, what tells it from others: the constants that vary."""
    found = [value.consts for value in values if len(value.consts) > 1]
    return few(frozenset().union(*found)) if found else frozenset()


def made_of(tags: frozenset[Tag]) -> set[Tag]:
    """What a random number is made of that matters."""
    return {
        tag
        for tag in tags
        if tag[0] in ("sum", "mean", "score", "progress", "count", "decay", "left", "part")
    }


def bound(method: Value, this: Value) -> Value:
    """A class's attribute as seen from an object of it."""
    return Value(
        frozenset(tag for tag in this.tags if tag[0] in PICKS),
        funcs=frozenset(Bound(each, this) for each in method.funcs),
        consts=method.consts if not method.funcs else frozenset(),
        refs=method.refs,
    )


def attribute_of_mine(whose: str, name: str) -> Value:
    """What an attribute of the utility or of the model gives."""
    if whose == "utility":
        if name in ("many", "why"):
            return Value(funcs=frozenset({Mine(whose, name)}))
        if name == "str":
            return Value(frozenset({("describe",)}))
    if name in ("prompt", "batch_prompt"):
        return Value(funcs=frozenset({Mine(whose, name)}))
    if name == "outcomes":
        return Value(frozenset({("outcome",)}))
    if name == "models":
        return Value(frozenset({("models",)}))
    if name in ("uses", "remaining", "left"):
        return Value(frozenset({("left",)}))
    return Value(frozenset({("budget",)}))


def record_class(fields: Value, shown: list[Value]) -> Value:
    """The class that `namedtuple` makes."""
    names: list[str] = []
    for each in shown or [fields]:
        for text in each.consts:
            if isinstance(text, str):
                names += text.replace(",", " ").split()
    return Value(funcs=frozenset({Class("record", {}, names, [])}))


def name_of(function: Any) -> str:
    """Orders what may be called, so that nothing depends on hashes."""
    if isinstance(function, Function):
        return f"f{function.node.lineno:06}{function.node.col_offset:05}"
    if isinstance(function, Bound):
        return "b" + name_of(function.function)
    if isinstance(function, Class):
        return "c" + function.name
    return f"{type(function).__name__}{getattr(function, 'name', '')}"
