"""Carries out a program without running it: statements, expressions, calls, on what is known of values.

Where a condition is not known both ways are taken, one after the other from the same state, and what each made of it
is joined. A loop whose length is not known is gone through until nothing changes, three times at most. Calls of the
program's own functions are carried out at each call. What libraries do is in :mod:`.library`. Nothing of the program
is ever executed; of Python's own functions only harmless ones are, on small constants.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from selftaught.safety.reading import folding, library
from selftaught.safety.reading.values import (
    ABSENT,
    ANSWER,
    BUDGET,
    CONTROL,
    CUT,
    DISTINCT,
    ENDLESS,
    FALSE,
    GUARD,
    GUARD_SOME,
    HAS,
    INFLATED,
    LACKS,
    MOVED,
    NONE,
    NOTHING,
    NUMERIC,
    PIECE,
    SCORE,
    START,
    TRUE,
    UNLIMITED,
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
    Thing,
    Unknown,
    Value,
    Wrapped,
    deep,
    join,
    join_all,
    join_contents,
    join_tables,
    of_limits,
    options,
    same,
    same_contents,
    truth,
)

__all__ = ["Exhausted", "Machine", "Sign"]

# How a statement may end; a set of these is an int.
FALL, BREAK, CONTINUE, RETURN, RAISE = 1, 2, 4, 8, 16
_MISSING: Any = object()
_UNROLLED = 24  # a list of so many is gone through one by one
_DEEPEST = 14  # calls in calls


class Exhausted(Exception):
    """The program takes more steps than were allowed."""


@dataclass
class Sign:
    """Something that was seen: its kind, why it counts, the numbers of the lines that show it."""

    kind: str
    why: str
    lines: set[int]
    sure: bool = True


@dataclass
class Loop:
    """A loop that is gone through: how often at most, and what was asked for in it with no look at a budget."""

    line: int
    bound: float | None  # how often; None: as often as there are data; infinity: nothing ends it
    guarded: bool = False
    events: dict[tuple[str, int], float] = field(default_factory=dict)


@dataclass
class Frame:
    """A call that is carried out."""

    scope: Scope
    function: Function | None
    line: int
    loops: int
    forks: int
    returns: list[Value] = field(default_factory=list)
    control: int = 0
    guarded: bool = False
    yields: list[Value] | None = None
    exact: bool = True
    sent: Value = NONE
    asked: int = 0


@dataclass
class _End:
    outcome: int
    changes: dict[tuple[int, Any], tuple[dict[Any, Any], Any, Any, Any]]


class Machine:
    """Reads one program. ``signs`` are what was seen; ``steps`` how many expressions and statements it took."""

    def __init__(self, most_steps: int) -> None:
        self.most_steps = most_steps
        self.steps = 0
        self.signs: dict[tuple[str, str], Sign] = {}
        self.line = 0
        self.quoted = (
            0  # the line of the call that executes the program's own text, whose lines are not the file's
        )
        self.trail: list[tuple[dict[Any, Any], Any, Any]] = []
        self.changed = False
        self.forks = 0
        self.loops: list[Loop] = []
        self.events: dict[tuple[str, int], float] = {}
        self.frames: list[Frame] = []
        self.governed = 0
        self.asked = 0
        self.utility, self.model = Given("utility"), Given("model")
        self.module = Scope("module")
        self.called = ""  # the path of the function of a library that is carried out
        self.own_files: set[str] = set()  # names of files that the program writes
        self.written = 0  # marks of what was written to files
        self.hooks: list[Value] = []  # what was put where imports are looked up
        self.later: list[tuple[Value, Arguments]] = []  # what runs beside the program
        self.whole = False  # some prompt has the whole description
        self.cuts: dict[int, bool] = {}  # lines of prompts with a part of it: whether chosen against limits
        self.kept_trees: list[ast.AST] = []  # of texts that were executed

    # The whole program

    def read(self, tree: ast.Module, entry: str) -> None:
        """Carry out the module, then the entry function with a program, the utility and the model."""
        self.module.variables.update(
            {"__name__": Known("improver"), "__file__": Unknown(kind="str", truth=True)}
        )
        self.frames.append(Frame(self.module, None, 0, 0, 0))
        if not self._block(tree.body) & FALL:
            return
        function = self.module.variables.get(entry)
        if function is None:
            function = next(
                (
                    value
                    for value in reversed(self.module.variables.values())
                    if isinstance(value, Function)
                    and isinstance(value.node, ast.FunctionDef)
                    and len(value.node.args.args) == 3
                ),
                None,
            )
        if function is None:
            return
        start = Unknown(START, "str", True)
        result = self.call(function, Arguments([start, self.utility, self.model]))
        for one in options(result):
            if isinstance(one, Generator):
                self._run_generator(one)
        for function, arguments in list(self.later):
            self.call(function, arguments)  # again, with what came to be meanwhile
        self.settle(self.events)

    def settle(self, events: dict[tuple[str, int], float]) -> None:
        """What was asked for outside loops, or in loops of a constant length, with no look at a budget."""
        for role, most in (("model", 8.0), ("utility", 40.0)):
            asked = {line: times for (who, line), times in events.items() if who == role}
            if sum(asked.values()) >= most:
                what = "calls of the model" if role == "model" else "scores"
                self.see("budget", f"asks for {sum(asked.values()):g} {what} whatever the budget is", asked)

    def see(self, kind: str, why: str, lines: Iterable[int] = (), sure: bool = True) -> None:
        """Note a sign, at the line that is carried out and those from which it was called."""
        places = {*lines, self.line} - {0}
        sign = self.signs.setdefault((kind, why), Sign(kind, why, set(), sure))
        sign.lines |= places
        sign.sure |= sure

    def _step(self) -> None:
        self.steps += 1
        if self.steps > self.most_steps:
            raise Exhausted

    def _at(self, node: ast.AST) -> None:
        self.line = self.quoted or getattr(node, "lineno", self.line)

    def site(self, node: object, what: str = "") -> object:
        """A token for all that is made at this place of the program."""
        return (id(node), what, self.quoted) if node is not None else None

    # State: everything that changes lies in dicts, and every change goes through here

    def put(self, place: dict[Any, Any], key: Any, value: Any) -> None:
        """Set an entry, so that it can be taken back."""
        self.trail.append((place, key, place.get(key, _MISSING)))
        place[key] = value

    def drop(self, place: dict[Any, Any], key: Any) -> None:
        """Remove an entry, so that it can be taken back."""
        if key in place:
            self.trail.append((place, key, place[key]))
            del place[key]

    def fork(self, arms: Sequence[Callable[[], int]], control: int = 0, wide: bool = False) -> list[int]:
        """Take each way from the same state, and join what they come to. Gives how each may end."""
        outer, ends = self.trail, list[_End]()
        self.forks += 1
        try:
            for arm in arms:
                self.trail = []
                try:
                    outcome = arm()
                finally:
                    trail, self.trail = self.trail, outer
                changes: dict[tuple[int, Any], tuple[dict[Any, Any], Any, Any, Any]] = {}
                for place, key, old in trail:
                    spot = (id(place), key)
                    if spot not in changes:
                        changes[spot] = (place, key, old, place.get(key, _MISSING))
                for place, key, old, _ in changes.values():
                    if old is _MISSING:
                        place.pop(key, None)
                    else:
                        place[key] = old
                ends.append(_End(outcome, changes))
        finally:
            self.forks -= 1
        self.changed = False
        own = id(self.frames[-1].scope.variables)
        for spot in {spot: None for end in ends for spot in end.changes}:
            place, key, old, _ = next(end.changes[spot] for end in ends if spot in end.changes)
            found: list[Any] = []
            for end in ends:
                if spot[0] == own and not end.outcome & (FALL | BREAK | CONTINUE):
                    continue  # the call or the program ends there, and its variables with it
                found.append(end.changes[spot][3] if spot in end.changes else old)
            if not found:
                continue
            new = found[0]
            for one in found[1:]:
                new = self._joined(new, one, isinstance(key, str) and key == "contents", wide, control)
            if new is old:
                continue
            if isinstance(old, Contents) and isinstance(new, Contents):
                self.changed |= not same_contents(old, new)
            elif old is _MISSING or not isinstance(old, Value) or not same(old, new):
                self.changed = True
            if new is _MISSING:
                self.drop(place, key)
            else:
                self.put(place, key, new)
        return [end.outcome for end in ends]

    def _joined(self, a: Any, b: Any, contents: bool, wide: bool, control: int) -> Any:
        if a is b:
            return a
        if isinstance(a, Contents) and isinstance(b, Contents):
            if wide and a.items is not None and b.items is not None and len(a.items) != len(b.items):
                both = join_contents(a, b)
                return Contents(None, both.each, both.marks, None)
            return join_contents(a, b)
        if a is _MISSING or b is _MISSING:
            present = b if a is _MISSING else a
            return present if not isinstance(present, Value) else join(ABSENT, present)
        if isinstance(a, Value) and isinstance(b, Value):
            joined = join(a, b, wide)
            if control & CONTROL and isinstance(joined, Choice):
                return Choice(joined.options, joined.marks | control & CONTROL)
            return joined
        return b

    # Statements

    def _block(self, statements: Sequence[ast.stmt]) -> int:
        outcome = 0
        for statement in statements:
            self._step()
            self._at(statement)
            method = _STATEMENTS.get(type(statement))
            ended = method(self, statement) if method else FALL
            outcome |= ended & ~FALL
            if not ended & FALL:
                return outcome
        return outcome | FALL

    def _do_expr(self, node: ast.Expr) -> int:
        self._value(node.value)
        return FALL

    def _do_assign(self, node: ast.Assign) -> int:
        value = self._value(node.value)
        for target in node.targets:
            self._assign(target, value)
        return FALL

    def _do_ann_assign(self, node: ast.AnnAssign) -> int:
        if node.value is not None:
            self._assign(node.target, self._value(node.value))
        elif isinstance(node.target, ast.Name) and self.frames[-1].scope.kind == "class":
            self.frames[-1].scope.variables.setdefault("__annotations__", Table())
        return FALL

    def _do_aug_assign(self, node: ast.AugAssign) -> int:
        target = node.target
        if isinstance(target, ast.Name):
            old = self._lookup(target.id)
        elif isinstance(target, ast.Attribute):
            old = self.attribute(self._value(target.value), target.attr)
        else:
            old = self.subscript(self._value(target.value), self._value(target.slice))
        given = self._value(node.value)
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
            new = self.binary(node.op, old, given, node)
        self._assign(target, new)
        return FALL

    def _assign(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self._store(target.id, value)
        elif isinstance(target, ast.Attribute):
            owner = self._value(target.value)
            self._at(target)
            self.set_attribute(owner, target.attr, value)
        elif isinstance(target, ast.Subscript):
            owner = self._value(target.value)
            key = self._value(target.slice)
            self._at(target)
            self.set_item(owner, key, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, value)
        elif isinstance(target, ast.Starred):
            self._assign(target.value, value)

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
                self._assign(target, part)
            return
        each = contents.element()
        if deep(each) & PIECE:
            each = _chosen(each, CUT)
        for target in targets:
            if isinstance(target, ast.Starred):
                self._assign(target, Items("list", Contents(None, each, contents.marks)))
            else:
                self._assign(target, each)

    def _store(self, name: str, value: Value) -> None:
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
                owner, key = self._value(target.value), self._value(target.slice)
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
                owner = self._value(target.value)
                if isinstance(owner, (Given, GivenPart)):
                    self.set_attribute(owner, target.attr, NOTHING)
        return FALL

    def _do_return(self, node: ast.Return) -> int:
        value = self._value(node.value) if node.value is not None else NONE
        self.frames[-1].returns.append(value)
        return RETURN

    def _do_raise(self, node: ast.Raise) -> int:
        if node.exc is not None:
            self._value(node.exc)
        return RAISE

    def _do_assert(self, node: ast.Assert) -> int:
        self._value(node.test)
        self.refine(node.test, True)
        return FALL

    def _do_break(self, node: ast.Break) -> int:
        return BREAK

    def _do_continue(self, node: ast.Continue) -> int:
        return CONTINUE

    def _do_if(self, node: ast.If) -> int:
        test = self._value(node.test)
        sure = self.true(test)
        if sure is not None:
            return self._block(node.body if sure else node.orelse)
        marks = guarding(test)
        governs = bool(marks & (GUARD | GUARD_SOME))

        frame = self.frames[-1]

        def arm(body: Sequence[ast.stmt], way: bool) -> Callable[[], int]:
            def go() -> int:
                self.refine(node.test, way, test)
                returned = len(frame.returns)
                outcome = self._block(body)
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

    def guard(self, ends: Iterable[int]) -> None:
        """Something ends here when a budget is used up."""
        frame = self.frames[-1]
        for end in ends:
            if end & FALL:
                continue
            if end & (RETURN | RAISE):
                frame.guarded = True
                for loop in self.loops[frame.loops :]:
                    loop.guarded = True
            elif end & (BREAK | CONTINUE) and len(self.loops) > frame.loops:
                self.loops[-1].guarded = True

    def _do_for(self, node: ast.For | ast.AsyncFor) -> int:
        contents = self.contents(self._value(node.iter))
        self._at(node)
        loop = Loop(self.line, bound_of(contents))
        self.loops.append(loop)
        outcome = 0
        try:
            if contents.items is not None and len(contents.items) <= _UNROLLED:
                loop.bound = 1.0  # each time is counted as it comes
                for item in contents.items:
                    self._assign(node.target, item)
                    ended = self._block(node.body)
                    outcome |= ended
                    if not ended & (FALL | CONTINUE):
                        break
            else:

                def once() -> int:
                    self._assign(node.target, contents.element())
                    return self._block(node.body)

                outcome = self.again(once)
        finally:
            self.loops.pop()
        self.leave(loop)
        ended = FALL
        if node.orelse:
            ended = self._block(node.orelse) | (FALL if outcome & BREAK else 0)
        return ended | outcome & (RETURN | RAISE)

    def again(self, once: Callable[[], int]) -> int:
        """Go through a loop of unknown length until nothing changes; three times at most, two in a loop."""
        outcome = 0
        for _ in range(3 if len(self.loops) < 2 else 2):
            outcome |= self.fork([once, lambda: FALL], wide=True)[0]
            if not self.changed:
                break
        return outcome

    def leave(self, loop: Loop) -> None:
        """What was asked for in a loop counts for the one around it."""
        if loop.guarded or not loop.events:
            return
        if loop.bound == float("inf"):
            asked = {line for _, line in loop.events}
            what = " and ".join(sorted({role for role, _ in loop.events}))
            self.see(
                "budget",
                f"a loop asks the {what} with nothing that ends it when the budget is used up",
                {*asked, loop.line},
            )
            return
        around = self.loops[-1].events if self.loops else self.events
        for place, times in loop.events.items():
            around[place] = min(around.get(place, 0) + times * (loop.bound or 1.0), 1e9)

    def spend(self, role: str, times: float = 1.0) -> None:
        """The utility or the model is asked here."""
        self.asked += 1
        if self.governed or any(frame.guarded for frame in self.frames):
            return
        events = self.loops[-1].events if self.loops else self.events
        place = (role, self.line)
        events[place] = events.get(place, 0) + times if self.forks == 0 else max(events.get(place, 0), times)

    def _do_while(self, node: ast.While) -> int:
        loop = Loop(self.quoted or node.lineno, float("inf"))
        self.loops.append(loop)
        outcome, endless = 0, False
        try:
            always = isinstance(node.test, ast.Constant) and bool(node.test.value)
            for turn in range(9):
                test = self._value(node.test)
                sure = self.true(test)
                if sure is not True or always or turn == 8:
                    break
                ended = self._block(node.body)
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
                        again = self._value(node.test)
                        if guarding(again) & GUARD:
                            loop.guarded = True
                        self.refine(node.test, True, again)
                    return self._block(node.body)

                outcome |= self.again(once)
                if not always:
                    if guarding(self._value(node.test)) & GUARD:
                        loop.guarded = True
                    self.refine(node.test, False)
        finally:
            self.loops.pop()
        self.leave(loop)
        if node.orelse and not endless:
            outcome |= self._block(node.orelse)
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
            sides = [self._value(test.left), self._value(test.comparators[0])]
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
        value = self._value(test)
        if any(isinstance(one, (Items, Table)) for one in options(value)):
            return None
        return float("inf")

    def _do_try(self, node: ast.Try) -> int:
        asked, kept = self.asked, self.frames[-1].control
        outcome = self._block(node.body)
        self.frames[-1].control = kept | self.frames[-1].control
        caught = self.asked > asked
        if outcome & FALL and node.orelse:
            outcome = outcome & ~FALL | self._block(node.orelse)
        if node.handlers:

            def arm(handler: ast.ExceptHandler) -> Callable[[], int]:
                def go() -> int:
                    if handler.type is not None:
                        self._value(handler.type)
                    if handler.name:
                        self._store(handler.name, Unknown(kind="error", truth=True))
                    return self._block(handler.body)

                return go

            ends = self.fork([lambda: outcome, *map(arm, node.handlers)])
            outcome &= ~RAISE
            for end in ends[1:]:
                outcome |= end
            if caught:
                self.guard(
                    end
                    for end, handler in zip(ends[1:], node.handlers, strict=True)
                    if _broad(handler.type) and not end & CONTINUE
                )
        if node.finalbody:
            last = self._block(node.finalbody)
            outcome = outcome if last & FALL else last
        return outcome

    def _do_with(self, node: ast.With | ast.AsyncWith) -> int:
        exits: list[tuple[Value, Value]] = []
        forgiving = False
        for item in node.items:
            manager = self._value(item.context_expr)
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
                self._assign(item.optional_vars, entered)
        outcome = self._block(node.body)
        for leave, one in exits:
            self.call(Bound(leave, one), Arguments([NONE, NONE, NONE]))
        if forgiving:
            outcome = outcome & ~RAISE | FALL
        return outcome

    def _do_match(self, node: ast.Match) -> int:
        subject = self._value(node.subject)
        arms: list[Callable[[], int]] = []
        for case in node.cases:

            def go(case: ast.match_case = case) -> int:
                self._capture(case.pattern, subject)
                if case.guard is not None:
                    self._value(case.guard)
                return self._block(case.body)

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
                self._value(pattern.value) if isinstance(pattern, ast.MatchValue) else Known(pattern.value)
            )
            if isinstance(wanted, Known):
                return bool(wanted.value == subject.value)
        return None

    def _capture(self, pattern: ast.pattern, subject: Value) -> None:
        for node in ast.walk(pattern):
            name = getattr(node, "name", None) or getattr(node, "rest", None)
            if isinstance(name, str):
                whole = node is pattern or (isinstance(node, ast.MatchAs) and node.pattern is pattern)
                self._store(name, subject if whole else self.contents(subject).element())

    def _do_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        value: Value = self._function(node)
        for decorator in reversed(node.decorator_list):
            given = self._value(decorator)
            self._at(node)
            value = library.decorate(self, given, value)
        self._store(node.name, value)
        return FALL

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Function:
        args = node.args
        defaults = [self._value(default) for default in args.defaults]
        key_defaults = {
            arg.arg: self._value(default)
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
        bases = [self._value(base) for base in node.bases if not isinstance(base, ast.Starred)]
        keywords = {keyword.arg: self._value(keyword.value) for keyword in node.keywords if keyword.arg}
        scope = Scope("class", self.frames[-1].scope)
        frame = Frame(scope, None, self.line, len(self.loops), self.forks)
        self.frames.append(frame)
        try:
            self._block(node.body)
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
                    member = Instance(kind, self.site(node, name))
                    member.attributes.update({"value": value, "_value_": value, "name": Known(name)})
                    self.put(scope.variables, name, member)
        for name, value in list(scope.variables.items()):
            for function in (value, *_behind(value)):
                if isinstance(function, Function) and function.owner is None:
                    function.owner = kind
            if isinstance(value, Instance):
                hook = value.kind.find("__set_name__")
                if hook is not None:
                    self.call(Bound(hook, value), Arguments([kind, Known(name)]))
        for base in kind.lineage()[1:]:
            hook = base.namespace.get("__init_subclass__")
            if hook is not None:
                self.call(
                    Bound(hook.function if isinstance(hook, Wrapped) else hook, kind), Arguments([], keywords)
                )
                break
        for decorator in reversed(node.decorator_list):
            made = library.decorate(self, self._value(decorator), made)
        self._store(node.name, made)
        return FALL

    def _do_import(self, node: ast.Import) -> int:
        for alias in node.names:
            path = alias.name if alias.asname else alias.name.partition(".")[0]
            library.imported(self, alias.name)
            self._store(alias.asname or path, Library(path))
        return FALL

    def _do_import_from(self, node: ast.ImportFrom) -> int:
        module = node.module or ""
        library.imported(self, module)
        for alias in node.names:
            if alias.name == "*":
                self.frames[-1].scope.stars.append(module)
            else:
                library.imported(self, f"{module}.{alias.name}")
                self._store(alias.asname or alias.name, library.member(self, Library(module), alias.name))
        return FALL

    # Expressions

    def _value(self, node: ast.expr) -> Value:
        self._step()
        method = _EXPRESSIONS.get(type(node))
        return method(self, node) if method else NOTHING

    def _on_constant(self, node: ast.Constant) -> Value:
        return Known(node.value, self.quoted or node.lineno)

    def _on_name(self, node: ast.Name) -> Value:
        return self._lookup(node.id)

    def _lookup(self, name: str) -> Value:
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

    def _on_attribute(self, node: ast.Attribute) -> Value:
        owner = self._value(node.value)
        self._at(node)
        return self.attribute(owner, node.attr)

    def _on_subscript(self, node: ast.Subscript) -> Value:
        owner = self._value(node.value)
        key = self._value(node.slice)
        self._at(node)
        return self.subscript(owner, key)

    def _on_slice(self, node: ast.Slice) -> Value:
        parts = [
            self._value(part) if part is not None else NONE for part in (node.lower, node.upper, node.step)
        ]
        if all(isinstance(part, Known) for part in parts):
            return Known(slice(*(part.value for part in parts if isinstance(part, Known))))
        upper = parts[1] if not isinstance(parts[1], Known) else parts[0]
        return Unknown(marks_of(upper), "slice", True)

    def _on_call(self, node: ast.Call) -> Value:
        function = self._value(node.func)
        arguments = Arguments()
        for arg in node.args:
            if isinstance(arg, ast.Starred):
                contents = self.contents(self._value(arg.value))
                if contents.items is not None and arguments.more is None:
                    arguments.values.extend(contents.items)
                else:
                    more = contents.element()
                    arguments.more = more if arguments.more is None else join(arguments.more, more)
            elif arguments.more is not None:
                arguments.more = join(arguments.more, self._value(arg))
            else:
                arguments.values.append(self._value(arg))
        for keyword in node.keywords:
            value = self._value(keyword.value)
            if keyword.arg is not None:
                arguments.named[keyword.arg] = value
            else:
                self.spread(arguments, value)
        if isinstance(node.func, ast.Name) and node.func.id == "super" and not arguments.values:
            return self._super_of()
        self._at(node)
        return self.call(function, arguments, node)

    def spread(self, arguments: Arguments, value: Value) -> None:
        """``**value``."""
        tables = list(options(value))
        if len(tables) > 1:
            joined: Table | None = None
            for one in tables:
                table = self.table(one)
                joined = table if joined is None else join_tables(joined, table)
            table = joined or Table()
        else:
            table = self.table(value)
        for key, entry in table.entries.items():
            if isinstance(key, str):
                if ABSENT in options(entry) and key in arguments.named:
                    entry = join(arguments.named[key], self.present(entry))
                arguments.named[key] = entry
        if table.other is not None:
            more = table.other
            arguments.named_more = more if arguments.named_more is None else join(arguments.named_more, more)

    def table(self, value: Value) -> Table:
        """A value as a dict."""
        if isinstance(value, Table):
            return value
        if isinstance(value, Instance):
            base = value.attributes.get("__dict_self__")
            if isinstance(base, Table):
                return base
            keys = value.kind.find("keys")
            if keys is not None:
                found = Table()
                for key in self.contents(self.call(Bound(keys, value), Arguments())).items or ():
                    self.set_item(found, key, self.subscript(value, key))
                return found
        if isinstance(value, Library):
            held = [one for one in self.contents(value.held).items or () if isinstance(one, Table)]
            if held:
                merged = Table()
                for one in reversed(held):  # in a ChainMap the first wins
                    self.update(merged, one)
                return merged
        found = Table()
        if isinstance(value, (Unknown, Library)):
            found.rest = {"key": Unknown(deep(value), "str"), "value": Unknown(deep(value))}
        return found

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

    def _on_bin_op(self, node: ast.BinOp) -> Value:
        left, right = self._value(node.left), self._value(node.right)
        self._at(node)
        return self.binary(node.op, left, right, node)

    def binary(self, op: ast.operator, left: Value, right: Value, node: ast.AST | None = None) -> Value:
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
                    [self.binary(op, a, b, node) for a, b in pairs],
                    marks=marks_of(left) & CONTROL | marks_of(right) & CONTROL,
                )
        if isinstance(left, Items) or isinstance(right, Items):
            return self._of_lists(op, left, right, node)
        if isinstance(left, Table) and isinstance(right, (Table, Unknown)) and isinstance(op, ast.BitOr):
            merged = join_tables(left, left)
            merged.site = self.site(node)
            self.update(merged, right)
            return merged
        text = isinstance(op, ast.Mod) and (
            (isinstance(left, Known) and isinstance(left.value, (str, bytes)))
            or (isinstance(left, Unknown) and left.kind == "str")
        )
        if text:
            return Unknown(deep(left) | textual(deep(right)), "str", True)
        return arithmetic(op, left, right)

    def _of_lists(self, op: ast.operator, left: Value, right: Value, node: ast.AST | None) -> Value:
        lists = [one for one in (left, right) if isinstance(one, Items)]
        kind, site = lists[0].kind, self.site(node)
        if isinstance(op, ast.Mult):
            number = right if lists[0] is left else left
            contents = lists[0].contents
            if isinstance(number, Known) and isinstance(number.value, int) and contents.items is not None:
                if len(contents.items) * max(0, number.value) <= 64:
                    return Items(kind, Contents(contents.items * max(0, number.value)), site)
                return Items(
                    kind, Contents(None, contents.element(), 0, len(contents.items) * number.value), site
                )
            return Items(
                kind,
                Contents(
                    None,
                    contents.element() if contents.upto() != 0 else None,
                    marks_of(number) & (NUMERIC | ENDLESS),
                ),
                site,
            )
        if isinstance(op, ast.Mod):
            return Unknown(deep(left) | deep(right), "str", True)
        a, b = self.contents(left), self.contents(right)
        if isinstance(op, (ast.Add, ast.BitOr)):
            return Items(kind, together(a, b), site)
        return Items(kind, Contents(None, a.element() if a.upto() != 0 else None, a.marks, a.upto()), site)

    def _on_unary(self, node: ast.UnaryOp) -> Value:
        value = self._value(node.operand)
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

    def negated(self, value: Value) -> Value:
        """``not value``."""
        sure = self.true(value)
        if sure is not None:
            return FALSE if sure else TRUE
        marks = guarding(value)
        return Unknown(turned(marks, False), "bool")

    def _on_bool_op(self, node: ast.BoolOp) -> Value:
        every = isinstance(node.op, ast.And)
        found: list[Value] = []
        guards: list[int] = []
        governed = 0
        try:
            for part in node.values:
                value = self._value(part)
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
                    found.append(_decided(value, not every))
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
        left = self._value(node.left)
        found: list[Value] = []
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self._value(comparator)
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

    def holds(self, container: Value, one: Value) -> bool | None:
        """Whether a thing is in a container; None where that is not known."""
        if isinstance(container, Known) and isinstance(one, Known):
            return folding.fold_in(container, one)
        if isinstance(container, Table):
            if isinstance(one, (Known, Thing)):
                key = hashable(one)
                if key is not None and key in container.entries:
                    return True if ABSENT not in options(container.entries[key]) else None
                if container.other is None:
                    return False
            elif not container.entries and container.other is None:
                return False
            return None
        if isinstance(container, Items):
            items = container.contents.items
            if items is None:
                return False if container.contents.each is None else None
            if not items:
                return False
            if isinstance(one, Known) and all(isinstance(item, Known) for item in items):
                return any(isinstance(item, Known) and folding.equal(item.value, one.value) for item in items)
            if any(item is one and not isinstance(item, Unknown) for item in items):
                return True
        return None

    def _on_if_exp(self, node: ast.IfExp) -> Value:
        test = self._value(node.test)
        sure = self.true(test)
        if sure is not None:
            return self._value(node.body if sure else node.orelse)
        found: list[Value] = []

        def arm(part: ast.expr, way: bool) -> Callable[[], int]:
            def go() -> int:
                self.refine(node.test, way, test)
                found.append(self._value(part))
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
        return self._function(node)

    def _on_items(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        kind = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}[type(node)]
        contents = Contents()
        for element in node.elts:
            if isinstance(element, ast.Starred):
                contents = together(contents, self.contents(self._value(element.value)))
            else:
                value = self._value(element)
                contents = together(contents, Contents((value,)))
        return Items(kind, contents, self.site(node))

    def _on_dict(self, node: ast.Dict) -> Value:
        table = Table(site=self.site(node))
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self.update(table, self._value(value))
            else:
                self.set_item(table, self._value(key), self._value(value))
        return table

    def _on_joined(self, node: ast.JoinedStr) -> Value:
        texts: list[str] | None = []
        marks = 0
        for part in node.values:
            value = self._value(part)
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
        value = self._value(node.value)
        if node.format_spec is not None:
            self._value(node.format_spec)
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
        value = self._value(node.value)
        self._assign(node.target, value)
        return value

    def _on_await(self, node: ast.Await) -> Value:
        value = self._value(node.value)
        return join_all([self._awaited(one) for one in options(value)])

    def _awaited(self, value: Value) -> Value:
        if isinstance(value, Instance):
            method = value.kind.find("__await__")
            if method is not None:
                return self.call(Bound(method, value), Arguments())
        return value

    def _on_starred(self, node: ast.Starred) -> Value:
        return self._value(node.value)

    def _on_yield(self, node: ast.Yield) -> Value:
        frame = self.frames[-1]
        while frame.yields is None and frame.scope.kind == "comprehension" and len(self.frames) > 1:
            frame = self.frames[-2]
        value = self._value(node.value) if node.value is not None else NONE
        if frame.yields is not None:
            frame.yields.append(value)
            frame.exact &= self.forks == frame.forks
        return frame.sent

    def _on_yield_from(self, node: ast.YieldFrom) -> Value:
        frame = self.frames[-1]
        value = self._value(node.value)
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
        kind = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "iterator"}.get(
            type(node), "dict"
        )
        scope = Scope("comprehension", self.frames[-1].scope)
        scope.elsewhere = self.frames[-1].scope.elsewhere
        frame = Frame(scope, None, self.line, len(self.loops), self.forks)
        outer = self.frames[-1]
        frame.yields, frame.sent = outer.yields, outer.sent
        self.frames.append(frame)
        found: list[tuple[Value, Value]] = []
        exact = True
        shape = {"marks": 0, "most": 1}

        def element() -> None:
            if isinstance(node, ast.DictComp):
                found.append((self._value(node.key), self._value(node.value)))
            else:
                value = self._value(node.elt)
                found.append((value, value))

        def generate(level: int) -> bool:
            """Go through the loops from this one on; whether exactly so many elements come of it."""
            if level == len(node.generators):
                element()
                return True
            part = node.generators[level]
            contents = self.contents(self._value(part.iter))
            shape["marks"] |= contents.marks
            most = contents.upto()
            shape["most"] = -1 if most is None or shape["most"] < 0 else shape["most"] * most
            loop = Loop(self.line, bound_of(contents))
            self.loops.append(loop)
            exact = True
            try:
                if contents.items is not None and len(contents.items) <= _UNROLLED:
                    loop.bound = 1.0
                    for item in contents.items:
                        exact &= one(part, level, item)
                elif contents.items is None or contents.items:
                    exact = False
                    self.again(lambda: (one(part, level, contents.element()) and 1) or FALL)
            finally:
                self.loops.pop()
            self.leave(loop)
            return exact

        def one(part: ast.comprehension, level: int, item: Value) -> bool:
            for target in ast.walk(part.target):
                if isinstance(target, ast.Name):
                    scope.variables.setdefault(target.id, NOTHING)
            self._assign(part.target, item)
            sure = True
            governed = 0
            try:
                for test in part.ifs:
                    value = self._value(test)
                    holds = self.true(value)
                    if holds is False:
                        return True
                    if holds is None:
                        sure = False
                        if guarding(value) & (GUARD | GUARD_SOME):
                            governed += 1
                            self.governed += 1
                    self.refine(test, True, value)
                return generate(level + 1) and sure
            finally:
                self.governed -= governed

        try:
            exact = generate(0)
        finally:
            self.frames.pop()
        site = self.site(node)
        if kind == "dict":
            table = Table(site=site)
            for key, value in found:
                self.set_item(table, key, value if exact else join(ABSENT, value))
            return table
        values = tuple(value for _, value in found)
        if exact:
            if kind == "set":
                values = distinct(values)
            return Items(kind, Contents(values), site)
        marks = shape["marks"] & (NUMERIC | ENDLESS | ANSWER)
        if kind == "set":
            marks |= DISTINCT
        most = shape["most"] if shape["most"] >= 0 else None
        return Items(kind, Contents(None, join_all(values) if values else None, marks, most), site)

    # Truth

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
            old = self._lookup(test.id)
            new = _decided(old, way)
            if new is not old:
                self._rebind(test.id, new)
        elif isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and len(test.ops) == 1:
            other = test.comparators[0]
            if (
                isinstance(other, ast.Constant)
                and other.value is None
                and isinstance(test.ops[0], (ast.Is, ast.IsNot, ast.Eq, ast.NotEq))
            ):
                old = self._lookup(test.left.id)
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
                    old = self._lookup(node.id)
                    if isinstance(old, Unknown) and old.marks & PIECE:
                        chosen = CUT | (UNLIMITED if against else 0)
                        if marks & (HAS | LACKS) or not _bare(test):
                            self._rebind(node.id, _chosen(old, chosen))

    def _rebind(self, name: str, value: Value) -> None:
        scope: Scope | None = self.frames[-1].scope
        while scope is not None:
            if name in scope.variables:
                self.put(scope.variables, name, value)
                return
            scope = scope.outer

    # Calls

    def call(self, function: Value, arguments: Arguments, node: ast.AST | None = None) -> Value:
        """Carry out a call of whatever may be called."""
        self._step()
        if isinstance(function, Choice):
            found: list[Value] = []
            callable_ones = [one for one in function.options if not isinstance(one, (Known, Absent))]

            def arm(one: Value) -> Callable[[], int]:
                def go() -> int:
                    found.append(self.call(one, arguments, node))
                    return FALL

                return go

            if len(callable_ones) == 1:
                return self.call(callable_ones[0], arguments, node)
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
                node,
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
                node,
            )
        if isinstance(function, Method):
            return library.method(self, function.owner, function.name, arguments, node)
        if isinstance(function, Class):
            return self.make(function, arguments, node)
        if isinstance(function, Instance):
            method = function.kind.find("__call__")
            if method is not None:
                return self.call(self.bind(method, function), arguments, node)
            for base in function.kind.foreign():
                return library.call(self, Library(base.path + "()", function.held), arguments, node)
            return NOTHING
        if isinstance(function, Sender):
            return self._send(function, arguments, node)
        if isinstance(function, Wrapped):
            return self.call(function.function, arguments, node)
        if isinstance(function, Given):
            return library.ask(self, function, "()", arguments)
        if isinstance(function, GivenPart):
            return library.ask(self, function.owner, function.name, arguments)
        if isinstance(function, Library):
            return library.call(self, function, arguments, node)
        return library.unknown_call(self, function, arguments)

    def _send(self, sender: Sender, arguments: Arguments, node: ast.AST | None) -> Value:
        target = arguments.get(0)
        if target is None:
            return NOTHING
        given = sender.arguments
        if sender.how == "methodcaller" and given.values:
            rest = Arguments(given.values[1:], given.named, given.more, given.named_more)
            return self.call(self.named_attribute(target, given.values[0]), rest, node)
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
        frame = Frame(scope, function, self.line, len(self.loops), self.forks)
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
                frame.returns.append(self._value(node.body))
            elif self._block(node.body) & FALL:
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
            table = Table(dict(named), self.site(function.node, "kwargs"))
            if arguments.named_more is not None:
                table.rest = {"key": Unknown(kind="str"), "value": arguments.named_more}
            variables[args.kwarg.arg] = table
        return variables

    def present(self, value: Value) -> Value:
        """The value of an entry where it is there."""
        if not isinstance(value, Choice):
            return NOTHING if value is ABSENT else value
        return join_all([one for one in value.options if one is not ABSENT], marks=value.marks)

    def make(self, kind: Class, arguments: Arguments, node: ast.AST | None) -> Value:
        """Make an object of a class of the program."""
        for base in kind.foreign():
            last = base.path.rpartition(".")[2]
            if "Enum" in last or last in ("Flag", "IntFlag"):
                return self._member_of(kind, arguments)
        new = kind.find("__new__")
        if new is not None:
            made = self.call(
                new.function if isinstance(new, Wrapped) else new,
                Arguments([kind, *arguments.values], arguments.named, arguments.more, arguments.named_more),
                node,
            )
            if not (isinstance(made, Instance) and made.kind is kind):
                return made
            instance = made
        else:
            instance = Instance(kind, self.site(node, "new"))
        init = kind.find("__init__")
        if init is not None:
            self.call(Bound(init, instance), arguments, node)
        else:
            fields: list[str] = []
            for one in reversed(kind.lineage()):
                fields += [name for name in one.fields or () if name not in fields]
            if fields:
                named = dict(zip(fields, arguments.values, strict=False)) | arguments.named
                for name in fields:
                    default = kind.find(name)
                    value = named.get(name)
                    if value is None:
                        value = (
                            self._field_default(default)
                            if default is not None
                            else (arguments.more or NOTHING)
                        )
                    self.put(instance.attributes, name, value)
                post = kind.find("__post_init__")
                if post is not None:
                    self.call(Bound(post, instance), Arguments())
            else:
                library.begin(self, instance, arguments)
        return instance

    def _field_default(self, default: Value) -> Value:
        if isinstance(default, Library) and default.path == "dataclasses.field()":
            for one in default.held.contents.items or ():
                if isinstance(one, Table):
                    factory = one.entries.get("default_factory")
                    if factory is not None:
                        return self.call(factory, Arguments())
                    return one.entries.get("default", NOTHING)
        return default

    def _member_of(self, kind: Class, arguments: Arguments) -> Value:
        wanted = arguments.get(0)
        members = [
            value for value in kind.namespace.values() if isinstance(value, Instance) and value.kind is kind
        ]
        if isinstance(wanted, Known):
            for member in members:
                value = member.attributes.get("value")
                if isinstance(value, Known) and folding.equal(value.value, wanted.value):
                    return member
        return join_all(members) if members else NOTHING

    # Attributes

    def attribute(self, owner: Value, name: str) -> Value:
        """``owner.name``."""
        if isinstance(owner, Choice):
            found = [self.attribute(one, name) for one in owner.options if not isinstance(one, Absent)]
            useful = [one for one in found if one is not NOTHING]
            return join_all(useful or found or [NOTHING])
        if isinstance(owner, Instance):
            return self._of_instance(owner, name)
        if isinstance(owner, Class):
            return self._of_class(owner, name)
        if isinstance(owner, (Given, GivenPart, Library)):
            return library.member(self, owner, name)
        if isinstance(owner, Super):
            return self._of_super(owner, name)
        if isinstance(owner, Function):
            if name in owner.attributes:
                return self.present(owner.attributes[name])
            return library.of_function(self, owner, name)
        if isinstance(owner, Bound) and name in ("__self__", "__func__"):
            return owner.owner if name == "__self__" else owner.function
        if isinstance(owner, Bound):
            return self.attribute(owner.function, name)
        if isinstance(owner, Partial) and name in ("func", "args", "keywords"):
            given = owner.arguments
            if name == "func":
                return owner.function
            return Items("tuple", Contents(tuple(given.values))) if name == "args" else Table(given.named)
        if isinstance(owner, Wrapped):
            if name in ("setter", "getter", "deleter"):
                return Sender("setter", Arguments([owner]))
            return library.member(self, Library("builtins.property"), name)
        return library.of_value(self, owner, name)

    def bind(self, found: Value, owner: Value) -> Value:
        """A class's attribute as seen from an object of it."""
        if isinstance(found, (Function, Sender)) and isinstance(owner, (Instance, Class)):
            return Bound(found, owner) if isinstance(found, Function) else found
        if isinstance(found, Wrapped):
            if found.how == "property":
                return self.call(found.function, Arguments([owner]))
            if found.how == "classmethod":
                return Bound(found.function, owner.kind if isinstance(owner, Instance) else owner)
            return found.function
        if (
            isinstance(found, Partial)
            and isinstance(found.function, Function)
            and found.function.owner is not None
        ):
            return Bound(found, owner)
        if isinstance(found, Instance):
            getter = found.kind.find("__get__")
            if getter is not None:
                kind = owner.kind if isinstance(owner, Instance) else owner
                return self.call(Bound(getter, found), Arguments([owner, kind]))
        return found

    def _of_instance(self, owner: Instance, name: str) -> Value:
        if name == "__class__":
            return owner.kind
        if name == "__dict__":
            table = Table(owner.attributes)
            table.given = owner
            return table
        found = owner.kind.find(name)
        if isinstance(found, Wrapped) and found.how == "property":
            return self.call(found.function, Arguments([owner]))
        hook = owner.kind.find("__getattribute__")
        if hook is not None and name not in ("__dict__", "__class__"):
            return self.call(Bound(hook, owner), Arguments([Known(name)]))
        kept = owner.attributes.get(name)
        if kept is not None and ABSENT not in options(kept):
            return kept
        values = [self.present(kept)] if kept is not None else []
        if found is not None:
            values.append(join_all([self.bind(one, owner) for one in options(found)]))
        if values:
            return join_all(values)
        hook = owner.kind.find("__getattr__")
        if hook is not None and not (name.startswith("__") and name.endswith("__")):
            return self.call(Bound(hook, owner), Arguments([Known(name)]))
        return library.inherited(self, owner, name)

    def _of_class(self, owner: Class, name: str) -> Value:
        if name in ("__name__", "__qualname__"):
            return Known(owner.name)
        if name == "__dict__":
            table = Table(owner.namespace)
            table.given = owner
            return table
        if name in ("__subclasses__", "mro"):
            return Sender("subclasses", Arguments([owner]))
        if name in ("__mro__", "__bases__"):
            kinds = (
                owner.lineage()
                if name == "__mro__"
                else [base for base in owner.bases if isinstance(base, Class)]
            )
            return Items("tuple", Contents(tuple(kinds)))
        if name == "__members__":
            return Table(
                {key: value for key, value in owner.namespace.items() if isinstance(value, Instance)}
            )
        found = owner.find(name)
        if found is None:
            for base in owner.foreign():
                return library.member(self, base, name)
            return NOTHING
        if isinstance(found, Wrapped) and found.how != "property":
            return self.bind(found, owner)
        return self.present(found)

    def _of_super(self, owner: Super, name: str) -> Value:
        this = owner.owner
        kind = this.kind if isinstance(this, Instance) else this if isinstance(this, Class) else owner.kind
        lineage = kind.lineage()
        after = (
            lineage[lineage.index(owner.kind) + 1 :] if owner.kind in lineage else owner.kind.lineage()[1:]
        )
        for one in after:
            if name in one.namespace:
                return self.bind(one.namespace[name], this)
        if isinstance(this, Instance):
            return library.inherited(self, this, name)
        return Library(f"builtins.object.{name}")

    def named_attribute(self, owner: Value, name: Value, default: Value | None = None) -> Value:
        """``getattr``."""
        found: list[Value] = []
        for one in options(name):
            if isinstance(one, Known) and isinstance(one.value, str):
                for each in options(owner):
                    value = self.attribute(each, one.value)
                    if value is NOTHING and default is not None:
                        value = default
                    elif default is not None and isinstance(each, Unknown):
                        value = join(value, default)
                    found.append(value)
            else:
                for each in options(owner):
                    if isinstance(each, Instance):
                        names = [
                            *each.attributes,
                            *(key for kind in each.kind.lineage() for key in kind.namespace),
                        ]
                        found += [
                            self.attribute(each, key)
                            for key in dict.fromkeys(names)
                            if not key.startswith("__")
                        ][:20]
                    else:
                        found.append(library.some_member(self, each, one))
        return join_all(found) if found else NOTHING

    def set_attribute(self, owner: Value, name: str, value: Value) -> None:
        """``owner.name = value``."""
        several = isinstance(owner, Choice)
        for one in options(owner):
            if isinstance(one, (Given, GivenPart, Library)):
                library.set_member(self, one, name, value)
            elif isinstance(one, Instance):
                found = one.kind.find(name)
                if isinstance(found, Wrapped) and found.how == "property" and found.setter is not None:
                    self.call(found.setter, Arguments([one, value]))
                    continue
                if isinstance(found, Instance) and found.kind.find("__set__") is not None:
                    self.call(Bound(found.kind.find("__set__") or NOTHING, found), Arguments([one, value]))
                    continue
                hook = one.kind.find("__setattr__")
                if hook is not None and not any(frame.function is hook for frame in self.frames):
                    self.call(Bound(hook, one), Arguments([Known(name), value]))
                    continue
                old = one.attributes.get(name, ABSENT)
                self.put(one.attributes, name, join(old, value) if several else value)
            elif isinstance(one, Class):
                self.put(
                    one.namespace, name, join(one.namespace.get(name, ABSENT), value) if several else value
                )
            elif isinstance(one, Function):
                library.set_on_function(self, one, name, value)
            elif isinstance(one, Bound) and isinstance(one.function, Function):
                library.set_on_function(self, one.function, name, value)
            elif isinstance(one, Unknown):
                library.set_member(self, one, name, value)

    # Lists and dicts

    def contents(self, value: Value) -> Contents:
        """What there is when the value is gone through."""
        self._step()
        if isinstance(value, Items):
            return value.contents
        if isinstance(value, Table):
            if value.given is not None and isinstance(value.given, (Given, GivenPart)):
                library.look_inside(self, value.given, "__dict__")
            keys = tuple(as_value(key) for key in value.entries)
            if value.other is None and all(ABSENT not in options(entry) for entry in value.entries.values()):
                return Contents(keys)
            rest = [value.rest["key"]] if "key" in value.rest else []
            return Contents(None, join_all([*keys, *rest]) if keys or rest else None)
        if isinstance(value, Known):
            return folding.constant_contents(value)
        if isinstance(value, Choice):
            contents = None
            for one in value.options:
                if isinstance(one, Absent) or (isinstance(one, Known) and one.value is None):
                    continue
                more = self.contents(one)
                contents = more if contents is None else join_contents(contents, more)
            return contents or Contents()
        if isinstance(value, Generator):
            return self._run_generator(value)
        if isinstance(value, Instance):
            table = value.attributes.get("__dict_self__")
            if isinstance(table, (Table, Items)) and value.kind.find("__iter__") is None:
                return self.contents(table)
            method = value.kind.find("__iter__") or value.kind.find("__aiter__")
            if method is not None:
                made = self.call(Bound(method, value), Arguments())
                if made is not value:
                    return self.contents(made)
            method = value.kind.find("__next__") or value.kind.find("__anext__")
            if method is not None:
                return Contents(None, self.call(Bound(method, value), Arguments()))
            method = value.kind.find("__getitem__")
            if method is not None:
                return Contents(None, self.call(Bound(method, value), Arguments([Unknown(kind="number")])))
            if value.kind.fields:
                return Contents(tuple(value.attributes.get(name, NOTHING) for name in value.kind.fields))
        if isinstance(value, Class):
            members = tuple(
                one for one in value.namespace.values() if isinstance(one, Instance) and one.kind is value
            )
            return Contents(members)
        return library.foreign_contents(self, value)

    def _run_generator(self, generator: Generator) -> Contents:
        done = generator.state["yielded"]
        if done is not None:
            return done.contents  # type: ignore[no-any-return]
        result, contents = self.run(generator.function, generator.arguments, generator.state["sent"])
        contents = contents or Contents()
        self.put(generator.state, "yielded", Items("held", contents))
        self.put(generator.state, "result", result)
        return contents

    def extend(self, items: Items, more: Contents) -> None:
        """Add to a list or set."""
        contents = together(items.contents, more)
        if items.kind == "set":
            contents = Contents(
                contents.items if contents.items is None else distinct(contents.items),
                contents.each,
                contents.marks & ~DISTINCT,
                contents.most,
            )
        self.put(items.state, "contents", contents)

    def subscript(self, owner: Value, key: Value) -> Value:
        """``owner[key]``."""
        if isinstance(owner, Choice):
            found = [
                self.subscript(one, key) for one in owner.options if not isinstance(one, (Absent, Known))
            ]
            useful = [one for one in found if one is not NOTHING]
            return join_all(useful or found or [NOTHING])
        if isinstance(key, Choice) and not isinstance(owner, Library):
            return join_all([self.subscript(owner, one) for one in key.options])
        if isinstance(owner, Items):
            return self._of_items(owner, key)
        if isinstance(owner, Table):
            return self._of_table(owner, key)
        if isinstance(owner, Instance):
            method = owner.kind.find("__getitem__")
            if method is not None:
                return self.call(Bound(method, owner), Arguments([key]))
            base = owner.attributes.get("__dict_self__")
            if base is not None:
                found_one = self.subscript(base, key)
                missing = owner.kind.find("__missing__")
                if missing is not None and isinstance(base, Table) and hashable(key) not in base.entries:
                    return self.call(Bound(missing, owner), Arguments([key]))
                return found_one
            if owner.kind.fields and isinstance(key, Known):
                return folding.fold_item(
                    tuple(owner.attributes.get(name, NOTHING) for name in owner.kind.fields), key
                )
        if isinstance(owner, Class):
            if isinstance(key, Known) and isinstance(key.value, str) and key.value in owner.namespace:
                return owner.namespace[key.value]
            members = [
                one for one in owner.namespace.values() if isinstance(one, Instance) and one.kind is owner
            ]
            return join_all(members) if members else owner
        if isinstance(owner, Generator):
            return self.contents(owner).element()
        return library.item(self, owner, key)

    def _of_items(self, owner: Items, key: Value) -> Value:
        contents = owner.contents
        part = (isinstance(key, Known) and isinstance(key.value, slice)) or (
            isinstance(key, Unknown) and key.kind == "slice"
        )
        if contents.items is not None:
            if isinstance(key, Known):
                if part:
                    return Items(owner.kind, Contents(folding.fold_slice(contents.items, key)))
                return folding.fold_item(contents.items, key)
            if part:
                return Items(
                    owner.kind,
                    Contents(
                        None,
                        contents.element() if contents.items else None,
                        contents.marks | key.marks & NUMERIC if isinstance(key, Unknown) else 0,
                        len(contents.items),
                    ),
                )
            return contents.element()
        each = contents.each
        if each is None:
            return Items(owner.kind, contents) if part else NOTHING
        if deep(each) & PIECE:
            each = _chosen(each, CUT)
        if part:
            most = contents.most
            if isinstance(key, Known) and isinstance(key.value.stop, int) and key.value.stop >= 0:
                most = key.value.stop if most is None else min(most, key.value.stop)
            marks = contents.marks | (key.marks & NUMERIC if isinstance(key, Unknown) else 0)
            return Items(owner.kind, Contents(None, each, marks, most))
        return each

    def _of_table(self, owner: Table, key: Value) -> Value:
        if isinstance(owner.given, (Given, GivenPart)):
            if isinstance(key, Known) and isinstance(key.value, str):
                return library.member(self, owner.given, key.value)
            library.look_inside(self, owner.given, "__dict__")
        if isinstance(key, (Known, Thing)):
            place = hashable(key)
            found = owner.entries.get(place) if place is not None else None
            if found is not None:
                present = self.present(found)
                return (
                    present
                    if owner.other is None or ABSENT not in options(found)
                    else join(present, owner.other)
                )
            if owner.other is not None:
                return owner.other
            factory = owner.rest.get("factory")
            if factory is not None and place is not None:
                made = self.call(factory, Arguments())
                self.put(owner.entries, place, made)
                return made
            return NOTHING
        values = [self.present(entry) for entry in owner.entries.values()]
        if owner.other is not None:
            values.append(owner.other)
        elif "factory" in owner.rest:
            made = self.call(owner.rest["factory"], Arguments())
            self.put(owner.rest, "key", Unknown(deep(key)))
            self.put(owner.rest, "value", made)
            values.append(made)
        return join_all(values) if values else NOTHING

    def set_item(self, owner: Value, key: Value, value: Value) -> None:
        """``owner[key] = value``."""
        several = isinstance(owner, Choice)
        for one in options(owner):
            if isinstance(one, Table):
                if one.given is not None and not isinstance(one.given, (Instance, Class)):
                    if isinstance(key, Known) and isinstance(key.value, str):
                        library.set_member(self, one.given, key.value, value)
                    continue
                for each in options(key):
                    place = hashable(each) if isinstance(each, (Known, Thing)) else None
                    if place is not None:
                        old = one.entries.get(place, ABSENT)
                        weak = several or isinstance(key, Choice)
                        self.put(one.entries, place, join(old, value) if weak else value)
                    else:
                        self.put(one.rest, "key", join(one.rest["key"], each) if "key" in one.rest else each)
                        self.put(
                            one.rest,
                            "value",
                            join(one.rest["value"], value) if "value" in one.rest else value,
                        )
            elif isinstance(one, Items):
                contents = one.contents
                if (
                    contents.items is not None
                    and isinstance(key, Known)
                    and type(key.value) is int
                    and -len(contents.items) <= key.value < len(contents.items)
                ):
                    items = list(contents.items)
                    items[key.value] = value if not several else join(items[key.value], value)
                    self.put(one.state, "contents", Contents(tuple(items), None, contents.marks))
                elif isinstance(key, Known) and key.value == slice(None, None, None):
                    self.put(one.state, "contents", self.contents(value))
                else:
                    given = (
                        self.contents(value).element()
                        if isinstance(key, Known) and isinstance(key.value, slice)
                        else value
                    )
                    each = join_all([*(contents.items or ()), *filter(None, (contents.each,)), given])
                    self.put(one.state, "contents", Contents(None, each, contents.marks, contents.upto()))
            elif isinstance(one, Instance):
                method = one.kind.find("__setitem__")
                if method is not None:
                    self.call(Bound(method, one), Arguments([key, value]))
                elif isinstance(one.attributes.get("__dict_self__"), (Table, Items)):
                    self.set_item(one.attributes["__dict_self__"], key, value)
            elif isinstance(one, Library):
                library.set_library_item(self, one, key, value)

    def update(self, table: Table, value: Value) -> None:
        """``dict.update`` with a dict, or with pairs."""
        choices = [one for one in options(value) if not isinstance(one, (Absent, Known))]
        for one in choices:
            if isinstance(one, (Items, Generator)):
                contents = self.contents(one)
                for pair in contents.items if contents.items is not None else filter(None, (contents.each,)):
                    parts = self.contents(pair).items
                    if parts is not None and len(parts) == 2:
                        self.set_item(table, parts[0], parts[1])
                    else:
                        self.set_item(table, Unknown(deep(pair)), Unknown(deep(pair)))
                continue
            other = self.table(one)
            for key, entry in list(other.entries.items()):
                weak = len(choices) > 1 or ABSENT in options(entry)
                if table.given is not None and not isinstance(table.given, (Instance, Class)):
                    self.set_item(table, as_value(key), self.present(entry))
                else:
                    old = table.entries.get(key, ABSENT)
                    self.put(table.entries, key, join(old, self.present(entry)) if weak else entry)
            if other.other is not None:
                self.set_item(
                    table,
                    other.rest.get("key", NOTHING)
                    if not isinstance(other.rest.get("key"), Known)
                    else NOTHING,
                    other.other,
                )

    def execute_text(self, text: str, scope: Scope, single: bool) -> Value:
        """Carry out text of the program's own, as ``exec`` and ``eval`` would."""
        if len(text) > 50_000 or (self.quoted and len(self.frames) > 8):
            return NOTHING
        try:
            with warnings.catch_warnings(action="ignore"):
                tree = ast.parse(text.strip() if single else text, mode="eval" if single else "exec")
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return NOTHING
        line, self.quoted = self.quoted, self.quoted or self.line
        self.frames.append(Frame(scope, None, self.line, len(self.loops), self.forks))
        self.kept_trees.append(tree)  # so that no other node has the id of one of its nodes
        try:
            if isinstance(tree, ast.Expression):
                return self._value(tree.body)
            self._block(tree.body)  # type: ignore[attr-defined]
            return NONE
        finally:
            self.frames.pop()
            self.quoted = line


