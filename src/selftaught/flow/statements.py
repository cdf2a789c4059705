"""What each kind of statement does."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from selftaught.flow.expressions import Expressions
from selftaught.flow.values import (
    NOTHING,
    PROGRAM,
    Class,
    Control,
    Frame,
    Lib,
    Stop,
    Tag,
    Value,
    bound,
    few,
    is_of_arms,
    kinds,
)
from selftaught.syntax import is_number, loaded, renewed, same_place


class Statements(Expressions):
    """Statements, by the names of their nodes."""

    def _block(self, body: Sequence[ast.stmt]) -> bool:
        """Go through statements; whether what follows them is never reached."""
        controls = len(self._controls)
        try:
            for statement in body:
                self._step(statement)
                if isinstance(statement, ast.If):
                    if self._if(statement):
                        return True
                elif self._statement(statement):
                    return True
            return False
        finally:
            del self._controls[controls:]

    def _statement(self, node: ast.stmt) -> bool:
        handler = getattr(self, "_do_" + type(node).__name__, None)
        if handler is not None:
            return bool(handler(node))
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._eval(child)
        return False

    def _if(self, node: ast.If) -> bool:
        test = self._test(node.test)
        before = dict(self._frame.names)
        self._control(test, node, True)
        ends = self._block(node.body)
        self._controls.pop()
        after = self._frame.names
        self._frame.names = dict(before)
        self._control(test, node, False)
        other_ends = self._block(node.orelse)
        self._controls.pop()
        other = self._frame.names
        if ends and other_ends:
            self._frame.names = self._merge(after, other)
            return True
        if ends or other_ends:
            self._frame.names = other if ends else after
            last = (node.body if ends else node.orelse)[-1]
            self._control(test, node, not ends, rest=not isinstance(last, ast.Continue))
            return False
        if "chance" in kinds(test):
            self._greedy(after, other, node.lineno, test)
        self._frame.names = self._merge(after, other)
        if kinds(test) & {"count", "chance", "progress", "score", "left"}:
            for name in after:
                if name in other and after[name] != other[name]:
                    both = self._frame.names[name]
                    self._frame.names[name] = self._alternated(after[name], other[name], both, node.lineno)
        return False

    def _merge(self, one: dict[str, Value], other: dict[str, Value]) -> dict[str, Value]:
        names = dict(other)
        for name, value in one.items():
            names[name] = self.join(value, other[name]) if name in other else value
        return names

    def _do_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, (ast.Yield, ast.YieldFrom)):
            self._eval(node.value)
            return
        self._discards = isinstance(node.value, ast.Call)
        self._eval(node.value)
        self._discards = False

    def _do_Return(self, node: ast.Return) -> bool:
        again = self._again
        value = self._eval(node.value) if node.value is not None else NOTHING
        if node.value is not None and is_number(node.value):
            value = value._replace(tags=few(value.tags | self._implied()))
            if self.held_by & set(self._loops[self._frame.loops_at :]):
                value = self._with(value, ("progress",))
        inside = self._controls[self._frame.floor :]
        self._frame.returns.append((value, tuple(inside)))
        if again == self._again:
            self._ends(node, self._loops[self._frame.loops_at :], inside)
        return True

    def _ends(self, node: ast.stmt, left: Sequence[int], controls: Sequence[Control]) -> None:
        """Something ends loops: a stop, where a condition on scores or progress is why."""
        function = self._frame.function
        if not left and function is not None and self._stack.count(function) > 1:
            left = self._loops[-1:]
        if not left:
            return
        level = len(self._loops) - len(left)
        found: set[Tag] = set()
        for control in controls:
            if (control.loops > level and not control.rest) or (
                not self._loops[self._frame.loops_at :] and not control.rest
            ):
                found |= control.tags
        if kinds(found) & {"score", "progress"} and "chance" not in kinds(found):
            outermost = left[0]
            self.stops.add(Stop(line_of(controls, node), outermost, self.inside.get(outermost, ())))

    def _do_Break(self, node: ast.Break) -> bool:
        if self._loops:
            inner = self._loops[-1]
            depth = len(self._loops)
            controls = [c for c in self._controls[self._frame.floor :] if c.loops >= depth]
            self._ends(node, [inner], controls)
        if self._breaks:
            self._breaks[-1].append(dict(self._frame.names))
        return True

    def _do_Continue(self, node: ast.Continue) -> bool:
        if self._breaks:
            self._breaks[-1].append(dict(self._frame.names))
        return True

    def _do_Raise(self, node: ast.Raise) -> bool:
        for child in (node.exc, node.cause):
            if child is not None:
                self._eval(child)
        return True

    def _body(self, body: Sequence[ast.stmt]) -> None:
        """A loop's body, once; what was assigned before a break or continue counts as well."""
        self._breaks.append([])
        ended = self._block(body)
        left = self._breaks.pop()
        if ended and left:
            self._frame.names = left[0]
        for names in left:
            self._frame.names = self._merge(self._frame.names, names)

    def _do_For(self, node: ast.For) -> bool:
        source = self._eval(node.iter)

        def once() -> None:
            self._assign(node.target, self._turn(source, node.iter), None)
            self._body(node.body)

        self._loop(node, once)
        self._block(node.orelse)
        return False

    _do_AsyncFor = _do_For

    def _do_While(self, node: ast.While) -> bool:
        def once() -> None:
            test = self._test(node.test)
            if kinds(test) & {"score", "progress"}:
                number = self._loops[-1]
                self.held_by.add(number)
                self.stops.add(Stop(node.lineno, number, self.inside.get(number, ())))
            self._body(node.body)

        self._loop(node, once)
        self._block(node.orelse)
        forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
        return forever and not any(isinstance(n, ast.Break) for n in ast.walk(node))

    def _do_Try(self, node: ast.Try) -> bool:
        looked = self._lookups_in(node.body)
        before = dict(self._frame.names)
        ends = self._block(node.body)
        after = self._frame.names
        branches = [] if ends else [after]
        for handler in node.handlers:
            self._frame.names = self._merge(dict(before), after)
            if handler.name:
                self._frame.names[handler.name] = Value(frozenset({("error",)}))
            self._control(looked, handler, True)
            if not self._block(handler.body):
                branches.append(self._frame.names)
            self._controls.pop()
        if not branches:
            self._frame.names = after
            self._block(node.finalbody)
            return True
        self._frame.names = branches[0]
        for each in branches[1:]:
            self._frame.names = self._merge(self._frame.names, each)
        ended = not ends and self._block(node.orelse)
        self._block(node.finalbody)
        return ended and len(branches) == 1

    _do_TryStar = _do_Try

    def _lookups_in(self, body: Sequence[ast.stmt]) -> frozenset[Tag]:
        tags: set[Tag] = set()
        for statement in body[:3]:
            for child in ast.walk(statement):
                if isinstance(child, ast.Subscript) and isinstance(child.ctx, ast.Load) and not isinstance(
                    child.slice, ast.Constant
                ):  # fmt: skip
                    base = self._eval(child.value)
                    tags |= {
                        ("lookup", ref, child.lineno) for ref in base.refs if self.cells[ref].kind == "dict"
                    }
        return frozenset(tags)

    def _do_With(self, node: ast.With) -> bool:
        for item in node.items:
            value = self._eval(item.context_expr)
            if item.optional_vars is not None:
                self._assign(item.optional_vars, value, None)
        return self._block(node.body)

    _do_AsyncWith = _do_With

    def _do_Match(self, node: ast.Match) -> bool:
        subject = self._eval(node.subject)
        before = dict(self._frame.names)
        ended: list[dict[str, Value]] = []
        for case in node.cases:
            self._frame.names = dict(before)
            for pattern in ast.walk(case.pattern):
                name = getattr(pattern, "name", None)
                if isinstance(name, str):
                    self._frame.names[name] = subject
            self._control(self.deep(subject), case, True)
            if not self._block(case.body):
                ended.append(self._frame.names)
            self._controls.pop()
        names = before
        for each in ended:
            names = self._merge(names, each)
        self._frame.names = names
        return False

    def _do_Global(self, node: ast.Global) -> None:
        for name in node.names:
            if self._frame is not self._top:
                self._frame.foreign[name] = self._top

    def _do_Nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            above = self._frame.above
            while above is not None and name not in above.names:
                above = above.above
            if above is not None:
                self._frame.foreign[name] = above

    def _do_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.split(".")[0]
            self._set(alias.asname or name, Value(funcs=frozenset({Lib(name)})))

    def _do_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            name = f"{node.module}.{alias.name}" if node.module else alias.name
            self._set(alias.asname or alias.name, Value(funcs=frozenset({Lib(name)})))

    def _do_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._set(node.name, self._function(node))

    _do_AsyncFunctionDef = _do_FunctionDef

    def _do_ClassDef(self, node: ast.ClassDef) -> None:
        bases: list[Class] = []
        for base in node.bases:
            found = self._eval(base)
            bases += [each for each in found.funcs if isinstance(each, Class)]
        made = Class(node.name, {}, [], bases)
        frame = Frame({}, self._frame, floor=len(self._controls), loops_at=len(self._loops))
        old, self._frame = self._frame, frame
        for statement in node.body:
            self._step(statement)
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                frame.above, keep = old, frame.above
                self._frame = old
                value = self._function(statement, made)
                self._frame, frame.above = frame, keep
                frame.names[statement.name] = value
            else:
                self._statement(statement) if not isinstance(statement, ast.If) else self._if(statement)
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    made.fields.append(statement.target.id)
        self._frame = old
        made.body.update(frame.names)
        for above in bases:
            made.fields[:0] = [name for name in above.fields if name not in made.fields]
        self._set(node.name, Value(funcs=frozenset({made})))

    # What is assigned

    def _do_Assign(self, node: ast.Assign) -> None:
        value = self._eval(node.value)
        for target in node.targets:
            self._assign(target, value, node.value)

    def _do_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._assign(node.target, self._eval(node.value), node.value)

    def _do_AugAssign(self, node: ast.AugAssign) -> None:
        old, new = self._eval(loaded(node.target)), self._eval(node.value)
        if self._cells(old, "list", "set", "dict") and isinstance(node.op, (ast.Add, ast.BitOr)):
            for cell in self._cells(old, "list", "set"):
                self._put(cell, self._elem(new))
                cell.tags |= {tag for tag in self._order(new) if tag[0] == "many"}
            for cell in self._cells(old, "dict"):
                for other in self._cells(new, "dict"):
                    cell.keys, cell.elem = self.join(cell.keys, other.keys), self.join(cell.elem, other.elem)
            return
        if isinstance(node.target, ast.Name) and self._gathers(node.target.id):
            turns = {tag for tag in new.tags if tag[0] == "turn" and tag[2] == tuple(self._loops)}
            if turns:  # all of them, one after another
                new = new._replace(tags=new.tags - turns - {("hint",)}, consts=frozenset())
        value = self._binary(node.op, old, new, node.lineno)
        added = self.deep(new) | self._implied()
        if not isinstance(node.target, ast.Name) and kinds(added) & {"score", "progress"}:
            value = self._with(value, ("sum", node.lineno))
            if self._is_reward(self._whose(node.target), new):
                value = self._with(value, ("reward",))
        if isinstance(node.op, (ast.Mult, ast.Div, ast.Sub, ast.Pow)) and self._loops:
            value = self._with(value, ("decay",))
        elif self._loops and not kinds(self.deep(value)) & PROGRAM:
            value = self._with(value, ("count",))
        value = value._replace(tags=few(value.tags | self._implied()), consts=value.consts if not self._loops else
                               frozenset(c for c in value.consts if isinstance(c, str)))  # fmt: skip
        own = len(self._loops) > self._frame.loops_at
        if own and any(tag[:2] == ("prog", "turn") and tag[3] == tuple(self._loops) for tag in value.tags):
            value = value._replace(tags=frozenset(self._gathered(value.tags, ())))
            value = self._with(value, ("several", node.lineno))
        self._assign(node.target, value, None)

    def _whose(self, target: ast.expr) -> Value:
        """What an attribute or item belongs to."""
        if isinstance(target, ast.Subscript):
            return self._with(self._eval(target.value), *self._index(target.slice).tags)
        return self._eval(target.value) if isinstance(target, ast.Attribute) else NOTHING

    def _gathers(self, name: str) -> bool:
        """Whether the innermost loop adds to a name that it does not assign anew."""
        if not self._loop_nodes or not isinstance(self._loop_nodes[-1], (ast.For, ast.AsyncFor)):
            return False
        return not any(
            isinstance(child, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in child.targets)
            for child in ast.walk(self._loop_nodes[-1])
        )

    def _assign(self, target: ast.expr, value: Value, source: ast.expr | None) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, value, source)
            return
        if isinstance(target, ast.Starred):
            self._assign(target.value, self._list(target, self._elem(value), self._order(value)), None)
            return
        if source is not None and is_number(source):
            value = value._replace(tags=few(value.tags | self._implied()))
        if (
            source is not None
            and self._loops
            and renewed(target, source)
            and not kinds(self.deep(value)) & PROGRAM
        ):
            value = self._with(value, ("decay",))
        here = self._controls[self._frame.floor :]
        if here and ("stats",) in here[-1].tags and is_of_arms(here[-1].tags, self.deep(value)):
            value = self._with(value, ("stat", target.lineno))
        value = self._kept(value, target)
        if isinstance(target, ast.Name):
            value = self._reset(value, self._frame.names.get(target.id, NOTHING), target)
            self._set(target.id, value)
        elif isinstance(target, ast.Attribute):
            base = self._eval(target.value)
            self._graft(target, base, value)
            for cell in self._cells(base):
                old = cell.attrs.get(target.attr, NOTHING)
                cell.attrs[target.attr] = self.join(old, self._reset(value, old, target))
        elif isinstance(target, ast.Subscript):
            self._store(target, value, source)

    def _unpack(self, targets: Sequence[ast.expr], value: Value, source: ast.expr | None) -> None:
        parts = value.parts
        if parts is None and (fields := self._fields(value)):
            parts = tuple(fields)
        sources: Sequence[ast.expr | None] = [None] * len(targets)
        if isinstance(source, (ast.Tuple, ast.List)) and len(source.elts) == len(targets):
            sources = source.elts
        if parts is not None and len(parts) == len(targets) and not value.refs and not any(
            isinstance(each, ast.Starred) for each in targets
        ):  # fmt: skip
            for target, part, own in zip(targets, parts, sources, strict=True):
                self._assign(target, self._picked(part, value.tags), own)
            return
        ordered = any(tag[0] == "sorted" for tag in self._order(value))
        lists = [cell.shown for cell in self._cells(value, "list") if cell.shown]
        if parts is not None:
            lists.append(parts)
        for number, target in enumerate(targets):
            if lists and all(len(each) == len(targets) for each in lists):
                taken = self._picked(self.joined(each[number] for each in lists), value.tags)
            elif isinstance(target, ast.Starred):
                taken = value
            else:
                taken = self._elem(value)
                if ordered and not number:
                    taken = self._with(taken, ("best", target.lineno))
            self._assign(target, taken, None)

    def _set(self, name: str, value: Value) -> None:
        frame = self._frame.foreign.get(name)
        if frame is not None:
            frame.names[name] = self.join(frame.names.get(name, NOTHING), value)
        else:
            self._frame.names[name] = value

    def _store(self, target: ast.Subscript, value: Value, source: ast.expr | None) -> None:
        base, index = self._eval(target.value), self._index(target.slice)
        thrown = kinds(self.deep(index)) & {"chance", "random", "count"}
        self._graft(target, base, self.join(value, index))
        if (
            source is not None
            and same_place(target, source)
            and kinds(self.deep(value)) & {"score", "progress"}
        ):
            value = self._with(value, ("sum", target.lineno))
            if self._is_reward(self._with(base, *index.tags), value):
                value = self._with(value, ("reward",))
        for cell in self._cells(base):
            if "part" in kinds(self.deep(cell.elem)) and thrown:
                value = self._with(value, ("dice",))
            if cell.kind == "dict":
                cell.keys = self.join(cell.keys, index)
                for key in index.consts if len(index.consts) == 1 and not index.tags else ():
                    cell.attrs[key] = self.join(cell.attrs.get(key, NOTHING), value)
                cell.elem = self.join(cell.elem, value)
            elif isinstance(target.slice, ast.Slice):
                cell.elem = self.join(cell.elem, self._elem(value))
                cell.tags |= self._order(value)
                cell.shown = None
            elif cell.kind != "object":
                cell.elem = self.join(cell.elem, value)
                cell.shown = None
            elif cell.of is not None and (method := cell.of.find("__setitem__")) is not None:
                self._call(bound(method, base), [index, value], {}, target)
            else:
                cell.elem, cell.keys = self.join(cell.elem, value), self.join(cell.keys, index)

    def _graft(self, target: ast.Attribute | ast.Subscript, base: Value, value: Value) -> None:
        """Notes that a syntax tree is changed by chance."""
        if base.refs or "part" not in kinds(base.tags):
            return
        chance = any("chance" in kinds(control.tags) for control in self._controls[self._frame.floor :])
        root: ast.expr = target
        while isinstance(root, (ast.Attribute, ast.Subscript)):
            root = root.value
        if isinstance(root, ast.Name) and (chance or kinds(self.deep(value)) & {"chance", "random"}):
            self._set(root.id, self._with(self._eval(loaded(root)), ("dice",)))

    def _do_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                base, index = self._eval(target.value), self.deep(self._index(target.slice))
                for cell in self._cells(base, "list"):
                    self._cut(cell, node.lineno, isinstance(target.slice, ast.Slice))
                    if "part" in kinds(self.deep(cell.elem)) and kinds(index) & {"chance", "random", "count"}:
                        cell.elem = self._with(cell.elem, ("dice",))


def line_of(controls: Sequence[Control], node: ast.stmt) -> int:
    """The line of the condition on scores or progress under which a loop ends."""
    lines = [getattr(c.node, "lineno", 0) for c in controls if kinds(c.tags) & {"score", "progress"}]
    return lines[-1] if lines and lines[-1] else node.lineno
