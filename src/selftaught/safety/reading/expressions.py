"""Expressions: a layer of the machine."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from selftaught.safety.reading import folding
from selftaught.safety.reading.core import FALL, UNROLLED, Frame, Loop
from selftaught.safety.reading.knowing import bound_of, decided, deep, guarding, marks_of, textual
from selftaught.safety.reading.marks import ANSWER, CONTROL, DISTINCT, ENDLESS, GUARD, GUARD_SOME, NUMERIC
from selftaught.safety.reading.operators import Operators
from selftaught.safety.reading.values import (
    ABSENT,
    FALSE,
    NONE,
    NOTHING,
    TRUE,
    Arguments,
    Bound,
    Choice,
    Contents,
    Generator,
    Instance,
    Items,
    Known,
    Scope,
    Table,
    Unknown,
    Value,
    distinct,
    join,
    join_all,
    together,
)


@dataclass
class _Gathered:
    """What a comprehension gives: keys with values, or values twice; at most ``most``, None if that is not known."""

    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    scope: Scope
    found: list[tuple[Value, Value]] = field(default_factory=list)
    marks: int = 0
    most: int | None = 1


class Expressions(Operators):
    """What each kind of expression gives."""

    def value(self, node: ast.expr) -> Value:
        """What an expression gives."""
        self.step()
        method = _EXPRESSIONS.get(type(node))
        return method(self, node) if method else NOTHING

    def _on_constant(self, node: ast.Constant) -> Value:
        return Known(node.value, self.quoted or node.lineno)

    def _on_name(self, node: ast.Name) -> Value:
        return self.lookup(node.id)

    def _on_attribute(self, node: ast.Attribute) -> Value:
        owner = self.value(node.value)
        self.at(node)
        return self.attribute(owner, node.attr)

    def _on_subscript(self, node: ast.Subscript) -> Value:
        owner = self.value(node.value)
        key = self.value(node.slice)
        self.at(node)
        return self.subscript(owner, key)

    def _on_slice(self, node: ast.Slice) -> Value:
        parts = [
            self.value(part) if part is not None else NONE for part in (node.lower, node.upper, node.step)
        ]
        if all(isinstance(part, Known) for part in parts):
            return Known(slice(*(part.value for part in parts if isinstance(part, Known))))
        upper = parts[1] if not isinstance(parts[1], Known) else parts[0]
        return Unknown(marks_of(upper), "slice", True)

    def _on_call(self, node: ast.Call) -> Value:
        function = self.value(node.func)
        arguments = Arguments()
        for arg in node.args:
            if isinstance(arg, ast.Starred):
                contents = self.contents(self.value(arg.value))
                if contents.items is not None and arguments.more is None:
                    arguments.values.extend(contents.items)
                else:
                    more = contents.element()
                    arguments.more = more if arguments.more is None else join(arguments.more, more)
            elif arguments.more is not None:
                arguments.more = join(arguments.more, self.value(arg))
            else:
                arguments.values.append(self.value(arg))
        for keyword in node.keywords:
            value = self.value(keyword.value)
            if keyword.arg is not None:
                arguments.named[keyword.arg] = value
            else:
                self.spread(arguments, value)
        if isinstance(node.func, ast.Name) and node.func.id == "super" and not arguments.values:
            return self._super_of()
        self.at(node)
        return self.call(function, arguments)

    def _on_bin_op(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        self.at(node)
        return self.binary(node.op, left, right)

    def _on_unary(self, node: ast.UnaryOp) -> Value:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return self.negated(value)
        if isinstance(value, Known):
            return folding.fold_unary(node.op, value)
        if isinstance(value, Instance):
            method = value.kind.find(
                {ast.USub: "__neg__", ast.Invert: "__invert__", ast.UAdd: "__pos__"}.get(type(node.op), "")
            )
            if method is not None:
                return self.call(Bound(method, value), Arguments())
        return Unknown(marks_of(value), getattr(value, "kind", "") if isinstance(value, Unknown) else "")

    def _on_bool_op(self, node: ast.BoolOp) -> Value:
        every = isinstance(node.op, ast.And)
        found: list[Value] = []
        guards: list[int] = []
        governed = 0
        try:
            for part in node.values:
                value = self.value(part)
                sure = self.true(value)
                marks = guarding(value)
                guards.append(marks)
                if marks & (GUARD | GUARD_SOME):
                    governed += 1
                    self.governed += 1
                if sure is (not every):  # this one decides
                    found.append(value)
                    break
                if part is node.values[-1]:
                    found.append(value)
                elif sure is None:
                    # It is the result only where it is false (and) or true (or).
                    found.append(decided(value, not every))
                self.refine(part, every, value, soft=True)
        finally:
            self.governed -= governed
        result = join_all(found) if found else (TRUE if every else FALSE)
        if isinstance(result, Known):
            return result
        marks = 0
        for one in guards:
            marks |= one & CONTROL & ~GUARD
        if every:
            marks |= GUARD if any(one & GUARD for one in guards) else 0
        elif any(one & GUARD for one in guards):
            marks |= GUARD if all(one & GUARD for one in guards) else GUARD_SOME
        if isinstance(result, Unknown):
            return Unknown(result.marks & ~CONTROL | marks, result.kind, result.truth)
        if isinstance(result, Choice):
            return Choice(
                tuple(
                    Unknown(one.marks & ~CONTROL, one.kind, one.truth) if isinstance(one, Unknown) else one
                    for one in result.options
                ),
                result.marks & ~CONTROL | marks,
            )
        return result

    def _on_compare(self, node: ast.Compare) -> Value:
        left = self.value(node.left)
        found: list[Value] = []
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            found.append(self.compare(op, left, right))
            left = right
        if len(found) == 1:
            return found[0]
        truths = [self.true(one) for one in found]
        if False in truths:
            return FALSE
        if None not in truths:
            return TRUE
        marks = 0
        for one in found:
            marks |= guarding(one)
        return Unknown(marks, "bool")

    def _on_if_exp(self, node: ast.IfExp) -> Value:
        test = self.value(node.test)
        sure = self.true(test)
        if sure is not None:
            return self.value(node.body if sure else node.orelse)
        found: list[Value] = []

        def arm(part: ast.expr, way: bool) -> Callable[[], int]:
            def go() -> int:
                self.refine(node.test, way, test)
                found.append(self.value(part))
                return FALL

            return go

        marks = guarding(test)
        governs = bool(marks & (GUARD | GUARD_SOME))
        self.governed += governs
        try:
            self.fork([arm(node.body, True), arm(node.orelse, False)], marks)
        finally:
            self.governed -= governs
        result = join_all(found)
        if isinstance(result, Choice) and marks & CONTROL:
            return Choice(result.options, result.marks | marks & CONTROL)
        return result

    def _on_lambda(self, node: ast.Lambda) -> Value:
        return self.function(node)

    def _on_items(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        kind = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}[type(node)]
        contents = Contents()
        for element in node.elts:
            if isinstance(element, ast.Starred):
                contents = together(contents, self.contents(self.value(element.value)))
            else:
                value = self.value(element)
                contents = together(contents, Contents((value,)))
        return Items(kind, contents, own=True)

    def _on_dict(self, node: ast.Dict) -> Value:
        table = Table()
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self.update(table, self.value(value))
            else:
                self.set_item(table, self.value(key), self.value(value))
        return table

    def _on_joined(self, node: ast.JoinedStr) -> Value:
        texts: list[str] | None = []
        marks = 0
        for part in node.values:
            value = self.value(part)
            if (
                isinstance(value, Known)
                and isinstance(value.value, str)
                and texts is not None
                and len(value.value) < 20_000
            ):
                texts.append(value.value)
            else:
                texts = None
                marks |= deep(value)
        if texts is not None and sum(map(len, texts)) < 20_000:
            return Known("".join(texts), self.quoted or node.lineno)
        return Unknown(textual(marks), "str", True if node.values else None)

    def _on_formatted(self, node: ast.FormattedValue) -> Value:
        value = self.value(node.value)
        if node.format_spec is not None:
            self.value(node.format_spec)
        if isinstance(value, Instance):
            method = (
                value.kind.find("__format__") or value.kind.find("__str__") or value.kind.find("__repr__")
            )
            if method is not None:
                return self.call(Bound(method, value), Arguments())
        if (
            isinstance(value, Known)
            and node.format_spec is None
            and isinstance(value.value, (str, int, bool, type(None)))
            and len(repr(value.value)) < 5000
        ):
            return Known(repr(value.value) if node.conversion == 114 else str(value.value))
        return Unknown(textual(deep(value)), "str")

    def _on_named(self, node: ast.NamedExpr) -> Value:
        value = self.value(node.value)
        self.assign(node.target, value)
        return value

    def _on_await(self, node: ast.Await) -> Value:
        return self.value(node.value)

    def _on_starred(self, node: ast.Starred) -> Value:
        return self.value(node.value)

    def _on_yield(self, node: ast.Yield) -> Value:
        frame = self.frames[-1]
        while frame.yields is None and frame.scope.kind == "comprehension" and len(self.frames) > 1:
            frame = self.frames[-2]
        value = self.value(node.value) if node.value is not None else NONE
        if frame.yields is not None:
            frame.yields.append(value)
            frame.exact &= self.forks == frame.forks
        return frame.sent

    def _on_yield_from(self, node: ast.YieldFrom) -> Value:
        frame = self.frames[-1]
        value = self.value(node.value)
        contents = self.contents(value)
        if frame.yields is not None:
            if contents.items is not None:
                frame.yields.extend(contents.items)
            elif contents.each is not None:
                frame.yields.append(contents.each)
            frame.exact &= contents.items is not None and self.forks == frame.forks
        if isinstance(value, Generator):
            result = value.state["result"]
            return result if isinstance(result, Value) else NONE
        return NOTHING

    def _on_comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
        outer = self.frames[-1]
        scope = Scope("comprehension", outer.scope)
        scope.elsewhere = outer.scope.elsewhere
        frame = Frame(scope, None, len(self.loops), self.forks)
        frame.yields, frame.sent = outer.yields, outer.sent
        made = _Gathered(node, scope)
        self.frames.append(frame)
        try:
            exact = self._gather(made, 0)
        finally:
            self.frames.pop()
        if isinstance(node, ast.DictComp):
            table = Table()
            for key, value in made.found:
                self.set_item(table, key, value if exact else join(ABSENT, value))
            return table
        kind = {ast.ListComp: "list", ast.SetComp: "set"}.get(type(node), "iterator")
        values = tuple(value for _, value in made.found)
        if exact:
            return Items(kind, Contents(distinct(values) if kind == "set" else values), own=True)
        marks = made.marks & (NUMERIC | ENDLESS | ANSWER) | (DISTINCT if kind == "set" else 0)
        return Items(kind, Contents(None, join_all(values) if values else None, marks, made.most), own=True)

    def _gather(self, made: _Gathered, level: int) -> bool:
        """Go through the loops from this one on; whether exactly so many elements come of it."""
        node = made.node
        if level == len(node.generators):
            if isinstance(node, ast.DictComp):
                made.found.append((self.value(node.key), self.value(node.value)))
            else:
                value = self.value(node.elt)
                made.found.append((value, value))
            return True
        contents = self.contents(self.value(node.generators[level].iter))
        made.marks |= contents.marks
        most = contents.upto()
        made.most = None if most is None or made.most is None else made.most * most
        loop = Loop(self.line, bound_of(contents))
        self.loops.append(loop)
        exact = True
        try:
            if contents.items is not None and len(contents.items) <= UNROLLED:
                loop.bound = 1.0
                for item in contents.items:
                    exact &= self._gather_one(made, level, item)
            elif contents.items is None or contents.items:
                exact = False
                self.again(lambda: (self._gather_one(made, level, contents.element()) and 1) or FALL)
        finally:
            self.loops.pop()
        self.leave(loop)
        return exact

    def _gather_one(self, made: _Gathered, level: int, item: Value) -> bool:
        """One turn of one of the loops; whether what comes of it is known."""
        part = made.node.generators[level]
        for target in ast.walk(part.target):
            if isinstance(target, ast.Name):
                made.scope.variables.setdefault(target.id, NOTHING)
        self.assign(part.target, item)
        sure, governed = True, 0
        try:
            for test in part.ifs:
                value = self.value(test)
                holds = self.true(value)
                if holds is False:
                    return True
                if holds is None:
                    sure = False
                    if guarding(value) & (GUARD | GUARD_SOME):
                        governed += 1
                        self.governed += 1
                self.refine(test, True, value)
            return self._gather(made, level + 1) and sure
        finally:
            self.governed -= governed


_EXPRESSIONS: dict[type, Callable[..., Value]] = {
    ast.Constant: Expressions._on_constant,
    ast.Name: Expressions._on_name,
    ast.Attribute: Expressions._on_attribute,
    ast.Subscript: Expressions._on_subscript,
    ast.Slice: Expressions._on_slice,
    ast.Call: Expressions._on_call,
    ast.BinOp: Expressions._on_bin_op,
    ast.UnaryOp: Expressions._on_unary,
    ast.BoolOp: Expressions._on_bool_op,
    ast.Compare: Expressions._on_compare,
    ast.IfExp: Expressions._on_if_exp,
    ast.Lambda: Expressions._on_lambda,
    ast.List: Expressions._on_items,
    ast.Tuple: Expressions._on_items,
    ast.Set: Expressions._on_items,
    ast.Dict: Expressions._on_dict,
    ast.JoinedStr: Expressions._on_joined,
    ast.FormattedValue: Expressions._on_formatted,
    ast.NamedExpr: Expressions._on_named,
    ast.Await: Expressions._on_await,
    ast.Starred: Expressions._on_starred,
    ast.Yield: Expressions._on_yield,
    ast.YieldFrom: Expressions._on_yield_from,
    ast.ListComp: Expressions._on_comprehension,
    ast.SetComp: Expressions._on_comprehension,
    ast.GeneratorExp: Expressions._on_comprehension,
    ast.DictComp: Expressions._on_comprehension,
}
