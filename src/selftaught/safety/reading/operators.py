"""Operators and comparisons on what is known of values: a layer of the machine."""

from __future__ import annotations

import ast

from selftaught.safety.reading import folding
from selftaught.safety.reading.conditions import Conditions
from selftaught.safety.reading.knowing import alike, arithmetic, deep, guard_of, marks_of, speaks, textual
from selftaught.safety.reading.marks import CONTROL, ENDLESS, HAS, LACKS, NUMERIC, PIECE
from selftaught.safety.reading.values import (
    ABSENT,
    FALSE,
    TRUE,
    Arguments,
    Bound,
    Choice,
    Contents,
    Instance,
    Items,
    Known,
    Table,
    Unknown,
    Value,
    join_all,
    join_tables,
    options,
    together,
)


class Operators(Conditions):
    """What operators give."""

    def binary(self, op: ast.operator, left: Value, right: Value) -> Value:
        """What a binary operator gives."""
        if isinstance(left, Known) and isinstance(right, Known):
            return folding.fold_binary(op, left, right)
        for one, other, names in ((left, right, _LEFT), (right, left, _RIGHT)):
            if isinstance(one, Instance):
                method = one.kind.find(names.get(type(op), ""))
                if method is not None:
                    return self.call(Bound(method, one), Arguments([other]))
        if isinstance(left, Choice) or isinstance(right, Choice):
            pairs = [
                (a, b) for a in options(left) for b in options(right) if a is not ABSENT and b is not ABSENT
            ]
            if len(pairs) <= 2 * 6 and not all(
                isinstance(a, Unknown) or isinstance(b, Unknown) for a, b in pairs
            ):
                return join_all(
                    [self.binary(op, a, b) for a, b in pairs],
                    marks=marks_of(left) & CONTROL | marks_of(right) & CONTROL,
                )
        if isinstance(left, Items) or isinstance(right, Items):
            return self._of_lists(op, left, right)
        if isinstance(left, Table) and isinstance(right, (Table, Unknown)) and isinstance(op, ast.BitOr):
            merged = join_tables(left, left)
            self.update(merged, right)
            return merged
        text = isinstance(op, ast.Mod) and (
            (isinstance(left, Known) and isinstance(left.value, (str, bytes)))
            or (isinstance(left, Unknown) and left.kind == "str")
        )
        if text:
            return Unknown(deep(left) | textual(deep(right)), "str", True)
        return arithmetic(op, left, right)

    def _of_lists(self, op: ast.operator, left: Value, right: Value) -> Value:
        lists = [one for one in (left, right) if isinstance(one, Items)]
        kind = lists[0].kind
        if isinstance(op, ast.Mult):
            number = right if lists[0] is left else left
            contents = lists[0].contents
            if isinstance(number, Known) and isinstance(number.value, int) and contents.items is not None:
                if len(contents.items) * max(0, number.value) <= 64:
                    return Items(kind, Contents(contents.items * max(0, number.value)), own=True)
                return Items(
                    kind, Contents(None, contents.element(), 0, len(contents.items) * number.value), own=True
                )
            return Items(
                kind,
                Contents(
                    None,
                    contents.element() if contents.upto() != 0 else None,
                    marks_of(number) & (NUMERIC | ENDLESS),
                ),
                own=True,
            )
        if isinstance(op, ast.Mod):
            return Unknown(deep(left) | deep(right), "str", True)
        a, b = self.contents(left), self.contents(right)
        if isinstance(op, (ast.Add, ast.BitOr)):
            return Items(kind, together(a, b), own=True)
        return Items(
            kind, Contents(None, a.element() if a.upto() != 0 else None, a.marks, a.upto()), own=True
        )

    def compare(self, op: ast.cmpop, left: Value, right: Value) -> Value:
        """What a comparison gives."""
        if isinstance(left, Choice) or isinstance(right, Choice):
            pairs = [
                (a, b) for a in options(left) for b in options(right) if a is not ABSENT and b is not ABSENT
            ]
            if len(pairs) <= 12:
                return join_all([self.compare(op, a, b) for a, b in pairs])
        inverse = isinstance(op, (ast.NotIn, ast.IsNot, ast.NotEq))
        if isinstance(op, (ast.In, ast.NotIn)):
            sure = self.holds(right, left)
            if sure is None and isinstance(right, Instance):
                method = right.kind.find("__contains__")
                if method is not None:
                    sure = self.true(self.call(Bound(method, right), Arguments([left])))
            if sure is not None:
                return TRUE if sure is not inverse else FALSE
            marks = deep(right) | deep(left)
            if marks & PIECE:
                about = speaks(left) or speaks(right)
                return Unknown((LACKS if inverse else HAS) if about else PIECE, "bool")
            return Unknown(0, "bool")
        if isinstance(left, Known) and isinstance(right, Known):
            return folding.fold_compare(op, left, right)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Instance):
                name = {
                    ast.Eq: "__eq__",
                    ast.NotEq: "__ne__",
                    ast.Lt: "__lt__",
                    ast.Gt: "__gt__",
                    ast.LtE: "__le__",
                    ast.GtE: "__ge__",
                }.get(type(op), "")
                method = one.kind.find(name)
                if method is not None:
                    return self.call(Bound(method, one), Arguments([other]))
        if isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
            sure = alike(left, right, identical=isinstance(op, (ast.Is, ast.IsNot)))
            if sure is not None:
                return TRUE if sure is not inverse else FALSE
            marks = marks_of(left) | marks_of(right)
            if marks & (HAS | LACKS):
                nothing = next((one for one in (left, right) if isinstance(one, Known)), None)
                if nothing is not None and bool(nothing.value) is inverse:
                    return Unknown(marks & CONTROL, "bool")
                return self.negated(Unknown(marks & CONTROL, "bool"))
        return Unknown(guard_of(left, right), "bool")


_LEFT = {
    ast.Add: "__add__",
    ast.Sub: "__sub__",
    ast.Mult: "__mul__",
    ast.BitOr: "__or__",
    ast.BitAnd: "__and__",
    ast.RShift: "__rshift__",
    ast.LShift: "__lshift__",
    ast.MatMult: "__matmul__",
    ast.Mod: "__mod__",
    ast.Div: "__truediv__",
    ast.FloorDiv: "__floordiv__",
    ast.BitXor: "__xor__",
    ast.Pow: "__pow__",
}
_RIGHT = {op: name.replace("__", "__r", 1) for op, name in _LEFT.items()}