def bound_of(contents: Contents) -> float | None:
    """How often a loop over this goes on: a number, None (as often as there are data), or without end."""
    most = contents.upto()
    if most is not None:
        return float(most)
    if contents.marks & (ENDLESS | INFLATED):
        return float("inf")
    if contents.marks & BUDGET:
        return 0.0
    return None


def marks_of(value: Value) -> int:
    """The marks of the value itself, not of what is in it."""
    if isinstance(value, (Unknown, Library)):
        return value.marks
    if isinstance(value, Choice):
        marks = value.marks
        for one in value.options:
            marks |= marks_of(one)
        return marks
    return 0


def textual(marks: int) -> int:
    """Marks of a text that holds values with these."""
    return marks & ~(NUMERIC | CONTROL | ENDLESS)


def turned(marks: int, same_way: bool) -> int:
    """The marks of a condition, or of its negation."""
    if same_way:
        return marks
    return marks & ~(HAS | LACKS) | (LACKS if marks & HAS else 0) | (HAS if marks & LACKS else 0)


def guarding(value: Value) -> int:
    """The marks of a condition. What is left of a budget is a condition too."""
    marks = marks_of(value)
    if marks & BUDGET and marks & MOVED and not marks & (INFLATED | DISTINCT):
        marks |= GUARD
    return marks


