"""What sort of value an expression plausibly has, told from syntax alone.

Crude on purpose: it only makes some exchanges likelier than others. Evidence is how a name is used (called, added,
indexed, looped over) and what it is bound to; the words of the language (``len``, ``range``) count, names do not.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import cast

from selftaught.models.offline.source import Source

ANY, NUMBER, WHOLE, TRUTH, TEXT, MANY, CALLED, OBJECT = (
    "any",
    "number",
    "whole",
    "truth",
    "text",
    "many",
    "called",
    "object",
)

_OF_MANY = (
    "len",
    "sum",
    "sorted",
    "list",
    "enumerate",
    "zip",
    "any",
    "all",
    "set",
    "reversed",
    "tuple",
    "iter",
)
_RESULTS = {
    **dict.fromkeys(("len", "int", "round", "ord", "hash", "id"), WHOLE),
    **dict.fromkeys(("float", "abs", "sum", "pow", "divmod"), NUMBER),
    **dict.fromkeys(
        ("list", "sorted", "range", "enumerate", "zip", "map", "filter", "reversed", "tuple"), MANY
    ),
    **dict.fromkeys(("set", "dict", "frozenset"), MANY),
    **dict.fromkeys(("str", "repr", "chr", "format", "bin", "hex"), TEXT),
    **dict.fromkeys(("bool", "any", "all", "isinstance", "callable", "hasattr"), TRUTH),
}
_LIKENESS = {
    (NUMBER, WHOLE): 0.9,  # wanted, offered
    (WHOLE, NUMBER): 0.05,
    (NUMBER, MANY): 0.35,  # an array is both
    (MANY, NUMBER): 0.15,
    (NUMBER, TRUTH): 0.1,
    (TRUTH, NUMBER): 0.1,
    (TRUTH, MANY): 0.02,
    (ANY, NUMBER): 0.5,
    (ANY, WHOLE): 0.4,
    (ANY, TRUTH): 0.2,
    (ANY, TEXT): 0.3,
    (ANY, MANY): 0.5,
    (ANY, ANY): 0.7,
    (NUMBER, ANY): 0.5,
    (WHOLE, ANY): 0.2,
    (TRUTH, ANY): 0.15,
    (TEXT, ANY): 0.2,
    (MANY, ANY): 0.35,
    (OBJECT, ANY): 0.1,
    (NUMBER, OBJECT): 0.02,
    (ANY, OBJECT): 0.06,
}


def likeness(wanted: str, offered: str) -> float:
    """Return how well a value of one kind stands in for another, from 0 to 1."""
    return 1.0 if wanted == offered != ANY else _LIKENESS.get((wanted, offered), 0.0)


class Kinds:
    """The kinds of a program's names and expressions."""

    def __init__(self, program: Source) -> None:
        self._program = program
        self._votes: dict[tuple[ast.AST | None, str], Counter[str]] = {}
        self._by_name: dict[str, Counter[str]] = {}
        for node in program.sites:
            if isinstance(node, ast.Name):
                self._vote(node, node.id, self.wanted(node), 1)
        for statement in program.statements:
            self._bindings(statement)
        for child, (parent, _) in program.parents.items():
            if isinstance(parent, ast.FormattedValue) and isinstance(child, ast.Name):
                self._vote(child, child.id, TEXT, 1)  # weak: what is told as it is, is text if nothing else
        for (_, name), votes in self._votes.items():
            self._by_name.setdefault(name, Counter()).update(votes)

    @staticmethod
    def of(program: Source) -> Kinds:
        """Return the kinds of ``program``, worked out once."""
        if "kinds" not in program.notes:
            program.notes["kinds"] = Kinds(program)
        return cast(Kinds, program.notes["kinds"])

    def name(self, name: str, near: ast.AST) -> str:
        """Return the kind of ``name`` as the function around ``near`` uses it, else as any does."""
        votes = self._votes.get((self._program.function_of.get(near), name)) or self._by_name.get(name)
        return _strongest(votes) if votes else ANY

    def expression(self, node: ast.expr, depth: int = 3) -> str:
        """Return the kind of ``node``."""
        match node:
            case ast.Constant():
                return _of_constant(node.value)
            case ast.Name():
                return self.name(node.id, node)
            case ast.JoinedStr():
                return TEXT
            case ast.Compare():
                return TRUTH
            case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.Starred():
                return MANY
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return MANY
            case ast.Lambda():
                return CALLED
            case ast.UnaryOp():
                return TRUTH if isinstance(node.op, ast.Not) else self._at_least_number(node.operand, depth)
            case ast.BinOp():
                return self._binary(node, depth)
            case ast.IfExp() if depth:
                return self.expression(node.body, depth - 1)
            case ast.BoolOp() if depth:
                return self.expression(node.values[-1], depth - 1)
            case ast.Subscript() if isinstance(node.slice, ast.Slice) and depth:
                return self.expression(node.value, depth - 1)
            case ast.Call(func=ast.Name(id=name)) if name not in self._program.bound:
                return _RESULTS.get(name, ANY)
        parent, field = self._program.parents[node]
        return CALLED if isinstance(parent, ast.Call) and field == "func" else ANY

    def at(self, node: ast.expr) -> str:
        """Return the kind that the place of ``node`` wants: its own, or else what is done with it."""
        own = self.expression(node)
        if own != ANY:
            return own
        parent = self._program.parents[node][0]
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            return self.name(parent.targets[0].id, node)
        return self.wanted(node)

    def wanted(self, node: ast.expr) -> str:
        """Return the kind that what is done with ``node`` asks for."""
        parent, field = self._program.parents[node]
        match parent:
            case ast.BinOp():
                other = parent.right if field == "left" else parent.left
                return self._partner(parent.op, other)
            case ast.UnaryOp():
                return TRUTH if isinstance(parent.op, ast.Not) else NUMBER
            case ast.AugAssign():
                return NUMBER if isinstance(parent.value, ast.Constant | ast.BinOp | ast.Name) else ANY
            case ast.Compare():
                sides = [parent.left, *parent.comparators]
                numeric = any(
                    isinstance(s, ast.Constant) and _of_constant(s.value) in (NUMBER, WHOLE) for s in sides
                )
                ordered = any(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in parent.ops)
                return NUMBER if numeric or ordered else ANY
            case ast.Call():
                return CALLED if field == "func" else self._argument(parent)
            case ast.keyword():
                caller = self._program.parents[parent][0]
                chooser = isinstance(caller, ast.Call) and self._program.is_builtin(
                    caller.func, "max", "min", "sorted"
                )
                return CALLED if chooser and parent.arg == "key" else ANY
            case ast.For() | ast.AsyncFor() | ast.comprehension() | ast.Starred():
                return MANY if field in ("iter", "value") else ANY
            case ast.Subscript():
                return MANY if field == "value" else WHOLE
            case ast.Slice():
                return WHOLE
            case ast.Attribute():
                return OBJECT
            case ast.If() | ast.While() | ast.IfExp():
                return TRUTH if field == "test" else ANY
        return ANY

    def _argument(self, call: ast.Call) -> str:
        if self._program.is_builtin(call.func, "range"):
            return WHOLE
        if self._program.is_builtin(call.func, "abs", "float", "int", "round"):
            return NUMBER
        if self._program.is_builtin(call.func, "max", "min"):
            return MANY if len(call.args) == 1 else WHOLE if self.at(call) == WHOLE else NUMBER
        return MANY if self._program.is_builtin(call.func, *_OF_MANY) else ANY

    def _partner(self, operator: ast.operator, other: ast.expr) -> str:
        if isinstance(other, ast.Constant):
            kind = _of_constant(other.value)
            return kind if kind == TEXT else NUMBER
        if isinstance(other, ast.JoinedStr):
            return TEXT
        if isinstance(other, ast.List | ast.Tuple | ast.ListComp):
            return WHOLE if isinstance(operator, ast.Mult) else MANY
        return NUMBER

    def _at_least_number(self, node: ast.expr, depth: int) -> str:
        kind = self.expression(node, depth - 1) if depth else ANY
        return kind if kind in (NUMBER, WHOLE) else NUMBER

    def _binary(self, node: ast.BinOp, depth: int) -> str:
        if not depth:
            return NUMBER
        left, right = self.expression(node.left, depth - 1), self.expression(node.right, depth - 1)
        literal = (ast.List, ast.Tuple, ast.ListComp)
        if TEXT in (left, right):
            return TEXT
        if isinstance(node.left, literal) or isinstance(node.right, literal):
            return MANY
        whole = left == right == WHOLE and not isinstance(node.op, ast.Div | ast.Pow)
        return WHOLE if whole else NUMBER

    def _bindings(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._vote(statement, name, self.expression(value), 2)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._vote(statement, name, self.expression(value), 2)
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                self._vote(statement, name, self.expression(value), 1)
            case ast.For(target=ast.Name(id=name), iter=ast.Call() as call):
                if self._program.is_builtin(call.func, "range"):
                    self._vote(statement, name, WHOLE, 6)
            case ast.For(target=ast.Tuple(elts=[ast.Name(id=name), *_]), iter=ast.Call() as call):
                if self._program.is_builtin(call.func, "enumerate"):
                    self._vote(statement, name, WHOLE, 6)

    def _vote(self, node: ast.AST, name: str, kind: str, weight: int) -> None:
        if kind != ANY:
            key = (self._program.function_of.get(node), name)
            self._votes.setdefault(key, Counter())[kind] += weight


def _of_constant(value: object) -> str:
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, int):
        return WHOLE
    if isinstance(value, float | complex):
        return NUMBER
    return TEXT if isinstance(value, str | bytes) else ANY


def _strongest(votes: Counter[str]) -> str:
    """Return the kind with most votes; being called or indexed says more than being added."""
    if votes[CALLED]:
        return CALLED
    if votes[OBJECT] and len(votes) == 1:
        return OBJECT
    return max((kind for kind in votes if kind != OBJECT), key=lambda kind: votes[kind], default=ANY)
