"""Calls of the program's own functions and classes, of the utility and of the model."""

from __future__ import annotations

import ast

from selftaught.flow.library import Libraries
from selftaught.flow.store import MOST_CALLS_DEEP
from selftaught.flow.values import (
    MADE,
    NOTHING,
    PICKS,
    PROGRAM,
    RANKED,
    Bound,
    Class,
    Frame,
    Function,
    Method,
    Mine,
    Partial,
    Prompt,
    Scored,
    Value,
    aged,
    bound,
    kinds,
    name_of,
    picked_at,
)


class Calls(Libraries):
    """What is called, and what comes of it."""

    def _of_Call(self, node: ast.Call, discards: bool = False) -> Value:
        if isinstance(node.func, ast.Name) and node.func.id == "super" and self._frame.function is not None:
            return next(iter(self._frame.names.values()), NOTHING)
        function = self._eval(node.func)
        args: list[Value] = []
        for each in node.args:
            value = self._eval(each)
            if isinstance(each, ast.Starred):
                parts = [self._picked(part, value.tags) for part in value.parts or ()]
                args += parts or self._fields(value) or self._shown(value) or [self._elem(value)]
            else:
                args.append(value)
        named: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self._eval(keyword.value)
            if keyword.arg is not None:
                named[keyword.arg] = value
                continue
            for cell in self._cells(value, "dict"):
                named |= {key: each for key, each in cell.attrs.items() if isinstance(key, str)}
        return self._call(function, args, named, node, discards)

    def _call(
        self,
        function: Value,
        args: list[Value],
        named: dict[str, Value],
        node: ast.AST,
        discards: bool = False,
    ) -> Value:
        self._step(node)
        result = NOTHING
        own = [each for each in function.funcs if isinstance(each, (Function, Bound, Class, Partial, Mine))]
        for each in sorted(function.funcs, key=name_of)[:8]:
            if isinstance(each, Function):
                found = self._enter(each, args, named, node)
            elif isinstance(each, Bound):
                found = self._call_bound(each, args, named, node)
            elif isinstance(each, Class):
                found = self._make(each, args, named, node)
            elif isinstance(each, Partial):
                found = self._call(Value(funcs=frozenset({each.function})), [*each.args, *args],
                                   {**dict(each.named), **named}, node)  # fmt: skip
            elif isinstance(each, Mine):
                found = self._call_mine(each, args, named, node)
            elif isinstance(each, Method):
                found = NOTHING if own else self._method(each, args, named, node, discards)
            else:
                found = self._lib(each.name, args, named, node, discards)
            result = self.join(result, found)
        for ref in sorted(function.refs):
            cell = self.cells[ref]
            if cell.of is not None and (method := cell.of.find("__call__")) is not None:
                this = Value(function.tags, refs=frozenset({ref}))
                result = self.join(result, self._call(bound(method, this), args, named, node))
        if not function.funcs and not function.refs:
            result = Value(self.data(function, *args, *named.values()))
        picks = frozenset(tag for tag in function.tags if tag[0] in PICKS)
        if picks and not any(isinstance(each, Method) for each in function.funcs):
            result = self._picked(result, picks)
            if len(function.funcs) > 1:
                result = self._with(result, ("hint",))
        return result

    def _call_bound(self, bound: Bound, args: list[Value], named: dict[str, Value], node: ast.AST) -> Value:
        function = bound.function
        if isinstance(function, Function):
            if function.kind == "staticmethod":
                return self._enter(function, args, named, node)
            if function.kind == "classmethod" and function.of is not None:
                return self._enter(function, [Value(funcs=frozenset({function.of})), *args], named, node)
            return self._enter(function, [bound.self_, *args], named, node)
        return self._call(Value(funcs=frozenset({function})), args, named, node)

    def _enter(self, function: Function, args: list[Value], named: dict[str, Value], node: ast.AST) -> Value:
        deep = self._stack.count(function)
        if deep:
            self._again += 1
        if deep > 2 or len(self._stack) >= MOST_CALLS_DEEP:
            return self._known.get(id(function.node), NOTHING)
        frame = Frame({}, function.frame, function, floor=len(self._controls), loops_at=len(self._loops))
        self._bind(frame, function, args, named, node)
        rounds = None
        if deep:  # a new round
            rounds = self._loop_id(function.node)
            self.inside.setdefault(rounds, tuple(self._loops))
            self._frame_of_recursion(frame, function)
            self._loops.append(rounds)
            frame.loops_at = len(self._loops)
        old, self._frame = self._frame, frame
        self._stack.append(function)
        self._calls.append(getattr(node, "lineno", 0) * 1000 + getattr(node, "col_offset", 0))
        breaks, self._breaks = self._breaks, []
        if function.cached:
            self._control(frozenset({("lookup", -1, function.node.lineno)}), function.node, True)
        try:
            if isinstance(function.node, ast.Lambda):
                result = self._eval(function.node.body)
            else:
                self._block(function.node.body)
                result = self._result(frame, function.node)
        finally:
            if function.cached:
                self._controls.pop()
            self._breaks = breaks
            self._calls.pop()
            self._stack.pop()
            self._frame = old
            if rounds is not None:
                self._loops.pop()
        del self._controls[frame.floor :]
        self._known[id(function.node)] = self.join(self._known.get(id(function.node), NOTHING), result)
        return result

    def _frame_of_recursion(self, frame: Frame, function: Function) -> None:
        caller: Frame | None = self._frame
        while caller is not None and caller.function is not function:
            caller = caller.above
        if self._is_round(self._loop_id(function.node)) or any("prompt" in each for each in self.busy.values()) or (
            self.prompts
        ):  # fmt: skip
            self._age()
        for name, value in frame.names.items():
            value = aged(value)
            if caller is not None and name in caller.names:
                new, before = kinds(self.deep(value)), kinds(self.deep(caller.names[name]))
                if "initial" in new and not new & MADE and before & MADE:
                    under: set[str] = set()
                    for control in self._controls[caller.floor :]:
                        under |= kinds(control.tags)
                    if under & {"score", "progress"}:
                        value = self._with(value, ("restart", function.node.lineno, True))
            frame.names[name] = value

    def _bind(
        self, frame: Frame, function: Function, args: list[Value], named: dict[str, Value], node: ast.AST
    ) -> None:
        spec = function.node.args
        positional = [each.arg for each in (*spec.posonlyargs, *spec.args)]
        for name, default in function.defaults.items():
            frame.names[name] = default
        for name, value in zip(positional, args, strict=False):
            frame.names[name] = value
        if spec.vararg is not None:
            rest = args[len(positional) :]
            frame.names[spec.vararg.arg] = self._list(spec.vararg, self.joined(rest), (), tuple(rest))
        known = {*positional, *(each.arg for each in spec.kwonlyargs)}
        extra = {}
        for name, value in named.items():
            if name in known:
                frame.names[name] = value
            else:
                extra[name] = value
        if spec.kwarg is not None:
            made = self._new("dict", spec.kwarg, self.joined(extra.values()))
            self._cells(made)[0].attrs.update(extra)
            frame.names[spec.kwarg.arg] = made
        for name in known:
            frame.names.setdefault(name, NOTHING)

    def _result(self, frame: Frame, node: ast.AST) -> Value:
        """What a function returns: chance may decide between one at random and the best here too."""
        values = []
        for number, (value, controls) in enumerate(frame.returns):
            for other, others in frame.returns[number + 1 :][:8]:
                for control in controls:
                    opposite = any(
                        each.node is control.node and each.holds != control.holds for each in others
                    )
                    if (
                        opposite
                        and "chance" in kinds(control.tags)
                        and self._is_greedy(value, other, control.tags)
                    ):
                        value = self._with(value, ("eps", getattr(control.node, "lineno", 0)))
                    if (
                        opposite and "cmp" in kinds(control.tags) and self._loops
                        and kinds(self.deep(value)) & MADE and kinds(self.deep(other)) & PROGRAM
                        and not value.refs
                    ):  # fmt: skip
                        value = self._with(value, ("best", getattr(control.node, "lineno", 0)))
            values.append(value)
        result = self.joined(values)
        if frame.yields is not None:
            many = [("many",)] if kinds(self.deep(frame.yields)) & MADE else []
            return self._list(node, self.join(frame.yields, result), many)
        return result

    def _make(self, of: Class, args: list[Value], named: dict[str, Value], node: ast.AST) -> Value:
        made = self._new("object", node, of=of)
        cell = self._cells(made)[0]
        start = of.find("__init__")
        if start is not None:
            self._call(bound(start, made), args, named, node)
            return made
        for name, value in (*zip(of.fields, args, strict=False), *named.items()):
            cell.attrs[name] = self.join(cell.attrs.get(name, NOTHING), value)
        for name in of.fields[len(args) :]:
            default = of.find(name)
            if name not in named and default is not None:
                cell.attrs[name] = self.join(cell.attrs.get(name, NOTHING), default)
        if not of.fields:
            cell.elem = self.join(cell.elem, self.joined(self._elem(each) for each in args))
        after = of.find("__post_init__")
        if after is not None:
            self._call(bound(after, made), [], {}, node)
        return made

    def _call_mine(self, what: Mine, args: list[Value], named: dict[str, Value], node: ast.AST) -> Value:
        line = getattr(node, "lineno", 0)
        first = args[0] if args else next(iter(named.values()), NOTHING)
        if what.whose == "utility":
            tags = self.deep(first)
            subject = bool(kinds(tags) & MADE)
            if what.name == "why":
                return Value(frozenset({("why", subject)}))
            self._mark("again" if kinds(tags) & RANKED and "spliced" not in kinds(tags) else "score")
            lookups = frozenset(
                (tag[1], tag[2]) for control in self._controls for tag in control.tags if tag[0] == "lookup"
            )
            lookups |= {(tag[1], tag[2]) for tag in tags if tag[0] == "unseen"}
            self._record(Scored(line, tags, tuple(self._loops), lookups))
            of = {("of", *each) for each in picked_at(tags)}
            score = Value(frozenset({("score", subject), *of}))
            if what.name == "many":
                return self._list(node, score)
            return score
        if what.name not in ("prompt", "batch_prompt"):
            return NOTHING
        names = ["expertise", "message", "n_responses", "temperature", "model"]
        if what.name == "batch_prompt":
            names = ["expertise", "messages", "temperature", "model"]
        given = dict(zip(names, args, strict=False)) | named
        message = given.get("message", NOTHING)
        if what.name == "batch_prompt":
            message = self._elem(given.get("messages", NOTHING))
        texts = self.composed([message, given.get("expertise", NOTHING)], line)
        key = (line, getattr(node, "col_offset", 0), tuple(self._calls[-4:]))
        site = self._sites.setdefault(key, len(self._sites))
        self._mark("prompt")
        tags = texts.tags | self.deep(message)
        heat, model = given.get("temperature", NOTHING), given.get("model", NOTHING)
        loops = tuple(self._loops)
        for number, old in enumerate(self.prompts):
            if (old.site, old.loops) == (site, loops):  # in a later round
                heat, model = self.join(old.temperature, heat), self.join(old.model, model)
                del self.prompts[number]
                tags |= old.message
                break
        self.prompts.append(Prompt(site, line, tags, heat, model, loops))
        return self._list(node, Value(frozenset({("ans", site)})), [("many",)])

    def _record(self, scored: Scored) -> None:
        if scored not in self.scored[-40:]:
            self.scored.append(scored)
