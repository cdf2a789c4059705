"""What an edit has before it: the program as it stands, parts of it and of others to put elsewhere, and the dice."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from selftaught.models.offline.kinds import CALLED, MANY, NUMBER, OBJECT, Kinds, likeness
from selftaught.models.offline.scope import BUILTINS, COMPREHENSIONS
from selftaught.models.offline.source import Change, Fragment, Source, place

T = TypeVar("T")

_NOT_FOR_LENDING = (
    ast.JoinedStr,
    ast.NamedExpr,
    ast.Await,
    ast.Yield,
    ast.YieldFrom,
    ast.Starred,
    ast.Lambda,
    *COMPREHENSIONS,
)
_MOST_NODES = 14  # of a part that is put elsewhere
_COUNTING = ("range", "len", "list", "enumerate", "zip")
_LEAST = 0.04  # of likeness: what fits worse is not offered
_FULL = 60  # nodes: a statement of this many grows no further


@dataclass(frozen=True, slots=True)
class Part:
    """An expression that can stand elsewhere: its text, kind, size in nodes and the names that it loads."""

    node: ast.expr
    fragment: Fragment
    kind: str
    size: int
    free: tuple[str, ...]
    arguments: int  # how many it is called with, if it is called; else -1
    gives: str  # the kind of what it gives, if it is called


@dataclass(frozen=True, slots=True)
class Draft:
    """One program in the middle of being rewritten."""

    program: Source
    others: tuple[Source, ...]
    rng: random.Random
    temperature: float

    @property
    def kinds(self) -> Kinds:
        """The kinds of the program's names and expressions."""
        return Kinds.of(self.program)

    def chance(self, probability: float) -> bool:
        """Throw a coin."""
        return self.rng.random() < probability

    def choose(self, items: Sequence[T], weight: Callable[[T], float] | None = None) -> T | None:
        """Return one of ``items``, drawn by weight; None if there is none with any."""
        if not items:
            return None
        if weight is None:
            return items[self.rng.randrange(len(items))]
        weights = [weight(item) for item in items]
        total = sum(weights)
        return self.rng.choices(items, weights)[0] if total > 0 else None

    def site(self, fits: Callable[[ast.expr], bool]) -> ast.expr | None:
        """Return an expression that may be rewritten and fits, loop conditions and indices less often."""
        return self.choose([node for node in self.program.sites if fits(node)], self.care)

    def care(self, node: ast.AST) -> float:
        """Return how freely ``node`` may be rewritten: least where a slip stops or never stops a program."""
        program = self.program
        freedom = 1.0
        child = node
        while not isinstance(child, ast.stmt):
            parent, field = program.parents[child]
            if isinstance(parent, ast.Subscript) and field == "slice":
                freedom *= 0.4
            elif isinstance(parent, ast.While) and field == "test":
                freedom *= 0.2
            elif isinstance(parent, ast.Call) and (
                field == "func" or program.is_builtin(parent.func, *_COUNTING)
            ):
                freedom *= 0.4
            elif isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Tuple):
                freedom *= 0.3  # what is taken apart must keep its length
            elif isinstance(parent, ast.Assert | ast.Raise):
                freedom *= 0.1
            child = parent
        return freedom if program.function_of.get(child) is not None else freedom * 0.5

    def put(self, node: ast.expr, new: Fragment, idea: str) -> Change:
        """Return the change that puts ``new`` where ``node`` stands."""
        return Change((place(self.program, node, new),), idea)

    def text(self, node: ast.expr, level: int) -> str:
        """Return the text of ``node`` as it stands in a place of this tightness."""
        return self.program.fragment(node).at(level)

    def roomy(self, node: ast.expr) -> bool:
        """Say whether the statement around ``node`` may grow."""
        top: ast.AST = node
        while not isinstance(self.program.parents[top][0], ast.stmt):
            top = self.program.parents[top][0]
        return sum(1 for _ in ast.walk(top)) < _FULL

    def variables_at(self, node: ast.AST) -> list[str]:
        """Return the names in scope at ``node`` that are neither modules nor functions, nearest first."""
        program = self.program
        skip = program.modules | program.definitions | {"_"}  # "_" is a value that nobody wants
        return [name for name in program.names_at(node) if name not in skip]

    def part_for(
        self, site: ast.expr, kind: str, foreign: bool = False, size: int = _MOST_NODES
    ) -> Fragment | None:
        """Return something else that could stand at ``site``: from this program, or from another one."""
        names = self.program.names_at(site)
        known = frozenset(names)
        old = self.program.segment(site)
        function = self.program.function_of[site]
        own = function.name if function is not None else ""  # a function put into itself would seldom end
        arguments = _arguments(self.program, site)
        gives = _gives(self.program, site)
        pool = [p for other in self.others for p in parts(other)] if foreign else list(parts(self.program))
        offers = [
            (part.fragment, self.fit(kind, part.kind) / (1 + 0.15 * part.size))
            for part in pool
            if part.size <= size
            and part.arguments == arguments
            and part.fragment.text != old
            and own not in part.free
            and (arguments < 0 or part.gives == gives)
            and all(name in known or self._is_given(name) for name in part.free)
        ]
        offers += self._renamed(pool, known, site, kind, arguments) if foreign else []
        if not foreign and arguments < 0:
            kinds = self.kinds
            offers += [
                (Fragment(name), 2 * self.fit(kind, kinds.name(name, site)))
                for name in self.variables_at(site)
                if name != old
            ]
        merged: dict[Fragment, float] = {}
        for fragment, weight in offers:  # a part that occurs often is not thereby better
            merged[fragment] = max(weight, merged.get(fragment, 0.0))
        likely = [offer for offer in merged.items() if offer[1] >= _LEAST]
        drawn = self.choose(likely, lambda offer: offer[1])
        return drawn[0] if drawn else None

    def fit(self, wanted: str, offered: str) -> float:
        """Return how well a value stands in for another: lists in sums only where arrays can be imported."""
        if (wanted, offered) == (NUMBER, MANY) and not self.program.modules:
            return 0.02
        return likeness(wanted, offered)

    def _is_given(self, name: str) -> bool:
        return name in BUILTINS and name not in self.program.bound

    def _renamed(
        self, pool: list[Part], known: frozenset[str], site: ast.expr, kind: str, arguments: int
    ) -> list[tuple[Fragment, float]]:
        """Return one foreign part whose unknown names are exchanged for names in scope, each for one throughout."""
        part = self.choose(
            [p for p in pool if p.arguments == arguments < 0], lambda p: likeness(kind, p.kind)
        )
        variables = self.variables_at(site)
        if part is None or not variables:
            return []
        taken = {}
        for name in part.free:
            if name not in known and not self._is_given(name):
                taken[name] = self.choose(variables) or name
        if not taken or any(not _is_plain_load(part.node, name) for name in taken):
            return []
        return [(Fragment(_with_names(part, taken), part.fragment.level), likeness(kind, part.kind))]