def guard_of(left: Value, right: Value) -> int:
    """The marks of a comparison, which may say whether there is budget left."""
    a, b = marks_of(left), marks_of(right)
    both = a | b
    found = both & (HAS | LACKS | GUARD_SOME | GUARD)
    if both & PIECE:
        found |= PIECE
    if both & BUDGET and not both & (INFLATED | DISTINCT):
        fixed = isinstance(left, Known) or isinstance(right, Known)
        if both & MOVED or not fixed:
            found |= GUARD
    return found


def arithmetic(op: ast.operator, left: Value, right: Value) -> Value:
    """A number, or text, of which not all is known."""
    a, b = marks_of(left), marks_of(right)
    marks = a | b
    numbers = all(
        (isinstance(one, Known) and isinstance(one.value, (int, float)))
        or (isinstance(one, Unknown) and one.kind == "number")
        for one in (left, right)
    )
    kind = (
        "number"
        if numbers
        else "str"
        if isinstance(op, ast.Add)
        and any(
            (isinstance(one, Known) and isinstance(one.value, str))
            or (isinstance(one, Unknown) and one.kind == "str")
            for one in (left, right)
        )
        else ""
    )
    if marks & BUDGET and kind != "str":
        other = right if a & BUDGET else left
        size = other.value if isinstance(other, Known) and isinstance(other.value, (int, float)) else None
        if isinstance(op, ast.Sub):
            marks |= MOVED
        elif isinstance(op, ast.Add):
            marks |= MOVED if size is None else INFLATED if size > 5 else 0
        elif isinstance(op, (ast.Mult, ast.Pow)):
            marks |= INFLATED if size is not None and size > 1 else 0
        kind = "number"
    text_true = any(
        (isinstance(one, Known) and isinstance(one.value, str) and one.value)
        or (isinstance(one, Unknown) and one.kind == "str" and one.truth)
        for one in (left, right)
    )
    return Unknown(
        marks if kind == "number" else textual(marks), kind, True if kind == "str" and text_true else None
    )


