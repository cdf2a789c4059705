"""Which names hold a value where: what a rewrite may mention, and what it must not lose.

One pass over a program in the order of execution. It knows for each statement which names surely hold a value when
it begins, and counts the loads that may find none. A rewrite that raises that count is thrown away.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

BUILTINS = frozenset(dir(builtins)) | {"__file__"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

Sure = dict[str, None]  # names in the order in which they were bound; a dict because a set has no order


@dataclass(slots=True, eq=False)
class Scope:
    """A module's, class's or function's names; ``bound`` are all that anything in it binds, in order."""

    node: ast.AST
    parent: Scope | None
    bound: Sure = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)

    def knows(self, name: str) -> bool:
        """Say whether ``name`` is bound here or further out (classes are skipped, as Python does)."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bound and (scope is self or not isinstance(scope.node, ast.ClassDef)):
                return True
            scope = scope.parent
        return name in BUILTINS


class Flow:
    """The names of a program: ``missing`` loads, and :meth:`names` that hold a value before a statement."""

    def __init__(self, tree: ast.Module) -> None:
        self.missing = 0
        self.open_ended = False
        self._before: dict[ast.stmt, tuple[tuple[str, ...], Scope]] = {}
        module = Scope(tree, None)
        self._collect(tree.body, module)
        self._loops: list[tuple[list[Sure | None], list[Sure | None]]] = []
        self._block(tree.body, {}, module)
        if self.open_ended:
            self.missing = 0

    def names(self, statement: ast.stmt) -> list[str]:
        """Return the names that hold a value when ``statement`` begins: its own scope's first, then outer ones."""
        local, scope = self._before[statement]
        names = dict.fromkeys(local)
        outer = scope.parent
        while outer is not None:
            if not isinstance(outer.node, ast.ClassDef):
                names.update((name, None) for name in outer.bound if name not in scope.bound)
            outer = outer.parent
        return list(names)

    def local_names(self, statement: ast.stmt) -> tuple[str, ...]:
        """Return the names of the statement's own scope that hold a value when it begins."""
        return self._before[statement][0]

    # -- what a scope binds

    def _collect(self, body: Sequence[ast.AST], scope: Scope) -> None:
        stack: list[ast.AST] = list(reversed(body))
        while stack:
            node = stack.pop()
            bind, descend = self._binds(node, scope)
            scope.bound.update((name, None) for name in bind if name not in scope.outside)
            if descend:
                stack.extend(reversed(list(ast.iter_child_nodes(node))))

    def _binds(self, node: ast.AST, scope: Scope) -> tuple[Iterable[str], bool]:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            return (node.name,), False
        if isinstance(node, ast.Lambda):
            return (), False
        if isinstance(node, COMPREHENSIONS):
            walrus = [sub.target.id for sub in ast.walk(node) if isinstance(sub, ast.NamedExpr)]
            return walrus, False
        if isinstance(node, ast.Name):
            return (() if isinstance(node.ctx, ast.Load) else (node.id,)), False
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.asname or alias.name.split(".")[0] for alias in node.names]
            self.open_ended |= "*" in names
            return names, False
        if isinstance(node, ast.Global | ast.Nonlocal):
            scope.outside.update(node.names)
            for name in node.names:
                scope.bound.pop(name, None)
                if isinstance(node, ast.Global):
                    self._root(scope).bound.setdefault(name)
            return (), False
        return bound_by_node(node), True

    def _root(self, scope: Scope) -> Scope:
        while scope.parent is not None:
            scope = scope.parent
        return scope

    # -- the order of execution; None stands for "execution does not get here"

    def _block(self, body: Sequence[ast.stmt], sure: Sure, scope: Scope) -> Sure | None:
        sure = dict(sure)
        alive = True
        for statement in body:
            self._before[statement] = (tuple(sure), scope)
            after = self._statement(statement, sure, scope)
            if after is None:
                alive = False
            else:
                sure = after
        return sure if alive else None

    def _statement(self, node: ast.stmt, sure: Sure, scope: Scope) -> Sure | None:
        match node:
            case ast.Return() | ast.Raise():
                self._expressions(node, sure, scope)
                return None
            case ast.Break() | ast.Continue():
                if self._loops:
                    self._loops[-1][isinstance(node, ast.Continue)].append(dict(sure))
                return None
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, sure, scope)
            case ast.ClassDef():
                for part in (*node.decorator_list, *node.bases, *node.keywords):
                    self._load(part, sure, scope)
                inner = Scope(node, scope)
                self._collect(node.body, inner)
                self._block(node.body, {}, inner)
                sure[node.name] = None
            case ast.If():
                self._load(node.test, sure, scope)
                return _meet([self._block(node.body, sure, scope), self._block(node.orelse, sure, scope)])
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node, sure, scope)
            case ast.Try() | ast.TryStar():
                return self._try(node, sure, scope)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self._load(item, sure, scope)
                return self._block(node.body, sure, scope)
            case ast.Match():
                return self._match(node, sure, scope)
            case ast.AugAssign():
                if isinstance(node.target, ast.Name):
                    self._name(node.target.id, sure, scope)
                self._expressions(node, sure, scope)
            case ast.Delete():
                self._expressions(node, sure, scope)
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        sure.pop(target.id, None)
            case ast.Import() | ast.ImportFrom():
                sure.update((alias.asname or alias.name.split(".")[0], None) for alias in node.names)
            case ast.AnnAssign():
                if node.value is not None:
                    self._load(node.value, sure, scope)
                    self._load(node.target, sure, scope)
            case _:
                self._expressions(node, sure, scope)
        return sure

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, sure: Sure, scope: Scope) -> None:
        for part in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
            if part is not None:
                self._load(part, sure, scope)
        sure[node.name] = None
        inner = Scope(node, scope)
        inner.bound.update(dict.fromkeys(argument_names(node.args)))
        parameters = dict(inner.bound)
        self._collect(node.body, inner)
        loops, self._loops = self._loops, []
        self._block(node.body, parameters, inner)
        self._loops = loops

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, sure: Sure, scope: Scope) -> Sure | None:
        breaks: list[Sure | None] = []
        continues: list[Sure | None] = []
        inside = dict(sure)
        if isinstance(node, ast.While):
            self._load(node.test, inside, scope)
        else:
            self._load(node.iter, inside, scope)
            self._load(node.target, inside, scope)
        self._loops.append((breaks, continues))
        end = self._block(node.body, inside, scope)
        self._loops.pop()
        if _endless(node):
            return _meet(breaks)
        done = _meet([end, *continues]) if _runs_once(node) else sure
        if done is not None:
            done = self._block(node.orelse, done, scope)
        return _meet([done, *breaks])

    def _try(self, node: ast.Try | ast.TryStar, sure: Sure, scope: Scope) -> Sure | None:
        done = self._block(node.body, sure, scope)
        if done is not None:
            done = self._block(node.orelse, done, scope)
        ends = [done]
        for handler in node.handlers:
            if handler.type is not None:
                self._load(handler.type, sure, scope)
            caught = {**sure, handler.name: None} if handler.name else sure
            end = self._block(handler.body, caught, scope)
            if end is not None and handler.name and handler.name not in sure:
                end.pop(handler.name, None)
            ends.append(end)
        merged = _meet(ends)
        final = self._block(node.finalbody, sure if merged is None else merged, scope)
        return None if merged is None else final

    def _match(self, node: ast.Match, sure: Sure, scope: Scope) -> Sure | None:
        self._load(node.subject, sure, scope)
        ends: list[Sure | None] = []
        for case in node.cases:
            inside = dict(sure)
            inside.update((name, None) for sub in ast.walk(case.pattern) for name in bound_by_node(sub))
            if case.guard is not None:
                self._load(case.guard, inside, scope)
            ends.append(self._block(case.body, inside, scope))
        last = node.cases[-1]
        if not (
            isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
        ):
            ends.append(sure)
        return _meet(ends)

    # -- loads and stores within one statement

    def _expressions(self, node: ast.stmt, sure: Sure, scope: Scope) -> None:
        parts = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Assign):
            parts = [node.value, *node.targets]
        for part in parts:
            self._load(part, sure, scope)

    def _load(self, node: ast.AST, sure: Sure, scope: Scope, hidden: frozenset[str] = frozenset()) -> None:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                if node.id not in hidden:
                    self._name(node.id, sure, scope, later="" in hidden)
            elif isinstance(node.ctx, ast.Store):
                sure[node.id] = None
        elif isinstance(node, ast.Lambda):
            inside = hidden | set(argument_names(node.args)) | {""}
            self._load(node.body, dict(sure), scope, inside)
        elif isinstance(node, COMPREHENSIONS):
            self._comprehension(node, sure, scope, hidden)
        elif isinstance(node, ast.NamedExpr):
            self._load(node.value, sure, scope, hidden)
            sure[node.target.id] = None
        else:
            for child in ast.iter_child_nodes(node):
                self._load(child, sure, scope, hidden)

    def _comprehension(
        self,
        node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp,
        sure: Sure,
        scope: Scope,
        hidden: frozenset[str],
    ) -> None:
        inside = hidden
        for generator in node.generators:
            self._load(generator.iter, sure, scope, inside)
            inside = inside | set(target_names(generator.target))
            for test in generator.ifs:
                self._load(test, sure, scope, inside)
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for value in values:
            self._load(value, sure, scope, inside)

    def _name(self, name: str, sure: Sure, scope: Scope, later: bool = False) -> None:
        here = name in scope.bound and name not in scope.outside
        if here and not later and not isinstance(scope.node, ast.ClassDef):
            self.missing += name not in sure
        else:
            self.missing += not scope.knows(name)


