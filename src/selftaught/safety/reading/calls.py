"""Calls of whatever may be called, and text of the program's own that it executes: a layer of the machine."""

from __future__ import annotations

import ast
from collections.abc import Callable

from selftaught.safety.reading import library
from selftaught.safety.reading.core import FALL, Frame
from selftaught.safety.reading.knowing import deep
from selftaught.safety.reading.marks import SCORE
from selftaught.safety.reading.objects import Objects
from selftaught.safety.reading.values import (
    ABSENT,
    NONE,
    NOTHING,
    Absent,
    Arguments,
    Bound,
    Choice,
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
    Method,
    Partial,
    Scope,
    Sender,
    Super,
    Table,
    Unknown,
    Value,
    Wrapped,
    join,
    join_all,
    options,
)
from selftaught.syntax import parsed

_DEEPEST = 14  # calls in calls
_LONGEST = 50_000  # characters of text of its own that a program executes


class Calls(Objects):
    """Functions of the program are carried out at each call; what libraries do is in ``library``."""

    def call(self, function: Value, arguments: Arguments) -> Value:
        """Carry out a call of whatever may be called."""
        self.step()
        if isinstance(function, Choice):
            found: list[Value] = []
            callable_ones = [one for one in function.options if not isinstance(one, (Known, Absent))]

            def arm(one: Value) -> Callable[[], int]:
                def go() -> int:
                    found.append(self.call(one, arguments))
                    return FALL

                return go

            if len(callable_ones) == 1:
                return self.call(callable_ones[0], arguments)
            if callable_ones:
                self.fork([arm(one) for one in callable_ones])
            return join_all(found) if found else NOTHING
        if isinstance(function, Function):
            return self._call_function(function, arguments)
        if isinstance(function, Bound):
            inner = function.function
            return self.call(
                inner,
                Arguments(
                    [function.owner, *arguments.values], arguments.named, arguments.more, arguments.named_more
                ),
            )
        if isinstance(function, Partial):
            given = function.arguments
            return self.call(
                function.function,
                Arguments(
                    [*given.values, *arguments.values],
                    {**given.named, **arguments.named},
                    given.more or arguments.more,
                    given.named_more or arguments.named_more,
                ),
            )
        if isinstance(function, Method):
            return library.method(self, function.owner, function.name, arguments)
        if isinstance(function, Class):
            return self.make(function, arguments)
        if isinstance(function, Instance):
            method = function.kind.find("__call__")
            if method is not None:
                return self.call(self.bind(method, function), arguments)
            for base in function.kind.foreign():
                return library.call(self, Library(base.path + "()", function.held), arguments)
            return NOTHING
        if isinstance(function, Sender):
            return self._send(function, arguments)
        if isinstance(function, Wrapped):
            return self.call(function.function, arguments)
        if isinstance(function, Given):
            return library.ask(self, function, "()", arguments)
        if isinstance(function, GivenPart):
            return library.ask(self, function.owner, function.name, arguments)
        if isinstance(function, Library):
            return library.call(self, function, arguments)
        return library.unknown_call(self, function, arguments)

    def _send(self, sender: Sender, arguments: Arguments) -> Value:
        target = arguments.get(0)
        if target is None:
            return NOTHING
        given = sender.arguments
        if sender.how == "methodcaller" and given.values:
            rest = Arguments(given.values[1:], given.named, given.more, given.named_more)
            return self.call(self.named_attribute(target, given.values[0]), rest)
        found = []
        for name in given.values:
            if sender.how == "attrgetter" and isinstance(name, Known) and isinstance(name.value, str):
                value = target
                for part in name.value.split(".")[:10]:
                    value = self.attribute(value, part)
                found.append(value)
            else:
                found.append(
                    self.named_attribute(target, name)
                    if sender.how == "attrgetter"
                    else self.subscript(target, name)
                )
        return found[0] if len(found) == 1 else Items("tuple", Contents(tuple(found)))

    def _call_function(self, function: Function, arguments: Arguments) -> Value:
        running = sum(
            frame.function is not None and frame.function.node is function.node for frame in self.frames
        )
        if running > 1 or len(self.frames) > _DEEPEST:
            self._recurse(function, arguments)
            marks = 0
            for one in arguments.every():
                marks |= deep(one)
            return Unknown(marks)
        variables = self._parameters(function, arguments)
        if function.generates:
            return Generator(function, variables)
        return self.run(function, variables)[0]

    def _recurse(self, function: Function, arguments: Arguments) -> None:
        """A function that asks for something calls itself, perhaps with nothing that ends it."""
        first = next(
            (one for one in self.frames if one.function and one.function.node is function.node), None
        )
        counted = any(
            (isinstance(one, Known) and isinstance(one.value, (int, float)))
            or (isinstance(one, Unknown) and one.kind == "number" and not one.marks & SCORE)
            for value in arguments.every()
            for one in options(value)
        )
        guarded = self.governed or any(frame.guarded for frame in self.frames)
        if first is not None and self.asked > first.asked and not counted and not guarded:
            self.see(
                "budget",
                "a function that asks calls itself, with nothing that ends it when the budget is used up",
            )

    def run(
        self, function: Function, variables: dict[str, Value], sent: Value | None = None
    ) -> tuple[Value, Contents | None]:
        """Carry out a function: what it returns, and what it yields."""
        scope = Scope("function", function.scope, dict(variables))
        frame = Frame(scope, function, len(self.loops), self.forks)
        frame.asked = self.asked
        if function.generates:
            frame.yields, frame.sent = [], sent or NONE
        if (
            sum(one.function is not None and one.function.node is function.node for one in self.frames) > 1
            or len(self.frames) > _DEEPEST
        ):
            return NOTHING, Contents(None, NOTHING)
        line = self.line
        self.frames.append(frame)
        try:
            node = function.node
            if isinstance(node, ast.Lambda):
                frame.returns.append(self.value(node.body))
            elif self.block(node.body) & FALL:
                frame.returns.append(NONE)
        finally:
            self.frames.pop()
            self.line = line
        result = join_all(frame.returns) if frame.returns else NONE
        if isinstance(result, Choice) and frame.control:
            result = Choice(result.options, result.marks | frame.control)
        if frame.yields is None:
            return result, None
        if frame.exact and len(frame.yields) <= 64:
            return result, Contents(tuple(frame.yields))
        return result, Contents(None, join_all(frame.yields) if frame.yields else None)

    def run_generator(self, generator: Generator) -> Contents:
        """What a generator yields; carried out when it is first asked."""
        done = generator.state["yielded"]
        if done is not None:
            return done.contents  # type: ignore[no-any-return]
        result, contents = self.run(generator.function, generator.arguments, generator.state["sent"])
        contents = contents or Contents()
        self.put(generator.state, "yielded", Items("held", contents))
        self.put(generator.state, "result", result)
        return contents

    def _parameters(self, function: Function, arguments: Arguments) -> dict[str, Value]:
        args = function.node.args
        names = [arg.arg for arg in (*args.posonlyargs, *args.args)]
        variables: dict[str, Value] = {}
        for name, value in zip(names, arguments.values, strict=False):
            variables[name] = value
        extra = arguments.values[len(names) :]
        if args.vararg is not None:
            contents = Contents(tuple(extra))
            if arguments.more is not None:
                contents = Contents(None, join_all([*extra, arguments.more]))
            variables[args.vararg.arg] = Items("tuple", contents)
        named = dict(arguments.named)
        only = [arg.arg for arg in args.kwonlyargs]
        first_default = len(names) - len(function.defaults)
        for index, name in enumerate([*names, *only]):
            default: Value | None = None
            if index < len(names):
                if index >= first_default:
                    default = function.defaults[index - first_default]
            else:
                default = function.key_defaults.get(name)
            if name in variables:
                named.pop(name, None)
                continue
            if name in named:
                value = named.pop(name)
                if ABSENT in options(value):
                    value = join(self.present(value), default if default is not None else NOTHING)
            else:
                parts = [default] if default is not None else []
                if arguments.more is not None and index < len(names):
                    parts.append(arguments.more)
                if arguments.named_more is not None:
                    parts.append(arguments.named_more)
                value = join_all(part for part in parts if part is not None) if parts else NOTHING
            variables[name] = value
        if args.kwarg is not None:
            table = Table(dict(named))
            if arguments.named_more is not None:
                table.rest = {"key": Unknown(kind="str"), "value": arguments.named_more}
            variables[args.kwarg.arg] = table
        return variables

    def _super_of(self) -> Value:
        for frame in reversed(self.frames):
            function = frame.function
            if (
                function is not None
                and function.owner is not None
                and isinstance(function.node, (ast.FunctionDef, ast.AsyncFunctionDef))
            ):
                first = [*function.node.args.posonlyargs, *function.node.args.args][:1]
                if first:
                    return Super(function.owner, frame.scope.variables.get(first[0].arg, NOTHING))
        return NOTHING

    def execute_text(self, text: str, scope: Scope, single: bool) -> Value:
        """Carry out text of the program's own, as ``exec`` and ``eval`` would."""
        tree = parsed(text.strip() if single else text, _LONGEST)
        if isinstance(tree, str) or (self.quoted and len(self.frames) > 8):
            return NOTHING
        expression = tree.body[0] if single and len(tree.body) == 1 else None
        if single and not isinstance(expression, ast.Expr):
            return NOTHING
        line, self.quoted = self.quoted, self.quoted or self.line
        self.frames.append(Frame(scope, None, len(self.loops), self.forks))
        try:
            if isinstance(expression, ast.Expr):
                return self.value(expression.value)
            self.block(tree.body)
            return NONE
        finally:
            self.frames.pop()
            self.quoted = line