def alike(left: Value, right: Value, identical: bool) -> bool | None:
    """Whether two values are the same, where that is known without their being constants."""
    for one, other in ((left, right), (right, left)):
        if (
            isinstance(one, Known)
            and not isinstance(other, (Known, Unknown, Choice, Absent, Instance, Method))
            and (one.value is None or isinstance(one.value, (bool, int, float, str)))
        ):
            return None if isinstance(other, Library) and "()" in other.path else False
        if isinstance(one, Known) and one.value is None and isinstance(other, Instance):
            return False
        if (
            isinstance(one, Known)
            and isinstance(other, Unknown)
            and not one.value
            and other.truth
            and identical
        ):
            return False
        if (
            isinstance(one, Known)
            and one.value is None
            and isinstance(other, Unknown)
            and other.kind in ("str", "number", "bool", "slice")
        ):
            return False
    if isinstance(left, Thing) and isinstance(right, Thing) and not isinstance(left, (Items, Table)):
        if left is right:
            return True
        if (
            isinstance(left, (Given, Function, Class, Instance))
            and isinstance(right, (Given, Function, Class, Instance))
            and (identical or not isinstance(left, Instance))
        ):
            return False
    return None


def together(a: Contents, b: Contents) -> Contents:
    """One list after another."""
    if a.items is not None and b.items is not None and len(a.items) + len(b.items) <= 400:
        return Contents((*a.items, *b.items), None, a.marks | b.marks)
    parts = [*(a.items or ()), *filter(None, (a.each,)), *(b.items or ()), *filter(None, (b.each,))]
    most_a, most_b = a.upto(), b.upto()
    return Contents(
        None,
        join_all(parts) if parts else None,
        a.marks | b.marks,
        most_a + most_b if most_a is not None and most_b is not None else None,
    )


