"""Names, and what is known of them where a condition came out one way: a layer of the machine."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from selftaught.safety.reading import library
from selftaught.safety.reading.calls import Calls
from selftaught.safety.reading.knowing import decided, guarding, marks_of, selected, truth, turned
from selftaught.safety.reading.marks import CUT, HAS, LACKS, PIECE, UNLIMITED
from selftaught.safety.reading.values import (
    ABSENT,
    FALSE,
    NOTHING,
    TRUE,
    Arguments,
    Bound,
    Choice,
    Instance,
    Items,
    Known,
    Library,
    Scope,
    Table,
    Thing,
    Unknown,
    Value,
    join_all,
    options,
)
from selftaught.syntax import asks_only_if_any


class Conditions(Calls):
    """Variables, truth, and what a condition says of variables."""

    def lookup(self, name: str) -> Value:
        """What a name stands for here."""
        scope: Scope | None = self.frames[-1].scope
        first = scope
        while scope is not None:
            if name in scope.variables and (scope.kind != "class" or scope is first):
                found = scope.variables[name]
                if isinstance(found, Choice):
                    here = [one for one in found.options if one is not ABSENT]
                    return found if len(here) == len(found.options) else join_all(here, marks=found.marks)
                return NOTHING if found is ABSENT else found
            scope = scope.outer
        if name in ("__builtins__", "builtins"):
            return Library("builtins")
        if name in library.BUILTINS:
            return library.builtin(name)
        stars = [module for scope in self._around() for module in scope.stars]
        return library.member(self, Library(stars[-1]), name) if stars else NOTHING

    def _around(self) -> Iterable[Scope]:
        scope: Scope | None = self.frames[-1].scope
        while scope is not None:
            yield scope
            scope = scope.outer

    def _rebind(self, name: str, value: Value) -> None:
        scope: Scope | None = self.frames[-1].scope
        while scope is not None:
            if name in scope.variables:
                self.put(scope.variables, name, value)
                return
            scope = scope.outer

    def true(self, value: Value) -> bool | None:
        """Whether the value is true; None if it may be either."""
        return truth(value, self._ask_truth)

    def _ask_truth(self, value: Thing) -> bool | None:
        if isinstance(value, Instance):
            for name in ("__bool__", "__len__"):
                method = value.kind.find(name)
                if method is not None:
                    return self.true(self.call(Bound(method, value), Arguments()))
            table = value.attributes.get("__dict_self__")
            if isinstance(table, (Table, Items)):
                return self.true(table)
            if value.kind.foreign():
                return (
                    self.true(value.attributes["_value_"])
                    if "_value_" in value.attributes
                    and any("Int" in base.path for base in value.kind.foreign())
                    else True
                )
            return True
        return None

    def negated(self, value: Value) -> Value:
        """``not value``."""
        sure = self.true(value)
        if sure is not None:
            return FALSE if sure else TRUE
        marks = guarding(value)
        return Unknown(turned(marks, False), "bool")

    def refine(self, test: ast.expr, way: bool, value: Value | None = None, soft: bool = False) -> None:
        """What is known of variables where a condition came out this way."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            self.refine(test.operand, not way)
        elif isinstance(test, ast.BoolOp):
            if way is isinstance(test.op, ast.And):
                for part in test.values:
                    self.refine(part, way)
        elif isinstance(test, ast.NamedExpr):
            self.refine(test.target, way)
        elif isinstance(test, ast.Name):
            old = self.lookup(test.id)
            new = decided(old, way)
            if new is not old:
                self._rebind(test.id, new)
        elif isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and len(test.ops) == 1:
            other = test.comparators[0]
            if (
                isinstance(other, ast.Constant)
                and other.value is None
                and isinstance(test.ops[0], (ast.Is, ast.IsNot, ast.Eq, ast.NotEq))
            ):
                old = self.lookup(test.left.id)
                is_none = way is isinstance(test.ops[0], (ast.Is, ast.Eq))
                kept = [
                    one
                    for one in options(old)
                    if isinstance(one, Unknown) or (isinstance(one, Known) and one.value is None) is is_none
                ]
                if kept and len(kept) < len(options(old)):
                    self._rebind(test.left.id, join_all(kept))
        if soft or value is None:
            return
        marks = marks_of(value)
        if marks & (PIECE | HAS | LACKS):
            against = bool(marks & (LACKS if way else HAS))
            for node in ast.walk(test):
                if isinstance(node, ast.Name):
                    old = self.lookup(node.id)
                    if isinstance(old, Unknown) and old.marks & PIECE:
                        chosen = CUT | (UNLIMITED if against else 0)
                        if marks & (HAS | LACKS) or not asks_only_if_any(test):
                            self._rebind(node.id, selected(old, chosen))
