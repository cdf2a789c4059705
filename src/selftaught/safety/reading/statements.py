"""Statements: the uppermost layer of the machine but for the whole."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from selftaught.safety.reading import library
from selftaught.safety.reading.core import BREAK, CONTINUE, FALL, RAISE, RETURN, UNROLLED, Frame, Loop
from selftaught.safety.reading.expressions import Expressions
from selftaught.safety.reading.knowing import bound_of, deep, guarding, hashable, selected, turned
from selftaught.safety.reading.marks import CONTROL, CUT, ENDLESS, GUARD, GUARD_SOME, PIECE, SCORE
from selftaught.safety.reading.values import (
    NONE,
    NOTHING,
    Arguments,
    Bound,
    Class,
    Contents,
    Function,
    Generator,
    Given,
    GivenPart,
    Instance,
    Items,
    Known,
    Library,
    Partial,
    Scope,
    Table,
    Unknown,
    Value,
    Wrapped,
    options,
)
from selftaught.syntax import catches_all, fields_of, generates


class Statements(Expressions):
    """What each kind of statement does, and how it may end."""

    def block(self, statements: Sequence[ast.stmt]) -> int:
        """Carry out statements: how they may end, FALL where what follows them is reached."""
        outcome = 0
        for statement in statements:
            self.step()
            self.at(statement)
            method = _STATEMENTS.get(type(statement))
            ended = method(self, statement) if method else FALL
            outcome |= ended & ~FALL
            if not ended & FALL:
                return outcome
        return outcome | FALL

    def _do_expr(self, node: ast.Expr) -> int:
        self.value(node.value)
        return FALL

    def _do_assign(self, node: ast.Assign) -> int:
        value = self.value(node.value)
        for target in node.targets:
            self.assign(target, value)
        return FALL

    def _do_ann_assign(self, node: ast.AnnAssign) -> int:
        if node.value is not None:
            self.assign(node.target, self.value(node.value))
        elif isinstance(node.target, ast.Name) and self.frames[-1].scope.kind == "class":
            self.frames[-1].scope.variables.setdefault("__annotations__", Table())
        return FALL

    def _do_aug_assign(self, node: ast.AugAssign) -> int:
        target = node.target
        if isinstance(target, ast.Name):
            old = self.lookup(target.id)
        elif isinstance(target, ast.Attribute):
            old = self.attribute(self.value(target.value), target.attr)
        else:
            old = self.subscript(self.value(target.value), self.value(target.slice))
        given = self.value(node.value)
        if (
            isinstance(old, Items)
            and old.kind in ("list", "set")
            and isinstance(node.op, (ast.Add, ast.BitOr))
        ):
            self.extend(old, self.contents(given))
            new: Value = old
        elif isinstance(old, Table) and isinstance(node.op, ast.BitOr):
            self.update(old, given)
            new = old
        else:
            new = self.binary(node.op, old, given)
        self.assign(target, new)
        return FALL

    def assign(self, target: ast.expr, value: Value) -> None:
        """Assign to a target."""
        if isinstance(target, ast.Name):
            self.store(target.id, value)
        elif isinstance(target, ast.Attribute):
            owner = self.value(target.value)
            self.at(target)
            self.set_attribute(owner, target.attr, value)
        elif isinstance(target, ast.Subscript):
            owner = self.value(target.value)
            key = self.value(target.slice)
            self.at(target)
            self.set_item(owner, key, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, value)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, value)

    def _unpack(self, targets: Sequence[ast.expr], value: Value) -> None:
        contents = self.contents(value)
        star = next((i for i, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
        items = contents.items
        if items is not None and (
            len(items) == len(targets) if star is None else len(items) >= len(targets) - 1
        ):
            if star is None:
                parts: list[Value] = list(items)
            else:
                after = len(targets) - star - 1
                middle = items[star : len(items) - after]
                parts = [*items[:star], Items("list", Contents(middle)), *items[len(items) - after :]]
            for target, part in zip(targets, parts, strict=True):
                self.assign(target, part)
            return
        each = contents.element()
        if deep(each) & PIECE:
            each = selected(each, CUT)
        for target in targets:
            if isinstance(target, ast.Starred):
                self.assign(target, Items("list", Contents(None, each, contents.marks)))
            else:
                self.assign(target, each)

    def store(self, name: str, value: Value) -> None:
        """Set a variable."""
        scope = self.frames[-1].scope
        while scope.kind == "comprehension" and scope.outer is not None and name not in scope.variables:
            scope = scope.outer
        scope = scope.elsewhere.get(name, scope)
        self.put(scope.variables, name, value)

    def _do_global(self, node: ast.Global) -> int:
        for name in node.names:
            self.frames[-1].scope.elsewhere[name] = self.module
        return FALL

    def _do_nonlocal(self, node: ast.Nonlocal) -> int:
        for name in node.names:
            scope = self.frames[-1].scope.outer
            while scope is not None and name not in scope.variables:
                scope = scope.outer
            if scope is not None:
                self.frames[-1].scope.elsewhere[name] = scope
        return FALL

    def _do_delete(self, node: ast.Delete) -> int:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                owner, key = self.value(target.value), self.value(target.slice)
                for one in options(owner):
                    if isinstance(one, Table) and isinstance(key, Known):
                        place = hashable(key)
                        if self.forks == 0 or place in one.entries:
                            self.drop(one.entries, place)
                    elif isinstance(one, Items):
                        contents = one.contents
                        most = contents.upto()
                        self.put(
                            one.state,
                            "contents",
                            Contents(None, contents.element(), contents.marks | deep(key), most),
                        )
            elif isinstance(target, ast.Attribute):
                owner = self.value(target.value)
                if isinstance(owner, (Given, GivenPart)):
                    self.set_attribute(owner, target.attr, NOTHING)
        return FALL

    def _do_return(self, node: ast.Return) -> int:
        value = self.value(node.value) if node.value is not None else NONE
        self.frames[-1].returns.append(value)
        return RETURN

    def _do_raise(self, node: ast.Raise) -> int:
        if node.exc is not None:
            self.value(node.exc)
        return RAISE

    def _do_assert(self, node: ast.Assert) -> int:
        self.value(node.test)
        self.refine(node.test, True)
        return FALL

    def _do_break(self, node: ast.Break) -> int:
        return BREAK

    def _do_continue(self, node: ast.Continue) -> int:
        return CONTINUE

    # Branches and loops

    def _do_if(self, node: ast.If) -> int:
        test = self.value(node.test)
        sure = self.true(test)
        if sure is not None:
            return self.block(node.body if sure else node.orelse)
        marks = guarding(test)
        governs = bool(marks & (GUARD | GUARD_SOME))

        frame = self.frames[-1]

        def arm(body: Sequence[ast.stmt], way: bool) -> Callable[[], int]:
            def go() -> int:
                self.refine(node.test, way, test)
                returned = len(frame.returns)
                outcome = self.block(body)
                if outcome & RETURN:
                    for value in frame.returns[returned:]:
                        frame.control |= turned(marks, self.true(value) is way) & CONTROL
                return outcome

            return go

        self.governed += governs
        try:
            ends = self.fork([arm(node.body, True), arm(node.orelse, False)], marks)
        finally:
            self.governed -= governs
        if governs:
            self.guard(ends)
        return ends[0] | ends[1]

    def _do_for(self, node: ast.For | ast.AsyncFor) -> int:
        contents = self.contents(self.value(node.iter))
        self.at(node)
        loop = Loop(self.line, bound_of(contents))
        self.loops.append(loop)
        outcome = 0
        try:
            if contents.items is not None and len(contents.items) <= UNROLLED:
                loop.bound = 1.0  # each time is counted as it comes
                for item in contents.items:
                    self.assign(node.target, item)
                    ended = self.block(node.body)
                    outcome |= ended
                    if not ended & (FALL | CONTINUE):
                        break
            else:

                def once() -> int:
                    self.assign(node.target, contents.element())
                    return self.block(node.body)

                outcome = self.again(once)
        finally:
            self.loops.pop()
        self.leave(loop)
        ended = FALL
        if node.orelse:
            ended = self.block(node.orelse) | (FALL if outcome & BREAK else 0)
        return ended | outcome & (RETURN | RAISE)

    def _do_while(self, node: ast.While) -> int:
        loop = Loop(self.quoted or node.lineno, float("inf"))
        self.loops.append(loop)
        outcome, endless = 0, False
        try:
            always = isinstance(node.test, ast.Constant) and bool(node.test.value)
            for turn in range(9):
                test = self.value(node.test)
                sure = self.true(test)
                if sure is not True or always or turn == 8:
                    break
                ended = self.block(node.body)
                outcome |= ended
                if not ended & (FALL | CONTINUE):
                    break
            if sure is False or (outcome and not ended & (FALL | CONTINUE)):
                loop.bound = 1.0
            else:
                endless = always or sure is True
                loop.bound = self.while_bound(node.test, always)

                def once() -> int:
                    if not always:
                        again = self.value(node.test)
                        if guarding(again) & GUARD:
                            loop.guarded = True
                        self.refine(node.test, True, again)
                    return self.block(node.body)

                outcome |= self.again(once)
                if not always:
                    if guarding(self.value(node.test)) & GUARD:
                        loop.guarded = True
                    self.refine(node.test, False)
        finally:
            self.loops.pop()
        self.leave(loop)
        if node.orelse and not endless:
            outcome |= self.block(node.orelse)
        ended = outcome & (RETURN | RAISE)
        return ended | (FALL if outcome & BREAK or not endless else 0) or RAISE

    def while_bound(self, test: ast.expr, always: bool) -> float | None:
        """How often a loop may go on for what its condition says."""
        if always:
            return float("inf")
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            found = [self.while_bound(part, False) for part in test.values]
            finite = [bound for bound in found if bound is not None and bound < float("inf")]
            return min(finite) if finite else None if None in found else float("inf")
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            sides = [self.value(test.left), self.value(test.comparators[0])]
            numbers = [
                side.value
                for side in sides
                if isinstance(side, Known) and isinstance(side.value, (int, float))
            ]
            # A counter in a variable and a constant; or what comes from somewhere else, a clock for example.
            counter = any(
                isinstance(side, (ast.Name, ast.Attribute, ast.Subscript))
                for side in (test.left, *test.comparators)
            )
            counter |= any(
                isinstance(side, ast.Call) and getattr(side.func, "id", "") == "len"
                for side in (test.left, *test.comparators)
            )
            clock = any(deep(side) & (ENDLESS | SCORE) for side in sides)
            if numbers and counter and not clock:
                return float(max(abs(number) for number in numbers)) + 1
            return float("inf")
        value = self.value(test)
        if any(isinstance(one, (Items, Table)) for one in options(value)):
            return None
        return float("inf")

    def _do_try(self, node: ast.Try) -> int:
        asked, kept = self.asked, self.frames[-1].control
        outcome = self.block(node.body)
        self.frames[-1].control = kept | self.frames[-1].control
        caught = self.asked > asked
        if outcome & FALL and node.orelse:
            outcome = outcome & ~FALL | self.block(node.orelse)
        if node.handlers:

            def arm(handler: ast.ExceptHandler) -> Callable[[], int]:
                def go() -> int:
                    if handler.type is not None:
                        self.value(handler.type)
                    if handler.name:
                        self.store(handler.name, Unknown(kind="error", truth=True))
                    return self.block(handler.body)

                return go

            ends = self.fork([lambda: outcome, *map(arm, node.handlers)])
            outcome &= ~RAISE
            for end in ends[1:]:
                outcome |= end
            if caught:
                self.guard(
                    end
                    for end, handler in zip(ends[1:], node.handlers, strict=True)
                    if catches_all(handler.type) and not end & CONTINUE
                )
        if node.finalbody:
            last = self.block(node.finalbody)
            outcome = outcome if last & FALL else last
        return outcome

    def _do_with(self, node: ast.With | ast.AsyncWith) -> int:
        exits: list[tuple[Value, Value]] = []
        forgiving = False
        for item in node.items:
            manager = self.value(item.context_expr)
            entered: Value = manager
            for one in options(manager):
                if isinstance(one, Instance):
                    enter = one.kind.find("__enter__") or one.kind.find("__aenter__")
                    if enter is not None:
                        entered = self.call(Bound(enter, one), Arguments())
                        leave = one.kind.find("__exit__") or one.kind.find("__aexit__")
                        if leave is not None:
                            exits.append((leave, one))
                elif isinstance(one, Generator):
                    entered = self.contents(one).element()
                elif isinstance(one, Library) and one.path.startswith("contextlib.suppress"):
                    forgiving = True
            if item.optional_vars is not None:
                self.assign(item.optional_vars, entered)
        outcome = self.block(node.body)
        for leave, one in exits:
            self.call(Bound(leave, one), Arguments([NONE, NONE, NONE]))
        if forgiving:
            outcome = outcome & ~RAISE | FALL
        return outcome

    def _do_match(self, node: ast.Match) -> int:
        subject = self.value(node.subject)
        arms: list[Callable[[], int]] = []
        for case in node.cases:

            def go(case: ast.match_case = case) -> int:
                self._capture(case.pattern, subject)
                if case.guard is not None:
                    self.value(case.guard)
                return self.block(case.body)

            fits = self._fits(case.pattern, subject)
            if fits is False:
                continue
            arms.append(go)
            if fits is True and case.guard is None:
                break
        else:
            arms.append(lambda: FALL)
        if len(arms) == 1:
            return arms[0]()
        ends = self.fork(arms)
        outcome = 0
        for end in ends:
            outcome |= end
        return outcome

    def _fits(self, pattern: ast.pattern, subject: Value) -> bool | None:
        if isinstance(pattern, ast.MatchAs):
            return True if pattern.pattern is None else self._fits(pattern.pattern, subject)
        if isinstance(pattern, ast.MatchOr):
            found = [self._fits(one, subject) for one in pattern.patterns]
            return True if True in found else None if None in found else False
        if isinstance(pattern, (ast.MatchValue, ast.MatchSingleton)) and isinstance(subject, Known):
            wanted = (
                self.value(pattern.value) if isinstance(pattern, ast.MatchValue) else Known(pattern.value)
            )
            if isinstance(wanted, Known):
                return bool(wanted.value == subject.value)
        return None

    def _capture(self, pattern: ast.pattern, subject: Value) -> None:
        for node in ast.walk(pattern):
            name = getattr(node, "name", None) or getattr(node, "rest", None)
            if isinstance(name, str):
                whole = node is pattern or (isinstance(node, ast.MatchAs) and node.pattern is pattern)
                self.store(name, subject if whole else self.contents(subject).element())

    # Definitions

    def _do_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        value: Value = self.function(node)
        for decorator in reversed(node.decorator_list):
            given = self.value(decorator)
            self.at(node)
            value = library.decorate(self, given, value)
        self.store(node.name, value)
        return FALL

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Function:
        """The function that a definition makes."""
        args = node.args
        defaults = [self.value(default) for default in args.defaults]
        key_defaults = {
            arg.arg: self.value(default)
            for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
            if default is not None
        }
        scope = self.frames[-1].scope
        made = Function(node, scope, defaults, key_defaults, generates(node))
        while scope.kind == "class" and scope.outer is not None:
            scope = scope.outer  # a method sees what is around its class
        made.scope = scope
        return made

    def _do_class(self, node: ast.ClassDef) -> int:
        bases = [self.value(base) for base in node.bases if not isinstance(base, ast.Starred)]
        keywords = {keyword.arg: self.value(keyword.value) for keyword in node.keywords if keyword.arg}
        scope = Scope("class", self.frames[-1].scope)
        frame = Frame(scope, None, len(self.loops), self.forks)
        self.frames.append(frame)
        try:
            self.block(node.body)
        finally:
            self.frames.pop()
        kind = Class(node.name, [one for base in bases for one in options(base)], scope.variables, node)
        made: Value = kind
        meta = keywords.get("metaclass")
        if isinstance(meta, Class):
            given = [Known(node.name), Items("tuple", Contents(tuple(bases))), Table(scope.variables)]
            for name in ("__new__", "__init__"):
                hook = meta.find(name)
                if hook is not None:
                    self.call(hook, Arguments([meta if name == "__new__" else kind, *given]))
        named = [base.path.rpartition(".")[2] for base in kind.foreign()]
        if "NamedTuple" in named:
            kind.fields = fields_of(node)
        if any("Enum" in name or name in ("IntFlag", "Flag") for name in named):
            for name, value in list(scope.variables.items()):
                if not name.startswith("_") and not isinstance(value, (Function, Wrapped)):
                    member = Instance(kind)
                    member.attributes.update({"value": value, "_value_": value, "name": Known(name)})
                    self.put(scope.variables, name, member)
        for value in list(scope.variables.values()):
            for function in (value, *_behind(value)):
                if isinstance(function, Function) and function.owner is None:
                    function.owner = kind
        for base in kind.lineage()[1:]:
            hook = base.namespace.get("__init_subclass__")
            if hook is not None:
                self.call(
                    Bound(hook.function if isinstance(hook, Wrapped) else hook, kind), Arguments([], keywords)
                )
                break
        for decorator in reversed(node.decorator_list):
            made = library.decorate(self, self.value(decorator), made)
        self.store(node.name, made)
        return FALL

    def _do_import(self, node: ast.Import) -> int:
        for alias in node.names:
            path = alias.name if alias.asname else alias.name.partition(".")[0]
            library.imported(self, alias.name)
            self.store(alias.asname or path, Library(path))
        return FALL

    def _do_import_from(self, node: ast.ImportFrom) -> int:
        module = node.module or ""
        library.imported(self, module)
        for alias in node.names:
            if alias.name == "*":
                self.frames[-1].scope.stars.append(module)
            else:
                library.imported(self, f"{module}.{alias.name}")
                self.store(alias.asname or alias.name, library.member(self, Library(module), alias.name))
        return FALL


def _behind(value: Value) -> list[Value]:
    """The functions in a property, a static method and the like."""
    if isinstance(value, Wrapped):
        return [value.function, *([value.setter] if value.setter is not None else [])]
    if isinstance(value, Partial):
        return [value.function]
    return []


_STATEMENTS: dict[type, Callable[..., int]] = {
    ast.Expr: Statements._do_expr,
    ast.Assign: Statements._do_assign,
    ast.AnnAssign: Statements._do_ann_assign,
    ast.AugAssign: Statements._do_aug_assign,
    ast.Global: Statements._do_global,
    ast.Nonlocal: Statements._do_nonlocal,
    ast.Delete: Statements._do_delete,
    ast.Return: Statements._do_return,
    ast.Raise: Statements._do_raise,
    ast.Assert: Statements._do_assert,
    ast.Break: Statements._do_break,
    ast.Continue: Statements._do_continue,
    ast.If: Statements._do_if,
    ast.For: Statements._do_for,
    ast.AsyncFor: Statements._do_for,
    ast.While: Statements._do_while,
    ast.Try: Statements._do_try,
    ast.TryStar: Statements._do_try,
    ast.With: Statements._do_with,
    ast.AsyncWith: Statements._do_with,
    ast.Match: Statements._do_match,
    ast.FunctionDef: Statements._do_function,
    ast.AsyncFunctionDef: Statements._do_function,
    ast.ClassDef: Statements._do_class,
    ast.Import: Statements._do_import,
    ast.ImportFrom: Statements._do_import_from,
}