def argument_names(args: ast.arguments) -> list[str]:
    """Return the names of all parameters, in order."""
    found = [*args.posonlyargs, *args.args]
    found += [args.vararg] if args.vararg else []
    found += args.kwonlyargs
    found += [args.kwarg] if args.kwarg else []
    return [argument.arg for argument in found]


def target_names(target: ast.AST) -> list[str]:
    """Return the names that an assignment to ``target`` binds."""
    return [n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def bound_by_node(node: ast.AST) -> tuple[str, ...]:
    """Return the names that a handler or a pattern binds by itself."""
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return (node.name,) if node.name else ()
    if isinstance(node, ast.MatchMapping):
        return (node.rest,) if node.rest else ()
    return ()


def _meet(ends: Sequence[Sure | None]) -> Sure | None:
    """Return the names that are sure on every way that gets here; None if none does."""
    alive = [end for end in ends if end is not None]
    if not alive:
        return None
    first, *rest = alive
    return {name: None for name in first if all(name in other for other in rest)}


def _endless(node: ast.For | ast.AsyncFor | ast.While) -> bool:
    return isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)


def _runs_once(node: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Say whether the loop is ``for … in range(n)`` with a constant n of at least 1."""
    match node:
        case ast.For(iter=ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int(count))])):
            return count > 0
    return False