def _arguments(program: Source, node: ast.expr) -> int:
    parent, field = program.parents[node]
    return len(parent.args) if isinstance(parent, ast.Call) and field == "func" else -1


def _gives(program: Source, node: ast.expr) -> str:
    parent, field = program.parents[node]
    if not isinstance(parent, ast.Call) or field != "func":
        return ""
    given = isinstance(node, ast.Name) and program.is_builtin(node, *BUILTINS)
    return Kinds.of(program).expression(parent) + (" of the language" if given else "")


def _is_plain_load(node: ast.expr, name: str) -> bool:
    """Say whether ``name`` is used as a value in ``node``, not called or asked for a member."""
    for sub in ast.walk(node):
        holder = (
            sub.func if isinstance(sub, ast.Call) else sub.value if isinstance(sub, ast.Attribute) else None
        )
        if isinstance(holder, ast.Name) and holder.id == name:
            return False
    return True


def _with_names(part: Part, taken: dict[str, str]) -> str:
    base = part.node.col_offset
    data = part.fragment.text.encode()
    uses = [n for n in ast.walk(part.node) if isinstance(n, ast.Name) and n.id in taken]
    for use in sorted(uses, key=lambda n: n.col_offset, reverse=True):
        start, end = use.col_offset - base, (use.end_col_offset or 0) - base
        data = data[:start] + taken[use.id].encode() + data[end:]
    return data.decode()


def parts(program: Source) -> tuple[Part, ...]:
    """Return the expressions of ``program`` that can be put elsewhere, in the order of the text."""
    if "parts" not in program.notes:
        program.notes["parts"] = _parts(program)
    return cast(tuple[Part, ...], program.notes["parts"])


def _parts(program: Source) -> tuple[Part, ...]:
    kinds = Kinds.of(program)
    found = []
    for node in program.sites:
        if isinstance(node, ast.Name) and _arguments(program, node) < 0:
            continue  # names in scope are offered by themselves
        nodes = list(ast.walk(node))
        size = sum(1 for sub in nodes if isinstance(sub, ast.expr))
        text = program.segment(node)
        if size > _MOST_NODES or "\n" in text or any(isinstance(sub, _NOT_FOR_LENDING) for sub in nodes):
            continue
        if isinstance(node, ast.Constant) and not isinstance(node.value, int | float | str):
            continue
        kind = kinds.expression(node)
        if isinstance(program.parents[node][0], ast.Attribute) and isinstance(node, ast.Attribute):
            continue  # a module in a module, most likely
        if kind in (CALLED, OBJECT) and _arguments(program, node) < 0:
            continue
        free = tuple(dict.fromkeys(sub.id for sub in nodes if isinstance(sub, ast.Name)))
        if not free and not isinstance(node, ast.Constant):
            continue
        arguments, gives = _arguments(program, node), _gives(program, node)
        found.append(Part(node, program.fragment(node), kind, size, free, arguments, gives))
    return tuple(found)