def distinct(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """The different ones of some values, where they are constants."""
    found: list[Value] = []
    for value in values:
        if not any(same(value, other) and isinstance(value, Known) for other in found):
            found.append(value)
    return tuple(found)


def hashable(value: Value) -> Any:
    """A key for a constant or a thing with an identity; None if it has none."""
    if isinstance(value, Known):
        try:
            hash(value.value)
        except TypeError:
            return None
        return value.value if value.value is not None else NONE
    if isinstance(value, Items):
        items = value.contents.items
        if value.kind == "tuple" and items is not None and all(isinstance(item, Known) for item in items):
            return tuple(hashable(item) for item in items)
        return None
    if isinstance(value, Library):
        return "library " + value.path if "()" not in value.path else None
    return value if isinstance(value, (Function, Class, Instance, Given)) else None


def as_value(key: Any) -> Value:
    """The value that a key of a dict stands for."""
    if isinstance(key, Value):
        return key
    return Items("tuple", Contents(tuple(map(as_value, key)))) if isinstance(key, tuple) else Known(key)


def speaks(value: Value) -> bool:
    """Whether some text in the value is about limits."""
    queue, rooms = [value], 60
    from selftaught.safety.reading.values import SPEAKS, inside

    while queue and rooms:
        one = queue.pop()
        rooms -= 1
        if isinstance(one, Known) and isinstance(one.value, str) and of_limits(one.value):
            return True
        if isinstance(one, Unknown) and one.marks & SPEAKS:
            return True
        queue.extend(
            one.options if isinstance(one, Choice) else [part for part in inside(one) if part is not None]
        )
    return False


def generates(node: ast.AST) -> bool:
    """Whether a function is a generator."""
    queue: list[ast.AST] = (
        list(node.body)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        else [node.body]
        if isinstance(node, ast.Lambda)
        else []
    )
    while queue:
        one = queue.pop()
        if isinstance(one, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            queue.extend(ast.iter_child_nodes(one))
    return False


def fields_of(node: ast.ClassDef) -> list[str]:
    """The annotated names of a class's body."""
    return [
        one.target.id
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    ]


def _behind(value: Value) -> list[Value]:
    if isinstance(value, Wrapped):
        return [value.function, *([value.setter] if value.setter is not None else [])]
    if isinstance(value, Partial):
        return [value.function]
    return []


def _decided(value: Value, way: bool) -> Value:
    """The value where it is known to be true, or false."""
    if isinstance(value, Unknown):
        return value if value.truth is not None else Unknown(value.marks, value.kind, way)
    if isinstance(value, Choice):
        kept = [_decided(one, way) for one in value.options if truth(one) in (way, None)]
        if kept and len(kept) < len(value.options):
            return join_all(kept, marks=value.marks)
    return value


def _chosen(value: Value, marks: int) -> Value:
    """A piece of the description that was chosen from among all."""
    if isinstance(value, Unknown):
        return Unknown(value.marks & ~PIECE | marks, value.kind, value.truth)
    if isinstance(value, Choice):
        return Choice(
            tuple(
                _chosen(one, marks) if isinstance(one, Unknown) and one.marks & PIECE else one
                for one in value.options
            ),
            value.marks,
        )
    return value


def _bare(test: ast.expr) -> bool:
    """Whether a condition on a piece of text asks only if there is any: ``line``, ``line.strip()``."""
    return not any(
        (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and any(c.isalpha() for c in node.value)
        )
        or (
            isinstance(node, ast.Attribute)
            and node.attr not in ("strip", "rstrip", "lstrip", "isspace", "split")
        )
        for node in ast.walk(test)
    )


def _broad(kind: ast.expr | None) -> bool:
    """Whether a handler catches what the model raises when its budget is used up."""
    if kind is None:
        return True
    names = {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(kind)
        if isinstance(node, (ast.Name, ast.Attribute))
    }
    return any(
        name in ("Exception", "BaseException", "RuntimeError")
        or "Budget" in name
        or "Exhaust" in name
        or "Limit" in name
        for name in names
    )


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

_STATEMENTS: dict[type, Callable[..., int]] = {
    ast.Expr: Machine._do_expr,
    ast.Assign: Machine._do_assign,
    ast.AnnAssign: Machine._do_ann_assign,
    ast.AugAssign: Machine._do_aug_assign,
    ast.Global: Machine._do_global,
    ast.Nonlocal: Machine._do_nonlocal,
    ast.Delete: Machine._do_delete,
    ast.Return: Machine._do_return,
    ast.Raise: Machine._do_raise,
    ast.Assert: Machine._do_assert,
    ast.Break: Machine._do_break,
    ast.Continue: Machine._do_continue,
    ast.If: Machine._do_if,
    ast.For: Machine._do_for,
    ast.AsyncFor: Machine._do_for,
    ast.While: Machine._do_while,
    ast.Try: Machine._do_try,
    ast.TryStar: Machine._do_try,
    ast.With: Machine._do_with,
    ast.AsyncWith: Machine._do_with,
    ast.Match: Machine._do_match,
    ast.FunctionDef: Machine._do_function,
    ast.AsyncFunctionDef: Machine._do_function,
    ast.ClassDef: Machine._do_class,
    ast.Import: Machine._do_import,
    ast.ImportFrom: Machine._do_import_from,
}

_EXPRESSIONS: dict[type, Callable[..., Value]] = {
    ast.Constant: Machine._on_constant,
    ast.Name: Machine._on_name,
    ast.Attribute: Machine._on_attribute,
    ast.Subscript: Machine._on_subscript,
    ast.Slice: Machine._on_slice,
    ast.Call: Machine._on_call,
    ast.BinOp: Machine._on_bin_op,
    ast.UnaryOp: Machine._on_unary,
    ast.BoolOp: Machine._on_bool_op,
    ast.Compare: Machine._on_compare,
    ast.IfExp: Machine._on_if_exp,
    ast.Lambda: Machine._on_lambda,
    ast.List: Machine._on_items,
    ast.Tuple: Machine._on_items,
    ast.Set: Machine._on_items,
    ast.Dict: Machine._on_dict,
    ast.JoinedStr: Machine._on_joined,
    ast.FormattedValue: Machine._on_formatted,
    ast.NamedExpr: Machine._on_named,
    ast.Await: Machine._on_await,
    ast.Starred: Machine._on_starred,
    ast.Yield: Machine._on_yield,
    ast.YieldFrom: Machine._on_yield_from,
    ast.ListComp: Machine._on_comprehension,
    ast.SetComp: Machine._on_comprehension,
    ast.GeneratorExp: Machine._on_comprehension,
    ast.DictComp: Machine._on_comprehension,
}
